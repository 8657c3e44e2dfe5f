"""The trail of an MM: everything done to it, in order, for the people who must answer for it."""

from __future__ import annotations

from enum import Enum

import msgspec

__all__ = ["Happening", "Trace"]


class Happening(Enum):
    """What a line of the trail tells. The values are kept in stores and shown to people."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    """The same request came again and got the same answer."""
    ROUTED = "routed"
    UNROUTED = "unrouted"
    NOTIFIED = "notified"
    POSTPONED = "postponed"
    DEFERRED = "deferred"
    FETCHED = "fetched"
    FETCH_REFUSED = "fetch-refused"
    RETRIEVED = "retrieved"
    REJECTED = "rejected"
    UNRECOGNISED = "unrecognised"
    FORWARDED = "forwarded"
    EXPIRED = "expired"
    UNREACHABLE = "unreachable"
    HANDED_OVER = "handed-over"
    CANCELLED = "cancelled"
    LATE = "late"
    """An event that meant nothing any more in the state the copy had."""
    REPORT_OWED = "report-owed"
    REPORT_TOLD = "report-told"
    REPORT_POSTPONED = "report-postponed"
    REPORT_ABANDONED = "report-abandoned"
    READ = "read"
    PURGED = "purged"


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One line. ``position`` is the recipient's index, or -1 for the MM as a whole; ``at`` seconds since 1970."""

    message: str
    at: float
    node: str
    happening: Happening
    position: int = -1
    peer: str = ""
    reason: str = ""
