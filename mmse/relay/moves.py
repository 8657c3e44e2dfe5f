"""Moving a copy: compare-and-set, and what follows from it in this process (wake-ups, log, counters)."""

from __future__ import annotations

from mmse.abstract.delivery import FINAL, Event
from mmse.abstract.storage import Change, Queued
from mmse.errors import Temporary
from mmse.journal import log
from mmse.metrics import COPY_EVENTS
from mmse.relay.change import Step, moved, ours
from mmse.relay.resources import Resources, shown
from mmse.relay.timers import Cause

__all__ = ["RACES", "Moves"]

RACES = 8
"""Times that a row is read and decided again after someone else moved it first."""

_SCHEDULES = frozenset({Event.TAKEN, Event.POSTPONED})


class Moves:
    """Commits steps of copies."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    async def move(self, queued: Queued, step: Step, patient: bool = False) -> Change | None:
        """Move a copy by ``step``; None when the step means nothing (any more).

        A lost race is decided again with the row as it is then. ``patient`` waits for a store that does not answer
        (until the relay stops), as the row is leased to us; else that raises ``Temporary``, as do too many races.
        """
        resources = self._resources
        first = queued.copy.state
        for _ in range(RACES):
            change = moved(resources.rules, queued, step, resources.wall.now())
            if change is None:
                break
            if await self._commit(change, patient):
                self.happened(queued, change, step)
                return change
            again = await self._read(queued, patient)
            if again is None:
                break
            if ours(change, again.copy):
                self.happened(queued, change, step)
                return change
            if step.event in _SCHEDULES and again.copy.state is not first:
                # Whoever moved it on has said when it is due; what the agent said is about the past.
                break
            queued = again
        else:
            raise Temporary(reason="the copy is moved by too many at once")
        resources.metrics.count(COPY_EVENTS, step.event.value, "no")
        return None

    async def _commit(self, change: Change, patient: bool) -> bool:
        tried = 0
        while True:
            try:
                return await self._resources.store.change(change)
            except Temporary:
                if not patient or self._resources.naps.over:
                    raise
            await self._resources.naps.nap(self._resources.delay(Cause.STORE, tried))
            tried += 1

    async def _read(self, queued: Queued, patient: bool) -> Queued | None:
        tried = 0
        while True:
            try:
                return await self._resources.store.located(queued.copy.token)
            except Temporary:
                if not patient or self._resources.naps.over:
                    raise
            await self._resources.naps.nap(self._resources.delay(Cause.STORE, tried))
            tried += 1

    def happened(self, queued: Queued, change: Change, step: Step) -> None:
        """A change is committed: tell the due loop, the log and the counters."""
        resources, after = self._resources, change.after
        if after.due is not None:
            resources.wake(after.due)
        for report in change.reports:
            if report.due is not None:
                resources.wake(report.due)
        resources.metrics.count(COPY_EVENTS, step.event.value, "yes")
        log.info(
            "{state} {mm}/{position} for {recipient}: {event} {reason}",
            state=after.state.name.lower(),
            mm=after.message,
            position=after.position,
            recipient=shown(after.recipient),
            event=step.event.value,
            reason=step.reason,
            due=after.due,
            final=after.state in FINAL,
        )
