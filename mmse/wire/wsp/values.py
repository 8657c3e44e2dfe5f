"""WSP value grammar (WAP-230-WSP 8.4.2): functions from (octets, position, end) to (value, next position), and back.

``end`` bounds every read: nothing is read, searched or allocated past it. All raise `Malformed` with the offset in the
given buffer. Writers return octets and raise `Unencodable`.
"""

from __future__ import annotations

from mmse.wire import Malformed, Unencodable

__all__ = [
    "decode_text",
    "read_integer",
    "read_long",
    "read_text",
    "read_uintvar",
    "read_window",
    "skip",
    "unquoted",
    "write_integer",
    "write_length",
    "write_long",
    "write_text",
    "write_uintvar",
    "write_window",
]

LENGTH_QUOTE = 0x1F
QUOTE = 0x7F
MAX_LONG = 8
"""Octets of a Long-integer taken and sent; the grammar allows 30, Android refuses more than 8."""


def read_uintvar(data: bytes | memoryview, pos: int, end: int) -> tuple[int, int]:
    """A Uintvar-integer: up to 5 octets of 7 bits, at most 2**32 - 1 (8.1.2)."""
    value = 0
    for at in range(pos, min(end, pos + 5)):
        octet = data[at]
        value = value << 7 | octet & 0x7F
        if octet < 0x80:
            if value > 0xFFFFFFFF:
                break
            return value, at + 1
    raise Malformed("a Uintvar-integer of 1 to 5 octets", pos)


def read_window(data: bytes, pos: int, end: int) -> tuple[int, int]:
    """A Value-length (8.4.2.2): the start and the end of the octets it announces, which must lie before ``end``."""
    if pos >= end:
        raise Malformed("a Value-length", pos)
    length = data[pos]
    start = pos + 1
    if length >= LENGTH_QUOTE:
        if length > LENGTH_QUOTE:
            raise Malformed("a Value-length", pos)
        length, start = read_uintvar(data, start, end)
    stop = start + length
    if stop > end:
        raise Malformed(f"{length} octets of value", start)
    return start, stop


def read_long(data: bytes, pos: int, end: int) -> tuple[int, int]:
    """A Long-integer of 1 to 8 octets (8.4.2.1)."""
    if pos >= end:
        raise Malformed("a Long-integer", pos)
    stop = pos + 1 + data[pos]
    if not 1 <= data[pos] <= MAX_LONG or stop > end:
        raise Malformed("a Long-integer of 1 to 8 octets", pos)
    return int.from_bytes(data[pos + 1 : stop], "big"), stop


def read_integer(data: bytes, pos: int, end: int) -> tuple[int, int]:
    """An Integer-value: Short-integer or Long-integer."""
    if pos < end and data[pos] >= 0x80:
        return data[pos] & 0x7F, pos + 1
    return read_long(data, pos, end)


def read_text(data: bytes, pos: int, end: int) -> tuple[bytes, int]:
    """A Text-string without its quote and NUL. A first octet over 0x7F without a quote is taken: phones send it."""
    stop = data.find(0, pos, end)
    if stop < 0:
        raise Malformed("a NUL that ends the text", max(pos, end))
    first = data[pos]
    if first == QUOTE:
        return data[pos + 1 : stop], stop + 1
    if 0 < first < 0x20:
        raise Malformed("a Text-string", pos)
    return data[pos:stop], stop + 1


def decode_text(octets: bytes) -> str:
    """The characters of a text that names no charset: UTF-8, or else Latin-1."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def skip(data: bytes, pos: int, end: int) -> int:
    """The position after a value of unknown grammar, by its first octet (WAP-230-WSP 8.4.1.2)."""
    if pos >= end:
        raise Malformed("a value", pos)
    first = data[pos]
    if first >= 0x80:
        return pos + 1
    if first <= LENGTH_QUOTE:
        return read_window(data, pos, end)[1]
    stop = data.find(0, pos, end)
    if stop < 0:
        raise Malformed("a NUL that ends the text", end)
    return stop + 1


def write_uintvar(value: int) -> bytes:
    """A Uintvar-integer."""
    if 0 <= value < 0x80:
        return bytes((value,))
    if not 0 <= value <= 0xFFFFFFFF:
        raise Unencodable(f"{value} is not a Uintvar-integer")
    octets = [value & 0x7F]
    value >>= 7
    while value:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.reverse()
    return bytes(octets)


def write_length(length: int) -> bytes:
    """A Value-length: one octet up to 30, else quoted."""
    return bytes((length,)) if length < LENGTH_QUOTE else b"\x1f" + write_uintvar(length)


def write_window(octets: bytes) -> bytes:
    """Octets with their Value-length before them."""
    return write_length(len(octets)) + octets


def write_long(value: int, least: int = 1) -> bytes:
    """A Long-integer in as few octets as it needs, but not fewer than ``least``."""
    size = max(least, (value.bit_length() + 7) // 8)
    if value < 0 or size > MAX_LONG:
        raise Unencodable(f"{value} is not a Long-integer of at most 8 octets")
    return bytes((size,)) + value.to_bytes(size, "big")


def write_integer(value: int) -> bytes:
    """An Integer-value: short where it fits."""
    return bytes((value | 0x80,)) if 0 <= value < 0x80 else write_long(value)


def write_text(text: str) -> bytes:
    """A Text-string, quoted where its first octet asks for it (8.4.2.1: TEXT may not begin at 0x80 or above)."""
    try:
        octets = text.encode()
    except UnicodeEncodeError as error:
        raise Unencodable(f"{text!r} has a lone surrogate") from error
    if 0 in octets:
        raise Unencodable("a text with a NUL in it")
    if octets:
        if octets[0] >= QUOTE:
            return b"\x7f" + octets + b"\0"
        if octets[0] < 0x20:
            raise Unencodable("a Text-string that begins with a control character")
    return octets + b"\0"


def unquoted(text: str) -> str:
    """A Quoted-string without the quote at its front, and without those that some peers put at its end too.

    All of them go: a text that kept one there would be read otherwise once it was written again.
    """
    return text.removeprefix('"').rstrip('"')
