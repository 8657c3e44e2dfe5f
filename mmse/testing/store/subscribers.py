"""The contract of provisioned subscribers (MM6)."""

from __future__ import annotations

from mmse.abstract.storage import Subscriber
from mmse.testing.store.fixture import StoreFixture

__all__ = ["SubscribersContract"]


def subscriber(place: int, note: str = "") -> Subscriber:
    """A subscriber whose numbers sort as their places do."""
    return Subscriber(number=f"+1555{place:07}", prepaid=place % 2 == 1, note=note)


class SubscribersContract(StoreFixture):
    """``provision``, ``withdraw``, ``subscriber``, ``subscribers``."""

    async def test_provision(self) -> None:
        """Added, replaced, kept over a restart, value for value."""
        full = Subscriber(
            number="+447700900001",
            mms_capable=False,
            barred=True,
            prepaid=True,
            content_class="image-basic",
            udp_address="10.1.2.3",
            note="a note",
        )
        self.assertIsNone(await self.store.subscriber(full.number))
        self.assertEqual(await self.store.provision([full, subscriber(1)]), 2)
        self.assertEqual(await self.store.provision([subscriber(1, "new")]), 1)
        await self.restart()
        self.assertEqual(await self.store.subscriber(full.number), full)
        self.assertEqual(await self.store.subscriber(subscriber(1).number), subscriber(1, "new"))

    async def test_withdraw(self) -> None:
        """How many of them there were."""
        await self.store.provision([subscriber(1), subscriber(2), subscriber(3)])
        self.assertEqual(await self.store.withdraw([subscriber(1).number, subscriber(3).number, "+1"]), 2)
        self.assertEqual(await self.store.withdraw([subscriber(1).number]), 0)
        self.assertEqual(await self.store.withdraw([]), 0)
        self.assertEqual(await self.store.subscribers("", 10), [subscriber(2)])

    async def test_pages(self) -> None:
        """By number, a page after the last number seen."""
        await self.store.provision([subscriber(place) for place in (5, 3, 1, 4, 2)])
        first = await self.store.subscribers("", 3)
        self.assertEqual(first, [subscriber(place) for place in (1, 2, 3)])
        self.assertEqual(await self.store.subscribers(first[-1].number, 3), [subscriber(4), subscriber(5)])
        self.assertEqual(await self.store.subscribers(subscriber(5).number, 3), [])

    async def test_a_large_import(self) -> None:
        """A hundred thousand in slices."""
        for begin in range(0, 100_000, 10_000):
            await self.store.provision([subscriber(place) for place in range(begin, begin + 10_000)])
        self.assertEqual(
            await self.store.subscribers(subscriber(99_997).number, 9), [subscriber(99_998), subscriber(99_999)]
        )
