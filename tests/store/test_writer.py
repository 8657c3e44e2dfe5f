"""Group commit over a sink in memory: who is answered what when a commit fails."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import DeferredList
from twisted.internet.interfaces import IReactorFromThreads
from twisted.trial.unittest import TestCase

from mmse.errors import Misconfigured, Temporary
from mmse.metrics import STORE_ERRORS, STORE_QUEUED, Metrics
from mmse.store.operations import Operation, Recover
from mmse.store.writer import BATCH_OCTETS, BATCH_OPERATIONS, Full, Lost, Writer


class Ledger:
    """A sink that does what an operation's owner is called: 'bad' fails, 'full' is full, 'lost' is lost."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.done: list[str] = []
        self.events: list[str] = []
        self.gate = Event()
        self.gate.set()
        self.untidy = False

    def open(self) -> None:
        self.events.append("open")

    def commit(self, batch: Sequence[Operation]) -> list[Any]:
        self.gate.wait(10)
        owners = [operation.owner for operation in batch if isinstance(operation, Recover)]
        self.batches.append(owners)
        for word, error in (("lost", Lost("lost")), ("full", Full("full")), ("bad", KeyError("bad"))):
            if word in owners:
                raise error
        self.done += owners
        return [owner.upper() for owner in owners]

    def tidy(self) -> None:
        if self.untidy:
            raise Lost("untidy")

    def close(self) -> None:
        self.events.append("close")


class Unopened(Ledger):
    def open(self) -> None:
        raise Misconfigured(["store.url: no"])


class WriterTests(TestCase):
    def setUp(self) -> None:
        self.sink = Ledger()
        self.metrics = Metrics()
        self.lost: list[BaseException] = []
        self.writer = self.make(self.sink)

    def make(self, sink: Ledger) -> Writer:
        return Writer(
            IReactorFromThreads(reactor), sink, max_queued=1 << 30, metrics=self.metrics, fatal=self.lost.append
        )

    async def start(self) -> None:
        await self.writer.start()
        self.addCleanup(self.writer.stop)

    async def together(self, *owners: str, octets: int = 10) -> list[Any]:
        """Queue operations while the sink is held, so that one commit has them all; what each was answered."""
        self.sink.gate.clear()
        first = self.writer.submit(Recover("first"), 1)
        pending = [self.writer.submit(Recover(owner), octets) for owner in owners]
        self.sink.gate.set()
        results = await DeferredList([first, *pending], consumeErrors=True)
        return [result if success else result.value for success, result in results[1:]]

    async def test_answers_in_order(self) -> None:
        await self.start()
        self.assertEqual(await self.together("a", "b", "c"), ["A", "B", "C"])
        self.assertEqual(self.metrics.value(STORE_QUEUED), 0)

    async def test_a_failure_is_alone(self) -> None:
        """The others of its commit are done one by one, in their order."""
        await self.start()
        answers = await self.together("a", "bad", "b")
        self.assertEqual([answers[0], type(answers[1]), answers[2]], ["A", KeyError, "B"])
        self.assertEqual([owner for owner in self.sink.done if owner != "first"], ["a", "b"])
        self.assertEqual(self.metrics.value(STORE_ERRORS, "operation"), 1)

    async def test_full_speaks_for_all_of_its_commit(self) -> None:
        await self.start()
        answers = await self.together("a", "full", "b")
        self.assertEqual({type(answer) for answer in answers[-2:]}, {Full})
        self.assertTrue(all(isinstance(answer, Full) or answer == "A" for answer in answers))
        self.assertEqual(self.metrics.value(STORE_ERRORS, "full"), 1)
        self.assertEqual(await self.together("c"), ["C"])

    async def test_lost(self) -> None:
        """Nothing is answered Ok any more, not even what waited already; the owner is told once."""
        await self.start()
        answers = await self.together("a", "lost", *["b"] * BATCH_OPERATIONS)
        self.assertEqual({type(answer) for answer in answers[1:]}, {Temporary})
        self.assertEqual([str(error) for error in self.lost], ["lost"])
        await self.assertFailure(self.writer.submit(Recover("late"), 1), Temporary)
        self.assertNotIn("b", self.sink.done)
        await self.writer.stop()
        self.assertEqual(self.sink.events, ["open", "close"])

    async def test_lost_afterwards(self) -> None:
        """What was committed is answered, nothing after it."""
        await self.start()
        self.sink.untidy = True
        self.assertEqual(await self.writer.submit(Recover("a"), 1), "A")
        await self.assertFailure(self.writer.submit(Recover("b"), 1), Temporary)
        self.assertEqual([str(error) for error in self.lost], ["untidy"])

    async def test_bounds_of_a_commit(self) -> None:
        """Operations, and octets."""
        await self.start()
        await self.together(*["a"] * (BATCH_OPERATIONS + 50))
        self.assertEqual(max(len(batch) for batch in self.sink.batches), BATCH_OPERATIONS)
        self.sink.batches.clear()
        await self.together(*["a"] * 10, octets=BATCH_OCTETS // 2)
        self.assertEqual(max(len(batch) for batch in self.sink.batches if "first" not in batch), 2)

    async def test_not_opened(self) -> None:
        writer = self.make(Unopened())
        await self.assertFailure(writer.start(), Misconfigured)
        await self.assertFailure(writer.submit(Recover("a"), 1), Temporary)
        await writer.stop()

    async def test_stopped_twice(self) -> None:
        await self.start()
        pending = self.writer.submit(Recover("a"), 1)
        await self.writer.stop()
        await self.writer.stop()
        self.assertEqual(await pending, "A")
        self.assertEqual(self.sink.events, ["open", "close"])
