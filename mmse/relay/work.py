"""What is being done now: bounded, each thing once, and waited for at a stop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Hashable
from typing import Any

from twisted.internet.defer import Deferred, succeed

from mmse.journal import log
from mmse.metrics import IN_FLIGHT, Metrics

__all__ = ["Work"]


class Work:
    """Coroutines in flight by key. ``freed`` is called when one ended, ``broken`` when one ended by a bug (its row
    stays leased until the lease ends by itself)."""

    def __init__(self, limit: int, metrics: Metrics, freed: Callable[[], None], broken: Callable[[], None]) -> None:
        self._limit = limit
        self._freed = freed
        self._broken = broken
        self._running: set[Hashable] = set()
        self._reserved = 0
        self._idle: list[Deferred[None]] = []
        metrics.watch(IN_FLIGHT, lambda: float(len(self._running)))

    @property
    def room(self) -> int:
        """How much more may be begun."""
        return max(0, self._limit - len(self._running) - self._reserved)

    @property
    def busy(self) -> bool:
        """Whether anything is in flight, or about to be."""
        return bool(self._running) or self._reserved > 0

    def reserve(self, count: int) -> bool:
        """Keep room for ``count`` things that a commit will make; False when there is none."""
        if count > self.room:
            return False
        self._reserved += count
        return True

    def unreserve(self, count: int) -> None:
        """Give kept room back: it is used now, or the commit did not come."""
        self._reserved -= count
        self._ended()

    def run(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Begin, unless the same is in flight already."""
        if key in self._running:
            return False
        self._running.add(key)
        Deferred.fromCoroutine(start()).addBoth(self._done, key)
        return True

    def _done(self, result: Any, key: Hashable) -> None:
        self._running.discard(key)
        if result is not None:
            log.failure(
                "a dispatch failed: {key}", failure=result, key=key, mm=key[0] if isinstance(key, tuple) else ""
            )
            self._broken()
        self._ended()

    def _ended(self) -> None:
        self._freed()
        if not self.busy and self._idle:
            idle, self._idle = self._idle, []
            for deferred in idle:
                deferred.callback(None)

    def idle(self) -> Deferred[None]:
        """Fires when nothing is in flight."""
        if not self.busy:
            return succeed(None)
        waiting: Deferred[None] = Deferred(self._idle.remove)
        self._idle.append(waiting)
        return waiting
