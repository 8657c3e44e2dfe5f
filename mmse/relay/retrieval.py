"""Retrieval: the content of a copy, for its recipient only, while it may be had (TS 23.140 7.1.3)."""

from __future__ import annotations

from mmse.abstract.address import Address
from mmse.abstract.delivery import FINAL, Event, State
from mmse.abstract.elements import Via
from mmse.abstract.message import Copy, Message
from mmse.abstract.status import RetrieveStatus
from mmse.abstract.storage import Queued
from mmse.errors import Temporary
from mmse.interfaces import Retrieval
from mmse.metrics import RETRIEVALS
from mmse.relay.change import Step
from mmse.relay.moves import Moves
from mmse.relay.notices import Notices
from mmse.relay.resources import Resources

__all__ = ["Retrievals", "withheld"]


def withheld(message: Message, copy: Copy, now: float, grace: int) -> str:
    """Why a copy's content is not to be had now; empty when it is.

    A copy that was fetched or retrieved may be had again for ``grace`` seconds, also past expiry (digest of MM1
    transactions, section 3, rules).
    """
    if now < message.earliest:
        return "not before its delivery time"
    if copy.state is State.RETRIEVED:
        return "" if copy.ended is None or now < copy.ended + grace else "retrieved before, and the grace is over"
    if copy.state in FINAL:
        return copy.state.name.lower()
    if now >= message.expires and not (copy.fetched is not None and now < copy.fetched + grace):
        return "expired"
    return ""


class Retrievals:
    """Answers retrievals. Moves nothing but what has expired."""

    def __init__(self, resources: Resources, moves: Moves, notices: Notices) -> None:
        self._resources = resources
        self._moves = moves
        self._notices = notices

    async def retrieve(self, token: str, who: Address | None, via: Via) -> Retrieval:
        """The content, or the status that says why not; an outage is a transient status."""
        try:
            found = await self._retrieve(token, who, via)
        except Temporary as error:
            found = Retrieval(RetrieveStatus.TRANSIENT_FAILURE, text=str(error))
        self._resources.metrics.count(RETRIEVALS, found.status.value)
        return found

    async def _retrieve(self, token: str, who: Address | None, via: Via) -> Retrieval:
        queued = await self._resources.store.located(token) if token else None
        if queued is None:
            return Retrieval(RetrieveStatus.MESSAGE_NOT_FOUND, text="no such message")
        message, copy = queued.message, queued.copy
        if who is not None:
            who = self._resources.numbers.normal(who)
            if who.key != copy.recipient.key:
                self._notices.stranger(copy, who, via, "retrieve")
                return Retrieval(RetrieveStatus.SERVICE_DENIED, text="not for you")
        now = self._resources.wall.now()
        why = withheld(message, copy, now, self._resources.policy.grace)
        if why:
            await self.expire(queued, now)
            return Retrieval(RetrieveStatus.MESSAGE_NOT_FOUND, text=why)
        content = await self._resources.store.content(message.id)
        if content is None:
            return Retrieval(RetrieveStatus.MESSAGE_NOT_FOUND, text="no longer kept")
        return Retrieval(RetrieveStatus.OK, message, copy, content)

    async def expire(self, queued: Queued, now: float) -> None:
        """Someone came after expiry and before the due loop: the copy expires now."""
        copy = queued.copy
        if now >= queued.message.expires and copy.state not in FINAL and copy.fetched is None:
            await self._moves.move(queued, Step(event=Event.EXPIRED))
