"""What has had its time in a SQLite store goes, a slice at a time: each slice is found by an index, oldest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mmse.abstract.trail import Happening, Trace
from mmse.store import operations, rows, statements
from mmse.store.batch import Batch
from mmse.store.ledger import Ledger
from mmse.store.statements import numbers, texts

__all__ = ["purge"]

Execute = Callable[..., Any]


def purge(execute: Execute, ledger: Ledger, batch: Batch, asked: operations.Purge) -> int:
    """Let go of contents, rows, duplicate keys and correlations, at most ``limit`` of each; how many went."""
    return (
        _contents(execute, ledger, batch, asked)
        + _messages(execute, ledger, asked)
        + _duplicates(execute, asked)
        + _correlations(execute, asked)
    )


def _contents(execute: Execute, ledger: Ledger, batch: Batch, asked: operations.Purge) -> int:
    over = execute(statements.OVER_CONTENT.sql, (asked.now, asked.limit)).fetchall()
    if not over:
        return 0
    for ask in (statements.DROP_CONTENT, statements.RELEASED):
        execute(ask.sql, (numbers(number for (number,) in over),))
    lines = rows.lines_body([Trace(message="", at=asked.now, node="", happening=Happening.PURGED)])
    batch.write(statements.ADD_TRAIL, [(number, ledger.next("trail"), lines) for (number,) in over])
    return len(over)


def _messages(execute: Execute, ledger: Ledger, asked: operations.Purge) -> int:
    over = execute(statements.OVER_MESSAGES.sql, (asked.now, asked.limit)).fetchall()
    for number, name in over:
        ledger.known.pop(name, None)
        first, end = rows.copy_number(number, 0), rows.copy_number(number + 1, 0)
        for copy, state in execute(statements.DROP_COPIES.sql, (first, end)).fetchall():
            ledger.count(state, -1)
            ledger.copies.end(copy)
        execute(statements.DROP_REPORTS.sql, (rows.report_number(first, 0), rows.report_number(end, 0)))
    if over:
        for ask in (
            statements.DROP_CHARGES,
            statements.DROP_TRAIL,
            statements.DROP_CONTENT,
            statements.DROP_MESSAGES,
        ):
            execute(ask.sql, (numbers(number for number, _ in over),))
    return len(over)


def _duplicates(execute: Execute, asked: operations.Purge) -> int:
    over = execute(statements.OVER_DUPLICATES.sql, (asked.now, asked.limit)).fetchall()
    if over:
        execute(statements.DROP_DUPLICATES.sql, (texts(key for (key,) in over),))
    return len(over)


def _correlations(execute: Execute, asked: operations.Purge) -> int:
    over = execute(statements.OVER_CORRELATIONS.sql, (asked.now, asked.limit)).fetchall()
    for key in over:
        execute(statements.DROP_CORRELATION.sql, key)
    return len(over)
