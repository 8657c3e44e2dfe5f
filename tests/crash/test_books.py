"""The judge of the crash test, judged: of each promise a book in which it is broken."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from twisted.trial.unittest import SynchronousTestCase

from mmse.wire.mmsenc import Message, fields, pdus
from mmse.wire.mmsenc.status import Status
from tests import peers
from tests.crash.books import Books, Intent

skip = peers.require_part("crash")

ANNA, BEN, CLEO, DORA = "+15551000001", "+15552000001", "+15552000002", "+15552000003"
BODY = b"a photograph"


def notification(who: str, place: str = "http://m/", transaction: str = "n") -> tuple[str, Message, bytes]:
    """A push of M-Notification.ind to ``who``."""
    push = Message.of(
        pdus.M_NOTIFICATION_IND,
        (fields.CONTENT_LOCATION, place + who[-1]),
        (fields.TRANSACTION_ID, transaction),
        (fields.SUBJECT, "1"),
    )
    return who, push, place.encode()


def retrieved(message: str = "m1", body: bytes = BODY, mark: str = "1") -> Message:
    """An M-Retrieve.conf."""
    return Message.of(pdus.M_RETRIEVE_CONF, (fields.MESSAGE_ID, message), (fields.SUBJECT, mark), body=body)


def report(about: str, message: str = "m1", status: Status = Status.RETRIEVED) -> Message:
    """An M-Delivery.ind."""
    to = f"{about}/TYPE=PLMN"
    return Message.of(pdus.M_DELIVERY_IND, (fields.MESSAGE_ID, message), (fields.TO, to), (fields.STATUS, status))


def told(books: Books, who: str, message: str = "m1", place: str = "http://m/", transaction: str = "n") -> None:
    """``who`` is notified and fetches."""
    push = notification(who, place, transaction)
    books.notified(*push)
    books.received(who, push[1], retrieved(message))


def good(report_wanted: bool = True) -> Books:
    """One MM from Anna to Ben, blind to Cleo, with nothing left to wish for."""
    books = Books()
    intent = Intent("1", ANNA, (BEN,), (CLEO,), report_wanted, sha256(BODY).digest())
    books.meant(intent)
    books.answered(intent, "m1", 0.0, 1)
    for who in intent.recipients:
        told(books, who)
        if report_wanted:
            books.reported(ANNA, report(who), b"report")
    return books


def _unheard(books: Books) -> None:
    books.meant(Intent("2", ANNA, (BEN,), (), False, b""))


def _lost(books: Books) -> None:
    _unheard(books)
    books.answered(books.intents["2"], "m2", 0.0, 1)


def _shown(books: Books) -> None:
    found = retrieved()
    found.headers.append((fields.CC, f"{CLEO}/TYPE=PLMN"))
    books.received(BEN, notification(BEN)[1], found)


def _repeated(books: Books) -> None:
    for _ in range(3):
        books.notified(*notification(BEN))


LIES: dict[str, Callable[[Books], object]] = {
    "has no answer": _unheard,
    "never reached": _lost,
    "was accepted as": lambda books: books.answered(books.intents["1"], "m9", 0.0, 1),
    "was told of 1 as": lambda books: told(books, BEN, place="http://n/", transaction="o"),
    "got 1 as m9, answered": lambda books: told(books, BEN, "m9", "http://n/", "o"),
    "other octets": lambda books: books.received(BEN, notification(BEN)[1], retrieved(body=b"")),
    "which nobody sent": lambda books: books.received(DORA, notification(DORA)[1], retrieved()),
    "nobody sent to it": lambda books: books.received(BEN, notification(BEN)[1], retrieved(mark="7")),
    "nothing came of it": lambda books: books.notified(*notification(DORA)),
    "was shown the blind copy": _shown,
    "names 2 notifications": lambda books: told(books, BEN, place="http://n/"),
    "told 4 times, 1 different": _repeated,
    "told 2 times, 2 different": lambda books: books.reported(ANNA, report(BEN), b"other"),
    "a report that nobody asked for": lambda books: books.reported(DORA, report(BEN), b"report"),
    "about='+15552000003'": lambda books: books.reported(ANNA, report(DORA), b"report"),
    "who has it": lambda books: books.reported(ANNA, report(BEN, status=Status.EXPIRED), b"report"),
}
"""Words of a finding, and what makes it true."""

KILLS = 2


class Judged(SynchronousTestCase):
    """What `Books.judge` finds."""

    def test_nothing_wrong(self) -> None:
        """Honest books are believed, with and without reports, and with repeats that crashes explain."""
        for wanted in (True, False):
            books = good(wanted)
            books.notified(*notification(BEN))
            books.notified(*notification(BEN))
            self.assertEqual(books.judge(KILLS), [])

    def test_every_lie_is_found(self) -> None:
        """Each by the words of its own finding."""
        for words, lie in LIES.items():
            books = good()
            lie(books)
            self.assertTrue(any(words in finding for finding in books.judge(KILLS)), (words, books.judge(KILLS)))

    def test_missing_report(self) -> None:
        """One that was asked for and did not come."""
        books = good()
        del books.reports[next(iter(books.reports))]
        self.assertEqual(books.judge(KILLS), [f"1 (m1): no report about {BEN}"])

    def test_overtaken(self) -> None:
        """An MM that was there before its sender knew is counted."""
        books = Books()
        books.meant(Intent("1", ANNA, (BEN,), (), False, sha256(BODY).digest()))
        told(books, BEN)
        self.assertEqual(books.judge(KILLS), ["1 has no answer"])
        books.answered(books.intents["1"], "m1", 0.0, 1)
        self.assertEqual((books.overtaken, books.judge(KILLS)), (1, []))
