"""What a handset says, as pure functions: it builds the PDUs of a phone, from files to M-Send.req and its answers."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence

import msgspec

from mmse.abstract.address import parse as parse_address
from mmse.lab import smil
from mmse.wire.mmsenc import INSERT_ADDRESS, Absolute, Message, Relative, encode, enumerations, fields, pdus, status
from mmse.wire.mmsenc.versions import V1_0, V1_3
from mmse.wire.wsp.content_type import ContentType
from mmse.wire.wsp.field import Field, Header, find
from mmse.wire.wsp.headers import CONTENT_ID, CONTENT_LOCATION
from mmse.wire.wsp.multipart import Part, compose, parse

__all__ = [
    "Attachment",
    "Draft",
    "acknowledge",
    "attachment",
    "content",
    "file_name",
    "notify_response",
    "octets_of",
    "override",
    "parts_of",
    "read_report",
    "submission",
]

RELATED = "application/vnd.wap.multipart.related"
START = "<smil>"
_EXTRA = {
    ".amr": "audio/amr",
    ".3gp": "video/3gpp",
    ".vcf": "text/x-vcard",
    ".jpg": "image/jpeg",
    ".mp4": "video/mp4",
    ".smil": smil.MEDIA,
}


class Attachment(msgspec.Struct, frozen=True):
    """One part to send: its file name (ASCII, no path), media type, octets, and charset when it is text."""

    name: str
    media_type: str
    data: bytes
    charset: str = ""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What the user of a phone chose; addresses are text in any form, ``overrides`` the last word on headers."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    subject: str = ""
    report: bool = False
    read_report: bool = False
    expiry: Absolute | Relative | None = None
    delivery_time: Absolute | Relative | None = None
    message_class: enumerations.MessageClass | str | None = None
    priority: enumerations.Priority | None = None
    hide: bool = False
    version: int = V1_3
    date: int | None = None
    overrides: tuple[tuple[Field[object], object | None], ...] = ()
    """Rows and values that replace every header of that row; None takes the header out."""


def file_name(text: str, taken: Sequence[str] = ()) -> str:
    """A name that is safe in a header and in a folder: ASCII letters, digits, dot, dash; never hidden, never taken."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", text.replace("\\", "/").rpartition("/")[2]).lstrip(".")[:80] or "part"
    name, count = stem, 1
    while name in taken:
        count += 1
        first, dot, last = stem.rpartition(".")
        name = f"{first}-{count}.{last}" if dot and first else f"{stem}-{count}"
    return name


def attachment(name: str, data: bytes, taken: Sequence[str] = ()) -> Attachment:
    """A file as a part; its media type is told by the end of its name."""
    end = "." + name.rpartition(".")[2].lower() if "." in name else ""
    media = _EXTRA.get(end) or mimetypes.MimeTypes().guess_type(name)[0] or "application/octet-stream"
    return Attachment(file_name(name, taken), media, data, "utf-8" if media.startswith("text/") else "")


def content(attachments: Sequence[Attachment]) -> tuple[ContentType, bytes]:
    """multipart/related with a SMIL presentation first, named and numbered as Android does it (WAP-230-WSP 8.5)."""
    presentation = smil.compose([(each.name, each.media_type) for each in attachments])
    parts = [
        _part("smil.xml", START, ContentType(smil.MEDIA, (("charset", "utf-8"), ("name", "smil.xml"))), presentation)
    ]
    for each in attachments:
        charset = (("charset", each.charset),) if each.charset else ()
        kind = ContentType(each.media_type, (*charset, ("name", each.name)))
        parts.append(_part(each.name, f"<{each.name}>", kind, each.data))
    return ContentType(RELATED, (("type", smil.MEDIA), ("start", START))), compose(parts)


def _part(name: str, identity: str, kind: ContentType, data: bytes) -> Part:
    return Part(kind, [(CONTENT_ID, identity), (CONTENT_LOCATION, name)], data)


def submission(draft: Draft, transaction: str, content_type: ContentType, body: bytes) -> Message:
    """M-Send.req (OMA-TS-MMS_ENC-V1_3 6.1.1). From is insert-address, as nearly all phones say.

    Raises `mmse.abstract.address.AddressMalformed`.
    """
    headers: list[Header] = [
        (fields.TRANSACTION_ID, transaction),
        (fields.MMS_VERSION, draft.version),
        (fields.FROM, INSERT_ADDRESS),
    ]
    for field, addresses in ((fields.TO, draft.to), (fields.CC, draft.cc), (fields.BCC, draft.bcc)):
        headers += [(field, str(parse_address(text))) for text in addresses]
    visibility = enumerations.SenderVisibility.HIDE if draft.hide else None
    optional: tuple[tuple[Field[object], object | None], ...] = (
        (fields.DATE, draft.date),
        (fields.SUBJECT, draft.subject or None),
        (fields.MESSAGE_CLASS, draft.message_class),
        (fields.EXPIRY, draft.expiry),
        (fields.DELIVERY_TIME, draft.delivery_time),
        (fields.PRIORITY, draft.priority),
        (fields.SENDER_VISIBILITY, visibility),
        (fields.DELIVERY_REPORT, True if draft.report else None),
        (fields.READ_REPORT, True if draft.read_report else None),
        (fields.CONTENT_TYPE, content_type),
    )
    headers += [(field, value) for field, value in optional if value is not None]
    for row, chosen in draft.overrides:
        headers = [header for header in headers if header[0] is not row]
        if chosen is not None:
            headers.append((row, chosen))
    return Message(pdus.M_SEND_REQ, headers, body)


def override(text: str) -> tuple[Field[object], object | None]:
    """``Name: value`` as typed by a person; no value takes the header out. Raises `ValueError` with a sentence."""
    name, colon, value = text.partition(":")
    field = fields.BY_NAME.get(name.strip().lower())
    if field is None or not colon:
        raise ValueError(f"{text!r} is not 'Name: value' of a field of MMS, as 'X-Mms-Priority: high'")
    if not value.strip():
        return field, None
    if field is fields.FROM:
        # Its octets begin with a token that no text has.
        return field, INSERT_ADDRESS if value.strip().lower() == "insert-address" else value.strip()
    typed = field.type.from_text(value.strip())
    if typed is None:
        raise ValueError(f"{value.strip()!r} is no {field.type.grammar}, which {field.name} takes")
    return field, typed


def octets_of(message: Message) -> bytes:
    """The octets of a PDU of ours, without the fields that its own version did not know. Raises `Unencodable`."""
    version = message.get(fields.MMS_VERSION, V1_3)
    return encode(message, version if V1_0 <= version <= V1_3 else None)


def notify_response(notification: Message, outcome: status.Status, version: int, report: bool | None = None) -> Message:
    """M-NotifyResp.ind (6.2): what became of a notified MM; ``report`` None says nothing, which means Yes."""
    headers: list[Header] = [
        (fields.TRANSACTION_ID, notification[fields.TRANSACTION_ID]),
        (fields.MMS_VERSION, version),
        (fields.STATUS, outcome),
    ]
    if report is not None:
        headers.append((fields.REPORT_ALLOWED, report))
    return Message(pdus.M_NOTIFYRESP_IND, headers)


def acknowledge(transaction: str, version: int, report: bool | None = None) -> Message:
    """M-Acknowledge.ind (6.4), for the transaction of an M-Retrieve.conf."""
    headers: list[Header] = [(fields.TRANSACTION_ID, transaction), (fields.MMS_VERSION, version)]
    if report is not None:
        headers.append((fields.REPORT_ALLOWED, report))
    return Message(pdus.M_ACKNOWLEDGE_IND, headers)


def read_report(retrieved: Message, version: int, now: int) -> Message:
    """M-Read-Rec.ind (6.7.2) to the sender of a retrieved MM. Raises `mmse.wire.Missing` when it names none."""
    return Message(
        pdus.M_READ_REC_IND,
        [
            (fields.MMS_VERSION, version),
            (fields.MESSAGE_ID, retrieved[fields.MESSAGE_ID]),
            (fields.TO, retrieved[fields.FROM]),
            (fields.FROM, INSERT_ADDRESS),
            (fields.DATE, now),
            (fields.READ_STATUS, enumerations.ReadStatus.READ),
        ],
    )


def parts_of(message: Message) -> list[Attachment]:
    """The parts of a retrieved MM, named so that they can be saved: by Content-Location, name, or Content-ID.

    Raises `mmse.wire.Malformed`.
    """
    kind = message[fields.CONTENT_TYPE]
    parts = parse(message.body) if kind.is_multipart else [Part(kind, [], message.body)]
    found: list[Attachment] = []
    for number, part in enumerate(parts, 1):
        told = find(part.headers, CONTENT_LOCATION) or part.content_type.get("name") or find(part.headers, CONTENT_ID)
        media = part.content_type.media
        end = mimetypes.MimeTypes().guess_extension(media) or ".bin"
        name = file_name((told or "").strip("<>") or f"part{number}{end}", [each.name for each in found])
        found.append(Attachment(name, media, bytes(part.data), part.content_type.get("charset") or ""))
    return found
