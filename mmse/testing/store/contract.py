"""``StoreContract``: mix it into ``twisted.trial.unittest.TestCase`` with two methods, and a store is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mmse.testing.store.claiming import ClaimingContract
from mmse.testing.store.moving import MovingContract
from mmse.testing.store.purging import PurgingContract
from mmse.testing.store.putting import PuttingContract
from mmse.testing.store.reporting import ReportingContract
from mmse.testing.store.subscribers import SubscribersContract

if TYPE_CHECKING:
    from twisted.trial.unittest import TestCase
else:
    TestCase = object

__all__ = ["StoreContract"]


class StoreContract(
    PuttingContract,
    MovingContract,
    ClaimingContract,
    ReportingContract,
    PurgingContract,
    SubscribersContract,
    TestCase,
):
    """The whole contract.

    A test case says how to ``make_store(grace, retention)``, not started, and how to ``reopen`` one that was stopped:
    a store, not started, of the same MMs.
    """

    def make_store(self, grace: int, retention: int) -> Any:
        """A new, empty store."""
        raise NotImplementedError

    def reopen(self, store: Any) -> Any:
        """A store of what a stopped one kept."""
        raise NotImplementedError
