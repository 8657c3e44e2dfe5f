"""The push PDU: octets of the digest, variants from the field, every truncation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from mmse.wire import Malformed, Unencodable
from mmse.wire.limits import Limits
from mmse.wire.trace import Span
from mmse.wire.wsp import push
from mmse.wire.wsp.content_type import ContentType
from mmse.wire.wsp.field import Header, find
from mmse.wire.wsp.push import APPLICATION_ID, INITIATOR_URI, MMS_MEDIA, MMS_USER_AGENT, PUSH_FLAG, Push

TEXT_TYPE = MMS_MEDIA.encode() + b"\0"


class Composing(SynchronousTestCase):
    """What we send."""

    def test_digest(self) -> None:
        """wsp-wtp.md 4: with and without a Push-Flag."""
        self.assertEqual(push.compose(b"PDU", 1), bytes.fromhex("010603beaf84") + b"PDU")
        self.assertEqual(push.compose(b"PDU", 255, trusted=True), bytes.fromhex("ff0605beaf84b482") + b"PDU")
        self.assertEqual(len(push.compose(b"", 1)), push.OVERHEAD)

    def test_refused(self) -> None:
        """A transaction id has one octet, a Push-Flag seven bits."""
        self.assertRaises(Unencodable, push.compose, b"", 256)
        self.assertRaises(Unencodable, push.compose, b"", -1)
        self.assertRaises(Unencodable, Push(1, ContentType(MMS_MEDIA), [(PUSH_FLAG, 128)]).encode)

    @given(
        st.integers(0, 255),
        st.booleans(),
        st.binary(max_size=300),
        st.lists(
            st.one_of(
                st.tuples(
                    st.just(APPLICATION_ID), st.sampled_from([*push.APPLICATIONS.values(), 0x1234, "urn:x:y.ua"])
                ),
                st.tuples(st.just(PUSH_FLAG), st.integers(0, 127)),
                st.tuples(st.just(INITIATOR_URI), st.just("http://mmsc.example.net/")),
                st.tuples(st.just("X-Mms-Anything"), st.text("abc ", min_size=1)),
            ),
            max_size=5,
        ),
    )
    def test_round_trip(self, tid: int, confirmed: bool, body: bytes, headers: list[Header]) -> None:
        """All headers, in their order, and the body."""
        value = Push(tid, ContentType(MMS_MEDIA), headers, body, confirmed)
        self.assertEqual(push.parse(value.encode()), value)


class Parsing(SynchronousTestCase):
    """What phones are sent by others."""

    def test_variants(self) -> None:
        """Type numbered, in clear, in general form; other headers; the application as number or text."""
        for variant in (
            bytes.fromhex("010603beaf84"),
            bytes.fromhex("010605beaf84b482"),
            bytes.fromhex("010607beb482af848d83"),
            bytes.fromhex("0106") + bytes((len(TEXT_TYPE) + 2,)) + TEXT_TYPE + b"\xaf\x84",
            bytes.fromhex("0106") + b"\x1d\xbe\xaf" + b"x-wap-application:mms.ua\0" + b"\xb4\x81",
            bytes.fromhex("0106") + b"\x09\xbe\xaf" + b"MMS.ua\0",
            bytes.fromhex("010606" + "03be81ea" + "af84"),
            bytes.fromhex("0106") + b"\x1d\xbeX-Wap-Application-Id\0mms.ua\0",
        ):
            found = push.parse(variant + b"PDU")
            self.assertTrue(found.is_mms, variant)
            self.assertEqual((found.tid, found.application, found.body), (1, MMS_USER_AGENT, b"PDU"), variant)

    def test_not_ours(self) -> None:
        """Another type, another application, a number nobody assigned, none at all."""
        self.assertFalse(push.parse(bytes.fromhex("010603aeaf82")).is_mms)
        self.assertEqual(push.parse(bytes.fromhex("010603aeaf82")).application, "x-wap-application:wml.ua")
        self.assertEqual(push.parse(bytes.fromhex("010605aeaf02ffff")).application, 0xFFFF)
        self.assertIsNone(push.parse(bytes.fromhex("010601be")).application)
        self.assertEqual(find(push.parse(bytes.fromhex("010603beb485")).headers, PUSH_FLAG), 5)

    def test_confirmed(self) -> None:
        """ConfirmedPush is told apart."""
        self.assertTrue(push.parse(bytes.fromhex("010703beaf84")).confirmed)
        self.assertFalse(push.parse(bytes.fromhex("010603beaf84")).confirmed)

    def test_application_in_words(self) -> None:
        """Kannel's spellings."""
        kind = push.ApplicationId()
        for text in ("4", "mms.ua", " x-wap-application:MMS.UA "):
            self.assertEqual(kind.from_text(text), MMS_USER_AGENT)
        self.assertEqual(kind.from_text("http://example.net/x.ua"), "http://example.net/x.ua")
        self.assertEqual(kind.from_text("77"), 77)

    def test_places_of_faults(self) -> None:
        """Where, and what was expected."""
        for octets, offset, words in (
            ("", 0, "transaction id"),
            ("01", 1, "the type of a WSP PDU"),
            ("0104", 1, "Push (06) or ConfirmedPush (07)"),
            ("0106", 2, "Uintvar-integer"),
            ("010604beaf84", 3, "4 octets of headers"),
            ("01060100", 4, "Long-integer"),
            ("010600", 3, "Content-type-value"),
            ("010602beaf", 5, ""),
        ):
            with self.assertRaises(Malformed) as caught:
                push.parse(bytes.fromhex(octets))
            self.assertEqual(caught.exception.offset, offset, octets)
            self.assertIn(words, str(caught.exception))

    def test_bounds(self) -> None:
        """No more headers than allowed."""
        many = Push(1, ContentType(MMS_MEDIA), [(PUSH_FLAG, 1)] * 11, b"").encode()
        self.assertRaises(Malformed, push.parse, many, Limits(headers=10))
        self.assertEqual(len(push.parse(many, Limits(headers=11)).headers), 11)

    def test_every_truncation_of_the_headers(self) -> None:
        """Malformed, never anything else."""
        whole = bytes.fromhex("0106") + bytes((len(TEXT_TYPE) + 4,)) + TEXT_TYPE + b"\xaf\x84\xb4\x82"
        for length in range(len(whole)):
            self.assertRaises(Malformed, push.parse, whole[:length])

    @given(st.binary(max_size=80))
    def test_anything(self, tail: bytes) -> None:
        """No exception but Malformed; the trace covers what was read, once in order."""
        data = b"\x01\x06" + tail
        spans: list[Span] = []
        try:
            push.parse(data, trace=spans)
        except Malformed as error:
            self.assertLessEqual(error.offset, len(data))
        self.assertTrue(all(0 <= span.start < span.end <= len(data) for span in spans))

    def test_trace(self) -> None:
        """Every octet is told."""
        spans: list[Span] = []
        push.parse(bytes.fromhex("010605beaf84b482") + b"PDU", trace=spans)
        self.assertEqual({at for span in spans for at in range(span.start, span.end)}, set(range(11)))
        self.assertIn("content trusted", [span.meaning for span in spans])
        self.assertIn(MMS_USER_AGENT, [span.meaning for span in spans])
