"""A clock that nobody sets, for spans of time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

__all__ = ["Monotonic"]


@implementer(IReactorTime)
class Monotonic:
    """The reactor's timers with a clock that nobody sets: what the relay measures spans of time by."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor

    def seconds(self) -> float:
        return time.monotonic()

    def callLater(self, delay: float, callable: Callable[..., Any], *args: object, **kw: object) -> Any:  # noqa: A002
        return self._reactor.callLater(delay, callable, *args, **kw)

    def getDelayedCalls(self) -> Any:
        return self._reactor.getDelayedCalls()
