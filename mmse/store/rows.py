"""Values to rows and back: hot fields as columns, the rest as MessagePack, read typed and forward compatible.

A field that a newer version added to a value is skipped by an older one, and takes its default where it is absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from mmse.abstract.address import Address
from mmse.abstract.charging import ChargeableEvent
from mmse.abstract.delivery import State
from mmse.abstract.message import Copy, Message
from mmse.abstract.reports import Report
from mmse.abstract.storage import Correlation, Kept, Put, Subscriber
from mmse.abstract.trail import Happening, Trace
from mmse.errors import Temporary

__all__ = [
    "COPY_COLUMNS",
    "POSITIONS",
    "address_body",
    "copy_from",
    "copy_number",
    "copy_row",
    "correlation_from",
    "encode",
    "kept_again",
    "lines_body",
    "lines_from",
    "moved_row",
    "read_event",
    "read_message",
    "read_report",
    "read_subscriber",
    "report_number",
]

POSITIONS = 1 << 20
"""Copies that an MM can have: a copy's number is its message's number times this, plus its position."""

KINDS = 1 << 2
"""Kinds of report: a report's number is its copy's number times this, plus its kind."""

_encoder = msgspec.msgpack.Encoder()
encode = _encoder.encode
read_message = msgspec.msgpack.Decoder(Message).decode
read_report = msgspec.msgpack.Decoder(Report).decode
read_event = msgspec.msgpack.Decoder(ChargeableEvent).decode
read_subscriber = msgspec.msgpack.Decoder(Subscriber).decode
_read_address = msgspec.msgpack.Decoder(Address).decode


class _Line(msgspec.Struct, frozen=True, array_like=True):
    """A ``Trace`` without its Message-ID, as an array."""

    at: float
    node: str
    happening: Happening
    position: int = -1
    peer: str = ""
    reason: str = ""


_read_lines = msgspec.msgpack.Decoder(tuple[_Line, ...]).decode

COPY_COLUMNS = "id, state, version, attempt, due, agent, report_allowed, fetched, ended, token, recipient, address"


class CopyRow(NamedTuple):
    """A row of ``copy``, in the order of ``COPY_COLUMNS``."""

    id: int
    state: int
    version: int
    attempt: int
    due: int | None
    agent: str
    report_allowed: int
    fetched: int | None
    ended: int | None
    token: str | None
    recipient: str
    address: bytes | None


def copy_number(message: int, position: int) -> int:
    """The number of a copy. Raises ``ValueError`` for a position that no row can have."""
    if not 0 <= position < POSITIONS:
        raise ValueError(f"position {position} is not one of {POSITIONS}")
    return message * POSITIONS + position


def report_number(copy: int, kind: int) -> int:
    """The number of a report about a copy."""
    return copy * KINDS + kind


def kept_again(put: Put, body: bytes | None) -> Kept:
    """The answer where an identity of ``put`` exists, ``body`` being the MM that has its Message-ID.

    The same MM put again (its first answer was lost) is a repeat. Raises ``Temporary``: with new identities it works.
    """
    if body is not None and read_message(body) == put.message:
        return Kept(put.message.id, duplicate=True)
    raise Temporary(reason="the Message-ID or a token is taken; new ones will do")


def address_body(address: Address) -> bytes:
    """An address that differs from what the message says."""
    return encode(address)


def moved_row(number: int, copy: Copy, version: int) -> tuple[Any, ...]:
    """The columns that a change writes."""
    return (
        number,
        copy.state.value,
        version,
        copy.attempt,
        copy.due,
        copy.agent,
        copy.report_allowed,
        copy.fetched,
        copy.ended,
    )


def copy_row(number: int, copy: Copy, message: Message) -> tuple[Any, ...]:
    """All columns of a new copy."""
    recipients = message.recipients
    stands = copy.position < len(recipients) and recipients[copy.position].address == copy.recipient
    return (
        *moved_row(number, copy, copy.version),
        copy.token or None,
        copy.recipient.key,
        None if stands else encode(copy.recipient),
    )


def copy_from(row: Sequence[Any], message: Message) -> Copy:
    """A copy of ``message`` from its row."""
    found = CopyRow(*row)
    position = found.id % POSITIONS
    return Copy(
        message=message.id,
        position=position,
        recipient=message.recipients[position].address if found.address is None else _read_address(found.address),
        state=State(found.state),
        version=found.version,
        attempt=found.attempt,
        due=found.due,
        agent=found.agent,
        token=found.token or "",
        report_allowed=bool(found.report_allowed),
        fetched=found.fetched,
        ended=found.ended,
    )


def lines_body(trail: Iterable[Trace]) -> bytes:
    """Lines of one MM's trail."""
    return encode([(t.at, t.node, t.happening, t.position, t.peer, t.reason) for t in trail])


def lines_from(body: bytes, message: str) -> list[Trace]:
    """Lines of the trail of ``message``."""
    return [
        Trace(
            message=message,
            at=line.at,
            node=line.node,
            happening=line.happening,
            position=line.position,
            peer=line.peer,
            reason=line.reason,
        )
        for line in _read_lines(body)
    ]


def correlation_from(row: Sequence[Any]) -> Correlation:
    """A correlation from its columns."""
    agent, peer, external, message, position, attempt, expires = row
    return Correlation(
        agent=agent,
        peer=peer,
        external=external,
        message=message,
        position=position,
        attempt=attempt,
        expires=expires,
    )
