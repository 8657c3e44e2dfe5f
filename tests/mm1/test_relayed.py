"""The door before the real relay over the memory store: the main job, from one phone's POST to the other's GET."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.delivery import State
from mmse.errors import Temporary
from mmse.mm1 import pushes
from mmse.wire.mmsenc import Message, decode, encode, fields, pdus, status
from tests.mm1.recorded import Scene, head, mms
from tests.mm1.send import RELATED, body, forward_req, plain, send_req
from tests.relay.world import World

ALICE, BOB, STRANGER = "10.0.1.1", "10.0.1.2", "192.0.2.9"


class Relayed(SynchronousTestCase):
    def setUp(self) -> None:
        self.world = World()
        self.scene = Scene(self.world.relay, self.world.clock)
        self.scene.start = self.world.skew

    def send(self, octets: bytes) -> str:
        pdu = self.scene.pdu(octets, ALICE)
        self.assertEqual(pdu[fields.RESPONSE_STATUS], status.ResponseStatus.OK)
        return pdu[fields.MESSAGE_ID]

    def notification(self) -> Message:
        """What Bob's phone is pushed."""
        message, copy = self.world.mm1.delivered[-1]
        return decode(encode(pushes.notification(message, copy, "http://mmsc/m/")))

    def get(self, location: str, peer: str = BOB) -> Message:
        return self.scene.read(self.scene.ask(head(b"GET", location.encode()), peer))

    def test_photograph(self) -> None:
        mm = self.send(send_req((fields.DELIVERY_REPORT, True), (fields.SUBJECT, "Look")))
        notification = self.notification()
        self.assertEqual(notification[fields.MESSAGE_SIZE], len(body()))
        found = self.get(notification[fields.CONTENT_LOCATION])
        self.assertEqual((found[fields.MESSAGE_ID], found[fields.SUBJECT]), (mm, "Look"))
        self.assertEqual((found[fields.CONTENT_TYPE], bytes(found.body)), (RELATED, body()))
        self.assertEqual(self.world.state(mm), State.FETCHED)
        tid = found[fields.TRANSACTION_ID]
        self.assertEqual(tid, notification[fields.TRANSACTION_ID])
        self.assertEqual(self.scene.post(plain(pdus.M_ACKNOWLEDGE_IND, tid=tid), BOB).code, 200)
        self.assertEqual(self.world.state(mm), State.RETRIEVED)
        self.world.advance(1)
        (report,) = self.world.mm1.reported
        delivery = decode(encode(pushes.delivery_report(report)))
        self.assertEqual((delivery[fields.MESSAGE_ID], delivery[fields.STATUS]), (mm, status.Status.RETRIEVED))

    def test_sent_twice(self) -> None:
        """The phone that did not hear the answer sends again, and there is one MM."""
        self.assertEqual(self.send(send_req()), self.send(send_req()))
        self.assertEqual(len(self.world.mm1.delivered), 1)
        self.assertNotEqual(self.send(send_req()), self.send(send_req((fields.SUBJECT, "another"))))

    def test_stranger_fetches(self) -> None:
        mm = self.send(send_req())
        location = self.notification()[fields.CONTENT_LOCATION]
        self.assertEqual(self.get(location, ALICE)[fields.RETRIEVE_STATUS], 0xE1)
        self.assertEqual(self.get("http://mmsc/m/AAAAAAAAAAAAAAAAAAAAAA")[fields.RETRIEVE_STATUS], 0xE2)
        self.assertEqual(self.world.state(mm), State.NOTIFIED)

    def test_stranger_acknowledges(self) -> None:
        mm = self.send(send_req())
        tid = self.notification()[fields.TRANSACTION_ID]
        self.assertEqual(self.scene.post(plain(pdus.M_ACKNOWLEDGE_IND, tid=tid), ALICE).code, 200)
        self.assertEqual(self.scene.post(plain(pdus.M_ACKNOWLEDGE_IND, tid=tid), STRANGER).code, 403)
        self.assertEqual(self.world.state(mm), State.NOTIFIED)

    def test_deferred_and_later(self) -> None:
        mm = self.send(send_req())
        notification = self.notification()
        tid, location = notification[fields.TRANSACTION_ID], notification[fields.CONTENT_LOCATION]
        deferred = plain(pdus.M_NOTIFYRESP_IND, (fields.STATUS, status.Status.DEFERRED), tid=tid)
        self.scene.post(deferred, BOB)
        self.assertEqual(self.world.state(mm), State.DEFERRED)
        self.get(location)
        self.get(location + "/" + tid)
        response = plain(pdus.M_NOTIFYRESP_IND, (fields.STATUS, status.Status.RETRIEVED), tid=tid)
        self.scene.post(response, BOB, location.encode())
        self.assertEqual(self.world.state(mm), State.RETRIEVED)
        self.get(location)

    def test_forwarded_unfetched(self) -> None:
        mm = self.send(send_req())
        location = self.notification()[fields.CONTENT_LOCATION]
        pdu = self.scene.pdu(forward_req(location), BOB)
        self.assertEqual(pdu[fields.RESPONSE_STATUS], status.ResponseStatus.OK)
        self.assertNotEqual(pdu[fields.MESSAGE_ID], mm)
        again = self.get(self.notification()[fields.CONTENT_LOCATION], STRANGER)
        self.assertEqual(again[fields.FROM], "+15551230002/TYPE=PLMN")
        self.assertEqual([pair.number for pair in again.all(fields.PREVIOUSLY_SENT_BY)], [1])
        self.assertEqual(bytes(again.body), body())

    def test_store_that_waits_and_fails(self) -> None:
        """No commit, no Ok; one that fails is told as transient, and the phone's next attempt is taken."""
        held: list[tuple[Deferred[Any], Callable[[], Any]]] = []
        holding = False

        def commit(operation: Any, apply: Callable[[], Any]) -> Deferred[Any]:
            if not holding:
                return maybeDeferred(apply)
            done: Deferred[Any] = Deferred()
            held.append((done, apply))
            return done

        self.world = World(commit=commit)
        self.scene = Scene(self.world.relay, self.world.clock)
        holding = True
        lines = [self.scene.connect(ALICE), self.scene.connect(ALICE)]
        for number, line in enumerate(lines):
            line.send(mms(send_req(tid=f"T{number}")))
            self.assertEqual(line.value(), b"")
        holding = False
        (lost, _), (kept, apply) = held
        lost.errback(Temporary(reason="disk full"))
        kept.callback(apply())
        statuses = [self.scene.read(line.responses()[0])[fields.RESPONSE_STATUS] for line in lines]
        self.assertEqual(statuses, [0xC0, 0x80])
        self.send(send_req(tid="T0"))
        self.assertEqual(len(self.world.mm1.delivered), 2)
