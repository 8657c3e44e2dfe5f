"""Types of values that only the MMS encapsulation has (OMA-TS-MMS_ENC-V1_3 7.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from mmse.wire import Malformed, Unencodable
from mmse.wire.mmsenc.enumerations import INSERT_ADDRESS, AddressToken, FlagToken, MboxUnit, MessageClass
from mmse.wire.trace import Trace
from mmse.wire.wsp.field import Field
from mmse.wire.wsp.parameters import Parameter, read_media, write_media
from mmse.wire.wsp.types import DateValue, EncodedString, Enumeration, IntegerValue, LongInteger, TextString, ValueType
from mmse.wire.wsp.values import decode_text, read_integer, read_text, read_window, skip, write_text, write_window

__all__ = [
    "Absolute",
    "AddressValue",
    "AttributeValue",
    "Counted",
    "CountedValue",
    "ElementDescriptor",
    "ElementDescriptorValue",
    "Flag",
    "FlagValue",
    "FromValue",
    "MboxAmount",
    "MboxAmountValue",
    "MessageClassValue",
    "Relative",
    "TimeValue",
]

T = TypeVar("T")


def window(data: bytes, pos: int, end: int, trace: Trace | None) -> tuple[int, int]:
    """A Value-length, told."""
    start, stop = read_window(data, pos, end)
    if trace is not None:
        trace(pos, start, "Value-length", f"{stop - start} octets")
    return start, stop


class Absolute(msgspec.Struct, frozen=True):
    """A moment in seconds since 1970-01-01T00:00:00Z."""

    seconds: int


class Relative(msgspec.Struct, frozen=True):
    """A moment in seconds from when the PDU is handled."""

    seconds: int


class TimeValue:
    """Expiry, Delivery-Time and Reply-Charging-Deadline (7.3.20): `Absolute` or `Relative`."""

    grammar = "Value-length (Absolute-token Date-value | Relative-token Delta-seconds-value)"
    _date = DateValue()
    _delta = LongInteger()

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[Absolute | Relative, int]:
        start, stop = window(data, pos, end, trace)
        token = data[start] if start < stop else 0
        if token not in (0x80, 0x81):
            raise Malformed("Absolute (0x80) or Relative (0x81)", start)
        if trace is not None:
            trace(start, start + 1, "Token", "Absolute" if token == 0x80 else "Relative")
        if token == 0x80:
            return Absolute(self._date.read(data, start + 1, stop, trace)[0]), stop
        return Relative(self._delta.read(data, start + 1, stop, trace)[0]), stop

    def write(self, value: Absolute | Relative) -> bytes:
        if isinstance(value, Absolute):
            return write_window(b"\x80" + self._date.write(value.seconds))
        return write_window(b"\x81" + self._delta.write(value.seconds))

    def from_text(self, text: str) -> Absolute | Relative | None:
        return None


AddressValue = EncodedString
"""To, Cc, Bcc: an address as it stands (``+15551230002/TYPE=PLMN``); `mmse.abstract.address` knows its forms."""


class FromValue:
    """From (7.3.21): an address as it stands, or `INSERT_ADDRESS`."""

    grammar = "Value-length (Address-present-token Encoded-string-value | Insert-address-token)"
    _text = EncodedString()

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[str | AddressToken, int]:
        start, stop = window(data, pos, end, trace)
        token = data[start] if start < stop else 0
        if token == 0x81:
            if trace is not None:
                trace(start, start + 1, "Token", "Insert-address")
            return INSERT_ADDRESS, stop
        if token != 0x80:
            raise Malformed("Address-present (0x80) or Insert-address (0x81)", start)
        if trace is not None:
            trace(start, start + 1, "Token", "Address-present")
        return self._text.read(data, start + 1, stop, trace)[0], stop

    def write(self, value: str | AddressToken) -> bytes:
        if isinstance(value, str):
            return write_window(b"\x80" + self._text.write(value))
        return b"\x01\x81"

    def from_text(self, text: str) -> str | AddressToken | None:
        return None


class MessageClassValue:
    """X-Mms-Message-Class (7.3.27): a `MessageClass`, the int of a reserved octet, or a token."""

    grammar = "Class-identifier | Token-text"
    _octet = Enumeration(MessageClass)
    _token = TextString()

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[MessageClass | int | str, int]:
        if pos < end and data[pos] >= 0x80:
            return self._octet.read(data, pos, end, trace)
        return self._token.read(data, pos, end, trace)

    def write(self, value: MessageClass | int | str) -> bytes:
        if isinstance(value, int):
            return self._octet.write(value)
        if not value or not value.isascii() or not value.isprintable():
            raise Unencodable(f"{value!r} is not the token of a message class")
        return write_text(value)

    def from_text(self, text: str) -> MessageClass | int | str | None:
        return self._octet.from_text(text) or text


class Counted(NamedTuple, Generic[T]):
    """A value with the number that pairs it with others: a forwarding (1 is the first), or a status group."""

    number: int
    value: T


class CountedValue(Generic[T]):
    """Previously-Sent-By and -Date, and what Delete.conf counts (7.3.10): `Counted`.

    In a Delete.conf a value without length and count is taken as number 0 (the index base is unverified).
    """

    def __init__(self, inner: ValueType[T], plain: bool = False) -> None:
        self.inner = inner
        self.plain = plain
        self.grammar = f"Value-length Integer-value {inner.grammar}"

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[Counted[T], int]:
        if self.plain and pos < end and data[pos] >= 0x20:
            value, after = self.inner.read(data, pos, end, trace)
            return Counted(0, value), after
        start, stop = window(data, pos, end, trace)
        count, at = read_integer(data, start, stop)
        if trace is not None:
            trace(start, at, "Count", str(count))
        return Counted(count, self.inner.read(data, at, stop, trace)[0]), stop

    def write(self, value: Counted[T]) -> bytes:
        return write_window(_INTEGER.write(value.number) + self.inner.write(value.value))

    def from_text(self, text: str) -> Counted[T] | None:
        return None


_INTEGER = IntegerValue()


class Flag(NamedTuple):
    """One X-Mms-MM-Flags: what to do with a keyword."""

    token: FlagToken
    keyword: str


class FlagValue:
    """X-Mms-MM-Flags (7.3.32): `Flag`."""

    grammar = "Value-length (Add-token | Remove-token | Filter-token) Encoded-string-value"
    _text = EncodedString()

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[Flag, int]:
        start, stop = window(data, pos, end, trace)
        if start == stop or not 0x80 <= data[start] <= 0x82:
            raise Malformed("Add (0x80), Remove (0x81) or Filter (0x82)", start)
        token = FlagToken(data[start])
        if trace is not None:
            trace(start, start + 1, "Token", token.name.capitalize())
        return Flag(token, self._text.read(data, start + 1, stop, trace)[0]), stop

    def write(self, value: Flag) -> bytes:
        return write_window(bytes((value.token,)) + self._text.write(value.keyword))

    def from_text(self, text: str) -> Flag | None:
        return None


class MboxAmount(NamedTuple):
    """One X-Mms-Mbox-Totals or -Quotas: so many messages, or so many octets."""

    unit: MboxUnit
    amount: int


class MboxAmountValue:
    """X-Mms-Mbox-Totals, X-Mms-Mbox-Quotas: `MboxAmount`."""

    grammar = "Value-length (Message-total-token | Size-total-token) Integer-value"

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[MboxAmount, int]:
        start, stop = window(data, pos, end, trace)
        if start == stop or data[start] not in (0x80, 0x81):
            raise Malformed("messages (0x80) or octets (0x81)", start)
        unit = MboxUnit(data[start])
        if trace is not None:
            trace(start, start + 1, "Token", unit.name.lower())
        return MboxAmount(unit, _INTEGER.read(data, start + 1, stop, trace)[0]), stop

    def write(self, value: MboxAmount) -> bytes:
        return write_window(bytes((value.unit,)) + _INTEGER.write(value.amount))

    def from_text(self, text: str) -> MboxAmount | None:
        return None


class AttributeValue:
    """X-Mms-Attributes: the `Field` asked for, or the int of a number without a row; ``row_of`` looks rows up."""

    grammar = "Field-name"

    def __init__(self, row_of: Callable[[int], Field[Any] | None]) -> None:
        self._row_of = row_of

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[Field[Any] | int, int]:
        if pos >= end or data[pos] < 0x80:
            raise Malformed("the number of a field", pos)
        code = data[pos] & 0x7F
        field = self._row_of(code)
        if trace is not None:
            trace(pos, pos + 1, "Field-name", field.name if field is not None else f"0x{code:02X}")
        return code if field is None else field, pos + 1

    def write(self, value: Field[Any] | int) -> bytes:
        code = value if isinstance(value, int) else value.code
        if not 0 <= code < 0x80:
            raise Unencodable(f"{code} is not the number of a field")
        return bytes((code | 0x80,))

    def from_text(self, text: str) -> Field[Any] | int | None:
        return None


class ElementDescriptor(msgspec.Struct, frozen=True):
    """X-Mms-Element-Descriptor: a part by its reference, and parameters, of which only ``type`` has a number."""

    reference: str
    parameters: tuple[Parameter, ...] = ()


class ElementDescriptorValue:
    """X-Mms-Element-Descriptor (7.3.18, whose own table 27 numbers the parameters): `ElementDescriptor`."""

    grammar = "Value-length Text-string *Parameter"

    def read(self, data: bytes, pos: int, end: int, trace: Trace | None = None) -> tuple[ElementDescriptor, int]:
        start, stop = window(data, pos, end, trace)
        octets, at = read_text(data, start, stop)
        reference = decode_text(octets)
        if trace is not None:
            trace(start, at, "Content-Reference", repr(reference))
        parameters: list[Parameter] = []
        while at < stop:
            parameter, after = self._read_parameter(data, at, stop)
            if trace is not None:
                trace(at, after, f"parameter {parameter[0]}", repr(parameter[1]))
            parameters.append(parameter)
            at = after
        return ElementDescriptor(reference, tuple(parameters)), stop

    def _read_parameter(self, data: bytes, pos: int, end: int) -> tuple[Parameter, int]:
        octet = data[pos]
        if octet == 0x82:
            media, after = read_media(data, pos + 1, end)
            return ("type", media), after
        if octet >= 0x80:
            after = skip(data, pos + 1, end)
            return (octet & 0x7F, data[pos + 1 : after]), after
        name, at = read_text(data, pos, end)
        if 0x20 <= (data[at] if at < end else 0) < 0x80:
            value, after = read_text(data, at, end)
            return (decode_text(name), decode_text(value)), after
        after = skip(data, at, end)
        return (decode_text(name), data[at:after]), after

    def write(self, value: ElementDescriptor) -> bytes:
        octets = [write_text(value.reference)]
        for name, parameter in value.parameters:
            if name == "type" and isinstance(parameter, str):
                octets.append(b"\x82" + write_media(parameter))
            elif isinstance(name, int) and isinstance(parameter, bytes):
                octets.append(bytes((name | 0x80,)) + parameter)
            elif isinstance(name, str) and name and not isinstance(parameter, int):
                octets.append(write_text(name) + (write_text(parameter) if isinstance(parameter, str) else parameter))
            else:
                raise Unencodable(f"{name!r}={parameter!r} is not a parameter of an element descriptor")
        return write_window(b"".join(octets))

    def from_text(self, text: str) -> ElementDescriptor | None:
        return None
