"""The contract of ``IMessageStore`` and ``ISubscriberStore`` as a suite that every implementation passes."""

from __future__ import annotations

from mmse.testing.store.contract import StoreContract

__all__ = ["StoreContract"]
