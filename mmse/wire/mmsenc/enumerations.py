"""Enumerations of header values that are no statuses (OMA-TS-MMS_ENC-V1_3 7.3); every member is its octet."""

from __future__ import annotations

from enum import Enum, IntEnum

__all__ = [
    "INSERT_ADDRESS",
    "AddressToken",
    "ContentClass",
    "FlagToken",
    "MMState",
    "MboxUnit",
    "MessageClass",
    "Priority",
    "ReadStatus",
    "ReplyCharging",
    "RetrievalMode",
    "SenderVisibility",
]


class AddressToken(Enum):
    """What stands in From instead of an address (7.3.21)."""

    INSERT_ADDRESS = 0x81


INSERT_ADDRESS = AddressToken.INSERT_ADDRESS
"""The value of From by which a phone asks the MMSC to insert its address."""


class MessageClass(IntEnum):
    """X-Mms-Message-Class (7.3.27); any other class is a token, a plain str. Absent means Personal."""

    PERSONAL = 0x80
    ADVERTISEMENT = 0x81
    INFORMATIONAL = 0x82
    AUTO = 0x83


class Priority(IntEnum):
    """X-Mms-Priority (7.3.35). Absent means Normal."""

    LOW = 0x80
    NORMAL = 0x81
    HIGH = 0x82


class SenderVisibility(IntEnum):
    """X-Mms-Sender-Visibility. Absent means the operator's default, normally Show."""

    HIDE = 0x80
    SHOW = 0x81


class ReplyCharging(IntEnum):
    """X-Mms-Reply-Charging (7.3.43): requested by an originator, accepted towards a recipient."""

    REQUESTED = 0x80
    REQUESTED_TEXT_ONLY = 0x81
    ACCEPTED = 0x82
    ACCEPTED_TEXT_ONLY = 0x83


class ReadStatus(IntEnum):
    """X-Mms-Read-Status."""

    READ = 0x80
    DELETED_WITHOUT_BEING_READ = 0x81


class MMState(IntEnum):
    """X-Mms-MM-State (7.3.33): the state of an MM in an MMBox."""

    DRAFT = 0x80
    SENT = 0x81
    NEW = 0x82
    RETRIEVED = 0x83
    FORWARDED = 0x84


class FlagToken(IntEnum):
    """What X-Mms-MM-Flags does with its keyword (7.3.32)."""

    ADD = 0x80
    REMOVE = 0x81
    FILTER = 0x82


class MboxUnit(IntEnum):
    """What X-Mms-Mbox-Totals and X-Mms-Mbox-Quotas count."""

    MESSAGES = 0x80
    OCTETS = 0x81


class ContentClass(IntEnum):
    """X-Mms-Content-Class (7.3.9)."""

    TEXT = 0x80
    IMAGE_BASIC = 0x81
    IMAGE_RICH = 0x82
    VIDEO_BASIC = 0x83
    VIDEO_RICH = 0x84
    MEGAPIXEL = 0x85
    CONTENT_BASIC = 0x86
    CONTENT_RICH = 0x87


class RetrievalMode(IntEnum):
    """X-Mms-Recommended-Retrieval-Mode (7.3.39)."""

    MANUAL = 0x80
