"""What is asked of a SQLite file for reading: each a function of ``Connection.execute``, run by the reader."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from mmse.abstract.content import Content
from mmse.abstract.delivery import State
from mmse.abstract.message import Copy, Message
from mmse.abstract.storage import Correlation, Queued, Subscriber
from mmse.abstract.trail import Trace
from mmse.store import rows, statements
from mmse.store.content import content_from
from mmse.store.due import messages_of
from mmse.store.statements import numbers

__all__ = [
    "content",
    "copies",
    "correlated",
    "located",
    "message",
    "part_of_queue",
    "subscriber",
    "subscribers",
    "trail",
    "transacted",
]

Execute = Callable[..., Any]

HIGHEST = "\U0010ffff"
"""Sorts after every character of a token."""


def message(name: str, execute: Execute) -> Message | None:
    """An MM by Message-ID."""
    body = execute(statements.MESSAGE.sql, (name,)).get
    return None if body is None else rows.read_message(body)


def content(name: str, execute: Execute) -> Content | None:
    """The content of an MM, unless it went; SQLite hands its octets over in one piece, which is kept as it is."""
    found = execute(statements.CONTENT.sql, (name,)).get
    return None if found is None else content_from(*found)


def copies(name: str, execute: Execute) -> list[Copy]:
    """The copies of an MM by position."""
    found = execute(statements.NUMBERED.sql, (name,)).get
    if found is None:
        return []
    number, body = found
    of = rows.read_message(body)
    span = rows.copy_number(number, 0), rows.copy_number(number + 1, 0)
    return [rows.copy_from(row, of) for row in execute(statements.COPIES.sql, span).fetchall()]


def located(token: str, execute: Execute) -> Queued | None:
    """The copy with a token."""
    found = execute(statements.LOCATED.sql, (token,)).get
    return None if found is None else _queued(found)


def transacted(recipient: str, transaction: str, execute: Execute) -> list[Queued]:
    """Copies of one recipient by their notification's transaction, which is how their token begins."""
    span = transaction, transaction + HIGHEST, recipient
    found = [_queued(row) for row in execute(statements.TRANSACTED.sql, span).fetchall()]
    return [queued for queued in found if queued.copy.transaction == transaction]


def _queued(row: Any) -> Queued:
    of = rows.read_message(row[0])
    return Queued(of, rows.copy_from(row[1:], of))


def correlated(agent: str, peer: str, external: str, execute: Execute) -> Correlation | None:
    """A correlation by what a peer quotes."""
    found = execute(statements.CORRELATED.sql, (agent, peer, external)).get
    return None if found is None else rows.correlation_from(found)


def trail(name: str, execute: Execute) -> list[Trace]:
    """The trail of an MM."""
    found = execute(statements.FIRST_LINES.sql, (name,)).get
    if found is None:
        return []
    number, first = found
    later = execute(statements.LINES.sql, (number,)).fetchall()
    return [trace for lines in (first, *(row[0] for row in later)) for trace in rows.lines_from(lines, name)]


def part_of_queue(
    states: Collection[State], recipient: str, after: int, limit: int, slice_: int, execute: Execute
) -> tuple[list[tuple[int, Queued]], int | None]:
    """Copies among the ``slice_`` rows that come after a number; and where the next slice begins, if there is one."""
    end, looked = execute(statements.SLICE_END.sql, (after, slice_)).get
    if end is None:
        return [], None
    wanted = numbers(state.value for state in states)
    found = execute(statements.SLICE.sql, (after, end, wanted, recipient, limit)).fetchall()
    messages = messages_of(execute, [row[0] for row in found]) if found else {}
    part = []
    for row in found:
        of = messages[row[0] // rows.POSITIONS]
        part.append((row[0], Queued(of, rows.copy_from(row, of))))
    return part, end if looked == slice_ else None


def subscriber(number: str, execute: Execute) -> Subscriber | None:
    """A subscriber by number."""
    body = execute(statements.SUBSCRIBER.sql, (number,)).get
    return None if body is None else rows.read_subscriber(body)


def subscribers(after: str, limit: int, execute: Execute) -> list[Subscriber]:
    """Subscribers by number."""
    return [rows.read_subscriber(body) for (body,) in execute(statements.SUBSCRIBERS.sql, (after, limit)).fetchall()]
