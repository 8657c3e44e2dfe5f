"""What the relay obeys: the operator's settings, handed in as one value by whoever composes a node."""

from __future__ import annotations

import msgspec

from mmse.settings import Limits, Node

__all__ = ["Policy"]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """``node`` and ``limits`` are sections of the settings; ``grace`` is that of the store, in seconds.

    ``sender_hiding`` False: an originator who asks to be hidden is refused (TS 23.140 7.1.1.3).
    ``dispatches`` is how many copies and reports are worked on at once; the rest stay due in the store.
    """

    node: Node
    limits: Limits
    grace: int = 3600
    max_recipients: int = 100
    max_message_size: int = 1_048_576
    sender_hiding: bool = True
    dispatches: int = 256
