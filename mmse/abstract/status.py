"""Results and statuses, free of any encoding (TS 23.140 7.1.1.3, 7.1.2.4, 7.1.6.3)."""

from __future__ import annotations

from enum import Enum

__all__ = ["DeliveryStatus", "RequestStatus", "RetrieveStatus"]


class RequestStatus(Enum):
    """The result of submitting or forwarding; transient means that the same request may succeed later."""

    OK = "ok"
    UNSUPPORTED_MESSAGE = "unsupported-message"
    TRANSIENT_FAILURE = "transient-failure"
    TRANSIENT_ADDRESS_UNRESOLVED = "transient-address-unresolved"
    TRANSIENT_MESSAGE_NOT_FOUND = "transient-message-not-found"
    TRANSIENT_NETWORK_PROBLEM = "transient-network-problem"
    PERMANENT_FAILURE = "permanent-failure"
    SERVICE_DENIED = "service-denied"
    MESSAGE_FORMAT_CORRUPT = "message-format-corrupt"
    ADDRESS_UNRESOLVED = "address-unresolved"
    MESSAGE_NOT_FOUND = "message-not-found"
    CONTENT_NOT_ACCEPTED = "content-not-accepted"
    REPLY_CHARGING_LIMITATIONS_NOT_MET = "reply-charging-limitations-not-met"
    REPLY_CHARGING_REQUEST_NOT_ACCEPTED = "reply-charging-request-not-accepted"
    REPLY_CHARGING_FORWARDING_DENIED = "reply-charging-forwarding-denied"
    REPLY_CHARGING_NOT_SUPPORTED = "reply-charging-not-supported"
    ADDRESS_HIDING_NOT_SUPPORTED = "address-hiding-not-supported"
    LACK_OF_PREPAID = "lack-of-prepaid"


class RetrieveStatus(Enum):
    """The result of a retrieval."""

    OK = "ok"
    TRANSIENT_FAILURE = "transient-failure"
    TRANSIENT_MESSAGE_NOT_FOUND = "transient-message-not-found"
    TRANSIENT_NETWORK_PROBLEM = "transient-network-problem"
    PERMANENT_FAILURE = "permanent-failure"
    SERVICE_DENIED = "service-denied"
    MESSAGE_NOT_FOUND = "message-not-found"
    CONTENT_UNSUPPORTED = "content-unsupported"


class DeliveryStatus(Enum):
    """What a delivery report says of one recipient (TS 23.140 7.1.6)."""

    EXPIRED = "expired"
    RETRIEVED = "retrieved"
    REJECTED = "rejected"
    UNRECOGNISED = "unrecognised"
    INDETERMINATE = "indeterminate"
    FORWARDED = "forwarded"
    UNREACHABLE = "unreachable"
