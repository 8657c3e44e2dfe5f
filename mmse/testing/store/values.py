"""MMs, reports, events and traces to put into a store under test. ``NOW`` is when everything was accepted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from mmse.abstract.address import Address, AddressKind, Field, number
from mmse.abstract.charging import ChargeableEvent, Kind, Side
from mmse.abstract.content import Content, Encoding
from mmse.abstract.delivery import State
from mmse.abstract.elements import Interface, PreviouslySent, Priority, Via
from mmse.abstract.message import Copy, Elements, Message, Recipient
from mmse.abstract.reports import Report, ReportKind
from mmse.abstract.status import DeliveryStatus
from mmse.abstract.storage import Change, Correlation, Put
from mmse.abstract.trail import Happening, Trace

__all__ = [
    "BOB",
    "CAROL",
    "GRACE",
    "LEASE",
    "NOW",
    "RETENTION",
    "SENDER",
    "change",
    "correlation",
    "ended",
    "event",
    "put",
    "report",
    "trace",
]

NOW = 1_800_000_000
GRACE = 3600
RETENTION = 86_400
LEASE = NOW + 30

SENDER = number("+15551230001")
BOB = number("+15551230002")
CAROL = Address(AddressKind.EMAIL, "Carol@Example.org", "Carol")


def content(octets: bytes = b"octets as received \x00\xff") -> Content:
    """A content of which every field has a value."""
    return Content(
        encoding=Encoding.WSP,
        content_type=b"\x1f\x23\x81",
        data=octets,
        size=len(octets),
        media_types=("image/jpeg", "text/plain"),
        text_only=False,
        drm=True,
    )


def put(
    name: str = "m1",
    recipients: Sequence[Address] = (BOB,),
    *,
    due: int | None = NOW,
    octets: bytes = b"octets as received \x00\xff",
    **fields: Any,
) -> Put:
    """An MM with one copy per recipient, due at once, each with a token made from its name and position."""
    message = Message(
        id=name,
        originator=SENDER,
        recipients=tuple(Recipient(address, Field.TO if i == 0 else Field.BCC) for i, address in enumerate(recipients)),
        elements=Elements(
            subject="Zażółć \N{GRINNING FACE}",
            priority=Priority.HIGH,
            delivery_report=True,
            previously_sent=(PreviouslySent(1, "+15551239999/TYPE=PLMN", NOW - 5),),
        ),
        accepted=NOW,
        earliest=NOW,
        expires=NOW + 7 * 86_400,
        date=NOW,
        size=len(octets),
        media_types=("image/jpeg",),
        via=Via(Interface.MM1, "10.0.0.1", "http"),
        agent="mm1",
    )
    copies = tuple(
        Copy(
            message=name,
            position=position,
            recipient=address,
            state=State.QUEUED,
            due=due,
            token=f"{name}-{position}-token".ljust(22, "x"),
        )
        for position, address in enumerate(recipients)
    )
    given: dict[str, Any] = {"owner": "node", "leased_until": LEASE, **fields}
    return Put(message=message, content=content(octets), copies=copies, **given)


def change(before: Copy, state: State, *, due: int | None = None, **fields: Any) -> Change:
    """Move a copy to a state that has not ended."""
    parts = {name: fields.pop(name) for name in list(fields) if name in Change.__struct_fields__}
    return Change(before=before, after=replace(before, state=state, due=due, **fields), **parts)


def ended(before: Copy, state: State = State.RETRIEVED, at: int = NOW, **parts: Any) -> Change:
    """End a copy's life."""
    return Change(before=before, after=replace(before, state=state, due=None, ended=at), **parts)


def report(name: str = "m1", position: int = 0, kind: ReportKind = ReportKind.DELIVERY, **fields: Any) -> Report:
    """A report that is due at once."""
    given: dict[str, Any] = {"due": NOW, "delivery": DeliveryStatus.RETRIEVED, "expires": NOW + 1000, **fields}
    return Report(
        message=name,
        position=position,
        kind=kind,
        originator=SENDER,
        recipient=BOB,
        date=NOW,
        agent="mm1",
        **given,
    )


def event(name: str = "m1", position: int = -1, kind: Kind = Kind.SUBMISSION, sequence: int = 0) -> ChargeableEvent:
    """A chargeable event."""
    return ChargeableEvent(
        kind=kind,
        side=Side.ORIGINATOR,
        via=Via(Interface.MM1, "10.0.0.1"),
        message=name,
        position=position,
        recipient=None if position < 0 else BOB,
        originator=SENDER,
        at=NOW,
        size=7,
        status="ok",
        sequence=sequence,
    )


def trace(name: str = "m1", happening: Happening = Happening.ACCEPTED, at: float = NOW, **fields: Any) -> Trace:
    """A line of a trail."""
    return Trace(message=name, at=at, node="node", happening=happening, **fields)


def correlation(external: str = "x1", name: str = "m1", **fields: Any) -> Correlation:
    """What a peer will quote of a copy."""
    given: dict[str, Any] = {"position": 0, "attempt": 1, "expires": NOW + 100, **fields}
    return Correlation(agent="mm4", peer="peer.example", external=external, message=name, **given)
