"""What a batch of operations compares with: which rows, and the few statements that fetch those not known yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from mmse.abstract.charging import ChargeableEvent
from mmse.abstract.reports import Report
from mmse.abstract.storage import Change, Put
from mmse.abstract.trail import Trace
from mmse.store import operations, rows, statements
from mmse.store.ledger import Known
from mmse.store.operations import Operation

__all__ = ["Wanted"]

Execute = Callable[..., Any]


class Wanted:
    """The duplicate keys, MMs, copies and reports that operations name."""

    def __init__(self, batch: Iterable[Operation]) -> None:
        self._keys: set[bytes] = set()
        self._names: dict[str, set[int]] = {}
        self._reports: list[Report] = []
        for operation in batch:
            if isinstance(operation, Put):
                self._put(operation)
            elif isinstance(operation, Change):
                self._change(operation)
            elif isinstance(operation, operations.Owe):
                self._caused((operation.report,), (), operation.trail)
            elif isinstance(operation, operations.Settle):
                self._caused((operation.before,), (), operation.trail)
            elif isinstance(operation, operations.Journal):
                self._caused((), (), operation.trail)

    def _put(self, put: Put) -> None:
        if put.duplicate_key:
            self._keys.add(put.duplicate_key)
        if put.change is not None:
            self._change(put.change)
        self._caused(put.reports, put.charges, put.trail, put.message.id)

    def _change(self, change: Change) -> None:
        before = change.before
        self._names.setdefault(before.message, set()).add(before.position)
        self._caused(change.reports, change.charges, change.trail, before.message)

    def _caused(
        self,
        reports: Iterable[Report],
        charges: Iterable[ChargeableEvent],
        trail: Iterable[Trace],
        own: str = "",
    ) -> None:
        for report in reports:
            self._names.setdefault(report.message, set())
            self._reports.append(report)
        for event in charges:
            if event.message != own:
                self._names.setdefault(event.message, set())
        for trace in trail:
            if trace.message != own:
                self._names.setdefault(trace.message, set())

    def duplicates(self, execute: Execute) -> dict[bytes, tuple[str, int]]:
        """Those keys that are known: key -> (Message-ID, until)."""
        if not self._keys:
            return {}
        found = execute(statements.KNOWN_KEYS.sql, (statements.texts(self._keys),)).fetchall()
        return {key: (name, until) for key, name, until in found}

    def learn(self, execute: Execute, known: dict[str, Known]) -> None:
        """Fetch what is not in ``known``; what is there moves to its end, to be forgotten last."""
        for name in self._names:
            mm = known.pop(name, None)
            if mm is not None:
                known[name] = mm
        missing = [name for name in self._names if name not in known]
        if missing:
            found = execute(statements.KNOWN_MESSAGES.sql, (statements.texts(missing),)).fetchall()
            for name, number, live, owed, ended in found:
                known[name] = Known(number, live, owed, ended, whole=False)
        self._learn_copies(execute, known)
        self._learn_reports(execute, known)

    def _learn_copies(self, execute: Execute, known: dict[str, Known]) -> None:
        missing: dict[int, Known] = {}
        for name, positions in self._names.items():
            mm = known.get(name)
            if mm is not None and not mm.whole:
                for position in positions - mm.copies.keys():
                    missing[rows.copy_number(mm.number, position)] = mm
        if missing:
            for number, version, state in execute(
                statements.KNOWN_COPIES.sql, (statements.numbers(missing),)
            ).fetchall():
                missing[number].copies[number % rows.POSITIONS] = (version, state)

    def _learn_reports(self, execute: Execute, known: dict[str, Known]) -> None:
        missing: dict[int, Known] = {}
        for report in self._reports:
            mm = known.get(report.message)
            if mm is not None and not mm.whole:
                number = rows.report_number(rows.copy_number(mm.number, report.position), report.kind.value)
                if number not in mm.reports:
                    missing[number] = mm
        if missing:
            for number, attempt, due in execute(
                statements.KNOWN_REPORTS.sql, (statements.numbers(missing),)
            ).fetchall():
                missing[number].reports[number] = (attempt, due)
