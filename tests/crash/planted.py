"""Stores that break one promise each: what the crash test must be able to find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.internet.task import deferLater

from mmse.abstract.storage import Change, Kept, Put, Queued
from mmse.store import open_store

__all__ = ["PLANTED", "Forgetful", "Hasty"]


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


class Forgetful:
    """Knows no submission again: a phone that did not hear Ok sends its MM twice."""

    def __init__(self, store: Any, reactor: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, put: Put) -> Deferred[Kept]:
        """Without the key of duplicates."""
        kept: Deferred[Kept] = self._store.put(replace(put, duplicate_key=b""))
        return kept


PLANTED: Mapping[str, Callable[[Any, Any], Any]] = {"hasty": Hasty, "forgetful": Forgetful}


def opener(name: str) -> Callable[[Any, Any, Any, Any], Any]:
    """As ``open_store``, with the store of that name before it."""
    wrap = PLANTED[name]
    return lambda settings, reactor, metrics, fatal: wrap(open_store(settings, reactor, metrics, fatal), reactor)
