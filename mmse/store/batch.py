"""One group commit: operations are decided one after the other on rows known beforehand, then written together.

``prepare`` asks for all that the operations compare with, in a few statements; each operation then stages what it
writes; ``flush`` writes it, many rows to a statement. Whatever raises makes the whole commit void.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import apsw

from mmse.abstract.charging import ChargeableEvent
from mmse.abstract.delivery import FINAL
from mmse.abstract.message import Copy
from mmse.abstract.reports import Report
from mmse.abstract.storage import Change, Correlation, Kept, Put
from mmse.abstract.trail import Trace
from mmse.store import operations, rows, statements
from mmse.store.content import content_row
from mmse.store.ledger import LARGEST, Known, Ledger
from mmse.store.operations import Operation
from mmse.store.prepare import Wanted
from mmse.store.statements import Many

__all__ = ["Batch"]


class Batch:
    """The operations of one commit. ``grace`` and ``retention`` in seconds."""

    def __init__(
        self, connection: apsw.Connection, ledger: Ledger, grace: int, retention: int, clock: Callable[[], float]
    ) -> None:
        self._execute = connection.execute
        self._ledger = ledger
        self._grace = grace
        self._retention = retention
        self._clock = clock
        self._duplicates: dict[bytes, tuple[str, int]] = {}
        self._large: set[str] = set()
        self._clear()
        self._stages: dict[type, Callable[[Any], Any]] = {
            Put: self._put,
            Change: self._change,
            operations.Owe: self._owe,
            operations.Settle: self._settle,
            operations.Charged: self._charged,
            operations.Correlate: lambda operation: self._correlate(operation.correlation),
            operations.Journal: lambda operation: self._trace(operation.trail),
        }

    def _clear(self) -> None:
        self._messages: list[tuple[Any, ...]] = []
        self._contents: list[tuple[Any, ...]] = []
        self._copies: list[tuple[Any, ...]] = []
        self._keys: dict[bytes, tuple[Any, ...]] = {}
        self._moves: dict[int, tuple[Any, ...]] = {}
        self._addresses: dict[int, tuple[Any, ...]] = {}
        self._reports: dict[int, tuple[Any, ...]] = {}
        self._told: dict[int, tuple[Any, ...]] = {}
        self._charges: list[tuple[Any, ...]] = []
        self._lines: list[tuple[Any, ...]] = []
        self._correlations: dict[tuple[str, str, str], tuple[Any, ...]] = {}
        self._changed: dict[int, tuple[Known, bool]] = {}

    def prepare(self, batch: Iterable[Operation]) -> None:
        """Learn what these operations will compare with."""
        wanted = Wanted(batch)
        self._duplicates.update(wanted.duplicates(self._execute))
        wanted.learn(self._execute, self._ledger.known)

    def stages(self, operation: Operation) -> bool:
        """Whether an operation is one of those that ``perform`` does; the others want ``flush`` first."""
        return type(operation) in self._stages

    def perform(self, operation: Operation) -> Any:
        """Decide one operation and stage what it writes; its answer."""
        return self._stages[type(operation)](operation)

    def flush(self) -> None:
        """Write what is staged."""
        self._write(statements.ADD_MESSAGE, self._messages)
        self._write(statements.ADD_CONTENT, self._contents)
        self._write(statements.ADD_COPY, self._copies)
        self._write(statements.ADD_DUPLICATE, self._keys.values())
        self._write(statements.MOVE_COPY, self._moves.values())
        self._write(statements.MOVE_ADDRESS, self._addresses.values())
        self._write(statements.ADD_REPORT, self._reports.values())
        self._write(statements.MOVE_REPORT, self._told.values())
        self._write(statements.ADD_CHARGE, self._charges)
        self._write(statements.ADD_TRAIL, self._lines)
        self._write(statements.ADD_CORRELATION, self._correlations.values())
        self._write(statements.MOVE_MESSAGE, [self._let_go(*changed) for changed in self._changed.values()])
        self._clear()

    def finish(self) -> None:
        """Write what is staged, and the counters."""
        self.flush()
        self._write(statements.SET_COUNTER, self._ledger.moved_counters())
        for name in self._large:
            self._ledger.known.pop(name, None)

    def write(self, many: Many, written: Iterable[tuple[Any, ...]]) -> None:
        """Write rows at once."""
        self._write(many, written)

    def _write(self, many: Many, written: Iterable[tuple[Any, ...]]) -> None:
        if not written:
            return
        pending = list(written)
        for size, sql in many.sizes:
            while len(pending) >= size:
                self._execute(sql, list(chain.from_iterable(pending[:size])))
                del pending[:size]
                if not pending:
                    return

    # -- Operations --------------------------------------------------------------------------------------------------

    def _put(self, put: Put) -> Kept:
        message = put.message
        known = self._duplicates.get(put.duplicate_key) if put.duplicate_key else None
        if known is not None and known[1] > message.accepted:
            return Kept(known[0], duplicate=True)
        if message.id in self._ledger.known:
            return self._again(put)
        if put.change is not None and not self._change(put.change):
            return Kept(message.id, conflict=True)
        mm = Known(self._ledger.next("message"), 0, 0, 0, whole=True)
        self._ledger.known[message.id] = mm
        for copy in put.copies:
            self._new_copy(mm, copy, put)
        self._caused(mm, message.id, put.reports, put.charges)
        own = [trace for trace in put.trail if trace.message == message.id]
        _, live, owed, ended, forget, _, release = self._let_go(mm, True)
        body, lines = rows.encode(message), rows.lines_body(own)
        self._messages.append((mm.number, message.id, live, owed, ended, release, forget, body, lines))
        self._contents.append(content_row(mm.number, put.content))
        self._changed.pop(mm.number, None)
        if len(own) < len(put.trail):
            self._trace(trace for trace in put.trail if trace.message != message.id)
        if put.duplicate_key:
            self._duplicates[put.duplicate_key] = (message.id, put.duplicate_until)
            self._keys[put.duplicate_key] = (put.duplicate_key, message.id, put.duplicate_until)
        if len(put.copies) > LARGEST:
            self._large.add(message.id)
        return Kept(message.id)

    def _new_copy(self, mm: Known, copy: Copy, put: Put) -> None:
        number = rows.copy_number(mm.number, copy.position)
        self._copies.append(rows.copy_row(number, copy, put.message))
        mm.copies[copy.position] = (copy.version, copy.state.value)
        self._ledger.count(copy.state.value, 1)
        if copy.due is not None and copy.due <= put.message.accepted:
            self._ledger.copies.take(number, put.owner, put.leased_until, copy.due)
        if copy.state in FINAL:
            mm.ended = max(mm.ended, self._ended(copy))
        else:
            mm.live += 1

    def _again(self, put: Put) -> Kept:
        """A Message-ID that exists: the same MM put again (its answer was lost), or an identity used twice."""
        self.flush()
        found = self._execute(statements.MESSAGE.sql, (put.message.id,)).get
        return rows.kept_again(put, found)

    def _change(self, change: Change) -> bool:
        before, after = change.before, change.after
        mm = self._ledger.known.get(before.message)
        if mm is None or mm.copies.get(before.position) != (before.version, before.state.value):
            return False
        number = rows.copy_number(mm.number, before.position)
        self._moves[number] = rows.moved_row(number, after, before.version + 1)
        mm.copies[before.position] = (before.version + 1, after.state.value)
        if after.token != before.token or after.recipient != before.recipient:
            address = rows.address_body(after.recipient)
            self._addresses[number] = (number, after.token or None, after.recipient.key, address)
        if change.keep_lease:
            self._ledger.copies.move(number, after.due)
        else:
            self._ledger.copies.end(number)
        if before.state is not after.state:
            self._ledger.count(before.state.value, -1)
            self._ledger.count(after.state.value, 1)
        was, final = before.state in FINAL, after.state in FINAL
        if final:
            mm.ended = max(mm.ended, self._ended(after))
        if was != final:
            mm.live += 1 if was else -1
            self._touch(mm, True)
        self._caused(mm, before.message, change.reports, change.charges)
        self._trace(change.trail)
        for correlation in change.correlations:
            self._correlate(correlation)
        return True

    def _caused(self, mm: Known, name: str, reports: Iterable[Report], charges: Iterable[ChargeableEvent]) -> None:
        for report in reports:
            self._add_report(report)
        for event in charges:
            of = mm if event.message == name else self._ledger.known.get(event.message)
            if of is not None:
                self._charges.append(
                    (
                        self._ledger.next("charge"),
                        of.number,
                        event.position,
                        event.kind.value,
                        event.sequence,
                        0,
                        rows.encode(event),
                    )
                )

    def _add_report(self, report: Report) -> bool:
        mm = self._ledger.known.get(report.message)
        if mm is None:
            return False
        number = rows.report_number(rows.copy_number(mm.number, report.position), report.kind.value)
        if number in mm.reports:
            return False
        mm.reports[number] = (report.attempt, report.due)
        self._reports[number] = (number, report.attempt, report.due, rows.encode(report))
        if report.due is not None:
            mm.owed += 1
            self._touch(mm, False)
        return True

    def _owe(self, owe: operations.Owe) -> bool:
        if not self._add_report(owe.report):
            return False
        self._trace(owe.trail)
        return True

    def _settle(self, settle: operations.Settle) -> bool:
        before, after = settle.before, settle.after
        mm = self._ledger.known.get(before.message)
        if mm is None:
            return False
        number = rows.report_number(rows.copy_number(mm.number, before.position), before.kind.value)
        attempt, due = mm.reports.get(number, (0, None))
        if due is None or attempt != before.attempt:
            return False
        kept = before if after is None else after
        due = None if after is None else after.due
        mm.reports[number] = (kept.attempt, due)
        self._told[number] = (number, kept.attempt, due, rows.encode(kept))
        self._ledger.reports.end(number)
        if due is None:
            mm.owed -= 1
            self._touch(mm, False)
        self._trace(settle.trail)
        return True

    def _charged(self, charged: operations.Charged) -> None:
        self.flush()
        if charged.rows:
            self._execute(statements.TAKE_CHARGES.sql, (statements.numbers(charged.rows),))
        for number in charged.rows:
            self._ledger.charges.end(number)

    def _correlate(self, correlation: Correlation) -> None:
        c = correlation
        self._correlations[c.agent, c.peer, c.external] = (
            c.agent,
            c.peer,
            c.external,
            c.message,
            c.position,
            c.attempt,
            c.expires,
        )

    def _trace(self, trail: Iterable[Trace]) -> None:
        lines: dict[str, list[Trace]] = {}
        for trace in trail:
            lines.setdefault(trace.message, []).append(trace)
        for name, traces in lines.items():
            mm = self._ledger.known.get(name)
            if mm is not None:
                self._lines.append((mm.number, self._ledger.next("trail"), rows.lines_body(traces)))

    # -- What becomes of an MM ---------------------------------------------------------------------------------------

    def _touch(self, mm: Known, lives: bool) -> None:
        """The MM's row is to be written; ``lives``: whether its content may go has changed."""
        changed = self._changed.get(mm.number)
        self._changed[mm.number] = (mm, lives or (changed is not None and changed[1]))

    def _let_go(self, mm: Known, lives: bool) -> tuple[Any, ...]:
        over = mm.live == 0
        forget = mm.ended + self._retention if over and mm.owed == 0 else None
        release = mm.ended + self._grace if over else None
        return mm.number, mm.live, mm.owed, mm.ended, forget, int(lives), release

    def _ended(self, copy: Copy) -> int:
        return int(self._clock()) if copy.ended is None else copy.ended
