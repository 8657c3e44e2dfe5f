"""The store in a SQLite file: durable, for one process (DESIGN: write-ahead log, synchronous FULL, group commit)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib.resources.abc import Traversable
from typing import Any

import apsw
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IReactorFromThreads
from zope.interface import implementer

from mmse import metrics as names
from mmse.abstract.content import Content
from mmse.abstract.delivery import State
from mmse.abstract.message import Copy, Message
from mmse.abstract.reports import Report
from mmse.abstract.storage import Change, Claimed, Correlation, Kept, Put, Queued, Subscriber
from mmse.abstract.trail import Trace
from mmse.errors import Temporary
from mmse.interfaces import IMessageStore, ISubscriberStore
from mmse.metrics import Metrics
from mmse.store import migrate, operations, questions
from mmse.store.database import Database, connect
from mmse.store.reader import Reader
from mmse.store.writer import Writer

__all__ = ["SQLiteStore"]

SMALL = 1024
"""Octets that an operation without content is counted as while it waits."""

READER_CACHE_KIB = 8192
SLICE = 5000
"""Rows that one slice of ``queue`` looks at: point reads come between two slices."""


@implementer(IMessageStore, ISubscriberStore)
class SQLiteStore:
    """MM2 in a SQLite file.

    ``grace`` and ``retention`` in seconds, ``max_queued`` and ``min_free`` in octets. ``fatal`` is called in the
    reactor's thread when a write or an fsync failed: the process must end at once, with an exit code that is not zero.
    ``clock`` gives seconds since 1970. ``schema`` and ``vfs`` (a name SQLite knows) are for tests.
    """

    def __init__(
        self,
        path: str,
        reactor: IReactorFromThreads,
        *,
        grace: int,
        retention: int,
        max_queued: int,
        min_free: int,
        metrics: Metrics,
        fatal: Callable[[BaseException], None],
        clock: Callable[[], float] = time.time,
        schema: Traversable | None = None,
        vfs: str | None = None,
    ) -> None:
        self._path = path
        self._min_free = min_free
        self._metrics = metrics
        self._clock = clock
        self._looked = float("-inf")
        self._room = True
        self._database = Database(path, grace, retention, clock, schema or migrate.schema(), vfs)
        self._writer = Writer(reactor, self._database, max_queued=max_queued, metrics=metrics, fatal=fatal)
        self._reader = Reader(reactor, partial(_reading, path, vfs), metrics)

    # -- Life --------------------------------------------------------------------------------------------------------

    def start(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self._start())

    async def _start(self) -> None:
        await self._writer.start()
        try:
            await self._reader.start()
        except BaseException:
            await self._writer.stop()
            raise

    def stop(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        reads, writes = self._reader.stop(), self._writer.stop()
        await reads
        await writes

    def _small(self, operation: operations.Operation) -> Deferred[Any]:
        return self._writer.submit(operation, SMALL)

    def recover(self, owner: str) -> Deferred[int]:
        return self._small(operations.Recover(owner))

    # -- Writing -----------------------------------------------------------------------------------------------------

    def put(self, put: Put) -> Deferred[Kept]:
        if self._writer.running and not self._has_room():
            self._metrics.count(names.STORE_ERRORS, "min-free")
            return fail(Temporary(reason="little room is left on the store's disk"))
        octets = len(put.content.data) + SMALL * (1 + len(put.copies))
        return self._writer.submit(put, octets)

    def _has_room(self) -> bool:
        """Whether the disk has more than ``min_free``; looked at once a second."""
        now = self._clock()
        if abs(now - self._looked) >= 1.0:
            self._looked = now
            disk = os.statvfs(os.path.dirname(self._path) or ".")
            self._room = disk.f_bavail * disk.f_frsize >= self._min_free
        return self._room

    def change(self, change: Change) -> Deferred[bool]:
        return self._small(change)

    def owe(self, report: Report, trail: Sequence[Trace]) -> Deferred[bool]:
        return self._small(operations.Owe(report, tuple(trail)))

    def settle(self, before: Report, after: Report | None, trail: Sequence[Trace]) -> Deferred[bool]:
        return self._small(operations.Settle(before, after, tuple(trail)))

    def claim(self, owner: str, now: int, limit: int, leased_until: int, charges: bool = False) -> Deferred[Claimed]:
        return self._small(operations.Claim(owner, now, limit, leased_until, charges))

    def renew(self, owner: str, leased_until: int) -> Deferred[int]:
        return self._small(operations.Renew(owner, leased_until))

    def charged(self, rows: Sequence[int]) -> Deferred[None]:
        return self._small(operations.Charged(tuple(rows)))

    def correlate(self, correlation: Correlation) -> Deferred[None]:
        return self._small(operations.Correlate(correlation))

    def journal(self, trail: Sequence[Trace]) -> Deferred[None]:
        return self._small(operations.Journal(tuple(trail)))

    def purge(self, now: int, limit: int) -> Deferred[int]:
        return self._small(operations.Purge(now, limit))

    def provision(self, subscribers: Sequence[Subscriber]) -> Deferred[int]:
        return self._writer.submit(operations.Provision(tuple(subscribers)), SMALL * (1 + len(subscribers)))

    def withdraw(self, numbers: Sequence[str]) -> Deferred[int]:
        return self._small(operations.Withdraw(tuple(numbers)))

    # -- Reading -----------------------------------------------------------------------------------------------------

    def message(self, message: str) -> Deferred[Message | None]:
        return self._reader.ask(partial(questions.message, message))

    def content(self, message: str) -> Deferred[Content | None]:
        return self._reader.ask(partial(questions.content, message))

    def copies(self, message: str) -> Deferred[list[Copy]]:
        return self._reader.ask(partial(questions.copies, message))

    def located(self, token: str) -> Deferred[Queued | None]:
        return self._reader.ask(partial(questions.located, token))

    def transacted(self, recipient: str, transaction: str) -> Deferred[list[Queued]]:
        return self._reader.ask(partial(questions.transacted, recipient, transaction))

    def correlated(self, agent: str, peer: str, external: str) -> Deferred[Correlation | None]:
        return self._reader.ask(partial(questions.correlated, agent, peer, external))

    def trail(self, message: str) -> Deferred[list[Trace]]:
        return self._reader.ask(partial(questions.trail, message))

    def queue(
        self, states: Iterable[State], recipient: str, after: int, limit: int
    ) -> Deferred[list[tuple[int, Queued]]]:
        return Deferred.fromCoroutine(self._queue(frozenset(states), recipient, after, limit))

    async def _queue(
        self, states: frozenset[State], recipient: str, after: int, limit: int
    ) -> list[tuple[int, Queued]]:
        found: list[tuple[int, Queued]] = []
        place: int | None = after
        while place is not None and len(found) < limit:
            question = partial(questions.part_of_queue, states, recipient, place, limit - len(found), SLICE)
            part, place = await self._reader.ask(question)
            found += part
        return found

    def counts(self) -> Deferred[dict[State, int]]:
        return succeed(dict(self._database.counts))

    def subscriber(self, number: str) -> Deferred[Subscriber | None]:
        return self._reader.ask(partial(questions.subscriber, number))

    def subscribers(self, after: str, limit: int) -> Deferred[list[Subscriber]]:
        return self._reader.ask(partial(questions.subscribers, after, limit))


def _reading(path: str, vfs: str | None) -> apsw.Connection:
    connection = connect(path, vfs, READER_CACHE_KIB)
    connection.pragma("query_only", 1)
    # The writer alone decides when the log is carried over.
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    return connection
