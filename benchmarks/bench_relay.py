"""Microseconds of the relay for each stage of an MM's life, on the memory store: ``python benchmarks/bench_relay.py``.

The agent answers at once, so that what is measured is the relay (and the memory store, told apart at the end).
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from twisted.internet import task
from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from mmse.abstract.address import parse
from mmse.abstract.content import Content, Encoding
from mmse.abstract.delivery import Event
from mmse.abstract.elements import Interface, Via
from mmse.abstract.message import Copy, Elements, Message, Recipient, Submission
from mmse.abstract.outcome import Done, Outcome, Waiting
from mmse.abstract.reports import Report
from mmse.interfaces import IDeliveryAgent, Notice, Reference
from mmse.metrics import Metrics
from mmse.relay.directory import chain
from mmse.relay.numbers import Numbers
from mmse.relay.policy import Policy
from mmse.relay.service import Relay
from mmse.settings import Limits, Node, Routing
from mmse.store.memory import MemoryStore

VIA = Via(Interface.MM1, "10.0.0.1")


@implementer(IDeliveryAgent)
class Phones:
    """Every phone is told at once."""

    name = "mm1"

    def __init__(self) -> None:
        self.copies: list[Copy] = []
        self.reports = 0

    def deliver(self, message: Message, copy: Copy) -> Deferred[Outcome]:
        self.copies.append(copy)
        return succeed(Waiting(message.expires))

    def report(self, report: Report) -> Deferred[Outcome]:
        self.reports += 1
        return succeed(Done(Event.TAKEN))


class Stopwatch:
    """A store's methods with the time they took."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.spent = 0.0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)

        def call(*args: Any) -> Any:
            begin = time.perf_counter()
            try:
                return method(*args)
            finally:
                self.spent += time.perf_counter() - begin

        setattr(self, name, call)
        return call


def submissions(count: int) -> list[Submission]:
    """MMs of 30 kB that share one body, as the relay never looks at it."""
    content = Content(encoding=Encoding.WSP, content_type=b"\xb3", data=bytes(30_000), size=30_000)
    return [
        Submission(
            transaction=f"t{number}",
            digest=number.to_bytes(32, "big"),
            originator=parse(f"+1555{number % 5000:07}"),
            recipients=(Recipient(parse(f"+1555{number % 7000:07}")),),
            content=content,
            elements=Elements(delivery_report=True),
        )
        for number in range(count)
    ]


def main() -> None:
    """Print microseconds per MM and stage, best of five rounds."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    best: dict[str, tuple[float, float]] = {}
    for _ in range(5):
        for stage, spent in round_of(count).items():
            best[stage] = min(best.get(stage, spent), spent)
    print(f"{'stage':34} {'all us':>8} {'store us':>9} {'relay us':>9}")
    for stage, (whole, store) in best.items():
        print(f"{stage:34} {whole:8.1f} {store:9.1f} {whole - store:9.1f}")


def round_of(count: int) -> dict[str, tuple[float, float]]:
    """Microseconds per MM, of which the store's."""
    clock = task.Clock()
    clock.advance(1_800_000_000)
    store = Stopwatch(MemoryStore(grace=3600, retention=86_400))
    phones, numbers = Phones(), Numbers()
    relay = Relay(
        store=store,  # type: ignore[arg-type]
        agents={"mm1": phones},
        policy=Policy(node=Node(), limits=Limits()),
        directories=chain(Routing(local=["*"]), [], store, numbers, clock, "mm1"),  # type: ignore[arg-type]
        clock=clock,
        now=clock.seconds,
        random=os.urandom,
        metrics=Metrics(),
        numbers=numbers,
    )
    relay.startService()
    clock.advance(0)
    mms = submissions(count)
    stages: dict[str, Callable[[], object]] = {
        "two numbers, never seen before": lambda: [
            (numbers.normal(mm.originator), numbers.normal(mm.recipients[0].address)) for mm in mms
        ],
        "submit, accepted and notified": lambda: [relay.submit(mm, VIA, "mm1") for mm in mms],
        "the same again": lambda: [relay.submit(mm, VIA, "mm1") for mm in mms],
        "retrieve": lambda: [relay.retrieve(c.token, c.recipient, VIA) for c in phones.copies],
        "tell: fetched": lambda: told(relay, phones.copies, Event.FETCHED),
        "tell: retrieved": lambda: told(relay, phones.copies, Event.RETRIEVED),
        "report": lambda: clock.pump([0.01] * (count // 64 + 2)),
    }
    spent: dict[str, tuple[float, float]] = {}
    for stage, run in stages.items():
        gc.collect()
        before, begin = store.spent, time.perf_counter()
        run()
        took = time.perf_counter() - begin
        spent[stage] = took / count * 1e6, (store.spent - before) / count * 1e6
    if len(phones.copies) != count or phones.reports != count:
        raise SystemExit(f"{len(phones.copies)} notified and {phones.reports} reported of {count}")
    return spent


def told(relay: Relay, copies: list[Copy], event: Event) -> None:
    """What a door tells."""
    for copy in copies:
        relay.tell(Notice(reference=Reference(token=copy.token), event=event, who=copy.recipient), VIA)


if __name__ == "__main__":
    main()
