"""The contract of forgetting: content after its grace, rows after their retention, keys after their time."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.internet.defer import gatherResults

from mmse.abstract.delivery import State
from mmse.abstract.storage import Kept
from mmse.abstract.trail import Happening
from mmse.testing.store.fixture import StoreFixture
from mmse.testing.store.values import (
    BOB,
    CAROL,
    GRACE,
    LEASE,
    NOW,
    RETENTION,
    correlation,
    ended,
    event,
    put,
    report,
    trace,
)

__all__ = ["PurgingContract"]


class PurgingContract(StoreFixture):
    """``purge``."""

    async def end(self, name: str = "m1", position: int = 0, at: int = NOW) -> None:
        """End a copy's life."""
        self.assertTrue(await self.store.change(ended(await self.copy(name, position), at=at)))

    async def test_nothing_to_forget(self) -> None:
        """A copy that lives keeps its MM for ever."""
        await self.store.put(put())
        self.assertEqual(await self.store.purge(NOW + 10**9, 100), 0)
        self.assertIsNotNone(await self.store.content("m1"))

    async def test_content_goes_after_its_grace(self) -> None:
        """Counted from the end of the last copy; the rows stay, and the trail tells."""
        given = put(recipients=(BOB, CAROL), trail=(trace(),))
        await self.store.put(given)
        await self.end(position=0, at=NOW)
        self.assertEqual(await self.store.purge(NOW + 10**6, 100), 0)
        await self.end(position=1, at=NOW + 50)
        self.assertEqual(await self.store.purge(NOW + 49 + GRACE, 100), 0)
        self.assertEqual(await self.store.content("m1"), given.content)
        self.assertEqual(await self.store.purge(NOW + 50 + GRACE, 100), 1)
        self.assertIsNone(await self.store.content("m1"))
        self.assertEqual(await self.store.message("m1"), given.message)
        self.assertEqual(len(await self.store.copies("m1")), 2)
        last = (await self.store.trail("m1"))[-1]
        self.assertEqual((last.happening, last.at, last.message), (Happening.PURGED, NOW + 50 + GRACE, "m1"))
        self.assertEqual(await self.store.purge(NOW + 50 + GRACE, 100), 0)

    async def test_rows_go_after_retention(self) -> None:
        """All of them, and the counts with them."""
        await self.store.put(put("m1", recipients=(BOB, CAROL), charges=(event(),), trail=(trace(),)))
        await self.store.put(put("m2"))
        await self.end(position=0, at=NOW + 1)
        await self.end(position=1, at=NOW + 2)
        await self.restart()
        self.assertEqual(await self.store.purge(NOW + 1 + RETENTION, 100), 1)
        self.assertIsNotNone(await self.store.message("m1"))
        self.assertEqual(await self.store.purge(NOW + 2 + RETENTION, 100), 1)
        self.assertIsNone(await self.store.message("m1"))
        self.assertEqual(await self.store.copies("m1"), [])
        self.assertEqual(await self.store.trail("m1"), [])
        self.assertIsNone(await self.store.located(put("m1").copies[0].token))
        for _ in range(2):
            counts = await self.store.counts()
            self.assertEqual((counts[State.QUEUED], counts[State.RETRIEVED]), (1, 0))
            await self.restart()
        self.assertIsNotNone(await self.store.content("m2"))

    async def test_an_mm_whose_copies_were_over_when_it_came(self) -> None:
        """It is forgotten like any other."""
        given = put(due=None)
        over = ended(given.copies[0], State.UNREACHABLE, at=NOW).after
        await self.store.put(replace(given, copies=(over,)))
        self.assertEqual(await self.store.purge(NOW + GRACE, 100), 1)
        self.assertEqual(await self.store.purge(NOW + RETENTION, 100), 1)
        self.assertIsNone(await self.store.message("m1"))

    async def test_a_report_owed_holds_the_rows(self) -> None:
        """Until it is told, or given up; the content goes meanwhile."""
        await self.store.put(put())
        await self.store.change(ended(await self.copy(), reports=(report(),)))
        self.assertEqual(await self.store.purge(NOW + RETENTION, 100), 1)
        self.assertIsNone(await self.store.content("m1"))
        self.assertIsNotNone(await self.store.message("m1"))
        later = report(attempt=1, due=NOW + 9)
        await self.store.settle(report(), later, ())
        self.assertEqual(await self.store.purge(NOW + RETENTION, 100), 0)
        await self.restart()
        await self.store.settle(later, None, ())
        self.assertEqual(await self.store.purge(NOW + RETENTION, 100), 1)
        self.assertIsNone(await self.store.message("m1"))
        self.assertFalse(await self.store.owe(report(), ()))

    async def test_a_report_owed_late_holds_the_rows(self) -> None:
        """A read report comes days after the end of the copy's life."""
        await self.store.put(put())
        await self.end()
        self.assertTrue(await self.store.owe(report(), ()))
        await self.store.purge(NOW + RETENTION, 100)
        self.assertIsNotNone(await self.store.message("m1"))
        await self.store.settle(report(), None, ())
        self.assertEqual(await self.store.purge(NOW + RETENTION, 100), 1)

    async def test_content_goes_once(self) -> None:
        """What happens to reports later brings no content back into the books."""
        await self.store.put(put())
        await self.end()
        await self.store.purge(NOW + GRACE, 100)
        await self.store.owe(report(), ())
        await self.store.settle(report(), None, ())
        self.assertEqual(await self.store.purge(NOW + GRACE, 100), 0)

    async def test_slices(self) -> None:
        """At most ``limit`` of a kind at a time, oldest first, until nothing is left."""
        await gatherResults([self.store.put(put(f"m{i}")) for i in range(10)])
        for i in range(10):
            await self.end(f"m{i}", at=NOW + 10 - i)
        self.assertEqual(await self.store.purge(NOW + 10 + GRACE, 4), 4)
        self.assertEqual([i for i in range(10) if await self.store.content(f"m{i}") is None], [6, 7, 8, 9])
        gone: list[int] = []
        while gone[-1:] != [0]:
            gone.append(await self.store.purge(NOW + 10 + GRACE, 4))
        self.assertEqual(gone, [4, 2, 0])

    async def test_duplicate_keys(self) -> None:
        """They go after their time, and not before."""
        await self.store.put(put("m1", duplicate_key=b"a", duplicate_until=NOW + 5))
        await self.store.put(put("m2", duplicate_key=b"b", duplicate_until=NOW + 6))
        self.assertEqual(await self.store.purge(NOW + 5, 100), 1)
        self.assertEqual(
            await self.store.put(put("m3", duplicate_key=b"b", duplicate_until=NOW + 9)), Kept("m2", duplicate=True)
        )
        self.assertEqual(await self.store.put(put("m4", duplicate_key=b"a", duplicate_until=NOW + 9)), Kept("m4"))
        self.assertEqual(await self.store.purge(NOW + 8, 100), 1)

    async def test_a_key_used_again_goes_when_its_last_use_is_over(self) -> None:
        """The time that counts is the newest."""
        await self.store.put(put("m1", duplicate_key=b"a", duplicate_until=NOW))
        await self.store.put(put("m2", duplicate_key=b"a", duplicate_until=NOW + 50))
        self.assertEqual(await self.store.purge(NOW + 49, 100), 0)
        self.assertEqual(await self.store.purge(NOW + 50, 100), 1)

    async def test_correlations(self) -> None:
        """They go after their time; one that was replaced goes when the newer one is over."""
        await self.store.correlate(correlation("x1", expires=NOW + 5))
        await self.store.correlate(correlation("x2", expires=NOW + 5))
        await self.store.correlate(correlation("x2", expires=NOW + 9))
        self.assertEqual(await self.store.purge(NOW + 5, 100), 1)
        self.assertIsNone(await self.store.correlated("mm4", "peer.example", "x1"))
        self.assertIsNotNone(await self.store.correlated("mm4", "peer.example", "x2"))
        self.assertEqual(await self.store.purge(NOW + 9, 100), 1)

    async def test_a_new_life_under_an_old_name(self) -> None:
        """A Message-ID that was forgotten starts afresh."""
        await self.store.put(put(charges=(event(),), reports=(report(),), trail=(trace(),)))
        await self.store.settle(report(), None, ())
        await self.end()
        await self.store.purge(NOW + RETENTION, 100)
        self.assertEqual(await self.store.put(put(charges=(event(),))), Kept("m1"))
        self.assertEqual((await self.copy()).version, 0)
        self.assertTrue(await self.store.owe(report(), ()))
        self.assertEqual(await self.store.trail("m1"), [])
        claimed = await self.store.claim("x", LEASE, 10, LEASE + 30, True)
        self.assertEqual((len(claimed.copies), len(claimed.reports), len(claimed.charges)), (1, 1, 1))
