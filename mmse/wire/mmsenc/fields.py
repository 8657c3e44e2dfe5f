"""Every header field of the MMS encapsulation, 0x01 to 0x3F (OMA-TS-MMS_ENC-V1_3 7.3 and its assigned numbers).

One row each: number, name, type of value, clause, the version (10 to 13) that brought it, and the information element
of TS 23.140 it carries. Codec, documents, `mmse explain` and tests read these rows. A clause of three numbers was seen
cited for that very field; the others lie somewhere in 7.3.
"""

from __future__ import annotations

from typing import Any

from mmse.wire.mmsenc import status
from mmse.wire.mmsenc.enumerations import (
    ContentClass,
    MMState,
    Priority,
    ReadStatus,
    ReplyCharging,
    RetrievalMode,
    SenderVisibility,
)
from mmse.wire.mmsenc.types import (
    AddressValue,
    AttributeValue,
    CountedValue,
    ElementDescriptorValue,
    FlagValue,
    FromValue,
    MboxAmountValue,
    MessageClassValue,
    TimeValue,
)
from mmse.wire.wsp.content_type import ContentTypeValue
from mmse.wire.wsp.field import Field, Rows, rows_of
from mmse.wire.wsp.types import (
    DateValue,
    EncodedString,
    Enumeration,
    IntegerValue,
    LongInteger,
    Octet,
    Opaque,
    TextString,
    VersionValue,
    YesNo,
)

__all__ = ["BY_NAME", "FIELDS", "INDEXED", "ROWS", "Field", "field_of"]


def field_of(code: int) -> Field[Any] | None:
    """The row of an assigned number, or None."""
    return _BY_CODE.get(code)


BCC = Field(0x01, "Bcc", AddressValue(), clause="7.3", since=10, element="recipient_address")
CC = Field(0x02, "Cc", AddressValue(), clause="7.3", since=10, element="recipient_address")
CONTENT_LOCATION = Field(
    0x03, "X-Mms-Content-Location", TextString(bare=True), clause="7.3.10", since=10, element="message_reference"
)
CONTENT_TYPE = Field(0x04, "Content-Type", ContentTypeValue(), clause="7.3", since=10, element="content_type")
DATE = Field(0x05, "Date", DateValue(), clause="7.3", since=10, element="date_and_time")
DELIVERY_REPORT = Field(
    0x06, "X-Mms-Delivery-Report", YesNo(), clause="7.3", since=10, element="delivery_report_requested"
)
DELIVERY_TIME = Field(
    0x07, "X-Mms-Delivery-Time", TimeValue(), clause="7.3", since=10, element="earliest_time_of_delivery"
)
EXPIRY = Field(0x08, "X-Mms-Expiry", TimeValue(), clause="7.3.20", since=10, element="time_of_expiry")
FROM = Field(0x09, "From", FromValue(), clause="7.3.21", since=10, element="sender_address")
MESSAGE_CLASS = Field(
    0x0A, "X-Mms-Message-Class", MessageClassValue(), clause="7.3.27", since=10, element="message_class"
)
MESSAGE_ID = Field(0x0B, "Message-ID", TextString(bare=True), clause="7.3", since=10, element="message_id")
MESSAGE_TYPE = Field(0x0C, "X-Mms-Message-Type", Octet(), clause="7.3.30", since=10, element="message_type")
TRANSACTION_ID = Field(0x18, "X-Mms-Transaction-ID", TextString(), clause="7.3", since=10, element="transaction_id")
MMS_VERSION = Field(0x0D, "X-Mms-MMS-Version", VersionValue(), clause="7.3", since=10, element="mms_version")
MESSAGE_SIZE = Field(0x0E, "X-Mms-Message-Size", LongInteger(), clause="7.3", since=10, element="message_size")
PRIORITY = Field(0x0F, "X-Mms-Priority", Enumeration(Priority), clause="7.3.35", since=10, element="priority")
READ_REPORT = Field(0x10, "X-Mms-Read-Report", YesNo(), clause="7.3", since=10, element="read_reply_requested")
REPORT_ALLOWED = Field(0x11, "X-Mms-Report-Allowed", YesNo(), clause="7.3", since=10, element="delivery_report_allowed")
RESPONSE_STATUS = Field(
    0x12,
    "X-Mms-Response-Status",
    Enumeration(status.ResponseStatus),
    clause="7.3",
    since=10,
    element="request_status",
)
RESPONSE_TEXT = Field(
    0x13, "X-Mms-Response-Text", EncodedString(), clause="7.3", since=10, element="request_status_text"
)
SENDER_VISIBILITY = Field(
    0x14,
    "X-Mms-Sender-Visibility",
    Enumeration(SenderVisibility),
    clause="7.3",
    since=10,
    element="sender_visibility",
)
STATUS = Field(0x15, "X-Mms-Status", Enumeration(status.Status), clause="7.3.54", since=10, element="mm_status")
SUBJECT = Field(0x16, "Subject", EncodedString(), clause="7.3.61", since=10, element="subject")
TO = Field(0x17, "To", AddressValue(), clause="7.3", since=10, element="recipient_address")
RETRIEVE_STATUS = Field(
    0x19,
    "X-Mms-Retrieve-Status",
    Enumeration(status.RetrieveStatus),
    clause="7.3.50",
    since=11,
    element="request_status",
)
RETRIEVE_TEXT = Field(
    0x1A, "X-Mms-Retrieve-Text", EncodedString(), clause="7.3", since=11, element="request_status_text"
)
READ_STATUS = Field(0x1B, "X-Mms-Read-Status", Enumeration(ReadStatus), clause="7.3", since=11, element="read_status")
REPLY_CHARGING = Field(
    0x1C, "X-Mms-Reply-Charging", Enumeration(ReplyCharging), clause="7.3.43", since=11, element="reply_charging"
)
REPLY_CHARGING_DEADLINE = Field(
    0x1D, "X-Mms-Reply-Charging-Deadline", TimeValue(), clause="7.3", since=11, element="reply_deadline"
)
REPLY_CHARGING_ID = Field(
    0x1E, "X-Mms-Reply-Charging-ID", TextString(bare=True), clause="7.3", since=11, element="reply_charging_id"
)
REPLY_CHARGING_SIZE = Field(
    0x1F, "X-Mms-Reply-Charging-Size", LongInteger(), clause="7.3", since=11, element="reply_charging_size"
)
PREVIOUSLY_SENT_BY = Field(
    0x20,
    "X-Mms-Previously-Sent-By",
    CountedValue(AddressValue()),
    clause="7.3",
    since=11,
    element="previously_sent_by",
)
PREVIOUSLY_SENT_DATE = Field(
    0x21,
    "X-Mms-Previously-Sent-Date",
    CountedValue(DateValue()),
    clause="7.3",
    since=11,
    element="previously_sent_date_and_time",
)
STORE = Field(0x22, "X-Mms-Store", YesNo(), clause="7.3", since=12, element="store")
MM_STATE = Field(0x23, "X-Mms-MM-State", Enumeration(MMState), clause="7.3.33", since=12, element="mm_state")
MM_FLAGS = Field(0x24, "X-Mms-MM-Flags", FlagValue(), clause="7.3.32", since=12, element="mm_flags")
STORE_STATUS = Field(
    0x25, "X-Mms-Store-Status", Enumeration(status.StoreStatus), clause="7.3", since=12, element="store_status"
)
STORE_STATUS_TEXT = Field(
    0x26, "X-Mms-Store-Status-Text", EncodedString(), clause="7.3", since=12, element="store_status_text"
)
STORED = Field(0x27, "X-Mms-Stored", YesNo(), clause="7.3", since=12, element="stored")
ATTRIBUTES = Field(0x28, "X-Mms-Attributes", AttributeValue(field_of), clause="7.3", since=12, element="attributes")
TOTALS = Field(0x29, "X-Mms-Totals", YesNo(), clause="7.3", since=12, element="totals")
MBOX_TOTALS = Field(0x2A, "X-Mms-Mbox-Totals", MboxAmountValue(), clause="7.3", since=12, element="totals")
QUOTAS = Field(0x2B, "X-Mms-Quotas", YesNo(), clause="7.3", since=12, element="quotas")
MBOX_QUOTAS = Field(0x2C, "X-Mms-Mbox-Quotas", MboxAmountValue(), clause="7.3", since=12, element="quotas")
MESSAGE_COUNT = Field(0x2D, "X-Mms-Message-Count", IntegerValue(), clause="7.3", since=12, element="message_count")
CONTENT = Field(0x2E, "Content", Opaque(), clause="7.3", since=12, element="content")
"""Only ever an item of X-Mms-Attributes: "the content, too"."""
START = Field(0x2F, "X-Mms-Start", IntegerValue(), clause="7.3", since=12, element="start")
ADDITIONAL_HEADERS = Field(0x30, "Additional-headers", Opaque(), clause="7.3", since=12, element="additional_headers")
"""Only ever an item of X-Mms-Attributes: "all other headers, too"."""
DISTRIBUTION_INDICATOR = Field(
    0x31, "X-Mms-Distribution-Indicator", YesNo(), clause="7.3", since=12, element="message_distribution_indicator"
)
ELEMENT_DESCRIPTOR = Field(
    0x32,
    "X-Mms-Element-Descriptor",
    ElementDescriptorValue(),
    clause="7.3.18",
    since=12,
    element="element_descriptor",
)
LIMIT = Field(0x33, "X-Mms-Limit", IntegerValue(), clause="7.3", since=12, element="limit")
RECOMMENDED_RETRIEVAL_MODE = Field(
    0x34,
    "X-Mms-Recommended-Retrieval-Mode",
    Enumeration(RetrievalMode),
    clause="7.3.39",
    since=13,
    element="recommended_retrieval_mode",
)
RECOMMENDED_RETRIEVAL_MODE_TEXT = Field(
    0x35,
    "X-Mms-Recommended-Retrieval-Mode-Text",
    EncodedString(),
    clause="7.3",
    since=13,
    element="recommended_retrieval_mode_text",
)
STATUS_TEXT = Field(0x36, "X-Mms-Status-Text", EncodedString(), clause="7.3", since=13, element="mm_status_text")
APPLIC_ID = Field(0x37, "X-Mms-Applic-ID", TextString(), clause="7.3", since=13, element="applic_id")
REPLY_APPLIC_ID = Field(0x38, "X-Mms-Reply-Applic-ID", TextString(), clause="7.3", since=13, element="reply_applic_id")
AUX_APPLIC_INFO = Field(0x39, "X-Mms-Aux-Applic-Info", TextString(), clause="7.3", since=13, element="aux_applic_info")
CONTENT_CLASS = Field(
    0x3A, "X-Mms-Content-Class", Enumeration(ContentClass), clause="7.3.9", since=13, element="content_class"
)
DRM_CONTENT = Field(0x3B, "X-Mms-DRM-Content", YesNo(), clause="7.3", since=13, element="drm_content")
ADAPTATION_ALLOWED = Field(
    0x3C, "X-Mms-Adaptation-Allowed", YesNo(), clause="7.3", since=13, element="content_adaptation_allowed"
)
REPLACE_ID = Field(0x3D, "X-Mms-Replace-ID", TextString(bare=True), clause="7.3", since=13, element="replace_id")
CANCEL_ID = Field(0x3E, "X-Mms-Cancel-ID", TextString(bare=True), clause="7.3", since=13, element="cancel_id")
CANCEL_STATUS = Field(
    0x3F, "X-Mms-Cancel-Status", Enumeration(status.CancelStatus), clause="7.3", since=13, element="cancel_status"
)

FIELDS: tuple[Field[Any], ...] = tuple(
    sorted((row for row in list(globals().values()) if isinstance(row, Field)), key=lambda row: row.code)
)
"""All rows by number, 0x01 to 0x3F."""

# What M-Mbox-Delete.conf and M-Delete.conf mean by three of the numbers above: with a count that pairs them (7.3.10).
INDEXED_CONTENT_LOCATION = Field(
    0x03,
    "X-Mms-Content-Location",
    CountedValue(TextString(bare=True), plain=True),
    clause="7.3.10",
    since=12,
    element="message_reference",
)
INDEXED_RESPONSE_STATUS = Field(
    0x12,
    "X-Mms-Response-Status",
    CountedValue(Enumeration(status.ResponseStatus), plain=True),
    clause="7.3",
    since=12,
    element="request_status",
)
INDEXED_RESPONSE_TEXT = Field(
    0x13,
    "X-Mms-Response-Text",
    CountedValue(EncodedString(), plain=True),
    clause="7.3",
    since=12,
    element="request_status_text",
)
INDEXED: tuple[Field[Any], ...] = (INDEXED_CONTENT_LOCATION, INDEXED_RESPONSE_STATUS, INDEXED_RESPONSE_TEXT)
"""Rows that stand in for those of the same number in the PDUs that list them."""

_BY_CODE = {row.code: row for row in FIELDS}
ROWS: Rows = rows_of(FIELDS)
"""Rows by first octet; numbers over 0x3F keep their value as octets."""
BY_NAME: dict[str, Field[Any]] = {row.name.lower(): row for row in FIELDS} | {
    # Names of MMS 1.0, and of Android for Aux-Applic-Info.
    "x-mms-read-reply": READ_REPORT,
    "x-mms-aux-applic-id": AUX_APPLIC_INFO,
}
"""Rows by lower-case name, for headers in text form."""
