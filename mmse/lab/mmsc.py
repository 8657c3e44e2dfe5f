"""The way from a handset to its MMSC, any MMSC: PDUs by HTTP POST, contents by GET (OMA MMS client transactions 6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import Cooperator
from twisted.python.failure import Failure
from twisted.web.client import (
    Agent,
    FileBodyProducer,
    HTTPConnectionPool,
    ProxyAgent,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
)
from twisted.web.error import SchemeNotSupported
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers

from mmse.wire import Malformed
from mmse.wire.mmsenc import Message, decode

__all__ = ["MMSC", "MSISDN_HEADER", "Progress", "Unanswered"]

MEDIA = b"application/vnd.wap.mms-message"
MSISDN_HEADER = "X-WAP-Network-Client-MSISDN"
LARGEST = 32 * 1024 * 1024
PIECE = 65536
Progress = Callable[[int, int | None], None]
"""Hears of octets gone (or come) so far, and of all of them when that is known."""


class Unanswered(Exception):
    """No PDU came: the sentence says what came instead. ``temporary``: it may go better another time."""

    def __init__(self, sentence: str, temporary: bool = True) -> None:
        super().__init__(sentence)
        self.temporary = temporary


class _Told(BytesIO):
    """A body that tells how far it was read."""

    def __init__(self, octets: bytes, progress: Progress) -> None:
        super().__init__(octets)
        self._told = progress, len(octets)

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        self._told[0](self.tell(), self._told[1])
        return piece


class _Collected(Protocol):
    def __init__(self, length: Any, progress: Progress) -> None:
        self._length = length if isinstance(length, int) else None
        self._progress = progress
        self._pieces: list[bytes] = []
        self._size = 0
        self.done: Deferred[bytes] = Deferred(lambda _: self._cut())

    def _cut(self) -> None:
        if self.transport is not None:
            getattr(self.transport, "abortConnection", self.transport.loseConnection)()

    def dataReceived(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)
        self._progress(self._size, self._length)
        if self._size > LARGEST:
            self._cut()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.done.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self.done.callback(b"".join(self._pieces))
        else:
            self.done.errback(reason)


def quiet(done: int, total: int | None) -> None:
    """A `Progress` that tells nobody."""


class MMSC:
    """An MMSC as a phone sees it.

    ``number`` is what the access network would say of the phone, sent as ``msisdn_header`` (empty: not sent).
    ``proxy`` is ``host:port`` or an ``http://`` URL: requests then have the absolute form. ``headers`` are added to
    every request, after ours of the same name were taken out.
    """

    def __init__(
        self,
        reactor: Any,
        url: str = "",
        *,
        number: str = "",
        msisdn_header: str = MSISDN_HEADER,
        headers: Sequence[tuple[str, str]] = (),
        proxy: str = "",
        timeout: float = 60.0,
    ) -> None:
        self.url = url
        self._reactor = reactor
        self._timeout = timeout
        self._pool = HTTPConnectionPool(reactor)
        self._headers = Headers({"User-Agent": ["mmse-phone"], "Accept": ["*/*, application/vnd.wap.mms-message"]})
        if number and msisdn_header:
            self._headers.setRawHeaders(msisdn_header, [number])
        for name in {name.lower() for name, _ in headers}:
            self._headers.removeHeader(name)
        for name, value in headers:
            self._headers.addRawHeader(name, value)
        if proxy:
            parts = urlsplit(proxy if "//" in proxy else f"//{proxy}")
            endpoint = HostnameEndpoint(reactor, parts.hostname or "", parts.port or 8080)
            self._agent: Any = ProxyAgent(endpoint, reactor=reactor, pool=self._pool)
        else:
            self._agent = Agent(reactor, connectTimeout=timeout, pool=self._pool)

    async def post(self, octets: bytes, url: str = "", progress: Progress = quiet) -> Message | None:
        """Post a PDU to ``url`` or the MMSC: the PDU that answers, None for an empty answer. Raises `Unanswered`."""
        cooperator = Cooperator(scheduler=lambda work: self._reactor.callLater(0, work))
        body = FileBodyProducer(_Told(octets, progress), cooperator, readSize=PIECE)
        headers = self._headers.copy()
        if not headers.hasHeader("Content-Type"):
            headers.setRawHeaders("Content-Type", [MEDIA])
        answer = await self._ask(b"POST", url or self.url, headers, body, quiet)
        return self._pdu(answer) if answer else None

    async def get(self, url: str, progress: Progress = quiet) -> Message:
        """Fetch the PDU at a Content-Location. Raises `Unanswered`."""
        answer = await self._ask(b"GET", url, self._headers, None, progress)
        if not answer:
            raise Unanswered("the MMSC answered nothing at all")
        return self._pdu(answer)

    @staticmethod
    def _pdu(octets: bytes) -> Message:
        try:
            return decode(octets)
        except Malformed as error:
            raise Unanswered(f"the answer is no PDU: {error}", temporary=False) from None

    async def _ask(self, method: bytes, url: str, headers: Headers, body: Any, progress: Progress) -> bytes:
        try:
            asked = self._agent.request(method, url.encode("ascii"), headers, body)
            response = await asked.addTimeout(self._timeout, self._reactor)
            collected = _Collected(response.length, progress)
            response.deliverBody(collected)
            octets: bytes = await collected.done.addTimeout(self._timeout, self._reactor)
        except (SchemeNotSupported, UnicodeEncodeError, ValueError) as error:
            raise Unanswered(f"{url!r} is no URL: {error}", temporary=False) from None
        except DeferredTimeout:
            raise Unanswered(f"no answer from {url} in {self._timeout:g} s") from None
        except (ResponseFailed, RequestTransmissionFailed) as error:
            raise Unanswered(f"{url}: {error.reasons[0].getErrorMessage()}") from None
        except (ConnectError, ConnectionClosed, DNSLookupError, CancelledError, OSError) as error:
            raise Unanswered(f"{url}: {error or type(error).__name__}") from None
        if response.code // 100 != 2:
            phrase = response.phrase.decode("ascii", "replace")
            raise Unanswered(f"{url}: HTTP {response.code} {phrase}", response.code // 100 == 5)
        return octets

    async def close(self) -> None:
        """Close kept connections."""
        await self._pool.closeCachedConnections()
