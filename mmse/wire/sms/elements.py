"""Values of TPDUs: addresses, timestamps, validity periods (3GPP TS 23.040 9.1.2.5, 9.2.3.11, 9.2.3.12)."""

from __future__ import annotations

from enum import IntEnum

import msgspec

from mmse.wire import Malformed, Unencodable
from mmse.wire.sms import alphabet

__all__ = ["Address", "Numbering", "Timestamp", "TypeOfNumber", "relative_period", "write_relative_period"]

MOST_DIGITS = 20
"""An address value has at most 10 octets (9.1.2.5)."""
_DIGITS = "0123456789*#abc"


class TypeOfNumber(IntEnum):
    """Bits 6 to 4 of the type-of-address octet."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK_SPECIFIC = 3
    SUBSCRIBER = 4
    ALPHANUMERIC = 5
    ABBREVIATED = 6
    RESERVED = 7


class Numbering(IntEnum):
    """Numbering plans, bits 3 to 0, as far as we send them; any other is a plain number."""

    UNKNOWN = 0
    ISDN = 1
    PRIVATE = 9


class Address(msgspec.Struct, frozen=True):
    """Digits, or the characters of an alphanumeric address, without ``+``."""

    digits: str
    kind: TypeOfNumber = TypeOfNumber.INTERNATIONAL
    plan: int = Numbering.ISDN

    def __str__(self) -> str:
        return f"+{self.digits}" if self.kind is TypeOfNumber.INTERNATIONAL else self.digits

    def encode(self) -> bytes:
        """Length in semi-octets, type, value. Raises `Unencodable`."""
        length, value = self._value()
        if length > MOST_DIGITS:
            raise Unencodable(f"the address {self.digits!r} takes more than {MOST_DIGITS} semi-octets")
        return bytes((length, 0x80 | self.kind << 4 | self.plan)) + value

    def _value(self) -> tuple[int, bytes]:
        if self.kind is TypeOfNumber.ALPHANUMERIC:
            septets = alphabet.encode(self.digits)
            # The length counts useful semi-octets: those that hold a bit of a septet (9.1.2.5).
            return (len(septets) * 7 + 3) // 4, alphabet.pack(septets)
        try:
            nibbles = [_DIGITS.index(digit) for digit in self.digits]
        except ValueError as error:
            raise Unencodable(f"{self.digits!r} is not a number") from error
        length = len(nibbles)
        nibbles += [0xF] * (length % 2)
        return length, bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))

    @classmethod
    def read(cls, data: bytes, pos: int, end: int) -> tuple[Address, int]:
        """An address that begins with its length in semi-octets at ``pos``."""
        if pos + 2 > end:
            raise Malformed("the length and type of an address", pos)
        length, kind = data[pos], TypeOfNumber(data[pos + 1] >> 4 & 7)
        if length > MOST_DIGITS:
            raise Malformed(f"an address of at most {MOST_DIGITS} semi-octets", pos)
        stop = pos + 2 + (length + 1) // 2
        if stop > end:
            raise Malformed(f"{length} semi-octets of address", pos + 2)
        return cls(digits_of(data, pos + 2, stop, length, kind), kind, data[pos + 1] & 0xF), stop


def digits_of(data: bytes, pos: int, stop: int, length: int, kind: TypeOfNumber) -> str:
    """The characters of ``length`` semi-octets of address value."""
    if kind is TypeOfNumber.ALPHANUMERIC:
        return alphabet.decode(alphabet.unpack(data[pos:stop], length * 4 // 7))
    digits: list[str] = []
    for place in range(length):
        at = pos + place // 2
        nibble = data[at] >> 4 if place % 2 else data[at] & 0xF
        if nibble == 0xF:
            raise Malformed(f"{length} digits", at)
        digits.append(_DIGITS[nibble])
    return "".join(digits)


class Timestamp(msgspec.Struct, frozen=True):
    """A local time as TP-SCTS carries it: two digits of the year, and the zone in quarters of an hour from UTC."""

    year: int
    month: int
    day: int
    hour: int = 0
    minute: int = 0
    second: int = 0
    quarters: int = 0

    def __str__(self) -> str:
        sign, quarters = "-" if self.quarters < 0 else "+", abs(self.quarters)
        date = f"20{self.year:02}-{self.month:02}-{self.day:02}T{self.hour:02}:{self.minute:02}:{self.second:02}"
        return f"{date}{sign}{quarters // 4:02}:{quarters % 4 * 15:02}"

    def encode(self) -> bytes:
        """Seven octets of swapped digits. Raises `Unencodable`."""
        fields = (self.year, self.month, self.day, self.hour, self.minute, self.second, abs(self.quarters))
        for value, most in zip(fields, (99, 12, 31, 23, 59, 59, 79), strict=True):
            if not 0 <= value <= most:
                raise Unencodable(f"{self} is no time")
        octets = bytearray(value % 10 << 4 | value // 10 for value in fields)
        if self.quarters < 0:
            octets[6] |= 0x08
        return bytes(octets)

    @classmethod
    def read(cls, data: bytes, pos: int, end: int) -> tuple[Timestamp, int]:
        """Seven octets. A month 13 or a day 0 is taken as it stands: service centres send nonsense here."""
        if pos + 7 > end:
            raise Malformed("7 octets of timestamp", pos)
        fields: list[int] = []
        for at in range(pos, pos + 7):
            low, high = data[at] & 0xF, data[at] >> 4
            # Bit 3 of the zone's first digit is its sign (9.2.3.11).
            low = low & 7 if at == pos + 6 else low
            if low > 9 or high > 9:
                raise Malformed("two decimal digits", at)
            fields.append(low * 10 + high)
        if data[pos + 6] & 0x08:
            fields[6] = -fields[6]
        return cls(*fields), pos + 7


def relative_period(octet: int) -> int:
    """The seconds of a relative validity period (9.2.3.12.1)."""
    if octet <= 143:
        return (octet + 1) * 300
    if octet <= 167:
        return 12 * 3600 + (octet - 143) * 1800
    if octet <= 196:
        return (octet - 166) * 86400
    return (octet - 192) * 7 * 86400


def write_relative_period(seconds: int) -> int:
    """The octet of the shortest period that is not shorter than ``seconds``. Raises `Unencodable` past 63 weeks."""
    for octet in range(256):
        if relative_period(octet) >= seconds:
            return octet
    raise Unencodable(f"a validity of {seconds} seconds")
