"""One spelling for each number: E.164 with a plus sign (TS 23.140 7.2; ITU-T E.164).

A number is never refused because a numbering plan does not know it: lab and test numbers are not valid. What the
library cannot read stays as its digits. Short and alphanumeric codes, mailboxes and the rest stay as they are.
"""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from mmse.abstract.address import SHORTEST_NUMBER, Address, AddressKind

__all__ = ["Numbers"]

CACHED = 16_384
"""Numbers remembered: parsing one costs some 20 microseconds, finding it again a fraction of one."""

LONGEST_E164 = 15
LONGEST_CODE = 7
SHORTEST_INTERNATIONAL = 10
"""Fewer digits may be a national number: they are not taken for one that lacks its plus sign."""


class Numbers:
    """Normalises addresses for a network with this country code (digits, as ``44``; empty: no national numbers)."""

    def __init__(self, country_code: str = "") -> None:
        self.country_code = country_code.lstrip("+")
        region = phonenumbers.region_code_for_country_code(int(self.country_code)) if self.country_code else None
        # "ZZ" and "001" stand for codes that no country has: there is no national form to read.
        self._region = region if region not in ("ZZ", "001") else None
        self._normal = lru_cache(CACHED)(self._read)

    def normal(self, address: Address) -> Address:
        """The same address in the one spelling that rows are kept and compared by; its display name stays."""
        if address.kind is not AddressKind.NUMBER:
            return address
        value = self._normal(address.value)
        if value == address.value:
            return address
        return Address(AddressKind.NUMBER, value, address.display)

    def e164(self, digits: str) -> str:
        """One number's spelling."""
        return self._normal(digits)

    def _read(self, value: str) -> str:
        if value[:1] != "+":
            if value.startswith("00") and len(value) > LONGEST_CODE:
                # WAP gateways and phones write the international prefix of ITU-T E.164 annex A.
                value = "+" + value[2:]
            elif len(value) < SHORTEST_NUMBER:
                return value
            elif self._region is None:
                value = self._without_plan(value)
            else:
                value = self._with_plan(value, self._region)
        return _international(value) if value[:1] == "+" else value

    def _with_plan(self, value: str, region: str) -> str:
        """A national number, or an international one that lacks its plus sign: whichever some plan knows."""
        national = _parsed(value, region)
        if national is None:
            return value
        if not _valid(national) and len(value) >= SHORTEST_INTERNATIONAL:
            # Digits that begin like our own numbers, or that are somebody's.
            if value.startswith(self.country_code) or _valid(_parsed("+" + value, None)):
                return "+" + value
        return phonenumbers.format_number(national, PhoneNumberFormat.E164)

    def _without_plan(self, value: str) -> str:
        """Without a (usable) country code, digits that begin like a country code are an international number."""
        if self.country_code:
            return f"+{self.country_code}{value.removeprefix('0')}"
        if value[:1] != "0" and value.isdecimal() and SHORTEST_INTERNATIONAL <= len(value) <= LONGEST_E164:
            return "+" + value
        return value


def _international(value: str) -> str:
    """A number with its plus sign as its plan writes it.

    Of lab numbers that are mostly zeros the library takes one out at each reading: what it would not leave alone the
    next time stays as it was written, so that two of them stay two, and whoever reads the result gets the same.
    """
    once = _written(value)
    return once if _written(once) == once else value


def _written(value: str) -> str:
    number = _parsed(value, None)
    return value if number is None else phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _parsed(value: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(value, region, keep_raw_input=False)
    except NumberParseException:
        return None


def _valid(number: PhoneNumber | None) -> bool:
    return number is not None and phonenumbers.is_valid_number(number)
