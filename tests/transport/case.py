"""A site whose only resource echoes, and a case that begins with one and ends with nothing held."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from mmse.transport.bounds import Bounds, Load, Refusal
from mmse.transport.http import Request, Site
from tests.transport.line import Line

__all__ = ["BOUNDS", "HOST", "Case", "Echo"]

BOUNDS = Bounds(
    body=1000,
    in_flight=2500,
    connections=8,
    connections_per_address=3,
    header_timeout=10,
    body_timeout=120,
    body_rate=500,
    idle_timeout=15,
    headers=20,
    header_octets=4000,
)
HOST = b"Host: mmsc\r\n"


class Echo(Resource):
    """Answers the octets of the body, at once or when asked to."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Deferred[None]] | None = None
        self.seen: list[tuple[bytes, bytes, bytes]] = []
        self.sent: list[bool] = []
        self.answer: bytes | None = None

    def render(self, request: Request) -> int:
        self.seen.append((request.method, request.uri, request.body()))
        Deferred.fromCoroutine(self._answer(request))
        return NOT_DONE_YET

    async def _answer(self, request: Request) -> None:
        body = request.body() if self.answer is None else self.answer
        if self.waiting is not None:
            ready: Deferred[None] = Deferred()
            self.waiting.append(ready)
            await ready
        close = b"Connection: close\r\n" if request.closing else b""
        self.sent.append(await request.respond(b"200 OK\r\nContent-Length: %d\r\n%b" % (len(body), close), [body]))


class Case(SynchronousTestCase):
    late_peer = False
    bounds = BOUNDS

    def setUp(self) -> None:
        self.clock = Clock()
        self.echo = Echo()
        self.load = Load(self.bounds)
        self.refusals: list[Refusal] = []
        self.site = Site(
            self.echo,
            self.clock,
            self.load,
            lambda refusal, peer: self.refusals.append(refusal),
            lambda peer: str(peer).startswith("10."),
            self.late_peer,
        )
        self.lines: list[Line] = []

    def connect(self, peer: Any = "192.0.2.1", slow: bool = False) -> Line:
        line = Line(self.site, self.clock, peer, slow)
        self.lines.append(line)
        return line

    def pass_time(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.clock.advance(1)

    def codes(self, line: Line) -> list[int]:
        return [response.code for response in line.responses()]

    def tearDown(self) -> None:
        """Whatever happened, nothing is held and no timer runs once the peers are gone."""
        self.pass_time(1)
        for line in self.lines:
            line.leave()
        for ready in self.echo.waiting or ():
            if not ready.called:
                ready.callback(None)
        self.pass_time(2)
        self.assertEqual((self.load.octets, self.load.connections, self.load._addresses), (0, 0, {}))
        self.assertEqual(self.clock.getDelayedCalls(), [])
