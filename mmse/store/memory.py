"""The store in memory: the reference of what ``IMessageStore`` means, and the store of tests, labs and simulations.

It forgets when the object goes; ``stop`` and ``start`` keep everything, as a restart on a disk would.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from typing import Any, TypeVar

from msgspec.structs import replace
from twisted.internet.defer import Deferred, execute, fail, maybeDeferred, succeed
from zope.interface import implementer

from mmse.abstract.charging import ChargeableEvent, Kind
from mmse.abstract.content import Content
from mmse.abstract.delivery import FINAL, State
from mmse.abstract.message import Copy, Message
from mmse.abstract.reports import Report, ReportKind
from mmse.abstract.storage import Change, Claimed, Correlation, Kept, Put, Queued, Subscriber
from mmse.abstract.trail import Happening, Trace
from mmse.errors import Temporary
from mmse.interfaces import IMessageStore, ISubscriberStore
from mmse.store import operations
from mmse.store.agenda import Agenda, Row
from mmse.store.operations import Operation

__all__ = ["Commit", "MemoryStore"]

T = TypeVar("T")

Commit = Callable[[Operation, Callable[[], Any]], "Deferred[Any]"]
"""A port for simulations: given the operation and a function that does it (at once, whole) and returns the answer.

It may do it now or later, before or after it raises or fails its Deferred: a crash before, a crash after, a commit in
doubt are each a few lines.
"""

_ReportKey = tuple[str, int, ReportKind]
_ChargeKey = tuple[str, int, Kind, int]
_CorrelationKey = tuple[str, str, str]


class _Kept:
    """One MM and all that goes when it goes. ``live``: copies not ended; ``owed``: reports not settled."""

    __slots__ = ("charges", "content", "copies", "ended", "live", "message", "owed", "reports", "trail")

    def __init__(self, message: Message, content: Content) -> None:
        self.message = message
        self.content: Content | None = content
        self.copies: dict[int, Row[Copy]] = {}
        self.reports: dict[_ReportKey, Row[Report]] = {}
        self.charges: dict[_ChargeKey, Row[ChargeableEvent]] = {}
        self.trail: list[Trace] = []
        self.live = 0
        self.owed = 0
        self.ended = 0


@implementer(IMessageStore, ISubscriberStore)
class MemoryStore:
    """MM2 in memory. ``grace`` and ``retention`` in seconds; each commit is complete at once unless ``commit`` says
    otherwise. ``clock`` is asked only when a copy ends without saying when."""

    def __init__(
        self,
        *,
        grace: int,
        retention: int,
        clock: Callable[[], float] = time.time,
        commit: Commit | None = None,
    ) -> None:
        self._grace = grace
        self._retention = retention
        self._clock = clock
        self._port = commit
        self._stopped = False
        self._number = 0
        self._mms: dict[str, _Kept] = {}
        self._tokens: dict[str, Row[Copy]] = {}
        self._rows: dict[int, Row[Copy]] = {}
        self._copies: Agenda[Copy] = Agenda()
        self._reports: Agenda[Report] = Agenda()
        self._charges: Agenda[ChargeableEvent] = Agenda()
        self._events: dict[int, Row[ChargeableEvent]] = {}
        self._counts = dict.fromkeys(State, 0)
        self._duplicates: dict[bytes, tuple[str, int]] = {}
        self._correlations: dict[_CorrelationKey, Correlation] = {}
        self._release: list[tuple[int, str]] = []
        self._forget: list[tuple[int, str]] = []
        self._expire: list[tuple[int, int, bytes | _CorrelationKey]] = []
        self._subscribers: dict[str, Subscriber] = {}
        self._done: dict[type, Callable[[Any], Any]] = {
            Put: self._put,
            Change: self._change,
            operations.Owe: self._owe,
            operations.Settle: self._settle,
            operations.Claim: self._claim,
            operations.Renew: self._renew,
            operations.Recover: self._recover,
            operations.Charged: self._charged,
            operations.Correlate: lambda operation: self._correlate(operation.correlation),
            operations.Journal: lambda operation: self._trace(operation.trail),
            operations.Purge: self._purge,
            operations.Provision: self._provision,
            operations.Withdraw: self._withdraw,
        }

    # -- Commits -----------------------------------------------------------------------------------------------------

    def _commit(self, operation: Operation) -> Deferred[Any]:
        if self._stopped:
            return fail(Temporary(reason="the store is stopped"))
        done = self._done[type(operation)]
        if self._port is None:
            return execute(done, operation)
        return maybeDeferred(self._port, operation, lambda: done(operation))

    def _read(self, answer: Callable[[], T]) -> Deferred[T]:
        if self._stopped:
            return fail(Temporary(reason="the store is stopped"))
        return execute(answer)

    def start(self) -> Deferred[None]:
        self._stopped = False
        return succeed(None)

    def stop(self) -> Deferred[None]:
        self._stopped = True
        return succeed(None)

    def recover(self, owner: str) -> Deferred[int]:
        return self._commit(operations.Recover(owner))

    def put(self, put: Put) -> Deferred[Kept]:
        return self._commit(put)

    def change(self, change: Change) -> Deferred[bool]:
        return self._commit(change)

    def owe(self, report: Report, trail: Sequence[Trace]) -> Deferred[bool]:
        return self._commit(operations.Owe(report, tuple(trail)))

    def settle(self, before: Report, after: Report | None, trail: Sequence[Trace]) -> Deferred[bool]:
        return self._commit(operations.Settle(before, after, tuple(trail)))

    def claim(self, owner: str, now: int, limit: int, leased_until: int, charges: bool = False) -> Deferred[Claimed]:
        return self._commit(operations.Claim(owner, now, limit, leased_until, charges))

    def renew(self, owner: str, leased_until: int) -> Deferred[int]:
        return self._commit(operations.Renew(owner, leased_until))

    def charged(self, rows: Sequence[int]) -> Deferred[None]:
        return self._commit(operations.Charged(tuple(rows)))

    def correlate(self, correlation: Correlation) -> Deferred[None]:
        return self._commit(operations.Correlate(correlation))

    def journal(self, trail: Sequence[Trace]) -> Deferred[None]:
        return self._commit(operations.Journal(tuple(trail)))

    def purge(self, now: int, limit: int) -> Deferred[int]:
        return self._commit(operations.Purge(now, limit))

    def provision(self, subscribers: Sequence[Subscriber]) -> Deferred[int]:
        return self._commit(operations.Provision(tuple(subscribers)))

    def withdraw(self, numbers: Sequence[str]) -> Deferred[int]:
        return self._commit(operations.Withdraw(tuple(numbers)))

    # -- What a commit does ------------------------------------------------------------------------------------------

    def _put(self, put: Put) -> Kept:
        message = put.message
        known = self._duplicates.get(put.duplicate_key) if put.duplicate_key else None
        if known is not None and known[1] > message.accepted:
            return Kept(known[0], duplicate=True)
        stored = self._mms.get(message.id)
        if stored is not None and stored.message == message:
            return Kept(message.id, duplicate=True)
        tokens = [copy.token for copy in put.copies if copy.token]
        if stored is not None or len(set(tokens)) < len(tokens) or any(token in self._tokens for token in tokens):
            raise Temporary(reason="the Message-ID or a token is taken; new ones will do")
        if put.change is not None and not self._change(put.change):
            return Kept(message.id, conflict=True)
        mm = self._mms[message.id] = _Kept(message, put.content)
        for copy in put.copies:
            row = self._new(copy, copy.due)
            mm.copies[copy.position] = self._rows[row.number] = row
            if copy.token:
                self._tokens[copy.token] = row
            self._counts[copy.state] += 1
            if copy.due is not None and copy.due <= message.accepted:
                self._copies.lease(row, put.owner, put.leased_until)
            else:
                self._copies.place(row)
            if copy.state in FINAL:
                mm.ended = max(mm.ended, self._ended(copy))
            else:
                mm.live += 1
        self._caused(put.reports, put.charges, put.trail)
        self._let_go(mm)
        if put.duplicate_key:
            self._duplicates[put.duplicate_key] = (message.id, put.duplicate_until)
            heappush(self._expire, (put.duplicate_until, self._next(), put.duplicate_key))
        return Kept(message.id)

    def _change(self, change: Change) -> bool:
        before, after = change.before, change.after
        mm = self._mms.get(before.message)
        row = mm.copies.get(before.position) if mm is not None else None
        if mm is None or row is None or (row.value.version, row.value.state) != (before.version, before.state):
            return False
        if after.token != row.value.token:
            if after.token in self._tokens:
                raise Temporary(reason="a token is taken; a new one will do")
            self._tokens.pop(row.value.token, None)
            if after.token:
                self._tokens[after.token] = row
        self._counts[before.state] -= 1
        self._counts[after.state] += 1
        row.value = _versioned(after, before.version + 1)
        row.due = after.due
        if change.keep_lease:
            self._copies.place(row)
        else:
            self._copies.release(row)
        mm.live += (before.state in FINAL) - (after.state in FINAL)
        if after.state in FINAL:
            mm.ended = max(mm.ended, self._ended(after))
        self._caused(change.reports, change.charges, change.trail)
        for correlation in change.correlations:
            self._correlate(correlation)
        if before.state not in FINAL:
            self._let_go(mm)
        return True

    def _caused(self, reports: Iterable[Report], charges: Iterable[ChargeableEvent], trail: Iterable[Trace]) -> None:
        for report in reports:
            self._owe(operations.Owe(report))
        for event in charges:
            mm = self._mms.get(event.message)
            key = (event.message, event.position, event.kind, event.sequence)
            if mm is not None and key not in mm.charges:
                row = mm.charges[key] = self._new(event, event.at)
                self._events[row.number] = row
                self._charges.place(row)
        self._trace(trail)

    def _owe(self, owe: operations.Owe) -> bool:
        report = owe.report
        mm = self._mms.get(report.message)
        key = (report.message, report.position, report.kind)
        if mm is None or key in mm.reports:
            return False
        row = mm.reports[key] = self._new(report, report.due)
        self._reports.place(row)
        mm.owed += report.due is not None
        self._trace(owe.trail)
        return True

    def _settle(self, settle: operations.Settle) -> bool:
        before, after = settle.before, settle.after
        mm = self._mms.get(before.message)
        row = mm.reports.get((before.message, before.position, before.kind)) if mm is not None else None
        if mm is None or row is None or row.due is None or row.value.attempt != before.attempt:
            return False
        row.due = None if after is None else after.due
        if after is not None:
            row.value = after
        self._reports.release(row)
        if row.due is None:
            mm.owed -= 1
            self._let_go(mm)
        self._trace(settle.trail)
        return True

    def _claim(self, claim: operations.Claim) -> Claimed:
        taken = (claim.owner, claim.now, claim.limit, claim.leased_until)
        copies = self._copies.claim(*taken)
        reports = self._reports.claim(*taken)
        events = self._charges.claim(*taken) if claim.charges else []
        wakes = [self._copies.next_wake(), self._reports.next_wake()]
        if claim.charges:
            wakes.append(self._charges.next_wake())
        return Claimed(
            tuple(self._queued(row.value) for row in copies),
            tuple(row.value for row in reports),
            tuple((row.number, row.value) for row in events),
            min((wake for wake in wakes if wake is not None), default=None),
        )

    def _renew(self, renew: operations.Renew) -> int:
        return sum(self._prolong(agenda, renew) for agenda in (self._copies, self._reports, self._charges))

    def _prolong(self, agenda: Agenda[Any], renew: operations.Renew) -> int:
        rows = agenda.owned(renew.owner)
        for row in rows:
            agenda.lease(row, renew.owner, renew.leased_until)
        return len(rows)

    def _recover(self, recover: operations.Recover) -> int:
        return sum(self._end(agenda, recover.owner) for agenda in (self._copies, self._reports, self._charges))

    def _end(self, agenda: Agenda[Any], owner: str) -> int:
        rows = agenda.owned(owner)
        for row in rows:
            agenda.release(row)
        return len(rows)

    def _charged(self, charged: operations.Charged) -> None:
        for number in charged.rows:
            row = self._events.get(number)
            if row is not None:
                self._charges.drop(row)

    def _correlate(self, correlation: Correlation) -> None:
        key = (correlation.agent, correlation.peer, correlation.external)
        self._correlations[key] = correlation
        heappush(self._expire, (correlation.expires, self._next(), key))

    def _trace(self, trail: Iterable[Trace]) -> None:
        for trace in trail:
            mm = self._mms.get(trace.message)
            if mm is not None:
                mm.trail.append(trace)

    def _provision(self, provision: operations.Provision) -> int:
        self._subscribers.update((subscriber.number, subscriber) for subscriber in provision.subscribers)
        return len(provision.subscribers)

    def _withdraw(self, withdraw: operations.Withdraw) -> int:
        return sum(self._subscribers.pop(number, None) is not None for number in withdraw.numbers)

    # -- What has had its time ---------------------------------------------------------------------------------------

    def _let_go(self, mm: _Kept) -> None:
        """Set the times at which content and rows go, once nothing needs them."""
        if mm.live == 0:
            heappush(self._release, (mm.ended + self._grace, mm.message.id))
            if mm.owed == 0:
                heappush(self._forget, (mm.ended + self._retention, mm.message.id))

    def _purge(self, purge: operations.Purge) -> int:
        return (
            _taken(self._release, purge, self._let_content_go)
            + _taken(self._forget, purge, self._let_rows_go)
            + _taken(self._expire, purge, self._let_key_go)
        )

    def _let_content_go(self, now: int, identity: str) -> bool:
        mm = self._mms.get(identity)
        if mm is None or mm.content is None or mm.live or now < mm.ended + self._grace:
            return False
        mm.content = None
        mm.trail.append(Trace(message=identity, at=now, node="", happening=Happening.PURGED))
        return True

    def _let_rows_go(self, now: int, identity: str) -> bool:
        mm = self._mms.get(identity)
        if mm is None or mm.live or mm.owed or now < mm.ended + self._retention:
            return False
        self._drop(mm)
        return True

    def _let_key_go(self, now: int, key: bytes | _CorrelationKey) -> bool:
        if isinstance(key, bytes):
            known = self._duplicates.get(key)
            if known is None or known[1] > now:
                return False
            del self._duplicates[key]
        else:
            correlation = self._correlations.get(key)
            if correlation is None or correlation.expires > now:
                return False
            del self._correlations[key]
        return True

    def _drop(self, mm: _Kept) -> None:
        for copy in mm.copies.values():
            self._counts[copy.value.state] -= 1
            self._copies.drop(copy)
            self._tokens.pop(copy.value.token, None)
            del self._rows[copy.number]
        for report in mm.reports.values():
            self._reports.drop(report)
        for event in mm.charges.values():
            self._charges.drop(event)
            self._events.pop(event.number, None)
        del self._mms[mm.message.id]

    # -- Reading -----------------------------------------------------------------------------------------------------

    def message(self, message: str) -> Deferred[Message | None]:
        return self._read(lambda: mm.message if (mm := self._mms.get(message)) else None)

    def content(self, message: str) -> Deferred[Content | None]:
        return self._read(lambda: mm.content if (mm := self._mms.get(message)) else None)

    def copies(self, message: str) -> Deferred[list[Copy]]:
        def answer() -> list[Copy]:
            mm = self._mms.get(message)
            return [] if mm is None else [mm.copies[position].value for position in sorted(mm.copies)]

        return self._read(answer)

    def located(self, token: str) -> Deferred[Queued | None]:
        return self._read(lambda: self._queued(row.value) if (row := self._tokens.get(token)) else None)

    def transacted(self, recipient: str, transaction: str) -> Deferred[list[Queued]]:
        def answer() -> list[Queued]:
            return [
                self._queued(row.value)
                for row in self._tokens.values()
                if row.value.transaction == transaction and row.value.recipient.key == recipient
            ]

        return self._read(answer)

    def correlated(self, agent: str, peer: str, external: str) -> Deferred[Correlation | None]:
        return self._read(lambda: self._correlations.get((agent, peer, external)))

    def trail(self, message: str) -> Deferred[list[Trace]]:
        return self._read(lambda: list(mm.trail) if (mm := self._mms.get(message)) else [])

    def queue(
        self, states: Iterable[State], recipient: str, after: int, limit: int
    ) -> Deferred[list[tuple[int, Queued]]]:
        wanted = frozenset(states)

        def answer() -> list[tuple[int, Queued]]:
            found: list[tuple[int, Queued]] = []
            for number, row in self._rows.items():
                if len(found) == limit:
                    break
                copy = row.value
                if number > after and copy.state in wanted and recipient in ("", copy.recipient.key):
                    found.append((number, self._queued(copy)))
            return found

        return self._read(answer)

    def counts(self) -> Deferred[dict[State, int]]:
        return self._read(lambda: dict(self._counts))

    def subscriber(self, number: str) -> Deferred[Subscriber | None]:
        return self._read(lambda: self._subscribers.get(number))

    def subscribers(self, after: str, limit: int) -> Deferred[list[Subscriber]]:
        def answer() -> list[Subscriber]:
            numbers = sorted(number for number in self._subscribers if number > after)
            return [self._subscribers[number] for number in numbers[:limit]]

        return self._read(answer)

    # -- Small parts -------------------------------------------------------------------------------------------------

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _new(self, value: T, due: int | None) -> Row[T]:
        return Row(self._next(), value, due)

    def _queued(self, copy: Copy) -> Queued:
        return Queued(self._mms[copy.message].message, copy)

    def _ended(self, copy: Copy) -> int:
        return int(self._clock()) if copy.ended is None else copy.ended


def _versioned(copy: Copy, version: int) -> Copy:
    return copy if copy.version == version else replace(copy, version=version)


def _taken(heap: list[Any], purge: operations.Purge, let_go: Callable[[int, Any], bool]) -> int:
    """Take entries whose time has come off a heap until ``limit`` of them let something go; how many did."""
    gone = 0
    while gone < purge.limit and heap and heap[0][0] <= purge.now:
        gone += let_go(purge.now, heappop(heap)[-1])
    return gone
