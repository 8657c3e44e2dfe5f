"""Wireshark's dissectors read our pushes over UDP and our short messages, which they put together again."""

from __future__ import annotations

import struct

from twisted.trial.unittest import SynchronousTestCase

from mmse.wire.sms import alphabet, tpdu
from mmse.wire.sms.coding import OCTETS, OCTETS_CLASS_1, Coding
from mmse.wire.sms.elements import Address, Timestamp, TypeOfNumber
from mmse.wire.sms.segmentation import cut
from mmse.wire.sms.tpdu import Deliver, StatusReport, Submit, UserData
from mmse.wire.wsp import push
from mmse.wire.wsp.content_type import ContentType
from mmse.wire.wsp.push import APPLICATION_ID, INITIATOR_URI, MMS_MEDIA, PUSH_FLAG, Push
from tests import peers
from tests.interop.dissection import dissected
from tests.wire.notification import NOTIFICATION

skip = peers.require_part("interop") or peers.require_peer("tshark")

RAW_IP, UPPER_PDU = 101, 252
"""Link types of a capture: IP packets without a frame; octets for the dissector that a tag names."""
WHEN = Timestamp(30, 1, 4, 12, 30, 59, -20)
READ = (
    "X-Mms-Message-Type: m-notification-ind (0x82)",
    "X-Mms-Transaction-ID: T7f3a9c01",
    "From: +15551230001/TYPE=PLMN",
    "Subject: Holiday pictures",
    "X-Mms-Content-Location: http://mmsc.example.net:8002/mms/Qk3vT9xW2pLrY7bN",
)
"""What it says of the notification that is pushed."""


def datagram(data: bytes) -> bytes:
    """UDP from 9200 to 2948 in one IPv4 packet."""
    udp = struct.pack(">HHHH", 9200, 2948, 8 + len(data), 0) + data
    addresses = bytes((10, 0, 0, 1, 10, 0, 0, 2))
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + addresses + udp


def exported(data: bytes, to_centre: bool = False) -> bytes:
    """An exported PDU for the dissector of SMS TPDUs (tag 12: its name; 35: the direction; 0: the end)."""
    name = b"gsm_sms\0"
    tags = struct.pack(">HH", 12, len(name)) + name
    tags += struct.pack(">HHI", 35, 4, to_centre)
    return tags + struct.pack(">HH", 0, 0) + data


def dissect(link: int, packets: list[bytes]) -> list[str]:
    """What tshark says of each packet."""
    return dissected(link, packets, "gsm_sms,gsm_sms_ud,wsp,mmse")


class Pushes(SynchronousTestCase):
    """WSP over UDP."""

    def test_minimal_and_trusted(self) -> None:
        """Headers and the PDU in it, nothing malformed."""
        plain, trusted = dissect(
            RAW_IP, [datagram(push.compose(NOTIFICATION, 7)), datagram(push.compose(NOTIFICATION, 255, trusted=True))]
        )
        for text, tid in ((plain, 7), (trusted, 255)):
            self.assertNotIn("Malformed", text)
            for line in (
                f"Transaction ID: 0x{tid:02x}",
                "PDU Type: Push (0x06)",
                "Content-Type: application/vnd.wap.mms-message",
                "X-Wap-Application-Id: x-wap-application:mms.ua",
                *READ,
            ):
                self.assertIn(f" {line}\n", text)
        self.assertIn("Headers Length: 3\n", plain)
        self.assertNotIn("Push-Flag", plain)
        self.assertIn("Content is trusted: True", trusted)

    def test_other_headers(self) -> None:
        """A URI, a header by name, a confirmed push."""
        octets = Push(
            1,
            ContentType(MMS_MEDIA),
            [
                (INITIATOR_URI, "http://mmsc.example.net/"),
                (PUSH_FLAG, 5),
                (APPLICATION_ID, "http://example.net/a.ua"),
                ("X-Mms-Own", "value"),
            ],
            NOTIFICATION,
            confirmed=True,
        ).encode()
        (text,) = dissect(RAW_IP, [datagram(octets)])
        self.assertNotIn("Malformed", text)
        for line in (
            "PDU Type: ConfirmedPush (0x07)",
            "Initiator-Uri: http://mmsc.example.net/",
            "X-Wap-Application-Id: http://example.net/a.ua",
            "X-Mms-Own: value",
            *READ,
        ):
            self.assertIn(f" {line}\n", text)
        self.assertIn("Initiator URI is authenticated: True", text)
        self.assertIn("Last push message: True", text)

    def test_applications(self) -> None:
        """The numbers have the names that we give them. (It takes the length of a longer number for the number.)"""
        names = [name for number, name in push.APPLICATIONS.items() if number < 0x80]
        octets = [Push(1, ContentType(MMS_MEDIA), [(APPLICATION_ID, name)], NOTIFICATION).encode() for name in names]
        for name, text in zip(names, dissect(RAW_IP, [datagram(each) for each in octets]), strict=True):
            self.assertIn(f"X-Wap-Application-Id: {name}\n", text)


class ShortMessages(SynchronousTestCase):
    """SMS TPDUs."""

    def test_reassembled(self) -> None:
        """The push in segments, with an 8- and a 16-bit reference, in order and out of order."""
        octets = push.compose(NOTIFICATION, 1, trusted=True)
        for reference, wide, order in ((0x5A, False, 1), (0x15A, True, 1), (0x5B, False, -1), (0x15B, True, -1)):
            segments = cut(octets, reference, wide=wide)[::order]
            tpdus = [
                tpdu.encode(
                    Deliver(
                        originator=Address("15551230009"),
                        timestamp=WHEN,
                        coding=OCTETS if wide else OCTETS_CLASS_1,
                        user_data=UserData(segment.header, segment.payload),
                    )
                )
                for segment in segments
            ]
            texts = dissect(UPPER_PDU, [exported(each) for each in tpdus])
            self.assertEqual(len(texts), 2)
            for text in texts:
                self.assertNotIn("Malformed", text)
                self.assertIn(f"Message identifier: {reference}\n", text)
                self.assertIn("Destination port: UDP/TCP port numbers assigned by IANA", text)
                self.assertIn("(2948)\n", text)
            self.assertIn("[Reassembled Short Message length: 136]", texts[1])
            for line in READ:
                self.assertIn(f" {line}\n", texts[1])

    def test_one_message(self) -> None:
        """A push that fits: no concatenation, and read all the same."""
        octets = push.compose(NOTIFICATION[:41] + NOTIFICATION[59:], 1)
        (segment,) = cut(octets, 1)
        submit = Submit(
            destination=Address("15551230002"),
            reference=66,
            coding=OCTETS_CLASS_1,
            user_data=UserData(segment.header, segment.payload),
            validity=4 * 86400,
            status_report=True,
        )
        (text,) = dissect(UPPER_PDU, [exported(tpdu.encode(submit), to_centre=True)])
        self.assertNotIn("Malformed", text)
        for line in (
            "TP-MTI: SMS-SUBMIT (1)",
            "TP-MR: 66",
            "TP-DA Digits: 15551230002",
            "TP-Validity-Period: 4 day(s)",
            *(line for line in READ if "Subject" not in line),
        ):
            self.assertIn(line, text)

    def test_text(self) -> None:
        """Septets, after a header too; the sender's name; the time."""
        text = "Grüße {€} [~]"
        for header in (tpdu.UserData().header, cut(bytes(200), 9)[0].header):
            message = Deliver(
                originator=Address("MMS €", TypeOfNumber.ALPHANUMERIC, 0),
                timestamp=WHEN,
                coding=Coding(0),
                user_data=UserData(header, alphabet.encode(text.replace("ß", "ss"))),
            )
            (told,) = dissect(UPPER_PDU, [exported(tpdu.encode(message))])
            self.assertNotIn("Malformed", told)
            self.assertIn("Timezone: GMT - 5 hours 0 minutes", told)
            self.assertIn("TP-OA Digits: MMS €", told)
            if not header.elements:
                self.assertIn(f"SMS text: {text.replace('ß', 'ss')}", told)

    def test_status_report(self) -> None:
        """A report about a submission."""
        report = StatusReport(
            reference=66, recipient=Address("15551230002"), timestamp=WHEN, discharge=WHEN, status=0x46
        )
        (text,) = dissect(UPPER_PDU, [exported(tpdu.encode(report))])
        self.assertNotIn("Malformed", text)
        for line in ("TP-MTI: SMS-STATUS REPORT (2)", "TP-MR: 66", "TP-RA Digits: 15551230002", "SM Validity Period"):
            self.assertIn(line, text)
