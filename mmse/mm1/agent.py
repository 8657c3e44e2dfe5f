"""The delivery agent ``mm1``: tells phones of what waits for them, over the bearers in order of preference."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred
from zope.interface import implementer

from mmse import metrics as rows
from mmse.abstract.address import Address
from mmse.abstract.delivery import Event, State
from mmse.abstract.message import Copy, Message
from mmse.abstract.outcome import Done, Outcome, Refused, Temporary, Waiting
from mmse.abstract.reports import Report, ReportKind
from mmse.abstract.status import RequestStatus
from mmse.errors import Refused as RefusedError
from mmse.errors import Temporary as TemporaryError
from mmse.interfaces import IDeliveryAgent, INotifier, ISubscriberDirectory, Push, PushKind
from mmse.journal import log
from mmse.metrics import Metrics
from mmse.mm1 import pushes
from mmse.mm1.settings import MM1
from mmse.wire import Unencodable
from mmse.wire.mmsenc import Message as PDU
from mmse.wire.mmsenc import encode, versions
from mmse.wire.mmsenc.trim import trim
from mmse.wire.sms import segmentation
from mmse.wire.wsp.push import OVERHEAD

__all__ = ["MM1Agent", "budget"]


def budget(max_sms: int) -> int:
    """Octets of a PDU whose push fits into so many short messages (each with an 8-bit reference)."""
    room = segmentation.ALONE if max_sms == 1 else max_sms * segmentation.NARROW
    return room - OVERHEAD


@implementer(IDeliveryAgent)
class MM1Agent:
    """Builds PDUs and offers them to ``notifiers`` until one takes them; ``now`` gives seconds since 1970 (UTC).

    A PDU is made from rows alone, so that a repeat is the same octets (TS 23.140 7.1.2: the same notification) and a
    phone shows one message. Which bearer was chosen, and why not those before it, is the reason of the outcome.
    """

    name = "mm1"

    def __init__(
        self,
        notifiers: Sequence[INotifier],
        settings: MM1,
        directory: ISubscriberDirectory,
        now: Callable[[], float],
        metrics: Metrics,
    ) -> None:
        self._notifiers = tuple(notifiers)
        self._settings = settings
        self._version = versions.parse(settings.version)
        self._room = budget(settings.notify.max_sms)
        self._directory = directory
        self._now = now
        self._metrics = metrics

    def deliver(self, message: Message, copy: Copy) -> Deferred[Outcome]:
        """Notify: ``Waiting`` until the next repeat is due when a bearer took it (MM1_notification.REQ)."""
        return Deferred.fromCoroutine(self._deliver(message, copy))

    def report(self, report: Report) -> Deferred[Outcome]:
        """M-Delivery.ind or M-Read-Orig.ind: ``Done(TAKEN)`` when a bearer took it; no phone acknowledges them."""
        return Deferred.fromCoroutine(self._report(report))

    async def _deliver(self, message: Message, copy: Copy) -> Outcome:
        try:
            pdu = pushes.notification(message, copy, self._settings.public_url, self._version)
            octets = encode(trim(pdu, self._room), self._version)
        except Unencodable as error:
            log.error("No notification can be made: {error}", error=error, mm=message.id)
            return Refused(RequestStatus.MESSAGE_FORMAT_CORRUPT, f"no notification can be made: {error}")
        outcome = await self._offer(
            PushKind.NOTIFICATION, octets, copy.recipient, copy.token, message.expires, message.id
        )
        if isinstance(outcome, Done):
            return Waiting(self._repeat(message, copy), outcome.reason)
        if isinstance(outcome, Waiting):
            until = self._repeat(message, copy)
            return Waiting(until if outcome.until is None else min(until, outcome.until), outcome.reason)
        return outcome

    def _repeat(self, message: Message, copy: Copy) -> int:
        """When to tell a phone again that did not answer; never after the MM has expired."""
        retry = self._settings.notify.retry
        if not retry:
            return message.expires
        # Attempts that failed before any bearer took a push do not count: the phone has been told once now.
        told = copy.attempt if copy.state is State.NOTIFIED else 0
        return min(message.expires, int(self._now()) + retry[min(told, len(retry) - 1)])

    async def _report(self, report: Report) -> Outcome:
        try:
            if report.kind is ReportKind.DELIVERY:
                kind, pdu = PushKind.DELIVERY, pushes.delivery_report(report)
            else:
                kind, pdu = PushKind.READ, pushes.read_report(report)
            octets = self._encoded(pdu, report.version)
        except Unencodable as error:
            log.error("No report can be made: {error}", error=error, mm=report.message)
            return Refused(RequestStatus.MESSAGE_FORMAT_CORRUPT, f"no report can be made: {error}")
        reference = f"{report.message}:{report.position}:{report.kind.value}"
        outcome = await self._offer(kind, octets, report.originator, reference, report.expires, report.message)
        return Done(Event.TAKEN, outcome.reason) if isinstance(outcome, Waiting) else outcome

    def _encoded(self, pdu: PDU, version: int) -> bytes:
        """For a phone of that version: an older one knows fewer fields and statuses."""
        return encode(pdu, versions.negotiate(version, self._version))

    async def _offer(
        self, kind: PushKind, octets: bytes, destination: Address, reference: str, expires: int, message: str
    ) -> Outcome:
        """Offer to each bearer in turn. When none took it: an outage if one may take it later, else a refusal."""
        push = Push(
            destination=destination,
            octets=octets,
            kind=kind,
            reference=reference,
            expires=expires,
            message=message,
            subscriber=await self._directory.profile(destination),
        )
        told: list[str] = []
        temporary: list[Temporary] = []
        refused: Refused | None = None
        for notifier in self._notifiers:
            outcome = await self._carry(notifier, push)
            self._metrics.count(rows.PUSHES, notifier.name, kind.value, type(outcome).__name__.lower())
            told.append(f"{notifier.name}: {outcome.reason or type(outcome).__name__.lower()}")
            if isinstance(outcome, Done | Waiting):
                until = outcome.until if isinstance(outcome, Waiting) else None
                reason = "; ".join(told)
                return Done(Event.TAKEN, reason) if isinstance(outcome, Done) else Waiting(until, reason)
            if isinstance(outcome, Temporary):
                temporary.append(outcome)
            else:
                refused = refused or outcome
        if temporary:
            times = [each.retry_after for each in temporary if each.retry_after is not None]
            return Temporary(min(times, default=None), "; ".join(told))
        if refused is not None:
            return Refused(refused.status, "; ".join(told))
        return Temporary(None, "no bearer: [mm1.notify] via is empty")

    async def _carry(self, notifier: INotifier, push: Push) -> Outcome:
        """One bearer's answer; one that fails without an answer must not keep the push from the next."""
        try:
            return await notifier.notify(push)
        except TemporaryError as error:
            return Temporary(error.retry_after, error.reason)
        except RefusedError as error:
            return Refused(error.status, error.reason)
        except Exception:  # noqa: BLE001 - the edge of a due row
            log.failure("The bearer {bearer} failed", bearer=notifier.name, mm=push.message)
            return Temporary(None, "failed; the log has the traceback")
