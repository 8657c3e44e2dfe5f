"""The vocabulary of log events, and the two ways to write them: one line an event, or one JSON object a line.

Every line about an MM carries its Message-ID as ``mm``; none carries a body or a secret. What else an event may carry
are the names of ``FIELDS``: a word means the same in every line.
"""

from __future__ import annotations

import re
import string
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TextIO

import msgspec
from twisted.logger import ILogObserver, LogEvent, Logger, LogLevel, formatEvent
from twisted.python.failure import Failure
from zope.interface import implementer

__all__ = ["FIELDS", "LEVELS", "Journal", "Lines", "log"]

FIELDS: Mapping[str, str] = {
    "mm": "Message-ID of the MM that the line is about.",
    "position": "Index of the recipient among the MM's recipients.",
    "originator": "Who sent the MM.",
    "recipient": "Whom the copy is for.",
    "event": "What happened to a copy.",
    "happening": "What happened, as the trail calls it.",
    "state": "State of a copy.",
    "final": "Whether that state is its last.",
    "due": "When something is to be done again, seconds since 1970.",
    "expires": "When the MM expires, seconds since 1970.",
    "status": "Status that was answered.",
    "text": "Text for people that went with the status.",
    "pdu": "Name of a PDU.",
    "operation": "What was asked for.",
    "interface": "The reference point.",
    "peer": "Address or name of who is at the other end.",
    "who": "Whom the network names as the asker.",
    "bearer": "Name of a bearer of notifications.",
    "agent": "Name of a delivery agent.",
    "reason": "Why.",
    "why": "What an outage said of itself.",
    "detail": "What exactly was wrong with what a peer sent.",
    "error": "What failed, in one line.",
    "key": "The row that was worked on.",
    "path": "Path of a setting.",
    "place": "Where something listens: an endpoint, a file.",
    "count": "How many.",
    "recovered": "How many rows.",
    "size": "Octets of an MM.",
    "moved": "Seconds by which the clock jumped.",
    "pause": "Seconds for which something is put off.",
    "owner": "The process that has leases.",
    "user": "Who did it: a user of the console, of the admin socket.",
    "plain": "The line is for reading and copying: its text is written as it is.",
}
"""What a line may carry beside its text."""

LEVELS: Mapping[str, LogLevel] = {
    "debug": LogLevel.debug,
    "info": LogLevel.info,
    "warn": LogLevel.warn,
    "error": LogLevel.error,
}
"""The values of ``[log] level``."""


class Journal(Logger):
    """A logger whose lines say which part of mmse speaks: ``mm1``, ``relay``, ``store``."""

    def emit(self, level: LogLevel, format: str | None = None, **kwargs: object) -> None:  # noqa: A002 - as Logger has it
        """Tell an event; its ``system`` is the package of the caller's module."""
        frame = sys._getframe(1)
        name = frame.f_globals.get("__name__", "")
        while name in _BETWEEN and frame.f_back is not None:
            frame = frame.f_back
            name = frame.f_globals.get("__name__", "")
        super().emit(level, format, log_system=_system(name), **kwargs)


_BETWEEN = frozenset({"twisted.logger._logger", __name__})


@lru_cache(1000)
def _system(module: str) -> str:
    return module.removeprefix("mmse.").partition(".")[0]


log = Journal(namespace="mmse")


@implementer(ILogObserver)
class Lines:
    """Writes events of at least ``level`` to ``file``, as text or as JSON lines.

    Of what Twisted itself says only warnings and errors are written, and all of it at level debug. ``masked``: the
    middle of telephone numbers is not written, wherever they stand.
    """

    def __init__(
        self,
        file: TextIO,
        format: str = "text",  # noqa: A002 - the setting's name
        level: str = "info",
        masked: bool = False,
    ) -> None:
        self._file = file
        self._write = _json if format == "json" else _text
        self._masked = masked
        self.level = level

    def __call__(self, event: LogEvent) -> None:
        level = event.get("log_level", LogLevel.info)
        least = LEVELS[self.level]
        ours = event.get("log_namespace") == log.namespace
        if level < (least if ours or least is LogLevel.debug else max(least, LogLevel.warn)):
            return
        try:
            traceback = _traceback(event)
            if self._masked and not event.get("plain"):
                event, traceback = _masked(event), _hidden(traceback)
            line = self._write(event, level, ours, traceback)
        except Exception as error:  # noqa: BLE001 - a line that cannot be written must not end what it tells of
            line = f"A line of the log could not be written: {error!r}"
        self._file.write(line + "\n")
        self._file.flush()


_NUMBER = re.compile(r"(?<![\w/@.-])\+?[0-9]{7,15}(?![\w@-])")
"""A telephone number in text. Message-IDs, tokens and paths have no such run between such neighbours."""


def _without_middle(number: re.Match[str]) -> str:
    text = number[0]
    first = 5 if len(text) > 9 else 3
    return text[:first] + "x" * (len(text) - first - 2) + text[-2:]


def _masked(event: LogEvent) -> LogEvent:
    """The event with its texts masked: sizes and times are numbers, not texts, and stay."""
    return {name: _hidden(value) if name not in _PLAIN else value for name, value in event.items()}


_PLAIN = frozenset({"mm", "log_format", "log_time", "log_level", "log_namespace", "log_system", "log_failure"})


def _hidden(value: Any) -> Any:
    if isinstance(value, BaseException):
        value = str(value)
    return _NUMBER.sub(_without_middle, value) if isinstance(value, str) else value


def _time(event: LogEvent) -> str:
    at = datetime.fromtimestamp(event.get("log_time", 0.0), UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _said_by(event: LogEvent, ours: bool) -> str:
    return str(event.get("log_system" if ours else "log_namespace") or "-")


def _text(event: LogEvent, level: LogLevel, ours: bool, traceback: str) -> str:
    told = formatEvent(event)
    if event.get("plain"):
        return told
    fields = "".join(f"  {name}={_value(value)}" for name, value in _fields(event, ours) if value is not None)
    line = f"{_time(event)} {level.name:<5} {_said_by(event, ours):<8} {_one_line(told).rstrip()}{fields}"
    return line + "".join(f"\n    {row}" for row in traceback.splitlines())


def _json(event: LogEvent, level: LogLevel, ours: bool, traceback: str) -> str:
    told: dict[str, Any] = {
        "time": _time(event),
        "level": level.name,
        "system": _said_by(event, ours),
        "msg": formatEvent(event),
    }
    told.update(_fields(event, ours, everything=True))
    if traceback:
        told["traceback"] = traceback
    return msgspec.json.encode(told, enc_hook=str).decode()


def _fields(event: LogEvent, ours: bool, everything: bool = False) -> Iterator[tuple[str, Any]]:
    """What the event carries and (unless ``everything``) its text does not say, the MM first."""
    if not ours:
        return
    said = frozenset() if everything else _named(event.get("log_format") or "")
    names = [name for name in event if name not in said and not name.startswith("log_") and name != "plain"]
    for name in sorted(names, key=lambda name: name != "mm"):
        yield name, event[name]


@lru_cache(1000)
def _named(template: str) -> frozenset[str]:
    try:
        return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)
    except ValueError:
        return frozenset()


def _value(value: object) -> str:
    text = _one_line(str(value))
    return f'"{text}"' if " " in text or not text else text


def _one_line(text: str) -> str:
    """Text from anywhere, on one line: a peer must not be able to write lines of its own."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _traceback(event: LogEvent) -> str:
    failure = event.get("log_failure")
    # Never by getTraceback(detail="verbose"): the values of variables are bodies and secrets.
    return failure.getTraceback(elideFrameworkCode=True) if isinstance(failure, Failure) else ""
