"""PDUs to abstract messages and back, without a socket."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.address import AddressKind, Field
from mmse.abstract.content import Content, Encoding
from mmse.abstract.delivery import Event
from mmse.abstract.elements import Class, Moment, PreviouslySent, Priority, ReadStatus, ReplyCharging
from mmse.abstract.message import Elements, Recipient, Submission
from mmse.abstract.status import RequestStatus, RetrieveStatus
from mmse.errors import Refused
from mmse.interfaces import Accepted, Retrieval
from mmse.mm1 import mapping
from mmse.wire import Missing, Unencodable
from mmse.wire.mmsenc import Absolute, Counted, Relative, decode, encode, enumerations, fields, pdus, status
from mmse.wire.wsp import multipart
from mmse.wire.wsp.field import Header
from tests.mm1.send import PICTURE, RELATED, body, forward_req, found, plain, send_req
from tests.mm1.values import ALICE, BOB, CAROL, DAVE, content, copy, message

MAP = enumerations


def submitted(octets: bytes) -> Submission:
    pdu = decode(octets)
    return mapping.submission(pdu, octets, sha256(octets).digest(), ALICE, 0x12)


def sent(*extra: Header, **values: Any) -> Submission:
    return submitted(send_req(*extra, **values))


class Submissions(SynchronousTestCase):
    def refused(self, octets: bytes) -> RequestStatus:
        return self.assertRaises(Refused, submitted, octets).status

    def test_least(self) -> None:
        found = sent()
        self.assertEqual((found.transaction, found.originator), ("T1", ALICE))
        self.assertEqual(found.recipients, (Recipient(BOB),))
        self.assertEqual(found.elements, Elements())
        self.assertEqual((found.time_of_expiry, found.earliest_time_of_delivery, found.date), (None, None, None))
        self.assertEqual(found.digest, sha256(send_req()).digest())

    def test_content_as_received(self) -> None:
        kept = sent().content
        self.assertEqual((kept.encoding, kept.content_type, kept.data), (Encoding.WSP, RELATED.encode(), body()))
        self.assertEqual((kept.size, kept.media_types), (len(body()), ("application/smil", "image/jpeg")))
        self.assertFalse(kept.text_only)

    def test_content_type_of_another_spelling(self) -> None:
        """The octets stay those of the phone where we would write others."""
        ours = b"\x84\x1b\xb3\x89application/smil\0\x8a<smil>\0"
        octets = send_req()
        self.assertIn(ours, octets)
        # The media type in clear, "start" by its number of encoding 1.4.
        general = b"application/vnd.wap.multipart.related\0\x89application/smil\0\x99<smil>\0"
        for theirs in (
            b"\x84\x1f\x1b\xb3\x89application/smil\0\x8a<smil>\0",
            b"\x84\x1f%c" % len(general) + general,
        ):
            spelled = octets.replace(ours, theirs)
            self.assertEqual(submitted(spelled).content.content_type, theirs[1:])
            self.assertEqual(submitted(spelled).content.data, body())

    def test_content_type_in_clear(self) -> None:
        octets = send_req().replace(b"\x84\x1b\xb3\x89application/smil\0\x8a<smil>\0", b"Content-Type\0image/gif\0")
        self.assertEqual(submitted(octets).content.content_type, b"\x9d")

    def test_lists_keep_their_order(self) -> None:
        found = sent(
            (fields.CC, "c@example.org"),
            (fields.BCC, "+15551230004"),
            (fields.CC, "12345"),
            to=("+15551230003/TYPE=PLMN", "+15551230002"),
        )
        self.assertEqual(
            [(r.address.value, r.field) for r in found.recipients],
            [
                ("+15551230003", Field.TO),
                ("+15551230002", Field.TO),
                ("c@example.org", Field.CC),
                ("12345", Field.CC),
                ("+15551230004", Field.BCC),
            ],
        )

    def test_elements(self) -> None:
        found = sent(
            (fields.SUBJECT, "Grüße"),
            (fields.MESSAGE_CLASS, MAP.MessageClass.AUTO),
            (fields.EXPIRY, Relative(600)),
            (fields.DELIVERY_TIME, Absolute(1_900_000_000)),
            (fields.DATE, 1_800_000_000),
            (fields.PRIORITY, MAP.Priority.HIGH),
            (fields.SENDER_VISIBILITY, MAP.SenderVisibility.HIDE),
            (fields.DELIVERY_REPORT, True),
            (fields.READ_REPORT, True),
            (fields.REPLY_CHARGING, MAP.ReplyCharging.REQUESTED_TEXT_ONLY),
            (fields.REPLY_CHARGING_DEADLINE, Relative(60)),
            (fields.REPLY_CHARGING_SIZE, 100),
            (fields.APPLIC_ID, "app"),
            (fields.REPLY_APPLIC_ID, "back"),
            (fields.AUX_APPLIC_INFO, "aux"),
            (fields.CONTENT_CLASS, MAP.ContentClass.CONTENT_RICH),
            (fields.DRM_CONTENT, False),
            (fields.ADAPTATION_ALLOWED, False),
            version=0x13,
        )
        self.assertEqual(
            found.elements,
            Elements(
                subject="Grüße",
                message_class=Class.AUTO.value,
                priority=Priority.HIGH,
                sender_visible=False,
                delivery_report=True,
                read_reply=True,
                reply_charging=ReplyCharging(requested=True, text_only=True, deadline=Moment(60, True), size=100),
                applic_id="app",
                reply_applic_id="back",
                aux_applic_info="aux",
                content_class=7,
                drm_content=False,
                adaptation_allowed=False,
            ),
        )
        self.assertEqual(found.time_of_expiry, Moment(600, True))
        self.assertEqual(found.earliest_time_of_delivery, Moment(1_900_000_000))
        self.assertEqual(found.date, 1_800_000_000)

    def test_reserved_octets_count_as_absent(self) -> None:
        found = sent((fields.PRIORITY, 0x8F), (fields.MESSAGE_CLASS, 0x8F), (fields.CONTENT_CLASS, 0x9F))
        self.assertEqual(found.elements, Elements())

    def test_shown_sender_and_tokens(self) -> None:
        found = sent(
            (fields.SENDER_VISIBILITY, MAP.SenderVisibility.SHOW),
            (fields.MESSAGE_CLASS, "lottery"),
            (fields.REPLY_CHARGING_ID, "mid-0@mmsc"),
        )
        self.assertIs(found.elements.sender_visible, True)
        self.assertEqual(found.elements.message_class, "lottery")
        self.assertEqual(found.elements.reply_charging, ReplyCharging(reply_to="mid-0@mmsc"))

    def test_from_is_not_believed(self) -> None:
        octets = send_req().replace(b"\x89\x01\x81", b"\x89\x18\x80+15559999999/TYPE=PLMN\0")
        self.assertEqual(submitted(octets).originator, ALICE)

    def test_one_bad_recipient_among_good_ones(self) -> None:
        recipients = sent(to=("+15551230002", "who knows@", " ")).recipients
        self.assertEqual([r.address.value for r in recipients], ["+15551230002", "who knows@"])
        self.assertEqual(recipients[1].address.kind, AddressKind.ALPHANUMERIC)

    def test_refusals(self) -> None:
        octets = send_req()
        for broken, expected in (
            (octets.replace(b"\x97+15551230002/TYPE=PLMN\0", b""), RequestStatus.ADDRESS_UNRESOLVED),
            (octets.replace(b"+15551230002/TYPE=PLMN", b"@"), RequestStatus.ADDRESS_UNRESOLVED),
            (octets.replace(b"\x98T1\0", b""), RequestStatus.MESSAGE_FORMAT_CORRUPT),
            (octets[: octets.index(b"\x84\x1b")], RequestStatus.MESSAGE_FORMAT_CORRUPT),
            (octets[:-1], RequestStatus.MESSAGE_FORMAT_CORRUPT),
            (octets[:-500], RequestStatus.MESSAGE_FORMAT_CORRUPT),
        ):
            self.assertEqual(self.refused(broken), expected, broken[:60])


class Confirmations(SynchronousTestCase):
    def test_ok_bytes(self) -> None:
        """The digest's worked example."""
        conf = mapping.confirmation(pdus.M_SEND_CONF, Accepted(RequestStatus.OK, "mid-1@mmsc"), "T1", 0x12)
        self.assertEqual(encode(conf), b"\x8c\x81\x98T1\0\x8d\x92\x92\x80\x8bmid-1@mmsc\0")

    def test_refusal_bytes(self) -> None:
        refusal = Accepted(RequestStatus.SERVICE_DENIED, text="Denied")
        conf = mapping.confirmation(pdus.M_SEND_CONF, refusal, "T1", 0x12)
        self.assertEqual(encode(conf), b"\x8c\x81\x98T1\0\x8d\x92\x92\xe1\x93Denied\0")

    def test_every_status(self) -> None:
        for version in (0x10, 0x12):
            for request in RequestStatus:
                conf = mapping.confirmation(pdus.M_SEND_CONF, Accepted(request, "m"), "T1", version)
                pdu = decode(encode(conf, version))
                self.assertEqual(pdu.missing(), [])
                self.assertEqual(fields.MESSAGE_ID in pdu, request is RequestStatus.OK)

    def test_store_is_refused_beside_ok(self) -> None:
        conf = mapping.confirmation(pdus.M_SEND_CONF, Accepted(RequestStatus.OK, "m"), "T1", 0x12, store=True)
        self.assertEqual(conf[fields.STORE_STATUS], status.StoreStatus.ERROR_PERMANENT_SERVICE_DENIED)

    def test_forward(self) -> None:
        conf = mapping.confirmation(pdus.M_FORWARD_CONF, Accepted(RequestStatus.OK, "m"), "F1", 0x12)
        self.assertEqual(encode(conf), b"\x8c\x8a\x98F1\0\x8d\x92\x92\x80\x8bm\0")


class Forwardings(SynchronousTestCase):
    def forwarded(self, octets: bytes) -> Any:
        return mapping.forwarding(decode(octets), b"d" * 32, BOB, 0x12, "/m/")

    def test_forward(self) -> None:
        found = self.forwarded(
            forward_req(
                "http://mmsc/m/tok_en-1",
                (fields.REPORT_ALLOWED, False),
                (fields.DELIVERY_REPORT, True),
                (fields.READ_REPORT, True),
                (fields.EXPIRY, Relative(60)),
                (fields.DELIVERY_TIME, Relative(30)),
                (fields.DATE, 5),
            )
        )
        self.assertEqual((found.transaction, found.originator, found.location), ("F1", BOB, "tok_en-1"))
        self.assertEqual(found.recipients, (Recipient(CAROL),))
        self.assertEqual((found.report_allowed, found.delivery_report, found.read_reply), (False, True, True))
        self.assertEqual((found.time_of_expiry, found.earliest_time_of_delivery), (Moment(60, True), Moment(30, True)))
        self.assertEqual((found.date, found.digest), (5, b"d" * 32))

    def test_defaults(self) -> None:
        found = self.forwarded(forward_req("http://mmsc/m/t"))
        self.assertEqual((found.report_allowed, found.delivery_report, found.read_reply), (True, False, False))

    def test_location_of_another(self) -> None:
        error = self.assertRaises(Refused, self.forwarded, forward_req("http://elsewhere/x/t"))
        self.assertEqual(error.status, RequestStatus.MESSAGE_NOT_FOUND)

    def test_no_location(self) -> None:
        octets = forward_req("http://mmsc/m/t").replace(b"\x83http://mmsc/m/t\0", b"")
        error = self.assertRaises(Refused, self.forwarded, octets)
        self.assertEqual(error.status, RequestStatus.MESSAGE_FORMAT_CORRUPT)


class Tokens(SynchronousTestCase):
    def test_targets(self) -> None:
        for target, token in (
            ("/m/abc_DEF-1", "abc_DEF-1"),
            ("/m/abc/T1", "abc"),
            ("/m/abc?T1", "abc"),
            ("/m/abc?message-id=T1#x", "abc"),
            ("/m/abc;T1", "abc"),
            ("http://mmsc/m/abc", "abc"),
            ("http://mmsc:8001/m/abc/T1", "abc"),
            ("HTTP://10.0.0.1/m/abc", "abc"),
            ("http://mmsc", ""),
            ("/m/", ""),
            ("/m", ""),
            ("/", ""),
            ("/n/abc", ""),
            ("abc", ""),
            ("/m/../abc", ""),
            ("*", ""),
        ):
            self.assertEqual(mapping.token_of(target, "/m/"), token, target)

    def test_transaction_right_behind(self) -> None:
        token = "abcdefgh-ijklmnop_qrst"
        for appended in (token + token[:8], token + token[:8] + "?x=y", token + "/" + token[:8]):
            self.assertEqual(mapping.token_of("/m/" + appended, "/m/"), token)
        for other in (token + "abcdefgx", token + token[:7], "x" * 31):
            self.assertEqual(mapping.token_of("/m/" + other, "/m/"), other)

    def test_root(self) -> None:
        self.assertEqual(mapping.token_of("http://mmsc/abc", "/"), "abc")
        self.assertEqual(mapping.token_of("/abc/T1", "/"), "abc")


class Notices(SynchronousTestCase):
    def test_statuses(self) -> None:
        for octet, event in (
            (status.Status.RETRIEVED, Event.RETRIEVED),
            (status.Status.REJECTED, Event.REJECTED),
            (status.Status.DEFERRED, Event.DEFERRED),
            (status.Status.UNRECOGNISED, Event.UNRECOGNISED),
        ):
            notice = mapping.notice(decode(plain(pdus.M_NOTIFYRESP_IND, (fields.STATUS, octet))), "", BOB)
            self.assertEqual((notice.event, notice.who, notice.report_allowed), (event, BOB, True))
            self.assertEqual((notice.reference.transaction, notice.reference.token), ("T1", ""))

    def test_statuses_no_phone_has(self) -> None:
        for octet in (status.Status.EXPIRED, status.Status.UNREACHABLE, 0xFF):
            pdu = decode(plain(pdus.M_NOTIFYRESP_IND, (fields.STATUS, octet)))
            self.assertRaises(Missing, mapping.notice, pdu, "t", BOB)

    def test_acknowledgement(self) -> None:
        pdu = decode(plain(pdus.M_ACKNOWLEDGE_IND, (fields.REPORT_ALLOWED, False)))
        notice = mapping.acknowledgement(pdu, "tok", None)
        self.assertEqual((notice.event, notice.who, notice.report_allowed), (Event.RETRIEVED, None, False))
        self.assertEqual((notice.reference.transaction, notice.reference.token), ("T1", "tok"))

    def test_nothing_named(self) -> None:
        pdu = decode(plain(pdus.M_ACKNOWLEDGE_IND).replace(b"\x98T1\0", b""))
        self.assertRaises(Missing, mapping.acknowledgement, pdu, "", BOB)
        self.assertEqual(mapping.acknowledgement(pdu, "tok", BOB).reference.token, "tok")

    def read(self, octet: int) -> Any:
        octets = plain(
            pdus.M_READ_REC_IND,
            (fields.MESSAGE_ID, "mid-1@mmsc"),
            (fields.TO, "+15551230001"),
            (fields.FROM, "+15559999999/TYPE=PLMN"),
            (fields.DATE, 7),
            (fields.READ_STATUS, octet),
            tid=None,
        )
        return mapping.read_reply(decode(octets), BOB)

    def test_read(self) -> None:
        reply = self.read(0x80)
        self.assertEqual((reply.message, reply.reader, reply.date), ("mid-1@mmsc", BOB, 7))
        self.assertEqual((reply.status, self.read(0x81).status), (ReadStatus.READ, ReadStatus.DELETED))
        self.assertRaises(Missing, self.read, 0x90)


class Retrieves(SynchronousTestCase):
    def conf(self, version: int = 0x13, **values: Any) -> Any:
        return decode(b"".join(mapping.retrieve_conf(found(**values), version)))

    def test_least(self) -> None:
        pdu = self.conf()
        self.assertEqual(pdu.missing(), [])
        self.assertEqual([key.name for key, _ in pdu.headers], [
            "X-Mms-Transaction-ID", "X-Mms-MMS-Version", "Message-ID", "Date", "From", "To", "Content-Type",
        ])  # fmt: skip
        self.assertEqual(pdu[fields.TRANSACTION_ID], copy().transaction)
        self.assertEqual((pdu[fields.MESSAGE_ID], pdu[fields.DATE]), ("mid-1@mmsc", 1_700_000_000))
        self.assertEqual((pdu[fields.FROM], pdu.all(fields.TO)), (str(ALICE), [str(BOB)]))
        self.assertEqual((pdu[fields.CONTENT_TYPE], bytes(pdu.body)), (RELATED, body()))

    def test_content_is_not_copied(self) -> None:
        kept = content(body(), RELATED.encode())
        self.assertIs(mapping.retrieve_conf(found(content=kept), 0x13)[-1], kept.data)

    def test_content_type_as_received(self) -> None:
        spelled = b"\x1f\x1b\xb3\x89application/smil\0\x8a<smil>\0"
        head, _ = mapping.retrieve_conf(found(content=content(body(), spelled)), 0x13)
        self.assertTrue(bytes(head).endswith(b"\x84" + spelled))

    def test_recipients_in_order_without_bcc(self) -> None:
        """Also to a Bcc recipient: he sees To and Cc, and not himself."""
        recipients = (
            Recipient(CAROL),
            Recipient(DAVE, Field.BCC),
            Recipient(BOB, Field.CC),
            Recipient(ALICE),
        )
        for who, position in ((BOB, 2), (DAVE, 1)):
            pdu = self.conf(message=message(*recipients), copy=copy(who, position))
            self.assertEqual(pdu.all(fields.TO), [str(CAROL), str(ALICE)])
            self.assertEqual(pdu.all(fields.CC), [str(BOB)])
            self.assertNotIn(b"0004", b"".join(mapping.retrieve_conf(found(message=message(*recipients)), 0x13)))

    def test_hidden_sender(self) -> None:
        pdu = self.conf(message=message(elements=Elements(sender_visible=False)))
        self.assertNotIn(fields.FROM, pdu)

    def test_elements(self) -> None:
        elements = Elements(
            subject="Grüße",
            message_class=Class.INFORMATIONAL.value,
            priority=Priority.LOW,
            sender_visible=True,
            delivery_report=True,
            read_reply=True,
            reply_charging=ReplyCharging(requested=True, deadline=Moment(60, True), size=9),
            applic_id="app",
            reply_applic_id="back",
            aux_applic_info="aux",
            content_class=1,
            drm_content=True,
            distribution_indicator=False,
            previously_sent=(PreviouslySent(1, str(CAROL), 11), PreviouslySent(2, str(DAVE), 22)),
        )
        pdu = self.conf(message=message(elements=elements))
        for field, value in (
            (fields.SUBJECT, "Grüße"),
            (fields.MESSAGE_CLASS, MAP.MessageClass.INFORMATIONAL),
            (fields.PRIORITY, MAP.Priority.LOW),
            (fields.DELIVERY_REPORT, True),
            (fields.READ_REPORT, True),
            (fields.REPLY_CHARGING, MAP.ReplyCharging.ACCEPTED),
            (fields.REPLY_CHARGING_DEADLINE, Absolute(1_700_000_060)),
            (fields.REPLY_CHARGING_SIZE, 9),
            (fields.APPLIC_ID, "app"),
            (fields.REPLY_APPLIC_ID, "back"),
            (fields.AUX_APPLIC_INFO, "aux"),
            (fields.CONTENT_CLASS, MAP.ContentClass.IMAGE_BASIC),
            (fields.DRM_CONTENT, True),
            (fields.DISTRIBUTION_INDICATOR, False),
        ):
            self.assertEqual(pdu.get(field), value, field.name)
        self.assertEqual(pdu.all(fields.PREVIOUSLY_SENT_BY), [Counted(1, str(CAROL)), Counted(2, str(DAVE))])
        self.assertEqual(pdu.all(fields.PREVIOUSLY_SENT_DATE), [Counted(1, 11), Counted(2, 22)])

    def test_old_version(self) -> None:
        elements = Elements(applic_id="app", previously_sent=(PreviouslySent(1, str(CAROL), 11),))
        pdu = self.conf(0x10, message=message(elements=elements))
        self.assertEqual(pdu[fields.MMS_VERSION], 0x10)
        self.assertNotIn(fields.APPLIC_ID, pdu)
        self.assertNotIn(fields.PREVIOUSLY_SENT_BY, pdu)

    def test_single_part_is_wrapped(self) -> None:
        pdu = self.conf(content=content(PICTURE, b"\x9e"))
        self.assertEqual(pdu[fields.CONTENT_TYPE].media, "application/vnd.wap.multipart.mixed")
        (part,) = multipart.parse(pdu.body)
        self.assertEqual((part.content_type.media, bytes(part.data)), ("image/jpeg", PICTURE))

    def test_what_cannot_be_told(self) -> None:
        self.assertRaises(Unencodable, mapping.retrieve_conf, Retrieval(RetrieveStatus.OK), 0x13)
        mime = Content(encoding=Encoding.MIME, content_type=b"image/jpeg", data=b"", size=0)
        self.assertRaises(Unencodable, mapping.retrieve_conf, found(content=mime), 0x13)

    def test_errors(self) -> None:
        for retrieve in RetrieveStatus:
            pdu = decode(mapping.retrieve_error(retrieve, "Früher", 0x12, 99))
            self.assertEqual(pdu.missing(), [])
            self.assertEqual((pdu[fields.DATE], pdu[fields.RETRIEVE_TEXT]), (99, "Früher"))
            self.assertEqual(pdu[fields.CONTENT_TYPE].media, "application/vnd.wap.multipart.mixed")
            (part,) = multipart.parse(pdu.body)
            self.assertEqual((part.content_type.media, bytes(part.data)), ("text/plain", "Früher".encode()))

    def test_error_to_an_old_phone(self) -> None:
        pdu = decode(mapping.retrieve_error(RetrieveStatus.MESSAGE_NOT_FOUND, "gone", 0x10, 99))
        self.assertNotIn(fields.RETRIEVE_STATUS, pdu)
        self.assertIn(b"gone", bytes(pdu.body))

    def test_visible_fields_are_those_of_the_message(self) -> None:
        """Nothing of a row that is for us alone goes out."""
        octets = b"".join(mapping.retrieve_conf(found(message=replace(message(), forwarded_from="secret")), 0x13))
        self.assertNotIn(b"secret", octets)
        self.assertNotIn(copy().token.encode(), octets)
