"""Chargeable events, written in the commit that caused them (TS 32.270 triggers, free of any record format)."""

from __future__ import annotations

from enum import Enum

import msgspec

from mmse.abstract.address import Address
from mmse.abstract.elements import Via

__all__ = ["ChargeableEvent", "Kind", "Side"]


class Kind(Enum):
    """What happened; with interface and side it selects the record type."""

    SUBMISSION = "submission"
    FORWARD = "forward"
    NOTIFICATION = "notification"
    RETRIEVAL = "retrieval"
    DELIVERY_REPORT = "delivery-report"
    READ_REPLY = "read-reply"
    DELETION = "deletion"


class Side(Enum):
    """Whose relay this is in the life of the MM."""

    ORIGINATOR = "originator"
    RECIPIENT = "recipient"


class ChargeableEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event; ``(message, position, kind, sequence)`` makes it idempotent. ``position`` -1: the MM as a whole."""

    kind: Kind
    side: Side
    via: Via
    message: str
    position: int
    recipient: Address | None
    originator: Address
    at: int
    size: int = 0
    status: str = ""
    sequence: int = 0
