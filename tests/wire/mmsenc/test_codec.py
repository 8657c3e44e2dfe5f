"""The codec against worked examples, against its own table, and against everything cut short."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from mmse.wire import Malformed, Missing, Unencodable
from mmse.wire.mmsenc import (
    INSERT_ADDRESS,
    ContentType,
    Counted,
    Field,
    Message,
    Raw,
    decode,
    encode,
    encode_parts,
    fields,
    pdus,
)
from mmse.wire.mmsenc.enumerations import Priority
from mmse.wire.mmsenc.status import ResponseStatus, Status
from mmse.wire.trace import Span
from mmse.wire.wsp.field import write_header
from tests.vectors.mmsenc import BODY, BODY_TYPE, EXAMPLES
from tests.wire.mmsenc.samples import least, samples, values, whole

PDU_TYPES = {pdu.name: pdu for pdu in pdus.PDUS}
NOTIFICATION = bytes.fromhex(EXAMPLES["notification"][0])
ACK = "8C 85 98 6E 31 00 8D 92"


def told(data: bytes) -> list[Span]:
    """The spans of a PDU that decodes."""
    spans: list[Span] = []
    decode(data, trace=spans)
    return spans


class Examples(SynchronousTestCase):
    """The worked examples, octet for octet."""

    def test_decoded(self) -> None:
        """Each reads as the values it stands for, from octets and from a view."""
        for name, (octets, pdu, headers) in EXAMPLES.items():
            body = BODY if name == "submission" else b""
            data = bytes.fromhex(octets) + body
            self.assertEqual(decode(data), Message.of(pdu, *headers, body=body), name)
            self.assertEqual(decode(memoryview(b"x" + data)[1:]), Message.of(pdu, *headers, body=body), name)

    def test_encoded(self) -> None:
        """The values write the very octets."""
        for name, (octets, pdu, headers) in EXAMPLES.items():
            body = BODY if name == "submission" else b""
            self.assertEqual(encode(Message.of(pdu, *headers, body=body)), bytes.fromhex(octets) + body, name)

    def test_long_value_length(self) -> None:
        """A From of 200 octets has its length quoted."""
        written = write_header(fields.FROM, "x" * 198)
        self.assertEqual(written[:5], bytes.fromhex("89 1F 81 48 80"))

    def test_body_is_a_view(self) -> None:
        """The body of 300 kB is not copied, whether octets or a view are decoded."""
        head, _ = encode_parts(whole(pdus.M_SEND_REQ))
        data = head + bytes(300_000)
        body = decode(data).body
        assert isinstance(body, memoryview)
        self.assertIs(body.obj, data)
        self.assertEqual(len(body), 300_000)
        cut = decode(memoryview(data)[: len(head) + 10]).body
        assert isinstance(cut, memoryview)
        self.assertIs(cut.obj, data)

    def test_encode_parts_keeps_the_body(self) -> None:
        """A door gets the very body object back."""
        message = whole(pdus.M_RETRIEVE_CONF)
        self.assertIs(encode_parts(message)[1], message.body)


class Table(SynchronousTestCase):
    """What the table says, the codec does."""

    def test_complete(self) -> None:
        """Every number of the standard has its row, and no two rows share one."""
        self.assertEqual([row.code for row in fields.FIELDS], list(range(1, 0x40)))
        self.assertEqual([row.code for row in pdus.PDUS], list(range(0x80, 0x98)))
        self.assertEqual(len({row.name for row in fields.FIELDS}), 63)
        self.assertTrue(all(row.since in (10, 11, 12, 13) and row.element and row.clause for row in fields.FIELDS))

    def test_every_field_is_used(self) -> None:
        """Every row stands in some PDU, but the two that only X-Mms-Attributes names, and the type itself."""
        used = {use.field.code for pdu in pdus.PDUS for use in pdu.uses}
        unused = {row.name for row in fields.FIELDS if row.code not in used}
        self.assertEqual(unused, {"Content", "Additional-headers", "X-Mms-Message-Type"})

    def test_fields_round_trip(self) -> None:
        """Every value of every field reads as it was written, and the reader stops where the writer did."""
        for field in (*fields.FIELDS, *fields.INDEXED):
            for value in samples(field):
                octets = field.type.write(value)
                self.assertEqual(field.type.read(octets + b"\x80", 0, len(octets)), (value, len(octets)), field)
                with self.assertRaises(Malformed):
                    field.type.read(b"", 0, 0)

    def test_fields_cut_short(self) -> None:
        """A value that ends early is Malformed, and nothing is read past the end."""
        for field in fields.FIELDS:
            for value in samples(field):
                octets = field.type.write(value)
                for end in range(len(octets)):
                    with self.assertRaises(Malformed, msg=f"{field} {value!r} {end}"):
                        field.type.read(octets, 0, end)

    @settings(max_examples=400, deadline=None, database=None, derandomize=True)
    @given(st.sampled_from(fields.FIELDS).flatmap(lambda row: st.tuples(st.just(row), values(row))))
    def test_any_value(self, pair: tuple[Field[Any], Any]) -> None:
        """Any value of any field survives writing and reading."""
        field, value = pair
        octets = field.type.write(value)
        self.assertEqual(field.type.read(octets, 0, len(octets)), (value, len(octets)))

    def test_whole_messages(self) -> None:
        """Each PDU with all its fields reads as written, from its octets and again."""
        for pdu in pdus.PDUS:
            message = whole(pdu)
            data = encode(message)
            self.assertEqual(decode(data), message, pdu.name)
            self.assertEqual(encode(decode(data)), data, pdu.name)
            self.assertEqual(message.missing(), [], pdu.name)

    def test_mandatory(self) -> None:
        """Without any one mandatory field a message says which is missing, and is not written."""
        for pdu in pdus.PDUS:
            message = least(pdu)
            self.assertEqual(decode(encode(message)), message, pdu.name)
            for field in {*pdu.mandatory, *pdu.any_of[:1]}:
                headers = [(key, value) for key, value in message.headers if key is not field]
                lacking = Message(pdu, headers, b"")
                self.assertEqual(lacking.missing(), [field], pdu.name)
                self.assertIsNone(lacking.get(field))
                with self.assertRaises(Missing) as caught:
                    lacking[field]
                self.assertEqual(caught.exception.name, field.name)
                with self.assertRaises(Unencodable):
                    encode(lacking)

    def test_statuses(self) -> None:
        """Each octet of each enumeration reads as its member, or as itself when it has none, and is written back."""
        for field in (fields.RESPONSE_STATUS, fields.RETRIEVE_STATUS, fields.STATUS, fields.STORE_STATUS):
            for octet in range(0x80, 0x100):
                value, _ = field.type.read(bytes((octet,)), 0, 1)
                self.assertEqual(value, octet)
                self.assertEqual(type(value) is int, octet not in list(field.type.members))  # type: ignore[attr-defined]
                self.assertEqual(field.type.write(value), bytes((octet,)))

    def test_only_what_the_table_allows(self) -> None:
        """A field of another PDU, a second of a single one, a body where there is none: none is written."""
        message = least(pdus.M_ACKNOWLEDGE_IND)
        for more in ([(fields.SUBJECT, "x")], [(fields.TRANSACTION_ID, "again")], [(fields.CONTENT, b"\x80")]):
            with self.assertRaises(Unencodable):
                encode(Message(message.pdu, [*message.headers, *more]))
        with self.assertRaises(Unencodable):
            encode(Message(message.pdu, message.headers, b"body"))
        descriptor = least(pdus.M_MBOX_DESCR)
        with self.assertRaises(Unencodable):
            encode(Message(descriptor.pdu, descriptor.headers, b"body"))

    def test_order(self) -> None:
        """The leading three and Content-Type take their places whatever order they were given in."""
        message = whole(pdus.M_SEND_REQ)
        data = encode(Message(message.pdu, message.headers[::-1], message.body))
        keys = [key for key, _ in decode(data).headers]
        self.assertEqual(data[:3], b"\x8c\x80\x98")
        self.assertEqual(keys[:2], [fields.TRANSACTION_ID, fields.MMS_VERSION])
        self.assertIs(keys[-1], fields.CONTENT_TYPE)

    def test_versions(self) -> None:
        """To an older peer: its version, only fields it knows, statuses it knows, PDUs it knows."""
        for pdu in pdus.PDUS:
            for version, since in ((0x10, 10), (0x11, 11), (0x12, 12), (0x13, 13)):
                if pdu.since > since:
                    with self.assertRaises(Unencodable):
                        encode(whole(pdu), version)
                    continue
                message = decode(encode(whole(pdu), version))
                self.assertEqual(message[fields.MMS_VERSION], version)
                self.assertLessEqual(max(key.since for key, _ in message.headers if isinstance(key, Field)), since)
        denied = Message.of(
            pdus.M_SEND_CONF,
            (fields.TRANSACTION_ID, "T"),
            (fields.MMS_VERSION, 0x13),
            (fields.RESPONSE_STATUS, ResponseStatus.ERROR_PERMANENT_LACK_OF_PREPAID),
        )
        self.assertEqual(decode(encode(denied, 0x10))[fields.RESPONSE_STATUS], ResponseStatus.ERROR_SERVICE_DENIED)
        self.assertEqual(
            decode(encode(denied, 0x11))[fields.RESPONSE_STATUS], ResponseStatus.ERROR_PERMANENT_LACK_OF_PREPAID
        )
        delivery = least(pdus.M_DELIVERY_IND)
        headers = [(key, Status.FORWARDED if key is fields.STATUS else value) for key, value in delivery.headers]
        self.assertEqual(decode(encode(Message(delivery.pdu, headers), 0x10))[fields.STATUS], Status.RETRIEVED)


class Liberal(SynchronousTestCase):
    """What peers send and should not."""

    def read(self, octets: str) -> Message:
        return decode(bytes.fromhex(ACK + octets))

    def test_any_field_anywhere(self) -> None:
        """A field of another PDU is kept and typed."""
        self.assertEqual(self.read("96 61 00")[fields.SUBJECT], "a")

    def test_unknown_fields(self) -> None:
        """Numbers over 0x3F and private text headers are kept in their place and written back as they were."""
        octets = (
            "91 80 C5 81 D0 03 01 02 03 F0 1F 02 41 42 E1 74 00 58 2D 4F 77 6E 00 76 C3 A9 00 58 2D 42 00 03 41 42 43"
        )
        message = self.read(octets)
        self.assertEqual(
            [value for _, value in message.headers[3:6]], [b"\x81", bytes.fromhex("03010203"), b"\x1f\x02AB"]
        )
        self.assertEqual(message.headers[-2], ("X-Own", "vé"))
        self.assertEqual(message.headers[-1], ("X-B", Raw(b"\x03ABC")))
        self.assertEqual(encode(message), bytes.fromhex(ACK + octets))

    def test_unreadable_values_are_kept(self) -> None:
        """A value its type cannot read counts as absent, and is written back."""
        octets = "91 05 01 02 03 04 05"
        message = self.read(octets)
        self.assertEqual(message.headers[-1], (fields.REPORT_ALLOWED, Raw(bytes.fromhex("050102030405"))))
        self.assertIsNone(message.get(fields.REPORT_ALLOWED))
        self.assertTrue(message.get(fields.REPORT_ALLOWED, True))
        self.assertEqual(message.all(fields.REPORT_ALLOWED), [])
        self.assertEqual(encode(message), bytes.fromhex(ACK + octets))

    def test_from_without_length(self) -> None:
        """From as plain text is no From; what follows it still reads."""
        message = self.read("89 2B 31 00 91 80")
        self.assertIsNone(message.get(fields.FROM))
        self.assertTrue(message[fields.REPORT_ALLOWED])

    def test_duplicates(self) -> None:
        """Of a field that should stand once the last counts, and all are kept."""
        message = self.read("96 61 00 96 62 00")
        self.assertEqual(message[fields.SUBJECT], "b")
        self.assertEqual(message.all(fields.SUBJECT), ["a", "b"])

    def test_integer_forms(self) -> None:
        """Short for long and long for short."""
        self.assertEqual(self.read("8E 85")[fields.MESSAGE_SIZE], 5)
        self.assertEqual(self.read("88 02 81 BC")[fields.EXPIRY].seconds, 60)
        self.assertEqual(self.read("AD 04 00 00 00 07")[fields.MESSAGE_COUNT], 7)
        self.assertIsNone(self.read("8E 00").get(fields.MESSAGE_SIZE))
        self.assertIsNone(self.read("8E 09 01 02 03 04 05 06 07 08 09").get(fields.MESSAGE_SIZE))

    def test_identifiers_in_quotes_and_brackets(self) -> None:
        """Message-ID and Content-Location lose what peers put around them; Transaction-ID is opaque."""
        self.assertEqual(self.read("8B 3C 61 3E 00")[fields.MESSAGE_ID], "a")
        self.assertEqual(self.read("83 22 61 22 00")[fields.CONTENT_LOCATION], "a")
        self.assertEqual(decode(bytes.fromhex("8C 85 98 3C 61 3E 00"))[fields.TRANSACTION_ID], "<a>")

    def test_strings(self) -> None:
        """Every way in which phones write a text."""
        cases = {
            "96 48 C3 A9 00": "Hé",
            "96 48 E9 00": "Hé",
            "96 7F C3 A9 00": "é",
            "96 C3 A9 00": "é",
            "96 00": "",
            "96 03 EA 61 00": "a",
            "96 02 EA 61": "a",
            "96 1F 03 EA 61 00": "a",
            "96 04 EA 7F 61 00": "a",
            "96 04 84 48 E9 00": "Hé",
            "96 04 80 48 E9 00": "Hé",
            "96 08 02 03 E8 00 48 00 E9 00": "Hé",
            "96 0B 02 03 E8 FE FF 00 48 00 E9 00 00": "Hé",
            "96 09 02 03 F7 FF FE 48 00 E9 00": "Hé",
            "96 08 02 03 F6 48 00 E9 00 00": "Hé",
            "96 07 91 83 65 83 58 83 67 ": "テスト",
            "96 04 EA C3 28 00": "\ufffd(",
            "96 03 61 62 00": "ab",
            "96 04 02 27 0F 61": "a",
            "96 3D 3F 75 74 66 2D 38 3F 42 3F 77 36 6B 3D 3F 3D 00": "é",
            "96 3D 3F 75 74 66 2D 38 3F 51 3F 3D 43 33 3D 41 39 5F 78 3F 3D 00": "é x",
            "96 3D 3F 78 3F 51 3F 61 3F 3D 00": "=?x?Q?a?=",
        }
        for octets, text in cases.items():
            self.assertEqual(self.read(octets)[fields.SUBJECT], text, octets)
        self.assertIsNone(self.read("96 05 02 27 0F E9 00").get(fields.SUBJECT))

    def test_text_names(self) -> None:
        """A field spelled out is the field, where its text can be its value."""

        def spelled(name: str, value: str) -> str:
            return (name.encode() + b"\0" + value.encode() + b"\0").hex()

        self.assertEqual(self.read(spelled("subject", "Hi"))[fields.SUBJECT], "Hi")
        self.assertEqual(self.read(spelled("X-MMS-Priority", "HIGH"))[fields.PRIORITY], Priority.HIGH)
        self.assertIs(self.read(spelled("X-Mms-Read-Reply", "No"))[fields.READ_REPORT], False)
        self.assertEqual(self.read(spelled("X-Mms-Status", "Indeterminate"))[fields.STATUS], Status.INDETERMINATE)
        self.assertEqual(self.read(spelled("From", "+1")).headers[-1], ("From", "+1"))
        self.assertEqual(self.read(spelled("X-Mms-Priority", "urgent")).headers[-1], ("X-Mms-Priority", "urgent"))

    def test_order_does_not_matter(self) -> None:
        """The type may come late, private headers and shifts of code page before it."""
        message = decode(bytes.fromhex("58 00 79 00 10 7F 01 8D 92 98 54 00 8C 85"))
        self.assertIs(message.pdu, pdus.M_ACKNOWLEDGE_IND)
        self.assertEqual(message[fields.TRANSACTION_ID], "T")

    def test_deletions(self) -> None:
        """The counted forms of a Delete.conf, and the plain ones that some send."""
        head = "8C 92 98 54 00 8D 92"
        counted = decode(bytes.fromhex(head + "83 03 81 61 00 92 02 81 E4 93 04 81 6E 6F 00 92 80 83 62 00"))
        self.assertEqual(
            counted.all(fields.INDEXED_RESPONSE_STATUS),
            [Counted(1, ResponseStatus.ERROR_PERMANENT_MESSAGE_NOT_FOUND), Counted(0, ResponseStatus.OK)],
        )
        self.assertEqual(counted.all(fields.INDEXED_CONTENT_LOCATION), [Counted(1, "a"), Counted(0, "b")])
        self.assertEqual(counted[fields.INDEXED_RESPONSE_TEXT], Counted(1, "no"))
        self.assertEqual(decode(bytes.fromhex("8C 81 92 E4")).get(fields.RESPONSE_STATUS), 0xE4)

    def test_insert_address(self) -> None:
        """The token, whatever its window holds behind it."""
        self.assertIs(self.read("89 01 81")[fields.FROM], INSERT_ADDRESS)
        self.assertIs(self.read("89 03 81 61 00")[fields.FROM], INSERT_ADDRESS)

    def test_content_type_ends_the_headers(self) -> None:
        """What follows Content-Type is body, even when it looks like headers."""
        message = self.read("84 83 96 61 00")
        self.assertEqual(message[fields.CONTENT_TYPE], ContentType("text/plain"))
        self.assertEqual(bytes(message.body), b"\x96a\0")


class Traced(SynchronousTestCase):
    """What a trace tells."""

    def test_covers_every_octet(self) -> None:
        """Spans come in order, without a gap, and up to the end; decoding is the same with and without."""
        for name, pdu in PDU_TYPES.items():
            data = encode(whole(pdu))
            spans = told(data)
            at = 0
            for span in spans:
                self.assertEqual(span.start, at, (name, span))
                at = span.end
            self.assertEqual(at, len(data), name)
            self.assertEqual(decode(data, trace=[]), decode(data))

    def test_names(self) -> None:
        """The words of the standard, and the value."""
        spans = told(NOTIFICATION)
        self.assertEqual(spans[0], Span(0, 1, "X-Mms-Message-Type", "field 0x0C (7.3.30)", 0))
        self.assertEqual(spans[1], Span(1, 2, "PDU type", "M-Notification.ind (0x82)", 1))
        self.assertIn(Span(36, 37, "Char-set", "utf-8", 1), spans)
        self.assertIn(Span(42, 43, "MessageClass", "Personal (0x80)", 1), spans)

    def test_kept_when_broken(self) -> None:
        """What was read before the break stays told, down to the last octets that made sense."""
        spans: list[Span] = []
        with self.assertRaises(Malformed):
            decode(NOTIFICATION[:30], trace=spans)
        self.assertEqual(spans[-1][:3], (8, 9, "From"))
        called: list[tuple[object, ...]] = []
        with self.assertRaises(Malformed):
            decode(NOTIFICATION[:60], trace=lambda *span: called.append(span))
        self.assertEqual(called[-1][2], "X-Mms-Content-Location")

    def test_unreadable_value(self) -> None:
        """A value kept raw is told once, as octets, with what was expected."""
        spans = told(bytes.fromhex(ACK + "91 05 01 02 03 04 05 96 61 00"))
        self.assertEqual(spans[-3].end - spans[-3].start, 6)
        self.assertIn("not understood", spans[-3].meaning)


class Messages(SynchronousTestCase):
    """A message as a value."""

    def test_equality(self) -> None:
        """Same PDU, headers and body; views and octets are alike."""
        first, second = whole(pdus.M_SEND_REQ), whole(pdus.M_SEND_REQ)
        second.body = memoryview(bytes(second.body))
        self.assertEqual(first, second)
        self.assertNotEqual(first, whole(pdus.M_SEND_CONF))
        self.assertNotEqual(first, "other")
        self.assertIn("M-Send.req", repr(first))
        self.assertIn(fields.SUBJECT, first)
        self.assertNotIn(fields.STATUS, first)
        self.assertEqual(first[fields.CONTENT_TYPE], BODY_TYPE)
