"""Content types and parameters in every encoding."""

from __future__ import annotations

from hypothesis import given, settings
from twisted.trial.unittest import SynchronousTestCase

from mmse.wire import Malformed, Unencodable
from mmse.wire.trace import Span, Trace
from mmse.wire.wsp.content_type import CONTENT_TYPE_VALUE, ContentType
from mmse.wire.wsp.parameters import PARAMETERS, write_parameter
from tests.wire.mmsenc.samples import CONTENT_TYPES


def read(octets: str) -> ContentType:
    """The content type of these octets, all of them."""
    data = bytes.fromhex(octets)
    content_type, after = CONTENT_TYPE_VALUE.read(data, 0, len(data))
    if after != len(data):
        raise AssertionError(f"{len(data) - after} octets are left")
    return content_type


class Reading(SynchronousTestCase):
    """What peers send."""

    def test_media(self) -> None:
        """A short number, a number with a length, a long number, and text with or without a length."""
        plain = ContentType("text/plain")
        for octets in ("83", "01 83", "02 01 03", "1F 01 83", "74 65 78 74 2F 70 6C 61 69 6E 00"):
            self.assertEqual(read(octets), plain, octets)
        self.assertEqual(read("0B 74 65 78 74 2F 50 4C 41 49 4E 00"), plain)
        self.assertEqual(read("03 02 02 01").media, "application/vnd.uplanet.cachop-wbxml")
        self.assertEqual(read("03 02 09 99").media, "0x0999")

    def test_parameters(self) -> None:
        """Each grammar, old numbers and new, and by name."""
        for octets, parameter in {
            "80 0B": ("q", 11),
            "81 EA": ("charset", "utf-8"),
            "81 02 03 E8": ("charset", "iso-10646-ucs-2"),
            "81 80": ("charset", "*"),
            "81 02 0F FF": ("charset", 0xFFF),
            "81 75 74 66 2D 38 00": ("charset", "utf-8"),
            "82 92": ("level", 0x12),
            "82 31 00": ("level", "1"),
            "83 9E": ("type", 0x1E),
            "85 61 00": ("name", "a"),
            "97 61 00": ("name", "a"),
            "97 22 61 20 62 00": ("name", "a b"),
            "97 22 61 22 00": ("name", "a"),
            "86 7F C3 A9 00": ("filename", "é"),
            "98 61 00": ("filename", "a"),
            "87 91": ("differences", 0x11),
            "88 85": ("padding", 5),
            "89 9E": ("type", "image/jpeg"),
            "89 61 2F 62 00": ("type", "a/b"),
            "8A 3C 61 3E 00": ("start", "<a>"),
            "99 3C 61 3E 00": ("start", "<a>"),
            "8B 61 00": ("start-info", "a"),
            "8E 02 0E 10": ("max-age", 3600),
            "90 00": ("secure", ""),
            "91 82": ("sec", 2),
            "92 61 62 00": ("mac", "ab"),
            "93 04 65 53 F1 00": ("creation-date", 1_700_000_000),
            "96 02 01 00": ("size", 256),
            "46 6F 6F 00 62 00": ("foo", "b"),
            "66 00 85": ("f", 5),
            "66 00 02 01 00": ("f", 256),
            "66 00 22 62 20 63 00": ("f", "b c"),
            "66 00 00": ("f", ""),
            "C4 03 01 02 03": (0x44, b"\x03\x01\x02\x03"),
        }.items():
            data = bytes.fromhex(octets)
            window = f"{len(data) + 1:02X} 83"
            self.assertEqual(read(window + octets).parameters, (parameter,), octets)

    def test_not_understood(self) -> None:
        """A value outside its grammar is kept as octets under its number, a cut one as all that is left."""
        self.assertEqual(read("04 83 85 02 01").parameters, ((0x05, b"\x02\x01"),))
        self.assertEqual(read("03 83 96 61").parameters, ((0x16, b"a"),))
        self.assertEqual(read("02 83 85").parameters, ((0x05, b""),))
        self.assertEqual(read("04 83 66 00 05").parameters, (("f", b"\x05"),))
        self.assertEqual(read("05 83 81 EA 00 00").parameters, (("charset", "utf-8"), ("", b"\0\0")))
        self.assertEqual(read("04 83 81 EA 61").parameters, (("charset", "utf-8"), ("", b"a")))
        for octets in ("04 83 85 02 01", "03 83 96 61", "02 83 85", "04 83 66 00 05", "05 83 81 EA 00 00"):
            self.assertEqual(read(octets).encode(), bytes.fromhex(octets))

    def test_mail_form(self) -> None:
        """Parameters in the text of the media type, as in a mail."""
        octets = b'text/Plain; charset=utf-8; name="a"\0'.hex()
        self.assertEqual(read(octets), ContentType("text/plain", (("charset", "utf-8"), ("name", "a"))))

    def test_malformed(self) -> None:
        """No media type, or a window past the end."""
        for octets in ("", "00", "05 83", "61", "02 00 00", "04 83 61 62"):
            with self.assertRaises(Malformed, msg=octets):
                read(octets)

    def test_traced(self) -> None:
        """Each parameter, its name and its value."""
        data = bytes.fromhex("0A 83 81 EA 85 74 2E 74 78 74 00")
        spans: list[Span] = []
        CONTENT_TYPE_VALUE.read(data, 0, len(data), Trace.to(spans))
        self.assertEqual([span[:3] for span in spans], [
            (0, 1, "Value-length"), (1, 2, "Media-type"), (2, 3, "parameter charset"), (3, 4, "value"),
            (4, 5, "parameter name"), (5, 11, "value"),
        ])  # fmt: skip


class Writing(SynchronousTestCase):
    """What we send."""

    def test_forms(self) -> None:
        """Numbers where handsets know them, the old parameters, a window only where one is needed."""
        for content_type, octets in (
            (ContentType("text/plain"), "83"),
            (ContentType("application/vnd.oma.dcd"), b"application/vnd.oma.dcd\0".hex()),
            (ContentType("0x0999"), "03 02 09 99"),
            (ContentType("text/plain", (("charset", "utf-8"), ("name", "t.txt"))), "0A 83 81 EA 85 74 2E 74 78 74 00"),
            (ContentType("text/plain", (("charset", "x-new"),)), "0F 83" + b"charset\0x-new\0".hex()),
            (ContentType("text/plain", (("f", "b c"),)), "08 83" + b'f\0"b c\0'.hex()),
            (ContentType("text/plain", (("type", "0x0999"),)), "0D 83" + b"type\x000x0999\0".hex()),
        ):
            self.assertEqual(content_type.encode(), bytes.fromhex(octets), content_type)

    def test_every_parameter(self) -> None:
        """Each name of the table is written by a number of the table."""
        shapes: dict[str, str | int] = {"charset": "utf-8", "type": "image/jpeg", "secure": "", "mac": "x"}
        for row in PARAMETERS:
            value = shapes.get(row.name, "x" if "ext" in row.grammar else 5)
            self.assertGreaterEqual(write_parameter(row.name, value)[0], 0x80, row)

    def test_refused(self) -> None:
        """What has no octets."""
        for content_type in (
            ContentType(""),
            ContentType("é/x"),
            ContentType("a/b", (("", "x"),)),
            ContentType("a/b", (("n\0", "x"),)),
            ContentType("a/b", (("name", "x\0"),)),
            ContentType("a/b", ((5, "x"),)),
            ContentType("a/b", ((500, b"x"),)),
        ):
            with self.assertRaises(Unencodable, msg=str(content_type)):
                content_type.encode()

    @settings(max_examples=400, deadline=None, database=None, derandomize=True)
    @given(CONTENT_TYPES)
    def test_any(self, content_type: ContentType) -> None:
        """Any content type survives."""
        self.assertEqual(ContentType.decode(content_type.encode()), content_type)
        self.assertIn(content_type.media, str(content_type))

    def test_get(self) -> None:
        """Text parameters by name; the first of them."""
        content_type = ContentType("a/b", (("size", 5), ("name", "x"), ("name", "y")))
        self.assertEqual((content_type.get("name"), content_type.get("size"), content_type.get("z")), ("x", None, None))
        self.assertFalse(content_type.is_multipart)
        self.assertTrue(ContentType("multipart/related").is_multipart)
