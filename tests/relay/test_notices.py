"""What doors tell: who may, what moves, what repeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import fail
from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.address import parse
from mmse.abstract.delivery import Event, State
from mmse.abstract.status import DeliveryStatus, RetrieveStatus
from mmse.abstract.storage import Change, Correlation
from mmse.abstract.trail import Happening
from mmse.errors import Temporary
from mmse.interfaces import Notice, Reference, Told
from mmse.metrics import COPY_EVENTS, STRANGERS
from mmse.settings import Limits
from tests.relay.world import BEGIN, BOB, CAROL, VIA, World, got, submission, to


class TellTests(SynchronousTestCase):
    def test_immediate_retrieval(self) -> None:
        world = World()
        copy = world.notified(delivery_report=True)
        self.assertEqual(world.tell(copy, Event.FETCHED, BOB), Told(moved=True, message=copy.message))
        self.assertIs(world.state(copy.message), State.FETCHED)
        self.assertTrue(world.tell(copy, Event.RETRIEVED, BOB).moved)
        self.assertIs(world.state(copy.message), State.RETRIEVED)
        self.assertEqual([report.delivery for report in world.mm1.reported], [DeliveryStatus.RETRIEVED])
        self.assertEqual(world.metrics.value(COPY_EVENTS, "retrieved", "yes"), 1)

    def test_deferred_ends_the_notifications(self) -> None:
        world = World()
        copy = world.notified()
        world.tell(copy, Event.DEFERRED, BOB)
        world.advance(100_000, 1000)
        self.assertEqual(len(world.mm1.delivered), 1)
        self.assertIs(world.state(copy.message), State.DEFERRED)
        world.advance(259_200, 1000)
        self.assertIs(world.state(copy.message), State.EXPIRED)

    def test_repeats(self) -> None:
        world = World()
        copy = world.notified(delivery_report=True)
        for event in (Event.DEFERRED, Event.RETRIEVED):
            self.assertTrue(world.tell(copy, event).moved)
            told = world.tell(copy, event)
            self.assertEqual((told.moved, told.refused), (False, False))
        self.assertEqual(len(world.mm1.reported), 1)
        self.assertNotIn(Happening.LATE, world.trail(copy.message))

    def test_late(self) -> None:
        world = World()
        copy = world.notified(delivery_report=True)
        world.tell(copy, Event.RETRIEVED)
        for event in (Event.DEFERRED, Event.REJECTED):
            self.assertEqual(world.tell(copy, event).moved, False)
        self.assertIs(world.state(copy.message), State.RETRIEVED)
        self.assertEqual(world.trail(copy.message).count(Happening.LATE), 2)
        self.assertEqual(len(world.mm1.reported), 1)

    def test_by_transaction(self) -> None:
        world = World()
        copy = world.notified()
        reference = Reference(transaction=copy.transaction)
        for who, refused in ((None, True), (CAROL, True), (BOB, False)):
            notice = Notice(reference=reference, event=Event.REJECTED, who=None if who is None else parse(who))
            self.assertEqual(got(world.relay.tell(notice, VIA)).refused, refused)
        self.assertIs(world.state(copy.message), State.REJECTED)

    def test_by_transaction_beside_a_token_that_is_none(self) -> None:
        """Phones post to the MMSC's address, whose path a door may take for a token."""
        world = World()
        copy = world.notified()
        reference = Reference(token="servlets", transaction=copy.transaction)
        for who, refused in ((None, True), (CAROL, True), (BOB, False)):
            notice = Notice(reference=reference, event=Event.REJECTED, who=None if who is None else parse(who))
            self.assertEqual(got(world.relay.tell(notice, VIA)).refused, refused)
        self.assertIs(world.state(copy.message), State.REJECTED)

    def test_by_another_spelling_of_the_recipient(self) -> None:
        world = World(country_code="1")
        self.assertTrue(world.tell(world.notified(), Event.REJECTED, "5551230002").moved)

    def test_strangers(self) -> None:
        world = World()
        copy = world.notified()
        told = world.tell(copy, Event.REJECTED, CAROL)
        self.assertEqual((told.moved, told.refused), (False, True))
        self.assertIs(world.state(copy.message), State.NOTIFIED)
        self.assertEqual(world.trail(copy.message)[-1], Happening.FETCH_REFUSED)
        self.assertEqual(world.metrics.value(STRANGERS, "rejected"), 1)

    def test_nothing_there(self) -> None:
        world = World()
        for reference in (Reference(), Reference(token="x"), Reference(agent="mm4", peer="p", external="1")):
            self.assertTrue(
                got(world.relay.tell(Notice(reference=reference, event=Event.REJECTED, who=None), VIA)).refused
            )

    def test_by_what_a_peer_quotes(self) -> None:
        world = World()
        mm = world.submit(submission(to(BOB), to(CAROL))).message
        got(
            world.store.correlate(
                Correlation(
                    agent="mm4", peer="p", external="77", message=mm, position=1, attempt=0, expires=BEGIN + 900
                )
            )
        )
        reference = Reference(agent="mm4", peer="p", external="77")
        self.assertTrue(got(world.relay.tell(Notice(reference=reference, event=Event.REJECTED, who=None), VIA)).moved)
        self.assertEqual([copy.state for copy in world.copies(mm)], [State.NOTIFIED, State.REJECTED])

    def test_report_not_allowed(self) -> None:
        world = World()
        for event in (Event.RETRIEVED, Event.REJECTED):
            world.tell(world.notified(delivery_report=True), event, allowed=False)
        self.assertEqual(world.mm1.reported, [])

    def test_report_not_allowed_once_is_never(self) -> None:
        world = World()
        copy = world.notified(delivery_report=True)
        world.tell(copy, Event.DEFERRED, allowed=False)
        world.tell(copy, Event.FETCHED)
        world.tell(copy, Event.RETRIEVED, allowed=True)
        self.assertEqual(world.mm1.reported, [])

    def test_what_cannot_be_forbidden(self) -> None:
        world = World()
        copy = world.notified(delivery_report=True)
        world.tell(copy, Event.DEFERRED, allowed=False)
        world.advance(259_200, 1000)
        self.assertEqual([report.delivery for report in world.mm1.reported], [DeliveryStatus.EXPIRED])

    def test_not_acknowledged(self) -> None:
        world = World(limits=Limits(acknowledge_timeout=600))
        copy = world.notified(delivery_report=True)
        world.advance(100)
        world.tell(copy, Event.FETCHED)
        world.advance(599)
        self.assertIs(world.state(copy.message), State.FETCHED)
        world.advance(1)
        self.assertIs(world.state(copy.message), State.RETRIEVED)
        self.assertEqual([report.delivery for report in world.mm1.reported], [DeliveryStatus.RETRIEVED])

    def test_not_acknowledged_may_be_fetched_until_expiry(self) -> None:
        """A proxy took all octets and the phone got none: the MM is not lost to it."""
        world = World(limits=Limits(acknowledge_timeout=600))
        copy = world.notified(delivery_report=True)
        world.tell(copy, Event.FETCHED)
        world.advance(100_000, 100)
        self.assertIs(world.state(copy.message), State.RETRIEVED)
        self.assertIs(world.retrieve(copy).status, RetrieveStatus.OK)
        world.advance(259_200, 1000)
        self.assertIs(world.retrieve(copy).status, RetrieveStatus.MESSAGE_NOT_FOUND)
        self.assertEqual([report.delivery for report in world.mm1.reported], [DeliveryStatus.RETRIEVED])

    def test_fetched_and_then_deferred(self) -> None:
        """The two came in the other order, and the acknowledgement never: at expiry it is not called expired."""
        world = World()
        copy = world.notified(delivery_report=True)
        world.tell(copy, Event.FETCHED)
        world.tell(copy, Event.DEFERRED)
        self.assertIs(world.state(copy.message), State.DEFERRED)
        world.advance(259_200, 1000)
        self.assertIs(world.state(copy.message), State.RETRIEVED)
        self.assertEqual([report.delivery for report in world.mm1.reported], [DeliveryStatus.RETRIEVED])

    def test_an_outage_is_told_to_the_door(self) -> None:
        world = World(commit=lambda operation, act: fail(Temporary()) if isinstance(operation, Change) else act())
        mm = world.submit(submission()).message
        notice = Notice(reference=Reference(token=world.copy(mm).token), event=Event.REJECTED, who=None)
        self.failureResultOf(world.relay.tell(notice, VIA), Temporary)

    def test_a_lost_race_is_decided_again(self) -> None:
        raced: list[int] = []

        def commit(operation: Any, act: Callable[[], Any]) -> Any:
            if isinstance(operation, Change) and operation.after.state is State.RETRIEVED and not raced:
                raced.append(1)
                world.tell(copy, Event.DEFERRED)
            return act()

        world = World(commit=commit)
        copy = world.notified()
        self.assertTrue(world.tell(copy, Event.RETRIEVED).moved)
        self.assertEqual((world.state(copy.message), raced), (State.RETRIEVED, [1]))

    def test_races_have_an_end(self) -> None:
        def commit(operation: Any, act: Callable[[], Any]) -> Any:
            lost = isinstance(operation, Change) and operation.after.state is State.REJECTED
            return False if lost else act()

        world = World(commit=commit)
        copy = world.notified()
        notice = Notice(reference=Reference(token=copy.token), event=Event.REJECTED, who=None)
        self.failureResultOf(world.relay.tell(notice, VIA), Temporary)
