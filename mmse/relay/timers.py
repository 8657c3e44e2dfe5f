"""When to try again: exponential back-off with jitter and a cap, one row per cause (RELIABILITY D8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import NamedTuple

__all__ = ["BACKOFF", "Backoff", "Cause", "delay"]


class Cause(Enum):
    """Why something is put off."""

    OUTAGE = "outage"
    """A peer or a bearer cannot take it now."""
    BUSY = "busy"
    """A peer said when to come again."""
    ROUTING = "routing"
    """Who serves an address could not be learnt."""
    ELSEWHERE = "elsewhere"
    """The delivery agent runs on another node."""
    BUG = "bug"
    """Something raised what it must not: trying soon again would only repeat it."""
    STORE = "store"
    """The store does not answer; the row is in memory and leased meanwhile."""


class Backoff(NamedTuple):
    """Seconds of the first wait, the factor of each further one, the longest; ``jitter`` is the part drawn by lot."""

    first: float
    factor: float
    longest: float
    jitter: float = 0.2


BACKOFF: Mapping[Cause, Backoff] = {
    Cause.OUTAGE: Backoff(60, 2, 4000),
    Cause.BUSY: Backoff(1, 2, 4000),
    Cause.ROUTING: Backoff(30, 2, 1800),
    Cause.ELSEWHERE: Backoff(10, 1.5, 60),
    Cause.BUG: Backoff(300, 2, 4000),
    Cause.STORE: Backoff(0.5, 2, 30),
}

LONGEST_WISH = 86_400.0
"""Seconds of a peer's retry-after that we obey at most: a peer must not be able to park an MM for good."""

MOST_DOUBLINGS = 32


def delay(cause: Cause, attempt: int, random: Callable[[int], bytes], retry_after: float | None = None) -> float:
    """Seconds to wait after ``attempt`` earlier failures; never less than ``retry_after`` (up to a day)."""
    row = BACKOFF[cause]
    lot = int.from_bytes(random(2), "big") / 65_535
    wait = min(row.longest, row.first * row.factor ** min(max(attempt, 0), MOST_DOUBLINGS))
    wait *= 1 - row.jitter + 2 * row.jitter * lot
    if retry_after is None or not retry_after > 0:
        return wait
    wish = min(retry_after, LONGEST_WISH)
    return max(wait, wish * (1 + row.jitter * lot))
