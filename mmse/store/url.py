"""The store that ``[store] url`` names."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorFromThreads

from mmse.errors import Misconfigured
from mmse.metrics import Metrics
from mmse.settings import Store
from mmse.store.memory import MemoryStore
from mmse.store.sqlite import SQLiteStore

__all__ = ["open_store"]


def open_store(
    settings: Store, reactor: IReactorFromThreads, metrics: Metrics, fatal: Callable[[BaseException], None]
) -> MemoryStore | SQLiteStore:
    """A store that is not started yet. Raises ``Misconfigured`` for a URL of no kind that this version has.

    ``fatal`` is called when nothing may be acknowledged any more: it must end the process.
    """
    kind, colon, rest = settings.url.partition(":")
    if kind == "sqlite" and rest:
        return SQLiteStore(
            rest,
            reactor,
            grace=settings.grace,
            retention=settings.retention,
            max_queued=settings.max_queued,
            min_free=settings.min_free,
            metrics=metrics,
            fatal=fatal,
        )
    if kind == "memory" and colon and not rest:
        return MemoryStore(grace=settings.grace, retention=settings.retention)
    if kind in ("postgresql", "postgres"):
        raise Misconfigured(["store.url: this version has no PostgreSQL store yet: use sqlite:PATH and workers = 1"])
    raise Misconfigured([f"store.url: {settings.url!r} is neither sqlite:PATH nor memory:"])
