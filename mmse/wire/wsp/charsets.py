"""Character sets by IANA MIBenum, as WSP and MMS name them, and RFC 2047 words that phones put into plain texts."""

from __future__ import annotations

import base64
import re
from typing import NamedTuple

from mmse.wire import Malformed
from mmse.wire.wsp.values import decode_text

__all__ = ["ANY", "CHARSETS", "UTF_8", "Charset", "decode", "decode_words", "mib_of", "name_of"]

ANY = 0
"""``*``: Any-charset, octet 0x80."""
UTF_8 = 106


class Charset(NamedTuple):
    """One character set: IANA number, preferred name, Python's codec, whether a character is at least 16 bits wide."""

    mib: int
    name: str
    codec: str
    wide: bool = False
    aliases: tuple[str, ...] = ()


CHARSETS = (
    Charset(3, "us-ascii", "ascii", aliases=("ascii",)),
    *(Charset(3 + part, f"iso-8859-{part}", f"iso8859_{part}") for part in range(1, 10)),
    Charset(13, "iso-8859-10", "iso8859_10"),
    Charset(17, "shift_jis", "cp932", aliases=("sjis",)),
    Charset(18, "euc-jp", "euc_jp"),
    Charset(36, "ks_c_5601-1987", "cp949"),
    Charset(38, "euc-kr", "euc_kr"),
    Charset(39, "iso-2022-jp", "iso2022_jp"),
    Charset(UTF_8, "utf-8", "utf-8", aliases=("utf8",)),
    Charset(109, "iso-8859-13", "iso8859_13"),
    Charset(110, "iso-8859-14", "iso8859_14"),
    Charset(111, "iso-8859-15", "iso8859_15"),
    Charset(112, "iso-8859-16", "iso8859_16"),
    Charset(113, "gbk", "gbk"),
    Charset(114, "gb18030", "gb18030"),
    Charset(1000, "iso-10646-ucs-2", "utf-16-be", True, ("ucs-2",)),
    Charset(1013, "utf-16be", "utf-16-be", True),
    Charset(1014, "utf-16le", "utf-16-le", True),
    Charset(1015, "utf-16", "utf-16-be", True),
    Charset(2025, "gb2312", "gb2312"),
    Charset(2026, "big5", "big5"),
    Charset(2084, "koi8-r", "koi8_r"),
    *(Charset(1000 + page, f"windows-{page}", f"cp{page}") for page in range(1250, 1259)),
)

_BY_MIB = {charset.mib: charset for charset in CHARSETS}
_BY_NAME = {name: charset for charset in CHARSETS for name in (charset.name, *charset.aliases)}
_WORD = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]*)\?=")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")


def name_of(mib: int) -> str | None:
    """The preferred name of a MIBenum, ``*`` for any, or None where we know no such set."""
    if mib == ANY:
        return "*"
    charset = _BY_MIB.get(mib)
    return charset.name if charset else None


def mib_of(name: str) -> int | None:
    """The MIBenum of a name or alias, in any case, or None."""
    if name == "*":
        return ANY
    charset = _BY_NAME.get(name.lower())
    return charset.mib if charset else None


def codec_of(name: str) -> str | None:
    """Python's codec of a name we know; never one we do not list (UTF-7, for one, hides what it says)."""
    charset = _BY_NAME.get(name.lower())
    return charset.codec if charset else None


def decode(octets: bytes, mib: int, offset: int = 0) -> str:
    """The characters of a Text-string in the set ``mib``, its quote and NUL stripped.

    Broken sequences become U+FFFD. Raises `Malformed` when the set is unknown and the octets are not ASCII.
    """
    charset = _BY_MIB.get(mib)
    if charset is not None and charset.wide:
        return _decode_wide(octets, charset)
    if octets[:1] == b"\x7f":
        octets = octets[1:]
    octets = octets.partition(b"\0")[0]
    if mib == UTF_8:
        return octets.decode("utf-8", "replace")
    if mib in (3, ANY):
        return decode_text(octets)
    if charset is not None:
        return octets.decode(charset.codec, "replace")
    if octets.isascii():
        return octets.decode("ascii")
    raise Malformed(f"text in a known character set, not MIBenum {mib}", offset)


def _decode_wide(octets: bytes, charset: Charset) -> str:
    """16-bit text: the NUL at its end is one octet or two, a quote may stand before it, a mark tells the order."""
    if len(octets) % 2 and octets[:1] == b"\x7f":
        octets = octets[1:]
    if len(octets) % 2:
        octets = octets[:-1] if octets[-1:] == b"\0" else octets
    codec = charset.codec
    if octets[:2] == b"\xff\xfe" and charset.codec == "utf-16-be":
        codec, octets = "utf-16-le", octets[2:]
    elif octets[:2] == (b"\xff\xfe" if codec == "utf-16-le" else b"\xfe\xff"):
        octets = octets[2:]
    return octets.decode(codec, "replace").partition("\0")[0]


def decode_words(text: str) -> str:
    """Encoded words of RFC 2047 replaced by what they mean; words of unknown sets and broken words stay."""
    pieces: list[str] = []
    at = 0
    for word in _WORD.finditer(text):
        decoded = _decode_word(word[1], word[2], word[3])
        if decoded is None:
            continue
        between = text[at : word.start()]
        # White space between two encoded words is not part of the text (RFC 2047 6.2).
        if not (at and between.isspace()):
            pieces.append(between)
        pieces.append(decoded)
        at = word.end()
    pieces.append(text[at:])
    return "".join(pieces)


def _decode_word(name: str, encoding: str, text: str) -> str | None:
    codec = codec_of(name.partition("*")[0])
    if codec is None or not text.isascii():
        return None
    octets = text.encode()
    if encoding in "bB":
        try:
            octets = base64.b64decode(octets + b"=" * (-len(octets) % 4))
        except ValueError:
            return None
    else:
        octets = _HEX.sub(lambda match: bytes.fromhex(match[1].decode()), octets.replace(b"_", b" "))
    return octets.decode(codec, "replace").replace("\0", "")
