"""A real ``twistd`` beside the tests: started on free ports in a folder of its own, heard, signalled, ended."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

__all__ = ["ROOT", "TERMINATED", "Twistd", "free_ports"]

ROOT = Path(__file__).parents[1]
PROGRAM = "from twisted.scripts.twistd import run; run()"
PATIENCE = 60.0

TERMINATED = -signal.SIGTERM
"""How twistd ends after SIGTERM: it stops in order, then sends the signal to itself (as a shell expects)."""


def free_ports(count: int) -> list[int]:
    """TCP ports of loopback that nobody has now."""
    places = [socket.socket() for _ in range(count)]
    try:
        for place in places:
            place.bind(("127.0.0.1", 0))
        return [place.getsockname()[1] for place in places]
    finally:
        for place in places:
            place.close()


class Twistd(ProcessProtocol):
    """One process. ``mm1``, ``console``, ``lab`` are its ports; ``said`` is all that it printed."""

    def __init__(self, folder: str, words: Sequence[str] = ("-n", "mmse"), **settings: str) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.mm1, self.console, self.lab = free_ports(3)
        self.said = ""
        self._heard: list[tuple[str, Deferred[None]]] = []
        self._over: Deferred[int] = Deferred()
        self.code: int | None = None
        place = "tcp:{}:interface=127.0.0.1".format
        environment: Mapping[str, str] = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "MMSE__MM1__HTTP": f'["{place(self.mm1)}"]',
            "MMSE__MM1__PUBLIC_URL": f"http://127.0.0.1:{self.mm1}/",
            "MMSE__CONSOLE__LISTEN": f'["{place(self.console)}"]',
            "MMSE__LAB__LISTEN": f'["{place(self.lab)}"]',
            **settings,
        }
        command = [sys.executable, "-P", "-c", PROGRAM, "--pidfile=", *words]
        self._process: Any = reactor.spawnProcess(self, sys.executable, command, environment, str(self.folder))

    def outReceived(self, data: bytes) -> None:
        self.said += data.decode("utf-8", "replace")
        for heard in [heard for heard in self._heard if heard[0] in self.said]:
            self._heard.remove(heard)
            heard[1].callback(None)

    errReceived = outReceived

    def processEnded(self, reason: Failure) -> None:
        value: Any = reason.value
        self.code = value.exitCode if value.signal is None else -value.signal
        heard, self._heard = self._heard, []
        for text, waiting in heard:
            waiting.errback(AssertionError(f"it ended before it said {text!r}:\n{self.said}"))
        self._over.callback(self.code)

    def hears(self, text: str) -> Deferred[None]:
        """Fires when the process has printed ``text``, and fails when it ends without."""
        waiting: Deferred[None] = Deferred()
        if text in self.said:
            waiting.callback(None)
        else:
            self._heard.append((text, waiting))
            waiting.addTimeout(PATIENCE, reactor)
        return waiting

    def signal(self, name: str) -> None:
        """Send it a signal: TERM, HUP, KILL."""
        self._process.signalProcess(name)

    def over(self) -> Deferred[int]:
        """Fires with its exit status, negative for a signal."""
        if self.code is None:
            self._over.addTimeout(PATIENCE, reactor)
        return self._over

    async def end(self) -> None:
        """Make sure that it is gone."""
        if self.code is None:
            self.signal("KILL")
            await self._over
