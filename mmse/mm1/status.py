"""Statuses and enumerations of the abstract messages as MM1 spells them (OMA-TS-MMS_ENC-V1_3 7.3): one table each.

What phones of older versions are told instead is the codec's matter (`mmse.wire.mmsenc.encode` with a version).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import TypeVar

from mmse.abstract.delivery import Event
from mmse.abstract.elements import Class, Priority, ReadStatus
from mmse.abstract.status import DeliveryStatus, RequestStatus, RetrieveStatus
from mmse.wire.mmsenc import enumerations, status

__all__ = [
    "CLASSES",
    "DELIVERY",
    "NOTIFIED",
    "PRIORITIES",
    "READ",
    "REQUEST",
    "RETRIEVE",
    "inverse",
]

A = TypeVar("A")

REQUEST: dict[RequestStatus, status.ResponseStatus] = {
    RequestStatus.OK: status.ResponseStatus.OK,
    RequestStatus.UNSUPPORTED_MESSAGE: status.ResponseStatus.ERROR_UNSUPPORTED_MESSAGE,
    RequestStatus.TRANSIENT_FAILURE: status.ResponseStatus.ERROR_TRANSIENT_FAILURE,
    RequestStatus.TRANSIENT_ADDRESS_UNRESOLVED: status.ResponseStatus.ERROR_TRANSIENT_SENDING_ADDRESS_UNRESOLVED,
    RequestStatus.TRANSIENT_MESSAGE_NOT_FOUND: status.ResponseStatus.ERROR_TRANSIENT_MESSAGE_NOT_FOUND,
    RequestStatus.TRANSIENT_NETWORK_PROBLEM: status.ResponseStatus.ERROR_TRANSIENT_NETWORK_PROBLEM,
    RequestStatus.PERMANENT_FAILURE: status.ResponseStatus.ERROR_PERMANENT_FAILURE,
    RequestStatus.SERVICE_DENIED: status.ResponseStatus.ERROR_PERMANENT_SERVICE_DENIED,
    RequestStatus.MESSAGE_FORMAT_CORRUPT: status.ResponseStatus.ERROR_PERMANENT_MESSAGE_FORMAT_CORRUPT,
    RequestStatus.ADDRESS_UNRESOLVED: status.ResponseStatus.ERROR_PERMANENT_SENDING_ADDRESS_UNRESOLVED,
    RequestStatus.MESSAGE_NOT_FOUND: status.ResponseStatus.ERROR_PERMANENT_MESSAGE_NOT_FOUND,
    RequestStatus.CONTENT_NOT_ACCEPTED: status.ResponseStatus.ERROR_PERMANENT_CONTENT_NOT_ACCEPTED,
    RequestStatus.REPLY_CHARGING_LIMITATIONS_NOT_MET: (
        status.ResponseStatus.ERROR_PERMANENT_REPLY_CHARGING_LIMITATIONS_NOT_MET
    ),
    RequestStatus.REPLY_CHARGING_REQUEST_NOT_ACCEPTED: (
        status.ResponseStatus.ERROR_PERMANENT_REPLY_CHARGING_REQUEST_NOT_ACCEPTED
    ),
    RequestStatus.REPLY_CHARGING_FORWARDING_DENIED: (
        status.ResponseStatus.ERROR_PERMANENT_REPLY_CHARGING_FORWARDING_DENIED
    ),
    RequestStatus.REPLY_CHARGING_NOT_SUPPORTED: status.ResponseStatus.ERROR_PERMANENT_REPLY_CHARGING_NOT_SUPPORTED,
    RequestStatus.ADDRESS_HIDING_NOT_SUPPORTED: status.ResponseStatus.ERROR_PERMANENT_ADDRESS_HIDING_NOT_SUPPORTED,
    RequestStatus.LACK_OF_PREPAID: status.ResponseStatus.ERROR_PERMANENT_LACK_OF_PREPAID,
}
"""X-Mms-Response-Status of M-Send.conf and M-Forward.conf."""

RETRIEVE: dict[RetrieveStatus, status.RetrieveStatus] = {
    RetrieveStatus.OK: status.RetrieveStatus.OK,
    RetrieveStatus.TRANSIENT_FAILURE: status.RetrieveStatus.ERROR_TRANSIENT_FAILURE,
    RetrieveStatus.TRANSIENT_MESSAGE_NOT_FOUND: status.RetrieveStatus.ERROR_TRANSIENT_MESSAGE_NOT_FOUND,
    RetrieveStatus.TRANSIENT_NETWORK_PROBLEM: status.RetrieveStatus.ERROR_TRANSIENT_NETWORK_PROBLEM,
    RetrieveStatus.PERMANENT_FAILURE: status.RetrieveStatus.ERROR_PERMANENT_FAILURE,
    RetrieveStatus.SERVICE_DENIED: status.RetrieveStatus.ERROR_PERMANENT_SERVICE_DENIED,
    RetrieveStatus.MESSAGE_NOT_FOUND: status.RetrieveStatus.ERROR_PERMANENT_MESSAGE_NOT_FOUND,
    RetrieveStatus.CONTENT_UNSUPPORTED: status.RetrieveStatus.ERROR_PERMANENT_CONTENT_UNSUPPORTED,
}
"""X-Mms-Retrieve-Status of M-Retrieve.conf."""

DELIVERY: dict[DeliveryStatus, status.Status] = {
    DeliveryStatus.EXPIRED: status.Status.EXPIRED,
    DeliveryStatus.RETRIEVED: status.Status.RETRIEVED,
    DeliveryStatus.REJECTED: status.Status.REJECTED,
    DeliveryStatus.UNRECOGNISED: status.Status.UNRECOGNISED,
    DeliveryStatus.INDETERMINATE: status.Status.INDETERMINATE,
    DeliveryStatus.FORWARDED: status.Status.FORWARDED,
    DeliveryStatus.UNREACHABLE: status.Status.UNREACHABLE,
}
"""X-Mms-Status of M-Delivery.ind."""

NOTIFIED: dict[int, Event] = {
    status.Status.RETRIEVED: Event.RETRIEVED,
    status.Status.REJECTED: Event.REJECTED,
    status.Status.DEFERRED: Event.DEFERRED,
    status.Status.UNRECOGNISED: Event.UNRECOGNISED,
}
"""What an X-Mms-Status in M-NotifyResp.ind means; a phone has no other to tell (7.3.54)."""

CLASSES: dict[Class, enumerations.MessageClass] = {
    Class.PERSONAL: enumerations.MessageClass.PERSONAL,
    Class.ADVERTISEMENT: enumerations.MessageClass.ADVERTISEMENT,
    Class.INFORMATIONAL: enumerations.MessageClass.INFORMATIONAL,
    Class.AUTO: enumerations.MessageClass.AUTO,
}
"""X-Mms-Message-Class; any other class is a token."""

PRIORITIES: dict[Priority, enumerations.Priority] = {
    Priority.LOW: enumerations.Priority.LOW,
    Priority.NORMAL: enumerations.Priority.NORMAL,
    Priority.HIGH: enumerations.Priority.HIGH,
}
"""X-Mms-Priority."""

READ: dict[ReadStatus, enumerations.ReadStatus] = {
    ReadStatus.READ: enumerations.ReadStatus.READ,
    ReadStatus.DELETED: enumerations.ReadStatus.DELETED_WITHOUT_BEING_READ,
}
"""X-Mms-Read-Status."""


def inverse(table: Mapping[A, IntEnum]) -> dict[int | None, A]:
    """A table read from the octet's side; neither a reserved octet nor an absent one is in it."""
    return {octet: value for value, octet in table.items()}
