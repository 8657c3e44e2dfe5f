"""The help that every ``mmse`` command prints, and its ``--version``."""

from __future__ import annotations

import os
import textwrap

from twisted.python import usage

from mmse import __version__

__all__ = ["Options", "UsageError", "whole"]

UsageError = usage.UsageError
COLUMNS = 80


class Options(usage.Options):
    """A command line.

    ``description`` is its help in paragraphs, which are wrapped; one that begins with a space (commands to type, lines
    of a configuration) is printed as it stands, and so are the ``examples`` that follow everything. Twisted's own
    ``longdesc`` would make one paragraph of it all, so it stays empty.
    """

    longdesc = ""
    description = ""
    examples = ""

    def __init__(self) -> None:
        super().__init__()
        # What is empty unless it is said has no default worth a word.
        self.defaults = {name: value for name, value in self.defaults.items() if value != ""}

    def getSynopsis(self) -> str:
        """What is to be typed. Of a command whose subcommand was named, only its name: the rest is the subcommand's."""
        if self.parent is None or getattr(self, "subCommand", None) is None:
            synopsis: str = super().getSynopsis().rstrip()
            return synopsis
        return f"{self.parent.getSynopsis()} {self.parent.subCommand}"

    def getUsage(self, width: int | None = None) -> str:
        """What it does, its options and commands, its examples."""
        if hasattr(self, "subOptions"):
            told: str = self.subOptions.getUsage(width)
            return told
        width = width or int(os.environ.get("COLUMNS") or COLUMNS)
        return f"{_wrapped(self.description, width)}{super().getUsage(width)}{self.examples}"

    def opt_version(self) -> None:
        """Print the version and exit."""
        print(f"mmse {__version__}")
        raise SystemExit(0)


def whole(text: str) -> int:
    """The value of an option that is a whole number."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is no whole number") from None


def _wrapped(text: str, width: int) -> str:
    """Paragraphs filled, but those that begin with a space; with an empty line before and after."""
    if not text:
        return ""
    paragraphs = text.strip("\n").split("\n\n")
    filled = (each if each[0] == " " else textwrap.fill(each, width, break_on_hyphens=False) for each in paragraphs)
    return "\n" + "\n\n".join(filled) + "\n\n"
