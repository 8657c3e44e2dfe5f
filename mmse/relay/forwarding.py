"""Forwarding an MM that is still here, without fetching it (TS 23.140 7.1.10; MM1 digest, section 6)."""

from __future__ import annotations

from msgspec.structs import replace

from mmse.abstract.content import Content, Encoding
from mmse.abstract.delivery import Event, State
from mmse.abstract.elements import PreviouslySent, Via
from mmse.abstract.message import Elements, Forwarding, Message, Submission
from mmse.abstract.status import RequestStatus
from mmse.abstract.storage import Queued
from mmse.errors import Refused, Temporary
from mmse.metrics import COPY_EVENTS
from mmse.relay.acceptance import Acceptance, Entry, Result
from mmse.relay.change import Step, moved
from mmse.relay.moves import RACES, Moves
from mmse.relay.notices import Notices
from mmse.relay.resources import Resources
from mmse.relay.retrieval import Retrievals, withheld

__all__ = ["Forwards", "passed_on", "previously_sent"]

_STAYS = frozenset({State.FETCHED, State.RETRIEVED})
"""What its recipient has already is only copied by a forward: its own copy does not move."""


def previously_sent(message: Message, limit: int) -> tuple[PreviouslySent, ...]:
    """The earlier senders with the one whose From the forward replaces: count 1 is the original originator.

    A sender who wished to be hidden stays so: the entry is counted, its ``by`` is empty. Raises ``Refused`` when the
    MM was forwarded ``limit`` times already.
    """
    earlier = message.elements.previously_sent
    count = max((each.count for each in earlier), default=0)
    if count >= limit:
        raise Refused(RequestStatus.SERVICE_DENIED, f"forwarded {count} times already")
    by = "" if message.elements.sender_visible is False else str(message.originator)
    return (*earlier, PreviouslySent(count + 1, by, message.date))


def passed_on(message: Message, forwarding: Forwarding, limit: int) -> Elements:
    """The elements of the forward: those of the MM, the reports that the forwarding user asks for, nothing of what
    was between the MM's originator and this user (reply charging, the wish to be hidden)."""
    return replace(
        message.elements,
        delivery_report=forwarding.delivery_report,
        read_reply=forwarding.read_reply,
        sender_visible=None,
        reply_charging=None,
        previously_sent=previously_sent(message, limit),
    )


_NOTHING = Content(encoding=Encoding.MIME, content_type=b"", data=b"", size=0)


class Forwards:
    """Takes forward requests."""

    def __init__(
        self,
        resources: Resources,
        acceptance: Acceptance,
        moves: Moves,
        notices: Notices,
        retrievals: Retrievals,
    ) -> None:
        self._resources = resources
        self._acceptance = acceptance
        self._moves = moves
        self._notices = notices
        self._retrievals = retrievals

    async def forward(self, forwarding: Forwarding, via: Via, agent: str, key: bytes) -> Result:
        """Copy the MM for new recipients and end the copy that was forwarded, in one commit.

        Raises ``Refused`` and ``Temporary``.
        """
        for _ in range(RACES):
            queued = await self._resources.store.located(forwarding.location) if forwarding.location else None
            if queued is None:
                raise Refused(RequestStatus.MESSAGE_NOT_FOUND, "no such message")
            if forwarding.originator.key != queued.copy.recipient.key:
                self._notices.stranger(queued.copy, forwarding.originator, via, "forward")
                raise Refused(RequestStatus.SERVICE_DENIED, "not yours to forward")
            result = await self._attempt(queued, forwarding, via, agent, key)
            if not result.conflict:
                return result
        raise Temporary(reason="the copy is moved by too many at once")

    async def _attempt(self, queued: Queued, forwarding: Forwarding, via: Via, agent: str, key: bytes) -> Result:
        message, copy = queued.message, queued.copy
        now = self._resources.wall.now()
        why = withheld(message, copy, now, self._resources.policy.grace)
        if why:
            await self._retrievals.expire(queued, now)
            return await self._repeat(queued, forwarding, via, key, why)
        content = await self._resources.store.content(message.id)
        if content is None:
            return await self._repeat(queued, forwarding, via, key, "no longer kept")
        limit = self._resources.policy.limits.forward_max
        step = Step(
            event=Event.FORWARDED, report_allowed=forwarding.report_allowed, via=via, peer=via.peer, reason="M-Forward"
        )
        change = None if copy.state in _STAYS else moved(self._resources.rules, queued, step, now)
        entry = Entry(
            submission=_submission(forwarding, content, passed_on(message, forwarding, limit)),
            via=via,
            agent=agent,
            key=key,
            original=message.id,
            change=change,
        )
        result = await self._acceptance.accept(entry)
        if change is not None and result.written:
            self._moves.happened(queued, change, step)
        elif change is not None:
            self._resources.metrics.count(COPY_EVENTS, step.event.value, "no")
        return result

    async def _repeat(self, queued: Queued, forwarding: Forwarding, via: Via, key: bytes, why: str) -> Result:
        """The copy cannot be forwarded (any more): unless this very request did so before, that is the answer."""
        if key and queued.copy.state is State.FORWARDED:
            submission = _submission(forwarding, _NOTHING, queued.message.elements)
            known = await self._acceptance.known(Entry(submission=submission, via=via, agent="", key=key), queued)
            if known is not None:
                return known
        raise Refused(RequestStatus.MESSAGE_NOT_FOUND, why)


def _submission(forwarding: Forwarding, content: Content, elements: Elements) -> Submission:
    return Submission(
        transaction=forwarding.transaction,
        digest=forwarding.digest,
        originator=forwarding.originator,
        recipients=forwarding.recipients,
        content=content,
        elements=elements,
        time_of_expiry=forwarding.time_of_expiry,
        earliest_time_of_delivery=forwarding.earliest_time_of_delivery,
        date=forwarding.date,
        version=forwarding.version,
    )
