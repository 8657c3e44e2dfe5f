"""The GSM 7-bit default alphabet and the packing of septets (3GPP TS 23.038 6.1.2 and 6.2.1)."""

from __future__ import annotations

from mmse.wire import Unencodable

__all__ = ["decode", "encode", "pack", "unpack"]

_DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""6.2.1, in the order of the codes; 1B escapes to the extension table."""

_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
"""6.2.1.1."""

ESCAPE = 0x1B
_CODES = {
    **{character: bytes((code,)) for code, character in enumerate(_DEFAULT) if code != ESCAPE},
    **{character: bytes((ESCAPE, code)) for code, character in _EXTENSION.items()},
}


def decode(septets: bytes) -> str:
    """The characters of septets (one in each octet).

    As 6.2.1.1 asks, a code that the extension table lacks shows the character of the default table, and an escape with
    nothing to escape a space.
    """
    characters: list[str] = []
    escaped = False
    for code in septets:
        if escaped:
            characters.append(" " if code == ESCAPE else _EXTENSION.get(code, _DEFAULT[code]))
            escaped = False
        elif code == ESCAPE:
            escaped = True
        else:
            characters.append(_DEFAULT[code])
    return "".join(characters) + (" " if escaped else "")


def encode(text: str) -> bytes:
    """The septets of a text, one in each octet. Raises `Unencodable` for a character the alphabet lacks."""
    try:
        return b"".join(_CODES[character] for character in text)
    except KeyError as missing:
        raise Unencodable(f"{missing.args[0]!r} is not in the GSM 7-bit default alphabet") from missing


def pack(septets: bytes, fill: int = 0) -> bytes:
    """Septets in octets, the first in the low bits, after ``fill`` bits that reach a septet boundary (9.2.3.24)."""
    bits = 0
    for place, code in enumerate(septets):
        bits |= code << (fill + 7 * place)
    return bits.to_bytes((fill + 7 * len(septets) + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill: int = 0) -> bytes:
    """The first ``count`` septets, one in each octet. What the octets do not hold reads as zero."""
    bits = int.from_bytes(octets, "little") >> fill
    return bytes(bits >> 7 * place & 0x7F for place in range(count))
