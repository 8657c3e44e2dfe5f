"""The SQLite store beyond its contract: its files, its owner, group commit, limits, faults of the disk."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import apsw
from msgspec.structs import replace
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList, gatherResults
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.utils import getProcessOutputAndValue
from twisted.python.failure import Failure

from mmse.abstract.delivery import State
from mmse.abstract.storage import Kept
from mmse.errors import Temporary
from mmse.metrics import STORE_ERRORS, STORE_QUEUED
from mmse.store.writer import Lost
from mmse.testing.store.values import CAROL, GRACE, LEASE, NOW, change, ended, put, report, trace
from tests.store.faults import FaultyDisk, broken, full
from tests.store.sites import SQLiteCase

OTHER_PROCESS = """
import fcntl, os, sys
lock = os.open(sys.argv[1], os.O_RDWR)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    print("locked")
"""


class CountingReactor:
    """Counts the calls into the reactor's thread."""

    def __init__(self) -> None:
        self.calls = 0

    def callFromThread(self, function: Any, *args: Any) -> None:
        self.calls += 1
        IReactorFromThreads(reactor).callFromThread(function, *args)


class FileTests(SQLiteCase):
    async def test_for_us_alone(self) -> None:
        """The folder is made, and nobody else reads what is in it."""
        self.folder = self.folder / "deep" / "er"
        store = await self.started(path=str(self.folder / "mmse.db"))
        await store.put(put())
        modes = self.modes()
        self.assertEqual(modes.pop(""), 0o700)
        self.assertEqual(set(modes), {"mmse.db", "mmse.db-wal", "mmse.db-shm", "mmse.db.lock"})
        self.assertEqual(set(modes.values()), {0o600})

    async def test_one_owner(self) -> None:
        """A second store on the same file is told what to do, and does no harm."""
        store = await self.started()
        second = self.store()
        problem = await self.refused(second)
        self.assertIn(f"in use by process {os.getpid()}", problem)
        self.assertIn("stop that process, or name another file", problem)
        await second.stop()
        self.assertEqual(await store.put(put()), Kept("m1"))
        await store.stop()
        await (await self.started()).put(put("m2"))

    async def test_owned_against_other_processes(self) -> None:
        await self.started()
        out, _, _ = await getProcessOutputAndValue(sys.executable, ("-c", OTHER_PROCESS, self.path + ".lock"))
        self.assertEqual(out, b"locked\n")

    async def test_what_cannot_be_opened(self) -> None:
        """No database, or no folder, is a wrong configuration."""
        self.occupy(b"not a database, and longer than the header of one would be" * 9)
        problem = await self.refused(self.store())
        self.assertIn("cannot be opened", problem)
        problem = await self.refused(self.store(path=self.path + "/mmse.db"))
        self.assertIn("cannot be opened", problem)

    async def test_durable_settings(self) -> None:
        """Write-ahead log, and an fsync per commit."""
        disk = FaultyDisk("durable")
        store = await self.started(vfs=disk.name)
        self.assertEqual(apsw.Connection(self.path).pragma("journal_mode"), "wal")
        for i in range(3):
            before = disk.syncs
            await store.put(put(f"m{i}"))
            self.assertGreater(disk.syncs, before)

    async def test_killed(self) -> None:
        """What was answered is in the files at that moment, without anything that a stop would do."""
        store = await self.started()
        given = put(duplicate_key=b"key", duplicate_until=NOW + 9, trail=(trace(),))
        await store.put(given)
        await store.change(ended(given.copies[0], reports=(report(),)))
        reborn = await self.started(path=self.snapshot())
        self.assertEqual(await reborn.content("m1"), given.content)
        self.assertEqual((await reborn.copies("m1"))[0].state, State.RETRIEVED)
        self.assertEqual((await reborn.claim("x", NOW, 9, LEASE)).reports, (report(),))
        self.assertEqual((await reborn.counts())[State.RETRIEVED], 1)
        self.assertEqual(await reborn.put(given), Kept("m1", duplicate=True))

    async def test_the_log_is_carried_over(self) -> None:
        """The write-ahead log stays short however much is put."""
        store = await self.started()
        for _ in range(8):
            await gatherResults([store.put(put(os.urandom(9).hex(), octets=bytes(1_000_000))) for _ in range(8)])
        self.assertLess(os.stat(self.path + "-wal").st_size, 48_000_000)
        self.assertGreater(os.stat(self.path).st_size, 32_000_000)

    def occupy(self, octets: bytes) -> None:
        """Something else stands where the store should be."""
        self.folder.mkdir()
        Path(self.path).write_bytes(octets)

    def snapshot(self) -> str:
        """A copy of the files as they are now."""
        other = Path(self.mktemp())
        other.mkdir()
        for name in ("mmse.db", "mmse.db-wal"):
            shutil.copy(self.folder / name, other)
        return str(other / "mmse.db")


class GroupCommitTests(SQLiteCase):
    async def test_many_to_a_commit(self) -> None:
        """Operations that come together share commits, and calls into the reactor."""
        counting = CountingReactor()
        store = await self.started(reactor=counting)
        calls = counting.calls
        answers = await gatherResults([store.put(put(f"m{i}")) for i in range(200)])
        self.assertEqual(answers, [Kept(f"m{i}") for i in range(200)])
        self.assertLess(self.commits(), 50)
        self.assertLessEqual(counting.calls - calls, self.commits() + 1)

    async def test_read_after_the_answer(self) -> None:
        """Once a commit is answered every read sees it."""
        store = await self.started()
        for i in range(50):
            await store.put(put(f"m{i}"))
            self.assertIsNotNone(await store.message(f"m{i}"))

    async def test_an_answer_that_nobody_waits_for(self) -> None:
        """A caller that went away, or fails on its answer, disturbs no other."""
        store = await self.started()

        def fail(answer: object) -> None:
            raise RuntimeError("the caller's own")

        gone, failing, patient = (store.put(put(name)) for name in ("gone", "failing", "patient"))
        gone.addErrback(lambda failure: None)
        gone.cancel()
        failing.addCallback(fail)
        self.assertEqual(await patient, Kept("patient"))
        await self.assertFailure(failing, RuntimeError)
        self.assertIsNotNone(await store.message("gone"))

    async def test_a_failing_neighbour(self) -> None:
        """An operation that breaks the commit is alone in failing, counts and leases stay right."""
        store = await self.started()
        impossible = put("impossible")
        impossible = replace(impossible, copies=(replace(impossible.copies[0], position=1 << 20),))
        pending = [store.put(put(f"m{i}")) for i in range(5)]
        broken_put = store.put(impossible)
        pending += [store.put(put(f"m{i}")) for i in range(5, 10)]
        await self.assertFailure(broken_put, ValueError)
        self.assertEqual(len(await gatherResults(pending)), 10)
        self.assertEqual((await store.counts())[State.QUEUED], 10)
        self.assertEqual((await store.claim("x", NOW, 99, LEASE)).copies, ())
        self.assertEqual(len((await store.claim("x", LEASE, 99, LEASE + 9)).copies), 10)
        self.assertEqual(self.metrics.value(STORE_ERRORS, "operation"), 1)

    async def test_an_unencodable_text(self) -> None:
        """A lone surrogate is nobody's text: refused, and nothing of it kept."""
        store = await self.started()
        await self.assertFailure(store.put(put("m1", trail=(trace(reason="\udcff"),))), UnicodeEncodeError)
        self.assertIsNone(await store.message("m1"))
        self.assertEqual(await store.put(put("m1")), Kept("m1"))

    async def test_stop_commits_what_is_queued(self) -> None:
        store = await self.started()
        pending = [store.put(put(f"m{i}")) for i in range(100)]
        stopped = store.stop()
        await self.assertFailure(store.put(put("late")), Temporary)
        self.assertEqual(len(await gatherResults(pending)), 100)
        await stopped
        await store.stop()
        store = await self.started()
        self.assertEqual((await store.counts())[State.QUEUED], 100)

    async def test_not_started(self) -> None:
        store = self.store()
        await self.assertFailure(store.put(put()), Temporary)
        await self.assertFailure(store.message("m1"), Temporary)
        await store.stop()

    async def test_rows_that_are_not_remembered(self) -> None:
        """A store that has just started compares with what is on the disk."""
        store = await self.started()
        await gatherResults([store.put(put(f"m{i}", recipients=(CAROL, CAROL))) for i in range(40)])
        await store.stop()
        store = await self.started()
        moves = []
        for i in range(40):
            first, second = await store.copies(f"m{i}")
            moves += [ended(first, reports=(report(f"m{i}"),)), ended(second), ended(second)]
        answers = await gatherResults([store.change(move) for move in moves])
        self.assertEqual(answers, [True, True, False] * 40)
        self.assertEqual(await store.purge(NOW + GRACE, 100), 40)


class LimitTests(SQLiteCase):
    async def test_queue_is_bounded(self) -> None:
        """Beyond ``max_queued`` octets an operation is refused at once; later there is room again."""
        store = await self.started(max_queued=1_000_000)
        waiting = [store.put(put(f"m{i}", octets=bytes(300_000))) for i in range(5)]
        self.assertIsInstance(_failure(waiting[4]), Temporary)
        self.assertGreater(self.metrics.value(STORE_QUEUED), 900_000)
        results = await DeferredList(waiting[:4], consumeErrors=True)
        self.assertEqual([success for success, _ in results], [True] * 3 + [False])
        self.assertEqual(self.metrics.value(STORE_QUEUED), 0)
        self.assertEqual(self.metrics.value(STORE_ERRORS, "queue"), 2)
        self.assertEqual(await store.put(put("m9")), Kept("m9"))

    async def test_little_room(self) -> None:
        """Below ``min_free`` new MMs are refused for now; what is there goes on; looked at once a second."""
        now = [float(NOW)]
        store = await self.started(clock=lambda: now[0])
        given = put()
        await store.put(given)
        store._min_free = 1 << 62
        now[0] += 0.5
        self.assertEqual(await store.put(put("m2")), Kept("m2"))
        now[0] += 0.5
        self.assertIsInstance(_failure(store.put(put("m3"))), Temporary)
        self.assertTrue(await store.change(ended(given.copies[0])))
        self.assertEqual(await store.purge(NOW + GRACE, 9), 1)
        store._min_free = 0
        now[0] += 1.0
        self.assertEqual(await store.put(put("m3")), Kept("m3"))


class DiskTests(SQLiteCase):
    async def test_full(self) -> None:
        """Everything of the commit is taken back and answered as an outage; with room again all goes on."""
        disk = FaultyDisk("full")
        store = await self.started(vfs=disk.name)
        given = put("before")
        await store.put(given)
        disk.fail_write = full
        pending: list[Deferred[Any]] = [
            store.put(put(f"m{i}", duplicate_key=bytes([i]), duplicate_until=NOW + 9)) for i in range(5)
        ]
        pending.append(store.change(ended(given.copies[0])))
        for success, failure in await DeferredList(pending, consumeErrors=True):
            self.assertFalse(success)
            assert isinstance(failure, Failure)
            self.assertIsNotNone(failure.check(Temporary))
        self.assertIsNone(await store.message("m1"))
        self.assertEqual(await store.message("before"), given.message)
        self.assertGreater(self.metrics.value(STORE_ERRORS, "full"), 0)
        disk.fail_write = None
        self.assertEqual(await store.put(put("m1", duplicate_key=b"\x01", duplicate_until=NOW + 9)), Kept("m1"))
        self.assertTrue(await store.change(ended(given.copies[0])))
        counts = await store.counts()
        self.assertEqual((counts[State.QUEUED], counts[State.RETRIEVED]), (1, 1))
        self.assertEqual(self.lost, [])

    async def test_fsync_fails(self) -> None:
        """Nothing more is acknowledged, the process is told to end, and no file is synced again."""
        disk = FaultyDisk("fsync")
        store = await self.started(vfs=disk.name)
        await store.put(put("acknowledged"))
        disk.fail_sync = broken
        doubtful = put("doubtful", duplicate_key=b"key", duplicate_until=NOW + 9)
        pending = [store.put(doubtful), *(store.put(put(f"m{i}")) for i in range(20))]
        results = await DeferredList(pending, consumeErrors=True)
        self.assertEqual({success for success, _ in results}, {False})
        self.assertEqual([type(error) for error in self.lost], [Lost])
        await self.assertFailure(store.put(put("late")), Temporary)
        disk.fail_sync = None
        await self.assertFailure(store.change(change(doubtful.copies[0], State.NOTIFIED)), Temporary)
        syncs = disk.syncs
        await store.stop()
        self.assertEqual((disk.failed_syncs, disk.syncs), (1, syncs))
        # The next life has what was acknowledged, and the phone's repetition of the rest is one MM.
        store = await self.started()
        self.assertIsNotNone(await store.message("acknowledged"))
        kept = await store.put(doubtful)
        again = replace(doubtful, message=replace(doubtful.message, id="second try"))
        self.assertEqual((await store.put(again)).message, "doubtful")
        self.assertEqual(kept.message, "doubtful")
        self.assertEqual(len(await store.copies("doubtful")), 1)

    async def test_write_fails(self) -> None:
        """A disk that cannot be written is as lost as one that cannot be synced."""
        disk = FaultyDisk("write")
        store = await self.started(vfs=disk.name)
        disk.fail_write = broken
        await self.assertFailure(store.put(put()), Temporary)
        self.assertEqual([type(error) for error in self.lost], [Lost])
        disk.fail_write = None
        await store.stop()
        store = await self.started()
        self.assertIsNone(await store.message("m1"))

    async def test_fsync_fails_while_the_log_is_carried_over(self) -> None:
        """A checkpoint is a promise too: what it could not make durable is still in the log."""
        disk = FaultyDisk("checkpoint", only="mmse.db")
        store = await self.started(vfs=disk.name)
        disk.fail_sync = broken
        large = [put(f"m{i}", octets=os.urandom(4_000_000)) for i in range(5)]
        for given in large:
            self.assertEqual(await store.put(given), Kept(given.message.id))
        await self.assertFailure(store.put(put("late")), Temporary)
        self.assertEqual([type(error) for error in self.lost], [Lost])
        disk.fail_sync = None
        await store.stop()
        self.assertEqual(disk.failed_syncs, 1)
        store = await self.started()
        for given in large:
            self.assertEqual(await store.content(given.message.id), given.content)

    async def test_full_while_the_log_is_carried_over(self) -> None:
        """The log keeps all of it, and is carried over when there is room."""
        disk = FaultyDisk("full-checkpoint", only="mmse.db")
        store = await self.started(vfs=disk.name)
        disk.fail_write = full
        for i in range(6):
            self.assertEqual(await store.put(put(f"m{i}", octets=bytes(4_000_000))), Kept(f"m{i}"))
        size = self.size()
        disk.fail_write = None
        await store.put(put("last"))
        await store.message("last")
        self.assertEqual(await store.put(put("very last")), Kept("very last"))
        self.assertGreater(self.size(), size + 24_000_000)
        self.assertEqual(self.lost, [])

    def size(self) -> int:
        """Octets of the database without its log."""
        return os.stat(self.path).st_size


def _failure(answer: Deferred[Any]) -> BaseException:
    """Why a Deferred has failed by now."""
    caught: list[Failure] = []
    answer.addErrback(caught.append)
    assert caught, "it has not failed"
    value = caught[0].value
    assert value is not None
    return value
