"""The node under test: a real ``twistd`` with a configuration of its own, all that it prints in a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from tests.processes import PATIENCE, PROGRAM, ROOT

__all__ = ["CONFIGURATION", "LOG", "Life"]

CONFIGURATION, LOG = "node.toml", "node.log"

TEXT = """\
[node]
admin = ""
[store]
url = "sqlite:mmse.db"
[routing]
local = ["+1555"]
[mm1]
http = ["tcp:{port}:interface=127.0.0.1"]
public_url = "http://127.0.0.1:{port}/"
trusted_proxies = ["127.0.0.0/8"]
[mm1.notify]
via = ["http"]
[mm1.notify.http]
url = "{gateway}"
[log]
level = "warn"
"""


def configure(folder: Path, port: int, gateway: str) -> None:
    """Write the configuration that all lives have."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIGURATION).write_text(TEXT.format(port=port, gateway=gateway), encoding="ascii")


class Life(ProcessProtocol):
    """One process, from its start on. ``words`` are those of ``twistd``; ``planted`` names the fault of one."""

    def __init__(self, reactor: Any, folder: Path, words: Sequence[str], planted: str = "") -> None:
        self.code: int | None = None
        self._reactor = reactor
        self._over: Deferred[int] = Deferred()
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "MMSE_CRASH_CONFIG": CONFIGURATION,
            "MMSE_CRASH_STORE": planted,
        }
        command = [sys.executable, "-P", "-c", PROGRAM, "--pidfile=", "-n", *words]
        # A disk that fails prints tracebacks by the hundred thousand: into a file, not into our memory.
        with open(os.devnull, "rb") as nothing, open(folder / LOG, "ab") as log:
            files: Any = {0: nothing.fileno(), 1: log.fileno(), 2: log.fileno()}
            self._process: Any = reactor.spawnProcess(
                self, sys.executable, command, environment, str(folder), childFDs=files
            )

    def processEnded(self, reason: Failure) -> None:
        value: Any = reason.value
        self.code = value.exitCode if value.signal is None else -value.signal
        self._over.callback(self.code)

    def signal(self, name: str) -> None:
        """Send it a signal: TERM, KILL."""
        self._process.signalProcess(name)

    def over(self) -> Deferred[int]:
        """Fires with its exit status, negative for a signal."""
        if self.code is None:
            self._over.addTimeout(PATIENCE, self._reactor)
        return self._over

    async def end(self) -> None:
        """Kill it if it lives."""
        if self.code is None:
            self.signal("KILL")
            await self._over
