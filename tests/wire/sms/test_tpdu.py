"""TPDUs: published examples, round trips, every truncation, and a trace without gaps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from mmse.wire import Malformed, Unencodable
from mmse.wire.sms import alphabet, elements, names, tpdu, udh
from mmse.wire.sms.coding import Alphabet, Coding
from mmse.wire.sms.elements import Address, Timestamp, TypeOfNumber, relative_period, write_relative_period
from mmse.wire.sms.segmentation import cut
from mmse.wire.sms.tpdu import Deliver, StatusReport, Submit, UserData
from mmse.wire.trace import Span, Trace

# "hellohello", as found in many a tutorial; the sender's address is of type "reserved".
DELIVER = bytes.fromhex("040bc87238880900f10000993092516195800ae8329bfd4697d9ec37")
SUBMIT = bytes.fromhex("11000b916407281553f80000aa0ae8329bfd4697d9ec37")
REPORT = bytes.fromhex("06420b915155213000f2031040210000000310402100050000")
PUSH = tpdu.encode(
    Deliver(
        originator=Address("MMSC", TypeOfNumber.ALPHANUMERIC, 0),
        timestamp=Timestamp(30, 1, 4, 12, 0, 0, -20),
        coding=Coding(0xF5),
        user_data=UserData(cut(b"\x01\x06\x03\xbe\xaf\x84pdu", 1)[0].header, b"\x01\x06\x03\xbe\xaf\x84pdu"),
    )
)
VECTORS = (DELIVER, SUBMIT, REPORT, PUSH)

CLOCKS = st.builds(
    Timestamp,
    st.integers(0, 99), st.integers(1, 12), st.integers(1, 31), st.integers(0, 23), st.integers(0, 59),
    st.integers(0, 59), st.integers(-79, 79),
)  # fmt: skip
ADDRESSES = st.one_of(
    st.builds(
        Address, st.text("0123456789*#abc", max_size=20), st.sampled_from([TypeOfNumber(n) for n in (0, 1, 2, 3)])
    ),
    st.builds(Address, st.text("MSCmsc €1", min_size=1, max_size=5), st.just(TypeOfNumber.ALPHANUMERIC), st.just(0)),
)
HEADERS = st.sampled_from([udh.NO_HEADER, cut(b"", 1)[0].header, cut(bytes(200), 9, wide=True)[1].header])
OCTETS = st.builds(UserData, HEADERS, st.binary(max_size=120))
SEPTETS = st.builds(UserData, HEADERS, st.lists(st.integers(0, 127), max_size=140).map(bytes))
MESSAGES = st.one_of(
    st.tuples(st.sampled_from([Coding(0x04), Coding(0xF5), Coding(0x08), Coding(0x20)]), OCTETS),
    st.tuples(st.sampled_from([Coding(0x00), Coding(0x11), Coding(0xC8), Coding(0x90)]), SEPTETS),
)


class Examples(SynchronousTestCase):
    """What known octets mean."""

    def test_deliver(self) -> None:
        """Text, time and flags."""
        found = tpdu.decode(DELIVER)
        assert isinstance(found, Deliver)
        self.assertEqual(found.originator.digits, "27838890001")
        self.assertEqual(str(found.timestamp), "2099-03-29T15:16:59+02:00")
        self.assertEqual(found.user_data.text(found.coding), "hellohello")
        self.assertFalse(found.more)

    def test_submit(self) -> None:
        """A relative validity of four days, octet AA."""
        found = tpdu.decode(SUBMIT)
        assert isinstance(found, Submit)
        self.assertEqual(str(found.destination), "+46708251358")
        self.assertEqual(found.validity, 4 * 86400)
        self.assertEqual(found.user_data.text(found.coding), "hellohello")

    def test_status_report(self) -> None:
        """Without the optional parameters."""
        found = tpdu.decode(REPORT)
        assert isinstance(found, StatusReport)
        self.assertEqual((found.reference, str(found.recipient), found.status), (0x42, "+15551203002", 0))
        self.assertEqual(str(found.discharge), "2030-01-04T12:00:50+00:00")
        self.assertIsNone(found.user_data)

    def test_push(self) -> None:
        """A header of ports, and the octets after it; the time zone is west of Greenwich."""
        found = tpdu.decode(PUSH)
        assert isinstance(found, Deliver)
        self.assertEqual(found.user_data.header.ports, (2948, 9200))
        self.assertEqual(found.user_data.payload, b"\x01\x06\x03\xbe\xaf\x84pdu")
        self.assertEqual(found.originator, Address("MMSC", TypeOfNumber.ALPHANUMERIC, 0))
        self.assertEqual(found.timestamp.quarters, -20)
        self.assertIsNone(found.user_data.text(found.coding))

    def test_same_octets_back(self) -> None:
        """Each example is written as it was read."""
        for vector in VECTORS:
            self.assertEqual(tpdu.encode(tpdu.decode(vector)).hex(), vector.hex())

    def test_header_before_septets(self) -> None:
        """The text begins at a septet boundary after the header (TS 23.040 figure 9.2.3.24 (a))."""
        header = cut(bytes(200), 1)[0].header
        data = UserData(header, alphabet.encode("Hi"))
        octets = data.encode(Coding(0))
        # 12 octets of header are 14 septets with 2 fill bits.
        self.assertEqual(octets[0], 16)
        self.assertEqual(octets[13:].hex(), (((0x48 | 0x69 << 7) << 2).to_bytes(2, "little")).hex())


class Trouble(SynchronousTestCase):
    """What cannot be read or written."""

    def test_every_truncation(self) -> None:
        """Malformed at an offset within what is there; a report may end before its optional parameters."""
        for vector in VECTORS:
            for length in range(len(vector)):
                with self.assertRaises(Malformed) as caught:
                    tpdu.decode(vector[:length])
                self.assertLessEqual(caught.exception.offset, length)

    def test_named_places(self) -> None:
        """Each fault is told where it is."""
        for octets, offset, words in (
            ("03", 0, "SMS-DELIVER, SMS-SUBMIT"),
            (DELIVER.hex() + "00", len(DELIVER), "the end of the TPDU"),
            ("0415" + "91" + "00" * 11, 1, "at most 20"),
            ("04" + "0491" + "f1f2" + "00" * 20, 3, "4 digits"),
            ("04" + "0491" + "1122" + "0000" + "a1" * 7 + "00", 7, "two decimal digits"),
            ("04" + "0491" + "1122" + "0004" + "11" * 7 + "8d" + "00" * 141, 14, "at most 140 octets"),
            ("44" + "0491" + "1122" + "0000" + "11" * 7 + "05" + "0600000000", 16, "6 octets of user data header"),
            ("44" + "0491" + "1122" + "0000" + "11" * 7 + "01" + "00", 14, "header within"),
        ):
            with self.assertRaises(Malformed) as caught:
                tpdu.decode(bytes.fromhex(octets))
            self.assertEqual((caught.exception.offset, octets), (offset, octets))
            self.assertIn(words, caught.exception.expected)

    @given(st.binary(max_size=180))
    def test_anything(self, data: bytes) -> None:
        """No exception but Malformed, and the trace never leaves the data."""
        spans: list[Span] = []
        try:
            tpdu.decode(data, Trace.to(spans))
        except Malformed as error:
            self.assertLessEqual(error.offset, len(data))
        else:
            self.assertEqual({octet for span in spans for octet in range(span.start, span.end)}, set(range(len(data))))
        self.assertTrue(all(0 <= span.start < span.end <= len(data) for span in spans))

    def test_unencodable(self) -> None:
        """Values without octets."""
        good = Address("1")
        for wrong in (
            Submit(destination=Address("1" * 21), user_data=UserData()),
            Submit(destination=Address("+1"), user_data=UserData()),
            Submit(destination=Address("ж", TypeOfNumber.ALPHANUMERIC), user_data=UserData()),
            Submit(destination=good, user_data=UserData(), reference=256),
            Submit(destination=good, user_data=UserData(), validity=64 * 7 * 86400),
            Submit(destination=good, user_data=UserData(), validity=b"123"),
            Submit(destination=good, user_data=UserData(), validity=Timestamp(30, 13, 1)),
            Submit(destination=good, user_data=UserData(payload=bytes(141)), coding=Coding(4)),
            Submit(destination=good, user_data=UserData(payload=bytes(161))),
        ):
            self.assertRaises(Unencodable, tpdu.encode, wrong)


class RoundTrips(SynchronousTestCase):
    """Every value that can be written is read again."""

    @given(ADDRESSES, CLOCKS, MESSAGES, st.tuples(*[st.booleans()] * 4), st.integers(0, 255))
    def test_deliver(
        self, who: Address, when: Timestamp, message: tuple[Coding, UserData], flags: tuple[bool, ...], protocol: int
    ) -> None:
        """SMS-DELIVER."""
        more, loop, status_report, reply_path = flags
        value = Deliver(
            originator=who, timestamp=when, coding=message[0], user_data=message[1], protocol=protocol,
            more=more, loop=loop, status_report=status_report, reply_path=reply_path,
        )  # fmt: skip
        self.assertEqual(tpdu.decode(tpdu.encode(value)), value)

    @given(
        ADDRESSES,
        st.one_of(st.none(), CLOCKS, st.integers(0, 255).map(relative_period), st.binary(min_size=7, max_size=7)),
        MESSAGES,
        st.tuples(*[st.booleans()] * 3),
        st.integers(0, 255),
    )
    def test_submit(
        self,
        who: Address,
        validity: int | Timestamp | bytes | None,
        message: tuple[Coding, UserData],
        flags: tuple[bool, ...],
        reference: int,
    ) -> None:
        """SMS-SUBMIT, in each format of its validity."""
        value = Submit(
            destination=who, validity=validity, coding=message[0], user_data=message[1], reference=reference,
            reject_duplicates=flags[0], status_report=flags[1], reply_path=flags[2],
        )  # fmt: skip
        self.assertEqual(tpdu.decode(tpdu.encode(value)), value)

    @given(
        ADDRESSES, CLOCKS, CLOCKS, st.integers(0, 255), st.none() | st.integers(0, 255), st.none() | MESSAGES,
        st.tuples(*[st.booleans()] * 3),
    )  # fmt: skip
    def test_status_report(
        self,
        who: Address,
        when: Timestamp,
        done: Timestamp,
        status: int,
        protocol: int | None,
        message: tuple[Coding, UserData] | None,
        flags: tuple[bool, ...],
    ) -> None:
        """SMS-STATUS-REPORT, with and without its optional parameters."""
        value = StatusReport(
            reference=9, recipient=who, timestamp=when, discharge=done, status=status, protocol=protocol,
            coding=message and message[0], user_data=message and message[1],
            more=flags[0], loop=flags[1], of_command=flags[2],
        )  # fmt: skip
        self.assertEqual(tpdu.decode(tpdu.encode(value)), value)

    @given(st.text("abc@£€{}[]~\\|^ Ωé\n"))
    def test_alphabet(self, text: str) -> None:
        """Characters, the extension table among them; packed at any fill."""
        septets = alphabet.encode(text)
        self.assertEqual(alphabet.decode(septets), text)
        for fill in range(7):
            self.assertEqual(alphabet.unpack(alphabet.pack(septets, fill), len(septets), fill), septets)


class Words(SynchronousTestCase):
    """Octets that stand for something."""

    def test_alphabet_leniency(self) -> None:
        """23.038 6.2.1.1: an unknown extension is the default table's character, a lone escape a space."""
        self.assertEqual(alphabet.decode(b"\x1ba"), "a")
        self.assertEqual(alphabet.decode(b"a\x1b"), "a ")
        self.assertEqual(alphabet.decode(b"\x1b\x1bb"), " b")

    def test_codings(self) -> None:
        """23.038 clause 4."""
        for octet, kind, message_class in (
            (0x00, Alphabet.DEFAULT, None),
            (0x04, Alphabet.OCTETS, None),
            (0x08, Alphabet.UCS2, None),
            (0x0C, Alphabet.DEFAULT, None),
            (0x15, Alphabet.OCTETS, 1),
            (0x55, Alphabet.OCTETS, 1),
            (0x80, Alphabet.DEFAULT, None),
            (0xC8, Alphabet.DEFAULT, None),
            (0xE0, Alphabet.UCS2, None),
            (0xF0, Alphabet.DEFAULT, 0),
            (0xF5, Alphabet.OCTETS, 1),
            (0xF7, Alphabet.OCTETS, 3),
        ):
            coding = Coding(octet)
            self.assertEqual((coding.alphabet, coding.message_class), (kind, message_class), f"{octet:02X}")
        self.assertIn("fax active", str(Coding(0xC9)))
        self.assertIn("compressed", str(Coding(0x20)))
        self.assertFalse(Coding(0x20).septets)

    def test_validity(self) -> None:
        """9.2.3.12.1 at the borders of its four ranges; a period is never cut short."""
        hour, day = 3600, 86400
        for octet, seconds in ((0, 300), (143, 12 * hour), (144, 12 * hour + 1800), (167, day), (168, 2 * day)):
            self.assertEqual(relative_period(octet), seconds)
        self.assertEqual((relative_period(196), relative_period(197)), (30 * day, 35 * day))
        self.assertEqual(relative_period(255), 63 * 7 * day)
        for octet in range(256):
            self.assertEqual(write_relative_period(relative_period(octet)), octet)
        self.assertEqual(relative_period(write_relative_period(3 * day + 1)), 4 * day)

    def test_statuses(self) -> None:
        """9.2.3.15, reserved values by their group."""
        self.assertEqual(names.status_name(0x00), "completed: received by the SME")
        self.assertEqual(names.status_name(0x46), "permanent error: validity period expired")
        self.assertEqual(names.status_name(0x3F), "temporary error, SC still trying: reserved or SC specific 3F")
        self.assertIn("service rejected", names.status_name(0x99))

    def test_protocols(self) -> None:
        """9.2.3.9."""
        self.assertEqual(names.protocol_name(0x42), "replace short message type 2")
        self.assertEqual(names.protocol_name(0x32), "telematic interworking 12")
        self.assertEqual(names.protocol_name(0x05), "SME to SME protocol 05")
        self.assertEqual(names.protocol_name(0xC5), "SC specific C5")
        self.assertEqual(names.protocol_name(0x60), "reserved 60")

    def test_language_shift(self) -> None:
        """A text in an alphabet that we do not have is not shown in another."""
        header = udh.UserDataHeader(((0x24, b"\x01"),))
        self.assertIsNone(UserData(header, b"abc").text(Coding(0)))

    def test_ucs2(self) -> None:
        """Characters of 16 bits."""
        self.assertEqual(UserData(payload="жé".encode("utf-16-be")).text(Coding(8)), "жé")

    def test_nonsense_dates_are_shown(self) -> None:
        """A service centre that has no clock does not make a message unreadable."""
        when, _ = elements.Timestamp.read(bytes(7), 0, 7)
        self.assertEqual(str(when), "2000-00-00T00:00:00+00:00")
