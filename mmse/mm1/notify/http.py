"""Pushes by an SMS gateway with an HTTP interface: Kannel's sendsms, or any other by templates."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any
from urllib.parse import urlsplit

import msgspec
from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError
from twisted.web.client import URI as ParsedURI
from twisted.web.client import (
    Agent,
    HTTPConnectionPool,
    RequestTransmissionFailed,
    ResponseFailed,
    ResponseNeverReceived,
)
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent
from zope.interface import implementer

from mmse import metrics as rows
from mmse.abstract.address import AddressKind
from mmse.abstract.delivery import Event
from mmse.abstract.outcome import Done, Outcome, Refused, Temporary
from mmse.abstract.status import RequestStatus
from mmse.errors import Misconfigured
from mmse.interfaces import INotifier, Push
from mmse.metrics import Metrics
from mmse.mm1.notify.answer import Answer, gather, judge
from mmse.mm1.notify.body import Octets
from mmse.mm1.notify.template import Place, Template, place_of
from mmse.mm1.notify.wrap import References, wrap
from mmse.mm1.settings import NotifyHTTP
from mmse.wire import Unencodable
from mmse.wire.sms import segmentation, udh

__all__ = ["HTTPNotifier", "Request"]

BACKLOG = 20
"""Pushes that may wait for a free place, per place: a gateway that has fallen behind further is asked again later."""

_NUMBERED = (AddressKind.NUMBER, AddressKind.SHORT_CODE)
_LOST = (
    ConnectError,
    ConnectionClosed,
    DNSLookupError,
    OSError,
    ResponseFailed,
    ResponseNeverReceived,
    RequestTransmissionFailed,
    DeferredTimeout,
    CancelledError,
)


class Request(msgspec.Struct, frozen=True):
    """One request to a gateway, finished."""

    method: bytes
    url: bytes
    headers: tuple[tuple[str, bytes], ...]
    body: bytes


class Dialect:
    """The templates of ``[mm1.notify.http]``, read once. Raises `Misconfigured` with every fault there is."""

    def __init__(self, settings: NotifyHTTP) -> None:
        self._problems: list[str] = []
        self._method = settings.method.encode("ascii")
        self._url = self._checked_url(settings.url)
        headers = dict(settings.headers)
        kind = next((value for name, value in headers.items() if name.lower() == "content-type"), None)
        if settings.body and kind is None:
            kind = headers["Content-Type"] = "application/x-www-form-urlencoded"
        if settings.body and settings.method == "GET":
            self._problems.append('mm1.notify.http.body: a GET has no body; say method = "POST"')
        self._query = self._template("query", settings.query, Place.URL)
        self._body = self._template("body", settings.body, place_of(kind or ""))
        self._headers = [
            (name, self._template(f'headers."{name}"', value, Place.HEADER)) for name, value in headers.items()
        ]
        if not isinstance(settings.password, str):
            self._problems.append("mm1.notify.http.password: neither a text nor resolved from its file or variable")
        try:
            self.success = re.compile(settings.success) if settings.success else None
        except re.error as error:
            self._problems.append(f"mm1.notify.http.success: not a regular expression: {error}")
        if self._problems:
            raise Misconfigured(self._problems)
        self._fixed: dict[str, str | bytes] = {
            "username": settings.username,
            "password": str(settings.password),
            "basic": b64encode(f"{settings.username}:{settings.password}".encode()).decode("ascii"),
            "source": settings.source,
        }

    def _checked_url(self, url: str) -> bytes:
        try:
            parts = urlsplit(url)
            sound = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isascii() and parts.port != 0
        except ValueError:
            sound = False
        if not sound:
            self._problems.append(f"mm1.notify.http.url: {url!r} is no http:// or https:// URL of a gateway")
        return url.encode("ascii", "replace")

    def _template(self, name: str, text: str, place: Place) -> Template:
        try:
            return Template(text, place)
        except ValueError as error:
            self._problems.append(f"mm1.notify.http.{name}: {error}")
            return Template("", place)

    def request(self, push: Push, header: bytes, payload: bytes, now: float) -> Request:
        """The request that carries one short message (or a whole push) of ``header`` and ``payload``."""
        number = push.destination.value
        query = self._query.fill(
            fields := {
                **self._fixed,
                "to": number,
                "to_plain": number.lstrip("+"),
                "udh": header,
                "text": payload,
                "udh_hex": header.hex(),
                "text_hex": payload.hex(),
                "text_base64": b64encode(payload).decode("ascii"),
                "reference": push.reference,
                "validity": str(max(1, int(push.expires - now) // 60)),
            }
        )
        joint = b"&" if b"?" in self._url else b"?"
        return Request(
            self._method,
            self._url + joint + query if query else self._url,
            tuple((name, template.fill(fields)) for name, template in self._headers),
            self._body.fill(fields),
        )


@implementer(INotifier)
class HTTPNotifier:
    """The bearer ``http``. ``agent`` stands in for a connection pool of our own. Raises `Misconfigured`.

    The segments of one push go one after the other, so that none arrives before the one before it was taken; pushes go
    side by side, ``concurrency`` at once. What a gateway's answer means is in `mmse.mm1.notify.answer`.
    """

    name = "http"

    def __init__(self, settings: NotifyHTTP, reactor: Any, metrics: Metrics, agent: IAgent | None = None) -> None:
        self._settings = settings
        self._dialect = Dialect(settings)
        self._reactor = reactor
        self._metrics = metrics
        self._pool = HTTPConnectionPool(reactor)
        self._pool.maxPersistentPerHost = settings.concurrency
        self._agent = agent or Agent(reactor, connectTimeout=settings.timeout, pool=self._pool)
        self._places = DeferredSemaphore(settings.concurrency)
        self._pending = 0
        self._references = References(settings.reference_bits)
        self._peer = ParsedURI.fromBytes(settings.url.encode("ascii")).netloc.decode("ascii").rpartition("@")[2]

    def notify(self, push: Push) -> Deferred[Outcome]:
        """Have the gateway send the short messages of a push; ``Done(TAKEN)`` when it took the last one."""
        return Deferred.fromCoroutine(self._notify(push))

    async def _notify(self, push: Push) -> Outcome:
        if push.destination.kind not in _NUMBERED:
            return Refused(RequestStatus.ADDRESS_UNRESOLVED, "an SMS goes to a number")
        if self._pending >= self._settings.concurrency * (BACKLOG + 1):
            return Temporary(1.0, f"{self._pending} pushes wait for {self._peer} already")
        try:
            messages = self._messages(push)
        except Unencodable as error:
            return Refused(RequestStatus.MESSAGE_FORMAT_CORRUPT, str(error))
        self._pending += 1
        try:
            await self._places.acquire()
            try:
                return await self._send(push, messages)
            finally:
                self._places.release()
        finally:
            self._pending -= 1

    def _messages(self, push: Push) -> list[tuple[bytes, bytes]]:
        """Header and payload of each short message; of one "message" when the gateway cuts by itself."""
        octets = wrap(push)
        if not self._settings.segment:
            ports = udh.Ports(segmentation.PUSH, segmentation.ORIGINATOR)
            return [(udh.UserDataHeader.of((udh.PORTS_16, ports)).encode(), octets)]
        wide = self._settings.reference_bits == 16
        reference = 0
        if segmentation.count(len(octets), wide) > 1:
            reference = self._references.next(push.destination.value)
        cut = segmentation.cut(octets, reference, wide=wide)
        return [(segment.header.encode(), segment.payload) for segment in cut]

    async def _send(self, push: Push, messages: list[tuple[bytes, bytes]]) -> Outcome:
        outcome: Outcome = Done(Event.TAKEN)
        for number, (header, payload) in enumerate(messages, 1):
            where = f"{self._peer}, SMS {number} of {len(messages)}"
            request = self._dialect.request(push, header, payload, self._reactor.seconds())
            try:
                answer = await self._ask(request)
            except _LOST as error:
                outcome = Temporary(None, f"{where}: no answer ({type(error).__name__})")
            else:
                outcome = judge(answer, self._dialect.success, where)
            self._metrics.count(rows.GATEWAY_REQUESTS, type(outcome).__name__.lower())
            if not isinstance(outcome, Done):
                break
        return outcome

    def _ask(self, request: Request) -> Deferred[Answer]:
        headers = Headers()
        for name, value in request.headers:
            headers.addRawHeader(name.encode("ascii"), value)
        body = Octets(request.body) if request.body else None
        asked: Deferred[Any] = self._agent.request(request.method, request.url, headers, body)
        return asked.addCallback(gather).addTimeout(self._settings.timeout, self._reactor)

    async def close(self) -> None:
        """Close the connections that are kept to the gateway."""
        await self._pool.closeCachedConnections()
