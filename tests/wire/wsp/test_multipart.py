"""The binary multipart: parsed, composed, checked, cut short, and made to grow."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from mmse.wire import Malformed
from mmse.wire.limits import Limits
from mmse.wire.trace import Span
from mmse.wire.wsp.content_type import ContentType
from mmse.wire.wsp.field import Header, Raw
from mmse.wire.wsp.headers import (
    CONTENT_DISPOSITION,
    CONTENT_DISPOSITION_1_4,
    CONTENT_ID,
    CONTENT_LOCATION,
    Disposition,
)
from mmse.wire.wsp.multipart import Part, check, compose, compose_pieces, leaves, parse
from mmse.wire.wsp.values import write_uintvar
from tests.vectors.mmsenc import BODY, BODY_TYPE
from tests.wire.mmsenc.samples import CONTENT_TYPES

MIXED = ContentType("application/vnd.wap.multipart.mixed")
TEXT = ContentType("text/plain")


def nested(depth: int) -> bytes:
    """A text in so many multiparts."""
    body = compose([Part(TEXT, [], b"x")])
    for _ in range(depth - 1):
        body = compose([Part(MIXED, [], body)])
    return body


class Quotes(SynchronousTestCase):
    """Quoted-string has a quote at its front only; peers write none, one, two, or only the last (found by fuzzing)."""

    def test_every_way(self) -> None:
        for spelled in (b"<a>", b'"<a>', b'"<a>"', b'<a>"', b'"<a>""'):
            with self.subTest(spelled=spelled):
                header = b"\x83\xc0" + spelled + b"\0"
                (part,) = parse(b"\x01" + bytes([len(header)]) + b"\x02" + header + b"hi")
                self.assertEqual(part.get(CONTENT_ID), "<a>")
                again = compose([part])
                self.assertEqual(compose(parse(again)), again)


class Parsing(SynchronousTestCase):
    """Bodies of peers."""

    def test_example(self) -> None:
        """The worked example, both ways."""
        parts = parse(BODY)
        self.assertEqual(
            [str(part.content_type) for part in parts],
            ["application/smil", "text/plain; charset='utf-8'; name='t.txt'"],
        )
        self.assertEqual([part.get(CONTENT_ID) for part in parts], ["<smil>", "<t>"])
        self.assertEqual(parts[1].get(CONTENT_LOCATION), "t.txt")
        self.assertEqual(bytes(parts[1].data), b"Hi")
        self.assertEqual(compose(parts), BODY)
        self.assertEqual(check(BODY, BODY_TYPE), 2)

    def test_no_copy(self) -> None:
        """The data of a part is a view of the body, and goes out as the object it is."""
        data = parse(BODY)[0].data
        assert isinstance(data, memoryview)
        self.assertIs(data.obj, BODY)
        self.assertIs(compose_pieces([Part(TEXT, [], data)])[2], data)

    def test_headers(self) -> None:
        """Dispositions of both numbers, private and unknown headers, header text that is known."""
        headers: list[Header] = [
            (CONTENT_DISPOSITION, Disposition("attachment", (("filename", "a.jpg"),))),
            (CONTENT_DISPOSITION_1_4, Disposition("x-own")),
            ("Content-Transfer-Encoding", "binary"),
            ("X-Own", Raw(b"\x02ab")),
        ]
        part = Part(TEXT, headers, b"x")
        octets = compose([part])
        self.assertIn(bytes.fromhex("AE 08 81 86") + b"a.jpg\0", octets)
        self.assertEqual(parse(octets), [part])
        raw = bytes.fromhex("01 1B 00 83 C8 80 F0 02 61 62") + b"content-id\0<a>\0" + b"\x8e\x80\x90\x91"
        found = parse(raw[:1] + bytes((len(raw) - 3,)) + raw[2:])[0]
        self.assertEqual([value for _, value in found.headers], [b"\x80", b"\x02ab", "<a>", Raw(b"\x80"), b"\x91"])
        self.assertEqual(found.get(CONTENT_ID), "<a>")
        self.assertEqual(found.all(CONTENT_ID), ["<a>"])
        self.assertEqual(found.get(CONTENT_LOCATION, "none"), "none")

    def test_counts(self) -> None:
        """The count is not trusted: parse ends with the body, check demands that they agree, trailing octets pass."""
        body = compose([Part(TEXT, [], b"x")])
        self.assertEqual(len(parse(b"\x05" + body[1:])), 1)
        with self.assertRaises(Malformed):
            check(b"\x05" + body[1:], MIXED)
        self.assertEqual(len(parse(body + b"trailing")), 1)
        self.assertEqual(check(body + b"trailing", MIXED), 1)
        self.assertEqual(parse(b""), [])
        self.assertEqual(parse(b"\0"), [])
        self.assertEqual(check(b"\0", MIXED), 0)
        self.assertEqual(check(b"anything", TEXT), 1)

    def test_limits(self) -> None:
        """Parts of all levels count together; depth, and the headers of a part, are bounded."""
        many = compose([Part(TEXT, [], b"")] * 101)
        for read in (lambda: parse(many), lambda: check(many, MIXED)):
            with self.assertRaises(Malformed) as caught:
                read()
            self.assertEqual(caught.exception.expected, "at most 100 parts")
        half = compose([Part(TEXT, [], b"")] * 50)
        with self.assertRaises(Malformed):
            check(compose([Part(MIXED, [], half)] * 2), MIXED)
        self.assertEqual(check(nested(5), MIXED), 1)
        with self.assertRaises(Malformed) as caught:
            check(nested(6), MIXED)
        self.assertIn("5 deep", caught.exception.expected)
        long = compose([Part(TEXT, [("a", "b")] * 100, b"")])
        with self.assertRaises(Malformed):
            parse(long, Limits(part_headers=300))
        with self.assertRaises(Malformed):
            parse(long, Limits(headers=99))

    def test_claimed_lengths(self) -> None:
        """Four gigabytes claimed, at every place a length stands, cost nothing."""
        huge = write_uintvar(0xFFFFFFFF)
        for body in (
            huge,
            b"\x01" + huge + b"\x01\x83",
            b"\x01\x01" + huge + b"\x83x",
            b"\x01\x0a\x01\x1f" + huge + b"\x83",
        ):
            for view in (body, memoryview(body)):
                with self.assertRaises(Malformed):
                    check(view, MIXED)

    def test_every_truncation(self) -> None:
        """Cut anywhere a body is not whole; what parse still reads is a prefix of the parts."""
        body = compose([*parse(BODY), Part(MIXED, [], nested(2)), Part(TEXT, [], b"end")])
        whole = parse(body)
        self.assertEqual(check(body, MIXED), 4)
        for end in range(len(body)):
            with self.assertRaises(Malformed) as caught:
                check(body[:end], MIXED)
            self.assertLessEqual(caught.exception.offset, end)
            try:
                self.assertEqual(parse(body[:end]), whole[: len(parse(body[:end]))])
            except Malformed as error:
                self.assertLessEqual(error.offset, end)

    def test_offsets(self) -> None:
        """What breaks deep inside is told by its place in the body."""
        body = compose([Part(TEXT, [], b"12345"), Part(MIXED, [], nested(2)[:-1])])
        with self.assertRaises(Malformed) as caught:
            check(body, MIXED)
        self.assertEqual(caught.exception.offset, len(body) - 4)

    def test_traced(self) -> None:
        """Every octet of a body is told, in order."""
        spans: list[Span] = []
        parse(BODY, trace=spans)
        self.assertEqual(spans[0], Span(0, 1, "nEntries", "2", 0))
        at = 0
        for span in spans:
            self.assertEqual(span.start, at, span)
            at = span.end
        self.assertEqual(at, len(BODY))

    def test_leaves(self) -> None:
        """Leaves come in the order of the body, however deep."""
        inner = compose([Part(TEXT, [], b"2"), Part(TEXT, [], b"3")])
        body = compose([Part(TEXT, [], b"1"), Part(MIXED, [], inner), Part(TEXT, [], b"4")])
        self.assertEqual([bytes(part.data) for part in leaves(body, MIXED)], [b"1", b"2", b"3", b"4"])
        self.assertEqual([bytes(part.data) for part in leaves(b"x", TEXT)], [b"x"])

    @settings(max_examples=100, deadline=None, database=None, derandomize=True)
    @given(st.lists(st.tuples(CONTENT_TYPES, st.text("abc<>@", max_size=9), st.binary(max_size=300)), max_size=5))
    def test_any(self, rows: list[tuple[ContentType, str, bytes]]) -> None:
        """Any parts survive."""
        parts = [Part(content_type, [(CONTENT_LOCATION, place)], data) for content_type, place, data in rows]
        self.assertEqual(parse(compose(parts)), parts)
        self.assertEqual(compose(parse(compose(parts))), compose(parts))

    def test_equality(self) -> None:
        """Parts compare by their values."""
        self.assertNotEqual(Part(TEXT), Part(MIXED))
        self.assertNotEqual(Part(TEXT), "other")
        self.assertIn("text/plain", repr(Part(TEXT)))
