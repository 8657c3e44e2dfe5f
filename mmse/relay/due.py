"""The due loop: claims rows whose time has come, keeps their leases, and forgets what has had its time.

Idle costs one claim in ``POLL`` seconds, which is how rows written or left by other nodes are found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from mmse.abstract.charging import ChargeableEvent
from mmse.abstract.reports import Report
from mmse.abstract.storage import Claimed, Queued
from mmse.errors import Temporary
from mmse.interfaces import IChargingSink
from mmse.journal import log
from mmse.metrics import COPIES
from mmse.relay.delivery import Deliveries
from mmse.relay.reports import Reports
from mmse.relay.resources import Resources
from mmse.relay.timers import Cause
from mmse.relay.work import Work

__all__ = ["CLAIM", "LEASE", "POLL", "Due"]

CLAIM = 64
"""Rows of each kind claimed at once."""

LEASE = 30
"""Seconds that a row is ours; renewed while anything is in flight."""

RENEW = 10.0
POLL = 5.0
PURGE = 30.0
PURGE_SLICE = 500
PURGE_REST = 0.2
"""Seconds between two slices, so that a long purge does not keep new MMs waiting."""

SOON = 0.001
"""Seconds by which a timer may be early: rounding of floats must not make the loop run twice."""


class Due:
    """Finds due work and begins it. ``wake`` may be called at any time; nothing runs before ``begin``."""

    def __init__(
        self,
        resources: Resources,
        work: Work,
        deliveries: Deliveries,
        reports: Reports,
        owner: str,
        charging: IChargingSink | None,
    ) -> None:
        self._resources = resources
        self._work = work
        self._deliveries = deliveries
        self._reports = reports
        self._owner = owner
        self._charging = charging
        self._recording = False
        self._running = False
        self._claiming = False
        self._again = False
        self._starved = False
        self._tried = 0
        self._doubtful_until = 0.0
        self._timer: IDelayedCall | None = None
        self._renewal: IDelayedCall | None = None
        self._purge: IDelayedCall | None = None

    def begin(self) -> None:
        """Take back what a previous life of this owner had leased, then go on until ``end``."""
        self._running = True
        self._claiming = True
        Deferred.fromCoroutine(self._recover())

    def end(self) -> None:
        """Claim nothing more; leases of what is in flight are still renewed."""
        self._running = False
        for timer in (self._timer, self._purge):
            if timer is not None and timer.active():
                timer.cancel()
        self._timer = self._purge = None

    async def _recover(self) -> None:
        tried = 0
        while self._running:
            try:
                recovered = await self._resources.store.recover(self._owner)
                break
            except Temporary as error:
                log.warn("the store cannot be asked for due rows: {why}", why=str(error))
                await self._resources.naps.nap(self._resources.delay(Cause.STORE, tried))
                tried += 1
        else:
            return
        if recovered:
            log.info("took back {recovered} rows of a previous life of {owner}", recovered=recovered, owner=self._owner)
        self._claiming = False
        self._purge = self._resources.clock.callLater(PURGE_REST, self._purging)
        self._sleep(0)

    # -- Waking ------------------------------------------------------------------------------------------------------

    def wake(self, second: int) -> None:
        """A row was written that is due at ``second``: wake then, if not earlier."""
        if not self._running:
            return
        if self._claiming:
            self._again = True
            return
        self._sleep(max(0.0, second - self._resources.wall.now()))

    def freed(self) -> None:
        """Work ended: if rows had to be left for want of room, there is some now."""
        if self._starved and self._running:
            self._starved = False
            self.wake(0)

    def doubt(self) -> None:
        """Rows may be leased to us that nobody here works on: let leases end by themselves for once."""
        self._doubtful_until = self._resources.clock.seconds() + LEASE

    def leased_until(self) -> int:
        """Until when a row taken now is ours."""
        return int(self._resources.wall.now()) + LEASE

    def _sleep(self, seconds: float) -> None:
        seconds = min(seconds, POLL)
        timer = self._timer
        if timer is not None and timer.active():
            if timer.getTime() <= self._resources.clock.seconds() + seconds:
                return
            timer.cancel()
        self._timer = self._resources.clock.callLater(seconds, self._tick)

    # -- Claiming ----------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        self._timer = None
        if self._running and not self._claiming:
            self._claiming = True
            Deferred.fromCoroutine(self._claim()).addErrback(self._failed)

    def _failed(self, failure: Failure) -> None:
        log.failure("the due loop failed; it goes on", failure=failure)
        self.doubt()
        self._claiming = False
        self._sleep(POLL)

    async def _claim(self) -> None:
        room = min(CLAIM, self._work.room)
        if room == 0:
            self._starved, self._claiming = True, False
            return
        self._again = False
        now = self._resources.wall.now()
        charges = self._charging is not None and not self._recording
        try:
            claimed = await self._resources.store.claim(
                self._owner, int(now + SOON), room, self.leased_until(), charges
            )
        except Temporary as error:
            self.doubt()
            self._claiming = False
            self._tried += 1
            if self._running:
                log.warn("due rows cannot be claimed: {why}", why=str(error))
                self._sleep(self._resources.delay(Cause.STORE, self._tried))
            return
        self._tried = 0
        if self._running:
            self._begin(claimed)
        elif claimed.copies or claimed.reports or claimed.charges:
            self.doubt()
        self._claiming = False
        if self._running:
            self._sleep(self._pause(claimed, room))

    def _begin(self, claimed: Claimed) -> None:
        for queued in claimed.copies:
            self.dispatch(queued)
        for report in claimed.reports:
            self._report(report)
        if claimed.charges and self._charging is not None:
            self._recording = True
            charges = claimed.charges
            sink = self._charging
            self._work.run(("charges", charges[0][0]), lambda: self._record(sink, charges))
        self.keep()

    def _pause(self, claimed: Claimed, room: int) -> float:
        full = max(len(claimed.copies), len(claimed.reports), len(claimed.charges)) >= room
        if self._again or full:
            return 0.0
        if claimed.next_due is None:
            return POLL
        # Rows that stay due although nothing was claimed (another's charging events) must not make us spin.
        least = SOON if claimed.copies or claimed.reports else 0.05
        return max(least, claimed.next_due - self._resources.wall.now())

    def dispatch(self, queued: Queued, routed: bool = False) -> bool:
        """Work on a copy that is leased to us."""
        key = (queued.copy.message, queued.copy.position)
        return self._work.run(key, lambda: self._deliveries.dispatch(queued, routed))

    def _report(self, report: Report) -> None:
        key = (report.message, report.position, report.kind)
        self._work.run(key, lambda: self._reports.tell(report))

    async def _record(self, sink: IChargingSink, charges: Sequence[tuple[int, ChargeableEvent]]) -> None:
        """Give charging events to their sink until it has them; only then do their rows go."""
        events = [event for _, event in charges]
        rows = [row for row, _ in charges]
        try:
            taken = await self._insist(lambda: sink.record(events))
            if not taken or not await self._insist(lambda: self._resources.store.charged(rows)):
                self.doubt()
        finally:
            self._recording = False

    async def _insist(self, ask: Callable[[], Deferred[None]]) -> bool:
        tried = 0
        while not self._resources.naps.over:
            try:
                await ask()
                return True
            except Temporary as error:
                log.warn("charging events wait: {why}", why=str(error))
            await self._resources.naps.nap(self._resources.delay(Cause.STORE, tried))
            tried += 1
        return False

    # -- Leases ------------------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """See that leases are renewed while anything is in flight."""
        if self._renewal is None and self._work.busy:
            self._renewal = self._resources.clock.callLater(RENEW, self._renew)

    def _renew(self) -> None:
        self._renewal = None
        if not self._work.busy:
            return
        if self._resources.clock.seconds() >= self._doubtful_until:
            self._resources.store.renew(self._owner, self.leased_until()).addErrback(
                lambda failure: log.warn("leases are not renewed: {why}", why=failure.getErrorMessage())
            )
        self.keep()

    def release(self) -> None:
        """Stop renewing: nothing is in flight any more, or nobody waits for it."""
        if self._renewal is not None and self._renewal.active():
            self._renewal.cancel()
        self._renewal = None

    # -- Forgetting --------------------------------------------------------------------------------------------------

    def _purging(self) -> None:
        self._purge = None
        Deferred.fromCoroutine(self._forget()).addErrback(self._forgotten).addCallback(self._rest)

    def _forgotten(self, failure: Failure) -> float:
        log.failure("forgetting failed; it goes on", failure=failure)
        return PURGE

    def _rest(self, seconds: float) -> None:
        if self._running:
            self._purge = self._resources.clock.callLater(seconds, self._purging)

    async def _forget(self) -> float:
        """Forget one slice; seconds until the next."""
        resources = self._resources
        try:
            gone = await resources.store.purge(int(resources.wall.now()), PURGE_SLICE)
            for state, count in (await resources.store.counts()).items():
                resources.metrics.gauge(COPIES, count, state.name.lower())
        except Temporary as error:
            log.warn("nothing is forgotten now: {why}", why=str(error))
            return PURGE
        return PURGE_REST if gone >= PURGE_SLICE else PURGE
