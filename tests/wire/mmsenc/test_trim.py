"""Notifications made to fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from mmse.wire.mmsenc import Message, Relative, decode, encode, enumerations, fields, pdus
from mmse.wire.mmsenc.trim import DROPPED, trim
from mmse.wire.wsp.field import Header


def notification(subject: str = "Hello", sender: str = "+447700900007/TYPE=PLMN", extra: bool = True) -> Message:
    headers: list[Header] = [
        (fields.TRANSACTION_ID, "abcdefgh"),
        (fields.MMS_VERSION, 0x13),
        (fields.FROM, sender),
        (fields.SUBJECT, subject),
        (fields.MESSAGE_CLASS, enumerations.MessageClass.PERSONAL),
        (fields.MESSAGE_SIZE, 177_000),
        (fields.EXPIRY, Relative(86_400)),
        (fields.CONTENT_LOCATION, "http://mmsc.example/abcdefghijklmnop"),
    ]
    if extra:
        headers += [
            (fields.DELIVERY_REPORT, True),
            (fields.DISTRIBUTION_INDICATOR, True),
            (fields.APPLIC_ID, "chess"),
            (fields.AUX_APPLIC_INFO, "move 7"),
            (fields.CONTENT_CLASS, enumerations.ContentClass.IMAGE_BASIC),
            (fields.RECOMMENDED_RETRIEVAL_MODE, enumerations.RetrievalMode.MANUAL),
            (fields.RECOMMENDED_RETRIEVAL_MODE_TEXT, "it is large"),
        ]
    return Message(pdus.M_NOTIFICATION_IND, headers)


class TrimTests(SynchronousTestCase):
    def test_what_fits_is_left_alone(self) -> None:
        message = notification()
        self.assertIs(trim(message, len(encode(message))), message)

    def test_order(self) -> None:
        """With ever less room the fields go one by one, in the order of the table, and none comes back."""
        message = notification()
        gone: list[object] = []
        for room in range(len(encode(message)), 0, -1):
            kept = trim(message, room)
            for field in DROPPED:
                if field in message and field not in kept and field not in gone:
                    gone.append(field)
        self.assertEqual(gone, [field for field in DROPPED if field in message])

    def test_mandatory_and_addressing_stay(self) -> None:
        kept = trim(notification("x" * 300), 1)
        self.assertEqual(kept.missing(), [])
        self.assertEqual(kept[fields.APPLIC_ID], "chess")
        self.assertNotIn(fields.SUBJECT, kept)
        self.assertEqual(decode(encode(kept)), kept)

    def test_subject_is_cut(self) -> None:
        message = notification("The quick brown fox", extra=False)
        kept = trim(message, len(encode(message)) - 4)
        self.assertEqual(kept[fields.SUBJECT], "The quick brown")

    def test_subject_of_many_octets(self) -> None:
        """Cut between characters, and not between a letter and its accent."""
        message = notification("Ж" * 50, extra=False)
        kept = trim(message, len(encode(message)) - 31)
        self.assertEqual(kept[fields.SUBJECT], "Ж" * 34)
        message = notification("e\u0301" * 20, extra=False)
        for room in range(len(encode(message)) - 60, len(encode(message))):
            self.assertNotEqual(trim(message, room).get(fields.SUBJECT, "\u0301")[-1:], "e")

    def test_display_name(self) -> None:
        message = notification("", "Alice Example <+447700900007/TYPE=PLMN>", extra=False)
        kept = trim(message, len(encode(message)) - 10)
        self.assertEqual(kept[fields.FROM], "+447700900007/TYPE=PLMN")

    @given(st.text(max_size=80), st.integers(0, 400))
    def test_fits_or_nothing_is_left_to_drop(self, subject: str, room: int) -> None:
        message = notification(subject)
        kept = trim(message, room)
        self.assertEqual(kept, trim(message, room))
        if len(encode(kept)) > room:
            self.assertNotIn(fields.SUBJECT, kept)
            self.assertFalse(any(field in kept for field in DROPPED))
