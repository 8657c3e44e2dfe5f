"""Statuses of the MMS PDUs, reserved ranges folded as the standard says, and what older phones are told."""

from __future__ import annotations

from enum import IntEnum
from typing import TypeVar, overload

__all__ = [
    "CancelStatus",
    "ResponseStatus",
    "RetrieveStatus",
    "Status",
    "StoreStatus",
    "down_map_1_0",
    "down_map_status",
    "fold",
    "is_permanent",
    "is_transient",
]


class ResponseStatus(IntEnum):
    """X-Mms-Response-Status. 0x81 to 0x87 are of MMS 1.0, obsolete since, and still sent to phones of 1.0."""

    OK = 0x80
    ERROR_UNSPECIFIED = 0x81
    ERROR_SERVICE_DENIED = 0x82
    ERROR_MESSAGE_FORMAT_CORRUPT = 0x83
    ERROR_SENDING_ADDRESS_UNRESOLVED = 0x84
    ERROR_MESSAGE_NOT_FOUND = 0x85
    ERROR_NETWORK_PROBLEM = 0x86
    ERROR_CONTENT_NOT_ACCEPTED = 0x87
    ERROR_UNSUPPORTED_MESSAGE = 0x88
    ERROR_TRANSIENT_FAILURE = 0xC0
    ERROR_TRANSIENT_SENDING_ADDRESS_UNRESOLVED = 0xC1
    ERROR_TRANSIENT_MESSAGE_NOT_FOUND = 0xC2
    ERROR_TRANSIENT_NETWORK_PROBLEM = 0xC3
    ERROR_TRANSIENT_PARTIAL_SUCCESS = 0xC4
    ERROR_PERMANENT_FAILURE = 0xE0
    ERROR_PERMANENT_SERVICE_DENIED = 0xE1
    ERROR_PERMANENT_MESSAGE_FORMAT_CORRUPT = 0xE2
    ERROR_PERMANENT_SENDING_ADDRESS_UNRESOLVED = 0xE3
    ERROR_PERMANENT_MESSAGE_NOT_FOUND = 0xE4
    ERROR_PERMANENT_CONTENT_NOT_ACCEPTED = 0xE5
    ERROR_PERMANENT_REPLY_CHARGING_LIMITATIONS_NOT_MET = 0xE6
    # Android's constant for this one is 0xE6, a mistake: 0xE7 is right.
    ERROR_PERMANENT_REPLY_CHARGING_REQUEST_NOT_ACCEPTED = 0xE7
    ERROR_PERMANENT_REPLY_CHARGING_FORWARDING_DENIED = 0xE8
    ERROR_PERMANENT_REPLY_CHARGING_NOT_SUPPORTED = 0xE9
    ERROR_PERMANENT_ADDRESS_HIDING_NOT_SUPPORTED = 0xEA
    ERROR_PERMANENT_LACK_OF_PREPAID = 0xEB


class RetrieveStatus(IntEnum):
    """X-Mms-Retrieve-Status (7.3.50). Ok is better left out: early phones stumble over it."""

    OK = 0x80
    ERROR_TRANSIENT_FAILURE = 0xC0
    ERROR_TRANSIENT_MESSAGE_NOT_FOUND = 0xC1
    ERROR_TRANSIENT_NETWORK_PROBLEM = 0xC2
    ERROR_PERMANENT_FAILURE = 0xE0
    ERROR_PERMANENT_SERVICE_DENIED = 0xE1
    ERROR_PERMANENT_MESSAGE_NOT_FOUND = 0xE2
    ERROR_PERMANENT_CONTENT_UNSUPPORTED = 0xE3


class Status(IntEnum):
    """X-Mms-Status (7.3.54): what a phone did with a notification, or what became of an MM."""

    EXPIRED = 0x80
    RETRIEVED = 0x81
    REJECTED = 0x82
    DEFERRED = 0x83
    UNRECOGNISED = 0x84
    INDETERMINATE = 0x85
    FORWARDED = 0x86
    UNREACHABLE = 0x87


class StoreStatus(IntEnum):
    """X-Mms-Store-Status."""

    SUCCESS = 0x80
    ERROR_TRANSIENT_FAILURE = 0xC0
    ERROR_TRANSIENT_NETWORK_PROBLEM = 0xC1
    ERROR_PERMANENT_FAILURE = 0xE0
    ERROR_PERMANENT_SERVICE_DENIED = 0xE1
    ERROR_PERMANENT_MESSAGE_FORMAT_CORRUPT = 0xE2
    ERROR_PERMANENT_MESSAGE_NOT_FOUND = 0xE3
    ERROR_PERMANENT_MMBOX_FULL = 0xE4


class CancelStatus(IntEnum):
    """X-Mms-Cancel-Status."""

    REQUEST_SUCCESSFULLY_RECEIVED = 0x80
    REQUEST_CORRUPTED = 0x81


Ranged = TypeVar("Ranged", ResponseStatus, RetrieveStatus, StoreStatus)


def is_transient(value: int) -> bool:
    """Whether a Response-, Retrieve- or Store-Status says that the same request may succeed later."""
    return 0xC0 <= value <= 0xDF or value == ResponseStatus.ERROR_NETWORK_PROBLEM


def is_permanent(value: int) -> bool:
    """Whether it says that the same request will not succeed."""
    return value != ResponseStatus.OK and not is_transient(value)


@overload
def fold(value: int) -> ResponseStatus: ...
@overload
def fold(value: int, kind: type[Ranged]) -> Ranged: ...
def fold(value: int, kind: type[IntEnum] = ResponseStatus) -> IntEnum:
    """The member of ``kind`` that a receiver must take an octet for (OMA-TS-MMS_ENC-V1_3 7.3.50 for Retrieve-Status).

    Reserved values 0xC0-0xDF are Error-transient-failure, all others Error-permanent-failure.
    """
    try:
        return kind(value)
    except ValueError:
        return kind(0xC0 if 0xC0 <= value <= 0xDF else 0xE0)


_TO_1_0 = {
    ResponseStatus.ERROR_TRANSIENT_FAILURE: ResponseStatus.ERROR_UNSPECIFIED,
    ResponseStatus.ERROR_TRANSIENT_SENDING_ADDRESS_UNRESOLVED: ResponseStatus.ERROR_SENDING_ADDRESS_UNRESOLVED,
    ResponseStatus.ERROR_TRANSIENT_MESSAGE_NOT_FOUND: ResponseStatus.ERROR_MESSAGE_NOT_FOUND,
    ResponseStatus.ERROR_TRANSIENT_NETWORK_PROBLEM: ResponseStatus.ERROR_NETWORK_PROBLEM,
    ResponseStatus.ERROR_TRANSIENT_PARTIAL_SUCCESS: ResponseStatus.ERROR_UNSPECIFIED,
    ResponseStatus.ERROR_PERMANENT_FAILURE: ResponseStatus.ERROR_UNSPECIFIED,
    ResponseStatus.ERROR_PERMANENT_SERVICE_DENIED: ResponseStatus.ERROR_SERVICE_DENIED,
    ResponseStatus.ERROR_PERMANENT_MESSAGE_FORMAT_CORRUPT: ResponseStatus.ERROR_MESSAGE_FORMAT_CORRUPT,
    ResponseStatus.ERROR_PERMANENT_SENDING_ADDRESS_UNRESOLVED: ResponseStatus.ERROR_SENDING_ADDRESS_UNRESOLVED,
    ResponseStatus.ERROR_PERMANENT_MESSAGE_NOT_FOUND: ResponseStatus.ERROR_MESSAGE_NOT_FOUND,
    ResponseStatus.ERROR_PERMANENT_CONTENT_NOT_ACCEPTED: ResponseStatus.ERROR_CONTENT_NOT_ACCEPTED,
    ResponseStatus.ERROR_PERMANENT_REPLY_CHARGING_LIMITATIONS_NOT_MET: ResponseStatus.ERROR_SERVICE_DENIED,
    ResponseStatus.ERROR_PERMANENT_REPLY_CHARGING_REQUEST_NOT_ACCEPTED: ResponseStatus.ERROR_SERVICE_DENIED,
    ResponseStatus.ERROR_PERMANENT_REPLY_CHARGING_FORWARDING_DENIED: ResponseStatus.ERROR_SERVICE_DENIED,
    ResponseStatus.ERROR_PERMANENT_REPLY_CHARGING_NOT_SUPPORTED: ResponseStatus.ERROR_SERVICE_DENIED,
    ResponseStatus.ERROR_PERMANENT_ADDRESS_HIDING_NOT_SUPPORTED: ResponseStatus.ERROR_SERVICE_DENIED,
    ResponseStatus.ERROR_PERMANENT_LACK_OF_PREPAID: ResponseStatus.ERROR_SERVICE_DENIED,
}


def down_map_1_0(value: int) -> ResponseStatus:
    """The Response-Status that a phone of MMS 1.0 knows for ``value`` (reserved values folded first)."""
    status = fold(value)
    return _TO_1_0.get(status, status)


# Per status of a later version: the version that brought it, and what an earlier phone is told instead (unverified
# practice: the standard only says that 1.0 knows 0x80 to 0x84).
_NEWER_STATUSES = {
    Status.INDETERMINATE: (0x11, Status.EXPIRED),
    Status.FORWARDED: (0x11, Status.RETRIEVED),
    Status.UNREACHABLE: (0x12, Status.EXPIRED),
}


def down_map_status(value: int, version: int) -> int:
    """The X-Mms-Status that an originator of ``version`` (major << 4 | minor) knows for ``value``."""
    since, instead = _NEWER_STATUSES.get(value, (0, value))  # type: ignore[call-overload]
    return value if version >= since else instead
