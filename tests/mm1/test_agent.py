"""The agent ``mm1``: what it builds, whom it offers it to, and what it concludes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from mmse import errors
from mmse.abstract.address import Address, number
from mmse.abstract.delivery import Event, State
from mmse.abstract.elements import ReadStatus
from mmse.abstract.message import Copy, Elements, Message, Recipient
from mmse.abstract.outcome import Done, Outcome, Refused, Temporary, Waiting
from mmse.abstract.reports import Report, ReportKind
from mmse.abstract.status import DeliveryStatus, RequestStatus
from mmse.abstract.storage import Subscriber
from mmse.interfaces import IDeliveryAgent, INotifier, ISubscriberDirectory, Location, Push, PushKind
from mmse.metrics import PUSHES, Metrics
from mmse.mm1.agent import MM1Agent, budget
from mmse.mm1.settings import MM1, Notify
from mmse.wire.mmsenc import decode, fields, pdus
from mmse.wire.sms.segmentation import count
from mmse.wire.wsp.push import compose

ALICE, BOB = number("+447700900007"), number("+447700900008")
NOW = 1_000_000
TAKEN = Done(Event.TAKEN, "took it")
DENIED = Refused(RequestStatus.SERVICE_DENIED, "barred")
UNKNOWN = Refused(RequestStatus.ADDRESS_UNRESOLVED, "not for me")


@implementer(INotifier)
class Bearer:
    """A bearer whose answers are written down before."""

    def __init__(self, name: str, *answers: Outcome | Exception) -> None:
        self.name = name
        self.answers = list(answers)
        self.pushes: list[Push] = []

    def notify(self, push: Push) -> Deferred[Outcome]:
        self.pushes.append(push)
        answer = self.answers.pop(0)
        return fail(answer) if isinstance(answer, Exception) else succeed(answer)


@implementer(ISubscriberDirectory)
class Directory:
    """Knows one subscriber."""

    def __init__(self, *known: Subscriber) -> None:
        self.known = {each.number: each for each in known}

    def locate(self, address: Address) -> Deferred[Location | None]:
        return succeed(None)

    def profile(self, address: Address) -> Deferred[Subscriber | None]:
        return succeed(self.known.get(address.value))


def message(**changes: Any) -> Message:
    values: dict[str, Any] = {
        "id": "m1@mms.localhost",
        "originator": ALICE,
        "recipients": (Recipient(BOB),),
        "elements": Elements(subject="Hello", delivery_report=True),
        "accepted": NOW - 100,
        "earliest": NOW - 100,
        "expires": NOW + 86_400,
        "date": NOW - 100,
        "size": 177_000,
    }
    return Message(**{**values, **changes})


def copy(**changes: Any) -> Copy:
    values: dict[str, Any] = {
        "message": "m1@mms.localhost",
        "position": 0,
        "recipient": BOB,
        "state": State.QUEUED,
        "token": "abcdefghijklmnopqrstuvwxyz",
    }
    return Copy(**{**values, **changes})


def report(**changes: Any) -> Report:
    values: dict[str, Any] = {
        "message": "m1@mms.localhost",
        "position": 0,
        "kind": ReportKind.DELIVERY,
        "originator": ALICE,
        "recipient": BOB,
        "date": NOW,
        "agent": "mm1",
        "delivery": DeliveryStatus.RETRIEVED,
        "version": 0x13,
        "expires": NOW + 1000,
    }
    return Report(**{**values, **changes})


class AgentTests(SynchronousTestCase):
    def agent(self, *bearers: Bearer, now: Callable[[], float] = lambda: NOW, **notify: Any) -> MM1Agent:
        self.metrics = Metrics()
        settings = MM1(public_url="http://mmsc.example/", notify=Notify(**notify))
        return MM1Agent(bearers, settings, Directory(Subscriber(number=BOB.value)), now, self.metrics)

    def delivered(self, agent: MM1Agent, **changes: Any) -> Outcome:
        return self.successResultOf(agent.deliver(message(), copy(**changes)))

    def test_interface(self) -> None:
        verifyObject(IDeliveryAgent, self.agent())

    def test_notification(self) -> None:
        bearer = Bearer("http", TAKEN)
        outcome = self.delivered(self.agent(bearer))
        self.assertEqual(outcome, Waiting(NOW + 60, "http: took it"))
        (push,) = bearer.pushes
        self.assertEqual((push.kind, push.destination, push.message), (PushKind.NOTIFICATION, BOB, "m1@mms.localhost"))
        self.assertEqual(push.subscriber, Subscriber(number=BOB.value))
        self.assertEqual(push.expires, NOW + 86_400)
        pdu = decode(push.octets)
        self.assertIs(pdu.pdu, pdus.M_NOTIFICATION_IND)
        self.assertEqual(pdu[fields.CONTENT_LOCATION], "http://mmsc.example/abcdefghijklmnopqrstuvwxyz")
        self.assertEqual(pdu[fields.TRANSACTION_ID], "abcdefgh")
        self.assertEqual(self.metrics.value(PUSHES, "http", "M-Notification.ind", "done"), 1)

    def test_repeat_is_the_same_octets(self) -> None:
        """Later, in another state, by another attempt: the same PDU and the same reference."""
        bearer = Bearer("http", TAKEN, TAKEN)
        times = [NOW, NOW + 5000]
        agent = self.agent(bearer, now=lambda: times[len(bearer.pushes) - 1])
        self.delivered(agent)
        self.delivered(agent, state=State.NOTIFIED, attempt=3)
        first, second = bearer.pushes
        self.assertEqual(first, second)

    def test_schedule(self) -> None:
        """The n-th telling waits for the n-th time of ``retry``, the last one again and again, never past expiry."""
        waits = []
        for state, attempt in (
            (State.QUEUED, 0),
            (State.QUEUED, 4),
            (State.NOTIFIED, 1),
            (State.NOTIFIED, 2),
            (State.NOTIFIED, 9),
        ):
            agent = self.agent(Bearer("http", TAKEN), retry=[10, 20, 30])
            outcome = self.delivered(agent, state=state, attempt=attempt)
            assert isinstance(outcome, Waiting)
            assert outcome.until is not None
            waits.append(outcome.until - NOW)
        self.assertEqual(waits, [10, 10, 20, 30, 30])
        outcome = self.delivered(self.agent(Bearer("http", TAKEN), retry=[999_999_999]))
        self.assertEqual(outcome, Waiting(NOW + 86_400, "http: took it"))

    def test_no_repeats_wanted(self) -> None:
        outcome = self.delivered(self.agent(Bearer("http", TAKEN), retry=[]))
        self.assertEqual(outcome, Waiting(NOW + 86_400, "http: took it"))

    def test_late_result(self) -> None:
        """A bearer that will hear more is waited for, but not longer than until the next repeat."""
        early = self.delivered(self.agent(Bearer("smpp", Waiting(NOW + 5, "receipt asked"))))
        late = self.delivered(self.agent(Bearer("smpp", Waiting(NOW + 500, "receipt asked"))))
        unbounded = self.delivered(self.agent(Bearer("smpp", Waiting(None, "receipt asked"))))
        self.assertEqual(early, Waiting(NOW + 5, "smpp: receipt asked"))
        self.assertEqual(late, Waiting(NOW + 60, "smpp: receipt asked"))
        self.assertEqual(unbounded, Waiting(NOW + 60, "smpp: receipt asked"))

    def test_order_of_preference(self) -> None:
        """The next bearer is asked only when one did not take it, and the outcome says why."""
        first, second, third = Bearer("udp", UNKNOWN), Bearer("http", TAKEN), Bearer("lab", TAKEN)
        outcome = self.delivered(self.agent(first, second, third))
        self.assertEqual(outcome, Waiting(NOW + 60, "udp: not for me; http: took it"))
        self.assertEqual([len(each.pushes) for each in (first, second, third)], [1, 1, 0])
        self.assertEqual(self.metrics.value(PUSHES, "udp", "M-Notification.ind", "refused"), 1)

    def test_all_down(self) -> None:
        """The smallest time that any of them named."""
        agent = self.agent(
            Bearer("a", Temporary(30.0, "busy")),
            Bearer("b", Temporary(None, "down")),
            Bearer("c", Temporary(7.0, "full")),
        )
        self.assertEqual(self.delivered(agent), Temporary(7.0, "a: busy; b: down; c: full"))
        self.assertEqual(self.metrics.value(PUSHES, "b", "M-Notification.ind", "temporary"), 1)

    def test_refused_by_one_down_the_other(self) -> None:
        outcome = self.delivered(self.agent(Bearer("udp", UNKNOWN), Bearer("http", Temporary(None, "down"))))
        self.assertEqual(outcome, Temporary(None, "udp: not for me; http: down"))

    def test_refused_by_all(self) -> None:
        outcome = self.delivered(self.agent(Bearer("a", DENIED), Bearer("b", UNKNOWN)))
        self.assertEqual(outcome, Refused(RequestStatus.SERVICE_DENIED, "a: barred; b: not for me"))

    def test_no_bearer(self) -> None:
        outcome = self.delivered(self.agent())
        self.assertEqual(outcome, Temporary(None, "no bearer: [mm1.notify] via is empty"))

    def test_errors_are_outcomes(self) -> None:
        outcome = self.delivered(
            self.agent(
                Bearer("a", errors.Refused(RequestStatus.SERVICE_DENIED, "no")),
                Bearer("b", errors.Temporary(3.0, "later")),
            )
        )
        self.assertEqual(outcome, Temporary(3.0, "a: no; b: later"))

    def test_broken_bearer(self) -> None:
        """A bug in one bearer is logged and does not keep the push from the next."""
        outcome = self.delivered(self.agent(Bearer("a", ZeroDivisionError()), Bearer("b", TAKEN)))
        self.assertEqual(outcome, Waiting(NOW + 60, "a: failed; the log has the traceback; b: took it"))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_trimmed(self) -> None:
        """A subject of 500 letters is cut until two SMS hold the push; what is mandatory is still there."""
        bearer = Bearer("http", TAKEN)
        agent = self.agent(bearer, max_sms=2)
        long = message(elements=Elements(subject="long " * 100, delivery_report=True))
        self.successResultOf(agent.deliver(long, copy()))
        octets = bearer.pushes[0].octets
        self.assertEqual(count(len(compose(octets, 1))), 2)
        pdu = decode(octets)
        self.assertEqual(pdu.missing(), [])
        self.assertTrue("long long" in pdu[fields.SUBJECT])

    def test_budget(self) -> None:
        for sms in range(1, 9):
            self.assertEqual(count(len(compose(bytes(budget(sms)), 1))), sms)
            self.assertEqual(count(len(compose(bytes(budget(sms) + 1), 1))), sms + 1)

    def test_unencodable(self) -> None:
        """What cannot be said is refused for ever and logged, not tried for days."""
        bearer = Bearer("http")
        outcome = self.successResultOf(self.agent(bearer).deliver(message(size=-1), copy()))
        assert isinstance(outcome, Refused)
        self.assertIs(outcome.status, RequestStatus.MESSAGE_FORMAT_CORRUPT)
        self.assertEqual(bearer.pushes, [])

    def test_delivery_report(self) -> None:
        bearer = Bearer("http", TAKEN)
        outcome = self.successResultOf(self.agent(bearer).report(report()))
        self.assertEqual(outcome, Done(Event.TAKEN, "http: took it"))
        (push,) = bearer.pushes
        self.assertEqual((push.kind, push.destination, push.expires), (PushKind.DELIVERY, ALICE, NOW + 1000))
        pdu = decode(push.octets)
        self.assertEqual(pdu[fields.MESSAGE_ID], "m1@mms.localhost")
        self.assertEqual(pdu[fields.TO], "+447700900008/TYPE=PLMN")
        self.assertEqual(self.metrics.value(PUSHES, "http", "M-Delivery.ind", "done"), 1)

    def test_late_report(self) -> None:
        """A report is told when a bearer has it: nothing more is heard of it by MM1."""
        outcome = self.successResultOf(self.agent(Bearer("smpp", Waiting(None, "sent"))).report(report()))
        self.assertEqual(outcome, Done(Event.TAKEN, "smpp: sent"))

    def test_read_report(self) -> None:
        bearer = Bearer("http", TAKEN)
        read = report(kind=ReportKind.READ, read=ReadStatus.READ, delivery=None)
        self.successResultOf(self.agent(bearer).report(read))
        self.assertIs(bearer.pushes[0].kind, PushKind.READ)
        self.assertIs(decode(bearer.pushes[0].octets).pdu, pdus.M_READ_ORIG_IND)

    def test_report_of_an_old_phone(self) -> None:
        """A 1.0 phone knows no Unreachable: it hears Expired; and it knows no read report at all."""
        bearer = Bearer("http", TAKEN)
        agent = self.agent(bearer)
        self.successResultOf(agent.report(report(delivery=DeliveryStatus.UNREACHABLE, version=0x10)))
        pdu = decode(bearer.pushes[0].octets)
        self.assertEqual((pdu[fields.MMS_VERSION], pdu[fields.STATUS]), (0x10, 0x80))
        read = report(kind=ReportKind.READ, read=ReadStatus.READ, delivery=None, version=0x10)
        self.assertIsInstance(self.successResultOf(agent.report(read)), Refused)

    def test_report_outage(self) -> None:
        outcome = self.successResultOf(self.agent(Bearer("http", Temporary(9.0, "down"))).report(report()))
        self.assertEqual(outcome, Temporary(9.0, "http: down"))
