"""What every part of the contract stands on: a started store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from mmse.abstract.message import Copy
from mmse.testing.store.values import GRACE, RETENTION

if TYPE_CHECKING:
    from twisted.trial.unittest import TestCase
else:
    TestCase = object

__all__ = ["StoreFixture"]


class StoreFixture(TestCase):
    """``self.store`` is started before each test and stopped after it."""

    store: Any

    def make_store(self, grace: int, retention: int) -> Any:
        """A new, empty store."""
        raise NotImplementedError

    def reopen(self, store: Any) -> Any:
        """A store of what a stopped one kept."""
        raise NotImplementedError

    def setUp(self) -> Any:
        """Start an empty store."""
        return Deferred.fromCoroutine(self.start())

    async def start(self) -> None:
        """Start an empty store, and see that it is stopped."""
        self.store = self.make_store(GRACE, RETENTION)
        await self.store.start()
        self.addCleanup(self.stop)

    async def stop(self) -> None:
        """Stop the store that runs now."""
        await self.store.stop()

    async def restart(self) -> None:
        """Stop the store, and start one of the same MMs."""
        await self.store.stop()
        self.store = self.reopen(self.store)
        await self.store.start()

    async def copy(self, name: str = "m1", position: int = 0) -> Copy:
        """A copy as it is kept."""
        copies: list[Copy] = await self.store.copies(name)
        return copies[position]
