"""Octets out of text: bare hexadecimal, and the dumps of xxd, hexdump -C and Wireshark."""

from __future__ import annotations

import itertools
import re

__all__ = ["NotHexadecimal", "from_hex", "is_hex"]


class NotHexadecimal(ValueError):
    """The text is not hexadecimal; it says where."""


_DUMPS = (
    # xxd: "00000000: 8c82 9854  ...."; hexdump -C: "00000000  8c 82  |..|"; Wireshark: "0000   8c 82   ..".
    re.compile(r"\s*[0-9A-Fa-f]{4,8}:\s(?P<hex>(?:[0-9A-Fa-f]{2,}\s?)*)(?:\s.*)?"),
    re.compile(r"\s*[0-9A-Fa-f]{8}(?:\s\s(?P<hex>[0-9A-Fa-f ]*)(?:\|.*\|)?)?\s*"),
    re.compile(r"\s*[0-9A-Fa-f]{4}\s\s\s?(?P<hex>(?:[0-9A-Fa-f]{2}\s?)*)(?:\s\s.*)?"),
)
_SEPARATORS = re.compile(r"(?:0x|\\x|[\s,:;])+", re.IGNORECASE)


def from_hex(text: str) -> list[bytes]:
    """The octets of each line that has any; what follows ``#`` is a comment. A dump with offsets is one run of octets.

    Raises `NotHexadecimal`.
    """
    lines = [(number, line.partition("#")[0]) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line.strip()]
    for dump in _DUMPS:
        found = [dump.fullmatch(line) for _, line in lines]
        # Digits alone could be a short line of anything: a dump shows its offsets growing.
        if all(found) and _offsets([line for _, line in lines]):
            return [b"".join(_octets(match["hex"] or "", 0) for match in found if match)]
    return [_octets(line, number) for number, line in lines]


def _offsets(lines: list[str]) -> bool:
    """Whether the first words of the lines count, from zero."""
    numbers = [int(line.split()[0].rstrip(":"), 16) for line in lines]
    return numbers[:1] == [0] and all(a < b for a, b in itertools.pairwise(numbers))


def _octets(line: str, number: int) -> bytes:
    digits = _SEPARATORS.sub("", line)
    wrong = re.search(r"[^0-9A-Fa-f]", digits)
    if wrong:
        raise NotHexadecimal(f"line {number}: {wrong.group()!r} is not a hexadecimal digit")
    if len(digits) % 2:
        raise NotHexadecimal(f"line {number}: an odd number of digits ({len(digits)})")
    return bytes.fromhex(digits)


def is_hex(data: bytes) -> bool:
    """Whether a file is text that `from_hex` can read, rather than the octets themselves."""
    try:
        return bool(from_hex(data.decode("ascii")))
    except ValueError:
        return False
