"""Events that doors tell of copies: found, checked for who tells, moved by the table (TS 23.140 7.1.2, 7.1.3)."""

from __future__ import annotations

from mmse.abstract.address import Address
from mmse.abstract.delivery import FINAL, Event, State, after
from mmse.abstract.elements import Via
from mmse.abstract.message import Copy
from mmse.abstract.storage import Queued
from mmse.abstract.trail import Happening
from mmse.interfaces import Notice, Reference, Told
from mmse.journal import log
from mmse.metrics import STRANGERS
from mmse.relay.change import Step
from mmse.relay.moves import Moves
from mmse.relay.resources import Resources, shown

__all__ = ["Notices"]


class Notices:
    """Takes notices."""

    def __init__(self, resources: Resources, moves: Moves) -> None:
        self._resources = resources
        self._moves = moves

    async def tell(self, notice: Notice, via: Via) -> Told:
        """Move the copy that a notice is about; repeats are harmless. Raises ``Temporary``."""
        who = None if notice.who is None else self._resources.numbers.normal(notice.who)
        queued = await self._find(notice.reference, who)
        if queued is None:
            return Told(refused=True, reason="no such copy")
        copy = queued.copy
        if who is not None and who.key != copy.recipient.key:
            self.stranger(copy, who, via, notice.event.value)
            return Told(refused=True, message=copy.message, reason="not its recipient")
        step = Step(
            event=notice.event, report_allowed=notice.report_allowed, via=via, peer=via.peer, reason=notice.reason
        )
        change = await self._moves.move(queued, step)
        if change is not None:
            return Told(moved=True, message=copy.message)
        self._late(copy, notice, via)
        return Told(message=copy.message, reason="nothing new")

    async def _find(self, reference: Reference, who: Address | None) -> Queued | None:
        store = self._resources.store
        if reference.token:
            queued = await store.located(reference.token)
            # What a door took for a token may be the path of the MMSC's own address (``/servlets/mms``).
            if queued is not None or not reference.transaction:
                return queued
        if reference.transaction:
            # A transaction is no secret (48 bits, in every push): only its recipient may speak of it.
            return None if who is None else _live(await store.transacted(who.key, reference.transaction))
        if not reference.external:
            return None
        correlation = await store.correlated(reference.agent, reference.peer, reference.external)
        if correlation is None:
            return None
        message = await store.message(correlation.message)
        for copy in await store.copies(correlation.message):
            if message is not None and copy.position == correlation.position:
                return Queued(message, copy)
        return None

    def stranger(self, copy: Copy, who: Address, via: Via, operation: str) -> None:
        """Somebody who is not the recipient named a copy: counted, logged, in the trail."""
        self._resources.metrics.count(STRANGERS, operation)
        log.warn(
            "{who} is not the recipient of {mm}/{position}: {operation} refused",
            who=shown(who),
            mm=copy.message,
            position=copy.position,
            operation=operation,
        )
        reason = f"{operation} by {shown(who)}, a stranger"
        self._resources.note(copy.message, Happening.FETCH_REFUSED, copy.position, via.peer, reason)

    def _late(self, copy: Copy, notice: Notice, via: Via) -> None:
        """Another end than the one the copy had is worth a line; a repeat is not."""
        log.debug(
            "{event} means nothing new to {mm}/{position}",
            event=notice.event.value,
            mm=copy.message,
            position=copy.position,
        )
        if copy.state in FINAL and copy.state is not _meant(notice.event):
            self._resources.note(copy.message, Happening.LATE, copy.position, via.peer, notice.event.value)


def _meant(event: Event) -> State | None:
    """The state that an event leads to from a live one."""
    return after(State.NOTIFIED, event) or after(State.FETCHED, event)


def _live(found: list[Queued]) -> Queued | None:
    """Of copies with the same transaction (by chance, over the years) the one that still lives, else the newest."""
    return max(found, key=lambda queued: (queued.copy.state not in FINAL, queued.message.accepted), default=None)
