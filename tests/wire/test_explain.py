"""Explanations: the ranges cover the octets once, faults stand where they are, kinds and sets are found out."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from mmse.wire import Malformed
from mmse.wire.explain import Explanation, Kind, NotHexadecimal, Section, as_json, as_text, explain, from_hex, is_hex
from mmse.wire.explain.kinds import kind_of
from mmse.wire.mmsenc import decode, encode, pdus
from mmse.wire.sms import tpdu
from mmse.wire.sms.coding import Coding
from mmse.wire.sms.elements import Address, Timestamp
from mmse.wire.sms.segmentation import Segment, cut
from mmse.wire.sms.tpdu import Deliver, UserData
from mmse.wire.wsp import multipart, push
from mmse.wire.wsp.content_type import ContentType
from mmse.wire.wsp.multipart import Part
from tests.wire.mmsenc.samples import whole
from tests.wire.notification import NOTIFICATION

PUSH = push.compose(NOTIFICATION, 1, trusted=True)
SEGMENTS = [segment.encode() for segment in cut(PUSH, 0x5A)]
ALL = [encode(whole(pdu)) for pdu in pdus.PDUS]


def deliver(segment: Segment) -> bytes:
    """The TPDU that brings a segment to a phone."""
    return tpdu.encode(
        Deliver(
            originator=Address("15551230009"),
            timestamp=Timestamp(30, 1, 4),
            coding=Coding(0xF5),
            user_data=UserData(segment.header, segment.payload),
        )
    )


TPDUS = [deliver(segment) for segment in cut(PUSH, 0x5A)]
SINGLE = deliver(cut(push.compose(NOTIFICATION[:100], 1), 1)[0])


def only(explanation: Explanation) -> Section:
    """Its one section."""
    (section,) = explanation.sections
    return section


class Explanations(SynchronousTestCase):
    """What is common to all of these tests."""

    def assertCovered(self, section: Section) -> None:
        """The ranges that are no containers follow each other from the first octet to the last."""
        at = 0
        for each in section.ranges:
            self.assertLess(each.start, each.end)
            self.assertGreaterEqual(each.start, at if not each.container else 0)
            if not each.container:
                self.assertEqual(each.start, at, each)
                at = each.end
        self.assertEqual(at, len(section.octets))


class Covering(Explanations):
    """Every octet has one meaning."""

    def test_every_pdu(self) -> None:
        """All PDU types with every field: nothing left over, nothing broken."""
        for octets in ALL:
            explanation = explain([octets])
            section = only(explanation)
            self.assertFalse(explanation.broken, as_text(explanation))
            self.assertIs(section.kind, Kind.MMS)
            self.assertCovered(section)
            self.assertFalse([each for each in section.ranges if each.name.startswith("(")])

    def test_every_truncation(self) -> None:
        """Of a message with parts: always covered; what cannot be read is told as such; no trace of a missing octet."""
        whole_one = ALL[0]
        for length in range(1, len(whole_one)):
            explanation = explain([whole_one[:length]], Kind.MMS)
            section = only(explanation)
            self.assertCovered(section)
            self.assertTrue(explanation.broken, length)
            self.assertTrue(all(fault.offset <= length for fault in section.faults))

    def test_where_as_the_decoder_says(self) -> None:
        """The first fault is where `decode` stops."""
        for length in range(1, len(NOTIFICATION)):
            try:
                decode(NOTIFICATION[:length])
            except Malformed as error:
                fault = only(explain([NOTIFICATION[:length]], Kind.MMS)).faults[0]
                self.assertEqual((fault.offset, fault.expected), (error.offset, error.expected))

    @settings(max_examples=300, deadline=None)
    @given(st.one_of(st.binary(max_size=80), st.sampled_from([*ALL, PUSH, *SEGMENTS, *TPDUS, SINGLE])), st.data())
    def test_anything(self, octets: bytes, data: st.DataObject) -> None:
        """With octets changed: never an exception, always covered, both renderings made."""
        changed = bytearray(octets)
        for _ in range(data.draw(st.integers(0, 3))):
            if changed:
                changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
        for kind in (None, *Kind):
            explanation = explain([bytes(changed)], kind)
            for section in explanation.sections:
                self.assertCovered(section)
            self.assertTrue(as_text(explanation))
            self.assertEqual(json.loads(as_json(explanation))["broken"], explanation.broken)

    def test_left_over(self) -> None:
        """Octets within a Value-length that the value does not use, and after the last part: told, and no fault."""
        section = only(explain([bytes.fromhex("8c858d92984100890481616263")]))
        self.assertCovered(section)
        self.assertFalse(section.faults)
        section = only(explain([with_body(multipart.compose([Part(ContentType("image/gif"), [], b"x")]) + b"tail")]))
        self.assertCovered(section)
        self.assertEqual(
            (section.ranges[-1].name, section.ranges[-1].meaning), ("(left over)", "4 octets after the parts")
        )


class Contents(Explanations):
    """What is inside of what."""

    def test_parts(self) -> None:
        """Headers of parts one by one, text shown, offsets those of the whole."""
        section = only(explain([ALL[0]]))
        texts = [each for each in section.ranges if each.name == "text"]
        self.assertEqual(texts[1].meaning, "Hi")
        self.assertEqual(section.octets[texts[1].start : texts[1].end], b"Hi")
        self.assertIn("part 2", [each.name for each in section.ranges])
        self.assertIn("'t.txt'", [each.meaning for each in section.ranges])

    def test_charset(self) -> None:
        """Text in the charset that its part names; in Latin-1 when that lies."""
        for charset, octets, text in (("utf-8", "жé".encode(), "жé"), ("utf-8", b"\xe9", "é"), ("nonsense", b"a", "a")):
            part = Part(ContentType("text/plain", (("charset", charset),)), [], octets)
            section = only(explain([with_body(multipart.compose([part]))]))
            self.assertIn(text, [each.meaning for each in section.ranges if each.name == "text"])

    def test_nested(self) -> None:
        """A multipart within one, and an MMS PDU as a part (as M-Mbox-View.conf has them)."""
        inner = multipart.compose([Part(ContentType("text/plain"), [], b"deep")])
        body = multipart.compose(
            [
                Part(ContentType("application/vnd.wap.multipart.mixed"), [], inner),
                Part(ContentType(push.MMS_MEDIA), [], NOTIFICATION),
            ]
        )
        section = only(explain([with_body(body)]))
        self.assertCovered(section)
        self.assertFalse(section.faults)
        (deep,) = [each for each in section.ranges if each.name == "text"]
        self.assertEqual(section.octets[deep.start : deep.end], b"deep")
        self.assertIn("'Holiday pictures'", [each.meaning for each in section.ranges])

    def test_nested_without_end(self) -> None:
        """Depth is bounded: what is deeper is data."""
        body = b"x"
        for _ in range(40):
            body = multipart.compose([Part(ContentType("application/vnd.wap.multipart.mixed"), [], body)])
        pdu = NOTIFICATION
        for _ in range(2000):
            pdu = bytes.fromhex("8c938d9284be") + pdu  # an M-Mbox-Descr whose content is a PDU
        for octets in (with_body(body), pdu):
            section = only(explain([octets]))
            self.assertCovered(section)
            self.assertLess(max(each.depth for each in section.ranges), 20)

    def test_push(self) -> None:
        """Its headers, then the PDU in it."""
        section = only(explain([PUSH]))
        self.assertIs(section.kind, Kind.PUSH)
        self.assertCovered(section)
        self.assertEqual([each.name for each in section.ranges if each.container], ["Data"])
        (subject,) = [each for each in section.ranges if each.meaning == "'Holiday pictures'"]
        self.assertEqual(section.octets[subject.start : subject.end], b"Holiday pictures\0")

    def test_tpdu(self) -> None:
        """A whole push in one short message is explained down to the PDU; a service centre's address before it, too."""
        for before in (b"", bytes.fromhex("0791447779078404")):
            section = only(explain([before + SINGLE]))
            self.assertIs(section.kind, Kind.TPDU)
            self.assertCovered(section)
            self.assertIn("M-Notification.ind (0x82)", [each.meaning for each in section.ranges])
            (fault,) = section.faults
            self.assertEqual(fault.offset, len(before + SINGLE))
            self.assertIn("NUL", fault.expected)

    def test_text_message(self) -> None:
        """No push: the text."""
        section = only(
            explain([bytes.fromhex("07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37")])
        )
        self.assertFalse(section.faults)
        self.assertIn("'hellohello'", [each.meaning for each in section.ranges])


def with_body(body: bytes) -> bytes:
    """An M-Send.req of any body, multipart/mixed."""
    return bytes.fromhex("8c80985431008d92890181 9761 00 84a3".replace(" ", "")) + body


class Faults(Explanations):
    """Where and why."""

    def test_offsets(self) -> None:
        """Each fault at its octet, in offsets of what was given, however deep it lies."""
        part = multipart.compose([Part(ContentType("text/plain"), [], b"four")])
        head = len(with_body(b""))
        cases = (
            ([NOTIFICATION[:40]], 17, "24 octets of value"),
            ([NOTIFICATION[:50]], 50, "a NUL that ends the text"),
            ([b"\x8c\x82\x98A\0"], 5, "X-Mms-MMS-Version, which M-Notification.ind must have"),
            ([b"\x8c\xff\x98A\0"], 1, "a known PDU type, not 0xFF"),
            ([PUSH[:58]], 58, "a NUL"),
            ([PUSH[:4]], 3, "5 octets of headers"),
            ([with_body(part[:-1])], head + 4, "4 octets of part data, not 3"),
            ([with_body(b"\x02" + part[1:])], head + len(part), "Uintvar-integer"),
            ([with_body(b"\x01\x7f\x00")], head + 3, "127 octets of part headers"),
            ([SINGLE[:20]], 19, "octets of user data"),
        )
        for runs, offset, expected in cases:
            explanation = explain(runs)
            self.assertTrue(explanation.broken)
            fault = only(explanation).faults[0]
            self.assertEqual(fault.offset, offset, as_text(explanation))
            self.assertIn(expected, fault.expected)

    def test_nested_offset(self) -> None:
        """A PDU broken within a part within a push."""
        parts = multipart.compose([Part(ContentType(push.MMS_MEDIA), [], NOTIFICATION[:-1])])
        octets = push.compose(with_body(parts), 1)
        fault = only(explain([octets])).faults[0]
        self.assertEqual(fault.offset, len(octets))

    def test_all_missing_fields_are_told(self) -> None:
        """Not only the first."""
        section = only(explain([b"\x8c\x82"]))
        told = [fault.expected.partition(",")[0] for fault in section.faults]
        self.assertEqual(told, [field.name for field in pdus.M_NOTIFICATION_IND.mandatory])

    def test_not_understood_is_a_note(self) -> None:
        """A value that its type cannot read, in a field that need not be there."""
        octets = NOTIFICATION.replace(bytes.fromhex("8681"), bytes.fromhex("86ff"), 1)
        section = only(explain([octets]))
        self.assertFalse(section.faults)
        self.assertIn("the value of X-Mms-Delivery-Report is not understood; its octets are kept", section.notes)

    def test_empty(self) -> None:
        """Nothing is broken, too."""
        for runs in ([], [b""]):
            self.assertTrue(explain(runs).broken)
            self.assertIn("no octets", as_text(explain(runs)))


class Kinds(Explanations):
    """Finding out what it is."""

    def test_each(self) -> None:
        """Whole ones."""
        for octets in ALL:
            self.assertIs(kind_of(octets), Kind.MMS)
            self.assertIs(kind_of(push.compose(octets, 4)), Kind.PUSH)
            self.assertIs(kind_of(push.compose(octets, 0x44)), Kind.PUSH)
        for octets in (*TPDUS, SINGLE):
            self.assertIs(kind_of(octets), Kind.TPDU)
        for octets in SEGMENTS:
            self.assertIs(kind_of(octets), Kind.SEGMENTS)

    def test_broken_ones(self) -> None:
        """Cut short, they are what they were."""
        for length in range(6, len(PUSH)):
            self.assertIs(kind_of(PUSH[:length]), Kind.PUSH, length)
        for length in range(20, len(SINGLE)):
            self.assertIs(kind_of(SINGLE[:length]), Kind.TPDU, length)

    def test_headers_in_another_order(self) -> None:
        """A PDU of a peer that does not begin with its type."""
        self.assertIs(kind_of(NOTIFICATION[2:13] + NOTIFICATION[:2] + NOTIFICATION[13:]), Kind.MMS)


class Sets(Explanations):
    """Segments of a message, one in each run."""

    def test_together(self) -> None:
        """In any order, as user data or as TPDUs: one section each, and the push."""
        for runs in (SEGMENTS, SEGMENTS[::-1], TPDUS, TPDUS[::-1], [SEGMENTS[0], TPDUS[1]]):
            explanation = explain(runs)
            self.assertFalse(explanation.broken, as_text(explanation))
            self.assertEqual(len(explanation.sections), 3)
            self.assertEqual(explanation.sections[2].octets, PUSH)
            self.assertIn("'Holiday pictures'", [each.meaning for each in explanation.sections[2].ranges])
            for section in explanation.sections:
                self.assertCovered(section)

    def test_missing(self) -> None:
        """Named; what is there from the first on is explained as far as it goes."""
        three = [segment.encode() for segment in cut(push.compose(NOTIFICATION * 4, 1), 7)]
        self.assertGreater(len(three), 3)
        explanation = explain([three[0], *three[3:]])
        self.assertEqual(explanation.faults, (f"reference 07: missing segments 2, 3 of {len(three)}",))
        self.assertIn(f"segments 1 to 1 of {len(three)}", explanation.sections[-1].title)
        self.assertTrue(explain(SEGMENTS[1:]).broken)
        self.assertEqual(explain(SEGMENTS[1:]).faults, ("reference 5A: missing segment 1 of 2",))

    def test_twice(self) -> None:
        """Named with the inputs; whether they differ."""
        same = explain([SEGMENTS[0], SEGMENTS[1], SEGMENTS[0]])
        self.assertEqual(same.faults, ("reference 5A: segment 1 of 2 comes twice, in inputs 1 and 3: the same octets",))
        other = explain([SEGMENTS[0], SEGMENTS[1], SEGMENTS[1] + b"x"])
        self.assertIn("in inputs 2 and 3: other octets", other.faults[0])

    def test_several_messages(self) -> None:
        """References keep them apart, and their widths."""
        others = [segment.encode() for segment in cut(PUSH, 0x5A, wide=True)]
        explanation = explain([SEGMENTS[0], others[0], others[1], SEGMENTS[1]])
        self.assertFalse(explanation.broken)
        self.assertEqual([section.octets for section in explanation.sections[4:]], [PUSH, PUSH])
        self.assertIn("reference 005A", explanation.sections[5].title)

    def test_a_stranger_among_them(self) -> None:
        """Said to be segments: what is none is named."""
        explanation = explain([*SEGMENTS, cut(b"", 1)[0].encode()], Kind.SEGMENTS)
        self.assertEqual(explanation.faults, ("input 3 is not a segment of a concatenated message",))

    def test_lines_of_one_thing(self) -> None:
        """A dump in lines is not a set."""
        explanation = explain([NOTIFICATION[:30], NOTIFICATION[30:]])
        self.assertEqual(only(explanation).octets, NOTIFICATION)
        explanation = explain([PUSH[:30], PUSH[30:]])
        self.assertEqual(only(explanation).octets, PUSH)

    def test_messages_one_by_one(self) -> None:
        """TPDUs that belong to nothing are explained each by itself."""
        explanation = explain([SINGLE, SINGLE])
        self.assertEqual([section.title for section in explanation.sections], ["input 1", "input 2"])

    def test_broken_piece(self) -> None:
        """It breaks where it breaks, and is then missing."""
        explanation = explain([TPDUS[0], TPDUS[1][:30]])
        self.assertEqual(explanation.faults, ("reference 5A: missing segment 2 of 2",))
        self.assertTrue(explanation.sections[1].faults)


class Rendering(Explanations):
    """For people and for programs."""

    def test_text(self) -> None:
        """A line as it is printed, and a fault with its window."""
        text = as_text(explain([NOTIFICATION[:42]]))
        self.assertIn("\n   3  54 37 66 33 61 39 63 30    Text-string         'T7f3a9c01'\n", text)
        self.assertIn("BROKEN at octet 42 (0x2A): expected ", text)
        self.assertIn("found: the end of the octets", text)
        pointer = next(line for line in text.splitlines() if line.strip() == "^^")
        self.assertIn("\n      26  30 30 30 31 2f 54", text)
        self.assertEqual(pointer.index("^^"), len("      26  "))

    def test_abbreviated(self) -> None:
        """Long data are shown by their first octets, unless all is wanted."""
        octets = with_body(multipart.compose([Part(ContentType("image/jpeg"), [], bytes(300_000))]))
        self.assertLess(len(as_text(explain([octets]))), 3000)
        self.assertIn("... (300000 octets)", as_text(explain([octets])))
        self.assertGreater(len(as_text(explain([octets]), whole=True)), 900_000)
        self.assertLess(len(as_json(explain([octets]))), 10_000)
        self.assertIn("00" * 300_000, as_json(explain([octets]), whole=True))

    def test_terminal(self) -> None:
        """Text of a peer does nothing to the terminal."""
        part = Part(ContentType("text/plain"), [], b"\x1b[2Ja\nb\x07")
        text = as_text(explain([with_body(multipart.compose([part]))]))
        self.assertNotIn("\x1b", text)
        self.assertNotIn("\x07", text)
        self.assertIn("\\x1b[2Ja", text)

    def test_json(self) -> None:
        """The octets can be put together again from the ranges."""
        told = json.loads(as_json(explain([PUSH]), whole=True))
        self.assertFalse(told["broken"])
        (section,) = told["sections"]
        self.assertEqual("".join(each.get("hex", "") for each in section["ranges"]), PUSH.hex())
        self.assertEqual((section["kind"], section["length"]), ("push", len(PUSH)))
        broken = json.loads(as_json(explain([PUSH[:58]])))
        (fault,) = broken["sections"][0]["faults"]
        self.assertEqual(fault["offset"], 58)
        self.assertEqual(fault["window"], {"start": 42, "hex": PUSH[42:58].hex()})


class Hexadecimal(SynchronousTestCase):
    """Octets as people have them at hand."""

    def test_forms(self) -> None:
        """Bare, with separators, prefixes and comments."""
        for text in (
            "8c82 9841",
            "8C:82:98:41",
            "0x8c 0x82 0x98 0x41",
            "8c,82,98,41\n",
            "\\x8c\\x82\\x98\\x41",
            "8c829841 # a",
        ):
            self.assertEqual(from_hex(text), [bytes.fromhex("8c829841")], text)
        self.assertEqual(from_hex("# two\n01\n\n02\n"), [b"\x01", b"\x02"])

    def test_dumps(self) -> None:
        """xxd, hexdump -C and Wireshark: offsets and letters are not octets."""
        data = bytes(range(0x80, 0x80 + 20))
        xxd = (
            "00000000: 8081 8283 8485 8687 8889 8a8b 8c8d 8e8f  abcdef01 3456789\n"
            "00000010: 9091 9293                                ....\n"
        )
        hexdump = (
            "00000000  80 81 82 83 84 85 86 87  88 89 8a 8b 8c 8d 8e 8f  |ab cd ..........|\n"
            "00000010  90 91 92 93                                       |....|\n00000014\n"
        )
        wireshark = "0000   80 81 82 83 84 85 86 87 88 89 8a 8b 8c 8d 8e 8f   ab.......\n0010   90 91 92 93   ....\n"
        for dump in (xxd, hexdump, wireshark):
            self.assertEqual(from_hex(dump), [data], dump)

    def test_told_apart(self) -> None:
        """Octets are not text."""
        for data in (b"8c82\n", b"8C 82"):
            self.assertTrue(is_hex(data))
        for data in (NOTIFICATION, PUSH, b"", b"8c8", b"hello", *SEGMENTS, *TPDUS):
            self.assertFalse(is_hex(data))

    def test_wrong(self) -> None:
        """The line is named."""
        for text, words in (("8c\nzz", "line 2: 'z'"), ("8c8", "line 1: an odd number")):
            with self.assertRaises(NotHexadecimal) as caught:
                from_hex(text)
            self.assertIn(words, str(caught.exception))
