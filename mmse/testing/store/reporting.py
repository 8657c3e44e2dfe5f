"""The contract of reports owed, each told once, and of charging events, each given until it was taken."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.internet.defer import gatherResults

from mmse.abstract.charging import Kind
from mmse.abstract.delivery import State
from mmse.abstract.reports import ReportKind
from mmse.abstract.trail import Happening
from mmse.testing.store.fixture import StoreFixture
from mmse.testing.store.values import BOB, CAROL, LEASE, NOW, change, ended, event, put, report, trace

__all__ = ["ReportingContract"]


class ReportingContract(StoreFixture):
    """``owe``, ``settle``, ``charged``, and what ``put`` and ``change`` cause."""

    async def test_report_of_an_ended_copy(self) -> None:
        """A report owed by a change is due, and comes back value for value."""
        await self.store.put(put(recipients=(BOB, CAROL)))
        owed = report(position=1, applic_id="app", due=NOW + 3)
        await self.store.change(ended(await self.copy(position=1), reports=(owed,)))
        await self.restart()
        claimed = await self.store.claim("x", NOW, 10, LEASE)
        self.assertEqual(claimed.reports, ())
        self.assertEqual((await self.store.claim("x", NOW + 3, 10, LEASE)).reports, (owed,))
        self.assertEqual((await self.store.claim("x", NOW + 3, 10, LEASE)).reports, ())

    async def test_report_of_a_put(self) -> None:
        """A recipient that cannot be reached is reported in the commit that accepts the MM."""
        await self.store.put(put(reports=(report(),)))
        self.assertEqual((await self.store.claim("x", NOW, 10, LEASE)).reports, (report(),))

    async def test_a_report_exists_once(self) -> None:
        """For (message, position, kind) there is one report, whoever owes it again, told or not."""
        await self.store.put(put(recipients=(BOB, CAROL)))
        self.assertTrue(await self.store.owe(report(), [trace(happening=Happening.REPORT_OWED)]))
        self.assertFalse(await self.store.owe(report(due=NOW + 1), [trace(happening=Happening.LATE)]))
        again = (report(due=NOW + 2), report(kind=ReportKind.READ))
        self.assertTrue(await self.store.change(ended(await self.copy(), reports=again)))
        claimed = await self.store.claim("x", NOW + 9, 10, LEASE)
        self.assertEqual(claimed.reports, (report(), report(kind=ReportKind.READ)))
        self.assertEqual([line.happening for line in await self.store.trail("m1")], [Happening.REPORT_OWED])
        self.assertTrue(await self.store.settle(report(), None, ()))
        await self.restart()
        self.assertFalse(await self.store.owe(report(), ()))
        self.assertTrue(await self.store.owe(report(position=1), ()))

    async def test_owed_at_once(self) -> None:
        """Of many that owe the same report together one does."""
        await self.store.put(put())
        self.assertEqual((await gatherResults([self.store.owe(report(), ()) for _ in range(9)])), [True] + [False] * 8)

    async def test_owed_for_an_unknown_mm(self) -> None:
        """There is no report about an MM that is not there."""
        self.assertFalse(await self.store.owe(report("unknown"), [trace("unknown")]))
        self.assertEqual((await self.store.claim("x", NOW, 10, LEASE)).reports, ())

    async def test_told(self) -> None:
        """A report that was told is never due again, and cannot be settled again."""
        await self.store.put(put(reports=(report(),)))
        told = [trace(happening=Happening.REPORT_TOLD)]
        answers = await gatherResults([self.store.settle(report(), None, told) for _ in range(3)])
        self.assertEqual(answers, [True, False, False])
        claimed = await self.store.claim("x", NOW + 10**6, 10, NOW + 10**7)
        self.assertEqual(claimed.reports, ())
        self.assertEqual([line.happening for line in await self.store.trail("m1")], [Happening.REPORT_TOLD])

    async def test_postponed(self) -> None:
        """A report is tried again when its new due time comes; the attempt is what is compared."""
        await self.store.put(put(due=None, reports=(report(),)))
        await self.store.claim("x", NOW, 10, LEASE)
        later = report(attempt=1, due=NOW + 60)
        answers = await gatherResults([self.store.settle(report(), later, ()) for _ in range(2)])
        self.assertEqual(answers, [True, False])
        claimed = await self.store.claim("x", NOW + 59, 10, NOW + 99)
        self.assertEqual((claimed.reports, claimed.next_due), ((), NOW + 60))
        self.assertEqual((await self.store.claim("x", NOW + 60, 10, NOW + 99)).reports, (later,))
        self.assertFalse(await self.store.settle(report(), None, ()))
        self.assertTrue(await self.store.settle(later, None, ()))

    async def test_settled_without_being_owed(self) -> None:
        """What is not there cannot be settled."""
        self.assertFalse(await self.store.settle(report(), None, ()))
        await self.store.put(put())
        self.assertFalse(await self.store.settle(report(), None, [trace()]))
        self.assertEqual(await self.store.trail("m1"), [])

    async def test_reports_oldest_first(self) -> None:
        """At most ``limit``, and the next one's time."""
        for i, due in enumerate((NOW - 1, NOW - 9, NOW - 5)):
            await self.store.put(put(f"m{i}", due=None, reports=(report(f"m{i}", due=due),)))
        claimed = await self.store.claim("x", NOW, 2, LEASE)
        self.assertEqual([owed.message for owed in claimed.reports], ["m1", "m2"])
        self.assertEqual(claimed.next_due, NOW - 1)

    # -- Charging events ---------------------------------------------------------------------------------------------

    async def test_events_are_given_until_taken(self) -> None:
        """Only to who asks for them, leased meanwhile, and no more once their sink took them."""
        await self.store.put(put(charges=(event(),)))
        await self.store.change(change(await self.copy(), State.NOTIFIED, charges=(event(position=0),)))
        self.assertEqual((await self.store.claim("x", NOW, 10, LEASE)).charges, ())
        claimed = await self.store.claim("x", NOW, 10, LEASE, True)
        self.assertEqual([given for _, given in claimed.charges], [event(), event(position=0)])
        self.assertEqual((await self.store.claim("x", NOW, 10, LEASE, True)).charges, ())
        await self.store.charged([claimed.charges[0][0]])
        again = await self.store.claim("x", LEASE, 10, LEASE + 30, True)
        self.assertEqual(again.charges, claimed.charges[1:])
        await self.store.charged([number for number, _ in again.charges])
        await self.restart()
        self.assertEqual((await self.store.claim("x", LEASE + 99, 10, LEASE + 199, True)).charges, ())

    async def test_an_event_exists_once(self) -> None:
        """(message, position, kind, sequence) makes it one, taken or not."""
        await self.store.put(put(charges=(event(), event())))
        first = await self.store.claim("x", NOW, 10, LEASE, True)
        self.assertEqual([given for _, given in first.charges], [event()])
        await self.store.charged([number for number, _ in first.charges])
        others = (event(), event(sequence=1), event(position=0), event(kind=Kind.FORWARD))
        await self.store.change(change(await self.copy(), State.NOTIFIED, charges=others))
        await self.restart()
        await self.store.change(change(await self.copy(), State.DEFERRED, charges=others))
        second = await self.store.claim("x", NOW, 10, LEASE, True)
        self.assertEqual([given for _, given in second.charges], list(others[1:]))

    async def test_events_in_slices(self) -> None:
        """At most ``limit`` at a time, oldest first."""
        for i in range(5):
            await self.store.put(put(f"m{i}", charges=(event(f"m{i}"),)))
        seen = []
        for _ in range(3):
            claimed = await self.store.claim("x", NOW, 2, LEASE, True)
            seen += [given.message for _, given in claimed.charges]
        self.assertEqual(seen, [f"m{i}" for i in range(5)])
        self.assertIsNone(await self.store.charged([]))

    async def test_event_keeps_every_field(self) -> None:
        """Value for value."""
        full = replace(event(position=0, kind=Kind.RETRIEVAL, sequence=7), status="retrieved", size=30_000)
        await self.store.put(put(charges=(full,)))
        self.assertEqual((await self.store.claim("x", NOW, 10, LEASE, True)).charges[0][1], full)
