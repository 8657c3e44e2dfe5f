"""``[store] url``."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.interfaces import IReactorFromThreads
from twisted.trial.unittest import TestCase

from mmse.abstract.storage import Kept
from mmse.errors import Misconfigured, Temporary
from mmse.metrics import Metrics
from mmse.settings import Store
from mmse.store import MemoryStore, SQLiteStore, open_store
from mmse.testing.store.values import put


class UrlTests(TestCase):
    def open(self, url: str, **settings: int) -> MemoryStore | SQLiteStore:
        return open_store(Store(url=url, **settings), IReactorFromThreads(reactor), Metrics(), self.fail)

    def test_memory(self) -> None:
        self.assertIsInstance(self.open("memory:"), MemoryStore)

    async def test_sqlite(self) -> None:
        store = self.open(f"sqlite:{self.mktemp()}/var/mmse.db", min_free=0)
        self.assertIsInstance(store, SQLiteStore)
        await store.start()
        self.addCleanup(store.stop)
        self.assertEqual(await store.put(put()), Kept("m1"))

    async def test_settings_are_obeyed(self) -> None:
        store = self.open(f"sqlite:{self.mktemp()}/mmse.db", min_free=1 << 62)
        await store.start()
        self.addCleanup(store.stop)
        await self.assertFailure(store.put(put()), Temporary)

    def test_refused(self) -> None:
        for url, words in (
            ("postgresql://localhost/mmse", "no PostgreSQL store yet"),
            ("postgres:///mmse", "no PostgreSQL store yet"),
            ("sqlite:", "neither sqlite:PATH nor memory:"),
            ("memory", "neither sqlite:PATH nor memory:"),
            ("memory:somewhere", "neither sqlite:PATH nor memory:"),
            ("mysql://localhost", "neither sqlite:PATH nor memory:"),
            ("", "neither sqlite:PATH nor memory:"),
        ):
            error = self.assertRaises(Misconfigured, self.open, url)
            self.assertIn(words, error.problems[0])
            self.assertTrue(error.problems[0].startswith("store.url: "))
