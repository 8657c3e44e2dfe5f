"""One end of a TCP connection in memory: what the server writes is kept, what the peer does is called by name."""

from __future__ import annotations

from typing import Any, NamedTuple

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IAddress
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

__all__ = ["Line", "Response", "responses"]


class Response(NamedTuple):
    """One HTTP response as a client reads it."""

    code: int
    headers: list[tuple[str, str]]
    body: bytes

    def get(self, name: str) -> str | None:
        """The only value of a header, or None."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(found) < 2, found
        return found[0] if found else None


def responses(octets: bytes, heads: int = 0) -> list[Response]:
    """Every response in ``octets``, whole; the first ``heads`` are answers to HEAD and have no body."""
    found = []
    while octets:
        head, gap, octets = octets.partition(b"\r\n\r\n")
        assert gap, f"an unfinished head: {head!r}"
        first, *lines = head.decode("ascii").split("\r\n")
        version, code, _ = first.split(" ", 2)
        assert version in ("HTTP/1.0", "HTTP/1.1"), first
        response = Response(int(code), [tuple(line.split(": ", 1)) for line in lines], b"")  # type: ignore[misc]
        if code != "100":
            length = int(response.get("Content-Length") or "-1") if heads <= 0 else 0
            assert 0 <= length <= len(octets), f"{length} of {len(octets)} octets"
            response, octets = response._replace(body=octets[:length]), octets[length:]
            heads -= 1
        found.append(response)
    return found


class Line(StringTransport):
    """A connection to a protocol of ``factory``.

    ``slow``: the peer reads nothing, so that more than ``BUFFER`` octets stop a producer until `drain`.
    """

    BUFFER = 65_536

    def __init__(self, factory: Any, clock: Clock, peer: IAddress | str = "192.0.2.1", slow: bool = False) -> None:
        address = IPv4Address("TCP", peer, 40000) if isinstance(peer, str) else peer
        super().__init__(peerAddress=address)
        self.clock = clock
        self.slow = slow
        self.stopped = False
        self.gone = False
        self.aborted = False
        self.protocol = factory.buildProtocol(address)
        self.protocol.makeConnection(self)

    def write(self, data: bytes) -> None:
        super().write(bytes(data))
        if self.slow and not self.stopped and len(self.value()) > self.BUFFER and self.producer is not None:
            self.stopped = True
            self.producer.pauseProducing()

    def drain(self) -> None:
        """The peer reads all that was written."""
        self.stopped = self.slow = False
        if self.producer is not None:
            self.producer.resumeProducing()
        if self.disconnecting:
            self._lost(ConnectionDone())

    def send(self, data: bytes, size: int = 0) -> None:
        """The peer sends, in segments of ``size`` octets (0: one)."""
        for at in range(0, len(data), size or max(1, len(data))):
            if self.gone:
                return
            self.protocol.dataReceived(data[at : at + (size or len(data))])

    def leave(self) -> None:
        """The peer breaks the connection."""
        self._lost(ConnectionLost())

    def _lost(self, reason: Exception) -> None:
        if not self.gone:
            self.gone = True
            self.protocol.connectionLost(Failure(reason))

    def loseConnection(self) -> None:
        if not self.disconnecting:
            self.disconnecting = True
            if not self.slow:
                self.clock.callLater(0, self._lost, ConnectionDone())

    def abortConnection(self) -> None:
        self.aborted = self.disconnecting = True
        self.clock.callLater(0, self._lost, ConnectionLost())

    def responses(self, heads: int = 0) -> list[Response]:
        """What the peer got."""
        return responses(self.value(), heads)
