"""The lab's SMS centre: a bearer that keeps short messages in memory until a phone that is attached takes them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any
from zlib import crc32

import msgspec
from twisted.application.service import Service
from twisted.internet.defer import Deferred, FirstError, gatherResults, succeed
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IListeningPort
from twisted.python.failure import Failure
from zope.interface import implementer

from mmse import metrics as rows
from mmse.abstract.delivery import Event
from mmse.abstract.outcome import Done, Outcome, Temporary
from mmse.interfaces import INotifier, Push
from mmse.lab.attach import Root
from mmse.lab.settings import Lab
from mmse.lab.site import QuietSite
from mmse.metrics import Metrics
from mmse.wire.sms.segmentation import cut
from mmse.wire.wsp.push import compose

__all__ = ["Batch", "LabSMSC", "Short", "line_of"]


def _first(failure: Failure) -> Failure:
    """What went wrong, of a failure that was the first of several."""
    error = failure.value
    return error.subFailure if isinstance(error, FirstError) else failure


class Short(msgspec.Struct, frozen=True):
    """A push as a phone's radio gets it: the user data of each short message, in hexadecimal, headers included.

    ``cursor`` says that the phone has it, and what came before it.
    """

    cursor: str
    kind: str
    user_data: tuple[str, ...]


class Batch(msgspec.Struct, frozen=True):
    """What a phone is given: messages, and a cursor by which it says next time that it has them."""

    cursor: str
    messages: tuple[Short, ...] = ()


class _Line:
    """What is held for one number, and who waits for it."""

    def __init__(self) -> None:
        self.held: deque[tuple[int, int, Short]] = deque()
        self.waiting: list[Deferred[None]] = []

    def __bool__(self) -> bool:
        return bool(self.held or self.waiting)


def line_of(number: str) -> str:
    """How a number is looked up: without its plus sign, as people leave it out."""
    return number.strip().removesuffix("/TYPE=PLMN").lstrip("+").lower()


@implementer(INotifier)
class LabSMSC(Service):
    """The bearer ``lab``, and its place on loopback.

    A push is cut into short messages as for a real centre, so that a handset in the lab puts segments together too.
    What a phone got is forgotten when it asks for more with the cursor it was given: a phone that dies in between gets
    it again. Held pushes are in memory only; a notification lost by a restart is repeated by the relay.
    """

    name = "lab"

    def __init__(self, settings: Lab, reactor: Any, metrics: Metrics) -> None:
        self._settings = settings
        self._reactor = reactor
        self._lines: dict[str, _Line] = {}
        self._held = 0
        self._sequence = 0
        # Cursors of an earlier life of this process must not mean anything in this one.
        self._epoch = f"{int(reactor.seconds() * 1000) & 0xFFFFFFFF:08x}"
        self._ports: list[IListeningPort] = []
        self.listening: Deferred[Any] | None = None
        self.closed = False
        metrics.watch(rows.LAB_HELD, lambda: float(self._held))

    # The bearer

    def notify(self, push: Push) -> Deferred[Outcome]:
        """Hold a push for its phone; ``Temporary`` when there is no room."""
        return succeed(self._notify(push))

    def _notify(self, push: Push) -> Outcome:
        key = line_of(push.destination.value)
        if self._held >= self._settings.held:
            self._expire()
        line = self._lines.setdefault(key, _Line())
        self._drop(line, lambda sequence, expires: expires <= self._reactor.seconds())
        if len(line.held) >= self._settings.held_per_number or self._held >= self._settings.held:
            self._tidy(key)
            return Temporary(60.0, f"{len(line.held)} pushes are held for this phone, {self._held} in all")
        self._sequence += 1
        reference = crc32(push.reference.encode())
        segments = cut(compose(push.octets, reference & 0xFF), self._sequence & 0xFF)
        octets = tuple(segment.encode().hex() for segment in segments)
        short = Short(self._cursor(self._sequence), push.kind.value, octets)
        line.held.append((self._sequence, push.expires, short))
        self._held += 1
        waiting, line.waiting = line.waiting, []
        for each in waiting:
            each.callback(None)
        return Done(Event.TAKEN, f"{len(segments)} SMS, the phone is {'attached' if waiting else 'not attached yet'}")

    # The phones

    def take(self, number: str, cursor: str) -> Batch:
        """What is held for a number, after forgetting what ``cursor`` says it has."""
        key = line_of(number)
        line = self._lines.get(key)
        if line is None:
            return Batch(self._cursor(self._sequence))
        epoch, _, last = cursor.partition(".")
        if epoch == self._epoch and last.isascii() and last.isdigit():
            self._drop(line, lambda sequence, expires: sequence <= int(last))
        self._drop(line, lambda sequence, expires: expires <= self._reactor.seconds())
        given = tuple(short for _, _, short in line.held)
        newest = line.held[-1][0] if line.held else self._sequence
        self._tidy(key)
        return Batch(self._cursor(newest), given)

    def wait(self, number: str) -> Deferred[None]:
        """Fires when something comes for a number; cancel it when the phone has gone."""
        key = line_of(number)
        line = self._lines.setdefault(key, _Line())

        def gone(waiting: Deferred[None]) -> None:
            line.waiting.remove(waiting)
            self._tidy(key)

        waiting: Deferred[None] = Deferred(gone)
        line.waiting.append(waiting)
        return waiting

    def lines(self) -> dict[str, tuple[int, int]]:
        """Of each number: how many pushes are held, how many phones wait."""
        return {key: (len(line.held), len(line.waiting)) for key, line in self._lines.items()}

    def _cursor(self, sequence: int) -> str:
        return f"{self._epoch}.{sequence}"

    def _drop(self, line: _Line, gone: Callable[[int, int], bool]) -> None:
        kept = deque(entry for entry in line.held if not gone(entry[0], entry[1]))
        self._held -= len(line.held) - len(kept)
        line.held = kept

    def _expire(self) -> None:
        for key, line in list(self._lines.items()):
            self._drop(line, lambda sequence, expires: expires <= self._reactor.seconds())
            self._tidy(key)

    def _tidy(self, key: str) -> None:
        if not self._lines.get(key, True):
            del self._lines[key]

    # The service

    def startService(self) -> None:
        """Listen; ``listening`` fires when all places do."""
        Service.startService(self)
        self.closed = False
        self.listening = gatherResults([self._listen(text) for text in self._settings.listen], consumeErrors=True)
        # Which place it was is in the error itself: that it was the first to fail tells nobody anything.
        self.listening.addErrback(_first)

    def _listen(self, text: str) -> Deferred[IListeningPort]:
        site = QuietSite(Root(self, self._reactor), self._reactor)

        def opened(port: IListeningPort) -> IListeningPort:
            self._ports.append(port)
            return port

        listening: Deferred[IListeningPort] = serverFromString(self._reactor, text).listen(site)
        return listening.addCallback(opened)

    def stopService(self) -> Deferred[Any]:
        """Send waiting phones away and close the places."""
        Service.stopService(self)
        self.closed = True
        for line in list(self._lines.values()):
            waiting, line.waiting = line.waiting, []
            for each in waiting:
                each.callback(None)
        ports, self._ports = self._ports, []
        return gatherResults([port.stopListening() or succeed(None) for port in ports])
