"""What is asked of a message store (MM2), as values: each is one operation, whole or not at all."""

from __future__ import annotations

import msgspec

from mmse.abstract.charging import ChargeableEvent
from mmse.abstract.content import Content
from mmse.abstract.message import Copy, Message
from mmse.abstract.reports import Report
from mmse.abstract.trail import Trace

__all__ = ["Change", "Claimed", "Correlation", "Kept", "Put", "Queued", "Subscriber"]


class Correlation(msgspec.Struct, frozen=True, kw_only=True):
    """Ties an identity that a peer will quote to the copy and attempt it is about (late answers)."""

    agent: str
    peer: str
    external: str
    message: str
    position: int
    attempt: int
    expires: int


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Move one copy from ``before`` to ``after``, with all that this causes, in one commit.

    Compare-and-set: it is done only while the stored row has ``before.version`` (and ``before.state``); the row then
    has ``before.version + 1`` whatever ``after.version`` says. The row's lease ends, unless ``keep_lease``.
    """

    before: Copy
    after: Copy
    reports: tuple[Report, ...] = ()
    charges: tuple[ChargeableEvent, ...] = ()
    trail: tuple[Trace, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    keep_lease: bool = False


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """Accept one MM: it, its content, a row per recipient, charging events, trail and duplicate key, in one commit.

    Copies are leased to ``owner`` until ``leased_until``: it dispatches them at once, nobody else claims them before.
    An empty ``owner``: they are not leased, whoever claims them when they are due has them.
    ``change`` is a copy of another MM that moves in the same commit (a forward ends the copy that was forwarded).
    When ``duplicate_key`` is known already, nothing is written and the answer names the MM that came first.
    """

    message: Message
    content: Content
    copies: tuple[Copy, ...]
    owner: str
    leased_until: int
    duplicate_key: bytes = b""
    duplicate_until: int = 0
    reports: tuple[Report, ...] = ()
    charges: tuple[ChargeableEvent, ...] = ()
    trail: tuple[Trace, ...] = ()
    change: Change | None = None


class Kept(msgspec.Struct, frozen=True):
    """The answer to ``Put``: the Message-ID that stands, whether it was a repeat, whether ``change`` lost its race.

    On ``conflict`` nothing was written.
    """

    message: str
    duplicate: bool = False
    conflict: bool = False


class Queued(msgspec.Struct, frozen=True):
    """A copy with its MM."""

    message: Message
    copy: Copy


class Claimed(msgspec.Struct, frozen=True):
    """Rows that are due, now leased to the asker; ``next_due`` is when the next unleased row will be."""

    copies: tuple[Queued, ...] = ()
    reports: tuple[Report, ...] = ()
    charges: tuple[tuple[int, ChargeableEvent], ...] = ()
    next_due: int | None = None


class Subscriber(msgspec.Struct, frozen=True, kw_only=True):
    """What this network knows of one of its own numbers (MM6)."""

    number: str
    """E.164 with a plus sign."""
    mms_capable: bool = True
    barred: bool = False
    prepaid: bool = False
    content_class: str = ""
    udp_address: str = ""
    """Host of the phone for pushes by UDP, when it is fixed."""
    note: str = ""
