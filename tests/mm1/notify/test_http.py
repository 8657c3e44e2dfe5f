"""The bearer ``http``: requests to a gateway, and what its answers mean."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionRefusedError as Refusal
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport, StringTransportWithDisconnection
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseDone
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IResponse
from zope.interface import implementer
from zope.interface.verify import verifyObject

from mmse.abstract.address import Address, AddressKind, number
from mmse.abstract.outcome import Done, Outcome, Refused, Temporary
from mmse.abstract.status import RequestStatus
from mmse.errors import Misconfigured
from mmse.interfaces import INotifier, Push, PushKind
from mmse.metrics import GATEWAY_REQUESTS, Metrics
from mmse.mm1.notify.http import BACKLOG, HTTPNotifier
from mmse.mm1.settings import NotifyHTTP
from mmse.wire.sms.segmentation import Reassembly, parse
from mmse.wire.wsp.push import parse as parse_push

BOB = number("+447700900008")
URL = "http://gateway.example:13013/cgi-bin/sendsms"
SECRET = "hush-hush/&"


@implementer(IResponse)
class Response:
    """An answer that is all there, or (``body`` None) never comes to its end."""

    version = (b"HTTP", 1, 1)
    phrase = b""
    request = previousResponse = None

    def __init__(self, code: int, body: bytes | None = b"", **headers: str) -> None:
        self.code = code
        self.body = body
        self.headers = Headers({name.replace("_", "-"): [value] for name, value in headers.items()})
        self.length = 0 if body is None else len(body)
        self.transport = StringTransportWithDisconnection()

    def setPreviousResponse(self, response: Any) -> None:
        raise NotImplementedError

    def deliverBody(self, protocol: Protocol) -> None:
        self.transport.protocol = protocol
        protocol.makeConnection(self.transport)
        if self.body is not None:
            for start in range(0, len(self.body), 1000):
                if self.transport.connected:
                    protocol.dataReceived(self.body[start : start + 1000])
            if self.transport.connected:
                protocol.connectionLost(Failure(ResponseDone()))


@implementer(IAgent)
class Gateway:
    """Answers from a list; what it was asked is kept."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[bytes, str, Headers, bytes]] = []

    def request(self, method: bytes, uri: bytes, headers: Any = None, bodyProducer: Any = None) -> Deferred[Any]:
        body = StringTransport()
        if bodyProducer is not None:
            bodyProducer.startProducing(body)
        self.asked.append((method, uri.decode("ascii"), headers, body.value()))
        answer = self.answers.pop(0)
        if isinstance(answer, Deferred):
            return answer
        return fail(answer) if isinstance(answer, Exception) else succeed(answer)


def push(size: int = 60, destination: Address = BOB, **changes: Any) -> Push:
    octets = bytes(index % 251 for index in range(size))
    values: dict[str, Any] = {"kind": PushKind.NOTIFICATION, "reference": "ref", "expires": 7200}
    return Push(destination=destination, octets=octets, **{**values, **changes})


class NotifierTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.metrics = Metrics()

    def notifier(self, gateway: Gateway, **settings: Any) -> HTTPNotifier:
        values = {"url": URL, "username": "mmse", "password": SECRET, "source": "1234"}
        return HTTPNotifier(NotifyHTTP(**{**values, **settings}), self.clock, self.metrics, gateway)

    def told(self, gateway: Gateway, the_push: Push | None = None, **settings: Any) -> Outcome:
        return self.successResultOf(self.notifier(gateway, **settings).notify(the_push or push()))

    def query(self, asked: tuple[bytes, str, Headers, bytes]) -> dict[str, bytes]:
        found = parse_qs(urlsplit(asked[1]).query, encoding="latin-1", strict_parsing=True)
        return {name: values[0].encode("latin-1") for name, values in found.items()}


class RequestTests(NotifierTests):
    def test_interface(self) -> None:
        verifyObject(INotifier, self.notifier(Gateway()))

    def test_kannel(self) -> None:
        """One SMS is one GET with udh and text; the push in it is whole."""
        gateway = Gateway(Response(202, b"0: Accepted for delivery"))
        outcome = self.told(gateway)
        self.assertIsInstance(outcome, Done)
        self.assertIn("gateway.example:13013, SMS 1 of 1: 202", outcome.reason)
        (asked,) = gateway.asked
        self.assertEqual((asked[0], asked[3]), (b"GET", b""))
        self.assertTrue(asked[1].startswith(URL + "?"))
        form = self.query(asked)
        self.assertEqual(form["username"], b"mmse")
        self.assertEqual(form["password"].decode(), SECRET)
        self.assertEqual((form["from"], form["to"], form["coding"]), (b"1234", b"+447700900008", b"1"))
        self.assertEqual(form["udh"], bytes.fromhex("0605040b8423f0"))
        self.assertEqual(parse_push(form["text"]).body, push().octets)

    def segments(self, gateway: Gateway) -> bytes:
        held, whole = Reassembly(), None
        for asked in gateway.asked:
            form = self.query(asked)
            held, whole = held.add("g", parse(form["udh"] + form["text"]), 0.0)
        assert whole is not None
        return whole

    def test_segments_in_order(self) -> None:
        """The second segment is not sent before the first was taken; together they are the push."""
        first: Deferred[Any] = Deferred()
        gateway = Gateway(first, Response(202), Response(202))
        waiting = self.notifier(gateway).notify(push(300))
        self.assertNoResult(waiting)
        self.assertEqual(len(gateway.asked), 1)
        first.callback(Response(202))
        self.assertIn("SMS 3 of 3", self.successResultOf(waiting).reason)
        self.assertEqual(parse_push(self.segments(gateway)).body, push(300).octets)
        self.assertEqual(self.metrics.value(GATEWAY_REQUESTS, "done"), 3)

    def test_wide_references(self) -> None:
        gateway = Gateway(*[Response(202)] * 2)
        self.told(gateway, push(200), reference_bits=16)
        self.assertEqual(parse(self.query(gateway.asked[0])["udh"]).header.wide, True)
        self.assertEqual(parse_push(self.segments(gateway)).body, push(200).octets)

    def test_references_differ(self) -> None:
        """Two pushes to one phone under way at once must not be mixed up."""
        gateway = Gateway(*[Response(202)] * 4)
        notifier = self.notifier(gateway)
        for _ in range(2):
            self.successResultOf(notifier.notify(push(200)))
        places = [parse(self.query(asked)["udh"]).header.concatenation for asked in gateway.asked]
        self.assertEqual(places[0].reference, places[1].reference)  # type: ignore[union-attr]
        self.assertNotEqual(places[0].reference, places[2].reference)  # type: ignore[union-attr]

    def test_gateway_segments(self) -> None:
        gateway = Gateway(Response(202))
        self.told(gateway, push(300), segment=False)
        (asked,) = gateway.asked
        self.assertEqual(self.query(asked)["udh"], bytes.fromhex("0605040b8423f0"))
        self.assertEqual(parse_push(self.query(asked)["text"]).body, push(300).octets)

    def test_json_body(self) -> None:
        gateway = Gateway(Response(200, b'{"status": "accepted"}'))
        outcome = self.told(
            gateway,
            method="POST",
            query="",
            body='{"to": "{to_plain}", "udh": "{udh_hex}", "data": "{text_base64}",'
            ' "ref": "{reference}", "ttl": {validity}}',
            headers={"Content-Type": "application/json", "Authorization": "Bearer {password}"},
            success='"accepted"',
        )
        self.assertIsInstance(outcome, Done)
        method, url, headers, body = gateway.asked[0]
        self.assertEqual((method, url), (b"POST", URL))
        self.assertEqual(headers.getRawHeaders("Authorization"), [f"Bearer {SECRET}"])
        sent = json.loads(body)
        self.assertEqual((sent["to"], sent["ref"], sent["ttl"]), ("447700900008", "ref", 120))
        user_data = bytes.fromhex(sent["udh"]) + base64.b64decode(sent["data"])
        self.assertEqual(parse_push(parse(user_data).payload).body, push().octets)

    def test_form_body(self) -> None:
        """A body without a Content-Type is a form, and says so."""
        gateway = Gateway(Response(200))
        self.told(gateway, method="POST", query="", body="to={to}&data={text}", headers={})
        _, url, headers, body = gateway.asked[0]
        self.assertEqual(url, URL)
        self.assertEqual(headers.getRawHeaders("Content-Type"), ["application/x-www-form-urlencoded"])
        self.assertEqual(parse_qs(body.decode("ascii"))["to"], ["+447700900008"])

    def test_basic(self) -> None:
        gateway = Gateway(Response(200))
        self.told(gateway, headers={"Authorization": "Basic {basic}"})
        value = gateway.asked[0][2].getRawHeaders("Authorization")[0]  # type: ignore[index]
        self.assertEqual(base64.b64decode(value.partition(" ")[2]).decode(), f"mmse:{SECRET}")

    def test_url_with_a_query(self) -> None:
        gateway = Gateway(Response(200))
        self.told(gateway, url=URL + "?account=7", query="to={to}")
        self.assertEqual(gateway.asked[0][1], URL + "?account=7&to=%2B447700900008")


class AnswerTests(NotifierTests):
    def test_table(self) -> None:
        expected = {200: Done, 202: Done, 204: Done, 301: Temporary, 400: Refused, 401: Temporary, 403: Temporary}
        expected |= {404: Temporary, 408: Temporary, 413: Refused, 429: Temporary, 500: Temporary, 503: Temporary}
        for code, kind in expected.items():
            with self.subTest(code=code):
                self.assertIs(type(self.told(Gateway(Response(code)))), kind)

    def test_retry_after(self) -> None:
        outcome = self.told(Gateway(Response(503, Retry_After="17")))
        assert isinstance(outcome, Temporary)
        self.assertEqual(outcome.retry_after, 17.0)
        dated = self.told(Gateway(Response(503, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT")))
        assert isinstance(dated, Temporary)
        self.assertIsNone(dated.retry_after)

    def test_success_pattern(self) -> None:
        self.assertIsInstance(self.told(Gateway(Response(200, b"OK 7")), success="^OK"), Done)
        self.assertIsInstance(self.told(Gateway(Response(200, b"no credit")), success="^OK"), Temporary)

    def test_failure_ends_the_push(self) -> None:
        """After a segment that was not taken no other is sent."""
        gateway = Gateway(Response(202), Response(400))
        outcome = self.told(gateway, push(300))
        self.assertIsInstance(outcome, Refused)
        self.assertIn("SMS 2 of 3: 400", outcome.reason)
        self.assertEqual(len(gateway.asked), 2)
        self.assertEqual(self.metrics.value(GATEWAY_REQUESTS, "refused"), 1)

    def test_no_connection(self) -> None:
        outcome = self.told(Gateway(Refusal()))
        self.assertIsInstance(outcome, Temporary)
        self.assertIn("no answer (ConnectionRefusedError)", outcome.reason)

    def test_timeout_of_the_answer(self) -> None:
        waiting = self.notifier(Gateway(Deferred()), timeout=15.0).notify(push())
        self.clock.advance(14.9)
        self.assertNoResult(waiting)
        self.clock.advance(0.2)
        self.assertIsInstance(self.successResultOf(waiting), Temporary)

    def test_timeout_of_the_body(self) -> None:
        """An answer that never ends is given up, and its connection cut."""
        response = Response(200, None)
        waiting = self.notifier(Gateway(response), timeout=15.0).notify(push())
        self.assertNoResult(waiting)
        self.clock.advance(15.1)
        self.assertIsInstance(self.successResultOf(waiting), Temporary)
        self.assertFalse(response.transport.connected)

    def test_endless_answer(self) -> None:
        """More than 64 KiB are not read."""
        response = Response(200, bytes(200_000))
        self.told(Gateway(response))
        self.assertFalse(response.transport.connected)

    def test_secrets_stay_secret(self) -> None:
        """Gateways repeat requests in their answers: nothing of an answer's body reaches the trail."""
        for code in (200, 403, 503):
            outcome = self.told(Gateway(Response(code, SECRET.encode())), success="never")
            self.assertNotIn(SECRET, outcome.reason)

    def test_not_a_number(self) -> None:
        gateway = Gateway()
        outcome = self.told(gateway, push(destination=Address(AddressKind.EMAIL, "joe@example.org")))
        self.assertEqual(outcome, Refused(RequestStatus.ADDRESS_UNRESOLVED, "an SMS goes to a number"))

    def test_concurrency(self) -> None:
        """Only so many pushes at once; the next starts when one has ended."""
        first: Deferred[Any] = Deferred()
        gateway = Gateway(first, Response(202))
        notifier = self.notifier(gateway, concurrency=1)
        waiting = [notifier.notify(push()) for _ in range(2)]
        self.assertEqual(len(gateway.asked), 1)
        first.callback(Response(202))
        for each in waiting:
            self.assertIsInstance(self.successResultOf(each), Done)

    def test_backlog(self) -> None:
        """A gateway that hangs does not gather pushes without end."""
        hanging: Deferred[Any] = Deferred()
        notifier = self.notifier(Gateway(hanging, *[Response(202)] * BACKLOG), concurrency=1)
        waiting = [notifier.notify(push()) for _ in range(BACKLOG + 1)]
        outcome = self.successResultOf(notifier.notify(push()))
        self.assertIsInstance(outcome, Temporary)
        for each in waiting:
            self.assertNoResult(each)
        hanging.callback(Response(202))
        for each in waiting:
            self.successResultOf(each)


class SettingsTests(NotifierTests):
    def problems(self, **settings: Any) -> str:
        error = self.assertRaises(Misconfigured, self.notifier, Gateway(), **settings)
        return "\n".join(error.problems)

    def test_url(self) -> None:
        for url in ("", "gateway", "ftp://x/", "http://[::1/", "http://"):
            self.assertIn("mm1.notify.http.url", self.problems(url=url))

    def test_all_at_once(self) -> None:
        told = self.problems(
            query="{nonsense}", body="{text}", headers={"Content-Type": "a/json", "X": "{udh}"}, success="("
        )
        for name in ("query", "body", 'headers."X"', "success"):
            self.assertIn(f"mm1.notify.http.{name}", told)

    def test_octets_in_json(self) -> None:
        told = self.problems(method="POST", body='"{text}"', headers={"content-type": "application/json"})
        self.assertIn("text_hex", told)

    def test_unresolved_secret(self) -> None:
        self.assertIn("mm1.notify.http.password", self.problems(password={"env": "X"}))
