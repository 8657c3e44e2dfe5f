"""The twisted.web face of MM1's door: one leaf resource for every path."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.web.http import RESPONSES, datetimeToString
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from mmse.journal import log
from mmse.mm1.door import MMS_MEDIA, Answer, Asked, MM1Door
from mmse.transport.http import Request

__all__ = ["MM1Resource", "head_of"]

REASONS = {413: b"Content Too Large"} | {code: text for code, text in RESPONSES.items() if code != 413}


def head_of(answer: Answer, size: int, date: bytes, close: bool) -> bytes:
    """Status line (without its version) and headers of an answer, up to the empty line.

    The length is always told, old stacks stumble over chunks; nothing may be cached or compressed on the way.
    """
    lines = [b"%d %b\r\nDate: %b\r\nContent-Length: %d\r\n" % (answer.code, REASONS[answer.code], date, size)]
    if answer.pieces:
        lines.append(b"Content-Type: %b\r\n" % MMS_MEDIA)
    lines.append(b"Cache-Control: no-store\r\nPragma: no-cache\r\n")
    if answer.retry_after is not None:
        lines.append(b"Retry-After: %d\r\n" % answer.retry_after)
    if answer.code == 405:
        lines.append(b"Allow: GET, HEAD, POST\r\n")
    if close:
        lines.append(b"Connection: close\r\n")
    return b"".join(lines)


class MM1Resource(Resource):
    """Gives each request to the door, writes the answer, and does what shall be done once it went out."""

    isLeaf = True

    def __init__(self, door: MM1Door) -> None:
        super().__init__()
        self._door = door
        self._dated: tuple[int, bytes] = (0, b"")

    def render(self, request: Request) -> int:
        """Every method of every path; the answer comes when it comes."""
        Deferred.fromCoroutine(self._serve(request)).addErrback(
            lambda failure: log.failure("MM1 could not answer", failure)
        )
        return NOT_DONE_YET

    async def _serve(self, request: Request) -> None:
        answer = await self._door.answer(
            Asked(
                request.method,
                request.uri.decode("latin-1"),
                _headers(request),
                request.body(),
                request.channel.peer,
            )
        )
        if answer.code == 503:
            request.close = True
        size = sum(map(len, answer.pieces))
        head = head_of(answer, size, self._date(), request.closing)
        if await request.respond(head, answer.pieces) and answer.sent is not None:
            await answer.sent()

    def _date(self) -> bytes:
        now = int(self._door.now())
        if self._dated[0] != now:
            self._dated = (now, datetimeToString(now))
        return self._dated[1]


def _headers(request: Request) -> Callable[[str], list[str]]:
    def header(name: str) -> list[str]:
        values = request.requestHeaders.getRawHeaders(name.encode("ascii"))
        return [value.decode("latin-1") for value in values] if values else []

    return header
