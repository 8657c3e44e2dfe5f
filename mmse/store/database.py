"""The writing side of a SQLite file: opening it as its one owner, commits, checkpoints, and what its errors mean.

All of it runs in one thread (``mmse.store.writer``).
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import apsw

from mmse.abstract.delivery import State
from mmse.abstract.storage import Put
from mmse.errors import Misconfigured, Temporary
from mmse.store import migrate, operations, rows, statements
from mmse.store.batch import Batch
from mmse.store.due import claim
from mmse.store.ledger import Ledger
from mmse.store.operations import Operation
from mmse.store.purge import purge
from mmse.store.statements import texts
from mmse.store.writer import Full, Lost

__all__ = ["Database", "connect"]

PAGE_SIZE = 4096
CACHE_KIB = 16_384
CHECKPOINT_PAGES = 4000
"""Pages in the write-ahead log after which they are carried over into the database."""

STATEMENTS = 200
"""Prepared statements that a connection keeps."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_UNSAFE = frozenset({apsw.SQLITE_IOERR_FSYNC, apsw.SQLITE_IOERR_DIR_FSYNC})


def connect(path: str, vfs: str | None, cache: int) -> apsw.Connection:
    """A connection with our settings; the file may be made by it."""
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    connection = apsw.Connection(path, flags=flags, vfs=vfs, statementcachesize=STATEMENTS)
    connection.set_busy_timeout(5000)
    connection.pragma("cache_size", -cache)
    connection.pragma("temp_store", 2)
    return connection


class Database:
    """One SQLite file, and the lock that says whose it is."""

    def __init__(
        self,
        path: str,
        grace: int,
        retention: int,
        clock: Callable[[], float],
        folder: Traversable,
        vfs: str | None,
    ) -> None:
        self.path = path
        self._grace = grace
        self._retention = retention
        self._clock = clock
        self._folder = folder
        self._vfs = vfs
        self._lock = -1
        self._pages = 0
        self._lost = False
        self._connection: apsw.Connection | None = None
        self._ledger = Ledger({})

    @property
    def counts(self) -> dict[State, int]:
        """How many copies stand in each state, as committed; for any thread."""
        return self._ledger.counts

    # -- Opening and closing -----------------------------------------------------------------------------------------

    def open(self) -> None:
        """Own the file, upgrade it, learn its counters. Raises ``Misconfigured``."""
        try:
            self._own()
            self._open()
        except (OSError, apsw.Error) as error:
            self.close()
            raise Misconfigured([f"store.url: {self.path} cannot be opened: {error}"]) from error
        except BaseException:
            self.close()
            raise

    def _own(self) -> None:
        """One process owns a file: two that write would stall each other for seconds."""
        folder = Path(self.path).absolute().parent
        _make(folder)
        # A file of its own: closing any descriptor of the database would end the locks SQLite has on it.
        self._lock = os.open(self.path + ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.pread(self._lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise Misconfigured(
                [
                    f"store.url: {self.path} is in use by process {owner}: stop that process, or name another file "
                    "(one process owns a SQLite file; several need PostgreSQL)"
                ]
            ) from error
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)

    def _open(self) -> None:
        # SQLite gives its other files the mode of this one.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = self._connection = connect(self.path, self._vfs, CACHE_KIB)
        connection.pragma("page_size", PAGE_SIZE)
        if connection.pragma("journal_mode", "wal") != "wal":
            raise Misconfigured([f"store.url: {self.path} is on a file system on which SQLite has no write-ahead log"])
        connection.pragma("synchronous", "FULL")
        connection.pragma("wal_autocheckpoint", 0)
        migrate.upgrade(connection, self.path, self._folder)
        connection.set_wal_hook(self._logged)
        counters: Any = connection.execute(statements.COUNTERS.sql).fetchall()
        self._ledger = Ledger(dict(counters))

    def _logged(self, connection: apsw.Connection, name: str, pages: int) -> int:
        self._pages = pages
        return apsw.SQLITE_OK

    def close(self) -> None:
        """Carry the log over and let go of the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # What is committed is in the log, which the next start reads; a disk that failed is not asked again.
            if not self._lost:
                with suppress(apsw.Error):
                    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            connection.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    # -- Commits -----------------------------------------------------------------------------------------------------

    def commit(self, batch: Sequence[Operation]) -> list[Any]:
        """Do these operations in one commit; their answers.

        Raises ``Full`` when the disk is, ``Lost`` when nothing may be acknowledged any more, and whatever one of the
        operations raised: then none of them was done.
        """
        connection = self._connection
        assert connection is not None
        try:
            connection.execute("BEGIN IMMEDIATE")
            answers = self._perform(connection, batch)
            connection.execute("COMMIT")
        except BaseException as error:
            self._take_back(connection, error)
            if isinstance(error, apsw.ConstraintError) and len(batch) == 1 and isinstance(batch[0], Put):
                return [self._again(connection, batch[0])]
            raise self._meaning(connection, error) from error
        self._ledger.keep()
        return answers

    def _perform(self, connection: apsw.Connection, operations_: Sequence[Operation]) -> list[Any]:
        batch = Batch(connection, self._ledger, self._grace, self._retention, self._clock)
        batch.prepare(operations_)
        answers = []
        for operation in operations_:
            if batch.stages(operation):
                answers.append(batch.perform(operation))
            else:
                batch.flush()
                answers.append(self._direct(connection, batch, operation))
        batch.finish()
        return answers

    def _direct(self, connection: apsw.Connection, batch: Batch, operation: Operation) -> Any:
        ledger = self._ledger
        all_leases = (ledger.copies, ledger.reports, ledger.charges)
        match operation:
            case operations.Claim():
                return claim(connection.execute, ledger, operation)
            case operations.Renew():
                return sum(leases.prolong(operation.owner, operation.leased_until) for leases in all_leases)
            case operations.Recover():
                return sum(leases.recover(operation.owner) for leases in all_leases)
            case operations.Purge():
                return purge(connection.execute, ledger, batch, operation)
            case operations.Provision():
                batch.write(statements.ADD_SUBSCRIBER, [(s.number, rows.encode(s)) for s in operation.subscribers])
                return len(operation.subscribers)
            case operations.Withdraw():
                connection.execute(statements.REMOVE_SUBSCRIBERS.sql, (texts(operation.numbers),))
                return connection.changes()
        raise TypeError(f"{type(operation).__name__} is no operation of a store")

    def _again(self, connection: apsw.Connection, put: Put) -> Any:
        """An identity exists: of the same MM put again (its answer was lost), or used twice."""
        found = connection.execute(statements.MESSAGE.sql, (put.message.id,)).get
        return rows.kept_again(put, found)

    # -- Errors ------------------------------------------------------------------------------------------------------

    def _take_back(self, connection: apsw.Connection, error: BaseException) -> None:
        self._ledger.take_back()
        if connection.in_transaction:
            try:
                connection.execute("ROLLBACK")
            except apsw.Error as worse:
                self._lost = True
                raise Lost(f"the store cannot take a commit back: {worse}") from error

    def _meaning(self, connection: apsw.Connection, error: BaseException) -> BaseException:
        if isinstance(error, apsw.FullError):
            return Full("the store's disk is full")
        if isinstance(error, apsw.IOError):
            unsafe = getattr(error, "extendedresult", 0) in _UNSAFE
            if connection.system_errno in _NO_ROOM and not unsafe:
                return Full("the store's disk is full")
            self._lost = True
            return Lost(f"the store cannot be written: {error}")
        if isinstance(error, apsw.ConstraintError):
            return Temporary(reason="a token is taken; a new one will do")
        if isinstance(error, apsw.BusyError | apsw.CorruptError | apsw.NotADBError | apsw.NoMemError):
            return Temporary(reason=f"the store: {error}")
        return error

    def tidy(self) -> None:
        """After the answers went out: carry the log over when it is long. Raises ``Lost``."""
        if self._pages < CHECKPOINT_PAGES:
            return
        connection = self._connection
        assert connection is not None
        try:
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.IOError as error:
            meaning = self._meaning(connection, error)
            if isinstance(meaning, Lost):
                # A second fsync of what failed once may say Ok of pages that the kernel has dropped.
                raise meaning from error
        except (apsw.FullError, apsw.BusyError):
            # The log keeps all; it is tried again after the next commit.
            return


def _make(folder: Path) -> None:
    """Make a folder and those above it, for us alone, so that they outlive a power cut."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
