"""The memory store's port for commits: what a simulation does to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock, deferLater
from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.delivery import State
from mmse.abstract.storage import Change, Kept, Put
from mmse.errors import Temporary
from mmse.store.memory import MemoryStore
from mmse.store.operations import Claim, Operation
from mmse.testing.store.values import GRACE, LEASE, NOW, RETENTION, change, put, trace


class Crash(BaseException):
    """The node is dead."""


class CommitPortTests(SynchronousTestCase):
    def store(self, commit: Callable[[Operation, Callable[[], Any]], Deferred[Any]]) -> MemoryStore:
        return MemoryStore(grace=GRACE, retention=RETENTION, commit=commit)

    def test_every_commit_is_shown(self) -> None:
        seen: list[Operation] = []

        def commit(operation: Operation, do: Callable[[], Any]) -> Deferred[Any]:
            seen.append(operation)
            return succeed(do())

        store = self.store(commit)
        given = put()
        self.assertEqual(self.successResultOf(store.put(given)), Kept("m1"))
        self.successResultOf(store.change(change(given.copies[0], State.NOTIFIED)))
        self.successResultOf(store.claim("x", NOW, 1, LEASE))
        self.successResultOf(store.message("m1"))
        self.assertEqual([type(operation) for operation in seen], [Put, Change, Claim])
        self.assertIs(seen[0], given)

    def test_crash_before(self) -> None:
        def commit(operation: Operation, do: Callable[[], Any]) -> Deferred[Any]:
            raise Crash

        store = self.store(commit)
        self.failureResultOf(store.put(put()), Crash)
        self.assertIsNone(self.successResultOf(store.message("m1")))

    def test_crash_after(self) -> None:
        def commit(operation: Operation, do: Callable[[], Any]) -> Deferred[Any]:
            do()
            raise Crash

        store = self.store(commit)
        self.failureResultOf(store.put(put()), Crash)
        self.assertIsNotNone(self.successResultOf(store.message("m1")))

    def test_in_doubt(self) -> None:
        """It was done, and the caller is told of an outage; a restart keeps it."""

        def commit(operation: Operation, do: Callable[[], Any]) -> Deferred[Any]:
            do()
            raise Temporary(reason="no answer came")

        store = self.store(commit)
        self.failureResultOf(store.put(put()), Temporary)
        self.successResultOf(store.stop())
        self.failureResultOf(store.message("m1"), Temporary)
        self.successResultOf(store.start())
        self.assertIsNotNone(self.successResultOf(store.message("m1")))

    def test_later(self) -> None:
        """Nothing is there before its commit, and the answer comes with it."""
        clock = Clock()

        def commit(operation: Operation, do: Callable[[], Any]) -> Deferred[Any]:
            return deferLater(clock, 0.005, do)

        store = self.store(commit)
        answer = store.put(put(trail=(trace(),)))
        self.assertNoResult(answer)
        self.assertIsNone(self.successResultOf(store.message("m1")))
        clock.advance(0.005)
        self.assertEqual(self.successResultOf(answer), Kept("m1"))
        self.assertIsNotNone(self.successResultOf(store.message("m1")))

    def test_an_operation_that_cannot_be_done(self) -> None:
        """Without a port too, it fails its Deferred and does not raise."""
        store = MemoryStore(grace=GRACE, retention=RETENTION)
        self.successResultOf(store.put(put()))
        self.failureResultOf(store.put(put(octets=b"another")), Temporary)
