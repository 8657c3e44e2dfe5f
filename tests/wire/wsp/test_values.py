"""WSP values, charsets and media types."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from mmse.wire import Malformed, Unencodable
from mmse.wire.wsp import charsets, values
from mmse.wire.wsp.headers import HEADER_NAMES
from mmse.wire.wsp.media_types import MEDIA_TYPES, code_of, media_type_of
from mmse.wire.wsp.types import QuotedString
from mmse.wire.wsp.values import (
    read_integer,
    read_long,
    read_text,
    read_uintvar,
    read_window,
    write_integer,
    write_length,
    write_long,
    write_text,
    write_uintvar,
)


class Integers(SynchronousTestCase):
    """Uintvar, Short- and Long-integer, Value-length."""

    def test_uintvar(self) -> None:
        """The standard's examples both ways; five octets and 32 bits at most."""
        for value, octets in ((0, "00"), (127, "7F"), (128, "8100"), (1400, "8A78"), (0xFFFFFFFF, "8FFFFFFF7F")):
            data = bytes.fromhex(octets)
            self.assertEqual(write_uintvar(value), data)
            self.assertEqual(read_uintvar(data, 0, len(data)), (value, len(data)))
            for end in range(len(data)):
                with self.assertRaises(Malformed):
                    read_uintvar(data, 0, end)
        for wrong in ("808080808000", "9FFFFFFF7F", "FFFFFFFFFF"):
            with self.assertRaises(Malformed):
                read_uintvar(bytes.fromhex(wrong), 0, 6)
        for value in (-1, 2**32):
            with self.assertRaises(Unencodable):
                write_uintvar(value)

    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(st.integers(0, 2**32 - 1))
    def test_any(self, value: int) -> None:
        """Any value both ways, in each form."""
        for write, read in ((write_uintvar, read_uintvar), (write_integer, read_integer), (write_long, read_long)):
            octets = write(value)
            self.assertEqual(read(octets + b"\xff", 0, len(octets)), (value, len(octets)))

    def test_long(self) -> None:
        """One to eight octets; leading zeros are taken."""
        self.assertEqual(read_long(b"\x03\x00\x00\x05", 0, 4), (5, 4))
        self.assertEqual(write_long(0), b"\x01\x00")
        self.assertEqual(write_long(5, 4), b"\x04\x00\x00\x00\x05")
        for wrong in (b"", b"\x00", b"\x09" + bytes(9), b"\x02\x01", b"\x80"):
            with self.assertRaises(Malformed):
                read_long(wrong, 0, len(wrong))
        for value in (-1, 2**64):
            with self.assertRaises(Unencodable):
                write_long(value)

    def test_lengths(self) -> None:
        """Short up to 30, quoted above; the quoted form of any value is taken; never past the end."""
        self.assertEqual(
            [write_length(length) for length in (0, 30, 31, 200)], [b"\0", b"\x1e", b"\x1f\x1f", b"\x1f\x81H"]
        )
        self.assertEqual(read_window(b"\x02ab", 0, 3), (1, 3))
        self.assertEqual(read_window(b"\x1f\x02ab", 0, 4), (2, 4))
        for wrong in (b"", b"\x02a", b"\x1f\x02a", b"\x20", b"\x1f", b"\x1f\x8f\xff\xff\xff\x7f"):
            with self.assertRaises(Malformed):
                read_window(wrong, 0, len(wrong))


class Texts(SynchronousTestCase):
    """Text-string, Quoted-string, and the rule for what nobody knows."""

    def test_text(self) -> None:
        """The quote stands where the first octet is 0x7F or above, and nowhere else."""
        self.assertEqual(
            [write_text(text) for text in ("", "a", "é", "\x7f")], [b"\0", b"a\0", b"\x7f\xc3\xa9\0", b"\x7f\x7f\0"]
        )
        self.assertEqual(read_text(b"\x7f\xc3\xa9\0", 0, 4), (b"\xc3\xa9", 4))
        self.assertEqual(read_text(b"\xc3\xa9\0", 0, 3), (b"\xc3\xa9", 3))
        for wrong in (b"", b"abc", b"\x05a\0"):
            with self.assertRaises(Malformed):
                read_text(wrong, 0, len(wrong))
        for text in ("a\0b", "\n", "\ud800"):
            with self.assertRaises(Unencodable):
                write_text(text)

    def test_quoted(self) -> None:
        """One quote in front is the grammar; one behind, or none, is taken."""
        kind = QuotedString()
        self.assertEqual(kind.write("<a>"), b'"<a>\0')
        for octets in (b'"<a>\0', b'"<a>"\0', b"<a>\0"):
            self.assertEqual(kind.read(octets, 0, len(octets)), ("<a>", len(octets)))

    def test_skip(self) -> None:
        """By the first octet, one way for each range."""
        for octets, after in (
            (b"\x80z", 1),
            (b"\x00z", 1),
            (b"\x02abz", 3),
            (b"\x1f\x02abz", 4),
            (b"ab\0z", 3),
            (b"\x7fa\0z", 3),
        ):
            self.assertEqual(values.skip(octets, 0, len(octets)), after)
            for end in range(after):
                with self.assertRaises(Malformed):
                    values.skip(octets, 0, end)


class Charsets(SynchronousTestCase):
    """Every set of the digest, by number and by name."""

    def test_listed(self) -> None:
        """All the numbers are there, their names lead back, and each codec exists and decodes ASCII."""
        listed = [
            3,
            *range(4, 14),
            17,
            18,
            36,
            38,
            39,
            106,
            *range(109, 115),
            1000,
            *range(1013, 1016),
            2025,
            2026,
            2084,
        ]
        listed += range(2250, 2259)
        self.assertEqual(sorted(row.mib for row in charsets.CHARSETS), sorted(listed))
        for row in charsets.CHARSETS:
            self.assertEqual(charsets.mib_of(row.name.upper()), row.mib)
            self.assertEqual(charsets.name_of(row.mib), row.name)
            self.assertEqual(charsets.decode("Az09".encode(row.codec), row.mib), "Az09")
        self.assertEqual((charsets.name_of(0), charsets.mib_of("*"), charsets.mib_of("UTF8")), ("*", 0, 106))
        self.assertEqual((charsets.name_of(9999), charsets.mib_of("utf-7")), (None, None))

    def test_texts(self) -> None:
        """One word in many sets, with the end that peers give it."""
        for mib, octets in (
            (106, "Gr\u00fc\u00dfe".encode()),
            (4, b"Gr\xfc\xdfe"),
            (2252, b"Gr\xfc\xdfe"),
            (1000, "Gr\u00fc\u00dfe".encode("utf-16-be")),
            (1013, "Gr\u00fc\u00dfe".encode("utf-16-be")),
            (1014, "Gr\u00fc\u00dfe".encode("utf-16-le")),
            (1015, "\ufeffGr\u00fc\u00dfe".encode("utf-16-le")),
            (1015, "\ufeffGr\u00fc\u00dfe".encode("utf-16-be")),
            (3, b"Gr\xc3\xbc\xc3\x9fe"),
        ):
            for end in (b"", b"\0", b"\0\0"):
                self.assertEqual(charsets.decode(octets + end, mib), "Gr\u00fc\u00dfe", (mib, end))

    @settings(max_examples=300, deadline=None, database=None, derandomize=True)
    @given(st.sampled_from([*(row.mib for row in charsets.CHARSETS), 0, 999]), st.binary(max_size=40))
    def test_any_octets(self, mib: int, octets: bytes) -> None:
        """Whatever the octets: text without NUL, or Malformed for a set we do not know."""
        try:
            self.assertNotIn("\0", charsets.decode(octets, mib))
        except Malformed:
            self.assertEqual(mib, 999)

    def test_words(self) -> None:
        """Encoded words of RFC 2047 where they stand; what is none stays."""
        for text, meaning in (
            ("=?UTF-8?B?SMOp?=", "Hé"),
            ("=?utf-8?q?H=C3=A9_l?= x", "Hé l x"),
            ("a =?iso-8859-1?Q?=E9?= =?iso-8859-1?Q?=E9?= b", "a éé b"),
            ("=?utf-8*en?Q?a?=", "a"),
            ("=?utf-7?Q?+AD4-?=", "=?utf-7?Q?+AD4-?="),
            ("=?utf-8?B?A?=", "=?utf-8?B?A?="),
            ("=?utf-8?Q?=ZZ?=", "=ZZ"),
            ("=?", "=?"),
            ("a=?utf-8?q?b", "a=?utf-8?q?b"),
        ):
            self.assertEqual(charsets.decode_words(text), meaning)


class Assigned(SynchronousTestCase):
    """The tables of numbers, by spot and by shape."""

    def test_media_types(self) -> None:
        """Numbers and names lead to each other; those over 0x52 travel as text, unassigned ones as they came."""
        self.assertEqual(len(MEDIA_TYPES), 0x55 + 14)
        for code, name in (
            (0x03, "text/plain"),
            (0x1E, "image/jpeg"),
            (0x20, "image/png"),
            (0x23, "application/vnd.wap.multipart.mixed"),
            (0x33, "application/vnd.wap.multipart.related"),
            (0x3E, "application/vnd.wap.mms-message"),
            (0x48, "application/vnd.oma.drm.message"),
            (0x52, "application/mikey"),
        ):
            self.assertEqual((media_type_of(code), code_of(name)), (name, code))
        self.assertEqual((media_type_of(0x53), code_of("application/vnd.oma.dcd")), ("application/vnd.oma.dcd", None))
        self.assertEqual(
            (media_type_of(0x0201), code_of(media_type_of(0x0201))), ("application/vnd.uplanet.cachop-wbxml", None)
        )
        self.assertEqual((media_type_of(0x0999), code_of("0x0999")), ("0x0999", 0x0999))
        self.assertEqual((media_type_of(0x06), code_of("text/x-vcalendar")), ("text/x-vcalendar", 0x06))
        self.assertIsNone(code_of("0xyz"))
        self.assertIsNone(code_of("application/smil"))

    def test_header_names(self) -> None:
        """The names of page 1, by their numbers."""
        self.assertEqual(len(HEADER_NAMES), 0x4B)
        for code, name in (
            (0x00, "Accept"),
            (0x0E, "Content-Location"),
            (0x11, "Content-Type"),
            (0x1F, "Pragma"),
            (0x29, "User-Agent"),
            (0x2E, "Content-Disposition"),
            (0x2F, "X-Wap-Application-ID"),
            (0x35, "Profile"),
            (0x38, "Expect"),
            (0x40, "Content-ID"),
            (0x45, "Content-Disposition"),
            (0x4A, "X-Wap-Loc-Delivery"),
        ):
            self.assertEqual(HEADER_NAMES[code], name)
