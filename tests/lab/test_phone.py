"""What a handset says: its PDUs, its SMIL, and names that are safe to save under."""

from __future__ import annotations

from importlib.resources import files
from xml.etree import ElementTree

from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.address import AddressMalformed
from mmse.lab import phone, smil
from mmse.wire import Missing, Unencodable
from mmse.wire.mmsenc import INSERT_ADDRESS, Absolute, Message, Relative, decode, enumerations, fields, pdus, status
from mmse.wire.wsp import multipart
from mmse.wire.wsp.content_type import ContentType
from mmse.wire.wsp.headers import CONTENT_ID, CONTENT_LOCATION

PHOTO = files("mmse.lab").joinpath("data/photo.jpg").read_bytes()


def sent(draft: phone.Draft, *attachments: phone.Attachment) -> Message:
    kind, body = phone.content(attachments or [phone.attachment("a.txt", b"hello")])
    return decode(phone.octets_of(phone.submission(draft, "t1", kind, body)))


class PhotoTests(SynchronousTestCase):
    def test_photo(self) -> None:
        """A JPEG of a size that matters, with EXIF."""
        self.assertTrue(120_000 <= len(PHOTO) <= 200_000)
        self.assertEqual(PHOTO[:3], b"\xff\xd8\xff")
        self.assertIn(b"Exif\0\0", PHOTO[:64])


class SubmissionTests(SynchronousTestCase):
    def test_photograph(self) -> None:
        """Multipart/related that begins with its presentation; the picture's octets are untouched."""
        message = sent(phone.Draft(to=("+447700900008",)), phone.attachment("dir/My photo.JPG", PHOTO))
        kind = message[fields.CONTENT_TYPE]
        self.assertEqual(kind.media, "application/vnd.wap.multipart.related")
        self.assertEqual((kind.get("type"), kind.get("start")), ("application/smil", "<smil>"))
        self.assertEqual(multipart.check(message.body, kind), 2)
        first, second = multipart.parse(message.body)
        self.assertEqual((first.content_type.media, first.get(CONTENT_ID)), ("application/smil", "<smil>"))
        self.assertEqual(second.content_type, ContentType("image/jpeg", (("name", "My_photo.JPG"),)))
        self.assertEqual(second.get(CONTENT_LOCATION), "My_photo.JPG")
        self.assertEqual(bytes(second.data), PHOTO)

    def test_headers(self) -> None:
        draft = phone.Draft(
            to=("+447700900008", "joe@example.org"),
            cc=("12345",),
            bcc=("07700900009",),
            subject="Grüße",
            report=True,
            read_report=True,
            expiry=Relative(3600),
            delivery_time=Absolute(1_800_000_000),
            message_class=enumerations.MessageClass.AUTO,
            priority=enumerations.Priority.HIGH,
            hide=True,
        )
        message = sent(draft)
        self.assertIs(message.pdu, pdus.M_SEND_REQ)
        self.assertEqual(message.all(fields.TO), ["+447700900008/TYPE=PLMN", "joe@example.org"])
        self.assertEqual((message[fields.CC], message[fields.BCC]), ("12345", "07700900009/TYPE=PLMN"))
        self.assertEqual((message[fields.FROM], message[fields.SUBJECT]), (INSERT_ADDRESS, "Grüße"))
        self.assertEqual(message[fields.EXPIRY], Relative(3600))
        self.assertEqual(message[fields.DELIVERY_TIME], Absolute(1_800_000_000))
        self.assertEqual(message[fields.SENDER_VISIBILITY], enumerations.SenderVisibility.HIDE)
        self.assertEqual((message[fields.DELIVERY_REPORT], message[fields.READ_REPORT]), (True, True))
        self.assertEqual(message[fields.PRIORITY], enumerations.Priority.HIGH)
        self.assertEqual(message.missing(), [])

    def test_silence(self) -> None:
        """What was not chosen is not said."""
        message = sent(phone.Draft(to=("+447700900008",)))
        self.assertEqual(
            [key for key, _ in message.headers],
            [fields.TRANSACTION_ID, fields.MMS_VERSION, fields.FROM, fields.TO, fields.CONTENT_TYPE],
        )

    def test_versions(self) -> None:
        content_class = phone.override("X-Mms-Content-Class: image-basic")
        for version, knows in ((0x10, False), (0x11, False), (0x12, False), (0x13, True)):
            message = sent(phone.Draft(to=("12345",), version=version, overrides=(content_class,)))
            self.assertEqual(message[fields.MMS_VERSION], version)
            self.assertEqual(fields.CONTENT_CLASS in message, knows)
        self.assertEqual(sent(phone.Draft(to=("12345",), version=0x50))[fields.MMS_VERSION], 0x50)

    def test_overrides(self) -> None:
        """The last word: a header of another value, or none."""
        draft = phone.Draft(
            to=("12345",),
            subject="one",
            overrides=(phone.override("Subject: two"), phone.override("From: +447700900001/TYPE=PLMN")),
        )
        message = sent(draft)
        self.assertEqual(message.all(fields.SUBJECT), ["two"])
        self.assertEqual(message[fields.FROM], "+447700900001/TYPE=PLMN")
        gone = phone.Draft(to=("12345",), subject="one", overrides=(phone.override("Subject:"),))
        self.assertNotIn(fields.SUBJECT, sent(gone))

    def test_bad_overrides(self) -> None:
        for text, word in (("Nonsense: 1", "Nonsense"), ("Subject", "Name: value"), ("X-Mms-Priority: odd", "odd")):
            self.assertIn(word, str(self.assertRaises(ValueError, phone.override, text)))

    def test_bad_address(self) -> None:
        self.assertRaises(AddressMalformed, sent, phone.Draft(to=("a b@c",)))

    def test_nobody(self) -> None:
        self.assertRaises(Unencodable, sent, phone.Draft())


class AnswerTests(SynchronousTestCase):
    def notification(self) -> Message:
        return Message(pdus.M_NOTIFICATION_IND, [(fields.TRANSACTION_ID, "abc")])

    def test_notify_response(self) -> None:
        message = decode(phone.octets_of(phone.notify_response(self.notification(), status.Status.DEFERRED, 0x12)))
        self.assertEqual(message.missing(), [])
        self.assertEqual((message[fields.TRANSACTION_ID], message[fields.STATUS]), ("abc", status.Status.DEFERRED))
        self.assertNotIn(fields.REPORT_ALLOWED, message)
        forbidden = phone.notify_response(self.notification(), status.Status.RETRIEVED, 0x12, False)
        self.assertIs(decode(phone.octets_of(forbidden))[fields.REPORT_ALLOWED], False)

    def test_acknowledge(self) -> None:
        message = decode(phone.octets_of(phone.acknowledge("xyz", 0x13, False)))
        self.assertIs(message.pdu, pdus.M_ACKNOWLEDGE_IND)
        self.assertEqual((message[fields.TRANSACTION_ID], message[fields.REPORT_ALLOWED]), ("xyz", False))

    def test_read_report(self) -> None:
        retrieved = Message(pdus.M_RETRIEVE_CONF, [(fields.MESSAGE_ID, "m@x"), (fields.FROM, "+44/TYPE=PLMN")])
        message = decode(phone.octets_of(phone.read_report(retrieved, 0x12, 77)))
        self.assertEqual(message.missing(), [])
        self.assertEqual((message[fields.TO], message[fields.DATE]), ("+44/TYPE=PLMN", 77))
        anonymous = Message(pdus.M_RETRIEVE_CONF, [(fields.MESSAGE_ID, "m@x")])
        self.assertRaises(Missing, phone.read_report, anonymous, 0x12, 77)


class PartsTests(SynchronousTestCase):
    def test_back(self) -> None:
        """What one phone packs another unpacks."""
        message = sent(
            phone.Draft(to=("12345",)), phone.attachment("p.jpg", PHOTO), phone.attachment("t.txt", "Grüße".encode())
        )
        presentation, photo, text = phone.parts_of(message)
        self.assertEqual((presentation.name, presentation.media_type), ("smil.xml", "application/smil"))
        self.assertEqual((photo.name, photo.media_type, photo.data), ("p.jpg", "image/jpeg", PHOTO))
        self.assertEqual((text.data.decode(), text.charset), ("Grüße", "utf-8"))

    def test_single_part(self) -> None:
        message = Message(pdus.M_RETRIEVE_CONF, [(fields.CONTENT_TYPE, ContentType("image/png"))], b"png")
        (part,) = phone.parts_of(message)
        self.assertEqual((part.name, part.data), ("part1.png", b"png"))

    def test_names_stay_in_their_folder(self) -> None:
        """A sender chooses the names: none leads out of the folder, hides, or falls on another."""
        for text, name in (
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            (".bashrc", "bashrc"),
            ("..", "part"),
            ("", "part"),
            ("a/\x00\n.jpg", "_.jpg"),
            ("x" * 500, "x" * 80),
        ):
            self.assertEqual(phone.file_name(text), name)
        self.assertEqual(phone.file_name("a.jpg", ["a.jpg", "a-2.jpg"]), "a-3.jpg")
        self.assertEqual(phone.file_name("a", ["a"]), "a-2")


class SMILTests(SynchronousTestCase):
    def slides(self, *parts: tuple[str, str]) -> list[list[tuple[str, str | None]]]:
        root = ElementTree.fromstring(smil.compose(parts))
        regions = {each.get("id") for each in root.iter("region")}
        for each in root.iter():
            self.assertIn(each.get("region"), {None} | regions)
        return [[(each.tag, each.get("src")) for each in slide] for slide in root.iter("par")]

    def test_slides(self) -> None:
        self.assertEqual(
            self.slides(
                ("a.jpg", "image/jpeg"), ("b.jpg", "image/jpeg"), ("t.txt", "text/plain"), ("s.amr", "audio/amr")
            ),
            [[("img", "a.jpg"), ("audio", "s.amr"), ("text", "t.txt")], [("img", "b.jpg")]],
        )

    def test_film_takes_the_place_of_a_picture(self) -> None:
        self.assertEqual(
            self.slides(("a.jpg", "image/jpeg"), ("f.3gp", "video/3gpp")), [[("img", "a.jpg")], [("video", "f.3gp")]]
        )

    def test_what_cannot_be_shown(self) -> None:
        self.assertEqual(self.slides(("c.vcf", "text/x-vcard"), ("x.bin", "application/octet-stream")), [])

    def test_escaping(self) -> None:
        self.assertEqual(self.slides(('<&".jpg', "image/jpeg")), [[("img", '<&".jpg')]])
