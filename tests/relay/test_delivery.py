"""Dispatch of copies: what agents answer, and what becomes of the row."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.delivery import Event, State
from mmse.abstract.elements import Moment
from mmse.abstract.message import Elements
from mmse.abstract.outcome import Done, Outcome, Refused, Temporary, Waiting
from mmse.abstract.status import DeliveryStatus, RequestStatus
from mmse.abstract.storage import Change
from mmse.abstract.trail import Happening
from mmse.errors import Refused as RefusedError
from mmse.errors import Temporary as TemporaryError
from mmse.interfaces import Location
from mmse.metrics import ATTEMPTS
from mmse.relay.delivery import PATIENCE
from tests.relay.test_acceptance import Flaky
from tests.relay.world import BEGIN, World, got, submission

ASKED = Elements(delivery_report=True)


class OutcomeTests(SynchronousTestCase):
    def outcome(self, *answers: Any, **values: Any) -> tuple[World, str]:
        world = World()
        world.mm1.answers = list(answers)
        return world, world.submit(submission(elements=ASKED, **values)).message

    def test_waiting(self) -> None:
        world, mm = self.outcome(Waiting(BEGIN + 60, "by sms"))
        copy = world.copy(mm)
        self.assertEqual((copy.state, copy.due, copy.attempt), (State.NOTIFIED, BEGIN + 60, 1))
        self.assertEqual(got(world.store.trail(mm))[-1].reason, "by sms")
        self.assertEqual(world.metrics.value(ATTEMPTS, "mm1", "waiting"), 1)

    def test_waiting_without_a_bound(self) -> None:
        world, mm = self.outcome(Waiting())
        self.assertEqual(world.copy(mm).due, world.message(mm).expires)

    def test_waiting_until_a_past_moment(self) -> None:
        world, mm = self.outcome(Waiting(BEGIN - 5))
        self.assertTrue(BEGIN + 48 <= (world.copy(mm).due or 0) <= BEGIN + 73)

    def test_again_and_again_until_expiry(self) -> None:
        """The agent says when; the same copy is given again, its attempts counted; at expiry it ends."""
        world, mm = self.outcome(time_of_expiry=Moment(1000, True))
        world.advance(999, 10)
        self.assertEqual([copy.attempt for _, copy in world.mm1.delivered], [0, 1, 2, 3])
        self.assertEqual(len({copy.token for _, copy in world.mm1.delivered}), 1)
        self.assertIs(world.state(mm), State.NOTIFIED)
        world.advance(1)
        self.assertIs(world.state(mm), State.EXPIRED)
        self.assertEqual([report.delivery for report in world.mm1.reported], [DeliveryStatus.EXPIRED])
        world.advance(10_000, 100)
        self.assertEqual((len(world.mm1.delivered), len(world.mm1.reported)), (4, 1))

    def test_done(self) -> None:
        world, mm = self.outcome(Done(Event.HANDED_OVER, "250 ok"))
        self.assertIs(world.state(mm), State.HANDED_OVER)
        self.assertEqual([report.delivery for report in world.mm1.reported], [DeliveryStatus.INDETERMINATE])

    def test_refused(self) -> None:
        for status, state in (
            (RequestStatus.ADDRESS_UNRESOLVED, State.UNREACHABLE),
            (RequestStatus.SERVICE_DENIED, State.REJECTED),
            (RequestStatus.UNSUPPORTED_MESSAGE, State.UNRECOGNISED),
            (RequestStatus.TRANSIENT_FAILURE, State.QUEUED),
        ):
            for answer in (Refused(status, "no"), RefusedError(status, "no")):
                with self.subTest(status=status, answer=answer):
                    world, mm = self.outcome(answer)
                    self.assertIs(world.state(mm), state)

    def test_temporary(self) -> None:
        for answer in (Temporary(None, "down"), TemporaryError(None, "down"), fail(TemporaryError(None, "down"))):
            world, mm = self.outcome(answer)
            copy = world.copy(mm)
            self.assertEqual((copy.state, copy.attempt), (State.QUEUED, 1))
            self.assertTrue(48 <= copy.due - BEGIN <= 74, copy.due - BEGIN)  # type: ignore[operator]
            self.assertEqual(world.trail(mm)[-1], Happening.POSTPONED)
            world.advance(80)
            self.assertIs(world.state(mm), State.NOTIFIED)

    def test_back_off_grows_to_its_cap(self) -> None:
        world, mm = self.outcome(*[Temporary()] * 2000)
        tried: list[int] = []
        for _ in range(10):
            due = world.copy(mm).due
            assert due is not None
            tried.append(due)
            world.advance(due - world.now(), 600)
        waits = [b - a for a, b in pairwise([BEGIN, *tried])]
        self.assertTrue(all(b > a * 1.2 for a, b in pairwise(waits[:6])), waits)
        self.assertTrue(max(waits) <= 4801, waits)

    def test_a_peer_says_when(self) -> None:
        world, mm = self.outcome(Temporary(500.0))
        self.assertTrue(BEGIN + 500 <= (world.copy(mm).due or 0) <= BEGIN + 601)

    def test_a_bug_of_an_agent(self) -> None:
        for answer in (ZeroDivisionError("!"), fail(ZeroDivisionError("!"))):
            world, mm = self.outcome(answer)
            self.assertEqual((world.state(mm), world.trail(mm)[-1]), (State.QUEUED, Happening.POSTPONED))
            self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
            world.advance(400)
            self.assertIs(world.state(mm), State.NOTIFIED)

    def test_an_answer_that_means_nothing(self) -> None:
        world, mm = self.outcome(Done(Event.UNACKNOWLEDGED))
        self.assertIs(world.state(mm), State.QUEUED)
        world.advance(400)
        self.assertIs(world.state(mm), State.NOTIFIED)

    def test_an_agent_that_never_answers(self) -> None:
        world, mm = self.outcome(Deferred())
        world.advance(PATIENCE - 1, 1)
        self.assertEqual(len(world.mm1.delivered), 1, "its lease is kept meanwhile")
        world.advance(200, 1)
        self.assertEqual(len(world.mm1.delivered), 2)
        self.assertIs(world.state(mm), State.NOTIFIED)

    def test_an_agent_of_another_node(self) -> None:
        world = World(local=[], others=[Flaky([Location("mm7", "a short code")])])
        mm = world.submit(submission()).message
        self.assertIs(world.state(mm), State.QUEUED)
        world.agents["mm7"] = world.mm1
        world.advance(30)
        self.assertIs(world.state(mm), State.NOTIFIED)

    def test_a_route_that_is_no_more(self) -> None:
        world = World(local=[], others=[Flaky([Location("mm1", "here"), Location("", "gone away")])])
        world.mm1.answers = [Temporary()]
        mm = world.submit(submission(elements=ASKED)).message
        world.advance(80)
        self.assertIs(world.state(mm), State.UNREACHABLE)
        self.assertEqual(got(world.store.trail(mm))[-3].reason, "gone away")

    def test_a_route_that_changes(self) -> None:
        world = World(local=[], others=[Flaky([Location("mm1", "here"), Location("mm4", "ported")])])
        world.agents["mm4"] = world.mm1
        world.mm1.answers = [Temporary()]
        mm = world.submit(submission()).message
        world.advance(80)
        self.assertEqual((world.copy(mm).agent, world.state(mm)), ("mm4", State.NOTIFIED))
        self.assertIn("ported", [line.reason for line in got(world.store.trail(mm))])

    def test_a_directory_that_answers_late(self) -> None:
        where: Deferred[Location | None] = Deferred()
        world = World(local=[], others=[Flaky([Location("mm1", "here"), where])])
        world.mm1.answers = [Temporary()]
        mm = world.submit(submission()).message
        world.advance(120, 5)
        self.assertEqual(len(world.mm1.delivered), 1)
        where.callback(Location("mm1", "after all"))
        self.assertIs(world.state(mm), State.NOTIFIED)

    def test_routing_in_trouble_until_expiry(self) -> None:
        world = World(local=[], others=[Flaky([TemporaryError(reason="dns")])])
        mm = world.submit(submission(time_of_expiry=Moment(7200, True))).message
        world.advance(7199)
        self.assertIs(world.state(mm), State.QUEUED)
        world.advance(1)
        self.assertIs(world.state(mm), State.EXPIRED)
        self.assertEqual(world.mm1.delivered, [])


class RaceTests(SynchronousTestCase):
    """A phone may act on a push before the push's own acceptance was written down."""

    def race(self, event: Event, outcome: Outcome) -> tuple[World, str]:
        world = World()
        answer: Deferred[Outcome] = Deferred()
        world.mm1.answers = [answer]
        mm = world.submit(submission(elements=ASKED)).message
        self.assertTrue(world.tell(world.copy(mm), event).moved)
        answer.callback(outcome)
        world.clock.advance(0)
        return world, mm

    def test_the_phone_was_first(self) -> None:
        for event, state in (
            (Event.DEFERRED, State.DEFERRED),
            (Event.FETCHED, State.FETCHED),
            (Event.RETRIEVED, State.RETRIEVED),
            (Event.REJECTED, State.REJECTED),
        ):
            for outcome in (Waiting(BEGIN + 60), Temporary(None, "no receipt")):
                with self.subTest(event=event, outcome=outcome):
                    world, mm = self.race(event, outcome)
                    self.assertIs(world.state(mm), state)
                    world.advance(500)
                    self.assertEqual(len(world.mm1.delivered), 1)

    def test_a_permanent_answer_still_counts(self) -> None:
        world, mm = self.race(Event.DEFERRED, Refused(RequestStatus.ADDRESS_UNRESOLVED))
        self.assertIs(world.state(mm), State.UNREACHABLE)

    def test_not_after_it_was_fetched(self) -> None:
        world, mm = self.race(Event.FETCHED, Refused(RequestStatus.ADDRESS_UNRESOLVED))
        self.assertIs(world.state(mm), State.FETCHED)


class StoreTests(SynchronousTestCase):
    def test_an_outage_while_an_outcome_is_written(self) -> None:
        """The row is ours, the phone was told: it is written down when the store is back, and told once."""
        down = [0]

        def commit(operation: Any, act: Callable[[], Any]) -> Deferred[Any]:
            if down[0] and isinstance(operation, Change):
                down[0] -= 1
                return fail(TemporaryError(reason="away"))
            return succeed(act())

        world = World(commit=commit)
        down[0] = 5
        mm = world.submit(submission()).message
        self.assertIs(world.state(mm), State.QUEUED)
        world.advance(100, 1)
        self.assertIs(world.state(mm), State.NOTIFIED)
        self.assertEqual(len(world.mm1.delivered), 1)

    def test_a_commit_in_doubt(self) -> None:
        """Written, and the answer lost: seen by reading the row again, and not done twice."""
        lost = [True]

        def commit(operation: Any, act: Callable[[], Any]) -> Deferred[Any]:
            result = act()
            if isinstance(operation, Change) and lost:
                lost.clear()
                return fail(TemporaryError(reason="answer lost"))
            return succeed(result)

        world = World(commit=commit)
        world.mm1.answers = [Done(Event.HANDED_OVER)]
        mm = world.submit(submission(elements=ASKED)).message
        world.advance(10, 1)
        self.assertIs(world.state(mm), State.HANDED_OVER)
        self.assertEqual((len(world.mm1.delivered), len(world.mm1.reported)), (1, 1))
        self.assertEqual(world.trail(mm).count(Happening.HANDED_OVER), 1)
