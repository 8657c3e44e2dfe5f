"""An explanation as text for people, and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from mmse.wire.explain.values import Explanation, Fault, Range, Section

__all__ = ["as_json", "as_text"]

ROW = 8
"""Octets in one row of hexadecimal."""
LONG = 64
"""A range longer than this is abbreviated, unless all is asked for."""
SHOWN = 16
"""Octets that are shown of an abbreviated one."""
WINDOW = 16
"""Octets shown before and after a fault."""


def as_text(explanation: Explanation, whole: bool = False) -> str:
    """Lines of offset, hexadecimal, name and meaning; ``whole``: long ranges are not abbreviated."""
    lines: list[str] = []
    for section in explanation.sections:
        lines += [f"{section.title}, {len(section.octets)} octets", *(f"  {note}" for note in section.notes), ""]
        lines += _table(section, whole)
        for fault in section.faults:
            lines += ["", *_fault(section.octets, fault)]
        lines.append("")
    lines += [f"BROKEN: {fault}" for fault in explanation.faults]
    return "\n".join(lines).rstrip("\n") + "\n"


def _table(section: Section, whole: bool) -> Iterator[str]:
    width = max(4, len(str(len(section.octets))))
    names = [2 * each.depth + len(each.name) for each in section.ranges]
    column = min(40, max(names, default=0))
    for each in section.ranges:
        name = "  " * each.depth + each.name
        rows = [] if each.container else _rows(section.octets[each.start : each.end], whole)
        meanings = _shown(each.meaning)
        for number in range(max(1, len(rows), len(meanings))):
            hexes = rows[number] if number < len(rows) else ""
            meaning = meanings[number] if number < len(meanings) else ""
            offset = str(each.start) if number == 0 else ""
            yield f"{offset:>{width}}  {hexes:<{3 * ROW}} {name if number == 0 else '':<{column}}  {meaning}".rstrip()


def _rows(octets: bytes, whole: bool) -> list[str]:
    long = len(octets) > LONG and not whole
    shown = octets[:SHOWN] if long else octets
    rows = [shown[at : at + ROW].hex(" ") for at in range(0, len(shown), ROW)]
    return [*rows, f"... ({len(octets)} octets)"] if long else rows


def _shown(text: str) -> list[str]:
    """Lines that do nothing to a terminal: control characters are written as escapes."""
    return ["".join(c if c.isprintable() else repr(c)[1:-1] for c in line) for line in text.splitlines()] or [""]


def _fault(octets: bytes, fault: Fault) -> Iterator[str]:
    yield f"BROKEN at octet {fault.offset} (0x{fault.offset:X}): expected {fault.expected}"
    yield f"  found: {fault.found}"
    first = max(0, fault.offset - WINDOW)
    window = octets[first : fault.offset + WINDOW]
    for at in range(0, len(window) + 1, WINDOW):
        row = window[at : at + WINDOW]
        place = fault.offset - first - at
        letters = "".join(chr(octet) if 0x20 <= octet < 0x7F else "." for octet in row)
        if row:
            yield f"  {first + at:>6}  {row.hex(' '):<{3 * WINDOW}} {letters}"
        if 0 <= place < WINDOW:
            yield f"  {'':>6}  {'   ' * place}^^"


def as_json(explanation: Explanation, whole: bool = False) -> str:
    """One JSON object; hexadecimal of a long range is left to its offsets, unless ``whole``."""
    told = {
        "broken": explanation.broken,
        "faults": list(explanation.faults),
        "sections": [
            {
                "title": section.title,
                "kind": section.kind.value,
                "length": len(section.octets),
                "notes": list(section.notes),
                "ranges": [_range(section.octets, each, whole) for each in section.ranges],
                "faults": [_fault_of(section.octets, fault) for fault in section.faults],
            }
            for section in explanation.sections
        ],
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"


def _range(octets: bytes, each: Range, whole: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "start": each.start,
        "end": each.end,
        "name": each.name,
        "meaning": each.meaning,
        "depth": each.depth,
    }
    if each.container:
        told["container"] = True
    elif whole or each.end - each.start <= LONG:
        told["hex"] = octets[each.start : each.end].hex()
    return told


def _fault_of(octets: bytes, fault: Fault) -> dict[str, Any]:
    first = max(0, fault.offset - WINDOW)
    return {
        "offset": fault.offset,
        "expected": fault.expected,
        "found": fault.found,
        "window": {"start": first, "hex": octets[first : fault.offset + WINDOW].hex()},
    }
