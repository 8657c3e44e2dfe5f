"""What one event does to one copy: the change that is committed, with the report owed, charges and trail. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from mmse.abstract.charging import ChargeableEvent, Kind, Side
from mmse.abstract.delivery import FINAL, REPORTED, SUPPRESSIBLE, Event, State, after
from mmse.abstract.elements import Class, Interface, Via
from mmse.abstract.message import Copy, Message
from mmse.abstract.reports import Report, ReportKind
from mmse.abstract.status import RequestStatus
from mmse.abstract.storage import Change, Queued
from mmse.abstract.trail import Happening, Trace

__all__ = ["HAPPENINGS", "REFUSED", "Rules", "Step", "moved", "ours", "owed", "trace"]

HAPPENINGS: Mapping[Event, Happening] = {
    Event.TAKEN: Happening.NOTIFIED,
    Event.POSTPONED: Happening.POSTPONED,
    Event.DEFERRED: Happening.DEFERRED,
    Event.FETCHED: Happening.FETCHED,
    Event.RETRIEVED: Happening.RETRIEVED,
    Event.UNACKNOWLEDGED: Happening.RETRIEVED,
    Event.REJECTED: Happening.REJECTED,
    Event.UNRECOGNISED: Happening.UNRECOGNISED,
    Event.FORWARDED: Happening.FORWARDED,
    Event.EXPIRED: Happening.EXPIRED,
    Event.UNREACHABLE: Happening.UNREACHABLE,
    Event.HANDED_OVER: Happening.HANDED_OVER,
    Event.CANCELLED: Happening.CANCELLED,
}
"""How the trail calls each event."""

_POLICY = (RequestStatus.SERVICE_DENIED, RequestStatus.CONTENT_NOT_ACCEPTED, RequestStatus.LACK_OF_PREPAID)
_PASSING = (
    RequestStatus.TRANSIENT_FAILURE,
    RequestStatus.TRANSIENT_ADDRESS_UNRESOLVED,
    RequestStatus.TRANSIENT_MESSAGE_NOT_FOUND,
    RequestStatus.TRANSIENT_NETWORK_PROBLEM,
)

REFUSED: Mapping[RequestStatus, Event] = {
    **dict.fromkeys(RequestStatus, Event.UNREACHABLE),
    **dict.fromkeys(_POLICY, Event.REJECTED),
    RequestStatus.UNSUPPORTED_MESSAGE: Event.UNRECOGNISED,
    **dict.fromkeys(_PASSING, Event.POSTPONED),
}
"""What an agent's refusal makes of a copy (digest of MM1 transactions, section 12: the column of report statuses)."""

_INTERFACES: Mapping[str, Interface] = {interface.value.lower(): interface for interface in Interface}


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The policy that a change needs: seconds, the node's name for the trail, and whether events are charged."""

    node: str
    acknowledge_timeout: int
    report_lifetime: int
    charged: bool = False


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is to move a copy. ``due`` is when to act again if the state stays or becomes NOTIFIED (None:
    not before expiry); ``agent`` what routing chose; ``reason`` and ``peer`` go to the trail."""

    event: Event
    due: int | None = None
    agent: str | None = None
    report_allowed: bool = True
    via: Via = Via(Interface.INTERNAL)
    peer: str = ""
    reason: str = ""
    routed: str = ""


def trace(rules: Rules, copy: Copy, at: float, happening: Happening, peer: str = "", reason: str = "") -> Trace:
    """A line of the trail about one copy."""
    return Trace(
        message=copy.message,
        at=at,
        node=rules.node,
        happening=happening,
        position=copy.position,
        peer=peer,
        reason=reason,
    )


def moved(rules: Rules, queued: Queued, step: Step, now: float) -> Change | None:
    """The change that ``step`` makes, or None when the event means nothing now, or repeats what is so already.

    Due times (TS 23.140 7.1.2, 7.1.3): DEFERRED acts at expiry only; FETCHED when the acknowledgement is late, even
    past expiry (the content went out whole before); a final state never. None is ever later than expiry otherwise.
    """
    before, message = queued.copy, queued.message
    state = after(before.state, step.event)
    if state is None:
        return None
    second = int(now)
    fetched, ended, due = before.fetched, before.ended, None
    if state in FINAL:
        # Nobody said that it arrived: what went out may be lost between a proxy's buffers and the phone, so the content
        # is to be had until the MM would have expired (digest of MM1 transactions, section 3, rules).
        ended = max(second, message.expires) if step.event is Event.UNACKNOWLEDGED else second
    elif state is State.FETCHED:
        fetched = second
        # Counted from the first time: fetching again and again does not put off the end.
        due = before.due if before.state is State.FETCHED else second + rules.acknowledge_timeout
    elif state is State.DEFERRED:
        due = message.expires
    else:
        due = message.expires if step.due is None else min(max(step.due, second + 1), message.expires)
    copy = Copy(
        message=before.message,
        position=before.position,
        recipient=before.recipient,
        state=state,
        version=before.version,
        attempt=_attempt(before, state, step.event),
        due=due,
        agent=before.agent if step.agent is None else step.agent,
        token=before.token,
        report_allowed=before.report_allowed and step.report_allowed,
        fetched=fetched,
        ended=ended,
    )
    if copy == before:
        return None
    traces = [trace(rules, before, now, HAPPENINGS[step.event], step.peer, step.reason)]
    if step.routed and copy.agent != before.agent:
        traces.insert(0, trace(rules, before, now, Happening.ROUTED, copy.agent, step.routed))
    report = owed(rules, message, copy, second)
    if report is not None:
        traces.append(trace(rules, before, now, Happening.REPORT_OWED, report.agent))
    return Change(
        before=before,
        after=copy,
        reports=() if report is None else (report,),
        charges=_charges(message, before, copy, step, second) if rules.charged else (),
        trail=tuple(traces),
    )


def _attempt(before: Copy, state: State, event: Event) -> int:
    """Deliveries tried in this state: counted by what an agent answered, new in a new state."""
    if event is Event.TAKEN:
        return before.attempt + 1 if before.state is state else 1
    if event is Event.POSTPONED:
        return before.attempt + 1
    return before.attempt if before.state is state else 0


def owed(rules: Rules, message: Message, copy: Copy, second: int) -> Report | None:
    """The delivery report that the end of this copy owes to the originator, if any (TS 23.140 7.1.6).

    None for a class Auto MM, when none was asked, when the recipient forbade it, or when nothing can be told.
    """
    status = REPORTED.get(copy.state)
    if status is None or not message.elements.delivery_report or not message.agent:
        return None
    if message.elements.message_class == Class.AUTO.value:
        return None
    if copy.state in SUPPRESSIBLE and not copy.report_allowed:
        return None
    return Report(
        message=message.id,
        position=copy.position,
        kind=ReportKind.DELIVERY,
        originator=message.originator,
        recipient=copy.recipient,
        date=second,
        agent=message.agent,
        delivery=status,
        # Reports go to the application to which replies go (digest of MM1 transactions, section 10).
        applic_id=message.elements.reply_applic_id,
        aux_applic_info=message.elements.aux_applic_info,
        version=message.version,
        expires=second + rules.report_lifetime,
        due=second,
    )


def _charges(message: Message, before: Copy, copy: Copy, step: Step, second: int) -> tuple[ChargeableEvent, ...]:
    """TS 32.270: a notification sent, a retrieval, and the end of a copy; nothing for an attempt that failed."""
    kinds: list[tuple[Kind, int]] = []
    if step.event is Event.TAKEN:
        kinds.append((Kind.NOTIFICATION, before.attempt if before.state is copy.state else 0))
    fetched_now = copy.fetched is not None and before.fetched is None
    if fetched_now or (copy.state is State.RETRIEVED and before.fetched is None):
        kinds.append((Kind.RETRIEVAL, 0))
    if copy.state in FINAL:
        kinds.append((Kind.DELETION, 0))
    via = step.via
    if via.interface is Interface.INTERNAL and copy.agent:
        via = Via(_INTERFACES.get(copy.agent, Interface.INTERNAL), step.peer)
    return tuple(
        ChargeableEvent(
            kind=kind,
            side=Side.RECIPIENT,
            via=via,
            message=message.id,
            position=copy.position,
            recipient=copy.recipient,
            originator=message.originator,
            at=second,
            size=message.size,
            status=copy.state.name.lower(),
            sequence=sequence,
        )
        for kind, sequence in kinds
    )


def ours(change: Change, stored: Copy) -> bool:
    """Whether a stored copy is what ``change`` made: its commit was in doubt, or someone did the very same."""
    return stored == replace(change.after, version=change.before.version + 1)
