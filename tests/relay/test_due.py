"""The due loop: claims, wakes, leases, restarts, drains, jumps, and what idleness costs."""

from __future__ import annotations

from collections import Counter
from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.delivery import Event, State
from mmse.abstract.elements import Moment
from mmse.abstract.message import Elements
from mmse.abstract.outcome import Waiting
from mmse.abstract.status import RequestStatus
from mmse.errors import Temporary
from mmse.metrics import CLOCK_JUMPS, COPIES, IN_FLIGHT
from mmse.relay.due import LEASE, POLL
from mmse.relay.service import DRAIN
from mmse.store.operations import Claim, Purge, Recover
from tests.relay.world import BEGIN, BOB, VIA, World, got, submission, to


def counted(seen: Counter[type]) -> Any:
    def commit(operation: Any, act: Any) -> Any:
        seen[type(operation)] += 1
        return act()

    return commit


class IdleTests(SynchronousTestCase):
    def test_idle_costs_next_to_nothing(self) -> None:
        seen: Counter[type] = Counter()
        world = World(commit=counted(seen))
        seen.clear()
        world.advance(600, 1)
        self.assertEqual(set(seen), {Claim, Purge})
        self.assertLessEqual(seen[Claim], 600 / POLL + 1)
        self.assertLessEqual(seen[Purge], 21)
        self.assertEqual(len(world.clock.getDelayedCalls()), 2)

    def test_a_row_due_tomorrow_is_not_asked_about_all_day(self) -> None:
        seen: Counter[type] = Counter()
        world = World(commit=counted(seen))
        world.submit(submission(earliest_time_of_delivery=Moment(86_400, True)))
        seen.clear()
        world.advance(600, 1)
        self.assertLessEqual(seen[Claim], 600 / POLL + 1)

    def test_counts_are_shown(self) -> None:
        world = World()
        world.notified()
        world.advance(40, 1)
        self.assertEqual(world.metrics.value(COPIES, "notified"), 1)


class BoundTests(SynchronousTestCase):
    def test_so_many_at_once_and_no_more(self) -> None:
        world = World(policy={"dispatches": 3, "max_recipients": 1000})
        answers: list[Deferred[Any]] = []

        def hold(copy: Any) -> Deferred[Any]:
            answers.append(Deferred())
            return answers[-1]

        world.mm1.otherwise = hold
        mm = world.submit(submission(*(to(f"+1555{n:07}") for n in range(20)))).message
        most = 0
        while len(answers) < 20:
            open_ = [answer for answer in answers if not answer.called]
            most = max(most, len(open_))
            self.assertEqual(world.metrics.value(IN_FLIGHT), len(open_))
            open_[0].callback(Waiting())
            world.clock.advance(0.01)
        self.assertEqual(most, 3)
        for answer in answers:
            if not answer.called:
                answer.callback(Waiting())
        self.assertEqual({copy.state for copy in world.copies(mm)}, {State.NOTIFIED})
        self.assertEqual(len({copy.token for _, copy in world.mm1.delivered}), 20)

    def test_many_are_claimed_in_slices(self) -> None:
        world = World(policy={"max_recipients": 1000})
        mm = world.submit(
            submission(*(to(f"+1555{n:07}") for n in range(500)), earliest_time_of_delivery=Moment(60, True))
        ).message
        world.advance(61, 1)
        self.assertEqual(len(world.mm1.delivered), 500)
        self.assertEqual({copy.state for copy in world.copies(mm)}, {State.NOTIFIED})


class NodesTests(SynchronousTestCase):
    def test_rows_of_a_dead_node(self) -> None:
        """Leased by one that died: another takes them when the lease is over, the restarted one at once."""
        for owner, wait in (("n2", LEASE + POLL), ("n1", 1.0)):
            world = World()
            world.mm1.answers = [Deferred()]
            mm = world.submit(submission()).message
            for call in list(world.clock.getDelayedCalls()):
                call.cancel()
            relay = world.make(owner)
            relay.startService()
            world.advance(wait, 0.5)
            self.assertEqual(len(world.mm1.delivered), 2, owner)
            self.assertIs(world.state(mm), State.NOTIFIED)

    def test_rows_written_by_another_node(self) -> None:
        world = World()
        other = world.make("n2")
        accepted = got(other.submit(submission(earliest_time_of_delivery=Moment(60, True)), VIA))
        world.advance(60 + POLL, 1)
        self.assertIs(world.state(accepted.message), State.NOTIFIED)

    def test_two_nodes_never_do_the_same(self) -> None:
        world = World(policy={"max_recipients": 1000})
        other = world.make("n2")
        other.startService()
        waiting: list[Deferred[Any]] = []

        def hold(copy: Any) -> Deferred[Any]:
            waiting.append(Deferred())
            return waiting[-1]

        world.mm1.otherwise = hold
        world.submit(submission(*(to(f"+1555{n:07}") for n in range(100)), earliest_time_of_delivery=Moment(60, True)))
        world.advance(250, 1)
        self.assertEqual(len(world.mm1.delivered), 100, "leases were kept for minutes")
        for answer in waiting:
            answer.callback(Waiting())
        world.advance(60, 1)
        self.assertEqual(len(world.mm1.delivered), 100)

    def test_a_claim_in_doubt(self) -> None:
        """Rows that were leased to us without our knowing come back, although other work keeps our leases alive."""
        lose = [False]

        def commit(operation: Any, act: Any) -> Any:
            result = act()
            if isinstance(operation, Claim) and lose[0]:
                lose[0] = False
                return fail(Temporary(reason="answer lost"))
            return result

        world = World(commit=commit)
        mm = world.submit(submission(earliest_time_of_delivery=Moment(60, True))).message
        world.advance(59, 1)
        lose[0] = True
        world.advance(2, 0.5)
        world.mm1.answers = [Deferred()]
        world.submit(submission(transaction="t2"))
        world.advance(2 * LEASE + 2 * POLL, 1)
        self.assertIs(world.state(mm), State.NOTIFIED)

    def test_the_store_is_away_at_the_start(self) -> None:
        away = [5]

        def commit(operation: Any, act: Any) -> Any:
            if isinstance(operation, Recover | Claim) and away[0]:
                away[0] -= 1
                return fail(Temporary(reason="not yet"))
            return act()

        world = World(commit=commit)
        mm = world.submit(submission(earliest_time_of_delivery=Moment(60, True))).message
        world.advance(70, 1)
        self.assertIs(world.state(mm), State.NOTIFIED)

    def test_a_broken_store_does_not_end_the_loop(self) -> None:
        broken = [True]

        def commit(operation: Any, act: Any) -> Any:
            if isinstance(operation, Claim | Purge) and broken[0]:
                return fail(ZeroDivisionError())
            return act()

        world = World(commit=commit)
        mm = world.submit(submission(earliest_time_of_delivery=Moment(60, True))).message
        world.advance(70, 1)
        broken[0] = False
        world.advance(60, 1)
        self.assertIs(world.state(mm), State.NOTIFIED)
        self.assertGreater(len(self.flushLoggedErrors(ZeroDivisionError)), 1)


class StopTests(SynchronousTestCase):
    def test_nothing_in_flight(self) -> None:
        world = World()
        world.notified()
        self.assertIsNone(got(world.relay.stopService()))
        self.assertEqual(world.clock.getDelayedCalls(), [])

    def test_what_is_in_flight_is_waited_for(self) -> None:
        world = World()
        answer: Deferred[Any] = Deferred()
        world.mm1.answers = [answer]
        mm = world.submit(submission()).message
        stopped = world.relay.stopService()
        self.assertNoResult(stopped)
        self.assertIs(world.submit(submission(transaction="t2")).status, RequestStatus.TRANSIENT_FAILURE)
        answer.callback(Waiting())
        self.assertIsNone(got(stopped))
        self.assertIs(world.state(mm), State.NOTIFIED)
        world.advance(100)
        self.assertEqual(len(world.mm1.delivered), 1)

    def test_but_not_for_ever(self) -> None:
        world = World()
        world.mm1.answers = [Deferred()]
        world.submit(submission())
        stopped = world.relay.stopService()
        world.advance(DRAIN - 1, 1)
        self.assertNoResult(stopped)
        world.advance(1)
        self.assertIsNone(got(stopped))

    def test_a_store_in_trouble_does_not_hold_a_stop(self) -> None:
        world = World()
        answer: Deferred[Any] = Deferred()
        world.mm1.answers = [answer]
        mm = world.submit(submission()).message
        got(world.store.stop())
        answer.callback(Waiting())
        stopped = world.relay.stopService()
        self.assertIsNone(got(stopped))
        got(world.store.start())
        world.relay.startService()
        world.advance(1, 0.5)
        self.assertIs(world.state(mm), State.NOTIFIED)
        self.assertEqual(len(world.mm1.delivered), 2)

    def test_and_start_again(self) -> None:
        world = World()
        mm = world.submit(submission(earliest_time_of_delivery=Moment(60, True))).message
        got(world.relay.stopService())
        world.advance(120)
        self.assertEqual(world.mm1.delivered, [])
        world.relay.startService()
        world.clock.advance(0)
        self.assertIs(world.state(mm), State.NOTIFIED)


class JumpTests(SynchronousTestCase):
    """RELIABILITY D10."""

    def test_a_day_forwards_expires_nothing(self) -> None:
        world = World()
        mm = world.submit(
            submission(time_of_expiry=Moment(7200, True), elements=Elements(delivery_report=True))
        ).message
        later = world.submit(submission(transaction="t2", earliest_time_of_delivery=Moment(7200, True))).message
        world.advance(10, 1)
        world.skew += 86_400
        world.advance(600, 1)
        self.assertIs(world.state(mm), State.NOTIFIED)
        self.assertIs(world.state(later), State.QUEUED)
        self.assertEqual(world.metrics.value(CLOCK_JUMPS), 1)
        world.skew -= 86_400
        world.advance(7200, 5)
        self.assertIs(world.state(mm), State.EXPIRED)
        self.assertIs(world.state(later), State.NOTIFIED)

    def test_an_hour_back_stops_nothing(self) -> None:
        world = World()
        world.notified()
        world.skew -= 3601
        world.advance(310, 1)
        self.assertEqual(len(world.mm1.delivered), 2)

    def test_back_off_in_memory_is_by_the_monotonic_clock(self) -> None:
        world = World()
        got(world.store.stop())
        notice = world.relay.submit(submission(), VIA)
        self.assertIs(got(notice).status, RequestStatus.TRANSIENT_FAILURE)
        world.skew -= 100_000
        got(world.store.start())
        copy = world.notified()
        self.assertTrue(world.tell(copy, Event.RETRIEVED, BOB).moved)
        self.assertTrue(BEGIN <= world.message(copy.message).accepted <= BEGIN + 60)


class CostTests(SynchronousTestCase):
    def test_commits_of_an_mm_from_phone_to_phone(self) -> None:
        """One to accept it, one for each thing that happens to it, and a claim and a settlement for its report."""
        seen: Counter[type] = Counter()
        world = World(commit=counted(seen))
        seen.clear()
        copy = world.notified(delivery_report=True)
        world.tell(copy, Event.FETCHED)
        world.tell(copy, Event.RETRIEVED)
        self.assertEqual({kind.__name__: count for kind, count in seen.items()}, COMMITS)


COMMITS = {"Put": 1, "Change": 3, "Claim": 1, "Settle": 1}
