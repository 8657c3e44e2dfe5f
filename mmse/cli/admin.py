"""The way to a running node: its admin socket, the options by which it is found, and tables to read."""

from __future__ import annotations

import http.client
import os
import socket
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from getopt import GetoptError, gnu_getopt
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from mmse.cli.usage import Options, UsageError
from mmse.configuration import load
from mmse.console.socket import path_of
from mmse.errors import Misconfigured

__all__ = ["AdminOptions", "Node", "NotDone", "age", "clock", "complain", "table", "tell"]

T = TypeVar("T")

TIMEOUT = 60.0
OK, FAILED, UNAVAILABLE = 0, 1, 69
"""Exit status: done; the node said no; there is no node (EX_UNAVAILABLE of sysexits.h)."""


class NotDone(Exception):
    """What was asked for is not done; the text says why, ``status`` is that of the process."""

    def __init__(self, text: str, status: int = FAILED) -> None:
        super().__init__(text)
        self.status = status


class AdminOptions(Options):
    """What every command that talks to a node takes."""

    optParameters: Sequence[Sequence[Any]] = [
        ["config", "c", None, "The configuration of the node: it names the admin socket."],
        ["admin", None, None, "The admin socket itself, a path."],
    ]
    optFlags = [["json", None, "Print what the node said, as JSON."]]

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """As usual, but in any order (``add NUMBER --prepaid``), and a Message-ID that begins with a dash is none."""
        given = list(options or ())
        plain = [word for word in given if word[:1] == "-" and "@" in word and "=" not in word]
        try:
            chosen, rest = gnu_getopt([word for word in given if word not in plain], self.shortOpt, self.longOpt)
        except GetoptError as error:
            raise UsageError(str(error)) from None
        valued = {"--" + name.removesuffix("=") for name in self.longOpt if name.endswith("=")}
        told = [f"{name}={value}" if name in valued else name + value for name, value in chosen]
        super().parseOptions([*told, "--", *rest, *plain])

    def node(self) -> Node:
        """The node these options mean. Raises ``NotDone``."""
        if self["admin"]:
            return Node(path_of(self["admin"]), self["config"])
        try:
            endpoint = load(self["config"], os.environ).settings.node.admin
        except Misconfigured as error:
            raise NotDone("\n".join(error.problems)) from None
        if not endpoint:
            raise NotDone("[node] admin is empty: that node has no admin socket")
        return Node(path_of(endpoint), self["config"])


class _Connection(http.client.HTTPConnection):
    """HTTP over a UNIX socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Node:
    """A running node, asked by its admin API."""

    def __init__(self, path: str, config: str | None = None) -> None:
        self._path = path
        self._config = config
        self._connection = _Connection(path)

    def ask(
        self,
        kind: type[T],
        method: str,
        *pieces: str,
        query: Mapping[str, str | int | Sequence[str]] | None = None,
        body: object = None,
    ) -> T:
        """One request; its answer. Raises ``NotDone`` for everything else."""
        target = "/" + "/".join(quote(piece, safe="") for piece in pieces)
        if query:
            target += "?" + urlencode(query, doseq=True)
        octets = msgspec.json.encode(body) if body is not None else None
        try:
            self._connection.request(method, target, octets, {"Content-Type": "application/json"})
            answer = self._connection.getresponse()
            told = answer.read()
        except PermissionError:
            raise NotDone(f"{self._path}: you may not; the admin socket is its owner's alone", UNAVAILABLE) from None
        except (FileNotFoundError, ConnectionRefusedError):
            raise NotDone(self._absent(), UNAVAILABLE) from None
        except (OSError, http.client.HTTPException) as error:
            raise NotDone(f"{self._path}: {error or type(error).__name__}", UNAVAILABLE) from None
        if answer.status >= 400:
            raise NotDone(_refusal(answer.status, told))
        return msgspec.json.decode(told, type=kind)

    def _absent(self) -> str:
        start = f"twistd -n mmse --config {self._config}" if self._config else "twistd -n mmse"
        return (
            f"No node answers at {os.path.abspath(self._path)}.\nStart one with:  {start}\n"
            "If one runs elsewhere, name its configuration with --config, or its socket with --admin."
        )


def _refusal(status: int, told: bytes) -> str:
    try:
        return str(msgspec.json.decode(told, type=dict[str, Any])["error"])
    except (msgspec.DecodeError, KeyError):
        return f"the node answered {status}"


def tell(value: object) -> None:
    """Print a value as JSON, for programs."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns side by side, numbers to the right; the last one is not padded."""
    cells = [list(columns), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
    right = [len(cells) > 1 and all(_numeric(row[place]) for row in cells[1:]) for place in range(len(columns))]
    lines = []
    for row in cells:
        padded = [
            text.rjust(width) if r else text.ljust(width) for text, width, r in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def _numeric(text: str) -> bool:
    return not text or text.replace(",", "").isdecimal()


def clock(at: float) -> str:
    """A time of day, here."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def age(seconds: float) -> str:
    """A span of time in its largest unit or two: 45s, 12m, 3h20m, 2d4h."""
    whole = int(abs(seconds))
    if whole < 60:
        text = f"{whole}s"
    elif whole < 3600:
        text = f"{whole // 60}m"
    elif whole < 86_400:
        text = f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    else:
        text = f"{whole // 86_400}d{whole % 86_400 // 3600}h"
    return f"-{text}" if seconds < 0 else text


def complain(error: NotDone) -> int:
    """Say why something is not done; the exit status."""
    print(error, file=sys.stderr)
    return error.status
