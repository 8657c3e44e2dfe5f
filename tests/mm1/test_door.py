"""The door over real channels in memory: what phones send, what the relay is asked, what phones get."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.defer import Deferred, succeed
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.delivery import Event
from mmse.abstract.elements import Interface, Via
from mmse.abstract.status import RequestStatus, RetrieveStatus
from mmse.errors import Refused, Temporary
from mmse.interfaces import Accepted, Identity, IIdentity, Retrieval, Told
from mmse.metrics import MM1_REFUSED, MM1_REQUESTS
from mmse.mm1.refusals import DENIED
from mmse.wire.mmsenc import Counted, fields, pdus, status
from mmse.wire.mmsenc.pdus import PDU
from tests.mm1.recorded import PHONE, PROXY, STRANGER, Scene, head, mms
from tests.mm1.send import RELATED, body, forward_req, found, plain, send_req
from tests.mm1.values import ALICE, BOB, TOKEN, content

Wire = status.ResponseStatus


class Case(SynchronousTestCase):
    def setUp(self) -> None:
        self.scene = Scene()
        self.relay = self.scene.recorded

    def tearDown(self) -> None:
        self.scene.clock.advance(2)
        self.assertEqual((self.scene.load.octets, self.scene.load.connections), (0, 0))

    def count(self, *labels: str) -> float:
        return self.scene.metrics.value(MM1_REQUESTS, *labels)


class Sending(Case):
    def test_accepted(self) -> None:
        pdu = self.scene.pdu(send_req())
        self.assertIs(pdu.pdu, pdus.M_SEND_CONF)
        self.assertEqual(
            (pdu[fields.TRANSACTION_ID], pdu[fields.RESPONSE_STATUS], pdu[fields.MESSAGE_ID], pdu[fields.MMS_VERSION]),
            ("T1", Wire.OK, "mid-1@mmsc", 0x12),
        )
        ((submission, via, agent),) = self.relay.submissions
        self.assertEqual((submission.originator, submission.version), (ALICE, 0x12))
        self.assertEqual((via, agent), (Via(Interface.MM1, PHONE, "http"), "mm1"))
        self.assertEqual(self.count("M-Send.req", "ok"), 1)

    def test_no_answer_before_the_commit(self) -> None:
        committed: Deferred[Accepted] = Deferred()
        self.relay.accepted = committed
        line = self.scene.connect()
        line.send(mms(send_req()))
        self.scene.clock.advance(1)
        self.assertEqual(line.value(), b"")
        committed.callback(Accepted(RequestStatus.OK, "mid-1@mmsc"))
        self.assertEqual(self.scene.read(line.responses()[0])[fields.RESPONSE_STATUS], Wire.OK)
        line.leave()

    def test_phone_that_left_before_the_commit(self) -> None:
        committed: Deferred[Accepted] = Deferred()
        self.relay.accepted = committed
        line = self.scene.connect()
        line.send(mms(send_req()))
        line.leave()
        committed.callback(Accepted(RequestStatus.OK, "mid-1@mmsc"))
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_any_path_and_any_spelling_of_the_type(self) -> None:
        for target in (b"/", b"/m/", b"/mms/whatever?x=1", b"http://mmsc/", b"http://mmsc.example:8001/a/b"):
            self.assertEqual(self.scene.pdu(send_req(), target=target)[fields.RESPONSE_STATUS], Wire.OK)
        for media in (
            b"application/vnd.wap.mms-message; charset=utf-8",
            b"Application/VND.wap.MMS-message",
            b"application/octet-stream",
            b"",
        ):
            self.assertEqual(self.scene.pdu(send_req(), Content_Type=media)[fields.RESPONSE_STATUS], Wire.OK)
        self.assertEqual(len(self.relay.submissions), 9)

    def test_versions(self) -> None:
        """The answer is in the lower of both versions; a 1.0 phone gets the statuses it knows."""
        self.relay.accepted = Accepted(RequestStatus.CONTENT_NOT_ACCEPTED)
        for version, answered, expected in (
            (0x10, 0x10, Wire.ERROR_CONTENT_NOT_ACCEPTED),
            (0x11, 0x11, Wire.ERROR_PERMANENT_CONTENT_NOT_ACCEPTED),
            (0x13, 0x13, Wire.ERROR_PERMANENT_CONTENT_NOT_ACCEPTED),
            (0x14, 0x13, Wire.ERROR_PERMANENT_CONTENT_NOT_ACCEPTED),
        ):
            pdu = self.scene.pdu(send_req(version=version))
            self.assertEqual((pdu[fields.MMS_VERSION], pdu[fields.RESPONSE_STATUS]), (answered, expected))

    def test_own_version_from_settings(self) -> None:
        self.scene = Scene(version="1.1")
        self.assertEqual(self.scene.pdu(send_req())[fields.MMS_VERSION], 0x11)

    def test_no_version_is_1_0(self) -> None:
        pdu = self.scene.pdu(send_req().replace(b"\x8d\x92", b""))
        self.assertEqual(pdu[fields.MMS_VERSION], 0x10)
        self.assertEqual(self.scene.recorded.submissions[0][0].version, 0x10)

    def test_refusals_of_the_relay(self) -> None:
        for answer, expected in (
            (Accepted(RequestStatus.LACK_OF_PREPAID, text="No"), Wire.ERROR_PERMANENT_LACK_OF_PREPAID),
            (Refused(RequestStatus.SERVICE_DENIED, "No"), Wire.ERROR_PERMANENT_SERVICE_DENIED),
            (Temporary(3, "No"), Wire.ERROR_TRANSIENT_FAILURE),
        ):
            self.relay.accepted = answer
            pdu = self.scene.pdu(send_req())
            self.assertEqual((pdu[fields.RESPONSE_STATUS], pdu[fields.TRANSACTION_ID]), (expected, "T1"))
            self.assertNotIn(fields.MESSAGE_ID, pdu)

    def test_bug_behind_the_door(self) -> None:
        """The phone may send again, the traceback is in the log, and says nothing to the phone."""
        self.relay.accepted = ZeroDivisionError("secret")
        pdu = self.scene.pdu(send_req())
        self.assertEqual(pdu[fields.RESPONSE_STATUS], Wire.ERROR_TRANSIENT_FAILURE)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_store_is_denied_and_the_rest_done(self) -> None:
        pdu = self.scene.pdu(send_req((fields.STORE, True)))
        self.assertEqual(pdu[fields.RESPONSE_STATUS], Wire.OK)
        self.assertEqual(pdu[fields.STORE_STATUS], status.StoreStatus.ERROR_PERMANENT_SERVICE_DENIED)

    def test_forward(self) -> None:
        pdu = self.scene.pdu(forward_req(f"http://mmsc/m/{TOKEN}"))
        self.assertIs(pdu.pdu, pdus.M_FORWARD_CONF)
        self.assertEqual((pdu[fields.TRANSACTION_ID], pdu[fields.RESPONSE_STATUS]), ("F1", Wire.OK))
        ((forwarding, _, agent),) = self.relay.forwardings
        self.assertEqual((forwarding.location, forwarding.originator, agent), (TOKEN, ALICE, "mm1"))

    def test_forward_of_nothing_of_ours(self) -> None:
        pdu = self.scene.pdu(forward_req("http://elsewhere/zzz/1"))
        self.assertEqual(pdu[fields.RESPONSE_STATUS], Wire.ERROR_PERMANENT_MESSAGE_NOT_FOUND)
        self.assertEqual(self.relay.calls, 0)


class Identities(Case):
    def test_header_of_a_proxy(self) -> None:
        pdu = self.scene.pdu(send_req(), PROXY, X_MSISDN=b"15551230002")
        self.assertEqual(pdu[fields.RESPONSE_STATUS], Wire.OK)
        self.assertEqual(self.relay.submissions[0][0].originator.value, "15551230002")

    def test_header_of_a_phone(self) -> None:
        self.scene.pdu(send_req(), PHONE, X_MSISDN=b"15559999999")
        self.assertEqual(self.relay.submissions[0][0].originator, ALICE)

    def test_nobody(self) -> None:
        for peer, headers, expected in (
            (STRANGER, {}, Wire.ERROR_PERMANENT_SERVICE_DENIED),
            (STRANGER, {"X_MSISDN": b"15551230001"}, Wire.ERROR_PERMANENT_SERVICE_DENIED),
            (PROXY, {}, Wire.ERROR_PERMANENT_SENDING_ADDRESS_UNRESOLVED),
            (PROXY, {"X_MSISDN": b"15551230001, 15551230002"}, Wire.ERROR_PERMANENT_SENDING_ADDRESS_UNRESOLVED),
        ):
            for octets in (send_req(), forward_req(f"http://mmsc/m/{TOKEN}")):
                pdu = self.scene.pdu(octets, peer, **headers)
                self.assertEqual(pdu[fields.RESPONSE_STATUS], expected)
        self.assertEqual(self.relay.calls, 0)
        self.assertEqual(self.scene.metrics.value(MM1_REFUSED, "not-identified"), 8)

    def test_identity_that_takes_its_time(self) -> None:
        self.scene.door._identity = cast(IIdentity, _Slow())
        self.assertEqual(self.scene.pdu(send_req())[fields.RESPONSE_STATUS], Wire.OK)
        self.assertEqual(self.relay.submissions[0][0].originator, BOB)


class _Slow:
    def identify(self, peer: Any, header: Any) -> Deferred[Identity]:
        return succeed(Identity(BOB, "slow"))


class Notices(Case):
    RESPONSE = plain(pdus.M_NOTIFYRESP_IND, (fields.STATUS, status.Status.DEFERRED), tid="n1n1n1n1")
    ACKNOWLEDGE = plain(pdus.M_ACKNOWLEDGE_IND, tid="n1n1n1n1")
    READ = plain(
        pdus.M_READ_REC_IND,
        (fields.MESSAGE_ID, "mid-1@mmsc"),
        (fields.TO, "+15551230001"),
        (fields.FROM, "+15551230001"),
        (fields.READ_STATUS, 0x80),
        tid=None,
    )

    def test_to_the_base(self) -> None:
        for octets, event in ((self.RESPONSE, Event.DEFERRED), (self.ACKNOWLEDGE, Event.RETRIEVED)):
            response = self.scene.post(octets)
            self.assertEqual((response.code, response.body, response.get("Content-Length")), (200, b"", "0"))
            notice, via = self.relay.notices.pop()
            self.assertEqual((notice.event, notice.who, notice.report_allowed), (event, ALICE, True))
            self.assertEqual((notice.reference.transaction, notice.reference.token), ("n1n1n1n1", ""))
            self.assertEqual(via.interface, Interface.MM1)

    def test_to_the_content_location(self) -> None:
        """The token names the copy, with or without a number behind the request."""
        for peer, who in ((PHONE, ALICE), (STRANGER, None)):
            for target in (b"/m/%b", b"http://mmsc/m/%b/n1n1n1n1"):
                self.assertEqual(self.scene.post(self.ACKNOWLEDGE, peer, target % TOKEN.encode()).code, 200)
                notice, _ = self.relay.notices.pop()
                self.assertEqual((notice.reference.token, notice.who), (TOKEN, who))

    def test_transaction_of_nobody(self) -> None:
        """A transaction without a number behind it names nothing."""
        for octets in (self.RESPONSE, self.ACKNOWLEDGE, self.READ):
            self.assertEqual(self.scene.post(octets, STRANGER).code, 403)
        self.assertEqual(self.relay.calls, 0)
        self.assertEqual(self.scene.metrics.value(MM1_REFUSED, "not-identified"), 3)

    def test_all_are_answered_alike(self) -> None:
        """Right, late, a stranger's: nobody learns which transactions exist; we do."""
        for told, result in (
            (Told(moved=True), "ok"),
            (Told(), "repeated"),
            (Told(refused=True, reason="no such copy"), "refused"),
        ):
            self.relay.told = told
            response = self.scene.post(self.RESPONSE)
            self.assertEqual((response.code, response.body), (200, b""))
            self.assertEqual(self.count("M-NotifyResp.ind", result), 1)

    def test_read(self) -> None:
        self.assertEqual(self.scene.post(self.READ).body, b"")
        ((reply, _),) = self.relay.replies
        self.assertEqual((reply.message, reply.reader), ("mid-1@mmsc", ALICE))

    def test_outage(self) -> None:
        """A notice that could not be written down is not answered as if it were."""
        self.relay.told = Temporary(7.4)
        line = self.scene.connect()
        line.send(mms(self.RESPONSE))
        self.scene.clock.advance(0)
        (response,) = line.responses()
        self.assertEqual((response.code, response.get("Retry-After"), response.get("Connection")), (503, "7", "close"))
        self.assertTrue(line.gone)

    def test_bug(self) -> None:
        self.relay.told = ZeroDivisionError()
        self.assertEqual(self.scene.post(self.RESPONSE).code, 500)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_cancel_conf(self) -> None:
        octets = plain(pdus.M_CANCEL_CONF, (fields.CANCEL_STATUS, status.CancelStatus.REQUEST_SUCCESSFULLY_RECEIVED))
        response = self.scene.post(octets)
        self.assertEqual((response.code, response.body), (200, b""))
        self.assertEqual(self.count("M-Cancel.conf", "ok"), 1)


class Denials(Case):
    """MMBox and M-Delete: the protocol's own refusal, with the transaction copied."""

    EXTRA: dict[PDU, tuple[Any, ...]] = {
        pdus.M_MBOX_STORE_REQ: ((fields.CONTENT_LOCATION, "http://mmsc/m/1"),),
        pdus.M_MBOX_DELETE_REQ: ((fields.CONTENT_LOCATION, "http://mmsc/m/1"), (fields.CONTENT_LOCATION, "http://m/2")),
        pdus.M_DELETE_REQ: ((fields.CONTENT_LOCATION, "http://mmsc/m/1"),),
        pdus.M_MBOX_UPLOAD_REQ: ((fields.CONTENT_TYPE, RELATED),),
    }

    def test_each(self) -> None:
        for request, (conf, _) in DENIED.items():
            for version in (0x11, 0x12, 0x13):
                pdu = self.scene.pdu(plain(request, *self.EXTRA.get(request, ()), tid="X9", version=version))
                self.assertIs(pdu.pdu, conf)
                self.assertEqual(pdu[fields.TRANSACTION_ID], "X9")
                self.assertGreaterEqual(pdu[fields.MMS_VERSION], version)
                denied: set[Any] = {pdu.get(field) for field in (fields.STORE_STATUS, fields.RESPONSE_STATUS)}
                denied |= {counted.value for counted in pdu.all(fields.INDEXED_RESPONSE_STATUS)}
                self.assertEqual(denied - {None}, {0xE1}, request.name)
        self.assertEqual(self.relay.calls, 0)

    def test_locations_are_named(self) -> None:
        request = pdus.M_MBOX_DELETE_REQ
        pdu = self.scene.pdu(plain(request, *self.EXTRA[request]))
        self.assertEqual(
            pdu.all(fields.INDEXED_CONTENT_LOCATION), [Counted(0, "http://mmsc/m/1"), Counted(0, "http://m/2")]
        )


class Fetching(Case):
    def get(self, target: str = f"/m/{TOKEN}", peer: str = PHONE, method: bytes = b"GET") -> Any:
        return self.scene.ask(head(method, target.encode()), peer)

    def test_fetch(self) -> None:
        self.relay.retrieval = found()
        response = self.get()
        pdu = self.scene.read(response)
        self.assertIs(pdu.pdu, pdus.M_RETRIEVE_CONF)
        self.assertEqual((bytes(pdu.body), pdu[fields.CONTENT_TYPE]), (body(), RELATED))
        self.assertEqual(response.get("Content-Length"), str(len(response.body)))
        self.assertNotIn(fields.RETRIEVE_STATUS, pdu)
        ((token, who, _),) = self.relay.retrievals
        self.assertEqual((token, who), (TOKEN, ALICE))
        ((notice, via),) = self.relay.notices
        self.assertEqual((notice.event, notice.who, notice.reference.token), (Event.FETCHED, ALICE, TOKEN))
        self.assertEqual(via, Via(Interface.MM1, PHONE, "http"))
        self.assertEqual(self.count("GET", "ok"), 1)

    def test_targets(self) -> None:
        self.relay.retrieval = found()
        for target in (
            f"/m/{TOKEN}/T1",
            f"/m/{TOKEN}?T1",
            f"http://mmsc/m/{TOKEN}",
            f"http://10.0.0.1:80/m/{TOKEN}/T1",
        ):
            self.assertEqual(self.get(target).code, 200)
        self.assertEqual({call[0] for call in self.relay.retrievals}, {TOKEN})

    def test_unidentified(self) -> None:
        """The token alone opens where the network names nobody."""
        self.relay.retrieval = found()
        self.get(peer=STRANGER)
        self.assertIs(self.relay.retrievals[0][1], None)
        self.assertIs(self.relay.notices[0][0].who, None)

    def test_head(self) -> None:
        self.relay.retrieval = found()
        response = self.get(method=b"HEAD")
        self.assertEqual((response.code, response.body), (200, b""))
        self.assertEqual(response.get("Content-Length"), self.get().get("Content-Length"))
        self.assertEqual(len(self.relay.notices), 1)

    def test_fetched_only_when_all_went_out(self) -> None:
        self.relay.retrieval = found(content=content(body(bytes(200_000)), RELATED.encode()))
        line = self.scene.connect(slow=True)
        line.send(head(b"GET", f"/m/{TOKEN}".encode()))
        self.scene.clock.advance(1)
        self.assertEqual(self.relay.notices, [])
        line.drain()
        self.assertEqual([notice.event for notice, _ in self.relay.notices], [Event.FETCHED])
        line.leave()

    def test_broken_while_fetching(self) -> None:
        self.relay.retrieval = found(content=content(body(bytes(200_000)), RELATED.encode()))
        line = self.scene.connect(slow=True)
        line.send(head(b"GET", f"/m/{TOKEN}".encode()))
        line.leave()
        self.scene.clock.advance(1)
        self.assertEqual(self.relay.notices, [])

    def test_left_before_the_content_was_found(self) -> None:
        waiting: Deferred[Retrieval] = Deferred()
        self.relay.retrieval = waiting
        line = self.scene.connect()
        line.send(head(b"GET", f"/m/{TOKEN}".encode()))
        line.leave()
        waiting.callback(found())
        self.assertEqual((self.relay.notices, self.flushLoggedErrors()), ([], []))

    def test_event_that_could_not_be_told(self) -> None:
        """The phone has its MM; an outage behind us is a line of the log, a bug one with its traceback."""
        self.relay.retrieval = found()
        for told, logged in ((Temporary(), 0), (ZeroDivisionError(), 1)):
            self.relay.told = told
            self.assertEqual(self.get().code, 200)
            self.assertEqual(len(self.flushLoggedErrors()), logged)

    def test_errors(self) -> None:
        for answer, expected in (
            (Retrieval(RetrieveStatus.MESSAGE_NOT_FOUND, text="gone"), 0xE2),
            (Retrieval(RetrieveStatus.SERVICE_DENIED), 0xE1),
            (Retrieval(RetrieveStatus.TRANSIENT_NETWORK_PROBLEM), 0xC2),
            (Temporary(), 0xC0),
        ):
            self.relay.retrieval = answer
            pdu = self.scene.read(self.get())
            self.assertEqual(
                (int(pdu[fields.RETRIEVE_STATUS]), pdu[fields.DATE]), (expected, int(self.scene.now()) - 1)
            )
        self.assertEqual(self.relay.notices, [])

    def test_bug(self) -> None:
        self.relay.retrieval = ZeroDivisionError()
        self.assertEqual(self.scene.read(self.get())[fields.RETRIEVE_STATUS], 0xC0)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_elsewhere(self) -> None:
        for target in ("/", "/m/", "/favicon.ico", "*"):
            self.assertEqual(self.get(target).code, 404)
        self.assertEqual(self.relay.retrievals, [])

    def test_other_methods(self) -> None:
        for method in (b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"M-SEARCH"):
            response = self.get(method=method)
            self.assertEqual((response.code, response.get("Allow")), (405, "GET, HEAD, POST"))


class Quiet(Case):
    """RELIABILITY P2: no body, no full number of anybody in the door's lines."""

    def test_refusals_tell_no_secrets(self) -> None:
        self.relay.accepted = Accepted(RequestStatus.SERVICE_DENIED, text="No")
        self.relay.told = Told(refused=True, reason="no such copy")
        with capturedLogs() as events:
            self.scene.post(send_req((fields.SUBJECT, "canary")), STRANGER)
            self.scene.post(send_req((fields.SUBJECT, "canary")))
            self.scene.post(Notices.RESPONSE)
            self.scene.ask(head(b"GET", f"/m/{TOKEN}".encode()))
        self.assertEqual(len(events), 4)
        for secret in ("canary", "15551230001", "15551230002", TOKEN, "n1n1n1n1"):
            self.assertNotIn(secret, repr(events))
