"""One run: a node that is killed again and again under load, then healed; and what the books say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, ensureDeferred
from twisted.internet.task import deferLater

from tests.crash.books import Books, Intent
from tests.crash.node import CONFIGURATION, LOG, Life, configure
from tests.crash.people import Gateway, Line, Receiver, Sender
from tests.processes import free_ports

__all__ = ["REAL", "Rig"]

REAL = ("mmse", "-c", CONFIGURATION)
"""The words of twistd for the product as it is."""

HEALING = 60.0
"""Seconds in which everything must have drained after the last crash."""

LOOK = 0.005
"""Seconds between two looks at the books."""

YOUNG = 4
"""Every so manieth life is followed by one that is killed while it starts."""


class Rig:
    """``words`` are those of twistd; ``books`` are open to the test."""

    def __init__(
        self,
        reactor: Any,
        folder: str,
        seed: int,
        words: Sequence[str] = REAL,
        planted: str = "",
        healing: float = HEALING,
    ) -> None:
        self._reactor = reactor
        self._folder = Path(folder)
        self._words, self._planted, self._healing = words, planted, healing
        self._random = Random(seed)
        self._began = reactor.seconds()
        self.books = Books()
        self.kills: list[float] = []
        """When SIGKILL was sent."""
        self.start = 0.0
        """Seconds from the start of a process on an empty store to its first Ok."""
        self.gaps: list[float] = []
        """Seconds from a SIGKILL to the next Ok."""
        self.gateway = Gateway(reactor, self.books)
        port = free_ports(1)[0]
        configure(self._folder, port, self.gateway.url)
        url = f"http://127.0.0.1:{port}/"
        receivers = [f"+1555200{n:04d}" for n in range(4)]
        senders = [f"+1555100{n:04d}" for n in range(8)]
        self._lines = {number: Line(reactor, number, url, self.books) for number in receivers + senders}
        self._receivers = [
            Receiver(self._lines[number], number, self.books, defers=place % 2 == 1)
            for place, number in enumerate(receivers)
        ]
        self._senders = [
            Sender(reactor, self._lines[number], number, receivers, self.books, Random(f"{seed} {number}"))
            for number in senders
        ]
        self.gateway.phones = {
            **{number: sender.pushed for number, sender in zip(senders, self._senders, strict=True)},
            **{number: receiver.pushed for number, receiver in zip(receivers, self._receivers, strict=True)},
        }
        self._running: set[Deferred[None]] = set()

    def _life(self) -> Life:
        self.books.life += 1
        return Life(self._reactor, self._folder, self._words, self._planted)

    async def live(self, lives: int) -> None:
        """So many lives under load, each ended by SIGKILL at a moment drawn from the seed, after its first answer.

        Now and then one more is killed before or while it recovers.
        """
        self._running = {ensureDeferred(sender.run()) for sender in self._senders}
        for work in list(self._running):
            work.addBoth(self._ended, work)
        for number in range(1, lives + 1):
            await self._life_of(self._random.uniform(0.05, 0.6), young=False)
            if number % YOUNG == 0:
                await self._life_of(self._random.uniform(0.3, 1.1) * self.start, young=True)

    def _ended(self, result: Any, work: Deferred[None]) -> None:
        self._running.discard(work)
        if result is not None:
            self.books.faults.append(f"a phone gave up: {result}")

    async def _life_of(self, length: float, young: bool) -> None:
        life = self._life()
        try:
            if not young:
                await self._answering(life)
            await deferLater(self._reactor, length)
            if life.code is not None:
                raise AssertionError(f"the node ended by itself: {self.said()[-2000:]}")
            self.kills.append(self._reactor.seconds())
            life.signal("KILL")
        finally:
            await life.end()

    async def _answering(self, life: Life) -> None:
        """Wait for the first Ok of this life, and note how long it was in coming."""
        began = self._reactor.seconds()
        while self.books.alive < self.books.life:
            if life.code is not None:
                raise AssertionError(f"the node ended by itself: {self.said()[-2000:]}")
            if self._reactor.seconds() - began > HEALING:
                raise AssertionError(f"the node answers nothing: {self.said()[-2000:]}")
            await deferLater(self._reactor, LOOK)
        now = self._reactor.seconds()
        if self.kills:
            self.gaps.append(now - self.kills[-1])
        else:
            self.start = now - began

    async def heal(self) -> int:
        """A last life, in which all must drain; its exit status after SIGTERM."""
        life = self._life()
        try:
            await self._answering(life)
            for sender in self._senders:
                sender.stopping = True
            until = self._reactor.seconds() + self._healing
            while self._unfinished() and self._reactor.seconds() < until:
                await deferLater(self._reactor, 0.1)
            self.books.faults += [f"{number} has yet to say something" for number in self._talking()]
            life.signal("TERM")
            return await life.over()
        finally:
            await life.end()

    def _talking(self) -> list[str]:
        return [number for number, phone in zip(self._lines, self._receivers, strict=False) if phone.busy]

    def _unfinished(self) -> bool:
        return bool(self._running) or bool(self._talking()) or bool(self.books.owing())

    async def close(self) -> None:
        """Let go of every socket."""
        for line in self._lines.values():
            await line.close()
        work = [*self._running, *(each for receiver in self._receivers for each in receiver.busy)]
        for each in work:
            each.cancel()
        await DeferredList(work, consumeErrors=True)
        # Again: what was under way has put its connections back meanwhile.
        for line in self._lines.values():
            await line.close()
        await self.gateway.port.stopListening()

    def said(self) -> str:
        """All that the node printed in all its lives."""
        return (self._folder / LOG).read_text(encoding="utf-8", errors="replace")

    def about_a_kill(self, intent: Intent, seconds: float) -> bool:
        """Whether the Ok for it was read at most so long before a SIGKILL, or after."""
        # What was in our buffers then is read a little after.
        return any(abs(kill - intent.answered) <= seconds for kill in self.kills)

    def repeats(self) -> int:
        """Notifications and reports that came more than once."""
        return sum(seen.total() - 1 for book in (self.books.told, self.books.reports) for seen in book.values())

    def recovery(self) -> float:
        """Seconds from a SIGKILL to the next Ok, of which 99 of 100 are shorter."""
        return sorted(self.gaps)[max(0, -(-len(self.gaps) * 99 // 100) - 1)]

    def summary(self) -> str:
        """One line for people."""
        books = self.books
        resent = sum(each.attempts - 1 for each in books.intents.values() if each.attempts)
        half = sorted(self.gaps)[len(self.gaps) // 2]
        return (
            f"{len(self.kills) + 1} lives, {len(self.kills)} SIGKILLs: {books.accepted} MMs, {len(books.told)} copies, "
            f"{len(books.reports)} reports; {resent} sent again ({books.overtaken} already delivered), "
            f"{books.cut} requests cut, {books.absent} to nobody, {books.late} late, {books.put_off} put off, "
            f"{self.repeats()} pushes repeated; start {self.start:.2f} s, SIGKILL to first Ok p50 {half:.2f} s, "
            f"p99 {self.recovery():.2f} s; {self._reactor.seconds() - self._began:.0f} s in all"
        )
