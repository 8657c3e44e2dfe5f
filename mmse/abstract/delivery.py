"""The life of one recipient's copy as a table (TS 23.140 7.1.2 to 7.1.6): ``after(state, event)`` and what it means.

Nothing here acts: the relay asks what comes after, commits it by compare-and-set, and does the rest itself. The
diagram in the documentation is drawn from ``TRANSITIONS``.
"""

from __future__ import annotations

from enum import Enum

from mmse.abstract.status import DeliveryStatus

__all__ = ["FINAL", "REPORTED", "TRANSITIONS", "Event", "State", "after"]


class State(Enum):
    """Where a copy is. The values are kept in stores: never renumber them."""

    QUEUED = 1
    """Accepted; to be routed and given to an agent when due."""
    NOTIFIED = 2
    """An agent took it and an answer is outstanding: a phone was told, or a peer has it."""
    DEFERRED = 3
    """The recipient will fetch it later; no more notifications."""
    FETCHED = 4
    """The content went out whole, unacknowledged yet."""
    RETRIEVED = 5
    REJECTED = 6
    UNRECOGNISED = 7
    FORWARDED = 8
    EXPIRED = 9
    UNREACHABLE = 10
    HANDED_OVER = 11
    """Given to another system that tells no more (a mailbox): its status stays indeterminate."""
    CANCELLED = 12


class Event(Enum):
    """What happens to a copy, told by an agent's result, by a door, or by the clock."""

    TAKEN = "taken"
    """The agent took it and will hear more."""
    POSTPONED = "postponed"
    """A temporary failure; the copy waits for its next attempt."""
    DEFERRED = "deferred"
    FETCHED = "fetched"
    RETRIEVED = "retrieved"
    """The recipient acknowledged it."""
    UNACKNOWLEDGED = "unacknowledged"
    """Fetched whole, and no acknowledgement came in the time allowed."""
    REJECTED = "rejected"
    UNRECOGNISED = "unrecognised"
    FORWARDED = "forwarded"
    EXPIRED = "expired"
    UNREACHABLE = "unreachable"
    """No route, a permanent error, or attempts exhausted."""
    HANDED_OVER = "handed-over"
    CANCELLED = "cancelled"


FINAL = frozenset(
    {
        State.RETRIEVED,
        State.REJECTED,
        State.UNRECOGNISED,
        State.FORWARDED,
        State.EXPIRED,
        State.UNREACHABLE,
        State.HANDED_OVER,
        State.CANCELLED,
    }
)
"""States that end a life: the copy is never due again, a report may be owed."""

_ENDS = {
    Event.RETRIEVED: State.RETRIEVED,
    Event.REJECTED: State.REJECTED,
    Event.UNRECOGNISED: State.UNRECOGNISED,
    Event.FORWARDED: State.FORWARDED,
    Event.EXPIRED: State.EXPIRED,
    Event.UNREACHABLE: State.UNREACHABLE,
    Event.HANDED_OVER: State.HANDED_OVER,
    Event.CANCELLED: State.CANCELLED,
}

TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.QUEUED, Event.TAKEN): State.NOTIFIED,
    (State.QUEUED, Event.POSTPONED): State.QUEUED,
    # A phone may act on a push before the push's own acceptance was written down: each event counts from QUEUED too.
    (State.QUEUED, Event.DEFERRED): State.DEFERRED,
    (State.QUEUED, Event.FETCHED): State.FETCHED,
    (State.NOTIFIED, Event.TAKEN): State.NOTIFIED,
    (State.NOTIFIED, Event.POSTPONED): State.NOTIFIED,
    (State.NOTIFIED, Event.DEFERRED): State.DEFERRED,
    (State.NOTIFIED, Event.FETCHED): State.FETCHED,
    (State.DEFERRED, Event.DEFERRED): State.DEFERRED,
    (State.DEFERRED, Event.FETCHED): State.FETCHED,
    (State.FETCHED, Event.FETCHED): State.FETCHED,
    (State.FETCHED, Event.DEFERRED): State.DEFERRED,
    (State.FETCHED, Event.UNACKNOWLEDGED): State.RETRIEVED,
    **{
        (state, event): end
        for state in (State.QUEUED, State.NOTIFIED, State.DEFERRED, State.FETCHED)
        for event, end in _ENDS.items()
        # What was handed over whole can no longer be called unreachable or given to someone else's system.
        if not (state is State.FETCHED and event in (Event.UNREACHABLE, Event.HANDED_OVER))
    },
}

REPORTED: dict[State, DeliveryStatus] = {
    State.RETRIEVED: DeliveryStatus.RETRIEVED,
    State.REJECTED: DeliveryStatus.REJECTED,
    State.UNRECOGNISED: DeliveryStatus.UNRECOGNISED,
    State.FORWARDED: DeliveryStatus.FORWARDED,
    State.EXPIRED: DeliveryStatus.EXPIRED,
    State.UNREACHABLE: DeliveryStatus.UNREACHABLE,
    State.HANDED_OVER: DeliveryStatus.INDETERMINATE,
}
"""What a delivery report says of each final state; a cancelled MM is reported by nobody (TS 23.140 7.1.6)."""

SUPPRESSIBLE = frozenset({State.RETRIEVED, State.REJECTED, State.FORWARDED})
"""States of which the recipient may forbid the report (X-Mms-Report-Allowed: No)."""


def after(state: State, event: Event) -> State | None:
    """The state that follows, or None when the event means nothing in this state (a repeat, or too late)."""
    return TRANSITIONS.get((state, event))
