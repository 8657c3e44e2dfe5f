"""Prints the tables of the code as pages of the documentation, into docs/generated.

``python -m docs.generate`` writes one page per row of `PAGES` whose module exists; ``index.rst`` takes all of them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import msgspec

from docs import machine_svg

OUT = Path(__file__).parent / "generated"


def heading(text: str, rule: str) -> str:
    """A title of reST."""
    return f"{text}\n{rule * len(text)}\n\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], widths: str = "auto") -> str:
    """A list-table; cells are reST, a line break in one stays inside it."""
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for row in (columns, *rows):
        for place, cell in enumerate(row):
            first, *rest = cell.split("\n")
            lines.append(f"   {'*' if place == 0 else ' '} - {first}".rstrip())
            lines.extend(f"       {line}".rstrip() for line in rest)
    return "\n".join([*lines, "", ""])


def literal(text: object) -> str:
    """`text` as a literal of reST; nothing for nothing."""
    shown = str(text)
    return f"``{shown}``" if shown.strip() and "`" not in shown else shown.replace("`", "'") or "(empty)"


# --- machines ---------------------------------------------------------------------------------------------------------


def machines(module: ModuleType) -> str:
    """The life of a copy: its diagram, and what every event does in every state."""
    transitions: dict[tuple[Enum, Enum], Enum] = module.TRANSITIONS
    (OUT / "delivery.svg").write_text(machine_svg.draw(transitions, module.FINAL), encoding="utf-8")
    live = list(dict.fromkeys(state for state, _ in transitions))
    events = sorted({event for _, event in transitions}, key=_order)
    rows = []
    for event in events:
        cells = [transitions.get((state, event)) for state in live]
        rows.append([literal(event.name), *(literal(cell.name) if cell else "" for cell in cells)])
    text = heading("The life of a copy", "=")
    text += f"Drawn from ``{module.__name__}.TRANSITIONS``. "
    text += "An empty cell: the event means nothing there (a repeat, or too late).\n\n"
    text += ".. image:: delivery.svg\n   :alt: states of a copy and the events that move it\n   :width: 100%\n\n"
    text += table(["event", *(literal(state.name) for state in live)], rows)
    text += heading("What a delivery report says", "-")
    told = [[literal(state.name), literal(status.name)] for state, status in module.REPORTED.items()]
    return text + table(["final state", "status"], told)


def _order(member: Enum) -> int:
    return list(type(member)).index(member)


# --- configuration ----------------------------------------------------------------------------------------------------


def _described(kind: msgspec.inspect.Type) -> str:
    """The description in a field's Meta."""
    while isinstance(kind, msgspec.inspect.Metadata):
        text = (kind.extra_json_schema or {}).get("description")
        if text:
            return str(text)
        kind = kind.type
    return ""


def _inner(kind: msgspec.inspect.Type) -> msgspec.inspect.Type:
    while isinstance(kind, msgspec.inspect.Metadata):
        kind = kind.type
    return kind


def _structs(kind: msgspec.inspect.Type) -> tuple[msgspec.inspect.StructType | None, bool]:
    """The Struct inside a field's type, if any, and whether it is an array of tables."""
    kind = _inner(kind)
    if isinstance(kind, msgspec.inspect.StructType):
        return kind, False
    if isinstance(kind, msgspec.inspect.ListType):
        return _structs(kind.item_type)[0], True
    if isinstance(kind, msgspec.inspect.UnionType):
        for part in kind.types:
            if found := _structs(part)[0]:
                return found, _structs(part)[1]
    return None, False


def _kind_name(kind: msgspec.inspect.Type) -> str:
    kind = _inner(kind)
    if isinstance(kind, msgspec.inspect.LiteralType):
        return " | ".join(repr(value) for value in kind.values)
    if isinstance(kind, msgspec.inspect.ListType):
        return f"list of {_kind_name(kind.item_type)}"
    if isinstance(kind, msgspec.inspect.DictType):
        return "table"
    if isinstance(kind, msgspec.inspect.UnionType):
        return " | ".join(_kind_name(part) for part in kind.types)
    names = {"IntType": "integer", "StrType": "string", "BoolType": "true | false", "FloatType": "number"}
    return names.get(type(kind).__name__, type(kind).__name__.removesuffix("Type").lower())


def _default(field: msgspec.inspect.Field) -> str:
    if field.required:
        return "(required)"
    value: Any = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if value is True or value is False:
        return literal(str(value).lower())
    return literal(f'"{value}"' if isinstance(value, str) else value)


def _section(path: str, struct: msgspec.inspect.StructType, repeated: bool) -> str:
    """One table of the file, then the tables inside it."""
    title = f"[[{path}]]" if repeated else f"[{path}]"
    text, inner, rows = "", "", []
    for field in struct.fields:
        child, many = _structs(field.type)
        if child is not None:
            inner += _section(f"{path}.{field.encode_name}" if path else field.encode_name, child, many)
            continue
        rows.append([literal(field.encode_name), _kind_name(field.type), _default(field), _described(field.type)])
    if path:
        first = (struct.cls.__doc__ or "").strip().split("\n\n")[0]
        text = heading(title, "-") + f"{first}\n\n"
    if rows:
        text += table(["key", "type", "default", "meaning"], rows, "20 15 25 40")
    return text + inner


def configuration(module: ModuleType) -> str:
    """Every setting with its type, default and meaning."""
    root = msgspec.inspect.type_info(module.Settings)
    assert isinstance(root, msgspec.inspect.StructType)
    text = heading("Settings", "=")
    text += "Every key of the configuration file. ``mmse sample-config`` prints the same as a file.\n\n"
    return text + _section("", root, False)


# --- metrics and fields -----------------------------------------------------------------------------------------------


def metrics(module: ModuleType) -> str:
    """Every metric with its help text."""
    rows = [[literal(row.name), row.kind, ", ".join(map(literal, row.labels)), row.help] for row in module.ROWS]
    text = heading("Metrics", "=")
    text += "What ``/metrics`` of ``[console] listen`` tells. A counter's name ends with ``_total`` there.\n\n"
    return text + table(["name", "kind", "labels", "meaning"], rows, "30 10 20 40")


def _version(since: int) -> str:
    return f"{since // 10}.{since % 10}" if since else ""


def fields(module: ModuleType) -> str:
    """Every header field of the MMS encapsulation."""
    text = heading("Header fields of MMS", "=")
    text += "OMA-TS-MMS_ENC-V1_3 clause 7.3; the element is the one of TS 23.140 that the field carries.\n\n"
    rows = [
        [
            literal(f"0x{row.code:02X}"),
            row.name,
            literal(getattr(row.type, "grammar", type(row.type).__name__)),
            row.clause,
            _version(row.since),
            literal(row.element) if row.element else "",
        ]
        for row in (*module.FIELDS, *module.INDEXED)
    ]
    return text + table(["code", "field", "value", "clause", "since", "element"], rows, "7 22 31 9 7 24")


class Page(NamedTuple):
    """A page: its file, the module whose tables it prints, and what prints them."""

    name: str
    module: str
    printed_by: Callable[[ModuleType], str]


PAGES: Sequence[Page] = (
    Page("configuration", "mmse.settings", configuration),
    Page("fields", "mmse.wire.mmsenc.fields", fields),
    Page("metrics", "mmse.metrics", metrics),
    Page("machines", "mmse.abstract.delivery", machines),
)


def main() -> int:
    """Write every page whose module exists; the exit code."""
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    for page in PAGES:
        (OUT / f"{page.name}.rst").write_text(page.printed_by(importlib.import_module(page.module)), encoding="utf-8")
        print(f"docs/generated/{page.name}.rst from {page.module}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
