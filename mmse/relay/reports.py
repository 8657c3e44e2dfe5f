"""Reports to originators: told once, retried like deliveries, given up in the end (TS 23.140 7.1.6, 7.1.9)."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.internet import defer

from mmse.abstract.elements import Via
from mmse.abstract.message import Message
from mmse.abstract.outcome import Done, Outcome, Refused, Temporary, Waiting
from mmse.abstract.reports import ReadReply, Report, ReportKind
from mmse.abstract.trail import Happening, Trace
from mmse.errors import Refused as RefusedError
from mmse.errors import Temporary as TemporaryError
from mmse.interfaces import Told
from mmse.journal import log
from mmse.metrics import REPORTS, STRANGERS
from mmse.relay.delivery import PATIENCE
from mmse.relay.resources import Resources, shown
from mmse.relay.timers import Cause

__all__ = ["Reports"]


class Reports:
    """Pays reports owed, and takes read replies."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    async def tell(self, report: Report) -> None:
        """Try once to tell a claimed report, and write down what came of it."""
        now = self._resources.wall.now()
        if now >= report.expires:
            return await self._settle(report, None, Happening.REPORT_ABANDONED, "too late")
        outcome, cause = await self._ask(report)
        if isinstance(outcome, Done | Waiting):
            return await self._settle(report, None, Happening.REPORT_TOLD, outcome.reason)
        if isinstance(outcome, Refused):
            return await self._settle(report, None, Happening.REPORT_ABANDONED, outcome.reason or outcome.status.value)
        if outcome.retry_after is not None:
            cause = Cause.BUSY
        wait = self._resources.delay(cause, report.attempt, outcome.retry_after)
        due = min(int(self._resources.wall.now() + wait) + 1, report.expires)
        after = replace(report, attempt=report.attempt + 1, due=due)
        await self._settle(report, after, Happening.REPORT_POSTPONED, outcome.reason)

    async def _ask(self, report: Report) -> tuple[Outcome, Cause]:
        agent = self._resources.agents.get(report.agent)
        if agent is None:
            return Temporary(None, f"no agent {report.agent!r} on this node"), Cause.ELSEWHERE
        try:
            answer = agent.report(report)
            if not answer.called:
                answer.addTimeout(PATIENCE, self._resources.clock)
            return await answer, Cause.OUTAGE
        except TemporaryError as error:
            return Temporary(error.retry_after, str(error)), Cause.OUTAGE
        except RefusedError as error:
            return Refused(error.status, str(error)), Cause.OUTAGE
        except defer.TimeoutError:
            return Temporary(None, f"no answer in {PATIENCE:.0f} s"), Cause.OUTAGE
        except Exception:  # noqa: BLE001 - the edge of a due row
            log.failure("agent {agent} failed with a report of {mm}", agent=report.agent, mm=report.message)
            return Temporary(None, "internal error"), Cause.BUG

    async def _settle(self, before: Report, after: Report | None, happening: Happening, reason: str) -> None:
        resources = self._resources
        line = self._line(before.message, before.position, happening, before.agent, reason)
        tried = 0
        while True:
            try:
                settled = await resources.store.settle(before, after, (line,))
                break
            except TemporaryError as error:
                if resources.naps.over:
                    log.warn("a report's end is not written: {why}", why=str(error), mm=before.message)
                    return
            await resources.naps.nap(resources.delay(Cause.STORE, tried))
            tried += 1
        if not settled and not tried:
            # Somebody else had this row: its lease had ended while we worked.
            return
        if after is not None and after.due is not None:
            resources.wake(after.due)
        resources.metrics.count(REPORTS, before.kind.name.lower(), happening.value)
        log.info(
            "{happening} {mm}/{position} to {originator}: {status} {reason}",
            happening=happening.value,
            mm=before.message,
            position=before.position,
            originator=shown(before.originator),
            status=_status(before),
            reason=reason,
        )

    # -- Read replies ------------------------------------------------------------------------------------------------

    async def read(self, reply: ReadReply, via: Via) -> Told:
        """A recipient read, or deleted, an MM. Raises ``Temporary``."""
        message = await self._resources.store.message(reply.message)
        if message is None:
            return Told(refused=True, message=reply.message, reason="unknown message")
        position = self._position(message, reply)
        if position is None:
            self._resources.metrics.count(STRANGERS, "read")
            reason = f"a read reply by {shown(reply.reader)}, who is no recipient"
            self._resources.note(message.id, Happening.LATE, peer=via.peer, reason=reason)
            return Told(refused=True, message=message.id, reason="not a recipient of it")
        if not message.elements.read_reply:
            return Told(message=message.id, reason="no read reply was asked")
        report = self._owed(message, position, reply)
        read = self._line(message.id, position, Happening.READ, via.peer, reply.status.value)
        if not message.agent:
            self._resources.note(message.id, Happening.READ, position, via.peer, "the originator cannot be told")
            return Told(message=message.id, reason="the originator cannot be told")
        if not await self._resources.store.owe(report, (read,)):
            return Told(message=message.id, reason="said before")
        if report.due is not None:
            self._resources.wake(report.due)
        log.info(
            "read {mm}/{position} by {recipient}: {status}",
            mm=message.id,
            position=position,
            recipient=shown(report.recipient),
            status=reply.status.value,
        )
        return Told(moved=True, message=message.id)

    def _position(self, message: Message, reply: ReadReply) -> int | None:
        reader = self._resources.numbers.normal(reply.reader).key
        for position, recipient in enumerate(message.recipients):
            if recipient.address.key == reader:
                return position
        return None

    def _owed(self, message: Message, position: int, reply: ReadReply) -> Report:
        now = int(self._resources.wall.now())
        return Report(
            message=message.id,
            position=position,
            kind=ReportKind.READ,
            originator=message.originator,
            recipient=message.recipients[position].address,
            # A reader's own clock counts when it can be true: after the MM was accepted, and not in the future.
            date=reply.date if reply.date is not None and message.accepted <= reply.date <= now else now,
            agent=message.agent,
            read=reply.status,
            applic_id=message.elements.reply_applic_id,
            aux_applic_info=message.elements.aux_applic_info,
            version=message.version,
            expires=now + self._resources.rules.report_lifetime,
            due=now,
        )

    def _line(self, message: str, position: int, happening: Happening, peer: str, reason: str) -> Trace:
        return Trace(
            message=message,
            at=self._resources.wall.now(),
            node=self._resources.rules.node,
            happening=happening,
            position=position,
            peer=peer,
            reason=reason,
        )


def _status(report: Report) -> str:
    status = report.delivery if report.kind is ReportKind.DELIVERY else report.read
    return "" if status is None else status.value
