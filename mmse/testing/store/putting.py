"""The contract of accepting an MM and of reading it again."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import gatherResults

from mmse.abstract.address import number
from mmse.abstract.delivery import State
from mmse.abstract.storage import Kept, Queued
from mmse.abstract.trail import Happening
from mmse.errors import Temporary
from mmse.testing.store.fixture import StoreFixture
from mmse.testing.store.values import BOB, CAROL, NOW, SENDER, change, content, ended, event, put, report, trace

__all__ = ["PuttingContract"]


class PuttingContract(StoreFixture):
    """``put``, and what reads an MM."""

    async def test_put_is_kept_whole(self) -> None:
        """All that was put is read again, value for value."""
        given = put(recipients=(BOB, CAROL), trail=(trace(reason="why"), trace(position=1, peer="10.0.0.1")))
        self.assertEqual(await self.store.put(given), Kept("m1"))
        self.assertEqual(await self.store.message("m1"), given.message)
        self.assertEqual(await self.store.content("m1"), given.content)
        self.assertEqual(await self.store.copies("m1"), list(given.copies))
        self.assertEqual(await self.store.trail("m1"), list(given.trail))

    async def test_recipient_that_differs_from_the_message(self) -> None:
        """A copy may go to another address than the originator wrote, and another than any it wrote."""
        given = put()
        copy = replace(given.copies[0], recipient=number("+447700900001"))
        extra = replace(copy, position=7, token="another", recipient=CAROL)
        await self.store.put(replace(given, copies=(copy, extra)))
        self.assertEqual(await self.store.copies("m1"), [copy, extra])
        self.assertEqual((await self.store.located("another")).copy, extra)

    async def test_nothing_there(self) -> None:
        """What was never put is None, or empty, and no error."""
        self.assertIsNone(await self.store.message("m1"))
        self.assertIsNone(await self.store.content("m1"))
        self.assertIsNone(await self.store.located("token"))
        self.assertIsNone(await self.store.located(""))
        self.assertEqual(await self.store.copies("m1"), [])
        self.assertEqual(await self.store.trail("m1"), [])
        self.assertEqual(await self.store.transacted(BOB.key, "12345678"), [])

    async def test_survives_a_restart(self) -> None:
        """A stopped store commits what is queued, and a new one has it."""
        given = [put(f"m{i}") for i in range(20)]
        pending = [self.store.put(each) for each in given]
        await self.restart()
        self.assertEqual(await gatherResults(pending), [Kept(each.message.id) for each in given])
        for each in given:
            self.assertEqual(await self.store.message(each.message.id), each.message)
            self.assertEqual(await self.store.content(each.message.id), each.content)
        self.assertEqual((await self.store.counts())[State.QUEUED], 20)

    async def test_refuses_after_stop(self) -> None:
        """A stopped store fails as an outage does."""
        await self.store.stop()
        await self.assertFailure(self.store.put(put()), Temporary)
        await self.assertFailure(self.store.message("m1"), Temporary)
        await self.assertFailure(self.store.change(change(put().copies[0], State.NOTIFIED)), Temporary)

    async def test_large_content(self) -> None:
        """Octets of every value, and many."""
        octets = bytes(range(256)) * 4096
        await self.store.put(put(octets=octets))
        self.assertEqual((await self.store.content("m1")).data, octets)

    async def test_empty_content(self) -> None:
        """An MM of a subject only."""
        await self.store.put(put(octets=b""))
        self.assertEqual(await self.store.content("m1"), content(b""))

    async def test_many_recipients(self) -> None:
        """A thousand copies in one commit."""
        recipients = [number(f"+1555{i:07}") for i in range(1000)]
        given = put(recipients=recipients)
        await self.store.put(given)
        self.assertEqual(await self.store.copies("m1"), list(given.copies))
        self.assertTrue(await self.store.change(ended(given.copies[999])))
        self.assertEqual((await self.copy(position=999)).version, 1)

    # -- Repeats -----------------------------------------------------------------------------------------------------

    async def test_duplicate_gets_the_first_answer(self) -> None:
        """A known duplicate key: nothing is written, the answer is the MM that came first."""
        key: dict[str, Any] = {"duplicate_key": b"key", "duplicate_until": NOW + 10}
        await self.store.put(put("m1", **key))
        self.assertEqual(await self.store.put(put("m2", **key)), Kept("m1", duplicate=True))
        self.assertIsNone(await self.store.message("m2"))
        self.assertEqual((await self.store.counts())[State.QUEUED], 1)
        await self.restart()
        self.assertEqual(await self.store.put(put("m3", **key)), Kept("m1", duplicate=True))

    async def test_duplicates_at_once(self) -> None:
        """Two of a kind that come together are one MM."""
        key: dict[str, Any] = {"duplicate_key": b"key", "duplicate_until": NOW + 10}
        answers = await gatherResults([self.store.put(put(f"m{i}", **key)) for i in range(8)])
        self.assertEqual(answers, [Kept("m0")] + [Kept("m0", duplicate=True)] * 7)

    async def test_other_keys_do_not_meet(self) -> None:
        """An empty key is no key, and another key is another MM."""
        until = NOW + 10
        answers = await gatherResults(
            [
                self.store.put(put("m1")),
                self.store.put(put("m2")),
                self.store.put(put("m3", duplicate_key=b"a", duplicate_until=until)),
                self.store.put(put("m4", duplicate_key=b"b", duplicate_until=until)),
            ]
        )
        self.assertEqual([answer.duplicate for answer in answers], [False] * 4)

    async def test_duplicate_key_that_is_over(self) -> None:
        """After its time a key counts no more, purged or not, and can be used again."""
        await self.store.put(put("m1", duplicate_key=b"key", duplicate_until=NOW))
        self.assertEqual(await self.store.put(put("m2", duplicate_key=b"key", duplicate_until=NOW + 5)), Kept("m2"))
        again = put("m3", duplicate_key=b"key", duplicate_until=NOW + 5)
        self.assertEqual(await self.store.put(again), Kept("m2", duplicate=True))

    async def test_put_again_after_a_lost_answer(self) -> None:
        """The same MM with the same Message-ID is a repeat."""
        given = put()
        await self.store.put(given)
        self.assertEqual(await self.store.put(given), Kept("m1", duplicate=True))
        await self.restart()
        self.assertEqual(await self.store.put(given), Kept("m1", duplicate=True))
        self.assertEqual((await self.store.counts())[State.QUEUED], 1)

    async def test_identities_are_unique(self) -> None:
        """Another MM with a Message-ID or a token that exists is an outage of its own, which new identities end."""
        given = put()
        await self.store.put(given)
        other = put("m2")
        renamed = replace(given, message=replace(given.message, originator=CAROL))
        stolen = replace(other, copies=(replace(other.copies[0], token=given.copies[0].token),))
        for bad in (renamed, stolen):
            good = put("good-" + bad.message.originator.value)
            pending = self.store.put(good)
            await self.assertFailure(self.store.put(bad), Temporary)
            self.assertEqual(await pending, Kept(good.message.id))
        self.assertIsNone(await self.store.message("m2"))
        self.assertEqual((await self.store.message("m1")).originator, SENDER)

    # -- With a change -----------------------------------------------------------------------------------------------

    async def test_change_in_the_same_commit(self) -> None:
        """A forward ends the copy that was forwarded."""
        await self.store.put(put("m1"))
        move = ended((await self.copy("m1")), State.FORWARDED, trail=(trace("m1", Happening.FORWARDED),))
        self.assertEqual(await self.store.put(put("m2", change=move)), Kept("m2"))
        self.assertIs((await self.copy("m1")).state, State.FORWARDED)
        self.assertEqual([line.happening for line in await self.store.trail("m1")], [Happening.FORWARDED])

    async def test_conflict_writes_nothing(self) -> None:
        """When the change lost its race, there is no trace of the MM that came with it."""
        await self.store.put(put("m1"))
        before = await self.copy("m1")
        await self.store.change(change(before, State.NOTIFIED, due=NOW + 5))
        late = put(
            "m2",
            change=ended(before, State.FORWARDED, reports=(report("m1"),), trail=(trace("m1"),)),
            duplicate_key=b"key",
            duplicate_until=NOW + 5,
            reports=(report("m2"),),
            charges=(event("m2"),),
            trail=(trace("m2"),),
        )
        self.assertEqual(await self.store.put(late), Kept("m2", conflict=True))
        self.assertIsNone(await self.store.message("m2"))
        self.assertIsNone(await self.store.content("m2"))
        self.assertEqual(await self.store.copies("m2"), [])
        self.assertEqual(await self.store.trail("m2"), [])
        self.assertEqual(await self.store.trail("m1"), [])
        self.assertIsNone(await self.store.located(late.copies[0].token))
        claimed = await self.store.claim("other", NOW, 10, LONG, True)
        self.assertEqual((claimed.reports, claimed.charges), ((), ()))
        self.assertEqual(await self.store.put(put("m3", duplicate_key=b"key", duplicate_until=NOW + 5)), Kept("m3"))

    # -- Finding -----------------------------------------------------------------------------------------------------

    async def test_located(self) -> None:
        """A copy by its token, with its MM."""
        given = put(recipients=(BOB, CAROL))
        await self.store.put(given)
        self.assertEqual(await self.store.located(given.copies[1].token), Queued(given.message, given.copies[1]))
        self.assertIsNone(await self.store.located(given.copies[1].token[:-1]))

    async def test_transacted(self) -> None:
        """Copies by recipient and transaction; neither alone is enough, and a part of a transaction is another."""
        given = put(recipients=(BOB, CAROL))
        same = [replace(copy, token="SAME5678" + str(copy.position)) for copy in given.copies]
        await self.store.put(replace(given, copies=tuple(same)))
        await self.store.put(put("m2"))
        self.assertEqual(await self.store.transacted(BOB.key, "SAME5678"), [Queued(given.message, same[0])])
        self.assertEqual(await self.store.transacted(CAROL.key, "SAME5678"), [Queued(given.message, same[1])])
        self.assertEqual(await self.store.transacted(BOB.key, "SAME567"), [])
        self.assertEqual(await self.store.transacted(BOB.key, "SAME56780"), [])
        self.assertEqual(await self.store.transacted(SENDER.key, "SAME5678"), [])

    async def test_queue_in_pages(self) -> None:
        """Copies in some states, by row number, page by page."""
        for i in range(9):
            await self.store.put(put(f"m{i}", recipients=(BOB, CAROL)))
        await self.store.change(ended(await self.copy("m4", 1)))
        seen: list[tuple[str, int]] = []
        after = 0
        while page := await self.store.queue([State.QUEUED, State.NOTIFIED], "", after, 4):
            self.assertLessEqual(len(page), 4)
            seen += [(queued.copy.message, queued.copy.position) for _, queued in page]
            self.assertEqual([number for number, _ in page], sorted({number for number, _ in page} - {after}))
            after = page[-1][0]
        every = [(f"m{i}", position) for i in range(9) for position in (0, 1)]
        self.assertEqual(seen, [place for place in every if place != ("m4", 1)])

    async def test_queue_of_a_recipient(self) -> None:
        """Of one recipient, and of a state that few have."""
        for i in range(5):
            await self.store.put(put(f"m{i}", recipients=(BOB, CAROL)))
        await self.store.change(ended(await self.copy("m3", 1)))
        ours = await self.store.queue([State.QUEUED], CAROL.key, 0, 10)
        self.assertEqual([queued.copy.message for _, queued in ours], ["m0", "m1", "m2", "m4"])
        self.assertEqual([queued.message.id for _, queued in ours], ["m0", "m1", "m2", "m4"])
        over = await self.store.queue([State.RETRIEVED], "", 0, 10)
        self.assertEqual([(queued.copy.message, queued.copy.position) for _, queued in over], [("m3", 1)])
        self.assertEqual(await self.store.queue([], "", 0, 10), [])

    async def test_counts(self) -> None:
        """How many copies stand where, also after a restart."""
        await self.store.put(put("m1", recipients=(BOB, CAROL)))
        await self.store.put(put("m2"))
        await self.store.change(ended(await self.copy("m1", 1)))
        for _ in range(2):
            counts = await self.store.counts()
            self.assertEqual(set(State), set(counts))
            self.assertEqual((counts[State.QUEUED], counts[State.RETRIEVED], sum(counts.values())), (2, 1, 3))
            await self.restart()


LONG = NOW + 1000
