"""Addresses of users, applications and terminals (TS 23.140 4.2 and 7.2; OMA-TS-MMS_ENC-V1_3 clause 8).

The text form is what MM1, MM4 and MM7 have in common: ``+15551230002/TYPE=PLMN``, ``joe@example.org``, ``12345``.
"""

from __future__ import annotations

import re
from enum import Enum

import msgspec

__all__ = ["Address", "AddressKind", "AddressMalformed", "Field", "number", "parse"]


class AddressKind(Enum):
    """What an address names; the value is the keyword after ``/TYPE=`` where the grammar has one."""

    NUMBER = "PLMN"
    SHORT_CODE = "short"
    ALPHANUMERIC = "alpha"
    EMAIL = "email"
    IPV4 = "IPv4"
    IPV6 = "IPv6"
    OTHER = "other"


class Field(Enum):
    """Which list of the MM a recipient stands in; ``BCC`` is hidden from every other recipient."""

    TO = "to"
    CC = "cc"
    BCC = "bcc"


class AddressMalformed(ValueError):
    """The text is no address of any form that the grammar knows."""


class Address(msgspec.Struct, frozen=True):
    """One address.

    ``value`` is without decoration: ``+15551230002``, ``joe@example.org``, ``195.153.199.30``. ``bearer`` is the
    address type of kind ``OTHER`` as it was spelled. ``display`` is a display name; it takes no part in ``key``.
    """

    kind: AddressKind
    value: str
    display: str = ""
    bearer: str = ""

    @property
    def key(self) -> str:
        """The text by which two spellings of one address are known to be the same."""
        if self.kind is AddressKind.NUMBER:
            return self.value
        if self.kind in _TYPED:
            return f"{self.value}/TYPE={self.bearer or self.kind.value}".lower()
        return self.value.lower()

    def __str__(self) -> str:
        """The MMS form without a display name (``+15551230002/TYPE=PLMN``)."""
        if self.kind in _TYPED:
            return f"{self.value}/TYPE={self.bearer or self.kind.value}"
        return self.value


_TYPED = frozenset({AddressKind.NUMBER, AddressKind.IPV4, AddressKind.IPV6, AddressKind.OTHER})
_TYPE = re.compile(r"/TYPE=", re.IGNORECASE)
_NUMBER = re.compile(r"\+?[0-9][0-9.\- ()]*")
_CODE = re.compile(r"[+*#]?[0-9*#]+")
_ALPHANUMERIC = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]*")
_EMAIL = re.compile(r"[^\s@<>\x00-\x1f]+@[^\s@<>\x00-\x1f]+")
_SEPARATORS = str.maketrans("", "", "-. ()")
_KINDS = {"plmn": AddressKind.NUMBER, "ipv4": AddressKind.IPV4, "ipv6": AddressKind.IPV6}

LONGEST = 320
"""No address is longer than RFC 5321 allows a mailbox to be (64 + 1 + 255)."""

SHORTEST_NUMBER = 7
"""Fewer digits without a plus sign are a short code (a numbering plan may later say otherwise)."""


def number(digits: str) -> Address:
    """A telephone number, from digits with or without a plus sign."""
    return Address(AddressKind.NUMBER, digits.translate(_SEPARATORS))


def parse(text: str) -> Address:
    """Read one address in any of the forms of OMA-TS-MMS_ENC-V1_3 clause 8, liberal as phones need.

    libmms puts ``/TYPE=PLMN`` after e-mail addresses too, and MM4 puts numbers with a type into local parts:
    both are told apart by what follows the type. Raises ``AddressMalformed``.
    """
    if len(text) > LONGEST * 2:
        raise AddressMalformed("longer than any address")
    display, text = _without_display(text.strip())
    if not text or len(text) > LONGEST or any(c < " " or c == "\x7f" for c in text):
        raise AddressMalformed("empty, too long, or with control characters")
    types = list(_TYPE.finditer(text))
    if not types:
        return _bare(text, display)
    value, keyword = text[: types[-1].start()], text[types[-1].end() :]
    if "@" in keyword:
        return _email(text, display)
    if "@" in value:
        return _email(value, display)
    return _typed(value, keyword, display)


def _without_display(text: str) -> tuple[str, str]:
    if text.endswith(">") and "<" in text:
        name, _, inner = text[:-1].rpartition("<")
        return name.strip().strip('"').strip(), inner.strip()
    return "", text


def _bare(text: str, display: str) -> Address:
    if "@" in text:
        return _email(text, display)
    if _NUMBER.fullmatch(text) and (text[0] == "+" or len(text.translate(_SEPARATORS)) >= SHORTEST_NUMBER):
        return Address(AddressKind.NUMBER, text.translate(_SEPARATORS), display)
    if _CODE.fullmatch(text):
        return Address(AddressKind.SHORT_CODE, text, display)
    if _ALPHANUMERIC.fullmatch(text):
        return Address(AddressKind.ALPHANUMERIC, text, display)
    raise AddressMalformed("neither a number, a code, nor a mailbox")


def _email(text: str, display: str) -> Address:
    if not _EMAIL.fullmatch(text):
        raise AddressMalformed("not a mailbox")
    return Address(AddressKind.EMAIL, text, display)


def _typed(value: str, keyword: str, display: str) -> Address:
    kind = _KINDS.get(keyword.lower(), AddressKind.OTHER)
    if kind is AddressKind.NUMBER:
        digits = value.translate(_SEPARATORS)
        if not _CODE.fullmatch(digits):
            # Codes such as VOTE2WIN come with /TYPE=PLMN from phones that append it to everything.
            return _bare(value, display)
        if (digits[0] != "+" and len(digits) < SHORTEST_NUMBER) or digits[0] in "*#":
            return Address(AddressKind.SHORT_CODE, digits, display)
        return Address(kind, digits, display)
    if not value or not keyword:
        raise AddressMalformed("a type without an address, or none after /TYPE=")
    return Address(kind, value, display, keyword if kind is AddressKind.OTHER else "")
