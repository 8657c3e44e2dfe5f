"""What is due in a SQLite store: found by the index of due rows, leased in the ledger, read with its MMs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mmse.abstract.message import Message
from mmse.abstract.storage import Claimed, Queued
from mmse.store import rows, statements
from mmse.store.ledger import Leases, Ledger
from mmse.store.operations import Claim
from mmse.store.statements import Ask, numbers

__all__ = ["claim", "queued"]

Execute = Callable[..., Any]


def claim(execute: Execute, ledger: Ledger, asked: Claim) -> Claimed:
    """Lease due rows, oldest first."""
    copies, *wakes = _due(execute, statements.DUE_COPIES, ledger.copies, asked)
    reports, *more = _due(execute, statements.DUE_REPORTS, ledger.reports, asked)
    wakes += more
    charges: list[int] = []
    if asked.charges:
        charges, *more = _due(execute, statements.DUE_CHARGES, ledger.charges, asked)
        wakes += more
    told = _bodies(execute, statements.THESE_REPORTS, reports)
    events = _bodies(execute, statements.THESE_CHARGES, charges)
    return Claimed(
        queued(execute, copies),
        tuple(rows.read_report(told[number]) for number in reports),
        tuple((number, rows.read_event(events[number])) for number in charges),
        min((wake for wake in wakes if wake is not None), default=None),
    )


def _due(execute: Execute, ask: Ask, leases: Leases, asked: Claim) -> tuple[list[int], int | None, int | None]:
    """The numbers of rows that are now leased, when the next row that nobody has is due, and when a lease ends."""
    leased = numbers(leases.active(asked.now))
    found = execute(ask.sql, (leased, asked.limit + 1)).fetchall()
    taken = [(number, due) for number, due in found[: asked.limit] if due <= asked.now]
    for number, due in taken:
        leases.take(number, asked.owner, asked.leased_until, due)
    rest = found[len(taken) :]
    return [number for number, _ in taken], rest[0][1] if rest else None, leases.next_wake()


def _bodies(execute: Execute, ask: Ask, wanted: list[int]) -> dict[int, bytes]:
    return dict(execute(ask.sql, (numbers(wanted),)).fetchall()) if wanted else {}


def queued(execute: Execute, copies: list[int]) -> tuple[Queued, ...]:
    """Copies by number, in that order, each with its MM, which is read once however many of its copies there are."""
    if not copies:
        return ()
    found = {row[0]: row for row in execute(statements.THESE_COPIES.sql, (numbers(copies),)).fetchall()}
    messages = messages_of(execute, found)
    return tuple(_with(messages[number // rows.POSITIONS], found[number]) for number in copies)


def messages_of(execute: Execute, copies: Any) -> dict[int, Message]:
    """The MMs of copies, by number."""
    wanted = {number // rows.POSITIONS for number in copies}
    found = execute(statements.THESE_MESSAGES.sql, (numbers(wanted),)).fetchall()
    return {number: rows.read_message(body) for number, body in found}


def _with(message: Message, row: Any) -> Queued:
    return Queued(message, rows.copy_from(row, message))
