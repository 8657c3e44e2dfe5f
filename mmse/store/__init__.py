"""MM2: where MMs, their content, reports, charging events and trails are kept. Only this package knows SQL."""

from __future__ import annotations

from mmse.store.memory import MemoryStore
from mmse.store.sqlite import SQLiteStore
from mmse.store.url import open_store

__all__ = ["MemoryStore", "SQLiteStore", "open_store"]
