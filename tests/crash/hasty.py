"""A store that says yes before it has committed: what the crash test must be able to find."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.internet.task import deferLater

from mmse.abstract.storage import Change, Kept, Put, Queued
from mmse.store import open_store

__all__ = ["Hasty", "open_hasty"]


class Hasty:
    """Answers ``put`` at once and commits it ``LATE`` seconds later. What asks for an MM waits for that, so that
    nothing but a crash in between can show it."""

    LATE = 0.1

    def __init__(self, store: Any, reactor: Any) -> None:
        self._store = store
        self._reactor = reactor
        self._late: set[Deferred[Any]] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, put: Put) -> Deferred[Kept]:
        """Believe that it will work."""
        late = deferLater(self._reactor, self.LATE, self._store.put, put)
        self._late.add(late)
        late.addBoth(lambda result: self._late.discard(late))
        return succeed(Kept(put.message.id))

    def change(self, change: Change) -> Deferred[bool]:
        """After what is late."""
        return DeferredList([*self._late]).addCallback(lambda done: self._store.change(change))

    def located(self, token: str) -> Deferred[Queued | None]:
        """After what is late."""
        return DeferredList([*self._late]).addCallback(lambda done: self._store.located(token))


def open_hasty(settings: Any, reactor: Any, metrics: Any, fatal: Any) -> Any:
    """As ``open_store``."""
    return Hasty(open_store(settings, reactor, metrics, fatal), reactor)
