"""Information elements of an MM: classes, priorities and moments (TS 23.140 7.1.17)."""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum

import msgspec

__all__ = ["Class", "Interface", "Moment", "PreviouslySent", "Priority", "ReadStatus", "ReplyCharging", "Via"]


class Class(StrEnum):
    """The four classes the standard names; any other class is a plain token (OMA-TS-MMS_ENC-V1_3 7.3.27)."""

    PERSONAL = "personal"
    ADVERTISEMENT = "advertisement"
    INFORMATIONAL = "informational"
    AUTO = "auto"


class Priority(IntEnum):
    """How urgent the originator thinks it is."""

    LOW = 0
    NORMAL = 1
    HIGH = 2


class ReadStatus(Enum):
    """What a read-reply report says."""

    READ = "read"
    DELETED = "deleted"


class Moment(msgspec.Struct, frozen=True):
    """A time as a user states it: seconds since 1970 (UTC), or seconds from acceptance when ``relative``."""

    seconds: int
    relative: bool = False

    def at(self, now: int) -> int:
        """The absolute second, ``now`` being when the MM was accepted."""
        return now + self.seconds if self.relative else self.seconds


class PreviouslySent(msgspec.Struct, frozen=True):
    """One earlier sender of a forwarded MM: count 1 is the original originator (TS 23.140 7.1.17).

    ``by`` is empty for a sender who wished to be hidden: the count and the date go on, the address never does.
    """

    count: int
    by: str
    date: int


class ReplyCharging(msgspec.Struct, frozen=True):
    """A willingness to pay for replies (``requested``), or the claim that this MM is such a reply (``reply_to``)."""

    requested: bool = False
    text_only: bool = False
    deadline: Moment | None = None
    size: int | None = None
    reply_to: str = ""


class Interface(Enum):
    """The reference point through which something came or went; the relay copies it and never decides by it."""

    MM1 = "MM1"
    MM3 = "MM3"
    MM4 = "MM4"
    MM7 = "MM7"
    INTERNAL = "internal"


class Via(msgspec.Struct, frozen=True):
    """Where a request came from: the interface, the peer (an address or a name), and the access it used."""

    interface: Interface
    peer: str = ""
    access: str = ""
