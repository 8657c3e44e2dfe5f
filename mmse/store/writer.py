"""Group commit: one thread drains a queue of operations, commits them together, and answers each after its commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import perf_counter
from typing import Any, NamedTuple, Protocol

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IReactorFromThreads
from twisted.python.failure import Failure

from mmse import metrics as names
from mmse.errors import Temporary
from mmse.metrics import Metrics
from mmse.store.operations import Operation

__all__ = ["Full", "Lost", "Sink", "Writer"]

BATCH_OPERATIONS = 256
BATCH_OCTETS = 8 * 1024 * 1024
ENOUGH = 16
"""Operations that share the price of a commit well."""

LINGER = 0.002
"""Seconds to wait for more than a few, where the last commit had company: one alone is never kept waiting."""

IMPATIENT = 32
"""Commits without waiting after a wait in which nothing came: then all who ask are waiting for their answers."""


class Full(Temporary):
    """There is no room on the disk: nothing of the commit was done."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


class Lost(Exception):
    """Nobody knows what is on the disk any more: nothing may be acknowledged, the process must end."""


class Sink(Protocol):
    """What a writer writes to; every call comes from the writer's thread."""

    def open(self) -> None:
        """Before anything else; what it raises is the answer of ``Writer.start``."""

    def commit(self, batch: Sequence[Operation]) -> list[Any]:
        """Do all of them and answer each, or raise and have done none. ``Full`` and ``Lost`` speak for all."""

    def tidy(self) -> None:
        """Whatever may wait until the answers are on their way. May raise ``Lost``."""

    def close(self) -> None:
        """After the last commit."""


_Item = tuple[Operation, int, "Deferred[Any]"]


class Writer:
    """The queue and its thread. Methods are called in the reactor's thread, and Deferreds fire there.

    ``max_queued`` bounds the octets that wait. ``fatal`` is called, once, when the sink is ``Lost``.
    """

    def __init__(
        self,
        reactor: IReactorFromThreads,
        sink: Sink,
        *,
        max_queued: int,
        metrics: Metrics,
        fatal: Callable[[BaseException], None],
    ) -> None:
        self._reactor = reactor
        self._sink = sink
        self._max_queued = max_queued
        self._metrics = metrics
        self._fatal = fatal
        self._queue: SimpleQueue[_Item | None] = SimpleQueue()
        self._queued = 0
        self._crowded = False
        self._impatient = 0
        self._ending = Event()
        self._refusing = "the store is not started"
        self._open = False
        self._lost = False
        self._started: Deferred[None] = Deferred()
        self._stopped: Deferred[None] = Deferred()
        metrics.watch(names.STORE_QUEUED, lambda: self._queued)

    def start(self) -> Deferred[None]:
        """Open the sink in the thread; fails with what opening raised."""
        Thread(target=self._run, name="mmse-store-writer", daemon=True).start()
        return self._started

    @property
    def running(self) -> bool:
        """Whether operations are taken."""
        return not self._refusing

    def stop(self) -> Deferred[None]:
        """Commit what is queued, close the sink."""
        if not self._open:
            return succeed(None)
        self._open = False
        self._refusing = self._refusing or "the store is stopped"
        self._ending.set()
        self._queue.put(None)
        return self._stopped

    def submit(self, operation: Operation, octets: int) -> Deferred[Any]:
        """Queue an operation; its answer comes after its commit. ``Temporary`` at once when the queue is full."""
        if self._refusing:
            return fail(Temporary(reason=self._refusing))
        if self._queued + octets > self._max_queued:
            self._metrics.count(names.STORE_ERRORS, "queue")
            return fail(Temporary(reason="the store is behind"))
        self._queued += octets
        answer: Deferred[Any] = Deferred()
        self._queue.put((operation, octets, answer))
        return answer

    def _opened(self) -> None:
        self._open = True
        self._refusing = ""
        self._started.callback(None)

    def _answered(self, answered: _Answered) -> None:
        """Fire the Deferreds of one commit. What their callbacks raise stays in them."""
        self._queued -= answered.octets
        if answered.lost is not None and not self._lost:
            self._lost = True
            self._refusing = "the store failed"
            self._metrics.count(names.STORE_ERRORS, "lost")
            self._fatal(answered.lost)
        if answered.full:
            self._metrics.count(names.STORE_ERRORS, "full")
        if answered.seconds:
            self._metrics.observe(names.STORE_BATCH, len(answered.deferreds))
            self._metrics.observe(names.STORE_COMMIT, answered.seconds)
        for deferred, answer in zip(answered.deferreds, answered.answers, strict=True):
            if isinstance(answer, Failure) and answer.check(Temporary) is None:
                self._metrics.count(names.STORE_ERRORS, "operation")
            deferred.callback(answer)

    # -- In the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        tell = self._reactor.callFromThread
        try:
            self._sink.open()
        except BaseException:  # noqa: BLE001 - the edge of a thread: whatever it was is the answer of start
            tell(self._started.errback, Failure())
            return
        tell(self._opened)
        last = lost = False
        while not last:
            batch, octets, last = self._gather()
            self._crowded = len(batch) > 1
            if lost:
                tell(self._answered, _failed(batch, octets))
            elif batch:
                lost = self._commit(batch, octets)
        self._sink.close()
        tell(self._stopped.callback, None)

    def _gather(self) -> tuple[list[_Item], int, bool]:
        """What waits, as much as one commit takes, its octets, and whether nothing comes after it."""
        batch: list[_Item] = []
        octets = 0
        item = self._queue.get()
        self._linger()
        while item is not None:
            batch.append(item)
            octets += item[1]
            if len(batch) == BATCH_OPERATIONS or octets >= BATCH_OCTETS:
                return batch, octets, False
            try:
                item = self._queue.get_nowait()
            except Empty:
                return batch, octets, False
        return batch, octets, True

    def _linger(self) -> None:
        """Let company come: a commit costs as much as several operations."""
        waiting = self._queue.qsize()
        if self._impatient:
            self._impatient -= 1
        elif self._crowded and waiting < ENOUGH - 1:
            self._ending.wait(LINGER)
            if self._queue.qsize() == waiting:
                self._impatient = IMPATIENT

    def _commit(self, batch: list[_Item], octets: int) -> bool:
        """Commit and answer; True when the sink is lost."""
        began = perf_counter()
        try:
            answers, full = self._answers([operation for operation, _, _ in batch])
        except Lost as lost:
            self._reactor.callFromThread(self._answered, _failed(batch, octets, lost))
            return True
        deferreds = [deferred for _, _, deferred in batch]
        answered = _Answered(deferreds, answers, octets, perf_counter() - began, full)
        self._reactor.callFromThread(self._answered, answered)
        try:
            self._sink.tidy()
        except Lost as lost:
            self._reactor.callFromThread(self._answered, _failed([], 0, lost))
            return True
        return False

    def _answers(self, batch: list[Operation]) -> tuple[list[Any], bool]:
        """The answers of one commit or, where an operation failed, of as many commits as there are operations; and
        whether the disk was full. Raises ``Lost``."""
        try:
            return self._sink.commit(batch), False
        except Lost:
            raise
        except Full:
            return [Failure()] * len(batch), True
        except BaseException:  # noqa: BLE001 - the edge of an operation: its failure is its own answer
            if len(batch) == 1:
                return [Failure()], False
        answers: list[Any] = []
        full = False
        for operation in batch:
            answer, no_room = self._answers([operation])
            answers += answer
            full = full or no_room
        return answers, full


class _Answered(NamedTuple):
    """What one commit came to."""

    deferreds: list[Deferred[Any]]
    answers: list[Any]
    octets: int
    seconds: float = 0.0
    full: bool = False
    lost: Lost | None = None


def _failed(batch: list[_Item], octets: int, lost: Lost | None = None) -> _Answered:
    """Nothing of these is acknowledged, whatever the disk has of them."""
    failure = Failure(Temporary(reason="the store failed"))
    return _Answered([deferred for _, _, deferred in batch], [failure] * len(batch), octets, lost=lost)
