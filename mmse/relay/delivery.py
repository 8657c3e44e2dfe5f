"""Dispatch of one due copy: what is to be done with it, by which agent, and what came of it."""

from __future__ import annotations

from twisted.internet import defer

from mmse.abstract.delivery import Event, State, after
from mmse.abstract.message import Copy, Message
from mmse.abstract.outcome import Done, Outcome, Refused, Temporary, Waiting
from mmse.abstract.storage import Queued
from mmse.errors import Refused as RefusedError
from mmse.errors import Temporary as TemporaryError
from mmse.journal import log
from mmse.metrics import ATTEMPTS
from mmse.relay.change import REFUSED, Step
from mmse.relay.moves import Moves
from mmse.relay.resources import Resources
from mmse.relay.timers import Cause

__all__ = ["PATIENCE", "Deliveries"]

PATIENCE = 300.0
"""Seconds that an agent may take for one attempt: an agent that never answers must not hold a place for ever."""


class Deliveries:
    """Gives due copies to agents. A row is leased to us while this works on it; no other state is kept."""

    def __init__(self, resources: Resources, moves: Moves) -> None:
        self._resources = resources
        self._moves = moves

    async def dispatch(self, queued: Queued, routed: bool = False) -> None:
        """Do what is due for a copy; ``routed``: its agent was chosen a moment ago."""
        try:
            step = await self._step(queued, routed)
            await self._moves.move(queued, step, patient=True)
        except TemporaryError as error:
            # Only a stop, or a row that others keep moving, ends here: the row is due again when its lease is over.
            log.warn("dispatch given up: {why}", why=str(error), mm=queued.copy.message, position=queued.copy.position)

    async def _step(self, queued: Queued, routed: bool) -> Step:
        message, copy = queued.message, queued.copy
        now = self._resources.wall.now()
        if copy.state is State.FETCHED:
            return Step(event=Event.UNACKNOWLEDGED, reason="fetched whole, no acknowledgement in time")
        if now >= message.expires:
            if copy.fetched is not None:
                # A phone that said Deferred and fetched: its answers came in the other order, or it never acknowledged.
                return Step(event=Event.RETRIEVED, reason="fetched whole before, and never acknowledged")
            return Step(event=Event.EXPIRED)
        if copy.state is State.DEFERRED:
            return Step(event=Event.DEFERRED)
        if now < message.earliest:
            return Step(event=Event.POSTPONED, due=message.earliest, reason="not before its delivery time")
        if routed or (copy.state is State.NOTIFIED and copy.agent):
            return await self._deliver(message, copy, copy.agent, "")
        try:
            location = await self._resources.routes.locate(copy.recipient)
        except TemporaryError as error:
            return self._postponed(copy, Cause.ROUTING, f"routing: {error}", error.retry_after)
        if not location.agent:
            return Step(event=Event.UNREACHABLE, reason=location.reason)
        return await self._deliver(message, copy, location.agent, location.reason)

    async def _deliver(self, message: Message, copy: Copy, name: str, routed: str) -> Step:
        agent = self._resources.agents.get(name)
        if agent is None:
            return self._postponed(copy, Cause.ELSEWHERE, f"no agent {name!r} on this node")
        cause = Cause.OUTAGE
        outcome: Outcome
        try:
            answer = agent.deliver(message, copy)
            if not answer.called:
                answer.addTimeout(PATIENCE, self._resources.clock)
            outcome = await answer
        except TemporaryError as error:
            outcome = Temporary(error.retry_after, str(error))
        except RefusedError as error:
            outcome = Refused(error.status, str(error))
        except defer.TimeoutError:
            outcome = Temporary(None, f"no answer in {PATIENCE:.0f} s")
        except Exception:  # noqa: BLE001 - the edge of a due row
            log.failure("agent {agent} failed with {mm}/{position}", agent=name, mm=message.id, position=copy.position)
            outcome, cause = Temporary(None, "internal error"), Cause.BUG
        self._resources.metrics.count(ATTEMPTS, name, type(outcome).__name__.lower())
        return self._concluded(copy, name, routed, outcome, cause)

    def _concluded(self, copy: Copy, agent: str, routed: str, outcome: Outcome, cause: Cause) -> Step:
        """What an outcome means for the copy."""
        if isinstance(outcome, Waiting):
            due = outcome.until
            now = self._resources.wall.now()
            if due is not None and due <= now:
                # An agent whose clock is not ours (it jumped) must not make us notify every second.
                due = int(now + self._resources.delay(Cause.OUTAGE, copy.attempt)) + 1
            return Step(event=Event.TAKEN, due=due, agent=agent, peer=agent, reason=outcome.reason, routed=routed)
        if isinstance(outcome, Done):
            event = outcome.event
        elif isinstance(outcome, Refused):
            event = REFUSED[outcome.status]
        else:
            cause = Cause.BUSY if outcome.retry_after is not None else cause
            return self._postponed(copy, cause, outcome.reason, outcome.retry_after, agent, routed)
        if event is Event.POSTPONED:
            return self._postponed(copy, cause, outcome.reason, None, agent, routed)
        if after(copy.state, event) is None:
            log.error(
                "agent {agent} answered {event}, which means nothing to {mm}/{position}",
                agent=agent,
                event=event.value,
                mm=copy.message,
                position=copy.position,
            )
            return self._postponed(copy, Cause.BUG, "internal error", None, agent, routed)
        return Step(event=event, agent=agent, peer=agent, reason=outcome.reason, routed=routed)

    def _postponed(
        self,
        copy: Copy,
        cause: Cause,
        reason: str,
        retry_after: float | None = None,
        agent: str | None = None,
        routed: str = "",
    ) -> Step:
        wait = self._resources.delay(cause, copy.attempt, retry_after)
        due = int(self._resources.wall.now() + wait) + 1
        return Step(event=Event.POSTPONED, due=due, agent=agent, peer=agent or "", reason=reason, routed=routed)
