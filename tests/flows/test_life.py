"""Whole lives of MMs as call flows (TS 23.140 7.1, OMA-TS-MMS_CTR): what each phone sees, PDU by PDU."""

from __future__ import annotations

from textwrap import dedent

from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.outcome import Temporary
from mmse.wire.mmsenc import (
    INSERT_ADDRESS,
    Absolute,
    Counted,
    Message,
    Relative,
    enumerations,
    fields,
    pdus,
    status,
)
from tests.flows.stage import PHONES, Stage
from tests.mm1.send import body

TO_BOB = (fields.TO, PHONES["Bob"][1] + "/TYPE=PLMN")
CC_CAROL = (fields.CC, PHONES["Carol"][1])
BCC_DAVE = (fields.BCC, PHONES["Dave"][1])
REPORT = (fields.DELIVERY_REPORT, True)


def forward_to_carol(location: str) -> Message:
    """M-Forward.req of what waits at a Content-Location."""
    return Message.of(
        pdus.M_FORWARD_REQ,
        (fields.TRANSACTION_ID, "F1"),
        (fields.MMS_VERSION, 0x12),
        (fields.FROM, INSERT_ADDRESS),
        (fields.TO, PHONES["Carol"][1]),
        (fields.CONTENT_LOCATION, location),
    )


class Lives(SynchronousTestCase):
    """Each test is one flow; the transcript is compared whole, so that nothing unsaid may pass."""

    def setUp(self) -> None:
        self.stage = Stage()

    def passed(self, expected: str) -> None:
        """Exactly this passed, in this order."""
        self.assertEqual(self.stage.transcript(), dedent(expected).strip())

    def test_photograph(self) -> None:
        """The main job, with both reports."""
        sent = self.stage.send("Alice", TO_BOB, REPORT, (fields.READ_REPORT, True))
        found = self.stage.take("Bob")
        self.assertEqual(bytes(found.body), body())
        read = (fields.READ_STATUS, enumerations.ReadStatus.READ)
        headers = ((fields.MESSAGE_ID, found[fields.MESSAGE_ID]), (fields.TO, found[fields.FROM]))
        for _ in range(2):
            self.stage.say("Bob", pdus.M_READ_REC_IND, *headers, (fields.FROM, INSERT_ADDRESS), read)
        self.stage.world.advance(1)
        self.assertEqual(sent[fields.MESSAGE_ID], found[fields.MESSAGE_ID])
        self.passed("""
            Alice -> mmse: M-Send.req
            mmse -> Alice: M-Send.conf OK
            mmse -> Bob: M-Notification.ind from Alice
            Bob -> mmse: GET
            mmse -> Bob: M-Retrieve.conf from Alice to Bob
            Bob -> mmse: M-NotifyResp.ind RETRIEVED
            mmse -> Alice: M-Delivery.ind RETRIEVED by Bob
            Bob -> mmse: M-Read-Rec.ind READ
            mmse -> Alice: M-Read-Orig.ind READ by Bob
            Bob -> mmse: M-Read-Rec.ind READ
        """)

    def test_blind_copies(self) -> None:
        """Everyone sees To and Cc, nobody sees Bcc, not even the one who is it."""
        self.stage.send("Alice", TO_BOB, CC_CAROL, BCC_DAVE, REPORT)
        for name in ("Bob", "Carol", "Dave"):
            self.assertEqual(self.stage.take(name).all(fields.BCC), [])
        self.passed("""
            Alice -> mmse: M-Send.req
            mmse -> Alice: M-Send.conf OK
            mmse -> Bob: M-Notification.ind from Alice
            mmse -> Carol: M-Notification.ind from Alice
            mmse -> Dave: M-Notification.ind from Alice
            Bob -> mmse: GET
            mmse -> Bob: M-Retrieve.conf from Alice to Bob cc Carol
            Bob -> mmse: M-NotifyResp.ind RETRIEVED
            mmse -> Alice: M-Delivery.ind RETRIEVED by Bob
            Carol -> mmse: GET
            mmse -> Carol: M-Retrieve.conf from Alice to Bob cc Carol
            Carol -> mmse: M-NotifyResp.ind RETRIEVED
            mmse -> Alice: M-Delivery.ind RETRIEVED by Carol
            Dave -> mmse: GET
            mmse -> Dave: M-Retrieve.conf from Alice to Bob cc Carol
            Dave -> mmse: M-NotifyResp.ind RETRIEVED
            mmse -> Alice: M-Delivery.ind RETRIEVED by Dave
        """)

    def test_forwarded_without_download(self) -> None:
        """Bob sends on what he never fetched; Alice hears that, Carol sees who sent it before."""
        self.stage.send("Alice", TO_BOB, REPORT)
        location = self.stage.notification("Bob")[fields.CONTENT_LOCATION]
        self.stage.post("Bob", forward_to_carol(location))
        self.stage.world.advance(1)
        found = self.stage.take("Carol")
        by = found.all(fields.PREVIOUSLY_SENT_BY)
        self.assertEqual(by, [Counted(1, PHONES["Alice"][1] + "/TYPE=PLMN")])
        self.assertEqual([date.number for date in found.all(fields.PREVIOUSLY_SENT_DATE)], [1])
        self.assertEqual(bytes(found.body), body())
        self.passed("""
            Alice -> mmse: M-Send.req
            mmse -> Alice: M-Send.conf OK
            mmse -> Bob: M-Notification.ind from Alice
            Bob -> mmse: M-Forward.req
            mmse -> Bob: M-Forward.conf OK
            mmse -> Carol: M-Notification.ind from Bob
            mmse -> Alice: M-Delivery.ind FORWARDED by Bob
            Carol -> mmse: GET
            mmse -> Carol: M-Retrieve.conf from Bob to Carol
            Carol -> mmse: M-NotifyResp.ind RETRIEVED
        """)

    def test_told_again_until_deferred(self) -> None:
        """A phone that is silent is told again, with the same octets; one that defers is left alone."""
        self.stage.send("Alice", TO_BOB)
        self.stage.world.advance(400)
        self.stage.respond("Bob", status.Status.DEFERRED)
        self.stage.world.advance(4000)
        self.assertEqual(len(set(self.stage.air.pushes["Bob"])), 1)
        self.stage.fetch("Bob")
        tid = self.stage.notification("Bob")[fields.TRANSACTION_ID]
        self.stage.say("Bob", pdus.M_ACKNOWLEDGE_IND, (fields.TRANSACTION_ID, tid))
        self.passed("""
            Alice -> mmse: M-Send.req
            mmse -> Alice: M-Send.conf OK
            mmse -> Bob: M-Notification.ind from Alice
            mmse -> Bob: M-Notification.ind from Alice
            mmse -> Bob: M-Notification.ind from Alice
            Bob -> mmse: M-NotifyResp.ind DEFERRED
            Bob -> mmse: GET
            mmse -> Bob: M-Retrieve.conf from Alice to Bob
            Bob -> mmse: M-Acknowledge.ind
        """)

    def test_expired(self) -> None:
        """Nobody fetches: the sender hears Expired once, and a late phone is told that it is gone."""
        self.stage.send("Alice", TO_BOB, REPORT, (fields.EXPIRY, Relative(120)))
        self.stage.world.advance(300)
        self.stage.fetch("Bob")
        self.passed("""
            Alice -> mmse: M-Send.req
            mmse -> Alice: M-Send.conf OK
            mmse -> Bob: M-Notification.ind from Alice
            mmse -> Bob: M-Notification.ind from Alice
            mmse -> Alice: M-Delivery.ind EXPIRED by Bob
            Bob -> mmse: GET
            mmse -> Bob: M-Retrieve.conf ERROR_PERMANENT_MESSAGE_NOT_FOUND
        """)

    def test_delivery_time(self) -> None:
        """Nothing is told before the earliest time of delivery."""
        when = int(self.stage.world.now()) + 3600
        self.stage.send("Alice", TO_BOB, (fields.DELIVERY_TIME, Absolute(when)))
        self.stage.world.advance(3590)
        self.assertEqual(self.stage.air.pushes["Bob"], [])
        self.stage.world.advance(15)
        self.passed("""
            Alice -> mmse: M-Send.req
            mmse -> Alice: M-Send.conf OK
            mmse -> Bob: M-Notification.ind from Alice
        """)

    def test_hidden_sender_and_rejection(self) -> None:
        """A hidden sender is nowhere shown; the rejection is reported."""
        hide = (fields.SENDER_VISIBILITY, enumerations.SenderVisibility.HIDE)
        self.stage.send("Alice", TO_BOB, REPORT, hide)
        self.assertNotIn(PHONES["Alice"][1].encode(), self.stage.air.pushes["Bob"][0])
        self.stage.fetch("Bob")
        self.stage.respond("Bob", status.Status.REJECTED)
        self.stage.world.advance(1)
        self.passed("""
            Alice -> mmse: M-Send.req
            mmse -> Alice: M-Send.conf OK
            mmse -> Bob: M-Notification.ind from nobody
            Bob -> mmse: GET
            mmse -> Bob: M-Retrieve.conf from nobody to Bob
            Bob -> mmse: M-NotifyResp.ind REJECTED
            mmse -> Alice: M-Delivery.ind REJECTED by Bob
        """)

    def test_report_not_allowed(self) -> None:
        """X-Mms-Report-Allowed: No is obeyed."""
        self.stage.send("Alice", TO_BOB, REPORT)
        self.stage.fetch("Bob")
        self.stage.respond("Bob", status.Status.RETRIEVED, (fields.REPORT_ALLOWED, False))
        self.stage.world.advance(600)
        self.assertEqual(self.stage.air.pushes["Alice"], [])

    def test_class_auto(self) -> None:
        """No report of any kind about an MM of class Auto."""
        auto = (fields.MESSAGE_CLASS, enumerations.MessageClass.AUTO)
        self.stage.send("Alice", TO_BOB, REPORT, auto)
        self.stage.take("Bob")
        self.assertEqual(self.stage.air.pushes["Alice"], [])

    def test_no_bearer_for_a_while(self) -> None:
        """While no bearer takes it the MM waits; when one does, it goes."""
        taken = self.stage.air.answer
        self.stage.air.answer = Temporary(reason="gateway down")
        self.stage.send("Alice", TO_BOB)
        self.stage.world.advance(120)
        self.assertEqual(self.stage.air.pushes["Bob"], [])
        self.stage.air.answer = taken
        self.stage.world.advance(3600)
        self.assertGreaterEqual(len(self.stage.air.pushes["Bob"]), 1)
        self.assertEqual(len(set(self.stage.air.pushes["Bob"])), 1)

    def test_old_phone(self) -> None:
        """A phone of MMS 1.0 is answered and reported to in words that it knows."""
        denied = self.stage.send("Alice", (fields.TO, "+4912345"), tid="T0", version=0x10)
        self.assertEqual(denied[fields.RESPONSE_STATUS], status.ResponseStatus.ERROR_SENDING_ADDRESS_UNRESOLVED)
        self.assertEqual(denied[fields.MMS_VERSION], 0x10)
        self.stage.send("Alice", TO_BOB, REPORT, version=0x10)
        location = self.stage.notification("Bob")[fields.CONTENT_LOCATION]
        self.stage.post("Bob", forward_to_carol(location))
        self.stage.world.advance(1)
        told = self.stage.notification("Alice")
        self.assertEqual((told[fields.STATUS], told[fields.MMS_VERSION]), (status.Status.RETRIEVED, 0x10))
