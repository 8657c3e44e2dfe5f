"""The door's listening places: opened by endpoint strings, stopped so that nothing in flight is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from twisted.application.service import IService
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import clientFromString, connectProtocol, wrapClientTLS
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Protocol
from twisted.internet.ssl import Certificate, optionsForClientTLS
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import capturedLogs
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface.verify import verifyObject

from mmse.abstract.status import RequestStatus
from mmse.errors import Misconfigured
from mmse.interfaces import Accepted
from mmse.metrics import MM1_CONNECTIONS, MM1_IN_FLIGHT, MM1_REFUSED
from mmse.mm1.service import bounds_of, make_http
from mmse.mm1.settings import MM1
from mmse.transport.listening import Listening
from mmse.wire.mmsenc import fields, status
from tests.mm1 import values
from tests.mm1.recorded import PROXY, STRANGER, Scene, head, mms
from tests.mm1.send import RELATED, body, found, send_req
from tests.transport.line import Line, responses


class Memory(SynchronousTestCase):
    def setUp(self) -> None:
        self.reactor: Any = MemoryReactorClock()

    def service(self, *places: str, **settings: Any) -> Any:
        self.scene = Scene(clock=self.reactor, **settings)
        self.scene.settings.http[:] = places
        return make_http(self.scene.door, self.scene.settings, self.reactor)

    def test_places(self) -> None:
        service = self.service("tcp:8001:interface=127.0.0.1", r"tcp:8002:interface=\:\:1", "unix:var/mm1.sock")
        self.assertTrue(verifyObject(IService, service))
        service.privilegedStartService()
        service.startService()
        self.assertEqual([server[0] for server in self.reactor.tcpServers], [8001, 8002])
        self.assertEqual([server[3] for server in self.reactor.tcpServers], ["127.0.0.1", "::1"])
        self.assertEqual(len(self.reactor.unixServers), 1)

    def test_no_place(self) -> None:
        error = self.assertRaises(Misconfigured, self.service, "tcp:8001", "tcp:http", "carrier-pigeon:1")
        self.assertEqual([problem.split(":")[0] for problem in error.problems], ["mm1.http", "mm1.http"])

    def test_proxy_header(self) -> None:
        """Behind a PROXY header the peer is the one it names: its identity and its count."""
        service = self.service("haproxy:tcp:8001", max_connections_per_address=1)
        service.startService()
        factory = self.reactor.tcpServers[0][1]
        lines = [Line(factory, self.reactor, PROXY) for _ in range(3)]
        for line, peer in zip(lines, (b"10.0.1.1", b"10.0.1.2", b"10.0.1.2"), strict=True):
            line.send(b"PROXY TCP4 %b 10.9.9.9 1234 8001\r\n" % peer + mms(send_req()))
        self.assertEqual([line.responses()[0].code for line in lines], [200, 200, 503])
        numbers = [submission.originator.value for submission, _, _ in self.scene.recorded.submissions]
        self.assertEqual(numbers, ["+15551230001", "+15551230002"])

    def test_stop_waits_for_what_is_in_flight(self) -> None:
        service = self.service("tcp:8001")
        service.startService()
        committed: Deferred[Accepted] = Deferred()
        self.scene.recorded.accepted = committed
        line = Line(self.reactor.tcpServers[0][1], self.reactor, "10.0.1.1")
        line.send(mms(send_req()))
        stopped = service.stopService()
        self.assertNoResult(stopped)
        committed.callback(Accepted(RequestStatus.OK, "mid-1@mmsc"))
        (response,) = line.responses()
        self.assertEqual(response.get("Connection"), "close")
        self.assertEqual(self.scene.read(response)[fields.RESPONSE_STATUS], status.ResponseStatus.OK)
        self.reactor.advance(1)
        self.successResultOf(stopped)
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_stop_has_an_end(self) -> None:
        service = self.service("tcp:8001", body_timeout=20.0)
        service.startService()
        self.scene.recorded.accepted = Deferred()
        line = Line(self.reactor.tcpServers[0][1], self.reactor, "10.0.1.1")
        line.send(mms(send_req()))
        stopped = service.stopService()
        self.reactor.advance(19)
        self.assertNoResult(stopped)
        self.reactor.advance(1)
        self.reactor.advance(0)
        self.assertTrue(line.aborted)
        self.successResultOf(stopped)

    def test_gauges_and_counts(self) -> None:
        service = self.service("tcp:8001", max_connections_per_address=1)
        service.startService()
        factory, metrics = self.reactor.tcpServers[0][1], self.scene.metrics
        line = Line(factory, self.reactor, STRANGER)
        line.send(mms(bytes(50))[:-10])
        self.assertEqual((metrics.value(MM1_CONNECTIONS), metrics.value(MM1_IN_FLIGHT)), (1, 40))
        with capturedLogs() as events:
            Line(factory, self.reactor, STRANGER)
        self.assertEqual(metrics.value(MM1_REFUSED, "too-many-connections-of-one"), 1)
        self.assertEqual(len(events), 1)
        for _ in range(3):
            Line(factory, self.reactor, PROXY)
        self.assertEqual(metrics.value(MM1_REFUSED, "too-many-connections-of-one"), 1)

    def test_bounds(self) -> None:
        """One MM always fits; a body may be read past the limit by as much as its refusal needs."""
        bounds = bounds_of(MM1(max_message_size=1_000_000, max_in_flight=100_000))
        self.assertEqual((bounds.body, bounds.in_flight), (1_200_000, 1_200_000))


class _Ask(Protocol):
    """Sends a request, reads its answer as long as that says it is, and hangs up."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.got = b""
        self.done: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(self.octets)

    def dataReceived(self, data: bytes) -> None:
        self.got += data
        head, gap, rest = self.got.partition(b"\r\n\r\n")
        if gap and f"\r\nContent-Length: {len(rest)}\r\n".encode() in head + b"\r\n":
            assert self.transport is not None
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.done.callback(self.got)


class Sockets(TestCase):
    """Once over real sockets: a refusal is read although the body was not, and a large answer comes whole."""

    def setUp(self) -> None:
        from twisted.internet import reactor

        self.reactor = cast(Any, reactor)
        self.scene = Scene(max_message_size=200_000)
        self.scene.settings.http[:] = ["tcp:0:interface=127.0.0.1"]
        self.service = cast(Listening, make_http(self.scene.door, self.scene.settings, self.reactor))
        self.service.startService()
        self.addCleanup(self.service.stopService)

    async def ask(self, octets: bytes) -> Any:
        port = cast(Any, self.service.ports[0]).getHost().port
        endpoint = clientFromString(self.reactor, f"tcp:127.0.0.1:{port}")
        protocol: _Ask = await connectProtocol(endpoint, _Ask(octets))
        return responses(await protocol.done)[0]

    async def test_send(self) -> None:
        response = await self.ask(mms(send_req(), Connection=b"close"))
        pdu = self.scene.read(response)
        self.assertEqual(pdu[fields.RESPONSE_STATUS], status.ResponseStatus.ERROR_PERMANENT_SERVICE_DENIED)

    async def test_refused_while_sending(self) -> None:
        """The phone is still sending its megabytes when it is refused, and reads the refusal all the same."""
        response = await self.ask(mms(bytes(5_000_000)))
        self.assertEqual((response.code, response.get("Connection")), (413, "close"))

    async def test_large_answer(self) -> None:
        content = values.content(body(bytes(3_000_000)), RELATED.encode())
        self.scene.recorded.retrieval = found(content=content)
        target = f"/m/{values.TOKEN}".encode()
        response = await self.ask(head(b"GET", target, Connection=b"close"))
        self.assertEqual(bytes(self.scene.read(response).body), content.data)
        self.assertEqual(len(self.scene.recorded.notices), 1)

    async def test_large_answer_by_tls(self) -> None:
        """An endpoint string is all that TLS takes: identity, a whole answer, and the notice that it went out."""
        key, certificate, trusted = self.certificate()
        self.scene.settings.http[:] = [f"ssl:0:interface=127.0.0.1:privateKey={key}:certKey={certificate}"]
        service = cast(Listening, make_http(self.scene.door, self.scene.settings, self.reactor))
        service.startService()
        self.addCleanup(service.stopService)
        content = values.content(body(bytes(3_000_000)), RELATED.encode())
        self.scene.recorded.retrieval = found(content=content)
        plain = clientFromString(self.reactor, f"tcp:127.0.0.1:{cast(Any, service.ports[0]).getHost().port}")
        endpoint = wrapClientTLS(optionsForClientTLS("mmsc.example", trustRoot=trusted), plain)
        asked = _Ask(head(b"GET", f"/m/{values.TOKEN}".encode(), Connection=b"close"))
        await connectProtocol(endpoint, asked)
        (response,) = responses(await asked.done)
        self.assertEqual(bytes(self.scene.read(response).body), content.data)
        self.assertEqual(len(self.scene.recorded.notices), 1)

    def certificate(self) -> tuple[str, str, Certificate]:
        """A certificate that vouches for itself: the files of key and certificate, and whom a client trusts."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mmsc.example")])
        made = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("mmsc.example")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        ).public_bytes(Encoding.PEM)
        places = self.mktemp(), self.mktemp()
        Path(places[0]).write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        Path(places[1]).write_bytes(made)
        return *places, Certificate.loadPEM(made)

    async def test_taken_place(self) -> None:
        port = cast(Any, self.service.ports[0]).getHost().port
        self.scene.settings.http[:] = [f"tcp:{port}:interface=127.0.0.1"]
        other = make_http(self.scene.door, self.scene.settings, self.reactor)
        self.assertRaises(CannotListenError, other.privilegedStartService)
