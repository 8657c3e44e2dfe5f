"""Types of header values: how one value is read, written and told (WAP-230-WSP 8.4.2, OMA-TS-MMS_ENC-V1_3 7.3).

A type is an object with ``read`` and ``write``; a table row (`mmse.wire.wsp.field.Field`) owns one. ``read`` is bounded
by ``end``, returns the value and the next position, raises `Malformed`, and tells its octets to ``trace`` when there is
one. ``write`` returns the octets of the value and raises `Unencodable`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Generic, Protocol, TypeVar

from mmse.wire import Malformed, Unencodable
from mmse.wire.trace import Trace
from mmse.wire.wsp import charsets
from mmse.wire.wsp.values import (
    QUOTE,
    decode_text,
    read_integer,
    read_text,
    read_window,
    skip,
    unquoted,
    write_integer,
    write_long,
    write_text,
    write_window,
)

__all__ = [
    "DateValue",
    "EncodedString",
    "Enumeration",
    "IntegerValue",
    "LongInteger",
    "Octet",
    "Opaque",
    "QuotedString",
    "TextString",
    "ValueType",
    "VersionValue",
    "YesNo",
    "label",
]

T = TypeVar("T")
E = TypeVar("E", bound=IntEnum)


class ValueType(Protocol[T]):
    """What every type of value can do; ``grammar`` is its name in the standard, for documents."""

    @property
    def grammar(self) -> str:
        """The standard's name of the value's syntax."""

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[T, int]:
        """The value at ``pos`` and the position after it."""

    def write(self, value: T) -> bytes:
        """The octets of a value."""

    def from_text(self, text: str) -> T | None:
        """The value that a header in text form states, or None when it cannot be one."""


def label(member: IntEnum) -> str:
    """An enumeration member as the standard writes it: ``ERROR_SERVICE_DENIED`` is "Error-service-denied"."""
    return member.name.capitalize().replace("_", "-")


class TextString:
    """Text-string or Uri-value: str. ``bare`` drops quotes or angle brackets that peers put around identifiers."""

    grammar = "Text-string"

    def __init__(self, bare: bool = False) -> None:
        self.bare = bare

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[str, int]:
        octets, after = read_text(data, pos, end)
        text = decode_text(octets)
        if trace is not None:
            trace(pos, after, "Text-string", repr(text))
        if self.bare and text[:1] in ('"', "<"):
            text = _bare(text)
        return text, after

    def write(self, value: str) -> bytes:
        return write_text(value)

    def from_text(self, text: str) -> str | None:
        return _bare(text) if self.bare else text


def _bare(text: str) -> str:
    """Without the quotes and angle brackets around it, however many: what is left reads the same the next time."""
    return text.lstrip('"<').rstrip('">') if text[:1] in ('"', "<") else text


class QuotedString:
    """Quoted-string (one quote, at the front only): str, in quotes or not on reading."""

    grammar = "Quoted-string"

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[str, int]:
        octets, after = read_text(data, pos, end)
        text = decode_text(octets)
        if trace is not None:
            trace(pos, after, "Quoted-string", repr(text))
        return unquoted(text), after

    def write(self, value: str) -> bytes:
        return write_text('"' + value)

    def from_text(self, text: str) -> str | None:
        return unquoted(text)


class EncodedString:
    """Encoded-string-value (OMA-TS-MMS_ENC-V1_3 7.3.19): str; written as Text-string when ASCII, else as UTF-8."""

    grammar = "Encoded-string-value"

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[str, int]:
        if pos >= end:
            raise Malformed("an Encoded-string", pos)
        if 0 < data[pos] < 0x20:
            return self._read_with_charset(data, pos, end, trace)
        stop = data.find(0, pos, end)
        if stop < 0:
            raise Malformed("a NUL that ends the text", end)
        octets = data[pos:stop] if data[pos] != QUOTE else data[pos + 1 : stop]
        try:
            text = octets.decode()
        except UnicodeDecodeError:
            text = octets.decode("latin-1")
        if "=?" in text:
            text = charsets.decode_words(text)
        if trace is not None:
            trace(pos, stop + 1, "Text-string", repr(text))
        return text, stop + 1

    def _read_with_charset(self, data: bytes, pos: int, end: int, trace: Trace | None) -> tuple[str, int]:
        start, stop = read_window(data, pos, end)
        if trace is not None:
            trace(pos, start, "Value-length", f"{stop - start} octets")
        if start < stop and 0x20 <= data[start] < 0x80:
            # A length but no charset: some phones write it.
            text = decode_text(read_text(data, start, stop)[0])
            if trace is not None:
                trace(start, stop, "Text-string", f"{text!r} (no Char-set)")
            return text, stop
        mib, at = read_integer(data, start, stop)
        text = charsets.decode(data[at:stop], mib, at)
        if trace is not None:
            trace(start, at, "Char-set", charsets.name_of(mib) or f"MIBenum {mib}")
            trace(at, stop, "Text-string", repr(text))
        return text, stop

    def write(self, value: str) -> bytes:
        # A text that would read as an encoded word, or begin like a length, needs its charset named to stay itself.
        if value.isascii() and "=?" not in value and value[:1] >= " ":
            return write_text(value)
        if not value:
            return b"\0"
        try:
            octets = value.encode()
        except UnicodeEncodeError as error:
            raise Unencodable(f"{value!r} has a lone surrogate") from error
        if 0 in octets:
            raise Unencodable("a text with a NUL in it")
        # The quote stands where the first octet is 0x80 or above (or is a quote itself), and only there.
        return write_window((b"\xea\x7f" if octets[0] >= QUOTE else b"\xea") + octets + b"\0")

    def from_text(self, text: str) -> str | None:
        return charsets.decode_words(text)


class IntegerValue:
    """Integer-value: int. With ``long`` it is written as a Long-integer of at least so many octets; both are read."""

    def __init__(self, grammar: str = "Integer-value", long: int = 0) -> None:
        self.grammar = grammar
        self.long = long

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[int, int]:
        value, after = read_integer(data, pos, end)
        if trace is not None:
            trace(pos, after, self.grammar, str(value))
        return value, after

    def write(self, value: int) -> bytes:
        return write_long(value, self.long) if self.long else write_integer(value)

    def from_text(self, text: str) -> int | None:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def LongInteger() -> IntegerValue:
    """Long-integer: int; a Short-integer is taken too."""
    return IntegerValue("Long-integer", 1)


def DateValue() -> IntegerValue:
    """Date-value: int, seconds since 1970-01-01T00:00:00Z; written in 4 octets (more only when it needs them)."""
    return IntegerValue("Date-value", 4)


class Octet:
    """One octet of 0x80 or above that another table explains: int."""

    grammar = "Octet"

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[int, int]:
        if pos >= end or data[pos] < 0x80:
            raise Malformed("an octet of 0x80 or above", pos)
        if trace is not None:
            trace(pos, pos + 1, "Octet", f"0x{data[pos]:02X}")
        return data[pos], pos + 1

    def write(self, value: int) -> bytes:
        if not 0x80 <= value <= 0xFF:
            raise Unencodable(f"{value} is not an octet of 0x80 or above")
        return bytes((value,))

    def from_text(self, text: str) -> int | None:
        return None


class Enumeration(Generic[E]):
    """One octet: a member of an `IntEnum`, or the int itself where the standard has no member for it."""

    grammar = "Octet"

    def __init__(self, members: type[E]) -> None:
        self.members = members
        known = {int(member): member for member in members}
        self._values: tuple[E | int, ...] = tuple(known.get(octet, octet) for octet in range(256))
        self._labels = {label(member).lower(): member for member in members}

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[E | int, int]:
        if pos >= end or data[pos] < 0x80:
            raise Malformed(f"an octet of 0x80 or above ({self.members.__name__})", pos)
        value = self._values[data[pos]]
        if trace is not None:
            told = label(value) if isinstance(value, IntEnum) else "reserved"
            trace(pos, pos + 1, self.members.__name__, f"{told} (0x{data[pos]:02X})")
        return value, pos + 1

    def write(self, value: E | int) -> bytes:
        if not 0x80 <= value <= 0xFF:
            raise Unencodable(f"{value} is not a value of {self.members.__name__}")
        return bytes((value,))

    def from_text(self, text: str) -> E | None:
        return self._labels.get(text.lower())


class YesNo:
    """Yes (0x80) or No (0x81): bool. Any other octet is not understood and kept raw by the codec."""

    grammar = "Yes | No"

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[bool, int]:
        if pos < end:
            octet = data[pos]
            if octet == 0x80 or octet == 0x81:
                if trace is not None:
                    trace(pos, pos + 1, "Yes | No", "Yes" if octet == 0x80 else "No")
                return octet == 0x80, pos + 1
        raise Malformed("Yes (0x80) or No (0x81)", pos)

    def write(self, value: bool) -> bytes:
        return b"\x80" if value else b"\x81"

    def from_text(self, text: str) -> bool | None:
        return {"yes": True, "no": False}.get(text.lower())


class VersionValue:
    """Version-value (WAP-230-WSP 8.4.2.3): int, major << 4 | minor, where minor 15 means that none was said."""

    grammar = "Version-value"

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[int, int]:
        value: int | None
        if pos < end and data[pos] >= 0x80:
            value, after = data[pos] & 0x7F, pos + 1
        else:
            octets, after = read_text(data, pos, end)
            value = self.from_text(decode_text(octets))
            if value is None:
                raise Malformed("a Version-value", pos)
        if trace is not None:
            minor = "" if value & 15 == 15 else f".{value & 15}"
            trace(pos, after, self.grammar, f"{value >> 4}{minor}")
        return value, after

    def write(self, value: int) -> bytes:
        if not 0 <= value <= 0x7F:
            raise Unencodable(f"{value} is not a version")
        return bytes((value | 0x80,))

    def from_text(self, text: str) -> int | None:
        major, dot, minor = text.partition(".")
        if len(major) != 1 or major not in "01234567" or (dot and not (minor.isascii() and minor.isdigit())):
            return None
        return int(major) << 4 | (min(int(minor[:3]), 14) if dot else 15)


class Opaque:
    """A value whose grammar we do not know: its octets, found by the skip rule and written back as they were."""

    grammar = "(any value)"

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[bytes, int]:
        after = skip(data, pos, end)
        if trace is not None:
            trace(pos, after, "Value", data[pos:after].hex(" "))
        return data[pos:after], after

    def write(self, value: bytes) -> bytes:
        try:
            whole = skip(value, 0, len(value)) == len(value)
        except Malformed:
            whole = False
        if not whole:
            raise Unencodable(f"{value.hex()} is not one value")
        return value

    def from_text(self, text: str) -> bytes | None:
        return None
