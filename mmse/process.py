"""A node as a process of its own under ``twistd``: its log, signals and exit status, and what it says when ready."""

from __future__ import annotations

import atexit
import os
import shlex
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, TextIO, cast

from twisted.application.service import MultiService
from twisted.internet.error import CannotListenError
from twisted.logger import ILogObserver
from twisted.python.components import Componentized
from twisted.python.failure import Failure
from twisted.python.logfile import LogFile

from mmse import __version__
from mmse.configuration import Loaded
from mmse.errors import Misconfigured, Temporary
from mmse.journal import Lines, log
from mmse.settings import Settings, lab

__all__ = ["Process", "banner"]

FAILED = 1
"""The exit status of a node that could not start, or that could promise nothing any more."""

HERE, THERE = "+447700900007", "+447700900008"
"""Two numbers that Ofcom keeps for drama: no phone has them."""


class Process(MultiService):
    """What ``twistd`` runs: ``node`` (an ``mmse.tap.MMSE``) and what only a process has.

    ``parent`` are twistd's own options, None where there is no twistd. ``ready`` gives the lines to say at the start.
    """

    def __init__(
        self, node: Any, reactor: Any, loaded: Loaded, parent: Any, ready: Callable[[], Sequence[str]]
    ) -> None:
        super().__init__()
        self._node = node
        self._reactor = reactor
        self._loaded = loaded
        self._ready = ready
        self.lines = observer(parent, loaded.settings) if parent is not None else None
        node.setServiceParent(self)

    def setServiceParent(self, parent: Any) -> None:
        """Give the application our log, unless twistd was told of another."""
        super().setServiceParent(parent)
        if self.lines is not None and isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, self.lines)

    def level(self, name: str) -> None:
        """A new least level of the log."""
        if self.lines is not None:
            self.lines.level = name

    def startService(self) -> None:
        for warning in self._loaded.warnings:
            log.warn("Configuration: {reason}", reason=warning)
        self._node.started.addCallbacks(self._say_ready, self._could_not)
        super().startService()
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, lambda number, frame: self._reactor.callFromThread(self._node.reload))

    def _say_ready(self, _: None) -> None:
        for line in self._ready():
            log.info("{reason}", reason=line, plain=True)

    def _could_not(self, failure: Failure) -> None:
        if failure.check(Misconfigured, CannotListenError, Temporary, OSError):
            for line in str(failure.value).splitlines():
                log.critical("Cannot start: {error}", error=line)
        else:
            log.failure("Cannot start", failure)
        fail(self._reactor)

    @staticmethod
    def die(error: BaseException) -> None:
        """End at once: what was acknowledged is on the disk, and nothing else may be (RELIABILITY D6)."""
        log.critical("The store failed, nothing is promised any more: {error}", error=str(error))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(FAILED)


def fail(reactor: Any) -> None:
    """Stop in order, and end with a status that says so: twistd itself would end with 0."""

    def leave() -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(FAILED)

    atexit.register(leave)
    reactor.stop()


def observer(parent: Mapping[str, Any], settings: Settings) -> Lines | None:
    """Our log, where twistd would have put its own; None when it was told ``--syslog`` or ``--logger``."""
    if parent.get("syslog") or parent.get("logger"):
        return None
    name = parent.get("logfile")
    if name == "-" or (parent.get("nodaemon") and not name):
        file: TextIO = sys.stdout
    else:
        rotating = LogFile.fromFullPath(name or "twistd.log")
        if not signal.getsignal(signal.SIGUSR1):
            signal.signal(signal.SIGUSR1, lambda number, frame: rotating.rotate())
        file = cast(TextIO, rotating)
    return Lines(file, settings.log.format, settings.log.level, masked=settings.log.numbers == "masked")


def banner(settings: Settings, places: Mapping[str, Sequence[str]], is_lab: bool) -> list[str]:
    """What listens where; in the lab, two commands to copy into two more terminals."""
    words = {"mm1": "MM1 (phones)", "console": "console", "lab": "lab SMS centre", "admin": "admin socket"}
    told = [f"mmse {__version__} takes messages as {settings.node.name} ({settings.node.domain})"]
    for name, word in words.items():
        for place in places.get(name, ()):
            more = f"  (phones use {settings.mm1.public_url})" if name == "mm1" else ""
            more = "  (/metrics /healthz /readyz)" if name == "console" else more
            told.append(f"  {word:<15} {place}{more}")
    told.append(f"  {'store':<15} {settings.store.url}")
    if is_lab:
        told += ["", "In a second terminal a phone listens, in a third one another sends it a photograph:", ""]
        told += [f"  {command}" for command in commands(settings)] + [""]
    return told


def commands(settings: Settings) -> list[str]:
    """The two commands, as they work in any directory."""
    beside = Path(sys.argv[0]).absolute().parent / "mmse"
    program = shlex.quote(str(beside)) if beside.exists() else f"{shlex.quote(sys.executable)} -m mmse"
    photo = shlex.quote(str(files("mmse.lab") / "data" / "photo.jpg"))
    usual = lab()
    listen = f"{program} phone listen --number {THERE}"
    if settings.lab.listen and settings.lab.listen != usual.lab.listen:
        listen += f" --lab http://127.0.0.1:{settings.lab.listen[0].split(':')[1]}"
    send = f"{program} phone send {photo} --from {HERE} --to {THERE} --subject Hello --report"
    if settings.mm1.public_url != usual.mm1.public_url:
        send += f" --url {shlex.quote(settings.mm1.public_url)}"
    return [listen, send]
