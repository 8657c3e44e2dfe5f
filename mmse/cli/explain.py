"""``mmse explain``: every octet of a PDU, a push or a short message, and where and why a broken one breaks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mmse.cli.usage import Options as UsageOptions
from mmse.cli.usage import UsageError
from mmse.wire.explain import Kind, NotHexadecimal, as_json, as_text, explain, from_hex, is_hex

__all__ = ["Options", "run"]

OK, BROKEN = 0, 1
"""Exit status: understood to the last octet; broken."""
AUTO = "auto"


class Options(UsageOptions):
    """``mmse explain``."""

    synopsis = "[options] FILE|- ..."
    description = (
        "Prints every octet range with its meaning, and where and why a broken PDU breaks (exit status 1). A file "
        "holds octets, or hexadecimal (bare, or a dump of xxd, hexdump -C or Wireshark). Segments of a message are "
        "one line of hexadecimal each, or one file each."
    )
    examples = """
Examples:
  mmse explain m-send.req                        an MMS PDU, parts and all
  echo 8C 83 98 6E 31 00 8D 92 95 81 | mmse explain -
  mmse explain --as segments sms1.hex sms2.hex   put together; missing and repeated ones are named
  mmse explain --json push.bin | python3 -m json.tool
  curl -s http://mmsc/token | mmse explain --binary -
"""
    optParameters = [["as", None, AUTO, f"What it is: {', '.join(kind.value for kind in Kind)} or {AUTO}."]]
    optFlags = [
        ["hex", None, "The input is hexadecimal."],
        ["binary", None, "The input is the octets themselves."],
        ["json", None, "Print JSON."],
        ["full", None, "Print all octets of long ranges, too."],
    ]

    def parseArgs(self, *files: str) -> None:
        """The files."""
        if not files:
            raise UsageError("which file? '-' is the standard input")
        if files.count("-") > 1:
            raise UsageError("the standard input can be read once")
        self["files"] = files

    def postOptions(self) -> None:
        """Refuse what cannot be."""
        if self["hex"] and self["binary"]:
            raise UsageError("--hex and --binary exclude each other")
        words = [AUTO, *(kind.value for kind in Kind)]
        if self["as"] not in words:
            raise UsageError(f"--as {self['as']}: say {', '.join(words)}")

    @property
    def kind(self) -> Kind | None:
        """What the input is said to be; None: find out."""
        return None if self["as"] == AUTO else Kind(self["as"])


def run(options: Options, reactor: Any = None) -> int:
    """Print the explanation; the exit status."""
    runs = [octets for file in options["files"] for octets in _read(options, file)]
    explanation = explain(runs, options.kind)
    sys.stdout.write((as_json if options["json"] else as_text)(explanation, options["full"]))
    return BROKEN if explanation.broken else OK


def _read(options: Options, file: str) -> list[bytes]:
    """The octets in a file: one run, or one for each line of hexadecimal."""
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    if options["binary"] or not (options["hex"] or is_hex(data)):
        return [data]
    try:
        return from_hex(data.decode("ascii", "replace"))
    except NotHexadecimal as error:
        raise UsageError(f"{file}: {error}") from None
