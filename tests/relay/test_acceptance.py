"""Accepting MMs: refusals, routes, one commit, repeats, who is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from mmse.abstract.address import Address, Field, parse
from mmse.abstract.charging import ChargeableEvent, Kind
from mmse.abstract.delivery import Event, State
from mmse.abstract.elements import Interface, Moment, Via
from mmse.abstract.message import Copy, Elements, Submission
from mmse.abstract.outcome import Waiting
from mmse.abstract.status import DeliveryStatus, RequestStatus
from mmse.abstract.storage import Put, Subscriber
from mmse.abstract.trail import Happening
from mmse.errors import Refused, Temporary
from mmse.interfaces import (
    Accepted,
    IChargingSink,
    ICreditControl,
    IRelay,
    IServiceControl,
    ISubscriberDirectory,
    Location,
)
from mmse.metrics import REPEATS, SUBMISSIONS
from mmse.settings import Limits
from mmse.settings import Subscriber as Provision
from tests.relay.world import ALICE, BEGIN, BOB, CAROL, VIA, World, got, submission, to


class AcceptTests(SynchronousTestCase):
    def test_is_a_relay(self) -> None:
        self.assertTrue(verifyObject(IRelay, World().relay))

    def test_all_that_is_kept(self) -> None:
        world = World()
        accepted = world.submit(
            submission(to(BOB), to(CAROL, Field.BCC), elements=Elements(subject="hello", sender_visible=False))
        )
        self.assertEqual(accepted, Accepted(RequestStatus.OK, accepted.message))
        message = world.message(accepted.message)
        self.assertEqual((message.originator, message.via, message.agent), (parse(ALICE), VIA, "mm1"))
        self.assertEqual((message.accepted, message.earliest, message.expires), (BEGIN, BEGIN, BEGIN + 259_200))
        self.assertEqual((message.elements.subject, message.elements.sender_visible), ("hello", False))
        self.assertEqual((message.size, message.media_types), (10, ("image/jpeg",)))
        self.assertEqual(message.visible_recipients(Field.BCC), ())
        first, second = world.copies(message.id)
        self.assertEqual([first.state, second.state], [State.NOTIFIED, State.NOTIFIED])
        self.assertNotEqual(first.token, second.token)
        self.assertEqual(
            world.trail(message.id),
            [Happening.ACCEPTED, Happening.ROUTED, Happening.ROUTED, Happening.NOTIFIED, Happening.NOTIFIED],
        )
        self.assertEqual(world.metrics.value(SUBMISSIONS, "MM1", "ok"), 1)

    def test_refusals(self) -> None:
        world = World(policy={"max_recipients": 2, "sender_hiding": False})
        for values, status in (
            ({"recipients": ()}, RequestStatus.ADDRESS_UNRESOLVED),
            ({"recipients": tuple(to(f"+1555000000{n}") for n in range(3))}, RequestStatus.SERVICE_DENIED),
            ({"recipients": (to("+4477001"), to("joe@example.org"))}, RequestStatus.ADDRESS_UNRESOLVED),
            ({"time_of_expiry": Moment(BEGIN - 5)}, RequestStatus.MESSAGE_FORMAT_CORRUPT),
            ({"elements": Elements(sender_visible=False)}, RequestStatus.ADDRESS_HIDING_NOT_SUPPORTED),
        ):
            with self.subTest(status=status):
                accepted = world.submit(submission(**values))
                self.assertEqual((accepted.status, accepted.message), (status, ""))
                self.assertTrue(accepted.text)
                self.assertEqual(world.metrics.value(SUBMISSIONS, "MM1", status.value) > 0, True)
        self.assertEqual(world.mm1.delivered, [])
        self.assertEqual(sum(got(world.store.counts()).values()), 0)

    def test_barred(self) -> None:
        world = World(subscribers=[Provision(number=ALICE, barred=True)])
        self.assertIs(world.submit(submission()).status, RequestStatus.SERVICE_DENIED)
        got(world.store.provision([Subscriber(number=CAROL, barred=True)]))
        self.assertIs(world.submit(submission(originator=parse(CAROL))).status, RequestStatus.SERVICE_DENIED)

    def test_numbers_are_normalised(self) -> None:
        world = World(country_code="1")
        accepted = world.submit(submission(to("555 123 0002"), originator=parse("0015551230001")))
        message = world.message(accepted.message)
        self.assertEqual((message.originator, message.recipients[0].address), (parse(ALICE), parse(BOB)))

    def test_one_copy_each(self) -> None:
        world = World()
        accepted = world.submit(submission(to(BOB, Field.CC), to(BOB), to(BOB, Field.BCC)))
        self.assertEqual(world.message(accepted.message).recipients, (to(BOB),))
        self.assertEqual(len(world.mm1.delivered), 1)

    def test_some_without_a_route(self) -> None:
        world = World()
        asked = Elements(delivery_report=True)
        accepted = world.submit(submission(to(BOB), to("+4477001"), elements=asked))
        self.assertIs(accepted.status, RequestStatus.OK)
        self.assertEqual([c.state for c in world.copies(accepted.message)], [State.NOTIFIED, State.UNREACHABLE])
        (report,) = world.mm1.reported
        self.assertEqual((report.recipient, report.delivery), (parse("+4477001"), DeliveryStatus.UNREACHABLE))
        self.assertIn(Happening.UNROUTED, world.trail(accepted.message))

    def test_some_without_a_route_and_no_report_asked(self) -> None:
        world = World()
        world.submit(submission(to(BOB), to("+4477001")))
        self.assertEqual(world.mm1.reported, [])

    def test_auto_gets_no_reports(self) -> None:
        world = World()
        auto = Elements(message_class="auto", delivery_report=True, read_reply=True)
        accepted = world.submit(submission(to(BOB), to("+4477001"), elements=auto))
        elements = world.message(accepted.message).elements
        self.assertEqual((elements.delivery_report, elements.read_reply), (False, False))
        world.tell(world.copy(accepted.message), Event.RETRIEVED)
        self.assertEqual(world.mm1.reported, [])

    def test_delivery_time(self) -> None:
        world = World()
        accepted = world.submit(submission(earliest_time_of_delivery=Moment(3600, True)))
        world.advance(3599)
        self.assertEqual(world.mm1.delivered, [])
        self.assertIs(world.state(accepted.message), State.QUEUED)
        world.advance(1)
        self.assertEqual(len(world.mm1.delivered), 1)

    def test_a_directory_in_trouble_does_not_refuse(self) -> None:
        """RELIABILITY D9: the MM is accepted, its route is learnt later."""
        elsewhere = Flaky([Temporary(reason="dns"), Location("mm1", "learnt")])
        world = World(local=[], others=[elsewhere])
        accepted = world.submit(submission())
        self.assertIs(accepted.status, RequestStatus.OK)
        self.assertEqual(len(world.mm1.delivered), 1)
        trail = got(world.store.trail(accepted.message))
        self.assertEqual([line.reason for line in trail if line.happening is Happening.ROUTED], ["later", "learnt"])

    def test_a_store_in_trouble(self) -> None:
        world = World(
            commit=lambda operation, act: fail(Temporary(3, "disk full")) if isinstance(operation, Put) else act()
        )
        accepted = world.submit(submission())
        self.assertEqual((accepted.status, accepted.text), (RequestStatus.TRANSIENT_FAILURE, "disk full"))
        self.assertEqual(world.mm1.delivered, [])

    def test_a_bug_is_no_answer(self) -> None:
        world = World(commit=lambda operation, act: fail(ZeroDivisionError()) if isinstance(operation, Put) else act())
        answers = [world.relay.submit(submission(), VIA), world.relay.submit(submission(transaction="t2"), VIA)]
        for answer in answers:
            self.failureResultOf(answer, ZeroDivisionError)

    def test_the_answer_comes_first_and_after_the_commit(self) -> None:
        commits: list[tuple[Any, Deferred[Any]]] = []

        def slowly(operation: Any, act: Callable[[], Any]) -> Deferred[Any]:
            if not isinstance(operation, Put):
                return succeed(act())
            commits.append((act, Deferred()))
            return commits[-1][1]

        world = World(commit=slowly)
        order: list[str] = []

        def deliver(copy: Copy) -> Waiting:
            order.append("delivered")
            return Waiting()

        world.mm1.otherwise = deliver
        world.relay.submit(submission(), VIA).addCallback(lambda accepted: order.append("answered"))
        self.assertEqual(order, [])
        act, commit = commits[0]
        commit.callback(act())
        self.assertEqual(order, ["answered", "delivered"])


@implementer(ISubscriberDirectory)
class Flaky:
    def __init__(self, answers: Sequence[Any]) -> None:
        self.answers = list(answers)

    def locate(self, address: Address) -> Deferred[Location | None]:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Deferred):
            return answer
        return fail(answer) if isinstance(answer, Exception) else succeed(answer)

    def profile(self, address: Address) -> Deferred[Subscriber | None]:
        return succeed(None)


class RepeatTests(SynchronousTestCase):
    def test_the_same_again(self) -> None:
        world = World()
        first, second = world.submit(submission()), world.submit(submission())
        self.assertEqual(first, second)
        self.assertEqual(len(world.mm1.delivered), 1)
        self.assertEqual(world.trail(first.message)[-1], Happening.REPEATED)
        self.assertEqual(world.metrics.value(REPEATS, "MM1"), 1)

    def test_by_another_spelling_of_the_same_phone(self) -> None:
        world = World(country_code="1")
        first = world.submit(submission())
        self.assertEqual(world.submit(submission(originator=parse("5551230001"))), first)

    def test_other_requests(self) -> None:
        world = World()
        messages = {
            world.submit(submission(**values)).message
            for values in ({}, {"transaction": "t2"}, {"digest": b"e" * 32}, {"originator": parse(CAROL)})
        }
        self.assertEqual(len(messages), 4)

    def test_after_the_window(self) -> None:
        world = World(limits=Limits(duplicate_window=600))
        first = world.submit(submission())
        world.advance(599)
        self.assertEqual(world.submit(submission()), first)
        world.advance(1)
        self.assertNotEqual(world.submit(submission()), first)

    def test_no_window(self) -> None:
        world = World(limits=Limits(duplicate_window=0))
        self.assertNotEqual(world.submit(submission()), world.submit(submission()))

    def test_while_the_first_is_in_flight(self) -> None:
        commits: list[tuple[Any, Deferred[Any]]] = []

        def slowly(operation: Any, act: Callable[[], Any]) -> Deferred[Any]:
            if not isinstance(operation, Put):
                return succeed(act())
            commits.append((act, Deferred()))
            return commits[-1][1]

        world = World(commit=slowly)
        answers = [world.relay.submit(submission(), VIA) for _ in range(3)]
        self.assertEqual(len(commits), 1)
        act, commit = commits[0]
        commit.callback(act())
        self.assertEqual(len({got(answer).message for answer in answers}), 1)
        self.assertEqual(len(world.mm1.delivered), 1)

    def test_while_the_first_is_in_flight_and_fails(self) -> None:
        commit: Deferred[Any] = Deferred()
        world = World(commit=lambda operation, act: commit if isinstance(operation, Put) else act())
        answers = [world.relay.submit(submission(), VIA) for _ in range(2)]
        commit.errback(Temporary(reason="no"))
        self.assertEqual([got(answer).status for answer in answers], [RequestStatus.TRANSIENT_FAILURE] * 2)

    def test_a_commit_in_doubt(self) -> None:
        """It was written, the answer was lost: the phone asks again and gets the first Message-ID, the MM goes out."""
        lost = [True]

        def doubtful(operation: Any, act: Callable[[], Any]) -> Any:
            result = act()
            if isinstance(operation, Put) and lost.pop():
                lost.append(False)
                raise Temporary(reason="answer lost")
            return result

        world = World(commit=doubtful)
        self.assertIs(world.submit(submission()).status, RequestStatus.TRANSIENT_FAILURE)
        lost[:] = [False]
        second = world.submit(submission())
        self.assertIs(second.status, RequestStatus.OK)
        self.assertEqual(sum(got(world.store.counts()).values()), 1)
        world.advance(40, 1)
        self.assertEqual(len(world.mm1.delivered), 1)
        self.assertIs(world.state(second.message), State.NOTIFIED)


@implementer(IServiceControl)
class Control:
    def __init__(self, answer: Callable[[Submission], Submission]) -> None:
        self.answer = answer

    def process(self, submission: Submission, via: Via) -> Deferred[Submission]:
        try:
            return succeed(self.answer(submission))
        except (Refused, Temporary) as error:
            return fail(error)


@implementer(ICreditControl)
class Credit:
    def __init__(self, enough: bool = True) -> None:
        self.enough = enough
        self.asked: list[Address] = []
        self.debited: list[ChargeableEvent] = []
        self.refunded: list[ChargeableEvent] = []
        self.debit_error: Exception | None = None
        self.refund_error: Exception | None = None

    def authorize(self, submission: Submission, via: Via) -> Deferred[bool]:
        self.asked.append(submission.originator)
        return succeed(self.enough)

    def debit(self, event: ChargeableEvent) -> Deferred[None]:
        self.debited.append(event)
        return fail(self.debit_error) if self.debit_error else succeed(None)

    def refund(self, event: ChargeableEvent) -> Deferred[None]:
        self.refunded.append(event)
        return fail(self.refund_error) if self.refund_error else succeed(None)


class AskedTests(SynchronousTestCase):
    def test_service_control_changes_recipients(self) -> None:
        control = Control(lambda given: replace(given, recipients=(to(CAROL),)))
        world = World(service_control=control)
        self.assertEqual(world.message(world.submit(submission()).message).recipients, (to(CAROL),))

    def test_service_control_refuses(self) -> None:
        def no(given: Submission) -> Submission:
            raise Refused(RequestStatus.CONTENT_NOT_ACCEPTED, "no pictures today")

        accepted = World(service_control=Control(no)).submit(submission())
        self.assertEqual((accepted.status, accepted.text), (RequestStatus.CONTENT_NOT_ACCEPTED, "no pictures today"))

    def test_what_service_control_makes_is_checked_too(self) -> None:
        control = Control(lambda given: replace(given, recipients=()))
        self.assertIs(World(service_control=control).submit(submission()).status, RequestStatus.ADDRESS_UNRESOLVED)

    def test_service_control_in_trouble(self) -> None:
        def trouble(given: Submission) -> Submission:
            raise Temporary(reason="away")

        self.assertIs(
            World(service_control=Control(trouble)).submit(submission()).status, RequestStatus.TRANSIENT_FAILURE
        )

    def test_no_credit(self) -> None:
        credit = Credit(enough=False)
        world = World(credit=credit)
        self.assertIs(world.submit(submission()).status, RequestStatus.LACK_OF_PREPAID)
        self.assertEqual((credit.debited, sum(got(world.store.counts()).values())), ([], 0))

    def test_credit(self) -> None:
        credit = Credit()
        accepted = World(credit=credit).submit(submission())
        self.assertEqual([(e.kind, e.message) for e in credit.debited], [(Kind.SUBMISSION, accepted.message)])
        self.assertEqual(credit.refunded, [])

    def test_who_is_known_to_pay_later_is_not_asked(self) -> None:
        credit = Credit(enough=False)
        subscribers = [Provision(number=ALICE), Provision(number=CAROL, prepaid=True)]
        world = World(credit=credit, subscribers=subscribers)
        self.assertIs(world.submit(submission()).status, RequestStatus.OK)
        self.assertIs(world.submit(submission(originator=parse(CAROL))).status, RequestStatus.LACK_OF_PREPAID)
        self.assertEqual(credit.asked, [parse(CAROL)])
        self.assertEqual(credit.debited, [])

    def test_a_debit_refused(self) -> None:
        credit = Credit()
        credit.debit_error = Refused(RequestStatus.LACK_OF_PREPAID, "empty")
        world = World(credit=credit)
        self.assertIs(world.submit(submission()).status, RequestStatus.LACK_OF_PREPAID)
        self.assertEqual(sum(got(world.store.counts()).values()), 0)

    def test_a_repeat_is_paid_once(self) -> None:
        credit = Credit()
        world = World(credit=credit)
        world.submit(submission())
        world.submit(submission())
        self.assertEqual(len(credit.debited) - len(credit.refunded), 1)

    def test_a_failed_commit_is_given_back(self) -> None:
        credit = Credit()
        credit.refund_error = Temporary()
        world = World(
            credit=credit,
            commit=lambda operation, act: fail(Temporary()) if isinstance(operation, Put) else act(),
        )
        self.assertIs(world.submit(submission()).status, RequestStatus.TRANSIENT_FAILURE)
        self.assertEqual(credit.debited, credit.refunded)


@implementer(IChargingSink)
class Sink:
    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.events: list[ChargeableEvent] = []

    def record(self, events: Sequence[ChargeableEvent]) -> Deferred[None]:
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            return fail(answer)
        self.events.extend(events)
        return succeed(None)


class ChargingTests(SynchronousTestCase):
    def test_the_life_of_an_mm(self) -> None:
        sink = Sink()
        world = World(charging=sink)
        copy = world.notified()
        world.tell(copy, Event.FETCHED)
        world.tell(copy, Event.RETRIEVED)
        world.tell(copy, Event.RETRIEVED)
        world.advance(10, 1)
        self.assertEqual(
            [(event.kind, event.position) for event in sink.events],
            [(Kind.SUBMISSION, -1), (Kind.NOTIFICATION, 0), (Kind.RETRIEVAL, 0), (Kind.DELETION, 0)],
        )
        self.assertEqual(sink.events[0].via, VIA)
        self.assertEqual(sink.events[2].via.interface, Interface.MM1)
        world.advance(600)
        self.assertEqual(len([event for event in sink.events if event.kind is Kind.SUBMISSION]), 1)

    def test_a_sink_in_trouble_delays_no_mm_and_loses_nothing(self) -> None:
        sink = Sink()
        sink.answers = [Temporary(reason="disk full")] * 3
        world = World(charging=sink)
        copy = world.notified()
        self.assertIs(world.state(copy.message), State.NOTIFIED)
        world.advance(60, 1)
        self.assertEqual([event.kind for event in sink.events], [Kind.SUBMISSION, Kind.NOTIFICATION])

    def test_no_sink_no_rows(self) -> None:
        world = World()
        world.notified()
        self.assertEqual(got(world.store.claim("x", BEGIN + 10, 10, BEGIN + 20, True)).charges, ())
