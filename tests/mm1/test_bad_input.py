"""Bad input, as a table: each case gets its protocol's reply or a clean close, one log line, one count; nothing stays.

The cases go through real HTTP channels on a virtual clock, in segments of several sizes, with the relay recording: none
of them may get as far as a submission.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import NamedTuple

from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from mmse.metrics import MM1_REFUSED, MM1_REQUESTS, ROWS
from mmse.wire.mmsenc import Message as Wire
from mmse.wire.mmsenc import decode, encode, fields, pdus, status
from mmse.wire.mmsenc.pdus import PDU
from mmse.wire.wsp import multipart
from mmse.wire.wsp.content_type import ContentType
from mmse.wire.wsp.values import write_uintvar
from tests.mm1.recorded import PHONE, PROXY, STRANGER, Scene, head, mms
from tests.mm1.send import RELATED, body, forward_req, plain, send_req
from tests.transport.line import Line

SEND = send_req()
HEADERS = SEND[: -len(body())]
S = status.ResponseStatus
CORRUPT = S.ERROR_PERMANENT_MESSAGE_FORMAT_CORRUPT
MIXED = b"\x84\xa3"


class Confirmed(NamedTuple):
    """The PDU that answers: its type, status and transaction."""

    status: int
    transaction: str = "T1"
    pdu: PDU = pdus.M_SEND_CONF


class Case(NamedTuple):
    """What is sent, and what comes: a PDU, an HTTP status, or None (a close without a word)."""

    name: str
    octets: bytes
    answer: Confirmed | int | None
    peer: str = PHONE
    act: Callable[[Line, Scene], None] | None = None
    """What the peer does after its octets; by default it waits for 200 seconds."""


def nested(depth: int) -> bytes:
    """A multipart in a multipart in a multipart."""
    inner = multipart.compose([multipart.Part(ContentType("text/plain"), [], b"x")])
    for _ in range(depth):
        inner = multipart.compose([multipart.Part(ContentType("application/vnd.wap.multipart.mixed"), [], inner)])
    return inner


def with_body(content: bytes) -> bytes:
    """M-Send.req, multipart/mixed, around any octets."""
    return HEADERS[: HEADERS.index(b"\x84\x1b")] + MIXED + content


def chunked(octets: bytes, size: int, **headers: bytes) -> bytes:
    """A POST in chunks."""
    pieces = [octets[at : at + size] for at in range(0, len(octets), size)]
    start = head(
        b"POST", b"/", Content_Type=b"application/vnd.wap.mms-message", Transfer_Encoding=b"chunked", **headers
    )
    return start + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def leaves(line: Line, scene: Scene) -> None:
    """The peer breaks the connection."""
    line.leave()


def drips(line: Line, scene: Scene) -> None:
    """One octet a second, for as long as it is let."""
    while not line.gone and not line.value():
        line.send(b"x")
        scene.clock.advance(1)


CASES = (
    # Truncated and broken PDUs.
    Case("no body at all", mms(b""), 400),
    Case("only a message type", mms(b"\x8c\x80"), Confirmed(S.ERROR_MESSAGE_FORMAT_CORRUPT, "")),
    Case("half a message type", mms(b"\x8c"), 400),
    Case("truncated in the transaction", mms(SEND[:4]), Confirmed(S.ERROR_MESSAGE_FORMAT_CORRUPT, "")),
    Case("truncated in the recipient", mms(SEND[:20]), Confirmed(CORRUPT)),
    Case("truncated before Content-Type", mms(HEADERS[: HEADERS.index(b"\x84\x1b")]), Confirmed(CORRUPT)),
    Case("truncated in Content-Type", mms(HEADERS[:-3]), Confirmed(CORRUPT)),
    Case("no parts after Content-Type", mms(HEADERS), Confirmed(CORRUPT)),
    Case("truncated in the first part", mms(SEND[: len(HEADERS) + 5]), Confirmed(CORRUPT)),
    Case("truncated by one octet", mms(SEND[:-1]), Confirmed(CORRUPT)),
    Case("truncated, 1.0", mms(send_req(version=0x10)[:-1]), Confirmed(S.ERROR_MESSAGE_FORMAT_CORRUPT)),
    Case("no octet of MMS", mms(b"<html>hello</html>"), 400),
    Case("zeros", mms(bytes(1000)), 400),
    Case("ones", mms(b"\xff" * 1000), 400),
    Case("a value of 4 GB", mms(b"\x8c\x80\x98T1\0\x8d\x92\x96\x1f\x8f\xff\xff\xff\x7f"), Confirmed(CORRUPT)),
    Case("a multipart of 4 G parts", mms(with_body(b"\x8f\xff\xff\xff\x7f")), Confirmed(CORRUPT)),
    Case("a part of 4 GB", mms(with_body(b"\x01\x01\x8f\xff\xff\xff\x7f\x83x")), Confirmed(CORRUPT)),
    Case("part headers of 4 GB", mms(with_body(b"\x01\x8f\xff\xff\xff\x7f\x01\x83x")), Confirmed(CORRUPT)),
    Case("a uintvar without end", mms(with_body(b"\xff" * 100)), Confirmed(CORRUPT)),
    Case("1,000 parts", mms(with_body(write_uintvar(1000) + b"\x01\x01\x83x" * 1000)), Confirmed(CORRUPT)),
    Case("recursive multipart", mms(with_body(nested(40))), Confirmed(CORRUPT)),
    Case("100,000 fields", mms(SEND[:8] + b"\x86\x80" * 100_000), Confirmed(CORRUPT)),
    # Mandatory fields.
    Case("no transaction", mms(SEND.replace(b"\x98T1\0", b"")), Confirmed(CORRUPT, "")),
    Case(
        "no recipients",
        mms(SEND.replace(b"\x97+15551230002/TYPE=PLMN\0", b"")),
        Confirmed(S.ERROR_PERMANENT_SENDING_ADDRESS_UNRESOLVED),
    ),
    Case(
        "no good recipient",
        mms(send_req(to=("@", " ", "a b@c"))),
        Confirmed(S.ERROR_PERMANENT_SENDING_ADDRESS_UNRESOLVED),
    ),
    Case("10,000 recipients", mms(send_req(to=("+15551230002",) * 10_000)), Confirmed(CORRUPT)),
    Case(
        "a forward without a location",
        mms(forward_req("http://mmsc/m/t").replace(b"\x83http://mmsc/m/t\0", b"")),
        Confirmed(CORRUPT, "F1", pdus.M_FORWARD_CONF),
    ),
    Case("a response without a status", mms(b"\x8c\x83\x98n1\0\x8d\x92"), 400),
    Case("a response with a status no phone has", mms(b"\x8c\x83\x98n1\0\x8d\x92\x95\x87"), 400),
    Case("an acknowledgement of nothing", mms(b"\x8c\x85\x8d\x92"), 400),
    Case("a read report of nothing", mms(b"\x8c\x87\x8d\x92\x9b\x80"), 400),
    # Versions and types.
    Case("version 5.0", mms(SEND.replace(b"\x8d\x92", b"\x8d\xd0")), Confirmed(S.ERROR_UNSUPPORTED_MESSAGE)),
    Case("unknown type", mms(b"\x8c\xa0\x98T1\0\x8d\x92"), Confirmed(S.ERROR_UNSUPPORTED_MESSAGE)),
    Case("unknown type, no transaction", mms(b"\x8c\xa0\x8d\x92"), 400),
    Case(
        "a PDU that only we send",
        mms(plain(pdus.M_SEND_CONF, (fields.RESPONSE_STATUS, S.OK))),
        Confirmed(S.ERROR_UNSUPPORTED_MESSAGE),
    ),
    Case("a report that only we send", mms(b"\x8c\x86\x8d\x92\x8bx\0\x97y\0\x85\x01\x01\x95\x81"), 400),
    # Size.
    Case("over the limit", mms(SEND + bytes(300_000)), Confirmed(S.ERROR_PERMANENT_CONTENT_NOT_ACCEPTED)),
    Case("a notice over the limit", mms(b"\x8c\x85\x98T1\0\x8d\x92\x84\xa3" + bytes(300_000)), 413),
    Case("far over the limit", mms(SEND, Content_Length=b"4294967296"), 413),
    Case("far over the limit, in chunks", chunked(SEND + bytes(361_000), 4000), 413),
    Case("a chunk of 4 GB", chunked(b"", 1).replace(b"0\r\n\r\n", b"FFFFFFFF\r\n") + bytes(361_000), 413),
    Case("a length of a thousand digits", mms(SEND, Content_Length=b"9" * 1000), 400),
    # HTTP.
    Case("wrong content type", mms(SEND, Content_Type=b"image/jpeg"), 415),
    Case("two content types, one wrong", mms(SEND, Content_Type=b"text/html\r\nContent-Type: text/plain"), 415),
    Case("compressed", mms(SEND, Content_Encoding=b"gzip"), 415),
    Case("not HTTP", b"EHLO mmsc\r\n\r\n", 400),
    Case("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32) + b"\r\n", 400),
    Case("100,000 headers", head(b"POST", b"/")[:-2] + b"X: y\r\n" * 100_000, 400),
    Case("an endless header", head(b"POST", b"/")[:-2] + b"X: " + b"y" * 100_000, 431),
    Case("no Host", mms(SEND).replace(b"Host: mmsc\r\n", b""), 400),
    Case("two Hosts", mms(SEND, Host=b"other"), 400),
    Case("a folded header", mms(SEND, X=b"a\r\n b"), 400),
    Case("a length and chunks", chunked(SEND, 100, Content_Length=b"5"), 400),
    Case("a method of its own", head(b"BREW", b"/"), 405),
    Case("a path that is none", head(b"GET", b"/../../etc/passwd"), 404),
    # Time.
    Case("slow headers", head(b"POST", b"/")[:-4], 408, act=drips),
    Case("a slow body", mms(SEND, Content_Length=b"100000"), 408, act=drips),
    Case("headers that stop", head(b"POST", b"/")[:-4], 408),
    Case("a body that stops", mms(SEND[:-1], Content_Length=b"%d" % len(SEND)), 408),
    Case("chunks that stop", chunked(SEND, 100)[:-5], 408),
    Case("a peer that leaves in its headers", head(b"POST", b"/")[:-4], None, act=leaves),
    Case("a peer that leaves in its body", mms(SEND[:-1], Content_Length=b"%d" % len(SEND)), None, act=leaves),
    # Identity.
    Case("a stranger sends", mms(SEND), Confirmed(S.ERROR_PERMANENT_SERVICE_DENIED), STRANGER),
    Case(
        "a proxy that names nobody",
        mms(SEND, X_MSISDN=b"\x01\x02"),
        Confirmed(S.ERROR_PERMANENT_SENDING_ADDRESS_UNRESOLVED),
        PROXY,
    ),
    Case("a stranger acknowledges", mms(b"\x8c\x85\x98n1\0\x8d\x92"), 403, STRANGER),
    Case("a stranger has read", mms(b"\x8c\x87\x8d\x92\x8bx\0\x97y\0\x89\x01\x81\x9b\x80"), 403, STRANGER),
)


class BadInput(SynchronousTestCase):
    """The table."""

    SIZES = (0, 1400, 7)

    def setUp(self) -> None:
        self.scene = Scene(max_message_size=300_000, max_in_flight=1_000_000, version="1.2")

    def run_case(self, case: Case, size: int) -> None:
        scene = self.scene
        before = scene.metrics.exposition()
        line = scene.connect(case.peer)
        with capturedLogs() as events:
            line.send(case.octets, size)
            if case.act is not None:
                case.act(line, scene)
            for _ in range(200):
                if line.gone:
                    break
                scene.clock.advance(1)
        told = (case.name, size, line.value()[:300])
        self.assertTrue(line.gone, told)
        self.check(case, line)
        self.assertEqual([e["log_level"].name for e in events], ["info"], (told, events))
        self.assertNotIn("log_failure", events[0])
        self.assertEqual(self.refusals(before), 1, told)
        self.assertEqual((scene.load.octets, scene.load.connections, scene.load._addresses), (0, 0, {}), told)
        self.assertEqual(self.scene.recorded.calls, 0, told)

    def refusals(self, before: bytes) -> int:
        """Requests and refusals counted since ``before``: a request answered, or HTTP that never became one."""

        def total(exposition: bytes, name: str) -> float:
            lines = [line for line in exposition.decode().splitlines() if line.startswith(f"{name}_total{{")]
            return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

        now = self.scene.metrics.exposition()
        grown = {row.name: total(now, row.name) - total(before, row.name) for row in ROWS if row.kind == "counter"}
        return int(max(grown[MM1_REQUESTS.name], grown[MM1_REFUSED.name]))

    def check(self, case: Case, line: Line) -> None:
        if case.answer is None:
            self.assertEqual(line.value(), b"", case.name)
            return
        (response,) = line.responses()
        if isinstance(case.answer, int):
            self.assertEqual((response.code, response.body), (case.answer, b""), case.name)
            return
        pdu = self.scene.read(response)
        self.assertEqual(
            (pdu[fields.RESPONSE_STATUS], pdu[fields.TRANSACTION_ID], pdu.pdu), case.answer, (case.name, pdu)
        )

    def test_table(self) -> None:
        for case in CASES:
            for size in self.SIZES:
                if size == 7 and len(case.octets) > 20_000:
                    continue
                self.run_case(case, size)

    def test_every_truncation(self) -> None:
        """Cut anywhere, a submission is refused, with its transaction once that was whole."""
        for end in range(1, len(SEND)):
            response = self.scene.post(SEND[:end])
            if end < 2:
                self.assertEqual(response.code, 400)
                continue
            pdu = self.scene.read(response)
            self.assertEqual(pdu[fields.TRANSACTION_ID], "T1" if end >= 6 else "")
            self.assertGreater(pdu[fields.RESPONSE_STATUS], 0x80)
        self.assertEqual(self.scene.recorded.calls, 0)

    def test_every_octet_changed(self) -> None:
        """No octet, however wrong, is worth an exception."""
        for at in range(len(HEADERS) + 60):
            for octet in (0, 0x1F, 0x7F, 0x80, 0xFF):
                octets = bytearray(SEND)
                octets[at] = octet
                self.assertIn(self.scene.post(bytes(octets)).code, (200, 400, 403))
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_many_at_once_leave_nothing(self) -> None:
        """A hundred broken requests on one connection after another hold nothing when they are gone."""
        for case in CASES[:30]:
            for _ in range(4):
                line = self.scene.connect(case.peer)
                line.send(case.octets)
                line.leave()
        self.scene.clock.advance(2)
        self.assertEqual((self.scene.load.octets, self.scene.load.connections, self.scene.load._addresses), (0, 0, {}))
        self.assertEqual(self.scene.clock.getDelayedCalls(), [])

    def test_memory_stays(self) -> None:
        """The whole table again and again: no more memory than after the first times."""

        def held() -> int:
            for case in CASES:
                # A claim is as good as a fact here: the largest only make the tracing slow.
                if len(case.octets) < 100_000:
                    self.run_case(case, 0)
            gc.collect()
            return tracemalloc.get_traced_memory()[0]

        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        held()
        first = held()
        last = [held() for _ in range(2)][-1]
        # A hundred octets a case would be seen; caches of the interpreter move by a few kilobytes.
        self.assertLess(last - first, 100 * 2 * len(CASES))

    def test_the_good_one_is_taken(self) -> None:
        """What the table breaks is taken when it is whole."""
        pdu = self.scene.pdu(SEND)
        self.assertEqual(pdu[fields.RESPONSE_STATUS], S.OK)
        self.assertEqual(decode(encode(Wire(pdu.pdu, pdu.headers))), pdu)
        self.assertEqual(self.scene.pdu(with_body(nested(2)))[fields.RESPONSE_STATUS], S.OK)
        self.assertEqual(len(self.scene.recorded.submissions), 2)
        self.assertEqual(self.scene.recorded.submissions[0][0].content.content_type, RELATED.encode())
