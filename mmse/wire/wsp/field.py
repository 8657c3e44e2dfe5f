"""A header field as one typed row, and ordered headers looked up by row (DESIGN: declare once; never a dict)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from mmse.wire import Malformed, Unencodable
from mmse.wire.trace import Span, Trace
from mmse.wire.wsp.types import Opaque, ValueType
from mmse.wire.wsp.values import decode_text, read_text, skip, write_text

__all__ = [
    "Field",
    "Header",
    "Raw",
    "Rows",
    "find",
    "find_all",
    "keep_raw",
    "read_header",
    "read_value",
    "rows_of",
    "told_of",
    "write_header",
]

T = TypeVar("T")
# A row is read far more often than written through: whoever asks for an object may ask by the row of a bool.
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, eq=False, slots=True)
class Field(Generic[T_co]):
    """One header field: assigned number (7 bits), name, type of value; where it is defined and since which version.

    ``since`` is 10 for MMS 1.0 ... 13 for 1.3 (0 where versions do not matter). ``element`` names the information
    element of TS 23.140 that it carries. A row is its own key: rows are compared by identity.
    """

    code: int
    name: str
    type: ValueType[T_co]
    clause: str = ""
    since: int = 0
    element: str = ""

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Raw(msgspec.Struct, frozen=True):
    """A value of a known field that its type could not read: kept, written back, and never given to who asks for it."""

    octets: bytes


Header: TypeAlias = tuple["Field[Any] | str", Any]
"""A row and its value, or the name and text of a header in text form."""
Rows: TypeAlias = tuple["Field[Any] | None", ...]
"""256 entries: the row for a first octet; None below 0x80."""


def rows_of(fields: Iterable[Field[Any]]) -> Rows:
    """The dispatch tuple of a code page; numbers without a row get one that keeps the value as octets."""
    rows: list[Field[Any] | None] = [None] * 128
    rows += [Field(code, f"0x{code:02X}", Opaque()) for code in range(128)]
    for field in fields:
        rows[field.code | 0x80] = field
    return tuple(rows)


def find(headers: list[Header], field: Field[T]) -> T | None:
    """The last understood value of a field (a duplicate of a single-valued field: the last wins), or None."""
    for key, value in reversed(headers):
        if key is field and type(value) is not Raw:
            found: T = value
            return found
    return None


def find_all(headers: list[Header], field: Field[T]) -> list[T]:
    """Every understood value of a field, in order."""
    return [value for key, value in headers if key is field and type(value) is not Raw]


def read_value(field: Field[T], data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[T | Raw, int]:
    """The value of a field: typed, or `Raw` by the skip rule when its type cannot read it (then nothing is lost).

    Raises the type's `Malformed` when even the skip rule runs past ``end``.
    """
    if trace is None:
        try:
            return field.type.read(data, pos, end)
        except Malformed as error:
            return keep_raw(data, pos, end, error)
    spans: list[Span] = []
    try:
        value, after = field.type.read(data, pos, end, trace.apart(spans))
    except Malformed as error:
        try:
            raw, after = keep_raw(data, pos, end, error)
        except Malformed:
            trace.replay(spans)
            raise
        trace(pos, after, "Value", f"{data[pos:after].hex(' ')} (not understood: expected {error.expected})")
        return raw, after
    trace.replay(spans)
    if spans and trace.told(after) > spans[-1].end:
        # A length that announces more than the value needs: the rest of its window is passed over.
        rest = after - (trace.told(after) - spans[-1].end)
        trace(rest, after, "passed over", data[rest:after].hex(" "))
    return value, after


def keep_raw(data: bytes, pos: int, end: int, error: Malformed) -> tuple[Raw, int]:
    """A value that its type refused with ``error``, by the skip rule; that ``error`` where the rule fails too."""
    try:
        after = skip(data, pos, end)
    except Malformed:
        raise error from None
    return Raw(data[pos:after]), after


def read_header(
    data: bytes, pos: int, end: int, rows: Rows, names: Mapping[str, Field[Any]], trace: Trace | None = None
) -> tuple[Header | None, int]:
    """One header of any form, and the position after it; None for a shift of code page (8.4.2.6), which is skipped.

    A header in text form whose name is in ``names`` (lower case) becomes its row where its type understands the text.
    """
    octet = data[pos]
    field = rows[octet]
    if field is not None:
        if trace is not None:
            trace(pos, pos + 1, field.name, told_of(field))
            trace = trace.inner()
        value, after = read_value(field, data, pos + 1, end, trace)
        return (field, value), after
    if 0x20 <= octet < 0x7F:
        return _read_named(data, pos, end, names, trace)
    after = pos + (2 if octet == 0x7F else 1)
    if octet == 0 or after > end:
        raise Malformed("a header field", pos)
    if trace is not None:
        trace(pos, after, "Shift", f"code page {data[after - 1]}")
    return None, after


def told_of(field: Field[Any]) -> str:
    """What a trace says of a name octet."""
    return f"field 0x{field.code:02X}" + (f" ({field.clause})" if field.clause else "")


def _read_named(
    data: bytes, pos: int, end: int, names: Mapping[str, Field[Any]], trace: Trace | None
) -> tuple[Header, int]:
    octets, at = read_text(data, pos, end)
    if not octets.isascii():
        raise Malformed("the name of a header", pos)
    name = octets.decode("ascii")
    if trace is not None:
        trace(pos, at, name, "header in text form")
    after = skip(data, at, end)
    raw = data[at:after]
    header: Header = (name, Raw(raw))
    if raw[0] == 0 or 0x20 <= raw[0] < 0x80:
        text = decode_text(raw[1:-1] if raw[0] == 0x7F else raw[:-1])
        field = names.get(name.lower())
        value = field.type.from_text(text) if field is not None else None
        if field is not None and value is not None:
            header = (field, value)
        elif _is_text_of(raw, text):
            header = (name, text)
    if trace is not None:
        trace.inner()(at, after, "Text-string", repr(header[1]))
    return header, after


def _is_text_of(raw: bytes, text: str) -> bool:
    """Whether we would write ``text`` as just these octets: only then is it kept as text and not as octets."""
    octets = text.encode() + b"\0"
    return raw == (b"\x7f" + octets if octets[0] >= 0x7F else octets)


def write_header(key: Field[Any] | str, value: Any) -> bytes:
    """The octets of one header. Raises `Unencodable`."""
    if isinstance(key, str):
        if not key.isascii() or not " " <= key[:1] < "\x7f":
            raise Unencodable(f"{key!r} is not the name of a header")
        name = write_text(key)
    else:
        name = bytes((key.code | 0x80,))
    if type(value) is Raw:
        return name + value.octets
    return name + (write_text(value) if isinstance(key, str) else key.type.write(value))
