"""Reports owed to an originator (TS 23.140 7.1.6 delivery report, 7.1.9 read-reply report), as durable rows."""

from __future__ import annotations

from enum import Enum

import msgspec

from mmse.abstract.address import Address
from mmse.abstract.elements import ReadStatus
from mmse.abstract.status import DeliveryStatus

__all__ = ["ReadReply", "Report", "ReportKind"]


class ReportKind(Enum):
    """Which report a row is. The values are kept in stores."""

    DELIVERY = 1
    READ = 2


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One report about one recipient, to be told to the originator exactly once.

    ``message`` is the Message-ID that the originator was given; ``date`` is when the event happened.
    """

    message: str
    position: int
    kind: ReportKind
    originator: Address
    recipient: Address
    date: int
    agent: str
    """Name of the agent through which the originator is told."""
    delivery: DeliveryStatus | None = None
    read: ReadStatus | None = None
    applic_id: str = ""
    aux_applic_info: str = ""
    version: int = 0x12
    """The originator's MMS version: older ones know fewer statuses."""
    expires: int = 0
    """When telling it is given up."""
    attempt: int = 0
    due: int | None = None


class ReadReply(msgspec.Struct, frozen=True, kw_only=True):
    """MM1_read_reply_recipient.REQ: a recipient says that it read, or deleted, an MM (TS 23.140 7.1.9.1)."""

    message: str
    reader: Address
    status: ReadStatus
    date: int | None = None
