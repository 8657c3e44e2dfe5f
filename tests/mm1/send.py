"""PDUs as phones send them."""

from __future__ import annotations

from typing import Any

from mmse.abstract.status import RetrieveStatus
from mmse.interfaces import Retrieval
from mmse.wire.mmsenc import INSERT_ADDRESS, ContentType, Message, encode, fields, pdus
from mmse.wire.wsp import multipart
from mmse.wire.wsp.field import Header
from tests.mm1.values import content, copy, message

RELATED = ContentType("application/vnd.wap.multipart.related", (("type", "application/smil"), ("start", "<smil>")))
PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4


def body(picture: bytes = PICTURE) -> bytes:
    """A content: a presentation and a picture."""
    return multipart.compose(
        [
            multipart.Part(ContentType("application/smil"), [], b"<smil/>"),
            multipart.Part(ContentType("image/jpeg", (("name", "p.jpg"),)), [], picture),
        ]
    )


def send_req(*extra: Header, to: Any = ("+15551230002/TYPE=PLMN",), tid: str = "T1", version: int = 0x12) -> bytes:
    """M-Send.req."""
    headers: list[Header] = [
        (fields.TRANSACTION_ID, tid),
        (fields.MMS_VERSION, version),
        (fields.FROM, INSERT_ADDRESS),
        *((fields.TO, address) for address in to),
        *extra,
        (fields.CONTENT_TYPE, RELATED),
    ]
    return encode(Message(pdus.M_SEND_REQ, headers, body()))


def forward_req(location: str, *extra: Header, tid: str = "F1") -> bytes:
    """M-Forward.req."""
    headers: list[Header] = [
        (fields.TRANSACTION_ID, tid),
        (fields.MMS_VERSION, 0x12),
        (fields.FROM, INSERT_ADDRESS),
        (fields.TO, "+15551230003/TYPE=PLMN"),
        (fields.CONTENT_LOCATION, location),
        *extra,
    ]
    return encode(Message(pdus.M_FORWARD_REQ, headers))


def plain(pdu: pdus.PDU, *extra: Header, tid: str | None = "T1", version: int = 0x13) -> bytes:
    """Any PDU without a body."""
    first: list[Header] = [] if tid is None else [(fields.TRANSACTION_ID, tid)]
    return encode(Message(pdu, [*first, (fields.MMS_VERSION, version), *extra]))


def found(**values: Any) -> Retrieval:
    """A retrieval that succeeds."""
    return Retrieval(
        RetrieveStatus.OK,
        values.get("message", message()),
        values.get("copy", copy()),
        values.get("content", content(body(), RELATED.encode())),
    )
