"""How pushes reach a handset: the lab's SMS centre, UDP, or requests meant for an SMS gateway (Kannel's sendsms)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import parse_qs, quote

import msgspec
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, maybeDeferred, succeed
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import deferLater
from twisted.web.client import Agent, HTTPConnectionPool, readBody
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from mmse.lab.site import QuietSite
from mmse.wire import Malformed
from mmse.wire.sms.segmentation import PUSH, Reassembly, parse

__all__ = ["LabRadio", "Radio", "Receive", "SinkRadio", "UDPRadio"]

Receive = Callable[[bytes, str], Awaitable[Any]]
"""Takes a whole WSP push, and how it came."""
Remark = Callable[[str], None]


class Radio(Protocol):
    """One way for pushes to come."""

    def start(self, receive: Receive) -> Deferred[str]:
        """Begin; fires with a sentence that says where."""

    async def stop(self) -> None:
        """End."""


class _Batch(msgspec.Struct):
    class Short(msgspec.Struct):
        cursor: str
        user_data: list[str]

    cursor: str
    messages: list[Short]


class Segments:
    """Puts the user data of short messages together."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock
        self._reassembly = Reassembly()

    def add(self, sender: str, user_data: bytes) -> tuple[bytes, int] | None:
        """A whole push and of how many short messages it was, or None. Raises `Malformed`."""
        segment = parse(user_data)
        ports = segment.header.ports
        if ports is not None and ports.destination != PUSH:
            raise Malformed(f"port {PUSH}, not {ports.destination}", 0)
        self._reassembly, whole = self._reassembly.add(sender, segment, self._clock.seconds())
        place = segment.header.concatenation
        return None if whole is None else (whole, place.total if place else 1)


class LabRadio:
    """Attached to the lab's SMS centre at ``url``; when it is away, it is tried again every second."""

    def __init__(self, reactor: Any, url: str, number: str, remark: Remark) -> None:
        self._reactor = reactor
        self._url = f"{url.rstrip('/')}/phones/{quote(number, safe='')}"
        self._remark = remark
        self._pool = HTTPConnectionPool(reactor)
        self._agent = Agent(reactor, pool=self._pool, connectTimeout=10)
        self._running: Deferred[None] | None = None
        self._away = self._stopping = self._receiving = False

    def start(self, receive: Receive) -> Deferred[str]:
        """Attach."""
        self._running = ensureDeferred(self._run(receive))
        return succeed(f"attached to the lab's SMS centre, {self._url}")

    async def _run(self, receive: Receive) -> None:
        cursor = confirmed = ""
        segments = Segments(self._reactor)
        while not self._stopping:
            try:
                batch = msgspec.json.decode(await self._ask(cursor, b"GET"), type=_Batch)
            except Exception as error:  # noqa: BLE001 - the edge of a connection: whatever it is, it is tried again
                if self._stopping:
                    return
                if not self._away:
                    self._remark(f"no SMS centre at {self._url} ({error}); trying again every second")
                self._away = True
                await self._pause()
                continue
            if self._stopping:
                return
            if self._away:
                self._remark(f"attached to {self._url}")
            self._away = False
            confirmed = cursor
            for short in batch.messages:
                for octets in short.user_data:
                    whole = segments.add("lab", bytes.fromhex(octets))
                    if whole is not None:
                        self._receiving = True
                        await receive(whole[0], f"{whole[1]} SMS")
                        self._receiving = False
                cursor = short.cursor
                if self._stopping:
                    break
            else:
                cursor = batch.cursor
        if cursor != confirmed:
            # Else the next phone with this number would get it again.
            with suppress(Exception):
                await self._ask(cursor, b"DELETE")

    async def _ask(self, cursor: str, method: bytes) -> bytes:
        asked = self._agent.request(method, f"{self._url}?after={quote(cursor)}".encode("ascii"))
        response = await asked.addTimeout(60, self._reactor)
        octets = await readBody(response).addTimeout(60, self._reactor)
        if response.code != 200:
            raise ValueError(f"HTTP {response.code}")
        return octets

    async def _pause(self) -> None:
        with suppress(CancelledError):
            await deferLater(self._reactor, 1.0)

    async def stop(self) -> None:
        """Detach; what is being received is dealt with first."""
        self._stopping = True
        if self._running is not None:
            if not self._receiving:
                self._running.cancel()
            await self._running
        await self._pool.closeCachedConnections()


class UDPRadio:
    """A port that connectionless pushes come to, IPv4 or IPv6."""

    def __init__(self, reactor: Any, port: int, interface: str = "") -> None:
        self._reactor = reactor
        self._where = port, interface
        self._port: Any = None

    def start(self, receive: Receive) -> Deferred[str]:
        """Listen."""
        return Deferred.fromCoroutine(self._start(receive))

    async def _start(self, receive: Receive) -> str:
        protocol = _Datagrams(receive)
        self._port = self._reactor.listenUDP(self._where[0], protocol, interface=self._where[1])
        host = self._port.getHost()
        return f"listening for pushes on UDP {host.host or '*'} port {host.port}"

    @property
    def port(self) -> int:
        """The port that was opened."""
        number: int = self._port.getHost().port
        return number

    async def stop(self) -> None:
        """Close."""
        await maybeDeferred(self._port.stopListening)


class _Datagrams(DatagramProtocol):
    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        ensureDeferred(self._receive(datagram, f"UDP from {addr[0]}"))  # type: ignore[arg-type]


class SinkRadio:
    """An HTTP place that takes what an SMS gateway would be sent: ``to``, ``udh`` and ``text``, by GET or POST.

    Other numbers than ``number`` are refused as Kannel refuses what it cannot route.
    """

    def __init__(self, reactor: Any, endpoint: str, number: str, remark: Remark) -> None:
        self._reactor = reactor
        self._endpoint = endpoint
        self._number = number
        self._remark = remark
        self._port: Any = None

    def start(self, receive: Receive) -> Deferred[str]:
        """Listen."""
        return Deferred.fromCoroutine(self._start(receive))

    async def _start(self, receive: Receive) -> str:
        sink = _Sink(self._number, Segments(self._reactor), receive, self._remark)
        site = QuietSite(sink, self._reactor)
        self._port = await serverFromString(self._reactor, self._endpoint).listen(site)
        host = self._port.getHost()
        return f"taking sendsms requests at http://{host.host}:{host.port}/cgi-bin/sendsms"

    @property
    def port(self) -> int:
        """The port that was opened."""
        number: int = self._port.getHost().port
        return number

    async def stop(self) -> None:
        """Close."""
        await maybeDeferred(self._port.stopListening)


class _Sink(Resource):
    isLeaf = True

    def __init__(self, number: str, segments: Segments, receive: Receive, remark: Remark) -> None:
        super().__init__()
        self._number = number.lstrip("+")
        self._segments = segments
        self._receive = receive
        self._remark = remark

    def render_GET(self, request: Request) -> bytes | int:
        """One short message in the query."""
        return self._take(request, request.uri.partition(b"?")[2])

    def render_POST(self, request: Request) -> bytes | int:
        """One short message in the query and the form."""
        content: Any = request.content
        return self._take(request, request.uri.partition(b"?")[2] + b"&" + content.read(65536))

    def _take(self, request: Request, query: bytes) -> bytes | int:
        # Latin-1 gives each octet a letter: octets come back as they were.
        form = parse_qs(query.decode("latin-1"), encoding="latin-1", max_num_fields=100)
        sender, number, header, text = (form.get(name, [""])[0] for name in ("from", "to", "udh", "text"))
        request.setHeader(b"Content-Type", b"text/plain")
        if number.strip().lstrip("+") != self._number:
            request.setResponseCode(400)
            return b"Not routable. Do not try again."
        try:
            whole = self._segments.add(sender, (header + text).encode("latin-1"))
        except Malformed as error:
            request.setResponseCode(400)
            self._remark(f"a request without a WAP push: {error}")
            return b"udh and text are no segment of a WAP push."
        request.setResponseCode(202)
        request.write(b"0: Accepted for delivery")
        request.finish()
        if whole is not None:
            ensureDeferred(self._receive(whole[0], f"{whole[1]} SMS by HTTP"))  # type: ignore[arg-type]
        return NOT_DONE_YET
