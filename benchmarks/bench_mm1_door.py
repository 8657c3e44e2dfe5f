"""Microseconds of one request at the MM1 door: ``python -m benchmarks.bench_mm1_door [repeats]``.

The connection is in memory and the relay answers at once: what is printed is this process's own work, the best of five
runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from hashlib import sha256
from time import perf_counter

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from mmse.mm1 import mapping
from mmse.wire.mmsenc import ContentType, decode
from tests.mm1.recorded import Scene, head, mms
from tests.mm1.send import RELATED, body, found, send_req
from tests.mm1.values import ALICE, TOKEN, content
from tests.transport.line import Line

PHONE_HEADERS = {
    "User_Agent": b"Phone/1.0 (Linux; Handset) Stack/2.3",
    "Accept": b"*/*, application/vnd.wap.mms-message, application/vnd.wap.sic",
    "Accept_Language": b"en-GB, en",
    "x_wap_profile": b'"http://profiles.example/phone.xml"',
    "X_MSISDN": b"15551230001",
    "Via": b"1.1 gateway",
}


def per_call(act: Callable[[], object], repeats: int) -> float:
    """Microseconds of one call, the best of five runs."""
    act()
    best = float("inf")
    for _ in range(5):
        began = perf_counter()
        for _ in range(repeats):
            act()
        best = min(best, perf_counter() - began)
    return best / repeats * 1e6


class Connection:
    """A kept-alive connection whose answers are thrown away."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.line = Line(scene.site, Clock(), "10.0.0.1")
        self.deliver = self.line.protocol.dataReceived

    def ask(self, *segments: bytes) -> None:
        for segment in segments:
            self.deliver(segment)
        StringTransport.clear(self.line)
        recorded = self.scene.recorded
        for calls in (recorded.submissions, recorded.retrievals, recorded.notices):
            calls.clear()


def main() -> None:
    """Print the table."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    scene = Scene()
    connection = Connection(scene)
    picture = bytes(30_000)
    octets = send_req()[: -len(body())] + body(picture)
    post = mms(octets, **PHONE_HEADERS)
    segments = [post[at : at + 1400] for at in range(0, len(post), 1400)]
    get = head(b"GET", f"/m/{TOKEN}".encode(), **PHONE_HEADERS)
    scene.recorded.retrieval = found(content=content(body(picture), RELATED.encode()))
    pdu = decode(octets)
    digest = sha256(octets).digest()
    rows = (
        ("M-Send.req, 30 kB, one segment", lambda: connection.ask(post)),
        ("M-Send.req, 30 kB, 1400-octet segments", lambda: connection.ask(*segments)),
        ("GET + M-Retrieve.conf, 30 kB, FETCHED", lambda: connection.ask(get)),
        ("  of these: decode", lambda: decode(octets)),
        ("  of these: mapping.submission", lambda: mapping.submission(pdu, octets, digest, ALICE, 0x12)),
        ("  of these: SHA-256", lambda: sha256(octets).digest()),
        ("  of these: mapping.retrieve_conf", lambda: mapping.retrieve_conf(scene.recorded.retrieval, 0x13)),
        ("  of these: Content-Type", lambda: ContentType.decode(RELATED.encode())),
    )
    for name, act in rows:
        print(f"{name:45} {per_call(act, repeats):8.1f} us")


if __name__ == "__main__":
    main()
