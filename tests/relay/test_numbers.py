"""Numbers: one spelling, never a refusal."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.address import Address, AddressKind, parse
from mmse.relay.numbers import CACHED, Numbers

CASES = (
    # country code, as written, as kept
    ("44", "07700 900123", "+447700900123"),
    ("44", "+44 7700 900123", "+447700900123"),
    ("44", "447700900123", "+447700900123"),
    ("44", "00447700900123", "+447700900123"),
    ("44", "+15551230002", "+15551230002"),
    ("1", "5551230002", "+15551230002"),
    ("1", "15551230002", "+15551230002"),
    ("1", "0015551230002", "+15551230002"),
    ("39", "0612345678", "+390612345678"),
    ("", "15551230002", "+15551230002"),
    ("", "0015551230002", "+15551230002"),
    ("", "07700900123", "07700900123"),
    ("", "1234567", "1234567"),
    ("883", "5100012345", "+8835100012345"),
    # Proxies write international numbers without a plus sign.
    ("44", "33612345678", "+33612345678"),
    ("44", "4412345678", "+4412345678"),
    # Short codes are not national numbers, whoever says so.
    ("44", "1001", "1001"),
    # Lab numbers, valid nowhere.
    ("44", "+4407700900123", "+447700900123"),
    ("44", "+99900000001", "+99900000001"),
    ("", "+0123456789", "+0123456789"),
    ("44", "12345678901234567890", "12345678901234567890"),
)


class NumbersTests(SynchronousTestCase):
    def test_cases(self) -> None:
        for code, written, kept in CASES:
            with self.subTest(code=code, written=written):
                self.assertEqual(Numbers(code).normal(parse(written)).value, kept)

    def test_codes_and_mailboxes_stay(self) -> None:
        numbers = Numbers("44")
        for text in ("12345", "*100#", "VOTE2WIN", "joe@example.org", "10.0.0.1/TYPE=IPv4"):
            address = parse(text)
            self.assertIs(numbers.normal(address), address)

    def test_display_stays(self) -> None:
        self.assertEqual(
            Numbers("44").normal(Address(AddressKind.NUMBER, "07700900123", "Joe")),
            Address(AddressKind.NUMBER, "+447700900123", "Joe"),
        )

    @given(st.sampled_from(["", "1", "44", "39", "7", "54", "883"]), st.from_regex(r"\A\+?[0-9]{1,24}\Z"))
    @settings(max_examples=400, deadline=None)
    def test_never_refused_and_stable(self, code: str, digits: str) -> None:
        numbers = Numbers(code)
        once = numbers.e164(digits)
        self.assertRegex(once, r"^\+?[0-9]+$")
        if once.startswith("+"):
            self.assertEqual(numbers.e164(once), once)

    def test_memory_is_bounded(self) -> None:
        numbers = Numbers("44")
        self.assertEqual(numbers._normal.cache_info().maxsize, CACHED)
        self.assertLess(CACHED, 100_000)
