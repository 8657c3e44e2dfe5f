"""A handset: what is pushed to it, it fetches, keeps and answers, as its user wants it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from enum import Enum
from pathlib import Path

import msgspec

from mmse.lab import phone
from mmse.lab.ladder import Say, told
from mmse.lab.mmsc import MMSC, Progress, Unanswered, quiet
from mmse.wire import Malformed, Missing, Unencodable
from mmse.wire.mmsenc import Message, decode, fields, pdus, status
from mmse.wire.mmsenc.versions import V1_3
from mmse.wire.wsp.push import parse as parse_push

__all__ = ["Acknowledge", "Behaviour", "Handset", "Received", "Wish"]

REMEMBERED = 1000
"""Notifications by which a repeat is known."""


class Wish(Enum):
    """What the user does with an MM that waits."""

    FETCH = "fetch"
    DEFER = "defer"
    REJECT = "reject"


class Acknowledge(Enum):
    """How a fetched MM is acknowledged: phones differ (immediate retrieval 6.2, deferred 6.4)."""

    NOTIFY_RESPONSE = "notifyresp"
    ACKNOWLEDGE = "acknowledge"
    NOT = "no"


class Behaviour(msgspec.Struct, frozen=True, kw_only=True):
    """What this handset does. ``save``: a folder for parts (None: dropped); ``report``: X-Mms-Report-Allowed."""

    wish: Wish = Wish.FETCH
    acknowledge: Acknowledge = Acknowledge.NOTIFY_RESPONSE
    read: bool = False
    report: bool | None = None
    version: int = V1_3
    save: Path | None = None


class Received(msgspec.Struct, frozen=True):
    """One MM that was fetched whole: its M-Retrieve.conf, its parts, where they were saved."""

    message: Message
    parts: tuple[phone.Attachment, ...]
    saved: tuple[Path, ...] = ()


class Handset:
    """Reacts to pushes. ``say`` gets the ladder, ``now`` is seconds since 1970.

    Acknowledgements go to the MMSC's URL, or to the Content-Location when none is known: both are seen from phones.
    """

    def __init__(
        self, mmsc: MMSC, behaviour: Behaviour, say: Say, now: Callable[[], float], progress: Progress = quiet
    ) -> None:
        self._mmsc = mmsc
        self._behaviour = behaviour
        self._say = say
        self._now = now
        self._progress = progress
        self._seen: OrderedDict[tuple[str, str], bool] = OrderedDict()
        self.received: list[Received] = []
        self.reports: list[Message] = []
        self.failures = 0

    async def pushed(self, octets: bytes, how: str = "") -> Message | None:
        """One WSP push: the PDU in it, after it was dealt with; None when it is not for the MMS user agent."""
        try:
            push = parse_push(octets)
            if not push.is_mms:
                self._say("", "push", f"of {push.content_type.media}: not for us")
                return None
            message = decode(push.body)
        except Malformed as error:
            self.failures += 1
            self._say("", "push", f"{len(octets)} octets cannot be read: {error}")
            return None
        self._say("<-", message.pdu.name, told(message) + (f" ({how})" if how else ""))
        try:
            await self._dealt_with(message)
        except Unanswered as error:
            self.failures += 1
            self._say("", "failed", str(error))
        except (Malformed, Unencodable) as error:
            self.failures += 1
            self._say("", "failed", f"{message.pdu.name}: {error}")
        except OSError as error:
            self.failures += 1
            self._say("", "failed", f"saving the parts: {error}")
        return message

    async def _dealt_with(self, message: Message) -> None:
        if message.pdu is pdus.M_NOTIFICATION_IND:
            await self._notified(message)
        elif message.pdu in (pdus.M_DELIVERY_IND, pdus.M_READ_ORIG_IND):
            self.reports.append(message)

    async def _notified(self, notification: Message) -> None:
        absent = notification.missing()
        if absent:
            raise Missing(absent[0].name)
        location = notification[fields.CONTENT_LOCATION]
        key = (notification[fields.TRANSACTION_ID], location)
        if self._seen.get(key):
            self._say("", "repeat", "of a notification that was dealt with")
            return
        wish = self._behaviour.wish
        if wish is Wish.FETCH:
            await self._fetch(notification, location)
        elif self._behaviour.acknowledge is not Acknowledge.NOT:
            outcome = status.Status.DEFERRED if wish is Wish.DEFER else status.Status.REJECTED
            await self._respond(notification, outcome, location)
        self._seen[key] = self._behaviour.acknowledge is not Acknowledge.NOT
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    async def _fetch(self, notification: Message, location: str) -> None:
        self._say("->", "GET", location)
        message = await self._mmsc.get(location, self._progress)
        self._say("<-", message.pdu.name, told(message))
        if message.pdu is not pdus.M_RETRIEVE_CONF:
            raise Unanswered(f"{message.pdu.name} instead of M-Retrieve.conf", temporary=False)
        outcome = message.get(fields.RETRIEVE_STATUS)
        if outcome is not None and outcome != status.RetrieveStatus.OK:
            self.failures += 1
            return
        parts = phone.parts_of(message)
        saved = self._saved(message, parts)
        if self._behaviour.acknowledge is Acknowledge.NOTIFY_RESPONSE:
            await self._respond(notification, status.Status.RETRIEVED, location)
        elif self._behaviour.acknowledge is Acknowledge.ACKNOWLEDGE:
            transaction = message.get(fields.TRANSACTION_ID, notification[fields.TRANSACTION_ID])
            await self._post(phone.acknowledge(transaction, self._behaviour.version, self._behaviour.report), location)
        if self._behaviour.read and message.get(fields.READ_REPORT):
            await self._post(phone.read_report(message, self._behaviour.version, int(self._now())), location)
        self.received.append(Received(message, tuple(parts), tuple(saved)))

    async def _respond(self, notification: Message, outcome: status.Status, location: str) -> None:
        behaviour = self._behaviour
        await self._post(phone.notify_response(notification, outcome, behaviour.version, behaviour.report), location)

    async def _post(self, message: Message, location: str) -> None:
        octets = phone.octets_of(message)
        self._say("->", message.pdu.name, told(message))
        answer = await self._mmsc.post(octets, self._mmsc.url or location)
        if answer is not None:
            self._say("<-", answer.pdu.name, told(answer))

    def _saved(self, message: Message, parts: list[phone.Attachment]) -> list[Path]:
        if self._behaviour.save is None:
            return []
        name = phone.file_name(message.get(fields.MESSAGE_ID) or "message")
        folder = self._behaviour.save / name
        folder.mkdir(parents=True, exist_ok=True)
        saved = []
        for part in parts:
            place = folder / part.name
            place.write_bytes(part.data)
            saved.append(place)
            self._say("", "saved", f"{place} ({part.media_type}, {len(part.data)} octets)")
        return saved
