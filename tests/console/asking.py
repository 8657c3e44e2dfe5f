"""Ask a leaf of the console as a client does."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from twisted.internet.task import Clock

from mmse.console.rest import Leaf
from mmse.transport.bounds import Bounds, Load
from mmse.transport.http import Site
from tests.transport.line import Line, Response

BOUNDS = Bounds(
    body=100_000,
    in_flight=1_000_000,
    connections=10,
    connections_per_address=10,
    header_timeout=10.0,
    body_timeout=10.0,
    body_rate=0.0,
    idle_timeout=10.0,
)


def basic(name: str, password: str) -> str:
    """The header by which a user says who they are."""
    return "Authorization: Basic " + b64encode(f"{name}:{password}".encode()).decode("ascii")


def opened(leaf: Leaf) -> Line:
    """A connection to a site with this leaf."""
    clock = Clock()
    return Line(Site(leaf, clock, Load(BOUNDS), lambda refusal, peer: None), clock)


def send(line: Line, method: str, target: str, body: bytes = b"", *headers: str) -> None:
    """One request."""
    lines = [f"{method} {target} HTTP/1.1", "Host: x", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    line.send("\r\n".join([*lines, "", ""]).encode("utf-8") + body)


def ask(leaf: Leaf, method: str, target: str, body: Any = None, *headers: str) -> Response:
    """One request on a connection of its own, and its answer; ``body`` goes as JSON unless it is octets."""
    line = opened(leaf)
    octets = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    send(line, method, target, octets, *headers)
    (response,) = line.responses(heads=method == "HEAD")
    return response


def told(response: Response) -> Any:
    """The JSON of an answer."""
    return json.loads(response.body)
