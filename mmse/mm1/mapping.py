"""MM1's PDUs as abstract messages and back, by pure functions (TS 23.140 7.1, OMA-TS-MMS_ENC-V1_3 6).

What comes in raises ``errors.Refused`` with the status that its confirmation shall bear, or ``wire.Missing`` where the
protocol has no confirmation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmse.abstract.address import LONGEST, Address, AddressKind, AddressMalformed, Field, parse
from mmse.abstract.content import Content, Encoding
from mmse.abstract.delivery import Event
from mmse.abstract.elements import Class, Moment, ReplyCharging
from mmse.abstract.message import TOKEN, TRANSACTION, Elements, Forwarding, Recipient, Submission
from mmse.abstract.reports import ReadReply
from mmse.abstract.status import RequestStatus, RetrieveStatus
from mmse.errors import Refused
from mmse.interfaces import Accepted, Notice, Reference, Retrieval
from mmse.mm1.pushes import application, content_facts, distribution, message_class, reply_charging
from mmse.mm1.status import CLASSES, NOTIFIED, PRIORITIES, READ, REQUEST, RETRIEVE, inverse
from mmse.wire import Malformed, Missing, Unencodable
from mmse.wire.content import facts
from mmse.wire.limits import LIMITS, Limits
from mmse.wire.mmsenc import Absolute, ContentType, Counted, Raw, Relative, encode_parts, enumerations, fields, pdus
from mmse.wire.mmsenc import Message as Wire
from mmse.wire.mmsenc.status import StoreStatus
from mmse.wire.wsp import multipart
from mmse.wire.wsp.content_type import CONTENT_TYPE_VALUE
from mmse.wire.wsp.field import Field as Row
from mmse.wire.wsp.field import Header

__all__ = [
    "acknowledgement",
    "confirmation",
    "forwarding",
    "notice",
    "read_reply",
    "retrieve_conf",
    "retrieve_error",
    "submission",
    "token_of",
]

_CLASSES = inverse(CLASSES)
_PRIORITIES = inverse(PRIORITIES)
_READ = inverse(READ)
_TOKEN = re.compile(r"[A-Za-z0-9_-]*")
_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_MIXED = ContentType("application/vnd.wap.multipart.mixed").encode()
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def token_of(target: str, base: str) -> str:
    """The token in a Content-Location or request target; "" when there is none.

    ``base`` is the path of ``public_url``, with its last slash. An absolute form loses its origin (proxies rewrite it);
    what follows the token (a transaction id after a slash, a query) is let pass. A transaction id right behind the
    token, as some Android builds append it, is cut off.
    """
    origin = _ORIGIN.match(target)
    path = target[origin.end() :] if origin is not None else target
    if not path.startswith(base):
        return ""
    found = _TOKEN.match(path, len(base))
    token = found.group() if found is not None else ""
    if len(token) == TOKEN + TRANSACTION and token.endswith(token[:TRANSACTION]):
        return token[:TOKEN]
    return token


# MM1_submit


def submission(
    pdu: Wire, octets: bytes, digest: bytes, originator: Address, version: int, limits: Limits = LIMITS
) -> Submission:
    """M-Send.req (``octets`` with SHA-256 ``digest``) as MM1_submit.REQ; ``originator`` is what the network says."""
    transaction, recipients = _request(pdu)
    content_type = pdu.get(fields.CONTENT_TYPE)
    if content_type is None:
        raise Refused(RequestStatus.MESSAGE_FORMAT_CORRUPT, f"missing {fields.CONTENT_TYPE.name}")
    return Submission(
        transaction=transaction,
        digest=digest,
        originator=originator,
        recipients=recipients,
        content=_content(octets, content_type, pdu.body, limits),
        elements=_elements(pdu),
        time_of_expiry=_moment(pdu.get(fields.EXPIRY)),
        earliest_time_of_delivery=_moment(pdu.get(fields.DELIVERY_TIME)),
        date=pdu.get(fields.DATE),
        version=version,
    )


def _request(pdu: Wire) -> tuple[str, tuple[Recipient, ...]]:
    """The transaction and the recipients of a submission or a forward."""
    transaction = pdu.get(fields.TRANSACTION_ID)
    if transaction is None:
        raise Refused(RequestStatus.MESSAGE_FORMAT_CORRUPT, f"missing {fields.TRANSACTION_ID.name}")
    return transaction, _recipients(pdu)


_LISTS: tuple[tuple[Row[str], Field], ...] = (
    (fields.TO, Field.TO),
    (fields.CC, Field.CC),
    (fields.BCC, Field.BCC),
)


def _recipients(pdu: Wire) -> tuple[Recipient, ...]:
    """All recipients, list by list.

    One that is no address at all stays among others, to be reported unreachable (digest of MM1 transactions, 2.4); when
    there is no good one the request is refused.
    """
    found: list[Recipient] = []
    bad = 0
    for row, field in _LISTS:
        for text in pdu.all(row):
            if not text.strip():
                continue
            try:
                found.append(Recipient(parse(text), field))
            except AddressMalformed:
                bad += 1
                found.append(Recipient(Address(AddressKind.ALPHANUMERIC, _CONTROL.sub("?", text)[:LONGEST]), field))
    if len(found) == bad:
        raise Refused(RequestStatus.ADDRESS_UNRESOLVED, "no recipient is an address" if bad else "no recipients")
    return tuple(found)


def _content(octets: bytes, content_type: ContentType, body: bytes | memoryview, limits: Limits) -> Content:
    """The content as received, its structure checked (no copy but the one that cuts the body from the PDU)."""
    try:
        known = facts(content_type, body, limits)
        written = _as_received(octets, content_type, len(octets) - len(body))
    except (Malformed, Unencodable) as error:
        raise Refused(RequestStatus.MESSAGE_FORMAT_CORRUPT, f"content: {error}") from error
    return Content(
        encoding=Encoding.WSP,
        content_type=written,
        data=bytes(body),
        size=known.size,
        media_types=known.media_types,
        text_only=known.text_only,
        drm=known.drm,
    )


def _as_received(octets: bytes, content_type: ContentType, end: int) -> bytes:
    """The octets of the Content-Type before ``end``, as the phone spelled them; ours where it wrote it as text."""
    ours = content_type.encode()
    if octets.endswith(b"\x84" + ours, 0, end):
        return ours
    at = end
    while (at := octets.rfind(b"\x84", max(0, end - LIMITS.field), at)) >= 0:
        try:
            if CONTENT_TYPE_VALUE.read(octets, at + 1, end) == (content_type, end):
                return octets[at + 1 : end]
        except Malformed:
            continue
    return ours


def _elements(pdu: Wire) -> Elements:
    """The information elements; an octet that the standard reserves counts as absent."""
    visibility = pdu.get(fields.SENDER_VISIBILITY)
    content_class = pdu.get(fields.CONTENT_CLASS)
    return Elements(
        subject=pdu.get(fields.SUBJECT, ""),
        message_class=_class(pdu.get(fields.MESSAGE_CLASS)),
        priority=_PRIORITIES.get(pdu.get(fields.PRIORITY)),
        sender_visible=None if visibility is None else visibility != enumerations.SenderVisibility.HIDE,
        delivery_report=pdu.get(fields.DELIVERY_REPORT, False),
        read_reply=pdu.get(fields.READ_REPORT, False),
        reply_charging=_reply_charging(pdu),
        applic_id=pdu.get(fields.APPLIC_ID, ""),
        reply_applic_id=pdu.get(fields.REPLY_APPLIC_ID, ""),
        aux_applic_info=pdu.get(fields.AUX_APPLIC_INFO, ""),
        content_class=content_class & 0x7F if content_class is not None and content_class <= 0x87 else None,
        drm_content=pdu.get(fields.DRM_CONTENT),
        adaptation_allowed=pdu.get(fields.ADAPTATION_ALLOWED),
    )


def _class(value: enumerations.MessageClass | int | str | None) -> str:
    if isinstance(value, str):
        return value
    return _CLASSES.get(value, Class.PERSONAL).value


def _reply_charging(pdu: Wire) -> ReplyCharging | None:
    value = pdu.get(fields.REPLY_CHARGING)
    reply_to = pdu.get(fields.REPLY_CHARGING_ID, "")
    if value is None and not reply_to:
        return None
    return ReplyCharging(
        requested=value is not None,
        text_only=value is not None and bool(value & 1),
        deadline=_moment(pdu.get(fields.REPLY_CHARGING_DEADLINE)),
        size=pdu.get(fields.REPLY_CHARGING_SIZE),
        reply_to=reply_to,
    )


def _moment(value: Absolute | Relative | None) -> Moment | None:
    return None if value is None else Moment(value.seconds, isinstance(value, Relative))


def confirmation(pdu: pdus.PDU, accepted: Accepted, transaction: str, version: int, store: bool = False) -> Wire:
    """MM1_submit.RES as M-Send.conf, or MM1_forward.RES as M-Forward.conf (``pdu``), in ``version``.

    ``store``: the phone asked for a copy in its MMBox, which is refused without failing the rest (7.1.1.3).
    """
    headers: list[Header] = [
        (fields.TRANSACTION_ID, transaction),
        (fields.MMS_VERSION, version),
        (fields.RESPONSE_STATUS, REQUEST[accepted.status]),
    ]
    if accepted.text:
        headers.append((fields.RESPONSE_TEXT, accepted.text))
    if accepted.status is RequestStatus.OK:
        headers.append((fields.MESSAGE_ID, accepted.message))
        if store:
            headers.append((fields.STORE_STATUS, StoreStatus.ERROR_PERMANENT_SERVICE_DENIED))
    return Wire(pdu, headers)


# MM1_forward


def forwarding(pdu: Wire, digest: bytes, originator: Address, version: int, base: str) -> Forwarding:
    """M-Forward.req as MM1_forward.REQ."""
    transaction, recipients = _request(pdu)
    location = pdu.get(fields.CONTENT_LOCATION)
    if location is None:
        raise Refused(RequestStatus.MESSAGE_FORMAT_CORRUPT, f"missing {fields.CONTENT_LOCATION.name}")
    token = token_of(location, base)
    if not token:
        raise Refused(RequestStatus.MESSAGE_NOT_FOUND, "the Content-Location is none of ours")
    return Forwarding(
        transaction=transaction,
        digest=digest,
        originator=originator,
        recipients=recipients,
        location=token,
        delivery_report=pdu.get(fields.DELIVERY_REPORT, False),
        read_reply=pdu.get(fields.READ_REPORT, False),
        report_allowed=pdu.get(fields.REPORT_ALLOWED, True),
        time_of_expiry=_moment(pdu.get(fields.EXPIRY)),
        earliest_time_of_delivery=_moment(pdu.get(fields.DELIVERY_TIME)),
        date=pdu.get(fields.DATE),
        version=version,
    )


# MM1_notification.RES, MM1_acknowledgement.REQ, MM1_read_reply_recipient.REQ


def notice(pdu: Wire, token: str, who: Address | None) -> Notice:
    """M-NotifyResp.ind: what the phone did with a notification. Report-Allowed absent means Yes (7.3.45)."""
    event = NOTIFIED.get(pdu[fields.STATUS])
    if event is None:
        raise Missing(fields.STATUS.name)
    return _notice(pdu, token, who, event)


def acknowledgement(pdu: Wire, token: str, who: Address | None) -> Notice:
    """M-Acknowledge.ind: the phone has the MM."""
    return _notice(pdu, token, who, Event.RETRIEVED)


def _notice(pdu: Wire, token: str, who: Address | None, event: Event) -> Notice:
    transaction = pdu.get(fields.TRANSACTION_ID, "")
    if not transaction and not token:
        raise Missing(fields.TRANSACTION_ID.name)
    return Notice(
        reference=Reference(token=token, transaction=transaction),
        event=event,
        who=who,
        report_allowed=pdu.get(fields.REPORT_ALLOWED, True),
    )


def read_reply(pdu: Wire, reader: Address) -> ReadReply:
    """M-Read-Rec.ind; the reader is who the network says, whatever From says."""
    status = _READ.get(pdu[fields.READ_STATUS])
    if status is None:
        raise Missing(fields.READ_STATUS.name)
    return ReadReply(message=pdu[fields.MESSAGE_ID], reader=reader, status=status, date=pdu.get(fields.DATE))


# MM1_retrieve


def retrieve_conf(retrieval: Retrieval, version: int) -> tuple[bytes | memoryview, ...]:
    """A retrieval that succeeded as M-Retrieve.conf: the octets of its headers, then the content, which is not copied.

    Of the recipients it tells To and Cc, in full and in order; Bcc never (TS 23.140 7.1.3). A single part goes in a
    multipart, because handsets refuse anything else. No Retrieve-Status: early phones stumble over Ok.
    """
    message, copy, content = retrieval.message, retrieval.copy, retrieval.content
    if message is None or copy is None or content is None:
        raise Unencodable("a retrieval without its MM")
    if content.encoding is not Encoding.WSP:
        raise Unencodable(f"a content in {content.encoding.value}")
    elements = message.elements
    headers: list[Header] = [
        (fields.TRANSACTION_ID, copy.transaction),
        (fields.MMS_VERSION, version),
        (fields.MESSAGE_ID, message.id),
        (fields.DATE, message.date),
    ]
    if elements.sender_visible is not False:
        headers.append((fields.FROM, str(message.originator)))
    headers += [(fields.TO, str(address)) for address in message.visible_recipients(Field.TO)]
    headers += [(fields.CC, str(address)) for address in message.visible_recipients(Field.CC)]
    for earlier in elements.previously_sent:
        headers.append((fields.PREVIOUSLY_SENT_BY, Counted(earlier.count, earlier.by)))
        headers.append((fields.PREVIOUSLY_SENT_DATE, Counted(earlier.count, earlier.date)))
    headers += _told(elements, message.accepted)
    content_type, pieces = _multipart(content)
    headers.append((fields.CONTENT_TYPE, Raw(content_type)))
    head, _ = encode_parts(Wire(pdus.M_RETRIEVE_CONF, headers), version)
    return (head, *pieces)


def _told(elements: Elements, accepted: int) -> list[Header]:
    """The elements that say something."""
    headers: list[Header] = []
    if elements.subject:
        headers.append((fields.SUBJECT, elements.subject))
    if elements.message_class != Class.PERSONAL.value:
        headers.append((fields.MESSAGE_CLASS, message_class(elements.message_class)))
    if elements.priority is not None:
        headers.append((fields.PRIORITY, PRIORITIES[elements.priority]))
    if elements.delivery_report:
        headers.append((fields.DELIVERY_REPORT, True))
    if elements.read_reply:
        headers.append((fields.READ_REPORT, True))
    return [
        *headers,
        *reply_charging(elements, accepted),
        *distribution(elements),
        *application(elements.applic_id, elements.reply_applic_id, elements.aux_applic_info),
        *content_facts(elements),
    ]


def _multipart(content: Content) -> tuple[bytes, Sequence[bytes | memoryview]]:
    content_type = ContentType.decode(content.content_type)
    if content_type.is_multipart:
        return content.content_type, (content.data,)
    return _MIXED, multipart.compose_pieces([multipart.Part(content_type, [], content.data)])


def retrieve_error(status: RetrieveStatus, text: str, version: int, now: int) -> bytes:
    """A retrieval that failed, as the M-Retrieve.conf every phone takes: Date, and a multipart/mixed of one text."""
    part = multipart.Part(ContentType("text/plain", (("charset", "utf-8"),)), [], text.encode("utf-8", "replace"))
    headers: list[Header] = [
        (fields.MMS_VERSION, version),
        (fields.DATE, now),
        (fields.RETRIEVE_STATUS, RETRIEVE[status]),
        (fields.RETRIEVE_TEXT, text),
        (fields.CONTENT_TYPE, Raw(_MIXED)),
    ]
    return b"".join(encode_parts(Wire(pdus.M_RETRIEVE_CONF, headers, multipart.compose([part])), version))
