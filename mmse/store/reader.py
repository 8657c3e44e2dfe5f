"""The reading side: one thread with a connection of its own, answering what waits together."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

import apsw
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IReactorFromThreads
from twisted.python.failure import Failure

from mmse import metrics as names
from mmse.errors import Temporary
from mmse.metrics import Metrics

__all__ = ["Reader"]

T = TypeVar("T")

TOGETHER = 64
"""Reads that are answered by one call into the reactor's thread."""

MAX_WAITING = 10_000

_Item = tuple[Callable[[Any], Any], "Deferred[Any]"]


class Reader:
    """Methods are called in the reactor's thread; what is asked runs in the other with ``Connection.execute``."""

    def __init__(self, reactor: IReactorFromThreads, connect: Callable[[], apsw.Connection], metrics: Metrics) -> None:
        self._reactor = reactor
        self._connect = connect
        self._metrics = metrics
        self._queue: SimpleQueue[_Item | None] = SimpleQueue()
        self._running = False
        self._waiting = 0
        self._started: Deferred[None] = Deferred()
        self._stopped: Deferred[None] = Deferred()

    def start(self) -> Deferred[None]:
        """Open the connection in the thread."""
        Thread(target=self._run, name="mmse-store-reader", daemon=True).start()
        return self._started

    def stop(self) -> Deferred[None]:
        """Answer what waits, close the connection."""
        if not self._running:
            return succeed(None)
        self._running = False
        self._queue.put(None)
        return self._stopped

    def ask(self, question: Callable[[Any], T]) -> Deferred[T]:
        """The answer of ``question(execute)``, from what is committed by now."""
        if not self._running or self._waiting >= MAX_WAITING:
            return fail(Temporary(reason="the store is behind" if self._running else "the store is not running"))
        self._waiting += 1
        answer: Deferred[T] = Deferred()
        self._queue.put((question, answer))
        return answer

    def _opened(self) -> None:
        self._running = True
        self._started.callback(None)

    def _answered(self, answers: list[tuple[Deferred[Any], Any]]) -> None:
        self._waiting -= len(answers)
        for deferred, answer in answers:
            if isinstance(answer, Failure):
                self._metrics.count(names.STORE_ERRORS, "reading")
            deferred.callback(answer)

    def _run(self) -> None:
        try:
            connection = self._connect()
        except BaseException:  # noqa: BLE001 - the edge of a thread: whatever it was is the answer of start
            self._reactor.callFromThread(self._started.errback, Failure())
            return
        self._reactor.callFromThread(self._opened)
        execute = connection.execute
        while (item := self._queue.get()) is not None:
            answers = [(item[1], _answer(item[0], execute))]
            while len(answers) < TOGETHER:
                try:
                    item = self._queue.get_nowait()
                except Empty:
                    break
                if item is None:
                    self._queue.put(None)
                    break
                answers.append((item[1], _answer(item[0], execute)))
            self._reactor.callFromThread(self._answered, answers)
        connection.close()
        self._reactor.callFromThread(self._stopped.callback, None)


def _answer(question: Callable[[Any], Any], execute: Any) -> Any:
    try:
        return question(execute)
    except apsw.Error as error:
        return Failure(Temporary(reason=f"the store cannot be read: {error}"))
    except BaseException:  # noqa: BLE001 - the edge of a question: its failure is its own answer
        return Failure()
