"""User data headers: the digest's octets, the rules of repetition, every truncation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from mmse.wire import Malformed, Unencodable
from mmse.wire.sms import udh
from mmse.wire.sms.udh import CONCATENATION_8, CONCATENATION_16, PORTS_8, PORTS_16, Concatenation, Ports, UserDataHeader
from mmse.wire.trace import Span, Trace

PORTS = UserDataHeader.of((PORTS_16, Ports(2948, 9200)))
ELEMENT = st.tuples(st.sampled_from([1, 7, 0x24, 0x70, 0x9F, 0xFE]), st.binary(max_size=20))


class Headers(SynchronousTestCase):
    """What is written, read, and told."""

    def test_the_octets_of_the_digest(self) -> None:
        """Ports alone, with an 8-bit and with a 16-bit reference (TS 23.040 9.2.3.24)."""
        self.assertEqual(PORTS.encode().hex(), "0605040b8423f0")
        narrow = PORTS + UserDataHeader.of((CONCATENATION_8, Concatenation(0x5A, 2, 1)))
        self.assertEqual(narrow.encode().hex(), "0b05040b8423f000035a0201")
        wide = PORTS + UserDataHeader.of((CONCATENATION_16, Concatenation(0x015A, 3, 2)))
        self.assertEqual(wide.encode().hex(), "0c05040b8423f00804015a0302")

    def test_values(self) -> None:
        """Typed values come by their key, in either width."""
        header, end = udh.decode(bytes.fromhex("0c05040b8423f00804015a0302ffff"))
        self.assertEqual((header.ports, end), (Ports(2948, 9200), 13))
        self.assertEqual(header.concatenation, Concatenation(0x015A, 3, 2))
        self.assertTrue(header.wide)
        narrow_reference = header.get(CONCATENATION_8)
        self.assertIsNone(narrow_reference)
        narrow, _ = udh.decode(bytes.fromhex("0904020f0a00035a0201"))
        self.assertEqual(narrow.ports, Ports(15, 10))
        self.assertEqual(narrow.get(PORTS_8), Ports(15, 10))
        self.assertFalse(narrow.wide)

    def test_the_last_of_a_repeated_element_holds(self) -> None:
        """9.2.3.24: also of two that exclude each other."""
        header, _ = udh.decode(bytes.fromhex("0a05040b8423f004020102"))
        self.assertEqual(header.ports, Ports(1, 2))

    def test_impossible_concatenation_is_ignored(self) -> None:
        """9.2.3.24.1: zero, or a sequence past the total."""
        for octets in ("0500035a0000", "0500035a0200", "0500035a0203"):
            header, _ = udh.decode(bytes.fromhex(octets))
            self.assertIsNone(header.concatenation, octets)
            self.assertFalse(header.wide)
            self.assertEqual(header.encode().hex(), octets)

    def test_no_header(self) -> None:
        """A header without elements is no octet at all."""
        self.assertEqual(udh.NO_HEADER.encode(), b"")
        self.assertIsNone(udh.NO_HEADER.ports)

    def test_every_truncation(self) -> None:
        """Malformed, at the place where the octets end or lie."""
        whole = bytes.fromhex("0b05040b8423f000035a0201")
        for length in range(len(whole)):
            with self.assertRaises(Malformed) as caught:
                udh.decode(whole[:length])
            self.assertLessEqual(caught.exception.offset, length)

    def test_lengths_that_lie(self) -> None:
        """Each names its octet."""
        for octets, offset, words in (
            ("0305040b84", 3, "4 octets of information element 05"),
            ("0400021234", 2, "a length of 3 for Concatenation"),
            ("0100", 2, "length of an information element"),
        ):
            with self.assertRaises(Malformed) as caught:
                udh.decode(bytes.fromhex(octets))
            self.assertEqual(caught.exception.offset, offset)
            self.assertIn(words, caught.exception.expected)

    def test_what_cannot_be_written(self) -> None:
        """Numbers that do not fit, and a header past 140 octets."""
        for place in (
            Concatenation(256, 2, 1),
            Concatenation(1, 2, 3),
            Concatenation(1, 256, 1),
            Concatenation(1, 2, 0),
        ):
            self.assertRaises(Unencodable, UserDataHeader.of, (CONCATENATION_8, place))
        self.assertRaises(Unencodable, UserDataHeader.of, (PORTS_16, Ports(65536, 1)))
        self.assertRaises(Unencodable, UserDataHeader(((0x70, bytes(138)),)).encode)

    def test_trace_covers_and_names(self) -> None:
        """Every octet, elements nobody knows included."""
        spans: list[Span] = []
        udh.decode(bytes.fromhex("0e05040b8423f000035a0203f9017f"), trace=Trace.to(spans))
        self.assertEqual(
            [tuple(span) for span in spans],
            [
                (0, 1, "UDHL", "14 octets of header", 0),
                (1, 7, "Application ports (16-bit)", "to 2948 (wap-push), from 9200 (wap-wsp)", 1),
                (7, 12, "Concatenation (8-bit reference)", "ignored: 5a 02 03", 1),
                (12, 15, "Reserved", "7f", 1),
            ],
        )

    def test_names(self) -> None:
        """All 256 identifiers are called something."""
        self.assertEqual(udh.name_of(0x05), "Application ports (16-bit)")
        self.assertEqual(udh.name_of(0x75), "(U)SIM toolkit security header")
        self.assertEqual(udh.name_of(0xC1), "SC specific")
        self.assertEqual(udh.name_of(0xA1), "Reserved")
        self.assertTrue(all(udh.name_of(identifier) for identifier in range(256)))

    @given(st.lists(ELEMENT, min_size=1, max_size=5), st.binary(max_size=10))
    def test_round_trip(self, elements: list[tuple[int, bytes]], after: bytes) -> None:
        """Unknown elements are kept, in their order."""
        header = UserDataHeader(tuple(elements))
        octets = header.encode()
        self.assertEqual(udh.decode(octets + after), (header, len(octets)))

    @given(st.binary(max_size=60))
    def test_anything(self, data: bytes) -> None:
        """No exception but Malformed, and what was read is written back."""
        try:
            header, end = udh.decode(data)
        except Malformed:
            return
        if header.elements:
            self.assertEqual(header.encode(), data[:end])
