"""The user data header of a short message: an ordered list of information elements (3GPP TS 23.040 9.2.3.24)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import msgspec

from mmse.wire import Malformed, Unencodable
from mmse.wire.trace import Trace

__all__ = [
    "CONCATENATION_8",
    "CONCATENATION_16",
    "ELEMENTS",
    "NO_HEADER",
    "PORTS_8",
    "PORTS_16",
    "Concatenation",
    "Element",
    "Ports",
    "UserDataHeader",
    "decode",
    "name_of",
]

T = TypeVar("T")


class Ports(NamedTuple):
    """Application port addressing: whom the user data is for, and from whom."""

    destination: int
    originator: int


class Concatenation(NamedTuple):
    """One short message of a concatenated set: ``sequence`` counts from 1 to ``total``."""

    reference: int
    total: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Element(Generic[T]):
    """A row of the table of information elements, and the typed key under which a header gives its value.

    ``length`` is in octets, None where the standard leaves it open. ``read`` answers None for a value that the
    standard says to ignore; ``write`` takes what ``read`` gives.
    """

    identifier: int
    name: str
    length: int | None
    read: Callable[[bytes], T | None]
    write: Callable[[T], bytes]
    say: Callable[[T], str]
    clause: str = "9.2.3.24"

    def tell(self, octets: bytes) -> str:
        """The value in words."""
        value = self.read(octets)
        return f"ignored: {_hex(octets)}" if value is None else self.say(value)


def _ports(width: int) -> tuple[Callable[[bytes], Ports | None], Callable[[Ports], bytes]]:
    def read(octets: bytes) -> Ports:
        return Ports(int.from_bytes(octets[:width], "big"), int.from_bytes(octets[width:], "big"))

    def write(ports: Ports) -> bytes:
        return _number(ports.destination, width, "port") + _number(ports.originator, width, "port")

    return read, write


def _concatenation(width: int) -> tuple[Callable[[bytes], Concatenation | None], Callable[[Concatenation], bytes]]:
    def read(octets: bytes) -> Concatenation | None:
        found = Concatenation(int.from_bytes(octets[:width], "big"), octets[width], octets[width + 1])
        # 9.2.3.24.1: a total or a sequence of zero, or a sequence past the total: ignore the element.
        return found if 1 <= found.sequence <= found.total else None

    def write(value: Concatenation) -> bytes:
        if not 1 <= value.sequence <= value.total <= 255:
            raise Unencodable(f"segment {value.sequence} of {value.total}")
        return _number(value.reference, width, "reference") + bytes((value.total, value.sequence))

    return read, write


def _number(value: int, width: int, what: str) -> bytes:
    if not 0 <= value < 1 << 8 * width:
        raise Unencodable(f"{what} {value} does not fit {8 * width} bits")
    return value.to_bytes(width, "big")


def _as_is(octets: bytes) -> bytes:
    return octets


def _hex(octets: bytes) -> str:
    return octets.hex(" ") or "empty"


def _say_ports(ports: Ports) -> str:
    return f"to {_port(ports.destination)}, from {_port(ports.originator)}"


def _say_concatenation(value: Concatenation) -> str:
    return f"reference {value.reference}, segment {value.sequence} of {value.total}"


def _port(port: int) -> str:
    known = PORT_NAMES.get(port)
    return f"{port} ({known})" if known else str(port)


PORT_NAMES = {
    2805: "wap-wta-secure",
    2923: "wap-wta-secure-session",
    2948: "wap-push",
    2949: "wap-push-secure",
    9200: "wap-wsp",
    9201: "wap-wsp-wtp",
    9202: "wap-wsp-s",
    9203: "wap-wsp-wtp-s",
    9204: "wap-vcard",
    9205: "wap-vcal",
    9206: "wap-vcard-s",
    9207: "wap-vcal-s",
}
"""Registered WDP ports (WAP-259-WDP appendix B)."""

CONCATENATION_8 = Element(
    0x00, "Concatenation (8-bit reference)", 3, *_concatenation(1), _say_concatenation, "9.2.3.24.1"
)
PORTS_8 = Element(0x04, "Application ports (8-bit)", 2, *_ports(1), _say_ports, "9.2.3.24.3")
PORTS_16 = Element(0x05, "Application ports (16-bit)", 4, *_ports(2), _say_ports, "9.2.3.24.4")
CONCATENATION_16 = Element(
    0x08, "Concatenation (16-bit reference)", 4, *_concatenation(2), _say_concatenation, "9.2.3.24.8"
)


def _opaque(identifier: int, name: str, length: int | None = None) -> Element[bytes]:
    return Element(identifier, name, length, _as_is, _as_is, _hex)


# Names and identifiers: TS 23.040 9.2.3.24; lengths are held only where we obey the element.
_OTHERS = (
    _opaque(0x01, "Special SMS message indication"),
    _opaque(0x06, "SMSC control parameters"),
    _opaque(0x07, "UDH source indicator"),
    _opaque(0x09, "Wireless Control Message Protocol"),
    _opaque(0x0A, "Text formatting"),
    _opaque(0x0B, "Predefined sound"),
    _opaque(0x0C, "User defined sound"),
    _opaque(0x0D, "Predefined animation"),
    _opaque(0x0E, "Large animation"),
    _opaque(0x0F, "Small animation"),
    _opaque(0x10, "Large picture"),
    _opaque(0x11, "Small picture"),
    _opaque(0x12, "Variable picture"),
    _opaque(0x13, "User prompt indicator"),
    _opaque(0x14, "Extended object"),
    _opaque(0x15, "Reused extended object"),
    _opaque(0x16, "Compression control"),
    _opaque(0x17, "Object distribution indicator"),
    _opaque(0x18, "Standard WVG object"),
    _opaque(0x19, "Character size WVG object"),
    _opaque(0x1A, "Extended object data request command"),
    _opaque(0x20, "RFC 822 e-mail header"),
    _opaque(0x21, "Hyperlink format element"),
    _opaque(0x22, "Reply address element"),
    _opaque(0x23, "Enhanced voice mail information"),
    _opaque(0x24, "National language single shift"),
    _opaque(0x25, "National language locking shift"),
)
ELEMENTS: dict[int, Element[Ports] | Element[Concatenation] | Element[bytes]] = {
    CONCATENATION_8.identifier: CONCATENATION_8,
    PORTS_8.identifier: PORTS_8,
    PORTS_16.identifier: PORTS_16,
    CONCATENATION_16.identifier: CONCATENATION_16,
    **{row.identifier: row for row in _OTHERS},
}
_RANGES = (
    (0x1B, 0x1F, "Reserved for EMS"),
    (0x70, 0x7F, "(U)SIM toolkit security header"),
    (0x80, 0x9F, "SME to SME specific"),
    (0xC0, 0xDF, "SC specific"),
    (0x00, 0xFF, "Reserved"),
)


def name_of(identifier: int) -> str:
    """What the standard calls an element, or the range it lies in."""
    if identifier in ELEMENTS:
        return ELEMENTS[identifier].name
    return next(name for first, last, name in _RANGES if first <= identifier <= last)


class UserDataHeader(msgspec.Struct, frozen=True):
    """Information elements in their order: (identifier, octets), those that we do not know kept as they are."""

    elements: tuple[tuple[int, bytes], ...] = ()

    @classmethod
    def of(cls, *elements: tuple[Element[T], T]) -> UserDataHeader:
        """A header of typed elements of one type of value; join headers with ``+``."""
        return cls(tuple((kind.identifier, kind.write(value)) for kind, value in elements))

    def __add__(self, other: UserDataHeader) -> UserDataHeader:
        return UserDataHeader(self.elements + other.elements)

    def get(self, *kinds: Element[T]) -> T | None:
        """The last value of these kinds that need not be ignored.

        Of a repeated element, and of elements that exclude each other, the last one holds (9.2.3.24).
        """
        for identifier, octets in reversed(self.elements):
            for kind in kinds:
                if identifier == kind.identifier and (value := kind.read(octets)) is not None:
                    return value
        return None

    @property
    def ports(self) -> Ports | None:
        """The ports, 8- or 16-bit."""
        return self.get(PORTS_8, PORTS_16)

    @property
    def concatenation(self) -> Concatenation | None:
        """The place in a concatenated set, by an 8- or 16-bit reference."""
        return self.get(CONCATENATION_8, CONCATENATION_16)

    @property
    def wide(self) -> bool:
        """Whether the reference of the concatenation that holds has 16 bits: 5A and 005A are different sets."""
        for identifier, octets in reversed(self.elements):
            if identifier == CONCATENATION_16.identifier and CONCATENATION_16.read(octets) is not None:
                return True
            if identifier == CONCATENATION_8.identifier and CONCATENATION_8.read(octets) is not None:
                return False
        return False

    def encode(self) -> bytes:
        """The header with its length octet; nothing at all for a header without elements."""
        if not self.elements:
            return b""
        octets = b"".join(bytes((identifier, len(value))) + value for identifier, value in self.elements)
        if len(octets) > MAX_LENGTH:
            raise Unencodable(f"a user data header of {len(octets)} octets")
        return bytes((len(octets),)) + octets


MAX_LENGTH = 139
"""Octets of elements that leave a short message its 140 octets, the length octet counted."""

NO_HEADER = UserDataHeader()


def decode(data: bytes, pos: int = 0, end: int | None = None, trace: Trace | None = None) -> tuple[UserDataHeader, int]:
    """Read a header that begins with its length at ``pos``: the header, and where the user data begins.

    Raises `Malformed`.
    """
    end = len(data) if end is None else end
    if pos >= end:
        raise Malformed("the length of a user data header", pos)
    start, stop = pos + 1, pos + 1 + data[pos]
    if stop > end:
        raise Malformed(f"{data[pos]} octets of user data header", start)
    if trace is not None:
        trace(pos, start, "UDHL", f"{data[pos]} octets of header")
    return UserDataHeader(tuple(_elements(data, start, stop, trace and trace.inner()))), stop


def _elements(data: bytes, pos: int, stop: int, trace: Trace | None) -> Iterable[tuple[int, bytes]]:
    while pos < stop:
        if pos + 2 > stop:
            raise Malformed("the length of an information element", pos + 1)
        identifier, length = data[pos], data[pos + 1]
        after = pos + 2 + length
        if after > stop:
            raise Malformed(f"{length} octets of information element {identifier:02X}", pos + 2)
        kind = ELEMENTS.get(identifier)
        if kind is not None and kind.length not in (None, length):
            raise Malformed(f"a length of {kind.length} for {kind.name}", pos + 1)
        octets = bytes(data[pos + 2 : after])
        if trace is not None:
            trace(pos, after, name_of(identifier), kind.tell(octets) if kind else _hex(octets))
        yield identifier, octets
        pos = after
