"""One event, one change: due times, counters, reports, charges, trail."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.address import parse
from mmse.abstract.charging import Kind, Side
from mmse.abstract.delivery import FINAL, REPORTED, SUPPRESSIBLE, TRANSITIONS, Event, State
from mmse.abstract.elements import Interface, Via
from mmse.abstract.message import Copy, Elements, Message, Recipient
from mmse.abstract.status import RequestStatus
from mmse.abstract.storage import Change, Queued
from mmse.abstract.trail import Happening
from mmse.relay.change import HAPPENINGS, REFUSED, Rules, Step, moved
from tests.relay.world import ALICE, BOB

NOW = 1_800_000_000
RULES = Rules(node="n1", acknowledge_timeout=600, report_lifetime=1000)
MESSAGE = Message(
    id="m@x",
    originator=parse(ALICE),
    recipients=(Recipient(parse(BOB)),),
    elements=Elements(delivery_report=True, reply_applic_id="app.reply", applic_id="app", aux_applic_info="aux"),
    accepted=NOW - 10,
    earliest=NOW - 10,
    expires=NOW + 5000,
    date=NOW - 10,
    size=3,
    agent="mm1",
    version=0x11,
)
COPY = Copy(message="m@x", position=0, recipient=parse(BOB), state=State.QUEUED, due=NOW, token="t" * 22, agent="mm1")


def move(state: State, event: Event, rules: Rules = RULES, message: Message = MESSAGE, **step: object) -> Change | None:
    copy = replace(COPY, state=state, attempt=3, version=9)
    return moved(rules, Queued(message, copy), Step(event=event, **step), NOW + 0.5)  # type: ignore[arg-type]


def sure(change: Change | None) -> Change:
    assert change is not None
    return change


class MovedTests(SynchronousTestCase):
    def test_tables_are_complete(self) -> None:
        self.assertEqual(set(HAPPENINGS), set(Event))
        self.assertEqual(set(REFUSED), set(RequestStatus))

    def test_every_pair(self) -> None:
        """Whatever happens in whatever state: the table is obeyed, ends end, and nothing is left without a due time."""
        for state in State:
            for event in Event:
                with self.subTest(state=state, event=event):
                    change = move(state, event, due=NOW + 60)
                    reached = TRANSITIONS.get((state, event))
                    if reached is None:
                        self.assertIsNone(change)
                        continue
                    after = sure(change).after
                    self.assertIs(after.state, reached)
                    self.assertEqual(after.due is None, reached in FINAL)
                    ended = MESSAGE.expires if event is Event.UNACKNOWLEDGED else NOW
                    self.assertEqual(after.ended, ended if reached in FINAL else None)
                    self.assertEqual(len(sure(change).reports), reached in REPORTED)
                    self.assertEqual(sure(change).trail[0].happening, HAPPENINGS[event])

    def test_due(self) -> None:
        cases = (
            (State.QUEUED, Event.TAKEN, NOW + 60, NOW + 60),
            (State.QUEUED, Event.TAKEN, None, MESSAGE.expires),
            (State.QUEUED, Event.TAKEN, NOW + 9999, MESSAGE.expires),
            (State.NOTIFIED, Event.TAKEN, NOW - 60, NOW + 1),
            (State.QUEUED, Event.POSTPONED, NOW, NOW + 1),
            (State.NOTIFIED, Event.DEFERRED, NOW + 60, MESSAGE.expires),
            (State.NOTIFIED, Event.FETCHED, NOW + 60, NOW + 600),
        )
        for state, event, due, expected in cases:
            with self.subTest(state=state, event=event, due=due):
                self.assertEqual(sure(move(state, event, due=due)).after.due, expected)

    def test_an_acknowledgement_may_come_after_expiry(self) -> None:
        short = replace(MESSAGE, expires=NOW + 5)
        self.assertEqual(sure(move(State.NOTIFIED, Event.FETCHED, message=short)).after.due, NOW + 600)

    def test_fetching_again_does_not_put_off_the_end(self) -> None:
        copy = replace(COPY, state=State.FETCHED, due=NOW + 7, fetched=NOW - 593)
        after = sure(moved(RULES, Queued(MESSAGE, copy), Step(event=Event.FETCHED), NOW)).after
        self.assertEqual((after.due, after.fetched), (NOW + 7, NOW))

    def test_unacknowledged_after_expiry(self) -> None:
        short = replace(MESSAGE, expires=NOW - 5)
        self.assertEqual(sure(move(State.FETCHED, Event.UNACKNOWLEDGED, message=short)).after.ended, NOW)

    def test_attempts(self) -> None:
        cases = (
            (State.QUEUED, Event.POSTPONED, 4),
            (State.QUEUED, Event.TAKEN, 1),
            (State.NOTIFIED, Event.TAKEN, 4),
            (State.NOTIFIED, Event.POSTPONED, 4),
            (State.NOTIFIED, Event.DEFERRED, 0),
        )
        for state, event, attempt in cases:
            with self.subTest(state=state, event=event):
                self.assertEqual(sure(move(state, event)).after.attempt, attempt)

    def test_a_repeat_is_no_change(self) -> None:
        deferred = replace(COPY, state=State.DEFERRED, due=MESSAGE.expires)
        self.assertIsNone(moved(RULES, Queued(MESSAGE, deferred), Step(event=Event.DEFERRED), NOW))
        forbidden = moved(RULES, Queued(MESSAGE, deferred), Step(event=Event.DEFERRED, report_allowed=False), NOW)
        self.assertFalse(sure(forbidden).after.report_allowed)

    def test_what_was_forbidden_stays_forbidden(self) -> None:
        copy = replace(COPY, state=State.FETCHED, report_allowed=False)
        change = sure(moved(RULES, Queued(MESSAGE, copy), Step(event=Event.RETRIEVED), NOW))
        self.assertEqual((change.after.report_allowed, change.reports), (False, ()))

    def test_routed_anew(self) -> None:
        change = sure(move(State.QUEUED, Event.TAKEN, agent="mm4", routed="peer x", peer="mm4"))
        self.assertEqual([line.happening for line in change.trail], [Happening.ROUTED, Happening.NOTIFIED])
        self.assertEqual((change.after.agent, change.trail[0].reason), ("mm4", "peer x"))
        same = sure(move(State.QUEUED, Event.TAKEN, agent="mm1", routed="again"))
        self.assertEqual([line.happening for line in same.trail], [Happening.NOTIFIED])


class OwedTests(SynchronousTestCase):
    def test_what_a_report_says(self) -> None:
        (report,) = sure(move(State.FETCHED, Event.RETRIEVED)).reports
        self.assertEqual((report.message, report.position, report.agent), ("m@x", 0, "mm1"))
        self.assertEqual((report.originator, report.recipient), (parse(ALICE), parse(BOB)))
        self.assertEqual((report.date, report.due, report.expires), (NOW, NOW, NOW + 1000))
        self.assertEqual((report.applic_id, report.aux_applic_info), ("app.reply", "aux"))
        self.assertEqual((report.delivery, report.version), (REPORTED[State.RETRIEVED], 0x11))

    def test_suppression(self) -> None:
        for (state, event), reached in TRANSITIONS.items():
            if reached in FINAL:
                with self.subTest(state=state, event=event):
                    reports = sure(move(state, event, report_allowed=False)).reports
                    self.assertEqual(bool(reports), reached in REPORTED and reached not in SUPPRESSIBLE)

    def test_nothing_owed(self) -> None:
        for message in (
            replace(MESSAGE, elements=Elements()),
            replace(MESSAGE, agent=""),
            replace(MESSAGE, elements=Elements(delivery_report=True, message_class="auto")),
        ):
            self.assertEqual(sure(move(State.FETCHED, Event.RETRIEVED, message=message)).reports, ())


class ChargesTests(SynchronousTestCase):
    RULES = Rules(node="n1", acknowledge_timeout=600, report_lifetime=1000, charged=True)

    def kinds(self, state: State, event: Event, fetched: int | None = None) -> list[tuple[Kind, int]]:
        copy = replace(COPY, state=state, attempt=3, fetched=fetched)
        via = Via(Interface.MM1, "10.0.0.1")
        change = sure(moved(self.RULES, Queued(MESSAGE, copy), Step(event=event, via=via), NOW))
        self.assertTrue(all(event.side is Side.RECIPIENT and event.via == via for event in change.charges))
        return [(event.kind, event.sequence) for event in change.charges]

    def test_rows(self) -> None:
        self.assertEqual(self.kinds(State.QUEUED, Event.TAKEN), [(Kind.NOTIFICATION, 0)])
        self.assertEqual(self.kinds(State.NOTIFIED, Event.TAKEN), [(Kind.NOTIFICATION, 3)])
        self.assertEqual(self.kinds(State.NOTIFIED, Event.POSTPONED), [])
        self.assertEqual(self.kinds(State.NOTIFIED, Event.FETCHED), [(Kind.RETRIEVAL, 0)])
        self.assertEqual(self.kinds(State.FETCHED, Event.FETCHED, NOW - 5), [])
        self.assertEqual(self.kinds(State.FETCHED, Event.RETRIEVED, NOW - 5), [(Kind.DELETION, 0)])
        self.assertEqual(self.kinds(State.NOTIFIED, Event.RETRIEVED), [(Kind.RETRIEVAL, 0), (Kind.DELETION, 0)])
        self.assertEqual(self.kinds(State.NOTIFIED, Event.EXPIRED), [(Kind.DELETION, 0)])

    def test_an_agent_names_its_interface(self) -> None:
        change = sure(move(State.QUEUED, Event.TAKEN, rules=self.RULES, agent="mm4", peer="mm4"))
        self.assertEqual(change.charges[0].via, Via(Interface.MM4, "mm4"))

    def test_no_rows_without_a_sink(self) -> None:
        self.assertEqual(sure(move(State.FETCHED, Event.RETRIEVED)).charges, ())
