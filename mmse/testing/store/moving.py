"""The contract of moving a copy by compare-and-set, and of the trail and correlations that go with it."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.internet.defer import gatherResults

from mmse.abstract.address import number
from mmse.abstract.delivery import State
from mmse.abstract.trail import Happening
from mmse.errors import Temporary
from mmse.testing.store.fixture import StoreFixture
from mmse.testing.store.values import BOB, CAROL, NOW, change, correlation, ended, event, put, report, trace

__all__ = ["MovingContract"]


class MovingContract(StoreFixture):
    """``change``, ``journal``, ``correlate``."""

    async def test_every_field(self) -> None:
        """The row becomes what ``after`` says, with the next version."""
        await self.store.put(put(recipients=(BOB, CAROL)))
        before = await self.copy()
        after = replace(
            before,
            state=State.FETCHED,
            version=99,
            attempt=3,
            due=NOW + 60,
            agent="mm1",
            token="a new token",
            report_allowed=False,
            fetched=NOW + 1,
            recipient=number("+447700900001"),
        )
        self.assertTrue(await self.store.change(replace(change(before, State.FETCHED), after=after)))
        kept = replace(after, version=1)
        self.assertEqual(await self.copy(), kept)
        self.assertEqual((await self.store.located("a new token")).copy, kept)
        self.assertIsNone(await self.store.located(before.token))
        self.assertTrue(await self.store.change(ended(kept, at=NOW + 9)))
        last = await self.copy()
        self.assertEqual((last.version, last.ended, last.due, last.fetched), (2, NOW + 9, None, NOW + 1))
        self.assertEqual((await self.copy(position=1)).version, 0)

    async def test_one_of_two_wins(self) -> None:
        """Two changes of one version: the first is done, the second is not, and leaves no trace."""
        await self.store.put(put())
        before = await self.copy()
        first = change(before, State.NOTIFIED, due=NOW + 5, trail=(trace(happening=Happening.NOTIFIED),))
        second = ended(
            before,
            State.REJECTED,
            trail=(trace(happening=Happening.REJECTED),),
            reports=(report(),),
            charges=(event(),),
            correlations=(correlation(),),
        )
        self.assertEqual(await gatherResults([self.store.change(first), self.store.change(second)]), [True, False])
        self.assertIs((await self.copy()).state, State.NOTIFIED)
        self.assertEqual([line.happening for line in await self.store.trail("m1")], [Happening.NOTIFIED])
        self.assertIsNone(await self.store.correlated("mm4", "peer.example", "x1"))
        claimed = await self.store.claim("other", NOW, 10, NOW + 30, True)
        self.assertEqual((claimed.reports, claimed.charges), ((), ()))
        self.assertEqual((await self.store.counts())[State.REJECTED], 0)

    async def test_race_of_many(self) -> None:
        """Of many at once exactly one wins; repeats after a restart are refused too."""
        await self.store.put(put())
        before = await self.copy()
        answers = await gatherResults([self.store.change(change(before, State.NOTIFIED)) for _ in range(50)])
        self.assertEqual(answers.count(True), 1)
        await self.restart()
        self.assertFalse(await self.store.change(change(before, State.NOTIFIED)))
        self.assertTrue(await self.store.change(change(await self.copy(), State.DEFERRED)))

    async def test_one_after_the_other_without_waiting(self) -> None:
        """Changes that build on each other may be queued together."""
        await self.store.put(put())
        copy = await self.copy()
        pending = []
        for state in (State.NOTIFIED, State.DEFERRED, State.FETCHED):
            pending.append(self.store.change(change(copy, state, due=NOW + 60)))
            copy = replace(copy, state=state, due=NOW + 60, version=copy.version + 1)
        pending.append(self.store.change(ended(copy)))
        self.assertEqual(await gatherResults(pending), [True] * 4)
        self.assertEqual((await self.copy()).version, 4)
        counts = await self.store.counts()
        self.assertEqual((counts[State.RETRIEVED], sum(counts.values())), (1, 1))

    async def test_state_is_compared_too(self) -> None:
        """The right version with the wrong state is refused."""
        await self.store.put(put())
        before = replace(await self.copy(), state=State.DEFERRED)
        self.assertFalse(await self.store.change(change(before, State.FETCHED)))

    async def test_unknown(self) -> None:
        """A copy, or an MM, that is not there does not move."""
        given = put()
        self.assertFalse(await self.store.change(ended(given.copies[0])))
        await self.store.put(given)
        self.assertFalse(await self.store.change(ended(replace(given.copies[0], position=1))))

    async def test_taken_token(self) -> None:
        """A token that another copy has fails the change, and nothing else."""
        await self.store.put(put("m1"))
        await self.store.put(put("m2"))
        one, two = await self.copy("m1"), await self.copy("m2")
        good = self.store.change(change(one, State.NOTIFIED))
        await self.assertFailure(self.store.change(change(two, State.NOTIFIED, token=one.token)), Temporary)
        self.assertTrue(await good)
        self.assertEqual(await self.copy("m2"), two)

    async def test_neighbours_of_a_failure(self) -> None:
        """An operation that no store can do fails alone, however many are queued around it."""
        await gatherResults([self.store.put(put(f"m{i}")) for i in range(10)])
        copies = [await self.copy(f"m{i}") for i in range(10)]
        pending = []
        for place, copy in enumerate(copies):
            pending.append(self.store.change(change(copy, State.NOTIFIED, due=NOW + 5)))
            if place == 5:
                broken = self.store.put(put("m0", recipients=(CAROL,)))
        await self.assertFailure(broken, Temporary)
        self.assertEqual(await gatherResults(pending), [True] * 10)
        self.assertEqual((await self.store.counts())[State.NOTIFIED], 10)

    # -- Trail -------------------------------------------------------------------------------------------------------

    async def test_trail_keeps_its_order(self) -> None:
        """Lines stand in the order of their commits, also where their times are equal or go back."""
        await self.store.put(put(trail=(trace(reason="0"), trace(reason="1"))))
        await self.store.change(change(await self.copy(), State.NOTIFIED, trail=(trace(reason="2"),)))
        await self.store.journal((trace(reason="3", at=NOW - 50.5), trace(reason="4")))
        await self.restart()
        await gatherResults([self.store.journal([trace(reason=str(i))]) for i in range(5, 15)])
        lines = await self.store.trail("m1")
        self.assertEqual([line.reason for line in lines], [str(i) for i in range(15)])
        self.assertEqual(lines[3].at, NOW - 50.5)

    async def test_journal_of_several(self) -> None:
        """Lines go to the MM they name; those of an MM that is not there go nowhere."""
        await self.store.put(put("m1"))
        await self.store.put(put("m2"))
        await self.store.journal([trace("m2", peer="a"), trace("m1", peer="b"), trace("m3"), trace("m2", peer="c")])
        self.assertEqual([line.peer for line in await self.store.trail("m2")], ["a", "c"])
        self.assertEqual([line.peer for line in await self.store.trail("m1")], ["b"])
        self.assertEqual(await self.store.trail("m3"), [])
        self.assertIsNone(await self.store.journal([]))

    # -- Correlations ------------------------------------------------------------------------------------------------

    async def test_correlation_with_a_change(self) -> None:
        """What a peer will quote is known once the change is."""
        await self.store.put(put())
        given = (correlation("x1"), correlation("x2", attempt=2))
        await self.store.change(change(await self.copy(), State.NOTIFIED, correlations=given))
        await self.restart()
        self.assertEqual(await self.store.correlated("mm4", "peer.example", "x1"), given[0])
        self.assertEqual(await self.store.correlated("mm4", "peer.example", "x2"), given[1])

    async def test_late_correlation(self) -> None:
        """An identity that comes with a peer's answer is added afterwards."""
        await self.store.correlate(correlation())
        self.assertEqual(await self.store.correlated("mm4", "peer.example", "x1"), correlation())
        for other in (("mm7", "peer.example", "x1"), ("mm4", "other.example", "x1"), ("mm4", "peer.example", "x")):
            self.assertIsNone(await self.store.correlated(*other))

    async def test_correlation_used_again(self) -> None:
        """A peer that uses an identity again means the newest."""
        await self.store.correlate(correlation())
        await self.store.correlate(correlation(name="m2", position=3, attempt=4))
        found = await self.store.correlated("mm4", "peer.example", "x1")
        self.assertEqual((found.message, found.position, found.attempt), ("m2", 3, 4))
