"""How a phone attaches to the lab's SMS centre: ``GET /phones/NUMBER?after=CURSOR`` waits until something is there.

The answer is JSON: ``{"cursor": "...", "messages": [{"cursor": "...", "kind": "M-Notification.ind", "user_data":
["0605..."]}]}``; after `PATIENCE` seconds without a push, an empty list. A phone that leaves says what it has with
``DELETE``. ``GET /`` tells which numbers there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from twisted.internet.defer import CancelledError
from twisted.python.failure import Failure
from twisted.web.resource import NoResource, Resource
from twisted.web.server import NOT_DONE_YET, Request

if TYPE_CHECKING:
    from mmse.lab.smsc import LabSMSC

__all__ = ["PATIENCE", "Root"]

PATIENCE = 25.0
"""Seconds after which a phone is told that there is nothing; it asks again."""


class Root(Resource):
    """The root of the place."""

    def __init__(self, smsc: LabSMSC, clock: Any) -> None:
        super().__init__()
        self._smsc = smsc
        self.putChild(b"", self)
        self.putChild(b"phones", Phones(smsc, clock))

    def render_GET(self, request: Request) -> bytes:
        """Which numbers have something held, or a phone attached."""
        lines = self._smsc.lines()
        return answer(request, {key: {"held": held, "attached": here} for key, (held, here) in sorted(lines.items())})


class Phones(Resource):
    """``/phones``: any number is a child."""

    def __init__(self, smsc: LabSMSC, clock: Any) -> None:
        super().__init__()
        self._smsc = smsc
        self._clock = clock

    def getChild(self, path: bytes, request: Request) -> Resource:
        """The line of a number."""
        number = path.decode("utf-8", "replace")
        return Line(self._smsc, self._clock, number) if 0 < len(number) <= 320 else NoResource()


class Line(Resource):
    """``/phones/NUMBER``."""

    isLeaf = True

    def __init__(self, smsc: LabSMSC, clock: Any, number: str) -> None:
        super().__init__()
        self._smsc = smsc
        self._clock = clock
        self._number = number

    def render_GET(self, request: Request) -> bytes | int:
        """What is held, at once or as soon as something is."""
        if self._smsc.closed:
            return self._away(request)
        cursor = request.args.get(b"after", [b""])[0].decode("ascii", "replace")
        batch = self._smsc.take(self._number, cursor)
        if batch.messages:
            return answer(request, batch)
        waiting = self._smsc.wait(self._number)
        patience = self._clock.callLater(PATIENCE, waiting.cancel)
        gone = False

        def left(_: Failure) -> None:
            nonlocal gone
            gone = True
            waiting.cancel()

        def finish(result: Failure | None) -> None:
            if patience.active():
                patience.cancel()
            if isinstance(result, Failure):
                result.trap(CancelledError)
            if not gone:
                now = self._smsc.take(self._number, batch.cursor)
                request.write(self._away(request) if self._smsc.closed else answer(request, now))
                request.finish()

        request.notifyFinish().addErrback(left)
        waiting.addBoth(finish)
        return NOT_DONE_YET

    def render_DELETE(self, request: Request) -> bytes:
        """The phone leaves: what ``after`` says it has is forgotten."""
        cursor = request.args.get(b"after", [b""])[0].decode("ascii", "replace")
        self._smsc.take(self._number, cursor)
        return answer(request, {})

    @staticmethod
    def _away(request: Request) -> bytes:
        """The centre has closed: a phone that kept its connection would go on asking one that is no more."""
        request.setResponseCode(503)
        request.setHeader(b"Connection", b"close")
        return b""


def answer(request: Request, value: Any) -> bytes:
    """A value as JSON."""
    octets = msgspec.json.encode(value)
    request.setHeader(b"Content-Type", b"application/json")
    request.setHeader(b"Cache-Control", b"no-store")
    request.setHeader(b"Content-Length", str(len(octets)).encode("ascii"))
    return octets
