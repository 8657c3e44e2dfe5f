"""Every message store keeps the contract of ``IMessageStore`` and ``ISubscriberStore``."""

from __future__ import annotations

import os
from typing import Any

from twisted.internet import reactor
from twisted.internet.interfaces import IReactorFromThreads
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from mmse.interfaces import IMessageStore, ISubscriberStore
from mmse.metrics import Metrics
from mmse.store.memory import MemoryStore
from mmse.store.sqlite import SQLiteStore
from mmse.testing.store import StoreContract


class MemoryStoreTests(StoreContract, TestCase):
    def make_store(self, grace: int, retention: int) -> Any:
        return MemoryStore(grace=grace, retention=retention)

    def reopen(self, store: Any) -> Any:
        return store

    def test_interfaces(self) -> None:
        verifyObject(IMessageStore, self.store)
        verifyObject(ISubscriberStore, self.store)


class SQLiteStoreTests(StoreContract, TestCase):
    def make_store(self, grace: int, retention: int) -> Any:
        self.path = os.path.join(self.mktemp(), "mmse.db")
        self.terms = (grace, retention)
        return self.reopen(None)

    def reopen(self, store: Any) -> Any:
        grace, retention = self.terms
        return SQLiteStore(
            self.path,
            IReactorFromThreads(reactor),
            grace=grace,
            retention=retention,
            max_queued=67_108_864,
            min_free=0,
            metrics=Metrics(),
            fatal=self.fail,
        )

    def test_interfaces(self) -> None:
        verifyObject(IMessageStore, self.store)
        verifyObject(ISubscriberStore, self.store)
