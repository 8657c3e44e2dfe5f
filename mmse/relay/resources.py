"""What every part of the relay works with, in one value; and waits that a stop ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from mmse.abstract.address import Address
from mmse.abstract.trail import Happening, Trace
from mmse.interfaces import IDeliveryAgent, IMessageStore
from mmse.journal import log
from mmse.metrics import Metrics
from mmse.relay.change import Rules
from mmse.relay.ids import Ids
from mmse.relay.numbers import Numbers
from mmse.relay.policy import Policy
from mmse.relay.routing import Routes
from mmse.relay.timers import Cause, delay
from mmse.relay.wall import Wall

__all__ = ["Naps", "Resources", "shown"]


def shown(address: Address) -> str:
    """An address as log lines show it: the one place to change when numbers are to be masked."""
    return address.key


class Naps:
    """Waits by the monotonic clock; all of them end at once when the relay stops, and none begins after."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._waiting: dict[IDelayedCall, Deferred[None]] = {}
        self.over = False

    def nap(self, seconds: float) -> Deferred[None]:
        """Fires after ``seconds``, or when the relay stops."""
        waiting: Deferred[None] = Deferred()
        if self.over:
            waiting.callback(None)
            return waiting
        call = self._clock.callLater(seconds, lambda: self._waiting.pop(call).callback(None))
        self._waiting[call] = waiting
        return waiting

    def begin(self) -> None:
        """The relay starts (again)."""
        self.over = False

    def end(self) -> None:
        """End every wait now."""
        self.over = True
        waiting, self._waiting = self._waiting, {}
        for call, deferred in waiting.items():
            call.cancel()
            deferred.callback(None)


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Everything the parts share. ``wake(second)`` tells the due loop of a row that is due then."""

    store: IMessageStore
    agents: Mapping[str, IDeliveryAgent]
    policy: Policy
    rules: Rules
    clock: IReactorTime
    wall: Wall
    random: Callable[[int], bytes]
    metrics: Metrics
    ids: Ids
    numbers: Numbers
    routes: Routes
    naps: Naps
    wake: Callable[[int], None]

    def delay(self, cause: Cause, attempt: int, retry_after: float | None = None) -> float:
        """Seconds until the next try."""
        return delay(cause, attempt, self.random, retry_after)

    def note(self, message: str, happening: Happening, position: int = -1, peer: str = "", reason: str = "") -> None:
        """Write a line of the trail that nobody waits for; a line that the store cannot take is only logged."""
        line = Trace(
            message=message,
            at=self.wall.now(),
            node=self.rules.node,
            happening=happening,
            position=position,
            peer=peer,
            reason=reason,
        )
        self.store.journal((line,)).addErrback(
            lambda failure: log.warn("a line of the trail was lost: {why}", why=failure.getErrorMessage(), mm=message)
        )
