"""The time of day that expiry and delivery times are measured by, kept from jumping (RELIABILITY D10)."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from mmse.journal import log
from mmse.metrics import CLOCK_JUMPS, Metrics

__all__ = ["Wall"]

JUMP = 300.0
"""Seconds by which wall minus monotonic time may move between two looks."""

PAUSE = 3600.0
"""Seconds for which a jump is not believed; by then someone has answered the alarm, or the clock was set right."""


class Wall:
    """Seconds since 1970 (UTC). After a jump, time goes on by the monotonic clock as if nothing had happened, so that
    nothing expires and nothing is delivered early; a jump that is still there after ``PAUSE`` is believed."""

    def __init__(self, clock: IReactorTime, now: Callable[[], float], metrics: Metrics) -> None:
        self._clock = clock
        self._now = now
        self._metrics = metrics
        self._offset = now() - clock.seconds()
        self._jumped: float | None = None

    def now(self) -> float:
        """The trusted time."""
        monotonic, wall = self._clock.seconds(), self._now()
        offset = wall - monotonic
        moved = offset - self._offset
        if -JUMP <= moved <= JUMP:
            if self._jumped is not None:
                self._jumped = None
                log.info("the clock is right again")
        elif self._jumped is None:
            self._jumped = monotonic
            self._metrics.count(CLOCK_JUMPS)
            log.error(
                "the clock jumped by {moved:.0f} s: expiry goes on by the time before, for {pause:.0f} s at most",
                moved=moved,
                pause=PAUSE,
            )
            return monotonic + self._offset
        elif monotonic - self._jumped < PAUSE:
            return monotonic + self._offset
        else:
            self._jumped = None
            log.warn("the clock is still off by {moved:.0f} s: believed from now on", moved=moved)
        self._offset = offset
        return wall
