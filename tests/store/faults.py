"""A disk that fails when it is told to: a SQLite VFS around the real one."""

from __future__ import annotations

from collections.abc import Callable

import apsw


class FaultyFile(apsw.VFSFile):
    """A file of ``FaultyDisk``."""

    def __init__(self, name: str | apsw.URIFilename | None, flags: list[int], disk: FaultyDisk) -> None:
        super().__init__("", name, flags)
        self.disk = disk
        text = name.filename() if isinstance(name, apsw.URIFilename) else name or ""
        self.fails = text.endswith(disk.only)

    def xSync(self, flags: int) -> None:
        self.disk.syncs += 1
        if self.fails and self.disk.fail_sync is not None:
            self.disk.failed_syncs += 1
            raise self.disk.fail_sync()
        super().xSync(flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        if self.fails and self.disk.fail_write is not None:
            raise self.disk.fail_write()
        super().xWrite(data, offset)


class FaultyDisk(apsw.VFS):
    """Set ``fail_sync`` or ``fail_write`` to what makes the error; None: all is well.

    Only files whose names end with ``only`` fail.
    """

    def __init__(self, name: str, only: str = "") -> None:
        self.name = name
        self.only = only
        self.syncs = 0
        self.failed_syncs = 0
        self.fail_sync: Callable[[], Exception] | None = None
        self.fail_write: Callable[[], Exception] | None = None
        super().__init__(name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        return FaultyFile(name, flags, self)


def full() -> Exception:
    """No room on the disk."""
    return apsw.FullError("no room")


def broken() -> Exception:
    """The disk does not answer."""
    return apsw.IOError("broken")
