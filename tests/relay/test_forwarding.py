"""Forwarding without retrieval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.address import parse
from mmse.abstract.delivery import Event, State
from mmse.abstract.elements import Moment, PreviouslySent, ReplyCharging
from mmse.abstract.message import Elements
from mmse.abstract.status import DeliveryStatus, RequestStatus
from mmse.abstract.storage import Put
from mmse.abstract.trail import Happening
from mmse.relay.submission import duplicate_key
from mmse.settings import Limits
from tests.relay.world import ALICE, BEGIN, BOB, CAROL, DAVE, World, content, forwarding, got, submission, to

TYPED = f"{ALICE}/TYPE=PLMN"


class ForwardTests(SynchronousTestCase):
    def test_a_forward(self) -> None:
        world = World()
        copy = world.notified(subject="hello", delivery_report=True, read_reply=True)
        world.advance(60)
        accepted = world.forward(forwarding(copy, to(CAROL), to(DAVE), delivery_report=True))
        self.assertIs(accepted.status, RequestStatus.OK)
        self.assertNotEqual(accepted.message, copy.message)
        message = world.message(accepted.message)
        self.assertEqual((message.originator, message.forwarded_from), (parse(BOB), copy.message))
        self.assertEqual(message.recipients, (to(CAROL), to(DAVE)))
        self.assertEqual(
            message.elements,
            Elements(subject="hello", delivery_report=True, previously_sent=(PreviouslySent(1, TYPED, BEGIN),)),
        )
        self.assertEqual(got(world.store.content(message.id)), content())
        self.assertEqual([c.state for c in world.copies(message.id)], [State.NOTIFIED] * 2)
        self.assertIs(world.state(copy.message), State.FORWARDED)
        self.assertEqual([report.delivery for report in world.mm1.reported], [DeliveryStatus.FORWARDED])
        self.assertEqual(world.mm1.reported[0].originator, parse(ALICE))

    def test_report_not_allowed(self) -> None:
        world = World()
        copy = world.notified(delivery_report=True)
        world.forward(forwarding(copy, report_allowed=False))
        self.assertEqual((world.state(copy.message), world.mm1.reported), (State.FORWARDED, []))

    def test_forward_of_a_forward(self) -> None:
        world = World()
        copy = world.notified()
        second = world.copy(world.forward(forwarding(copy)).message)
        world.advance(60)
        third = world.forward(forwarding(second, to(DAVE), originator=parse(CAROL)))
        self.assertEqual(
            world.message(third.message).elements.previously_sent,
            (PreviouslySent(1, TYPED, BEGIN), PreviouslySent(2, f"{BOB}/TYPE=PLMN", BEGIN)),
        )

    def test_a_hidden_sender_stays_hidden(self) -> None:
        world = World()
        accepted = world.forward(forwarding(world.notified(sender_visible=False)))
        elements = world.message(accepted.message).elements
        self.assertEqual(elements.previously_sent, (PreviouslySent(1, "", BEGIN),))
        self.assertIsNone(elements.sender_visible, "that was the originator's wish, not the forwarder's")

    def test_limit(self) -> None:
        for limit, status in ((0, RequestStatus.SERVICE_DENIED), (1, RequestStatus.OK)):
            world = World(limits=Limits(forward_max=limit))
            copy = world.notified()
            first = world.forward(forwarding(copy))
            self.assertIs(first.status, status)
            self.assertIs(world.state(copy.message), State.FORWARDED if limit else State.NOTIFIED)
            if limit:
                second = world.forward(forwarding(world.copy(first.message), to(DAVE), originator=parse(CAROL)))
                self.assertIs(second.status, RequestStatus.SERVICE_DENIED)

    def test_only_by_its_recipient(self) -> None:
        world = World()
        copy = world.notified()
        accepted = world.forward(forwarding(copy, originator=parse(CAROL)))
        self.assertIs(accepted.status, RequestStatus.SERVICE_DENIED)
        self.assertEqual((world.state(copy.message), len(world.mm1.delivered)), (State.NOTIFIED, 1))
        self.assertEqual(world.trail(copy.message)[-1], Happening.FETCH_REFUSED)

    def test_not_found(self) -> None:
        world = World()
        copy = world.notified()
        for location in ("", "x" * 22):
            accepted = world.forward(forwarding(copy, location=location))
            self.assertIs(accepted.status, RequestStatus.MESSAGE_NOT_FOUND)
        for event in (Event.REJECTED, Event.CANCELLED, Event.FORWARDED):
            copy = world.notified()
            world.tell(copy, event)
            self.assertIs(world.forward(forwarding(copy)).status, RequestStatus.MESSAGE_NOT_FOUND)

    def test_expired(self) -> None:
        world = World()
        mm = world.submit(submission(time_of_expiry=Moment(100, True))).message
        copy = world.copy(mm)
        world.advance(100)
        self.assertIs(world.forward(forwarding(copy)).status, RequestStatus.MESSAGE_NOT_FOUND)
        self.assertIs(world.state(mm), State.EXPIRED)

    def test_what_was_fetched_is_copied_only(self) -> None:
        for events, state in (
            ((Event.FETCHED,), State.FETCHED),
            ((Event.FETCHED, Event.RETRIEVED), State.RETRIEVED),
        ):
            world = World()
            copy = world.notified()
            for event in events:
                world.tell(copy, event)
            accepted = world.forward(forwarding(copy))
            self.assertIs(accepted.status, RequestStatus.OK)
            self.assertIs(world.state(copy.message), state)
            self.assertEqual(world.forward(forwarding(copy)), accepted)

    def test_after_the_grace(self) -> None:
        world = World()
        copy = world.notified()
        world.tell(copy, Event.RETRIEVED)
        world.advance(3600)
        self.assertIs(world.forward(forwarding(copy)).status, RequestStatus.MESSAGE_NOT_FOUND)

    def test_the_same_again(self) -> None:
        world = World()
        copy = world.notified(delivery_report=True)
        first = world.forward(forwarding(copy))
        self.assertEqual(world.forward(forwarding(copy)), first)
        self.assertEqual(len(world.mm1.delivered), 2)
        self.assertEqual(len(world.mm1.reported), 1)
        other = world.forward(forwarding(copy, transaction="f2"))
        self.assertIs(other.status, RequestStatus.MESSAGE_NOT_FOUND)

    def test_the_same_again_when_the_content_is_gone(self) -> None:
        world = World()
        copy = world.notified()
        first = world.forward(forwarding(copy))
        got(world.store.purge(int(world.now()) + 3600, 100))
        self.assertIsNone(got(world.store.content(copy.message)))
        self.assertEqual(world.forward(forwarding(copy)), first)

    def test_a_submission_with_the_same_transaction_is_another_request(self) -> None:
        self.assertNotEqual(duplicate_key("submit", BOB, "f1", b"f"), duplicate_key("forward", BOB, "f1", b"f"))

    def test_refused_recipients_leave_the_copy_alone(self) -> None:
        world = World()
        copy = world.notified()
        accepted = world.forward(forwarding(copy, to("+4477001")))
        self.assertIs(accepted.status, RequestStatus.ADDRESS_UNRESOLVED)
        self.assertIs(world.state(copy.message), State.NOTIFIED)

    def test_times_of_the_forward(self) -> None:
        world = World()
        copy = world.notified()
        world.advance(60)
        accepted = world.forward(
            forwarding(copy, time_of_expiry=Moment(500, True), earliest_time_of_delivery=Moment(100, True))
        )
        message = world.message(accepted.message)
        self.assertEqual((message.earliest, message.expires), (BEGIN + 160, BEGIN + 560))

    def test_a_lost_race_is_decided_again(self) -> None:
        raced: list[int] = []

        def commit(operation: Any, act: Callable[[], Any]) -> Any:
            if isinstance(operation, Put) and operation.change is not None and not raced:
                raced.append(1)
                world.tell(copy, Event.DEFERRED)
            return act()

        world = World(commit=commit)
        copy = world.notified()
        self.assertIs(world.forward(forwarding(copy)).status, RequestStatus.OK)
        self.assertEqual((world.state(copy.message), raced), (State.FORWARDED, [1]))

    def test_reply_charging_does_not_go_on(self) -> None:
        """No MM of ours carries it; one that an agent of another network put here might."""
        from mmse.relay.forwarding import passed_on

        world = World()
        message = world.message(world.notified().message)
        from msgspec.structs import replace

        charged = replace(message, elements=Elements(reply_charging=ReplyCharging(requested=True)))
        copy = world.copy(message.id)
        self.assertIsNone(passed_on(charged, forwarding(copy), 9).reply_charging)
