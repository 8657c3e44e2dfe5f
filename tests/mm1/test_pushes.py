"""PDUs for pushes, byte by byte where the digest has the bytes."""

from __future__ import annotations

import msgspec
from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.elements import Class, Moment, Priority, ReadStatus, ReplyCharging
from mmse.abstract.message import Elements, Recipient
from mmse.abstract.reports import Report, ReportKind
from mmse.abstract.status import DeliveryStatus
from mmse.mm1 import pushes
from mmse.wire import Unencodable
from mmse.wire.mmsenc import Absolute, Relative, decode, encode, enumerations, fields, pdus, status
from tests.mm1.values import ALICE, BOB, CAROL, TOKEN, copy, message


def report(**changes: object) -> Report:
    row = Report(
        message="mid-1@mmsc",
        position=0,
        kind=ReportKind.DELIVERY,
        originator=ALICE,
        recipient=BOB,
        date=0x6553F100,
        agent="mm1",
        delivery=DeliveryStatus.RETRIEVED,
    )
    return msgspec.structs.replace(row, **changes)


class Notifications(SynchronousTestCase):
    def test_bytes(self) -> None:
        """The digest's worked example, but for the identities."""
        mm = msgspec.structs.replace(message(elements=Elements(subject="Hé")), originator=BOB)
        octets = encode(pushes.notification(mm, copy(CAROL), "http://mmsc/m/", 0x12))
        self.assertEqual(
            octets,
            b"\x8c\x82\x98n1n1n1n1\0\x8d\x92"
            b"\x89\x18\x80+15551230002/TYPE=PLMN\0"
            b"\x96\x05\xeaH\xc3\xa9\0"
            b"\x8a\x80\x8e\x02\x04\xd2\x88\x05\x81\x03\x03\xf4\x80"
            b"\x83http://mmsc/m/" + TOKEN.encode() + b"\0",
        )

    def test_repeats_are_identical(self) -> None:
        """Only what cannot change between two attempts goes in."""
        first = copy()
        later = msgspec.structs.replace(first, attempt=4, version=9, due=1_700_100_000)
        mm = message()
        self.assertEqual(
            encode(pushes.notification(mm, first, "http://mmsc/")),
            encode(pushes.notification(mm, later, "http://mmsc/")),
        )

    def test_expiry_counts_from_the_earliest_delivery(self) -> None:
        mm = msgspec.structs.replace(message(), earliest=1_700_003_600)
        pdu = pushes.notification(mm, copy(), "http://mmsc/")
        self.assertEqual(pdu[fields.EXPIRY], Relative(259_200 - 3600))

    def test_expired_already(self) -> None:
        mm = msgspec.structs.replace(message(), earliest=1_800_000_000)
        self.assertEqual(pushes.notification(mm, copy(), "http://mmsc/")[fields.EXPIRY], Relative(0))

    def test_slash(self) -> None:
        self.assertEqual(pushes.location("http://mmsc", "t"), "http://mmsc/t")
        self.assertEqual(pushes.location("http://mmsc/m/", "t"), "http://mmsc/m/t")

    def test_hidden_sender(self) -> None:
        pdu = pushes.notification(message(elements=Elements(sender_visible=False)), copy(), "http://mmsc/")
        self.assertNotIn(fields.FROM, pdu)
        self.assertNotIn(b"15551230001", encode(pdu))

    def test_recipients_are_not_told(self) -> None:
        """A notification names no recipient at all."""
        mm = message(Recipient(BOB), Recipient(CAROL))
        octets = encode(pushes.notification(mm, copy(), "http://m/"))
        self.assertNotIn(b"+15551230002", octets)
        self.assertNotIn(b"+15551230003", octets)

    def test_elements(self) -> None:
        elements = Elements(
            message_class=Class.ADVERTISEMENT.value,
            priority=Priority.HIGH,
            delivery_report=True,
            reply_charging=ReplyCharging(requested=True, text_only=True, deadline=Moment(60, True), size=500),
            applic_id="app",
            reply_applic_id="back",
            aux_applic_info="aux",
            content_class=2,
            drm_content=False,
            distribution_indicator=False,
        )
        pdu = decode(encode(pushes.notification(message(elements=elements), copy(), "http://mmsc/")))
        self.assertEqual(pdu.missing(), [])
        for field, value in (
            (fields.MESSAGE_CLASS, enumerations.MessageClass.ADVERTISEMENT),
            (fields.PRIORITY, enumerations.Priority.HIGH),
            (fields.DELIVERY_REPORT, True),
            (fields.REPLY_CHARGING, enumerations.ReplyCharging.ACCEPTED_TEXT_ONLY),
            (fields.REPLY_CHARGING_DEADLINE, Absolute(1_700_000_060)),
            (fields.REPLY_CHARGING_SIZE, 500),
            (fields.APPLIC_ID, "app"),
            (fields.REPLY_APPLIC_ID, "back"),
            (fields.AUX_APPLIC_INFO, "aux"),
            (fields.CONTENT_CLASS, enumerations.ContentClass.IMAGE_RICH),
            (fields.DRM_CONTENT, False),
            (fields.DISTRIBUTION_INDICATOR, False),
        ):
            self.assertEqual(pdu.get(field), value, field.name)

    def test_class_of_its_own(self) -> None:
        pdu = pushes.notification(message(elements=Elements(message_class="lottery")), copy(), "http://mmsc/")
        self.assertEqual(pdu[fields.MESSAGE_CLASS], "lottery")

    def test_reply(self) -> None:
        elements = Elements(reply_charging=ReplyCharging(reply_to="mid-0@mmsc"))
        pdu = pushes.notification(message(elements=elements), copy(), "http://mmsc/")
        self.assertEqual(pdu[fields.REPLY_CHARGING_ID], "mid-0@mmsc")
        self.assertNotIn(fields.REPLY_CHARGING, pdu)


class Reports(SynchronousTestCase):
    def test_delivery_bytes(self) -> None:
        self.assertEqual(
            encode(pushes.delivery_report(report())),
            b"\x8c\x86\x8d\x92\x8bmid-1@mmsc\0\x97+15551230002/TYPE=PLMN\0\x85\x04\x65\x53\xf1\x00\x95\x81",
        )

    def test_delivery_to_an_old_phone(self) -> None:
        """A phone of 1.0 knows no Unreachable."""
        row = report(delivery=DeliveryStatus.UNREACHABLE, version=0x10)
        pdu = decode(encode(pushes.delivery_report(row), 0x10))
        self.assertEqual((pdu[fields.STATUS], pdu[fields.MMS_VERSION]), (status.Status.EXPIRED, 0x10))

    def test_read_bytes(self) -> None:
        row = report(kind=ReportKind.READ, delivery=None, read=ReadStatus.READ)
        self.assertEqual(
            encode(pushes.read_report(row)),
            b"\x8c\x88\x8d\x92\x8bmid-1@mmsc\0\x97+15551230001/TYPE=PLMN\0"
            b"\x89\x18\x80+15551230002/TYPE=PLMN\0\x85\x04\x65\x53\xf1\x00\x9b\x80",
        )

    def test_application(self) -> None:
        row = report(applic_id="app", aux_applic_info="aux", version=0x13)
        pdu = decode(encode(pushes.delivery_report(row)))
        self.assertEqual((pdu[fields.APPLIC_ID], pdu[fields.AUX_APPLIC_INFO]), ("app", "aux"))
        self.assertIs(pdu.pdu, pdus.M_DELIVERY_IND)

    def test_reports_without_a_status(self) -> None:
        self.assertRaises(Unencodable, pushes.delivery_report, report(delivery=None))
        self.assertRaises(Unencodable, pushes.read_report, report())
