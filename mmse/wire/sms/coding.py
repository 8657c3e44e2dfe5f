"""The data coding scheme octet of a short message (3GPP TS 23.038 clause 4)."""

from __future__ import annotations

from enum import Enum

import msgspec

__all__ = ["OCTETS", "OCTETS_CLASS_1", "Alphabet", "Coding"]


class Alphabet(Enum):
    """How the user data is written, and so what its length counts: septets or octets."""

    DEFAULT = "GSM 7-bit default alphabet"
    OCTETS = "8-bit data"
    UCS2 = "UCS-2"


_ALPHABETS = (Alphabet.DEFAULT, Alphabet.OCTETS, Alphabet.UCS2, Alphabet.DEFAULT)
"""Bits 3 and 2; the fourth is reserved, and read as the default alphabet (clause 4)."""

_CLASSES = ("class 0 (shown at once)", "class 1 (mobile equipment)", "class 2 ((U)SIM)", "class 3 (terminal equipment)")
_INDICATIONS = {0xC0: "indication, discard", 0xD0: "indication, store", 0xE0: "indication, store"}
_WAITING = ("voicemail", "fax", "e-mail", "other")


class Coding(msgspec.Struct, frozen=True):
    """One TP-DCS octet, kept whole; the properties read it."""

    octet: int

    @property
    def general(self) -> bool:
        """Whether the octet is of a group 0xxx xxxx: general data coding, or marked for automatic deletion."""
        return self.octet < 0x80

    @property
    def compressed(self) -> bool:
        """Whether the text is compressed (TS 23.042): then it is octets to us."""
        return self.general and bool(self.octet & 0x20)

    @property
    def alphabet(self) -> Alphabet:
        """What the octets are; reserved groups are read as the default alphabet (clause 4)."""
        if self.general:
            return _ALPHABETS[self.octet >> 2 & 3]
        group = self.octet & 0xF0
        if group == 0xE0:
            return Alphabet.UCS2
        return Alphabet.OCTETS if group == 0xF0 and self.octet & 0x04 else Alphabet.DEFAULT

    @property
    def septets(self) -> bool:
        """Whether lengths are counted in septets."""
        return self.alphabet is Alphabet.DEFAULT and not self.compressed

    @property
    def message_class(self) -> int | None:
        """0 to 3 where the octet gives one."""
        has = self.octet & 0x10 if self.general else self.octet & 0xF0 == 0xF0
        return self.octet & 3 if has else None

    def __str__(self) -> str:
        words = [self.alphabet.value]
        if self.compressed:
            words.append("compressed")
        if self.message_class is not None:
            words.append(_CLASSES[self.message_class])
        if self.octet & 0xC0 == 0x40:
            words.append("to be deleted once read")
        if self.octet & 0xF0 in _INDICATIONS:
            state = "active" if self.octet & 8 else "inactive"
            words.append(f"{_INDICATIONS[self.octet & 0xF0]}: {_WAITING[self.octet & 3]} {state}")
        return ", ".join(words)


OCTETS = Coding(0x04)
"""8-bit data, no class."""
OCTETS_CLASS_1 = Coding(0xF5)
"""8-bit data, class 1: how a WAP push is usually sent."""
