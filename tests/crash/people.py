"""Who is outside the node: an SMS gateway that speaks as Kannel does, phones that send, phones that receive."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import sha256
from random import Random
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.error import ConnectError
from twisted.internet.task import deferLater
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from mmse.lab import phone
from mmse.lab.mmsc import MMSC, Unanswered
from mmse.wire.mmsenc import Message, decode, fields, pdus, status
from mmse.wire.mmsenc.status import ResponseStatus
from mmse.wire.mmsenc.versions import V1_2
from mmse.wire.sms.segmentation import Reassembly
from mmse.wire.sms.segmentation import parse as parse_segment
from mmse.wire.wsp.push import parse as parse_push
from tests.crash.books import Books, Intent

__all__ = ["Gateway", "Line", "Receiver", "Sender"]

AGAIN = 0.05
"""Seconds after which a phone tries again: Android waits for 2, then 4."""

T = TypeVar("T")


class Gateway(Resource):
    """Takes sendsms requests, puts segments together, hands each push to the phone of its number."""

    isLeaf = True

    def __init__(self, reactor: Any, books: Books) -> None:
        super().__init__()
        self._reactor = reactor
        self._books = books
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
            deliver = self.phones.get(who)
            if deliver is None:
                self._books.faults.append(f"a push for {who}, who is nobody")
            else:
                deliver(decode(octets), bytes(octets))
        request.setResponseCode(202)
        return b"0: Accepted for delivery"


class Line:
    """A phone's way to the node: it insists, and counts in the books why it had to."""

    def __init__(self, reactor: Any, number: str, url: str, books: Books) -> None:
        self._reactor = reactor
        self.mmsc = MMSC(reactor, url, number=number, timeout=15.0)
        self._number, self._books = number, books
        self._closed = False

    async def insist(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Until there is an answer. Raises `CancelledError` when the line is closed before."""
        while not self._closed:
            try:
                return await ask()
            except Unanswered as error:
                self._count(error)
            await self.wait()
        raise CancelledError

    async def wait(self) -> None:
        """For as long as a phone waits before it tries again."""
        await deferLater(self._reactor, AGAIN)

    def _count(self, error: Unanswered) -> None:
        if not error.temporary or ": HTTP " in str(error):
            self._books.faults.append(f"{self._number} was answered no PDU: {error}")
        elif isinstance(error.__context__, ConnectError):
            self._books.absent += 1
        elif isinstance(error.__context__, DeferredTimeout):
            self._books.late += 1
        elif not self._closed:
            self._books.cut += 1

    async def close(self) -> None:
        """Insist no more."""
        self._closed = True
        await self.mmsc.close()


class Sender:
    """Sends one MM after the other; what got no answer is sent again as it was, as Android does."""

    def __init__(self, reactor: Any, line: Line, number: str, others: list[str], books: Books, random: Random) -> None:
        self._reactor = reactor
        self._line = line
        self._number, self._others, self._books, self._random = number, others, books, random
        self._count = 0
        self.stopping = False

    async def run(self) -> None:
        """Until ``stopping``, and the last MM was answered."""
        while not self.stopping:
            intent, octets = self._mean()
            self._books.meant(intent)
            while not await self._tried(intent, octets):
                await self._line.wait()

    def _mean(self) -> tuple[Intent, bytes]:
        self._count += 1
        mark = f"{self._number[-4:]} {self._count}"
        random = self._random
        first, second, blind = random.sample(self._others, 3)
        to = (first, second) if random.random() < 0.25 else (first,)
        bcc = (blind,) if random.random() < 0.25 else ()
        report = random.random() < 0.5
        picture = random.randbytes(random.randrange(5_000, 30_000))
        kind, body = phone.content([phone.Attachment("p.jpg", "image/jpeg", picture)])
        draft = phone.Draft(to=to[:1], cc=to[1:], bcc=bcc, subject=mark, report=report, version=V1_2)
        octets = phone.octets_of(phone.submission(draft, f"t{self._count}", kind, body))
        return Intent(mark, self._number, to, bcc, report, sha256(body).digest()), octets

    async def _tried(self, intent: Intent, octets: bytes) -> bool:
        life = 0

        def ask() -> Awaitable[Message | None]:
            nonlocal life
            intent.attempts += 1
            life = self._books.life
            return self._line.mmsc.post(octets)

        answer = await self._line.insist(ask)
        if answer is not None and answer.get(fields.RESPONSE_STATUS) == ResponseStatus.OK:
            if answer.get(fields.TRANSACTION_ID) != f"t{self._count}":
                self._books.faults.append(f"{intent.mark} got the answer to another request")
            self._books.answered(intent, answer[fields.MESSAGE_ID], self._reactor.seconds(), life)
            return True
        if answer is None or not status.is_transient(answer[fields.RESPONSE_STATUS]):
            self._books.faults.append(f"{intent.mark} was answered {answer and answer.headers}")
        self._books.put_off += 1
        return False

    def pushed(self, message: Message, octets: bytes) -> None:
        """A report came."""
        if message.pdu is pdus.M_DELIVERY_IND:
            self._books.reported(self._number, message, octets)
        else:
            self._books.faults.append(f"{self._number} was pushed {message.pdu.name}")


class Receiver:
    """Fetches what it is told of and acknowledges, as often as it takes.

    ``defers``: it says Deferred first and M-Acknowledge.ind at the end (OMA MMS client transactions 6.3), to the URL
    that it was set up with; another says Retrieved when it has the MM.
    """

    def __init__(self, line: Line, number: str, books: Books, defers: bool) -> None:
        self._line = line
        self._number, self._books, self._defers = number, books, defers
        self.busy: set[Deferred[None]] = set()

    def pushed(self, message: Message, octets: bytes) -> None:
        """A notification came; a repeat is known by its octets and changes nothing."""
        if message.pdu is not pdus.M_NOTIFICATION_IND:
            self._books.faults.append(f"{self._number} was pushed {message.pdu.name}")
        elif self._books.notified(self._number, message, octets):
            work = ensureDeferred(self._take(message))
            self.busy.add(work)
            work.addBoth(self._done, work)

    def _done(self, result: Any, work: Deferred[None]) -> None:
        self.busy.discard(work)
        if result is not None:
            self._books.faults.append(f"{self._number} gave up: {result}")

    async def _take(self, notification: Message) -> None:
        location = notification[fields.CONTENT_LOCATION]
        if self._defers:
            await self._say(phone.notify_response(notification, status.Status.DEFERRED, V1_2))
        found = await self._fetched(location)
        outcome = found.get(fields.RETRIEVE_STATUS)
        if found.pdu is not pdus.M_RETRIEVE_CONF or outcome not in (None, status.RetrieveStatus.OK):
            self._books.faults.append(f"{self._number} was answered {found.pdu.name} {outcome!r} at {location}")
            return
        self._books.received(self._number, notification, found)
        if self._defers:
            await self._say(phone.acknowledge(found[fields.TRANSACTION_ID], V1_2))
        else:
            await self._say(phone.notify_response(notification, status.Status.RETRIEVED, V1_2))

    async def _fetched(self, location: str) -> Message:
        while True:
            found = await self._line.insist(lambda: self._line.mmsc.get(location))
            outcome = found.get(fields.RETRIEVE_STATUS)
            if outcome is None or not status.is_transient(outcome):
                return found
            self._books.put_off += 1
            await self._line.wait()

    async def _say(self, message: Message) -> None:
        octets = phone.octets_of(message)
        await self._line.insist(lambda: self._line.mmsc.post(octets))
