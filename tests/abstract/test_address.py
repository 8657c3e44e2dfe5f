"""Addresses in every form that phones and peers write (OMA-TS-MMS_ENC-V1_3 clause 8)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.address import Address, AddressKind, AddressMalformed, number, parse

K = AddressKind

FORMS: tuple[tuple[str, AddressKind, str, str], ...] = (
    ("+358501234567/TYPE=PLMN", K.NUMBER, "+358501234567", "+358501234567/TYPE=PLMN"),
    ("+358-50.123 4567/type=plmn", K.NUMBER, "+358501234567", "+358501234567/TYPE=PLMN"),
    ("0401234567/TYPE=PLMN", K.NUMBER, "0401234567", "0401234567/TYPE=PLMN"),
    ("0401234567", K.NUMBER, "0401234567", "0401234567/TYPE=PLMN"),
    ("+123", K.NUMBER, "+123", "+123/TYPE=PLMN"),
    ("12345", K.SHORT_CODE, "12345", "12345"),
    ("12345/TYPE=PLMN", K.SHORT_CODE, "12345", "12345"),
    ("*123", K.SHORT_CODE, "*123", "*123"),
    ("#55", K.SHORT_CODE, "#55", "#55"),
    ("VOTE2WIN", K.ALPHANUMERIC, "VOTE2WIN", "VOTE2WIN"),
    ("VOTE2WIN/TYPE=PLMN", K.ALPHANUMERIC, "VOTE2WIN", "VOTE2WIN"),
    ("joe@example.org", K.EMAIL, "joe@example.org", "joe@example.org"),
    ("Joe Doe <joe@example.org>", K.EMAIL, "joe@example.org", "joe@example.org"),
    ("bob@example.com/TYPE=PLMN", K.EMAIL, "bob@example.com", "bob@example.com"),
    ("+4915112345678/TYPE=PLMN@mms.mnc001.mcc262.gprs", K.EMAIL, "+4915112345678/TYPE=PLMN@mms.mnc001.mcc262.gprs", ""),
    ("195.153.199.30/TYPE=IPv4", K.IPV4, "195.153.199.30", "195.153.199.30/TYPE=IPv4"),
    ("FEDC:0:0:0:0:0:0:1/type=ipv6", K.IPV6, "FEDC:0:0:0:0:0:0:1", "FEDC:0:0:0:0:0:0:1/TYPE=IPv6"),
    ("abc%20d/TYPE=X-OTHER", K.OTHER, "abc%20d", "abc%20d/TYPE=X-OTHER"),
)

BROKEN = ("", "   ", "<>", "a@", "@b", "a b@c", "a\x00b", "x" * 700, "/TYPE=PLMN", "/TYPE=", "+358\r\nBcc: x", "!!!")


class Parse(SynchronousTestCase):
    """parse, str and key."""

    def test_forms(self) -> None:
        """Each form reads as its kind and is written in the standard's spelling."""
        for text, kind, value, written in FORMS:
            address = parse(text)
            self.assertEqual((address.kind, address.value), (kind, value), text)
            self.assertEqual(str(address), written or text, text)

    def test_display_name(self) -> None:
        """A display name is kept aside and takes no part in the key."""
        address = parse('"Joe, Doe" <+358501234567/TYPE=PLMN>')
        self.assertEqual(address.display, "Joe, Doe")
        self.assertEqual(address.key, number("+358501234567").key)

    def test_broken(self) -> None:
        """What is no address is refused by its own error."""
        for text in BROKEN:
            self.assertRaises(AddressMalformed, parse, text)

    def test_keys_ignore_case_but_not_kind(self) -> None:
        """Mailboxes differing by case are one; a number is never a mailbox."""
        self.assertEqual(parse("Joe@Example.org").key, parse("joe@example.org").key)
        self.assertNotEqual(parse("10.0.0.1/TYPE=IPv4").key, parse("10.0.0.1/TYPE=X").key)

    @given(st.text(max_size=80))
    def test_nothing_else_is_raised(self, text: str) -> None:
        """Any text gives an address that is written and read back the same, or the one error."""
        try:
            address = parse(text)
        except AddressMalformed:
            return
        again = parse(str(address))
        self.assertEqual(again.key, address.key)
        self.assertIsInstance(address, Address)
