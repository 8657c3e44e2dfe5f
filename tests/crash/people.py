"""Who is outside the node: an SMS gateway that speaks as Kannel does, phones that send, phones that receive."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import deferLater
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from mmse.lab import phone
from mmse.lab.mmsc import MMSC, Unanswered
from mmse.wire.mmsenc import Message, decode, fields, pdus, status
from mmse.wire.mmsenc.status import ResponseStatus, RetrieveStatus
from mmse.wire.sms.segmentation import Reassembly
from mmse.wire.sms.segmentation import parse as parse_segment
from mmse.wire.wsp.push import parse as parse_push
from tests.crash.books import Books, Intent

__all__ = ["Gateway", "Receiver", "Sender"]

AGAIN = 0.05
"""Seconds after which a phone tries again."""


class Gateway(Resource):
    """Takes sendsms requests, puts segments together, hands each push to the phone of its number."""

    isLeaf = True

    def __init__(self, reactor: Any) -> None:
        super().__init__()
        self._reactor = reactor
        self._segments: dict[str, Reassembly] = {}
        self.phones: dict[str, Callable[[Message, bytes], None]] = {}
        self.port = reactor.listenTCP(0, Site(self), interface="127.0.0.1")

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port.getHost().port}/cgi-bin/sendsms"

    def render_GET(self, request: Request) -> bytes:
        number, udh, text = (request.args[name][0] for name in (b"to", b"udh", b"text"))
        who = number.decode("ascii")
        known = self._segments.get(who, Reassembly())
        self._segments[who], whole = known.add("", parse_segment(udh + text), self._reactor.seconds())
        if whole is not None:
            octets = parse_push(whole).body
            self.phones[who](decode(octets), bytes(octets))
        request.setResponseCode(202)
        return b"0: Accepted for delivery"


class Sender:
    """Sends one MM after the other; what got no answer is sent again as it was, as Android does."""

    def __init__(self, reactor: Any, url: str, number: str, others: list[str], books: Books, random: Random) -> None:
        self._reactor = reactor
        self._mmsc = MMSC(reactor, url, number=number, timeout=5.0)
        self._number, self._others, self._books, self._random = number, others, books, random
        self._count = 0
        self.stopping = False

    async def run(self) -> None:
        """Until ``stopping``, and the last MM was answered."""
        while not self.stopping:
            intent, octets = self._mean()
            self._books.intents.append(intent)
            while not await self._tried(intent, octets):
                await deferLater(self._reactor, AGAIN)
        await self._mmsc.close()

    def _mean(self) -> tuple[Intent, bytes]:
        self._count += 1
        mark = f"{self._number} {self._count}"
        to, bcc = self._random.sample(self._others, 2)
        report = self._random.random() < 0.5
        picture = self._random.randbytes(self._random.randrange(5_000, 30_000))
        kind, body = phone.content([phone.Attachment("p.jpg", "image/jpeg", picture)])
        chosen = () if self._random.random() < 0.7 else (bcc,)
        draft = phone.Draft(to=(to,), bcc=chosen, subject=mark, report=report, version=0x12)
        octets = phone.octets_of(phone.submission(draft, f"t{self._count}", kind, body))
        return Intent(mark, self._number, to, bcc if chosen else "", report, body), octets

    async def _tried(self, intent: Intent, octets: bytes) -> bool:
        intent.attempts += 1
        try:
            answer = await self._mmsc.post(octets)
        except Unanswered:
            self._books.cut += 1
            return False
        if answer is None or answer.get(fields.RESPONSE_STATUS) != ResponseStatus.OK:
            if answer is None or not status.is_transient(answer[fields.RESPONSE_STATUS]):
                self._books.faults.append(f"{intent.mark} was answered {answer}")
            return False
        intent.answers.add(answer[fields.MESSAGE_ID])
        return True

    def pushed(self, message: Message, octets: bytes) -> None:
        """A report came."""
        if message.pdu is pdus.M_DELIVERY_IND:
            self._books.reported(message, octets)
        else:
            self._books.faults.append(f"{self._number} was pushed {message}")


class Receiver:
    """Fetches what it is told of and acknowledges, as often as it takes."""

    def __init__(self, reactor: Any, number: str, url: str, books: Books) -> None:
        self._reactor = reactor
        self._mmsc = MMSC(reactor, url, number=number, timeout=5.0)
        self._number, self._books = number, books
        self.busy: set[Deferred[None]] = set()

    def pushed(self, message: Message, octets: bytes) -> None:
        """A notification came; a repeat is known by its octets and changes nothing."""
        if message.pdu is not pdus.M_NOTIFICATION_IND:
            self._books.faults.append(f"{self._number} was pushed {message}")
        elif self._books.notified(self._number, message, octets):
            work = ensureDeferred(self._take(message))
            self.busy.add(work)
            work.addBoth(self._done, work)

    def _done(self, result: Any, work: Deferred[None]) -> None:
        self.busy.discard(work)
        if result is not None:
            self._books.faults.append(f"{self._number}: {result}")

    async def _take(self, notification: Message) -> None:
        location = notification[fields.CONTENT_LOCATION]
        while True:
            found = await self._insist(lambda: self._mmsc.get(location))
            outcome = found.get(fields.RETRIEVE_STATUS)
            if outcome is None:
                break
            if not status.is_transient(outcome):
                self._books.faults.append(f"{self._number} was refused {location}: {RetrieveStatus(outcome).name}")
                return
        self._books.received(self._number, location, found)
        octets = phone.octets_of(phone.notify_response(notification, status.Status.RETRIEVED, 0x12))
        await self._insist(lambda: self._mmsc.post(octets))

    async def _insist(self, ask: Callable[[], Any]) -> Any:
        while True:
            try:
                return await ask()
            except Unanswered:
                self._books.cut += 1
            await deferLater(self._reactor, AGAIN)

    async def close(self) -> None:
        """Leave."""
        await self._mmsc.close()
