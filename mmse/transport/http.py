"""HTTP with bounds: twisted.web's channel, and what it lacks against peers that are slow, huge or many.

RELIABILITY 1.3 (O1 overload, O2 slow senders, O3 size) is obeyed here: bodies are counted by Content-Length and again
while chunks stream, they stay in memory and within ``Bounds.in_flight`` over all connections, every phase of a request
has a deadline, and every refusal is an HTTP answer which the peer has time to read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from io import BytesIO
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IPushProducer
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from twisted.web import http, server
from zope.interface import implementer

from mmse.transport.bounds import Load, Peer, Refusal, peer_of

__all__ = ["Channel", "Phase", "Request", "Site"]

SWEEP = 1.0
"""Seconds between two looks at the deadlines of all connections: one timer for a door, none for a connection."""


class Phase(IntEnum):
    """Where a connection is; from ``LINGER`` on, what the peer sends is thrown away."""

    IDLE = 0
    HEAD = 1
    BODY = 2
    ANSWER = 3
    LINGER = 4
    CLOSING = 5


@implementer(IPushProducer)
class _Outgoing:
    """Registered while an answer is written: hears from the transport whether it is all with the kernel."""

    def __init__(self) -> None:
        self.paused = False
        self.gone: Deferred[bool] | None = None

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False
        self._fire(True)

    def stopProducing(self) -> None:
        self._fire(False)

    def _fire(self, sent: bool) -> None:
        if self.gone is not None:
            gone, self.gone = self.gone, None
            gone.callback(sent)

    def lost(self) -> None:
        """The connection broke."""
        self._fire(False)


class Request(server.Request):
    """One request: its body is counted while it comes, and its answer is followed until it is sent."""

    channel: Channel
    content: BytesIO
    site: Site | None
    held = 0
    """Octets of bodies this request is accounted for."""
    close = False
    """Set to have the connection closed after the answer."""
    _received = 0
    _outgoing: _Outgoing | None = None
    _in_process = False

    def handleContentChunk(self, data: bytes) -> None:
        channel = self.channel
        if channel.phase >= Phase.LINGER:
            return
        load = channel.site.load
        self._received += len(data)
        if self._received > load.bounds.body:
            channel.refuse(Refusal.TOO_LARGE)
        elif not load.room(len(data)):
            channel.refuse(Refusal.BUSY)
        else:
            self.hold(len(data))
            channel.progress(self._received)
            if self._received == len(data):
                # The whole body most often: BytesIO shares these octets and copies only if more are written.
                self.content = BytesIO(data)
                self.content.seek(len(data))
            else:
                self.content.write(data)

    def process(self) -> None:
        self._in_process = True
        site = self.site = self.channel.site
        site.resource.render(self)

    def body(self) -> bytes:
        """The whole body, not copied."""
        return self.content.getvalue()

    @property
    def closing(self) -> bool:
        """Whether this answer is the last on its connection, and should say so."""
        if self._disconnected:
            return True
        if self.close or self.channel.site.stopping:
            self.channel.persistent = 0
        return not self.channel.persistent

    def hold(self, octets: int) -> None:
        """Account for octets held on behalf of this request."""
        self.held += octets
        self.channel.site.load.octets += octets

    def release(self) -> None:
        """Nothing is held for this request any more."""
        if self.site is not None:
            self.site.load.octets -= self.held
        elif self.channel is not None:
            self.channel.site.load.octets -= self.held
        self.held = 0

    async def respond(self, head: bytes, pieces: Sequence[bytes | memoryview]) -> bool:
        """Write an answer and finish the request. ``head`` is the status line after the version, and the headers.

        True when every octet was taken by the transport and, past its buffer, by the kernel, while the connection
        stood; False when the peer was gone. Never raises because of the peer.
        """
        if self._disconnected:
            self.release()
            return False
        size = sum(map(len, pieces))
        self.hold(size - self.held)
        channel = self.channel
        channel.answering(size)
        self._outgoing = outgoing = _Outgoing()
        self.registerProducer(outgoing, True)
        self.startedWriting = 1
        channel.writeSequence([self.clientproto, b" ", head, b"\r\n"])
        if self.method != b"HEAD":
            for piece in pieces:
                channel.write(piece)
        sent = True
        if outgoing.paused:
            outgoing.gone = Deferred()
            sent = await outgoing.gone
        self.release()
        if self._disconnected:
            return False
        self.unregisterProducer()
        self.finish()
        return sent

    def connectionLost(self, reason: Failure) -> None:
        if not self._in_process:
            self.release()
        super().connectionLost(reason)
        if self._outgoing is not None:
            self._outgoing.lost()


class Channel(http.HTTPChannel):
    """One connection. What twisted.web does stays its own; here are deadlines, counts and refusals."""

    site: Site
    transport: Any
    requests: list[Request]
    MAX_LENGTH = 8192
    _LONGEST_LENGTH = 40

    def __init__(self) -> None:
        super().__init__()
        self.phase = Phase.IDLE
        self.deadline = 0.0
        self.peer: Peer = None
        self._counted = False
        self._began = 0.0

    def connectionMade(self) -> None:
        bounds = self.site.load.bounds
        self.maxHeaders = bounds.headers
        self.totalHeadersSize = bounds.header_octets
        super().connectionMade()
        self._enter(Phase.IDLE, bounds.header_timeout)
        self.site.opened(self)
        if self.site.load.connections > bounds.connections:
            self._turn_away(Refusal.CROWDED)
        elif not self.site.late_peer:
            self._meet()

    def _meet(self) -> bool:
        """Learn who is there, and whether there are too many of them."""
        load = self.site.load
        self._counted = True
        self.peer = peer_of(self.transport.getPeer())
        if self.peer is None:
            return True
        if load.arrive(self.peer) > load.bounds.connections_per_address and not self.site.exempt(self.peer):
            self._turn_away(Refusal.CROWDED_ADDRESS)
            return False
        return True

    def _turn_away(self, refusal: Refusal) -> None:
        """Refuse a whole connection: nothing has been read, so nothing is waited for."""
        self.refuse(refusal)
        self.loseConnection()

    def _enter(self, phase: Phase, seconds: float) -> None:
        self.phase = phase
        self.deadline = self.site.reactor.seconds() + seconds

    def dataReceived(self, data: bytes) -> None:
        if self.phase >= Phase.LINGER:
            return
        if self.phase is Phase.IDLE:
            if not self._counted and not self._meet():
                return
            self._enter(Phase.HEAD, self.site.load.bounds.header_timeout)
        if self.line_mode:
            # LineReceiver copies all that follows once for each line: give it the head alone, then the body.
            end = data.find(b"\r\n\r\n") + 4
            if 4 <= end < len(data):
                LineReceiver.dataReceived(self, data[:end])
                data = data[end:]
        LineReceiver.dataReceived(self, data)

    def lineReceived(self, line: bytes) -> None:
        if self.phase >= Phase.LINGER:
            return
        if line[:1] in (b" ", b"\t"):
            # A folded header (obs-fold, RFC 9112 5.2): whoever folds wants two parsers to disagree.
            self.refuse(Refusal.MALFORMED)
            return
        super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:
        self.refuse(Refusal.HEADERS_TOO_LARGE)

    def headerReceived(self, line: bytes) -> bool:
        if self.phase >= Phase.LINGER:
            return False
        if len(line) > self._LONGEST_LENGTH and line[:15].lower() == b"content-length:":
            # int() of thousands of digits raises, and no true length needs more than twenty.
            self.refuse(Refusal.MALFORMED)
            return False
        return super().headerReceived(line)

    def rawDataReceived(self, data: bytes) -> None:
        if self.phase < Phase.LINGER:
            super().rawDataReceived(data)

    def allHeadersReceived(self) -> None:
        refusal = self._judge(self.requests[-1])
        if refusal is not None:
            self.refuse(refusal)
            return
        bounds = self.site.load.bounds
        self._enter(Phase.BODY, min(bounds.header_timeout, bounds.body_timeout))
        self._began = self.deadline - min(bounds.header_timeout, bounds.body_timeout)
        super().allHeadersReceived()

    def _judge(self, request: Request) -> Refusal | None:
        """Whether a request may go on, by its headers alone (before any 100 Continue)."""
        headers = request.requestHeaders
        hosts = headers.getRawHeaders(b"Host") or ()
        if len(hosts) > 1 or (not hosts and self._version == b"HTTP/1.1"):
            return Refusal.MALFORMED  # RFC 9112 3.2
        # RFC 9112 6.1: both, or a coding in HTTP/1.0, is how requests are smuggled; None is a chunked body's length.
        if headers.hasHeader(b"Transfer-Encoding") and (
            self.length is not None or headers.hasHeader(b"Content-Length") or self._version != b"HTTP/1.1"
        ):
            return Refusal.MALFORMED
        length = self.length or 0
        if length > self.site.load.bounds.body:
            return Refusal.TOO_LARGE
        if not self.site.load.room(length):
            return Refusal.BUSY
        return None

    def progress(self, received: int) -> None:
        """More of a body came: the least rate buys time with octets, up to the total."""
        bounds = self.site.load.bounds
        earned = bounds.header_timeout + received / bounds.body_rate if bounds.body_rate else bounds.body_timeout
        self.deadline = self._began + min(earned, bounds.body_timeout)

    def allContentReceived(self) -> None:
        if self.phase >= Phase.LINGER:
            return
        self._enter(Phase.ANSWER, self.site.load.bounds.body_timeout)
        super().allContentReceived()

    def answering(self, size: int) -> None:
        """An answer of so many octets begins: how long the peer may take over it."""
        bounds = self.site.load.bounds
        slow = size / bounds.body_rate if bounds.body_rate else 0.0
        self._enter(Phase.ANSWER, max(bounds.body_timeout, slow))

    def requestDone(self, request: Request) -> None:
        if self.site.stopping:
            self.persistent = False
        self._enter(Phase.IDLE, self.site.load.bounds.idle_timeout)
        super().requestDone(request)

    def refuse(self, refusal: Refusal) -> None:
        """Answer with an error before the request came whole; then let the peer finish, hearing nothing of it."""
        if self.phase >= Phase.LINGER:
            return
        bounds = self.site.load.bounds
        self._enter(Phase.LINGER, bounds.linger)
        self.site.refused(refusal, self.peer)
        for request in self.requests:
            request.release()
        retry = b"Retry-After: %d\r\n" % bounds.retry_after if refusal.value.status.startswith(b"503") else b""
        self.transport.write(
            b"HTTP/1.1 %b\r\nContent-Length: 0\r\nConnection: close\r\n%b\r\n" % (refusal.value.status, retry)
        )

    def _respondToBadRequestAndDisconnect(self) -> None:
        # twisted.web comes here for everything it refuses itself; it would answer without a length and reset.
        self.refuse(Refusal.MALFORMED)

    def expire(self) -> None:
        """The deadline of this phase is over."""
        if self.phase is Phase.HEAD:
            self.refuse(Refusal.SLOW_HEADERS)
        elif self.phase is Phase.BODY:
            self.refuse(Refusal.SLOW_BODY)
        elif self.phase in (Phase.IDLE, Phase.LINGER):
            self.loseConnection()
        else:
            self.site.refused(Refusal.SLOW_READER, self.peer)
            self.deadline = float("inf")
            self.transport.abortConnection()

    def loseConnection(self) -> None:
        if self.phase is not Phase.CLOSING:
            self._enter(Phase.CLOSING, self.site.load.bounds.body_timeout)
        super().loseConnection()

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        if self.phase in (Phase.HEAD, Phase.BODY):
            self.site.refused(Refusal.ABANDONED, self.peer)
        self.site.closed(self)
        if self._counted and self.peer is not None:
            self.site.load.leave(self.peer)
        super().connectionLost(reason)


class Site(server.Site):
    """A listening place's factory: every request goes to one leaf resource, within ``load.bounds``.

    ``refused(refusal, peer)`` hears of every refusal. ``exempt(peer)`` says who may have any number of connections
    (trusted proxies carry many users). ``late_peer``: the peer is told by the first octets (a PROXY header). No access
    log is written and no form is parsed.
    """

    protocol = Channel  # type: ignore[assignment]
    requestFactory = Request

    def __init__(
        self,
        resource: Any,
        reactor: Any,
        load: Load,
        refused: Callable[[Refusal, Peer], None],
        exempt: Callable[[IPv4Address | IPv6Address], bool] = lambda peer: False,
        late_peer: bool = False,
    ) -> None:
        super().__init__(resource, reactor=reactor, timeout=None, parsePOSTFormSubmission=False)
        self.load = load
        self.refused = refused
        self.exempt = exempt
        self.late_peer = late_peer
        self.stopping = False
        self._channels: set[Channel] = set()
        self._sweeping: Any = None
        self._emptied: Deferred[None] | None = None

    def buildProtocol(self, addr: IAddress | None) -> Channel:  # type: ignore[override]
        channel = Channel()
        channel.factory = channel.site = self
        channel.requestFactory = self.requestFactory
        channel.timeOut = None
        return channel

    def getContentFile(self, length: int | None) -> BytesIO:
        """Where a body goes: memory, bounded by who writes to it, never a file."""
        return BytesIO()

    def startFactory(self) -> None:
        """Nothing: twisted.web would open its access log and start a clock for it."""

    def stopFactory(self) -> None:
        """Nothing."""

    def log(self, request: Any) -> None:
        """Nothing: what matters of a request is told by whom it matters to."""

    def acceptableProtocols(self) -> list[bytes]:
        return [b"http/1.1"]

    def opened(self, channel: Channel) -> None:
        """A connection came."""
        self.load.connections += 1
        self._channels.add(channel)
        if self._sweeping is None:
            self._sweeping = self.reactor.callLater(SWEEP, self._sweep)

    def closed(self, channel: Channel) -> None:
        """A connection went."""
        self.load.connections -= 1
        self._channels.discard(channel)
        if self._emptied is not None and not self._channels:
            self._rest()

    def _sweep(self) -> None:
        self._sweeping = None
        now = self.reactor.seconds()
        for channel in [channel for channel in self._channels if channel.deadline <= now]:
            channel.expire()
        if self._channels:
            self._sweeping = self.reactor.callLater(SWEEP, self._sweep)

    def _rest(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        if self._emptied is not None:
            emptied, self._emptied = self._emptied, None
            emptied.callback(None)

    def drain(self) -> Deferred[None]:
        """Close what is idle, let what is in flight finish, take nothing more; fires when the last one is gone."""
        self.stopping = True
        emptied: Deferred[None] = Deferred()
        self._emptied = emptied
        for channel in list(self._channels):
            if channel.phase is Phase.IDLE:
                channel.loseConnection()
        if not self._channels:
            self._rest()
        return emptied

    def abort(self) -> None:
        """Break every connection that is left."""
        for channel in list(self._channels):
            channel.transport.abortConnection()
