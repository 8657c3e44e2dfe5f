"""How an attempt to deliver, to notify or to report ended: four values, one vocabulary for every agent and bearer."""

from __future__ import annotations

import msgspec

from mmse.abstract.delivery import Event
from mmse.abstract.status import RequestStatus

__all__ = ["Done", "Outcome", "Refused", "Temporary", "Waiting"]


class Done(msgspec.Struct, frozen=True):
    """It happened, and ``event`` is what happened. ``reason`` is for the trail (which bearer, which peer, why)."""

    event: Event
    reason: str = ""


class Waiting(msgspec.Struct, frozen=True):
    """It was taken and an answer will come by another way; ``until`` is when to act if none came (None: no bound)."""

    until: int | None = None
    reason: str = ""


class Refused(msgspec.Struct, frozen=True):
    """A permanent no: trying again is useless."""

    status: RequestStatus
    reason: str = ""


class Temporary(msgspec.Struct, frozen=True):
    """An outage: try again, not before ``retry_after`` seconds when the peer named a time."""

    retry_after: float | None = None
    reason: str = ""


Outcome = Done | Waiting | Refused | Temporary
