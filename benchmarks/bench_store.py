"""What the SQLite store costs: rates with 64 operations outstanding, and microseconds of CPU for each.

    python benchmarks/bench_store.py [--count 4000] [--octets 30000] [--waiting 0] [--busy 0] [--folder DIRECTORY]

``--waiting`` puts so many MMs that wait into the store first. ``--busy`` has the reactor's thread compute for so many
microseconds per answer, as a node does: the store then competes for Python's lock. The first line is the bare price of
making octets durable in the same folder, for comparison. CPU is that of the whole process, the kernel's included.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import react

from mmse.abstract.address import number
from mmse.abstract.charging import ChargeableEvent, Kind, Side
from mmse.abstract.content import Content, Encoding
from mmse.abstract.delivery import State
from mmse.abstract.elements import Interface, Via
from mmse.abstract.message import Copy, Elements, Message, Recipient
from mmse.abstract.storage import Change, Put
from mmse.abstract.trail import Happening, Trace
from mmse.metrics import STORE_COMMIT, Metrics
from mmse.store.sqlite import SQLiteStore

OUTSTANDING = 64
NOW = 1_800_000_000
FAR = NOW + 10**7


SERIAL = count()
"""Time passes: a thousand MMs come in a second."""


def put(octets: bytes, due: int = NOW) -> Put:
    """An MM as the relay puts it: a copy, a charging event, two lines of trail, a duplicate key."""
    name = os.urandom(15).hex()[:22] + "@mms.example"
    recipient = number(f"+1555{int.from_bytes(os.urandom(3), 'big'):08}")
    via = Via(Interface.MM1, "10.11.12.13")
    sender = number("+15551230001")
    message = Message(
        id=name,
        originator=sender,
        recipients=(Recipient(recipient),),
        elements=Elements(subject="A photograph", delivery_report=True),
        accepted=NOW,
        earliest=NOW,
        expires=FAR + 100,
        date=NOW,
        size=len(octets),
        media_types=("application/smil", "image/jpeg", "text/plain"),
        via=via,
        agent="mm1",
    )
    copy = Copy(
        message=name, position=0, recipient=recipient, state=State.QUEUED, due=due, token=os.urandom(16).hex()[:22]
    )
    content = Content(
        encoding=Encoding.WSP,
        content_type=b"\x1f\x23\x81",
        data=octets,
        size=len(octets),
        media_types=message.media_types,
    )
    trail = (
        Trace(message=name, at=NOW, node="mmse", happening=Happening.ACCEPTED, peer="10.11.12.13"),
        Trace(message=name, at=NOW, node="mmse", happening=Happening.ROUTED, position=0, reason="mm1: local"),
    )
    return Put(
        message=message,
        content=content,
        copies=(copy,),
        owner="mmse",
        leased_until=NOW + 30,
        duplicate_key=os.urandom(32),
        duplicate_until=NOW + 86_400 + next(SERIAL) // 1000,
        charges=(charge(message),),
        trail=trail,
    )


def charge(message: Message) -> ChargeableEvent:
    """The submission's charging event."""
    return ChargeableEvent(
        kind=Kind.SUBMISSION,
        side=Side.ORIGINATOR,
        via=message.via,
        message=message.id,
        position=-1,
        recipient=None,
        originator=message.originator,
        at=NOW,
        size=message.size,
    )


def move(copy: Copy, state: State, due: int | None) -> Change:
    """A change as the relay makes it: one line of trail."""
    after = replace(copy, state=state, due=due, ended=None if due else NOW)
    line = Trace(message=copy.message, at=NOW, node="mmse", happening=Happening.NOTIFIED, position=0, reason="http")
    return Change(before=copy, after=after, trail=(line,))


def burn(microseconds: float) -> None:
    """Hold Python's lock, as the protocols of a node do."""
    until = time.perf_counter() + microseconds / 1e6
    while time.perf_counter() < until:
        pass


class Bench:
    """A store, and a table of what was measured."""

    def __init__(self, store: Any, metrics: Metrics, busy: float) -> None:
        self.store = store
        self.metrics = metrics
        self.busy = busy

    def commits(self) -> int:
        """Commits so far."""
        return int(self.metrics.registry.get_sample_value(STORE_COMMIT.name + "_count") or 0)

    async def run(self, name: str, count: int, ask: Callable[[int], Awaitable[Any]]) -> None:
        """``count`` operations, 64 outstanding; prints a line."""
        waits: list[float] = []
        turns = iter(range(count))

        async def one_after_the_other() -> None:
            for turn in turns:
                asked = time.perf_counter()
                await ask(turn)
                waits.append(time.perf_counter() - asked)
                if self.busy:
                    burn(self.busy)

        commits, cpu, wall = self.commits(), time.process_time(), time.perf_counter()
        await gatherResults([Deferred.fromCoroutine(one_after_the_other()) for _ in range(OUTSTANDING)])
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        commits = self.commits() - commits
        waits.sort()
        each = count / commits if commits else 0
        print(
            f"{name:34} {count / wall:9.0f} /s {cpu / count * 1e6 - self.busy:8.0f} us CPU {each:7.1f} a commit"
            f"  p50 {waits[count // 2] * 1e3:6.1f} ms  p99 {waits[count * 99 // 100] * 1e3:6.1f} ms"
        )


def durable(folder: str, octets: int) -> None:
    """64 pieces written, then one fdatasync, over and over: what no store can beat without tricks."""
    path = os.path.join(folder, "plain")
    piece = os.urandom(octets)
    cpu, wall = time.process_time(), time.perf_counter()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(50):
        for _ in range(OUTSTANDING):
            os.write(descriptor, piece)
        os.fdatasync(descriptor)
    os.close(descriptor)
    count = 50 * OUTSTANDING
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    os.unlink(path)
    print(f"{'plain appends, fdatasync per 64':34} {count / wall:9.0f} /s {cpu / count * 1e6:8.0f} us CPU")


async def measure(reactor: Any, options: argparse.Namespace, folder: str) -> None:
    """All of it, in one life of a store."""
    octets = os.urandom(options.octets)
    metrics = Metrics()
    store = SQLiteStore(
        os.path.join(folder, "mmse.db"),
        reactor,
        grace=3600,
        retention=86_400,
        max_queued=1 << 30,
        min_free=0,
        metrics=metrics,
        fatal=lambda error: sys.exit(str(error)),
        clock=lambda: NOW,
    )
    await store.start()
    bench = Bench(store, metrics, options.busy)
    number_of = options.count
    if options.waiting:
        await bench.run("put of 100 octets that waits", options.waiting, lambda i: store.put(put(bytes(100), FAR)))
    puts = [put(octets) for _ in range(number_of)]
    await bench.run(f"put of {options.octets} octets", number_of, lambda i: store.put(puts[i]))
    copies = [given.copies[0] for given in puts]
    await bench.run("change", number_of, lambda i: store.change(move(copies[i], State.NOTIFIED, NOW + 600)))
    await bench.run("located and content", number_of, lambda i: fetch(store, copies[i]))
    claims = number_of // 64
    await bench.run("claim of 64, busy leases", claims, lambda i: store.claim("mmse", NOW + 600, 64, NOW + 630))
    await bench.run("claim of none", 640, lambda i: store.claim("mmse", NOW + 600, 64, NOW + 630))
    copies = [replace(copy, state=State.NOTIFIED, version=1, due=NOW + 600) for copy in copies]
    await bench.run("last change", number_of, lambda i: store.change(move(copies[i], State.RETRIEVED, None)))
    both = [put(octets) for _ in range(number_of)]
    await bench.run("put, then change", number_of, lambda i: put_and_move(store, both[i]))
    purges = number_of // 500
    await bench.run("purge of 500 contents", purges, lambda i: store.purge(NOW + 3600, 500))
    await bench.run("purge of 500 MMs", purges, lambda i: store.purge(NOW + 86_400, 500))
    await store.stop()
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"resident at most {resident:.0f} MiB, file {os.stat(os.path.join(folder, 'mmse.db')).st_size / 1e6:.0f} MB")


async def fetch(store: Any, copy: Copy) -> None:
    """What a phone's GET asks of the store."""
    found = await store.located(copy.token)
    await store.content(found.copy.message)


async def put_and_move(store: Any, given: Put) -> None:
    """What a submission to one phone asks of the store until it is notified."""
    await store.put(given)
    await store.change(move(given.copies[0], State.NOTIFIED, NOW + 600))


def main() -> None:
    """Measure in a folder that is removed afterwards."""
    parser = argparse.ArgumentParser(description="What the SQLite store costs.")
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--octets", type=int, default=30_000)
    parser.add_argument("--waiting", type=int, default=0)
    parser.add_argument("--busy", type=float, default=0.0)
    parser.add_argument("--switch", type=float, default=0.005, help="seconds after which Python's lock is passed on")
    parser.add_argument("--folder", default=None)
    options = parser.parse_args()
    sys.setswitchinterval(options.switch)
    folder = tempfile.mkdtemp(prefix="mmse-bench-", dir=options.folder)
    try:
        durable(folder, options.octets)
        react(lambda reactor: Deferred.fromCoroutine(measure(reactor, options, folder)))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
