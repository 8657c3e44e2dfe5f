"""The lab's SMS centre: what it holds, for whom, and how phones take it."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.error import CannotListenError, ConnectionDone
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.test.requesthelper import DummyRequest
from zope.interface.verify import verifyObject

from mmse.abstract.address import number
from mmse.abstract.outcome import Done, Temporary
from mmse.interfaces import INotifier, Push, PushKind
from mmse.lab.attach import PATIENCE, Root
from mmse.lab.settings import Lab
from mmse.lab.smsc import LabSMSC
from mmse.metrics import LAB_HELD, Metrics
from mmse.wire.sms.segmentation import Reassembly, parse
from mmse.wire.wsp.push import parse as parse_push

BOB = "+447700900008"


def push(octets: bytes = b"pdu", to: str = BOB, expires: int = 1000, reference: str = "r") -> Push:
    return Push(destination=number(to), octets=octets, kind=PushKind.NOTIFICATION, reference=reference, expires=expires)


class Centre(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock: Any = MemoryReactorClock()
        self.metrics = Metrics()
        self.smsc = LabSMSC(Lab(held_per_number=3, held=5), self.clock, self.metrics)

    def told(self, the_push: Push) -> Any:
        return self.successResultOf(self.smsc.notify(the_push))

    def bodies(self, cursor: str = "", to: str = BOB) -> list[bytes]:
        found = []
        held = Reassembly()
        for short in self.smsc.take(to, cursor).messages:
            for text in short.user_data:
                held, whole = held.add("lab", parse(bytes.fromhex(text)), 0.0)
                if whole is not None:
                    found.append(parse_push(whole).body)
        return found


class SMSCTests(Centre):
    def test_interface(self) -> None:
        verifyObject(INotifier, self.smsc)
        self.assertEqual(self.smsc.name, "lab")

    def test_held_until_confirmed(self) -> None:
        """A phone that died before it asked again gets its pushes again; confirmed ones are forgotten."""
        self.assertEqual(self.told(push()).reason, "1 SMS, the phone is not attached yet")
        first = self.smsc.take(BOB, "")
        self.assertEqual(self.bodies(), [b"pdu"])
        self.told(push(b"next"))
        self.assertEqual(self.bodies(first.cursor), [b"next"])
        self.assertEqual(self.metrics.value(LAB_HELD), 1)

    def test_segments(self) -> None:
        """A long push is several short messages of at most 140 octets."""
        long = bytes(index % 251 for index in range(300))
        self.assertIn("3 SMS", self.told(push(long)).reason)
        (short,) = self.smsc.take(BOB, "").messages
        self.assertEqual([len(text) // 2 for text in short.user_data], [140, 140, 62])
        self.assertEqual(self.bodies(), [long])

    def test_spelling(self) -> None:
        self.told(push())
        for spelling in ("447700900008", "+447700900008/TYPE=PLMN", " +447700900008"):
            self.assertEqual(self.bodies(to=spelling), [b"pdu"])
        self.assertEqual(self.bodies(to="+447700900009"), [])

    def test_cursor_of_another_life(self) -> None:
        """What an earlier process counted says nothing about this one."""
        self.told(push())
        for cursor in ("00000001.999", "nonsense", "a.b", ".", "9" * 100):
            self.assertEqual(self.bodies(cursor), [b"pdu"])

    def test_waiting_phone(self) -> None:
        waiting = self.smsc.wait(BOB)
        self.assertNoResult(waiting)
        self.assertEqual(self.told(push()).reason, "1 SMS, the phone is attached")
        self.successResultOf(waiting)

    def test_phone_that_leaves(self) -> None:
        waiting = self.smsc.wait(BOB)
        self.assertEqual(self.smsc.lines(), {"447700900008": (0, 1)})
        waiting.cancel()
        self.failureResultOf(waiting)
        self.assertEqual(self.smsc.lines(), {})

    def test_full_line(self) -> None:
        for _ in range(3):
            self.assertIsInstance(self.told(push()), Done)
        outcome = self.told(push())
        assert isinstance(outcome, Temporary)
        self.assertIn("3 pushes are held for this phone", outcome.reason)

    def test_full_centre(self) -> None:
        for index in range(5):
            self.told(push(to=f"+4477009000{index:02}"))
        self.assertIsInstance(self.told(push()), Temporary)
        self.assertEqual(len(self.smsc.lines()), 5)

    def test_expired(self) -> None:
        """What is useless is not handed out, and makes room."""
        for index in range(5):
            self.told(push(to=f"+4477009000{index:02}", expires=10))
        self.clock.advance(11)
        self.assertIsInstance(self.told(push()), Done)
        self.assertEqual(list(self.smsc.lines()), ["447700900008"])
        self.assertEqual(self.bodies(to="+447700900000"), [])

    def test_service(self) -> None:
        self.smsc.startService()
        self.assertEqual([(port, interface) for port, _, _, interface in self.clock.tcpServers], [(8002, "127.0.0.1")])
        assert self.smsc.listening is not None
        self.successResultOf(self.smsc.listening)
        waiting = self.smsc.wait(BOB)
        self.successResultOf(self.smsc.stopService())
        self.successResultOf(waiting)

    def test_place_that_is_taken(self) -> None:
        """The start fails with what is wrong, not with which of several places was the first to fail."""

        class Taken(MemoryReactorClock):
            def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
                raise CannotListenError(interface, port, OSError("taken"))

        smsc = LabSMSC(Lab(), Taken(), self.metrics)
        smsc.startService()
        assert smsc.listening is not None
        self.failureResultOf(smsc.listening, CannotListenError)


class AttachTests(Centre):
    def ask(self, number: str, cursor: str = "") -> DummyRequest:
        request = DummyRequest([b"phones", number.encode()])
        request.addArg(b"after", cursor.encode())
        resource: Any = Root(self.smsc, self.clock)
        while request.postpath and not resource.isLeaf:
            resource = resource.getChildWithDefault(request.postpath.pop(0), request)
        written = resource.render_GET(request)
        if isinstance(written, bytes):
            request.write(written)
            request.finish()
        return request

    def answer(self, request: DummyRequest) -> dict[str, Any]:
        self.assertEqual(request.finished, 1)
        found: dict[str, Any] = json.loads(b"".join(request.written))
        return found

    def test_at_once(self) -> None:
        self.told(push())
        answer = self.answer(self.ask(BOB))
        self.assertEqual(answer["messages"][0]["kind"], "M-Notification.ind")
        self.assertEqual(len(answer["messages"][0]["user_data"]), 1)

    def test_later(self) -> None:
        request = self.ask(BOB)
        self.assertEqual(request.finished, 0)
        self.told(push())
        self.assertEqual(len(self.answer(request)["messages"]), 1)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_nothing(self) -> None:
        """A phone is not kept waiting for ever: proxies and firewalls would cut it."""
        request = self.ask(BOB)
        self.clock.advance(PATIENCE + 1)
        answer = self.answer(request)
        self.assertEqual(answer["messages"], [])
        self.told(push())
        self.assertEqual(len(self.answer(self.ask(BOB, answer["cursor"]))["messages"]), 1)

    def test_gone(self) -> None:
        request = self.ask(BOB)
        request.processingFailed(Failure(ConnectionDone()))
        self.assertEqual(self.smsc.lines(), {})
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_overview(self) -> None:
        self.told(push())
        request = DummyRequest([])
        resource: Any = Root(self.smsc, self.clock)
        self.assertEqual(json.loads(resource.render_GET(request)), {"447700900008": {"held": 1, "attached": 0}})
