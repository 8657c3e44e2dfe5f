"""The contract of due rows and leases."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.internet.defer import gatherResults

from mmse.abstract.delivery import State
from mmse.abstract.message import Copy
from mmse.abstract.storage import Claimed
from mmse.testing.store.fixture import StoreFixture
from mmse.testing.store.values import BOB, CAROL, LEASE, NOW, change, ended, put, report

__all__ = ["ClaimingContract"]


def names(claimed: Claimed) -> list[str]:
    """The MMs whose copies were claimed."""
    return [queued.copy.message for queued in claimed.copies]


class ClaimingContract(StoreFixture):
    """``claim``, ``renew``, ``recover``."""

    async def free(self, name: str, due: int, position: int = 0) -> Copy:
        """Put an MM whose copy nobody has, due at some time."""
        await self.store.put(put(name))
        await self.store.change(change(await self.copy(name), State.NOTIFIED, due=due))
        return await self.copy(name)

    async def test_nothing(self) -> None:
        """An empty store has nothing due, ever."""
        self.assertEqual(await self.store.claim("a", NOW, 10, LEASE, True), Claimed())

    async def test_put_is_leased_to_who_put_it(self) -> None:
        """Its owner dispatches a new MM; others get it when the lease is over."""
        given = put(recipients=(BOB, CAROL))
        await self.store.put(given)
        early = await self.store.claim("other", LEASE - 1, 10, LEASE + 30)
        self.assertEqual((early.copies, early.next_due), ((), LEASE))
        late = await self.store.claim("other", LEASE, 10, LEASE + 30)
        self.assertEqual([queued.copy for queued in late.copies], list(given.copies))
        self.assertEqual(late.copies[0].message, given.message)
        self.assertEqual(late.next_due, LEASE + 30)

    async def test_put_for_later_is_not_leased(self) -> None:
        """A copy that is not due when its MM is accepted waits for whoever claims it then."""
        await self.store.put(put(due=NOW + 5))
        claimed = await self.store.claim("other", NOW, 10, LEASE)
        self.assertEqual((claimed.copies, claimed.next_due), ((), NOW + 5))
        self.assertEqual(names(await self.store.claim("other", NOW + 5, 10, LEASE)), ["m1"])

    async def test_oldest_first(self) -> None:
        """At most ``limit`` rows, those that waited longest; ``next_due`` tells that there are more."""
        for name, due in (("c", NOW - 1), ("a", NOW - 30), ("d", NOW + 7), ("b", NOW - 20)):
            await self.free(name, due)
        claimed = await self.store.claim("x", NOW, 2, LEASE)
        self.assertEqual((names(claimed), claimed.next_due), (["a", "b"], NOW - 1))
        claimed = await self.store.claim("x", NOW, 2, LEASE)
        self.assertEqual((names(claimed), claimed.next_due), (["c"], NOW + 7))
        claimed = await self.store.claim("x", NOW, 2, LEASE)
        self.assertEqual((names(claimed), claimed.next_due), ([], NOW + 7))
        self.assertEqual(names(await self.store.claim("x", NOW + 7, 2, LEASE)), ["d"])

    async def test_nobody_claims_twice(self) -> None:
        """Claims at the same time share the rows."""
        for i in range(20):
            await self.free(f"m{i}", NOW)
        answers = await gatherResults([self.store.claim(f"n{i}", NOW, 6, LEASE) for i in range(5)])
        taken = [name for claimed in answers for name in names(claimed)]
        self.assertEqual(sorted(taken), sorted(f"m{i}" for i in range(20)))

    async def test_change_ends_the_lease(self) -> None:
        """After a change the row is free again, due when it says; unless the lease is kept."""
        copy = await self.free("m1", NOW)
        await self.store.claim("x", NOW, 1, LEASE)
        await self.store.change(change(copy, State.NOTIFIED, due=NOW + 2))
        self.assertEqual((await self.store.claim("x", NOW, 1, LEASE)).next_due, NOW + 2)
        claimed = await self.store.claim("x", NOW + 2, 1, LEASE)
        await self.store.change(change(claimed.copies[0].copy, State.NOTIFIED, due=NOW + 3, keep_lease=True))
        claimed = await self.store.claim("x", NOW + 10, 1, LEASE)
        self.assertEqual((names(claimed), claimed.next_due), ([], LEASE))
        self.assertEqual(names(await self.store.claim("x", LEASE, 1, LEASE + 30)), ["m1"])

    async def test_change_of_a_leased_row_by_another(self) -> None:
        """A lease is about dispatch: a door may move the copy meanwhile."""
        copy = await self.free("m1", NOW)
        await self.store.claim("x", NOW, 1, LEASE)
        self.assertTrue(await self.store.change(ended(copy)))
        claimed = await self.store.claim("y", LEASE + 9, 1, LEASE + 30)
        self.assertEqual((claimed.copies, claimed.next_due), ((), None))

    async def test_ended_copies_are_never_due(self) -> None:
        """A final state has no due time."""
        for i in range(3):
            await self.store.put(put(f"m{i}"))
            await self.store.change(ended(await self.copy(f"m{i}")))
        claimed = await self.store.claim("x", NOW + 10**8, 10, NOW + 10**8 + 30)
        self.assertEqual((claimed.copies, claimed.next_due), ((), None))

    async def test_renew(self) -> None:
        """Leases of one owner are prolonged, no other's."""
        await self.free("m1", NOW)
        await self.free("m2", NOW + 1)
        await self.store.owe(report("m1"), ())
        await self.store.claim("a", NOW, 1, LEASE)
        await self.store.claim("b", NOW + 1, 1, LEASE)
        self.assertEqual(await self.store.renew("a", LEASE + 30), 2)
        self.assertEqual(await self.store.renew("nobody", LEASE + 30), 0)
        claimed = await self.store.claim("c", LEASE, 10, LEASE + 60)
        self.assertEqual((names(claimed), claimed.reports), (["m2"], ()))
        claimed = await self.store.claim("c", LEASE + 30, 10, LEASE + 60)
        self.assertEqual((names(claimed), len(claimed.reports)), (["m1"], 1))

    async def test_recover(self) -> None:
        """The leases of a previous life end at once, those of others stay."""
        await self.store.put(put("m1", owner="me"))
        await self.store.put(put("m2", owner="other"))
        self.assertEqual(await self.store.recover("me"), 1)
        self.assertEqual(names(await self.store.claim("me", NOW, 10, LEASE)), ["m1"])

    async def test_recover_after_a_restart(self) -> None:
        """A node that starts again finds all of its rows due."""
        await self.store.put(put("m1", owner="me"))
        await self.free("m2", NOW)
        await self.store.claim("me", NOW, 10, LEASE)
        await self.restart()
        await self.store.recover("me")
        self.assertEqual(names(await self.store.claim("me", NOW, 10, LEASE)), ["m1", "m2"])

    async def test_many_leased_rows_hide_no_free_one(self) -> None:
        """Rows that are taken and older do not stand before one that is free."""
        await gatherResults([self.store.put(put(f"m{i}")) for i in range(300)])
        await self.free("free", NOW + 1)
        claimed = await self.store.claim("x", NOW + 1, 10, LEASE)
        self.assertEqual((names(claimed), claimed.next_due), (["free"], LEASE))

    async def test_copies_of_one_mm(self) -> None:
        """Copies come with their MM, whichever of them are due."""
        given = put(recipients=[BOB, CAROL] * 10, due=NOW + 1)
        await self.store.put(given)
        await self.store.change(change(await self.copy(position=3), State.NOTIFIED, due=NOW + 99))
        claimed = await self.store.claim("x", NOW + 1, 100, LEASE)
        expected = [copy for copy in given.copies if copy.position != 3]
        self.assertEqual(sorted((q.copy for q in claimed.copies), key=lambda copy: copy.position), expected)
        self.assertEqual({queued.message for queued in claimed.copies}, {given.message})
        self.assertEqual(claimed.next_due, LEASE)
        self.assertEqual(claimed.copies[0].copy, replace(given.copies[claimed.copies[0].copy.position]))
