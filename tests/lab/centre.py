"""A scripted MMSC on loopback, for handsets: not ours, so that a handset is tested by what it says and takes."""

from __future__ import annotations

from typing import Any

from twisted.web.resource import Resource

from mmse.lab.site import QuietSite
from mmse.wire.mmsenc import Message, Relative, decode, encode, enumerations, fields, pdus
from mmse.wire.mmsenc.status import ResponseStatus
from mmse.wire.wsp.content_type import ContentType
from mmse.wire.wsp.field import Header
from mmse.wire.wsp.push import compose

MEDIA = "application/vnd.wap.mms-message"


class Scripted(Resource):
    """``posts`` and ``gets`` keep what came, as (path, headers, PDU); ``answers`` are taken one by one: octets, or a
    number for an HTTP status."""

    isLeaf = True

    def __init__(self, *answers: bytes | int) -> None:
        super().__init__()
        self.answers = list(answers)
        self.posts: list[tuple[str, Any, Message]] = []
        self.gets: list[tuple[str, Any]] = []

    def render_POST(self, request: Any) -> bytes:
        self.posts.append((request.uri.decode(), request.requestHeaders, decode(request.content.read())))
        return self._answer(request)

    def render_GET(self, request: Any) -> bytes:
        self.gets.append((request.uri.decode(), request.requestHeaders))
        return self._answer(request)

    def _answer(self, request: Any) -> bytes:
        answer = self.answers.pop(0) if self.answers else b""
        if isinstance(answer, int):
            request.setResponseCode(answer)
            return b"no"
        request.setHeader("Content-Type", MEDIA)
        return answer


async def listen(case: Any, scripted: Scripted) -> str:
    """Put it on a free port of loopback; its URL."""
    from twisted.internet import reactor
    from twisted.internet.endpoints import TCP4ServerEndpoint

    port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(QuietSite(scripted, reactor))
    case.addCleanup(port.stopListening)
    return f"http://127.0.0.1:{port.getHost().port}/"


def send_conf(status: int = ResponseStatus.OK, text: str = "", message: str = "m1@example") -> bytes:
    headers: list[Header] = [
        (fields.TRANSACTION_ID, "t"),
        (fields.MMS_VERSION, 0x12),
        (fields.RESPONSE_STATUS, ResponseStatus(status)),
    ]
    if text:
        headers.append((fields.RESPONSE_TEXT, text))
    if status == ResponseStatus.OK:
        headers.append((fields.MESSAGE_ID, message))
    return encode(Message(pdus.M_SEND_CONF, headers))


def retrieve_conf(kind: ContentType, body: bytes, *more: Header) -> bytes:
    headers: list[Header] = [
        (fields.TRANSACTION_ID, "r1"),
        (fields.MMS_VERSION, 0x12),
        (fields.MESSAGE_ID, "m1@example"),
        (fields.DATE, 1_700_000_000),
        (fields.FROM, "+447700900007/TYPE=PLMN"),
        *more,
        (fields.CONTENT_TYPE, kind),
    ]
    return encode(Message(pdus.M_RETRIEVE_CONF, headers, body))


def notification(location: str, transaction: str = "n1") -> bytes:
    """A WSP push."""
    headers: list[Header] = [
        (fields.TRANSACTION_ID, transaction),
        (fields.MMS_VERSION, 0x12),
        (fields.MESSAGE_CLASS, enumerations.MessageClass.PERSONAL),
        (fields.MESSAGE_SIZE, 1000),
        (fields.EXPIRY, Relative(3600)),
        (fields.CONTENT_LOCATION, location),
    ]
    return compose(encode(Message(pdus.M_NOTIFICATION_IND, headers)), 7)


def delivery_ind(message: str = "m1@example") -> bytes:
    """A WSP push of a delivery report."""
    headers: list[Header] = [
        (fields.MMS_VERSION, 0x12),
        (fields.MESSAGE_ID, message),
        (fields.TO, "+447700900008/TYPE=PLMN"),
        (fields.DATE, 1_700_000_000),
        (fields.STATUS, 0x81),
    ]
    return compose(encode(Message(pdus.M_DELIVERY_IND, headers)), 8)
