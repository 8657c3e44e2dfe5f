"""WSP contents to neutral parts and back, and what a relay must know of them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from mmse.wire import Malformed
from mmse.wire.content import SMIL, Facts, Part, facts, from_wsp, to_wsp
from mmse.wire.wsp import multipart
from mmse.wire.wsp.content_type import ContentType
from mmse.wire.wsp.headers import CONTENT_DISPOSITION_1_4, Disposition
from tests.vectors.mmsenc import BODY, BODY_TYPE

MIXED = ContentType("application/vnd.wap.multipart.mixed")


class Neutral(SynchronousTestCase):
    """From one encoding to none, and back."""

    def test_example(self) -> None:
        """The worked example in neutral parts, and packed again to the same octets."""
        parts = from_wsp(BODY_TYPE, BODY)
        self.assertEqual(
            parts[1],
            Part(
                media_type="text/plain",
                data=memoryview(b"Hi"),
                charset="utf-8",
                name="t.txt",
                content_id="t",
                content_location="t.txt",
            ),
        )
        content_type, pieces = to_wsp(parts)
        self.assertEqual((content_type, b"".join(pieces)), (BODY_TYPE, BODY))

    def test_presentation_first(self) -> None:
        """The part that start names leads, then a SMIL part; in a mixed content nothing moves."""
        one = multipart.Part(ContentType("text/plain"), [], b"1")
        smil = multipart.Part(ContentType(SMIL), [], b"2")
        named = multipart.parse(BODY)[1]
        body = multipart.compose([one, smil, named])
        related = ContentType("application/vnd.wap.multipart.related")
        started = ContentType(related.media, (("start", "t"),))
        for content_type, first in ((started, b"Hi"), (related, b"2"), (MIXED, b"1")):
            self.assertEqual(bytes(from_wsp(content_type, body)[0].data), first, content_type)

    def test_packing(self) -> None:
        """Always a multipart; a presentation gets an identifier and leads; data is not copied."""
        data = bytes(1000)
        picture = Part(media_type="image/jpeg", data=data, content_location="p.jpg")
        content_type, pieces = to_wsp([picture])
        self.assertEqual(content_type, MIXED)
        self.assertIs(pieces[2], data)
        content_type, pieces = to_wsp([picture, Part(media_type=SMIL, data=b"<smil/>")])
        self.assertEqual(content_type.get("start"), "<smil>")
        self.assertEqual([part.media_type for part in from_wsp(content_type, b"".join(pieces))], [SMIL, "image/jpeg"])

    def test_file_name(self) -> None:
        """A name may stand in the disposition; a single body is one part."""
        headers = [(CONTENT_DISPOSITION_1_4, Disposition("attachment", (("filename", "a.jpg"),)))]
        body = multipart.compose([multipart.Part(ContentType("image/jpeg"), list(headers), b"x")])
        self.assertEqual(from_wsp(MIXED, body)[0].name, "a.jpg")
        alone = from_wsp(ContentType("text/plain", (("charset", "utf-8"),)), b"Hi")
        self.assertEqual(alone, [Part(media_type="text/plain", charset="utf-8", data=memoryview(b"Hi"))])


class Known(SynchronousTestCase):
    """The facts."""

    def test_facts(self) -> None:
        """Types, sizes, text only, DRM."""
        self.assertEqual(
            facts(BODY_TYPE, BODY), Facts(media_types=(SMIL, "text/plain"), text_only=True, drm=False, size=len(BODY))
        )
        parts = [
            Part(media_type="text/plain", data=b""),
            Part(media_type="application/vnd.oma.drm.message", data=b""),
        ]
        content_type, pieces = to_wsp(parts)
        known = facts(content_type, b"".join(pieces))
        self.assertEqual((known.text_only, known.drm), (False, True))
        self.assertFalse(facts(ContentType(SMIL), b"").text_only)
        self.assertEqual(facts(MIXED, b"\0"), Facts(media_types=(), text_only=False, drm=False, size=1))

    def test_truncated(self) -> None:
        """A ruin has no facts and no parts."""
        for read in (facts, from_wsp):
            with self.assertRaises(Malformed):
                read(BODY_TYPE, BODY[:-1])
