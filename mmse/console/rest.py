"""A leaf resource that answers by a table of routes; bodies and answers are JSON unless said otherwise."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote

import msgspec
from twisted.internet.defer import Deferred

from mmse.errors import Temporary
from mmse.journal import log
from mmse.transport.http import Request

__all__ = ["JSON", "TEXT", "Answer", "Asked", "Declined", "Leaf", "Route", "answer"]

T = TypeVar("T")

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
RETRY_AFTER = 5


class Answer(NamedTuple):
    """A status code, a body and what it is."""

    status: int
    body: bytes
    kind: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


class Declined(Exception):
    """The request is not done; the answer is ``status`` and why."""

    def __init__(self, status: HTTPStatus, why: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(why)
        self.status = status
        self.why = why
        self.headers = headers


class Asked:
    """One request as a route's function sees it: what its pattern caught, its query and its body."""

    def __init__(self, request: Request, caught: Mapping[str, str]) -> None:
        self._request = request
        self.caught = caught

    def all(self, name: str) -> list[str]:
        """Every value of a parameter of the query."""
        values = (self._request.args or {}).get(name.encode("ascii"), [])
        return [value.decode("utf-8", "replace") for value in values]

    def one(self, name: str, otherwise: str = "") -> str:
        """Its last value."""
        return (self.all(name) or [otherwise])[-1]

    def number(self, name: str, otherwise: int, most: int) -> int:
        """A whole number from 0 to ``most``. Raises ``Declined``."""
        text = self.one(name, str(otherwise))
        if not (text.isascii() and text.isdecimal() and len(text) < 20):
            raise Declined(HTTPStatus.BAD_REQUEST, f"{name} must be a whole number, not {text[:40]!r}")
        return min(int(text), most)

    def body(self, kind: type[T]) -> T:
        """The body, read as JSON. Raises ``Declined``."""
        try:
            return msgspec.json.decode(self._request.body(), type=kind)
        except msgspec.DecodeError as error:
            raise Declined(HTTPStatus.BAD_REQUEST, f"the body does not fit: {error}") from None


Function = Callable[[Asked], Awaitable[Answer]]


class Route(NamedTuple):
    """``pattern`` has names in braces that catch one piece of a path: ``/v1/messages/{message}``.

    ``open``: answered without a login.
    """

    method: str
    pattern: str
    function: Function
    open: bool = False


def answer(value: Any, status: int = 200) -> Answer:
    """A value as JSON."""
    return Answer(status, msgspec.json.encode(value, enc_hook=str) + b"\n")


class Leaf:
    """What a ``transport.http.Site`` renders. At most ``most`` requests are worked on; beyond, 429 (RELIABILITY 1.3).

    ``admit`` (if any) is asked before every route that is not open, and raises ``Declined``.
    """

    isLeaf = True

    def __init__(
        self, routes: Sequence[Route], admit: Callable[[Request], Awaitable[None]] | None = None, most: int = 64
    ) -> None:
        self._routes = [(re.compile(_expression(route.pattern)), route) for route in routes]
        self._admit = admit
        self._most = most
        self._working = 0

    def render(self, request: Request) -> None:
        """Answer a request, now or later."""
        Deferred.fromCoroutine(self._respond(request))

    async def _respond(self, request: Request) -> None:
        self._working += 1
        try:
            told = await self._told(request)
        finally:
            self._working -= 1
        headers = (("Content-Type", told.kind), ("Cache-Control", "no-store"), *told.headers)
        lines = [f"{told.status} {HTTPStatus(told.status).phrase}", *(f"{name}: {value}" for name, value in headers)]
        lines.append(f"Content-Length: {len(told.body)}\r\n")
        await request.respond("\r\n".join(lines).encode("latin-1"), [told.body])

    async def _told(self, request: Request) -> Answer:
        retry = (("Retry-After", str(RETRY_AFTER)),)
        try:
            if self._working > self._most:
                raise Declined(HTTPStatus.TOO_MANY_REQUESTS, "busy", retry)
            route, caught = self._route(request)
            if self._admit is not None and not route.open:
                await self._admit(request)
            return await route.function(Asked(request, caught))
        except Declined as declined:
            return answer({"error": declined.why}, declined.status)._replace(headers=declined.headers)
        except Temporary as error:
            told = answer({"error": error.reason or "temporarily unavailable"}, HTTPStatus.SERVICE_UNAVAILABLE)
            return told._replace(headers=retry)
        except Exception:  # noqa: BLE001 - the edge of a connection
            log.failure("A request of the console failed")
            return answer(
                {"error": "it failed; the log of the node has the traceback"}, HTTPStatus.INTERNAL_SERVER_ERROR
            )

    def _route(self, request: Request) -> tuple[Route, dict[str, str]]:
        path = request.path.decode("latin-1")
        method = request.method.decode("latin-1")
        allowed = []
        for expression, route in self._routes:
            if match := expression.fullmatch(path):
                if method == route.method or (method == "HEAD" and route.method == "GET"):
                    return route, {name: unquote(text) for name, text in match.groupdict().items()}
                allowed.append(route.method)
        if allowed:
            allow = (("Allow", ", ".join(allowed)),)
            raise Declined(HTTPStatus.METHOD_NOT_ALLOWED, f"{method} is not for this path", allow)
        raise Declined(HTTPStatus.NOT_FOUND, "there is nothing here")


def _expression(pattern: str) -> str:
    pieces = re.split(r"\{(\w+)\}", pattern)
    return "".join(f"(?P<{piece}>[^/]+)" if index % 2 else re.escape(piece) for index, piece in enumerate(pieces))
