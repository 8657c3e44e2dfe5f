"""Reports and read replies: once, retried, given up in the end."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.address import Field, parse
from mmse.abstract.delivery import Event
from mmse.abstract.elements import ReadStatus
from mmse.abstract.message import Elements
from mmse.abstract.outcome import Refused, Temporary, Waiting
from mmse.abstract.reports import ReadReply, ReportKind
from mmse.abstract.status import RequestStatus
from mmse.abstract.trail import Happening
from mmse.errors import Refused as RefusedError
from mmse.errors import Temporary as TemporaryError
from mmse.interfaces import Told
from mmse.metrics import REPORTS
from mmse.relay.delivery import PATIENCE
from mmse.settings import Limits
from mmse.store.operations import Settle
from tests.relay.world import ALICE, BEGIN, BOB, CAROL, DAVE, VIA, World, got, submission, to


class DeliveryReportTests(SynchronousTestCase):
    def told(self, *answers: Any, limits: Limits | None = None) -> tuple[World, str]:
        world = World(limits=limits)
        world.mm1.report_answers = list(answers)
        copy = world.notified(delivery_report=True)
        world.tell(copy, Event.RETRIEVED)
        return world, copy.message

    def test_once(self) -> None:
        world, mm = self.told()
        self.assertEqual(world.trail(mm)[-3:], [Happening.RETRIEVED, Happening.REPORT_OWED, Happening.REPORT_TOLD])
        world.advance(100_000, 1000)
        self.assertEqual(len(world.mm1.reported), 1)
        self.assertEqual(world.metrics.value(REPORTS, "delivery", "report-told"), 1)

    def test_taken_for_later_is_told(self) -> None:
        world, _ = self.told(Waiting(BEGIN + 5))
        world.advance(1000)
        self.assertEqual(len(world.mm1.reported), 1)

    def test_one_for_each_recipient(self) -> None:
        world = World()
        asked = Elements(delivery_report=True)
        mm = world.submit(submission(to(BOB), to(CAROL, Field.CC), to(DAVE, Field.BCC), elements=asked)).message
        for copy, event in zip(world.copies(mm), (Event.RETRIEVED, Event.REJECTED, Event.UNRECOGNISED), strict=True):
            world.tell(copy, event)
        self.assertEqual(
            [(report.recipient.value, report.delivery and report.delivery.value) for report in world.mm1.reported],
            [(BOB, "retrieved"), (CAROL, "rejected"), (DAVE, "unrecognised")],
        )
        self.assertTrue(all(report.originator == parse(ALICE) for report in world.mm1.reported))

    def test_tried_again(self) -> None:
        for answer in (Temporary(None, "off"), TemporaryError(), fail(TemporaryError()), fail(ZeroDivisionError())):
            world, mm = self.told(answer, answer if isinstance(answer, Temporary) else Temporary())
            self.assertEqual(world.trail(mm)[-1], Happening.REPORT_POSTPONED)
            world.advance(1000)
            self.assertEqual(len(world.mm1.reported), 3)
            self.assertEqual([report.attempt for report in world.mm1.reported], [0, 1, 2])
            self.assertEqual(world.trail(mm)[-1], Happening.REPORT_TOLD)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_refused_for_good(self) -> None:
        for answer in (Refused(RequestStatus.SERVICE_DENIED), RefusedError(RequestStatus.SERVICE_DENIED)):
            world, mm = self.told(answer)
            world.advance(1000)
            self.assertEqual((len(world.mm1.reported), world.trail(mm)[-1]), (1, Happening.REPORT_ABANDONED))

    def test_given_up(self) -> None:
        world, mm = self.told(*[Temporary()] * 500, limits=Limits(report_lifetime=10_000))
        world.advance(9_999)
        tried = len(world.mm1.reported)
        self.assertGreater(tried, 3)
        self.assertNotEqual(world.trail(mm)[-1], Happening.REPORT_ABANDONED)
        world.advance(100_000, 1000)
        self.assertEqual(world.trail(mm).count(Happening.REPORT_ABANDONED), 1)
        self.assertEqual(len(world.mm1.reported), tried)

    def test_an_agent_that_never_answers(self) -> None:
        world, mm = self.told(Deferred())
        world.advance(PATIENCE + 100, 1)
        self.assertEqual(world.trail(mm)[-1], Happening.REPORT_TOLD)

    def test_an_agent_of_another_node(self) -> None:
        world = World()
        mm = world.submit(submission(elements=Elements(delivery_report=True)), agent="mm7").message
        world.tell(world.copy(mm), Event.RETRIEVED)
        world.agents["mm7"] = world.mm1
        world.advance(30)
        self.assertEqual([report.agent for report in world.mm1.reported], ["mm7"])

    def test_nobody_to_tell(self) -> None:
        world = World()
        mm = world.submit(submission(elements=Elements(delivery_report=True)), agent="").message
        world.tell(world.copy(mm), Event.RETRIEVED)
        world.advance(100)
        self.assertEqual(world.mm1.reported, [])

    def test_an_outage_while_its_end_is_written(self) -> None:
        down = [3]

        def commit(operation: Any, act: Any) -> Any:
            if isinstance(operation, Settle) and down[0]:
                down[0] -= 1
                return fail(TemporaryError())
            return act()

        world = World(commit=commit)
        copy = world.notified(delivery_report=True)
        world.tell(copy, Event.RETRIEVED)
        world.advance(100, 1)
        self.assertEqual((len(world.mm1.reported), down), (1, [0]))
        self.assertEqual(world.trail(copy.message)[-1], Happening.REPORT_TOLD)


class ReadTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.world = World()
        asked = Elements(read_reply=True, reply_applic_id="app")
        self.mm = self.world.submit(submission(to(CAROL), to(BOB, Field.BCC), elements=asked)).message

    def read(
        self, reader: str, message: str = "", status: ReadStatus = ReadStatus.READ, date: int | None = None
    ) -> Told:
        reply = ReadReply(message=message or self.mm, reader=parse(reader), status=status, date=date)
        told = got(self.world.relay.read(reply, VIA))
        self.world.clock.advance(0)
        return told

    def test_told_to_the_originator(self) -> None:
        self.assertEqual(self.read(BOB), Told(moved=True, message=self.mm))
        (report,) = self.world.mm1.reported
        self.assertEqual((report.kind, report.read), (ReportKind.READ, ReadStatus.READ))
        self.assertEqual((report.originator, report.recipient), (parse(ALICE), parse(BOB)))
        self.assertEqual((report.position, report.date, report.applic_id), (1, BEGIN, "app"))
        self.assertEqual(self.world.trail(self.mm)[-2:], [Happening.READ, Happening.REPORT_TOLD])

    def test_once_for_each(self) -> None:
        self.read(BOB)
        self.assertFalse(self.read(BOB, status=ReadStatus.DELETED).moved)
        self.assertTrue(self.read(CAROL, status=ReadStatus.DELETED).moved)
        self.assertEqual([r.read for r in self.world.mm1.reported], [ReadStatus.READ, ReadStatus.DELETED])

    def test_dates(self) -> None:
        self.world.advance(100)
        self.read(BOB, date=BEGIN + 50)
        self.read(CAROL, date=BEGIN + 500)
        self.assertEqual([report.date for report in self.world.mm1.reported], [BEGIN + 50, BEGIN + 100])

    def test_strangers_and_unknown(self) -> None:
        for told in (self.read(DAVE), self.read(ALICE), self.read(BOB, "nothing@x")):
            self.assertEqual((told.moved, told.refused), (False, True))
        self.assertEqual(self.world.mm1.reported, [])

    def test_not_asked(self) -> None:
        mm = self.world.submit(submission(transaction="t2")).message
        self.assertEqual(self.read(BOB, mm).moved, False)
        self.assertEqual(self.world.mm1.reported, [])

    def test_nobody_to_tell(self) -> None:
        mm = self.world.submit(submission(transaction="t2", elements=Elements(read_reply=True)), agent="").message
        self.assertFalse(self.read(BOB, mm).moved)
        self.assertEqual(self.world.trail(mm)[-1], Happening.READ)

    def test_an_outage(self) -> None:
        got(self.world.store.stop())
        reply = ReadReply(message=self.mm, reader=parse(BOB), status=ReadStatus.READ)
        self.failureResultOf(self.world.relay.read(reply, VIA), TemporaryError)
