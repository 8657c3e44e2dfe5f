"""Accepting an MM: asks who must be asked, allots identities, and writes everything in one commit (TS 23.140 7.1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from mmse.abstract.charging import ChargeableEvent, Kind, Side
from mmse.abstract.delivery import State
from mmse.abstract.elements import Via
from mmse.abstract.message import Copy, Message, Recipient, Submission
from mmse.abstract.reports import Report
from mmse.abstract.status import RequestStatus
from mmse.abstract.storage import Change, Kept, Put, Queued
from mmse.abstract.trail import Happening, Trace
from mmse.errors import Refused, Temporary
from mmse.interfaces import Accepted, ICreditControl, IServiceControl, Location
from mmse.journal import log
from mmse.metrics import REPEATS
from mmse.relay.change import owed
from mmse.relay.due import Due
from mmse.relay.resources import Resources, shown
from mmse.relay.submission import addressees, check, duplicate_key, lifetime, plain, sent
from mmse.relay.work import Work

__all__ = ["Acceptance", "Entry", "Result"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An MM on its way in. ``original`` is the Message-ID it is a forward of, ``change`` what the forward does to the
    copy that was forwarded."""

    submission: Submission
    via: Via
    agent: str
    key: bytes
    original: str = ""
    change: Change | None = None

    @property
    def kind(self) -> Kind:
        """How charging calls it."""
        return Kind.FORWARD if self.original else Kind.SUBMISSION


@dataclass(frozen=True)
class Result:
    """An answer, and the copies to dispatch once it is given (a place is reserved for each). ``written``: a new MM is
    in the store; ``conflict``: nothing is, the copy of ``Entry.change`` had moved."""

    accepted: Accepted
    copies: tuple[Queued, ...] = ()
    conflict: bool = False
    written: bool = False


class Acceptance:
    """Accepts MMs of originators, new or forwarded."""

    def __init__(
        self,
        resources: Resources,
        work: Work,
        due: Due,
        owner: str,
        service_control: IServiceControl | None,
        credit: ICreditControl | None,
    ) -> None:
        self._resources = resources
        self._work = work
        self._due = due
        self._owner = owner
        self._service_control = service_control
        self._credit = credit

    def key(self, operation: str, originator: str, transaction: str, digest: bytes) -> bytes:
        """The duplicate key, empty when repeats are not looked for."""
        if self._resources.policy.limits.duplicate_window == 0:
            return b""
        return duplicate_key(operation, originator, transaction, digest)

    async def accept(self, entry: Entry) -> Result:
        """Check, route and commit. Raises ``Refused`` and ``Temporary``."""
        resources = self._resources
        check(resources.policy, entry.submission)
        submission, prepaid = await self._allowed(entry)
        now = resources.wall.now()
        earliest, expires = lifetime(
            resources.policy.limits, submission.time_of_expiry, submission.earliest_time_of_delivery, int(now)
        )
        recipients = addressees(submission.recipients, resources.numbers)
        locations = [await self._locate(recipient) for recipient in recipients]
        if all(location is not None and not location.agent for location in locations):
            raise Refused(RequestStatus.ADDRESS_UNRESOLVED, "no recipient can be reached from here")
        message = self._message(entry, submission, recipients, int(now), earliest, expires)
        copies = self._copies(message, locations)
        return await self._commit(entry, message, submission, copies, locations, now, prepaid)

    async def _allowed(self, entry: Entry) -> tuple[Submission, bool]:
        """Ask who may say no: the subscription, service control (MM10), credit (MM9). True: credit is to be debited."""
        submission = entry.submission
        profile = await self._resources.routes.profile(submission.originator)
        if profile is not None and profile.barred:
            raise Refused(RequestStatus.SERVICE_DENIED, "barred from sending")
        if self._service_control is not None:
            submission = await self._service_control.process(submission, entry.via)
            check(self._resources.policy, submission)
        # Of those known to pay later nobody asks; anyone else may be prepaid.
        prepaid = self._credit is not None and (profile is None or profile.prepaid)
        if self._credit is not None and prepaid and not await self._credit.authorize(submission, entry.via):
            raise Refused(RequestStatus.LACK_OF_PREPAID, "not enough credit")
        return submission, prepaid

    async def _locate(self, recipient: Recipient) -> Location | None:
        """Who serves a recipient; None: not to be learnt now, dispatch will ask again (RELIABILITY D9)."""
        try:
            return await self._resources.routes.locate(recipient.address)
        except Temporary:
            return None

    def _message(
        self,
        entry: Entry,
        submission: Submission,
        recipients: tuple[Recipient, ...],
        now: int,
        earliest: int,
        expires: int,
    ) -> Message:
        content = submission.content
        return Message(
            id=self._resources.ids.message(),
            originator=submission.originator,
            recipients=recipients,
            elements=plain(submission.elements),
            accepted=now,
            earliest=earliest,
            expires=expires,
            date=sent(submission.date, now),
            size=content.size,
            media_types=content.media_types,
            text_only=content.text_only,
            via=entry.via,
            agent=entry.agent,
            version=submission.version,
            forwarded_from=entry.original,
        )

    def _copies(self, message: Message, locations: Sequence[Location | None]) -> tuple[Copy, ...]:
        """A row per recipient; one that nobody serves has ended before it began."""
        copies = []
        for position, (recipient, location) in enumerate(zip(message.recipients, locations, strict=True)):
            lost = location is not None and not location.agent
            copies.append(
                Copy(
                    message=message.id,
                    position=position,
                    recipient=recipient.address,
                    state=State.UNREACHABLE if lost else State.QUEUED,
                    due=None if lost else message.earliest,
                    agent="" if location is None else location.agent,
                    token=self._resources.ids.token(),
                    ended=message.accepted if lost else None,
                )
            )
        return tuple(copies)

    async def _commit(
        self,
        entry: Entry,
        message: Message,
        submission: Submission,
        copies: tuple[Copy, ...],
        locations: Sequence[Location | None],
        now: float,
        prepaid: bool,
    ) -> Result:
        queued = sum(copy.due is not None for copy in copies)
        leased = message.earliest <= message.accepted and self._work.reserve(queued)
        reports = tuple(
            report
            for copy in copies
            if copy.due is None and (report := owed(self._resources.rules, message, copy, message.accepted))
        )
        event = _event(entry.kind, message)
        put = Put(
            message=message,
            content=submission.content,
            copies=copies,
            # Without an owner the rows are due for whoever claims them: later, or when there is room.
            owner=self._owner if leased else "",
            leased_until=self._due.leased_until() if leased else 0,
            duplicate_key=entry.key,
            duplicate_until=message.accepted + self._resources.policy.limits.duplicate_window,
            reports=reports,
            charges=(event,) if self._resources.rules.charged else (),
            trail=self._trail(entry, message, copies, locations, reports, now),
            change=entry.change,
        )
        stands = False
        try:
            kept = await self._put(put, event, prepaid)
            stands = not kept.conflict and kept.message == message.id
        finally:
            if leased and not stands:
                self._work.unreserve(queued)
        if kept.conflict:
            return Result(Accepted(RequestStatus.TRANSIENT_FAILURE), conflict=True)
        if not stands:
            return self.repeated(kept.message, entry)
        self._accepted(entry, message, copies, reports)
        if not leased:
            self._resources.wake(message.earliest)
        ready = tuple(Queued(message, copy) for copy in copies if copy.due is not None) if leased else ()
        return Result(Accepted(RequestStatus.OK, message.id), ready, written=True)

    async def _put(self, put: Put, event: ChargeableEvent, prepaid: bool) -> Kept:
        """Commit; what was debited for it is given back when it does not stand."""
        if prepaid and self._credit is not None:
            await self._credit.debit(event)
        try:
            kept = await self._resources.store.put(put)
        except Temporary:
            self._due.doubt()
            await self._refund(event, prepaid)
            raise
        if kept.conflict or (kept.duplicate and kept.message != put.message.id):
            await self._refund(event, prepaid)
        return kept

    async def _refund(self, event: ChargeableEvent, prepaid: bool) -> None:
        if not prepaid or self._credit is None:
            return
        try:
            await self._credit.refund(event)
        except (Temporary, Refused) as error:
            log.error("a debit could not be given back: {why}", why=str(error), mm=event.message)

    async def known(self, entry: Entry, queued: Queued) -> Result | None:
        """The answer that this request got before, or None: nothing is written.

        The store is asked by a ``Put`` that can only be a repeat: the change it demands is of no row's version.
        """
        put = Put(
            message=self._message(entry, entry.submission, (), int(self._resources.wall.now()), 0, 0),
            content=entry.submission.content,
            copies=(),
            owner="",
            leased_until=0,
            duplicate_key=entry.key,
            change=Change(before=replace(queued.copy, version=-1), after=queued.copy),
        )
        kept = await self._resources.store.put(put)
        return self.repeated(kept.message, entry) if kept.duplicate else None

    def repeated(self, message: str, entry: Entry) -> Result:
        """The same request came before: its answer again."""
        self._resources.metrics.count(REPEATS, entry.via.interface.value)
        self._resources.note(message, Happening.REPEATED, peer=entry.via.peer)
        log.info(
            "repeated {mm} by {originator}: answered as before",
            mm=message,
            originator=shown(entry.submission.originator),
        )
        return Result(Accepted(RequestStatus.OK, message))

    def _accepted(self, entry: Entry, message: Message, copies: tuple[Copy, ...], reports: tuple[Report, ...]) -> None:
        if reports:
            self._resources.wake(message.accepted)
        log.info(
            "accepted {mm} from {originator} for {count} ({size} octets, {interface})",
            mm=message.id,
            originator=shown(message.originator),
            count=len(copies),
            size=message.size,
            interface=entry.via.interface.value,
            expires=message.expires,
        )
        for copy in copies:
            if copy.due is None:
                log.warn(
                    "no route for {mm}/{position} to {recipient}",
                    mm=message.id,
                    position=copy.position,
                    recipient=shown(copy.recipient),
                )

    def _trail(
        self,
        entry: Entry,
        message: Message,
        copies: Sequence[Copy],
        locations: Sequence[Location | None],
        reports: Sequence[Report],
        now: float,
    ) -> tuple[Trace, ...]:
        node = self._resources.rules.node
        reason = f"forward of {entry.original}" if entry.original else entry.via.interface.value
        first = Trace(
            message=message.id,
            at=now,
            node=node,
            happening=Happening.ACCEPTED,
            peer=entry.via.peer,
            reason=reason,
        )
        lines = [first]
        owing = {report.position for report in reports}
        for copy, location in zip(copies, locations, strict=True):
            position = copy.position
            line = replace(first, position=position, peer=copy.agent, reason=location.reason if location else "later")
            if copy.due is not None:
                lines.append(replace(line, happening=Happening.ROUTED))
                continue
            lines.append(replace(line, happening=Happening.UNROUTED))
            lines.append(replace(line, happening=Happening.UNREACHABLE))
            if position in owing:
                lines.append(replace(line, happening=Happening.REPORT_OWED, peer=message.agent, reason=""))
        return tuple(lines)


def _event(kind: Kind, message: Message) -> ChargeableEvent:
    """The submission, or forward, as charging sees it: one event for the MM as a whole."""
    return ChargeableEvent(
        kind=kind,
        side=Side.ORIGINATOR,
        via=message.via,
        message=message.id,
        position=-1,
        recipient=None,
        originator=message.originator,
        at=message.accepted,
        size=message.size,
    )
