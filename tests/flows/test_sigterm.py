"""SIGTERM loses nothing: a real process under load is ended, and every MM that it answered Ok is in its store."""

from __future__ import annotations

import os
from io import BytesIO
from typing import Any

from twisted.internet import error as network
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from twisted.web.client import Agent, FileBodyProducer, HTTPConnectionPool, RequestNotSent, ResponseFailed, readBody
from twisted.web.http_headers import Headers

from mmse.abstract.delivery import State
from mmse.metrics import Metrics
from mmse.store.sqlite import SQLiteStore
from mmse.wire.mmsenc import decode, fields
from mmse.wire.mmsenc.status import ResponseStatus
from tests.mm1.send import send_req
from tests.processes import TERMINATED, Twistd
from tests.transport.line import responses

PHONES = 16
ENOUGH = 200
MEDIA = "application/vnd.wap.mms-message"


class Open(Protocol):
    """A connection that a test writes to by hand."""

    def __init__(self) -> None:
        self.got = b""
        self.closed: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.got += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.closed.callback(self.got)


class Terminated(TestCase):
    """The process in the middle of its work."""

    async def started(self) -> Twistd:
        process = Twistd(self.mktemp())
        self.addCleanup(process.end)
        await process.hears("phone send")
        return process

    async def ask(self, port: int, path: str, body: bytes = b"", number: int = 0) -> tuple[int, bytes]:
        agent = Agent(reactor, pool=HTTPConnectionPool(reactor, persistent=False))
        headers = Headers({"Content-Type": [MEDIA], "X-WAP-Network-Client-MSISDN": [f"+1555124{number:04d}"]})
        url = f"http://127.0.0.1:{port}{path}".encode()
        producer = FileBodyProducer(BytesIO(body)) if body else None
        response = await agent.request(b"POST" if body else b"GET", url, headers, producer)
        return response.code, await readBody(response)

    async def kept(self, process: Twistd) -> SQLiteStore:
        """The store that it left."""
        ours: Any = reactor
        store = SQLiteStore(
            os.path.join(process.folder, "var", "mmse.db"),
            ours,
            grace=3600,
            retention=3600,
            max_queued=1_000_000,
            min_free=0,
            metrics=Metrics(),
            fatal=lambda error: self.fail(str(error)),
        )
        await store.start()
        self.addCleanup(store.stop)
        return store

    async def test_load(self) -> None:
        """Phones send without a pause; SIGTERM comes in between; every Ok is kept, with its content."""
        process = await self.started()
        acknowledged: list[str] = []
        later: list[int] = []
        enough: Deferred[None] = Deferred()

        async def phone(number: int) -> None:
            for message in range(10_000):
                try:
                    code, body = await self.ask(process.mm1, "/", send_req(tid=f"{number}-{message}"), number)
                except (network.ConnectError, ResponseFailed, RequestNotSent):
                    return
                self.assertEqual(code, 200)
                conf = decode(body)
                if conf[fields.RESPONSE_STATUS] == ResponseStatus.OK:
                    acknowledged.append(conf[fields.MESSAGE_ID])
                else:
                    later.append(conf[fields.RESPONSE_STATUS])
                if len(acknowledged) == ENOUGH:
                    enough.callback(None)

        phones = [Deferred.fromCoroutine(phone(number)) for number in range(PHONES)]
        await enough
        process.signal("TERM")
        self.assertEqual(await process.over(), TERMINATED, process.said)
        await gatherResults(phones)
        self.assertNotIn("Traceback", process.said)
        self.assertEqual(set(later) - {ResponseStatus.ERROR_TRANSIENT_FAILURE}, set())
        self.assertEqual(len(set(acknowledged)), len(acknowledged))
        store = await self.kept(process)
        for identity in acknowledged:
            content = await store.content(identity)
            assert content is not None, identity
            (copy,) = await store.copies(identity)
            self.assertIn(copy.state, (State.QUEUED, State.NOTIFIED))
        counts = await store.counts()
        self.assertGreaterEqual(sum(counts.values()), len(acknowledged))
        # No lease is left: the next life need not wait for one to end.
        self.assertEqual(await store.recover("mmse"), 0)

    async def test_in_flight(self) -> None:
        """A request whose body is half here when SIGTERM comes is taken whole and answered Ok; a new one is not."""
        process = await self.started()
        body = send_req(tid="slow")
        head = (
            f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {MEDIA}\r\n"
            f"X-WAP-Network-Client-MSISDN: +15551240001\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        half: Any = await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", process.mm1), Open())
        half.transport.write(head.encode() + body[:200])
        # Whatever was sent before it has been read by then.
        await self.ask(process.mm1, "/nothing")
        process.signal("TERM")
        await process.hears("Stopping")
        with self.assertRaises(network.ConnectionRefusedError):
            await self.ask(process.mm1, "/")
        code, told = await self.ask(process.console, "/readyz")
        self.assertEqual((code, b'"taking":"stopping"' in told), (503, True))
        half.transport.write(body[200:])
        (response,) = responses(await half.closed)
        conf = decode(response.body)
        self.assertEqual(conf[fields.RESPONSE_STATUS], ResponseStatus.OK)
        self.assertEqual(await process.over(), TERMINATED, process.said)
        store = await self.kept(process)
        self.assertIsNotNone(await store.content(conf[fields.MESSAGE_ID]))

    async def test_again(self) -> None:
        """The next life goes on where the last one stopped."""
        process = await self.started()
        _, body = await self.ask(process.mm1, "/", send_req(tid="once"), 1)
        process.signal("TERM")
        await process.over()
        again = Twistd(str(process.folder))
        self.addCleanup(again.end)
        await again.hears("phone send")
        repeated = await self.ask(again.mm1, "/", send_req(tid="once"), 1)
        self.assertEqual(decode(repeated[1])[fields.MESSAGE_ID], decode(body)[fields.MESSAGE_ID])
        again.signal("TERM")
        self.assertEqual(await again.over(), TERMINATED, again.said)


class Failing(TestCase):
    """Exit status of what cannot start."""

    async def test_taken(self) -> None:
        """A second node in the same folder: one line says why, and the status is not 0."""
        first = Twistd(self.mktemp())
        self.addCleanup(first.end)
        await first.hears("phone send")
        second = Twistd(str(first.folder))
        self.addCleanup(second.end)
        self.assertEqual(await second.over(), 1, second.said)
        self.assertIn("Cannot start: ", second.said)
        self.assertNotIn("Traceback", second.said)

    async def test_configuration(self) -> None:
        """A configuration that cannot be obeyed."""
        process = Twistd(self.mktemp(), MMSE__NODE__WORKERS="4", MMSE__MM1__PUBLIC_URL="nowhere")
        self.addCleanup(process.end)
        self.assertEqual(await process.over(), 1, process.said)
        self.assertIn("node.workers: 4 processes cannot share this store", process.said)
        self.assertIn("mm1.public_url: ", process.said)
        self.assertNotIn("Traceback", process.said)
