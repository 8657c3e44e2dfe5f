"""One run: a node that is killed again and again under load, then healed; and what the books say."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred, gatherResults
from twisted.internet.task import deferLater

from tests.crash.books import Books
from tests.crash.people import Gateway, Receiver, Sender
from tests.processes import Twistd, free_ports

__all__ = ["Rig"]

HEALING = 60.0
"""Seconds in which everything must have drained after the last crash."""


class Rig:
    """``words`` are those of twistd; ``books`` are open to the test."""

    def __init__(self, reactor: Any, folder: str, seed: int, words: tuple[str, ...] = ("-n", "mmse")) -> None:
        self._reactor = reactor
        self._folder = Path(folder)
        self._words = words
        self._random = Random(seed)
        self.books = Books()
        self.gaps: list[float] = []
        self.healing = HEALING
        self.gateway = Gateway(reactor)
        self._port = free_ports(1)[0]
        url = f"http://127.0.0.1:{self._port}/"
        numbers = [f"+1555200{n:04d}" for n in range(4)]
        self.receivers = [Receiver(reactor, number, url, self.books) for number in numbers]
        senders = [f"+1555100{n:04d}" for n in range(8)]
        self.senders = [
            Sender(reactor, url, number, numbers, self.books, Random(f"{seed} {number}")) for number in senders
        ]
        self.gateway.phones = {
            **{number: sender.pushed for number, sender in zip(senders, self.senders, strict=True)},
            **{number: receiver.pushed for number, receiver in zip(numbers, self.receivers, strict=True)},
        }
        self._running: list[Deferred[None]] = []

    def _node(self) -> Twistd:
        return Twistd(
            str(self._folder),
            self._words,
            MMSE__MM1__HTTP=f'["tcp:{self._port}:interface=127.0.0.1"]',
            MMSE__MM1__PUBLIC_URL=f"http://127.0.0.1:{self._port}/",
            MMSE__MM1__NOTIFY__VIA='["http"]',
            MMSE__MM1__NOTIFY__HTTP__URL=self.gateway.url,
            MMSE__LOG__LEVEL="warn",
        )

    async def live(self, lives: int) -> None:
        """So many lives, each ended by SIGKILL at a moment drawn from the seed."""
        self._running = [ensureDeferred(sender.run()) for sender in self.senders]
        for _ in range(lives):
            node = self._node()
            try:
                await self._answering(node)
                await deferLater(self._reactor, self._random.uniform(0.05, 0.6))
                node.signal("KILL")
            finally:
                await node.end()

    async def _answering(self, node: Twistd) -> None:
        """Wait for the first Ok of this life, and note how long it took from its start."""
        began, answered = self._reactor.seconds(), self._answered()
        while self._answered() == answered:
            if node.code is not None:
                raise AssertionError(f"the node ended by itself:\n{node.said}")
            if self._reactor.seconds() - began > HEALING:
                raise AssertionError(f"the node answers nothing:\n{node.said}")
            await deferLater(self._reactor, 0.01)
        self.gaps.append(self._reactor.seconds() - began)

    def _answered(self) -> int:
        return sum(1 for each in self.books.intents if each.answers)

    async def heal(self) -> int:
        """A last life, in which all must drain; its exit status after SIGTERM."""
        node = self._node()
        try:
            await self._answering(node)
            for sender in self.senders:
                sender.stopping = True
            await gatherResults(self._running, consumeErrors=True)
            until = self._reactor.seconds() + self.healing
            while self._unfinished() and self._reactor.seconds() < until:
                await deferLater(self._reactor, 0.05)
            node.signal("TERM")
            return await node.over()
        finally:
            await node.end()

    def _unfinished(self) -> bool:
        return bool(self.books.owing()) or any(receiver.busy for receiver in self.receivers)

    async def close(self) -> None:
        """Let go of every socket."""
        for receiver in self.receivers:
            for work in list(receiver.busy):
                work.cancel()
            await receiver.close()
        await self.gateway.port.stopListening()

    def summary(self, lives: int) -> str:
        """One line for people."""
        repeats = sum(len(octets) - 1 for octets in self.books.told.values())
        resent = sum(each.attempts - 1 for each in self.books.intents)
        gaps = sorted(self.gaps)
        return (
            f"{lives} SIGKILLs: {self._answered()} MMs answered Ok, {len(self.books.told)} notified, "
            f"{resent} sent again, {self.books.cut} requests without an answer, {repeats} notifications repeated, "
            f"start to first answer {gaps[len(gaps) // 2]:.2f} s, at most {gaps[-1]:.2f} s"
        )
