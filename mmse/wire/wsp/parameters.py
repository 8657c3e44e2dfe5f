"""Parameters of content types and dispositions (WAP-230-WSP 8.4.2.4): numbered, with a type, or by name.

A parameter is (name, value). The name is lower-case text, or the int of a number nobody assigned; the value is str,
int, or, where it could not be understood, `bytes`: its octets, written back as they were. Octets in which no parameter
can be found any more stand under an empty name.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from mmse.wire import Malformed, Unencodable
from mmse.wire.trace import Trace
from mmse.wire.wsp import charsets
from mmse.wire.wsp.media_types import code_of, media_type_of
from mmse.wire.wsp.values import (
    decode_text,
    read_integer,
    read_text,
    read_uintvar,
    skip,
    unquoted,
    write_integer,
    write_long,
    write_text,
    write_uintvar,
)

__all__ = ["PARAMETERS", "Parameter", "ParameterRow", "read_media", "read_parameters", "write_media", "write_parameter"]

Parameter: TypeAlias = tuple[str | int, str | int | bytes]


class ParameterRow(NamedTuple):
    """One assigned number: its name, the grammar of its value, and whether it is the one we send for that name."""

    code: int
    name: str
    grammar: str
    sent: bool = True


PARAMETERS = (
    ParameterRow(0x00, "q", "Q-value"),
    ParameterRow(0x01, "charset", "Well-known-charset"),
    ParameterRow(0x02, "level", "Version-value"),
    ParameterRow(0x03, "type", "Integer-value", sent=False),
    ParameterRow(0x05, "name", "Text-string"),
    ParameterRow(0x06, "filename", "Text-string"),
    ParameterRow(0x07, "differences", "Field-name"),
    ParameterRow(0x08, "padding", "Short-integer"),
    ParameterRow(0x09, "type", "Constrained-encoding"),
    ParameterRow(0x0A, "start", "Text-string"),
    ParameterRow(0x0B, "start-info", "Text-string"),
    ParameterRow(0x0C, "comment", "Text-string"),
    ParameterRow(0x0D, "domain", "Text-string"),
    ParameterRow(0x0E, "max-age", "Delta-seconds-value"),
    ParameterRow(0x0F, "path", "Text-string"),
    ParameterRow(0x10, "secure", "No-value"),
    ParameterRow(0x11, "sec", "Short-integer"),
    ParameterRow(0x12, "mac", "Text-value"),
    ParameterRow(0x13, "creation-date", "Date-value"),
    ParameterRow(0x14, "modification-date", "Date-value"),
    ParameterRow(0x15, "read-date", "Date-value"),
    ParameterRow(0x16, "size", "Integer-value"),
    # Encoding version 1.4 gave these a Text-value; handsets know the old numbers, so only those are sent.
    ParameterRow(0x17, "name", "Text-value", sent=False),
    ParameterRow(0x18, "filename", "Text-value", sent=False),
    ParameterRow(0x19, "start", "Text-value", sent=False),
    ParameterRow(0x1A, "start-info", "Text-value", sent=False),
    ParameterRow(0x1B, "comment", "Text-value", sent=False),
    ParameterRow(0x1C, "domain", "Text-value", sent=False),
    ParameterRow(0x1D, "path", "Text-value", sent=False),
)
"""Values by grammar: text, media and charset names are str; dates, versions, sizes and Q-values (as coded) are int;
No-value is the empty str."""

_BY_CODE = {row.code: row for row in PARAMETERS}
_SENT = {row.name: row for row in PARAMETERS if row.sent}
_INTEGERS = ("Integer-value", "Short-integer", "Delta-seconds-value", "Date-value")
_TOKEN = frozenset(b"!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~")


def read_media(data: bytes, pos: int, end: int) -> tuple[str, int]:
    """A media type, numbered or in clear: lower-case text; a number nobody assigned reads ``0x....``."""
    if pos < end and 0x20 <= data[pos] <= 0x7F:
        octets, after = read_text(data, pos, end)
        return decode_text(octets).strip().lower(), after
    code, after = read_integer(data, pos, end)
    return media_type_of(code), after


def write_media(media: str) -> bytes:
    """A media type, numbered where handsets know the number."""
    code = code_of(media)
    if code is None:
        if not media or not media.isascii() or not " " < media[0] < "\x7f":
            raise Unencodable(f"{media!r} is not a media type")
        return write_text(media)
    return write_integer(code)


def read_parameters(data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[Parameter, ...]:
    """All parameters up to ``end``. What cannot be told apart any more is kept as the octets of the last one."""
    found: list[Parameter] = []
    while pos < end:
        start = pos
        row: ParameterRow | None = None
        name: str | int
        if data[pos] >= 0x80:
            name, pos = data[pos] & 0x7F, pos + 1
            row = _BY_CODE.get(name)
            if row is not None:
                name = row.name
        else:
            try:
                octets, pos = read_text(data, pos, end)
            except Malformed:
                octets = b""
            if not octets or not octets.isascii():
                # No parameter begins here: a peer that pads, or got a length wrong. The media type is still good.
                found.append(("", data[start:end]))
                if trace is not None:
                    trace(start, end, "not a parameter", data[start:end].hex(" "))
                break
            name = octets.decode("ascii").lower()
        value, after = _read_value(row.grammar if row else "", name, data, pos, end)
        if trace is not None:
            trace(start, pos, f"parameter {name}", row.grammar if row else "")
            trace.inner()(pos, after, "value", repr(value))
        if row is not None and type(value) is bytes:
            name = row.code
        pos = after
        found.append((name, value))
    return tuple(found)


def _read_value(grammar: str, name: str | int, data: bytes, pos: int, end: int) -> tuple[str | int | bytes, int]:
    if not isinstance(name, int):
        try:
            return _read_typed(grammar, name, data, pos, end)
        except Malformed:
            pass
    try:
        after = skip(data, pos, end)
    except Malformed:
        after = end
    return data[pos:after], after


def _read_typed(grammar: str, name: str, data: bytes, pos: int, end: int) -> tuple[str | int, int]:
    if grammar in _INTEGERS:
        return read_integer(data, pos, end)
    if grammar == "Well-known-charset":
        return _read_charset(data, pos, end)
    if grammar == "Constrained-encoding":
        return read_media(data, pos, end)
    if grammar == "Q-value":
        return read_uintvar(data, pos, end)
    if pos < end and data[pos] >= 0x80 and grammar in ("", "Version-value", "Field-name"):
        return data[pos] & 0x7F, pos + 1
    if not grammar and pos < end and 0 < data[pos] < 0x20:
        return read_integer(data, pos, end)
    octets, after = read_text(data, pos, end)
    text = decode_text(octets)
    if grammar in ("", "Text-value"):
        text = unquoted(text)
    if grammar == "" and name == "charset":
        text = text.lower()
    return text, after


def _read_charset(data: bytes, pos: int, end: int) -> tuple[str | int, int]:
    if pos < end and 0x20 <= data[pos] < 0x7F:
        octets, after = read_text(data, pos, end)
        return decode_text(octets).lower(), after
    mib, after = read_integer(data, pos, end)
    return charsets.name_of(mib) or mib, after


def write_parameter(name: str | int, value: str | int | bytes) -> bytes:
    """One parameter; numbered where its name has a number whose grammar takes the value, else by name."""
    if isinstance(name, int):
        if type(value) is not bytes or not 0 <= name < 0x80:
            raise Unencodable(f"parameter number {name} needs its octets")
        return bytes((name | 0x80,)) + value
    if not name and isinstance(value, bytes):
        return value
    row = _SENT.get(name)
    octets = _write_typed(row.grammar, value) if row is not None else None
    if row is not None and octets is not None:
        return bytes((row.code | 0x80,)) + octets
    if name == "type" and isinstance(value, int):
        return b"\x83" + write_integer(value)
    if not name or not all(octet in _TOKEN for octet in name.encode()):
        raise Unencodable(f"{name!r} is not the name of a parameter")
    return write_text(name) + (value if isinstance(value, bytes) else _write_untyped(value))


def _write_typed(grammar: str, value: str | int | bytes) -> bytes | None:
    """The octets of a value in a grammar, or None when that grammar has none for it."""
    if isinstance(value, int):
        if grammar == "Well-known-charset" or grammar == "Integer-value":
            return write_integer(value)
        if grammar == "Q-value":
            return write_uintvar(value)
        if grammar in ("Date-value", "Delta-seconds-value"):
            return write_long(value, 4 if grammar == "Date-value" else 1)
        if grammar in ("Version-value", "Field-name", "Short-integer") and 0 <= value < 0x80:
            return bytes((value | 0x80,))
        return None
    if isinstance(value, bytes):
        return None
    if grammar == "Well-known-charset":
        mib = charsets.mib_of(value)
        return None if mib is None else write_integer(mib)
    if grammar == "Constrained-encoding":
        # One octet or text: a number of two octets does not fit the grammar, so such a type goes as text.
        code = code_of(value)
        return write_media(value) if code is None or code < 0x80 else None
    if grammar in ("Text-string", "Field-name"):
        return write_text(value)
    if grammar == "Text-value":
        return _write_untyped(value)
    if grammar == "No-value" and not value:
        return b"\0"
    return None


def _write_untyped(value: str | int) -> bytes:
    """Integer-value, or Text-value: No-value, Token-text or Quoted-string."""
    if isinstance(value, int):
        return write_integer(value)
    if not value or all(octet in _TOKEN for octet in value.encode("utf-8", "replace")):
        return write_text(value)
    return write_text('"' + value)
