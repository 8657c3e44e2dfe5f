"""What the admin API says, as values: the node encodes them, the ``mmse`` command decodes them."""

from __future__ import annotations

import msgspec

from mmse.abstract.message import Copy, Message
from mmse.abstract.storage import Queued
from mmse.abstract.trail import Trace

__all__ = ["CopyView", "Line", "MessageView", "QueuePage", "Row", "Status", "SubscriberPage", "SubscriberView", "Trail"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One copy in the queue. Times are seconds since 1970."""

    row: int
    message: str
    position: int
    originator: str
    recipient: str
    state: str
    attempt: int
    due: int | None
    accepted: int
    expires: int
    octets: int
    agent: str

    @classmethod
    def of(cls, row: int, queued: Queued) -> Row:
        """A copy with its MM, and the number of its row."""
        message, copy = queued.message, queued.copy
        return cls(
            row=row,
            message=message.id,
            position=copy.position,
            originator=str(message.originator),
            recipient=str(copy.recipient),
            state=copy.state.name.lower(),
            attempt=copy.attempt,
            due=copy.due,
            accepted=message.accepted,
            expires=message.expires,
            octets=message.size,
            agent=copy.agent,
        )


class QueuePage(msgspec.Struct, frozen=True):
    """Some rows; ``after`` asks for the next ones, None when these were the last."""

    rows: list[Row]
    after: int | None


class CopyView(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient of an MM."""

    position: int
    recipient: str
    field: str
    state: str
    attempt: int
    due: int | None
    ended: int | None
    agent: str

    @classmethod
    def of(cls, message: Message, copy: Copy) -> CopyView:
        """A copy of ``message``; of its Content-Location nothing is shown: it is a secret."""
        return cls(
            position=copy.position,
            recipient=str(copy.recipient),
            field=message.recipients[copy.position].field.value,
            state=copy.state.name.lower(),
            attempt=copy.attempt,
            due=copy.due,
            ended=copy.ended,
            agent=copy.agent,
        )


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """An MM without what people wrote into it."""

    id: str
    originator: str
    accepted: int
    earliest: int
    expires: int
    octets: int
    media_types: tuple[str, ...]
    interface: str
    peer: str
    forwarded_from: str

    @classmethod
    def of(cls, message: Message) -> MessageView:
        """An MM as operators may see it."""
        return cls(
            id=message.id,
            originator=str(message.originator),
            accepted=message.accepted,
            earliest=message.earliest,
            expires=message.expires,
            octets=message.size,
            media_types=message.media_types,
            interface=message.via.interface.value,
            peer=message.via.peer,
            forwarded_from=message.forwarded_from,
        )


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a trail."""

    at: float
    node: str
    happening: str
    position: int
    peer: str
    reason: str

    @classmethod
    def of(cls, trace: Trace) -> Line:
        """A line as the store keeps it."""
        return cls(
            at=trace.at,
            node=trace.node,
            happening=trace.happening.value,
            position=trace.position,
            peer=trace.peer,
            reason=trace.reason,
        )


class Trail(msgspec.Struct, frozen=True):
    """Everything done to an MM. ``message`` is None when its rows are gone and only lines are left."""

    message: MessageView | None
    copies: list[CopyView]
    lines: list[Line]


class SubscriberView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provisioned subscriber; ``number`` in any spelling when it is sent, E.164 when it is answered."""

    number: str
    mms_capable: bool = True
    barred: bool = False
    prepaid: bool = False
    content_class: str = ""
    udp_address: str = ""
    note: str = ""


class SubscriberPage(msgspec.Struct, frozen=True):
    """Some subscribers by number; ``after`` asks for the next ones."""

    subscribers: list[SubscriberView]
    after: str | None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How a node is."""

    node: str
    version: str
    pid: int
    store: str
    configuration: str
    started: float
    now: float
    draining: bool
    listening: dict[str, list[str]]
    ready: dict[str, str]
    """Condition = empty when it holds, or what is amiss."""
    copies: dict[str, int]
    reactor_lag: float
