"""Retrieval: for the recipient, while it may be had."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.address import Field
from mmse.abstract.delivery import Event, State
from mmse.abstract.elements import Moment
from mmse.abstract.message import Copy, Elements
from mmse.abstract.status import DeliveryStatus, RetrieveStatus
from mmse.abstract.trail import Happening
from mmse.metrics import RETRIEVALS, STRANGERS
from tests.relay.world import BOB, CAROL, VIA, World, content, got, submission, to

NOT_FOUND = RetrieveStatus.MESSAGE_NOT_FOUND


class RetrieveTests(SynchronousTestCase):
    def test_all_of_it(self) -> None:
        world = World()
        copy = world.notified(subject="hello", sender_visible=False)
        found = world.retrieve(copy)
        self.assertEqual((found.status, found.copy, found.content), (RetrieveStatus.OK, copy, content()))
        assert found.message is not None
        self.assertEqual((found.message.elements.subject, found.message.elements.sender_visible), ("hello", False))
        self.assertIs(world.state(copy.message), State.NOTIFIED, "fetching moves nothing by itself")
        self.assertEqual(world.metrics.value(RETRIEVALS, "ok"), 1)

    def test_again_until_acknowledged(self) -> None:
        world = World()
        copy = world.notified()
        for _ in range(3):
            self.assertIs(world.retrieve(copy).status, RetrieveStatus.OK)
            world.tell(copy, Event.FETCHED)

    def test_unknown_phone_with_the_token(self) -> None:
        world = World()
        self.assertIs(world.retrieve(world.notified(), None).status, RetrieveStatus.OK)

    def test_stranger(self) -> None:
        world = World()
        copy = world.notified()
        found = world.retrieve(copy, CAROL)
        self.assertEqual((found.status, found.content, found.message), (RetrieveStatus.SERVICE_DENIED, None, None))
        self.assertEqual(world.trail(copy.message)[-1], Happening.FETCH_REFUSED)
        self.assertEqual(world.metrics.value(STRANGERS, "retrieve"), 1)

    def test_each_recipient_has_a_token_of_their_own(self) -> None:
        world = World()
        mm = world.submit(submission(to(BOB), to(CAROL, Field.BCC))).message
        bob, carol = world.copies(mm)
        self.assertIs(world.retrieve(carol, BOB).status, RetrieveStatus.SERVICE_DENIED)
        self.assertIs(world.retrieve(carol, CAROL).status, RetrieveStatus.OK)
        self.assertIs(world.retrieve(bob, BOB).status, RetrieveStatus.OK)

    def test_unknown_token(self) -> None:
        world = World()
        for token in ("", "x" * 22):
            self.assertIs(got(world.relay.retrieve(token, None, VIA)).status, NOT_FOUND)

    def after(self, *events: Event, later: float = 0) -> tuple[World, Copy]:
        world = World()
        copy = world.notified()
        for event in events:
            world.tell(copy, event)
        world.advance(later)
        return world, copy

    def test_ended(self) -> None:
        for event in (Event.REJECTED, Event.FORWARDED, Event.CANCELLED, Event.UNRECOGNISED):
            world, copy = self.after(event)
            self.assertIs(world.retrieve(copy).status, NOT_FOUND, event)

    def test_retrieved_within_the_grace(self) -> None:
        world, copy = self.after(Event.RETRIEVED, later=3599)
        self.assertIs(world.retrieve(copy).status, RetrieveStatus.OK)
        world.advance(1)
        self.assertIs(world.retrieve(copy).status, NOT_FOUND)

    def test_purged(self) -> None:
        world, copy = self.after(Event.RETRIEVED)
        got(world.store.purge(int(world.now()) + 3600, 10))
        self.assertEqual(world.retrieve(copy).text, "no longer kept")
        self.assertIs(world.retrieve(copy).status, NOT_FOUND)

    def test_before_its_delivery_time(self) -> None:
        world = World()
        mm = world.submit(submission(earliest_time_of_delivery=Moment(600, True))).message
        self.assertIs(world.retrieve(world.copy(mm)).status, NOT_FOUND)
        world.advance(600)
        self.assertIs(world.retrieve(world.copy(mm)).status, RetrieveStatus.OK)

    def test_expired(self) -> None:
        """Whoever comes before the due loop makes it expire, and the report is owed all the same."""
        world = World()
        world.mm1.answers = [Deferred()]
        asked = Elements(delivery_report=True)
        mm = world.submit(submission(time_of_expiry=Moment(100, True), elements=asked)).message
        world.advance(100)
        self.assertIs(world.state(mm), State.QUEUED, "it is in the hands of an agent")
        self.assertIs(world.retrieve(world.copy(mm)).status, NOT_FOUND)
        self.assertIs(world.state(mm), State.EXPIRED)
        world.clock.advance(0)
        self.assertEqual([report.delivery for report in world.mm1.reported], [DeliveryStatus.EXPIRED])

    def test_fetched_before_and_fetched_again_after_expiry(self) -> None:
        world = World()
        mm = world.submit(submission(time_of_expiry=Moment(100, True))).message
        world.advance(90)
        world.tell(world.copy(mm), Event.FETCHED)
        world.advance(100)
        self.assertIs(world.retrieve(world.copy(mm)).status, RetrieveStatus.OK)

    def test_an_outage(self) -> None:
        world = World()
        copy = world.notified()
        got(world.store.stop())
        self.assertIs(world.retrieve(copy).status, RetrieveStatus.TRANSIENT_FAILURE)
        self.assertEqual(world.metrics.value(RETRIEVALS, "transient-failure"), 1)
