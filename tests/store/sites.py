"""SQLite stores for tests: each test case has a folder of its own, and every store of it is stopped in the end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.interfaces import IReactorFromThreads
from twisted.trial.unittest import TestCase

from mmse.errors import Misconfigured
from mmse.metrics import STORE_COMMIT, Metrics
from mmse.store.sqlite import SQLiteStore
from mmse.testing.store.values import GRACE, NOW, RETENTION


class SQLiteCase(TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.path = str(self.folder / "mmse.db")
        self.metrics = Metrics()
        self.lost: list[BaseException] = []

    def store(self, **changes: Any) -> SQLiteStore:
        """A store that is not started, at ``self.path`` unless told otherwise."""
        arguments: dict[str, Any] = {
            "path": self.path,
            "reactor": IReactorFromThreads(reactor),
            "grace": GRACE,
            "retention": RETENTION,
            "max_queued": 1 << 26,
            "min_free": 0,
            "metrics": self.metrics,
            "fatal": self.lost.append,
            "clock": lambda: NOW,
            **changes,
        }
        return SQLiteStore(**arguments)

    async def started(self, **changes: Any) -> SQLiteStore:
        """A store that runs, until the test ends at the latest."""
        store = self.store(**changes)
        await store.start()
        self.addCleanup(store.stop)
        return store

    async def refused(self, store: SQLiteStore) -> str:
        """What a store says that is not started as it is configured."""
        try:
            await store.start()
        except Misconfigured as error:
            return error.problems[0]
        self.fail("it was started")

    def commits(self) -> int:
        """How many commits there were."""
        return int(self.metrics.registry.get_sample_value(STORE_COMMIT.name + "_count") or 0)

    def modes(self) -> dict[str, int]:
        """The modes of the folder ('') and of the files in it."""
        found = {"": os.stat(self.folder).st_mode & 0o777}
        return found | {name: os.stat(self.folder / name).st_mode & 0o777 for name in os.listdir(self.folder)}
