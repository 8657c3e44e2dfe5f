"""What a store is told to write, as values: the arguments of each writing method of ``IMessageStore`` in one object.

``Put`` and ``Change`` are abstract values (``mmse.abstract.storage``); the others live here. A group commit queues
them, a simulation is shown them at each commit.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from mmse.abstract.reports import Report
from mmse.abstract.storage import Change, Correlation, Put, Subscriber
from mmse.abstract.trail import Trace

__all__ = [
    "Charged",
    "Claim",
    "Correlate",
    "Journal",
    "Operation",
    "Owe",
    "Provision",
    "Purge",
    "Recover",
    "Renew",
    "Settle",
    "Withdraw",
]


class Owe(msgspec.Struct, frozen=True):
    """Add a report row, unless one for (message, position, kind) exists."""

    report: Report
    trail: tuple[Trace, ...] = ()


class Settle(msgspec.Struct, frozen=True):
    """Compare-and-set a report by its attempt; ``after`` None ends it."""

    before: Report
    after: Report | None
    trail: tuple[Trace, ...] = ()


class Claim(msgspec.Struct, frozen=True):
    """Lease what is due at ``now``, at most ``limit`` rows of each kind."""

    owner: str
    now: int
    limit: int
    leased_until: int
    charges: bool = False


class Renew(msgspec.Struct, frozen=True):
    """Prolong every lease of ``owner``."""

    owner: str
    leased_until: int


class Recover(msgspec.Struct, frozen=True):
    """End every lease of ``owner``."""

    owner: str


class Charged(msgspec.Struct, frozen=True):
    """These charging events have been taken by their sink."""

    rows: tuple[int, ...]


class Correlate(msgspec.Struct, frozen=True):
    """Add an identity that a peer will quote."""

    correlation: Correlation


class Journal(msgspec.Struct, frozen=True):
    """Add lines to trails."""

    trail: tuple[Trace, ...]


class Purge(msgspec.Struct, frozen=True):
    """Forget what has had its time at ``now``, at most ``limit`` rows of each kind."""

    now: int
    limit: int


class Provision(msgspec.Struct, frozen=True):
    """Add or replace subscribers."""

    subscribers: tuple[Subscriber, ...]


class Withdraw(msgspec.Struct, frozen=True):
    """Remove subscribers."""

    numbers: tuple[str, ...]


Operation: TypeAlias = (
    Put | Change | Owe | Settle | Claim | Renew | Recover | Charged | Correlate | Journal | Purge | Provision | Withdraw
)
