"""Every PDU of the MMS encapsulation: which fields it carries, in the order they are sent (OMA-TS-MMS_ENC-V1_3 6).

The Mbox, Delete and Cancel rows, and the places of the 1.3 fields, rest on several independent implementations rather
than on the printed tables (unverified). A decoder takes any field in any PDU; an encoder sends only what stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as derived
from enum import Enum
from typing import Any, NamedTuple

from mmse.wire.mmsenc import fields
from mmse.wire.mmsenc.fields import (
    ADAPTATION_ALLOWED,
    APPLIC_ID,
    ATTRIBUTES,
    AUX_APPLIC_INFO,
    BCC,
    CANCEL_ID,
    CANCEL_STATUS,
    CC,
    CONTENT_CLASS,
    CONTENT_LOCATION,
    CONTENT_TYPE,
    DATE,
    DELIVERY_REPORT,
    DELIVERY_TIME,
    DISTRIBUTION_INDICATOR,
    DRM_CONTENT,
    ELEMENT_DESCRIPTOR,
    EXPIRY,
    FROM,
    INDEXED,
    INDEXED_CONTENT_LOCATION,
    INDEXED_RESPONSE_STATUS,
    INDEXED_RESPONSE_TEXT,
    LIMIT,
    MBOX_QUOTAS,
    MBOX_TOTALS,
    MESSAGE_CLASS,
    MESSAGE_COUNT,
    MESSAGE_ID,
    MESSAGE_SIZE,
    MM_FLAGS,
    MM_STATE,
    MMS_VERSION,
    PREVIOUSLY_SENT_BY,
    PREVIOUSLY_SENT_DATE,
    PRIORITY,
    QUOTAS,
    READ_REPORT,
    READ_STATUS,
    RECOMMENDED_RETRIEVAL_MODE,
    RECOMMENDED_RETRIEVAL_MODE_TEXT,
    REPLACE_ID,
    REPLY_APPLIC_ID,
    REPLY_CHARGING,
    REPLY_CHARGING_DEADLINE,
    REPLY_CHARGING_ID,
    REPLY_CHARGING_SIZE,
    REPORT_ALLOWED,
    RESPONSE_STATUS,
    RESPONSE_TEXT,
    RETRIEVE_STATUS,
    RETRIEVE_TEXT,
    SENDER_VISIBILITY,
    START,
    STATUS,
    STATUS_TEXT,
    STORE,
    STORE_STATUS,
    STORE_STATUS_TEXT,
    STORED,
    SUBJECT,
    TO,
    TOTALS,
    TRANSACTION_ID,
)
from mmse.wire.wsp.field import Field, Rows, rows_of

__all__ = ["BY_CODE", "PDU", "PDUS", "Body", "Presence", "Use", "each", "may", "must", "some"]


class Presence(Enum):
    """Whether a PDU carries a field: always, as its sender likes, or where the standard's condition holds."""

    MANDATORY = "M"
    OPTIONAL = "O"
    CONDITIONAL = "C"


class Body(Enum):
    """What follows Content-Type."""

    NONE = "no"
    OPTIONAL = "optional"
    MANDATORY = "yes"


class Use(NamedTuple):
    """One field in one PDU; ``repeats`` where it may stand more than once."""

    field: Field[Any]
    presence: Presence
    repeats: bool = False


def must(field: Field[Any]) -> Use:
    """A mandatory field."""
    return Use(field, Presence.MANDATORY)


def may(field: Field[Any]) -> Use:
    """An optional field."""
    return Use(field, Presence.OPTIONAL)


def when(field: Field[Any], repeats: bool = False) -> Use:
    """A conditional field."""
    return Use(field, Presence.CONDITIONAL, repeats)


def each(field: Field[Any]) -> Use:
    """An optional field that may repeat."""
    return Use(field, Presence.OPTIONAL, True)


def some(field: Field[Any]) -> Use:
    """A field that stands at least once."""
    return Use(field, Presence.MANDATORY, True)


@dataclass(frozen=True, eq=False)
class PDU:
    """One PDU type: its octet, its name here and in TS 23.140, its fields, whether it has a body, and since when.

    Of ``any_of`` at least one must be there. Compared by identity.
    """

    code: int
    name: str
    abstract: str
    uses: tuple[Use, ...]
    since: int = 10
    body: Body = Body.NONE
    any_of: tuple[Field[Any], ...] = ()
    mandatory: tuple[Field[Any], ...] = derived(init=False)
    repeats: dict[Field[Any], bool] = derived(init=False)
    """Every field allowed, and whether it may repeat."""
    rows: Rows = derived(init=False)
    """The dispatch tuple of this PDU."""

    def __post_init__(self) -> None:
        mandatory = tuple(use.field for use in self.uses if use.presence is Presence.MANDATORY)
        object.__setattr__(self, "mandatory", mandatory)
        object.__setattr__(self, "repeats", {use.field: use.repeats for use in self.uses})
        own = [use.field for use in self.uses if use.field in INDEXED]
        object.__setattr__(self, "rows", rows_of((*fields.FIELDS, *own)) if own else fields.ROWS)

    def __repr__(self) -> str:
        return f"<{self.name}>"


PREAMBLE = (must(TRANSACTION_ID), must(MMS_VERSION))
"""What follows X-Mms-Message-Type, which every PDU begins with and no row repeats."""
_APPLICATION = (may(APPLIC_ID), may(REPLY_APPLIC_ID), may(AUX_APPLIC_INFO))
_CONTENT = (may(CONTENT_CLASS), may(DRM_CONTENT))
_REPLY_CHARGING = (
    may(REPLY_CHARGING),
    may(REPLY_CHARGING_DEADLINE),
    may(REPLY_CHARGING_SIZE),
    may(REPLY_CHARGING_ID),
)
_RECIPIENTS = (each(TO), each(CC), each(BCC))
_STORING = (may(STORE), may(MM_STATE), each(MM_FLAGS))
_STORED = (when(CONTENT_LOCATION), when(STORE_STATUS), may(STORE_STATUS_TEXT))

M_SEND_REQ = PDU(
    0x80,
    "M-Send.req",
    "MM1_submit.REQ",
    (
        *PREAMBLE,
        may(DATE),
        must(FROM),
        *_RECIPIENTS,
        may(SUBJECT),
        may(MESSAGE_CLASS),
        may(EXPIRY),
        may(DELIVERY_TIME),
        may(PRIORITY),
        may(SENDER_VISIBILITY),
        may(DELIVERY_REPORT),
        may(READ_REPORT),
        *_REPLY_CHARGING,
        *_STORING,
        *_APPLICATION,
        *_CONTENT,
        may(ADAPTATION_ALLOWED),
        must(CONTENT_TYPE),
    ),
    body=Body.MANDATORY,
    any_of=(TO, CC, BCC),
)
M_SEND_CONF = PDU(
    0x81,
    "M-Send.conf",
    "MM1_submit.RES",
    (*PREAMBLE, must(RESPONSE_STATUS), may(RESPONSE_TEXT), when(MESSAGE_ID), *_STORED),
)
M_NOTIFICATION_IND = PDU(
    0x82,
    "M-Notification.ind",
    "MM1_notification.REQ",
    (
        *PREAMBLE,
        may(FROM),
        may(SUBJECT),
        may(DELIVERY_REPORT),
        may(STORED),
        must(MESSAGE_CLASS),
        may(PRIORITY),
        must(MESSAGE_SIZE),
        must(EXPIRY),
        *_REPLY_CHARGING,
        may(DISTRIBUTION_INDICATOR),
        each(ELEMENT_DESCRIPTOR),
        may(RECOMMENDED_RETRIEVAL_MODE),
        may(RECOMMENDED_RETRIEVAL_MODE_TEXT),
        *_APPLICATION,
        *_CONTENT,
        may(REPLACE_ID),
        must(CONTENT_LOCATION),
    ),
)
M_NOTIFYRESP_IND = PDU(
    0x83,
    "M-NotifyResp.ind",
    "MM1_notification.RES",
    (*PREAMBLE, must(STATUS), may(REPORT_ALLOWED)),
)
M_RETRIEVE_CONF = PDU(
    0x84,
    "M-Retrieve.conf",
    "MM1_retrieve.RES",
    (
        when(TRANSACTION_ID),
        must(MMS_VERSION),
        when(MESSAGE_ID),
        must(DATE),
        may(FROM),
        each(TO),
        each(CC),
        each(PREVIOUSLY_SENT_BY),
        each(PREVIOUSLY_SENT_DATE),
        may(SUBJECT),
        may(MESSAGE_CLASS),
        may(PRIORITY),
        may(DELIVERY_REPORT),
        may(READ_REPORT),
        *_REPLY_CHARGING,
        may(MM_STATE),
        each(MM_FLAGS),
        may(RETRIEVE_STATUS),
        may(RETRIEVE_TEXT),
        may(DISTRIBUTION_INDICATOR),
        *_APPLICATION,
        *_CONTENT,
        may(REPLACE_ID),
        must(CONTENT_TYPE),
    ),
    body=Body.MANDATORY,
)
M_ACKNOWLEDGE_IND = PDU(0x85, "M-Acknowledge.ind", "MM1_acknowledgement.REQ", (*PREAMBLE, may(REPORT_ALLOWED)))
M_DELIVERY_IND = PDU(
    0x86,
    "M-Delivery.ind",
    "MM1_delivery_report.REQ",
    (
        must(MMS_VERSION),
        must(MESSAGE_ID),
        must(TO),
        must(DATE),
        must(STATUS),
        may(STATUS_TEXT),
        *_APPLICATION,
    ),
)
M_READ_REC_IND = PDU(
    0x87,
    "M-Read-Rec.ind",
    "MM1_read_reply_recipient.REQ",
    (must(MMS_VERSION), must(MESSAGE_ID), must(TO), must(FROM), may(DATE), must(READ_STATUS), *_APPLICATION),
    since=11,
)
M_READ_ORIG_IND = PDU(
    0x88,
    "M-Read-Orig.ind",
    "MM1_read_reply_originator.REQ",
    (must(MMS_VERSION), must(MESSAGE_ID), must(TO), must(FROM), must(DATE), must(READ_STATUS), *_APPLICATION),
    since=11,
)
M_FORWARD_REQ = PDU(
    0x89,
    "M-Forward.req",
    "MM1_forward.REQ",
    (
        *PREAMBLE,
        may(DATE),
        must(FROM),
        *_RECIPIENTS,
        may(EXPIRY),
        may(DELIVERY_TIME),
        may(REPORT_ALLOWED),
        may(DELIVERY_REPORT),
        may(READ_REPORT),
        *_STORING,
        must(CONTENT_LOCATION),
    ),
    since=11,
    any_of=(TO, CC, BCC),
)
M_FORWARD_CONF = PDU(
    0x8A,
    "M-Forward.conf",
    "MM1_forward.RES",
    (*PREAMBLE, must(RESPONSE_STATUS), may(RESPONSE_TEXT), when(MESSAGE_ID), *_STORED),
    since=11,
)
M_MBOX_STORE_REQ = PDU(
    0x8B,
    "M-Mbox-Store.req",
    "MM1_mmbox_store.REQ",
    (*PREAMBLE, must(CONTENT_LOCATION), may(MM_STATE), each(MM_FLAGS)),
    since=12,
)
M_MBOX_STORE_CONF = PDU(
    0x8C,
    "M-Mbox-Store.conf",
    "MM1_mmbox_store.RES",
    (*PREAMBLE, when(CONTENT_LOCATION), must(STORE_STATUS), may(STORE_STATUS_TEXT)),
    since=12,
)
M_MBOX_VIEW_REQ = PDU(
    0x8D,
    "M-Mbox-View.req",
    "MM1_mmbox_view.REQ",
    (
        *PREAMBLE,
        each(CONTENT_LOCATION),
        each(MM_STATE),
        each(MM_FLAGS),
        may(START),
        may(LIMIT),
        each(ATTRIBUTES),
        may(TOTALS),
        may(QUOTAS),
    ),
    since=12,
)
M_MBOX_VIEW_CONF = PDU(
    0x8E,
    "M-Mbox-View.conf",
    "MM1_mmbox_view.RES",
    (
        *PREAMBLE,
        must(RESPONSE_STATUS),
        may(RESPONSE_TEXT),
        each(CONTENT_LOCATION),
        each(MM_STATE),
        each(MM_FLAGS),
        may(START),
        may(LIMIT),
        each(ATTRIBUTES),
        when(MBOX_TOTALS, repeats=True),
        when(MBOX_QUOTAS, repeats=True),
        may(MESSAGE_COUNT),
        when(CONTENT_TYPE),
    ),
    since=12,
    body=Body.OPTIONAL,
)
M_MBOX_UPLOAD_REQ = PDU(
    0x8F,
    "M-Mbox-Upload.req",
    "MM1_mmbox_upload.REQ",
    (*PREAMBLE, may(MM_STATE), each(MM_FLAGS), must(CONTENT_TYPE)),
    since=12,
    body=Body.MANDATORY,
)
M_MBOX_UPLOAD_CONF = PDU(
    0x90,
    "M-Mbox-Upload.conf",
    "MM1_mmbox_upload.RES",
    (*PREAMBLE, when(CONTENT_LOCATION), must(STORE_STATUS), may(STORE_STATUS_TEXT)),
    since=12,
)
M_MBOX_DELETE_REQ = PDU(
    0x91, "M-Mbox-Delete.req", "MM1_mmbox_delete.REQ", (*PREAMBLE, some(CONTENT_LOCATION)), since=12
)
_DELETED = (
    *PREAMBLE,
    when(INDEXED_CONTENT_LOCATION, repeats=True),
    some(INDEXED_RESPONSE_STATUS),
    each(INDEXED_RESPONSE_TEXT),
)
M_MBOX_DELETE_CONF = PDU(0x92, "M-Mbox-Delete.conf", "MM1_mmbox_delete.RES", _DELETED, since=12)
M_MBOX_DESCR = PDU(
    0x93,
    "M-Mbox-Descr",
    "",
    (
        must(MMS_VERSION),
        when(CONTENT_LOCATION),
        may(MESSAGE_ID),
        may(MM_STATE),
        each(MM_FLAGS),
        may(DATE),
        may(FROM),
        *_RECIPIENTS,
        may(MESSAGE_CLASS),
        may(SUBJECT),
        may(PRIORITY),
        may(DELIVERY_TIME),
        may(EXPIRY),
        may(DELIVERY_REPORT),
        may(READ_REPORT),
        *_REPLY_CHARGING,
        may(SENDER_VISIBILITY),
        each(PREVIOUSLY_SENT_BY),
        each(PREVIOUSLY_SENT_DATE),
        may(MESSAGE_SIZE),
        *_APPLICATION,
        *_CONTENT,
        may(CONTENT_TYPE),
    ),
    since=12,
    body=Body.OPTIONAL,
)
M_DELETE_REQ = PDU(0x94, "M-Delete.req", "MM1_delete.REQ", (*PREAMBLE, some(CONTENT_LOCATION)), since=13)
M_DELETE_CONF = PDU(0x95, "M-Delete.conf", "MM1_delete.RES", _DELETED, since=13)
M_CANCEL_REQ = PDU(0x96, "M-Cancel.req", "MM1_cancel.REQ", (*PREAMBLE, must(CANCEL_ID)), since=13)
M_CANCEL_CONF = PDU(0x97, "M-Cancel.conf", "MM1_cancel.RES", (*PREAMBLE, must(CANCEL_STATUS)), since=13)

PDUS: tuple[PDU, ...] = tuple(
    sorted((row for row in list(globals().values()) if isinstance(row, PDU)), key=lambda row: row.code)
)
"""All rows by octet, 0x80 to 0x97."""
BY_CODE: dict[int, PDU] = {row.code: row for row in PDUS}
