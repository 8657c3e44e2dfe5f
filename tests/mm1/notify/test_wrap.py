"""References of concatenated messages, and the push around a PDU."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.address import number
from mmse.interfaces import Push, PushKind
from mmse.mm1.notify.wrap import References, wrap
from mmse.wire.wsp.push import MMS_USER_AGENT, parse


def push(reference: str) -> Push:
    return Push(
        destination=number("+447700900008"), octets=b"pdu", kind=PushKind.DELIVERY, reference=reference, expires=1
    )


class WrapTests(SynchronousTestCase):
    def test_wrap(self) -> None:
        read = parse(wrap(push("a")))
        self.assertEqual((read.application, read.is_mms, read.body), (MMS_USER_AGENT, True, b"pdu"))

    def test_transaction_id(self) -> None:
        """The same for a repeat; pushes differ from each other mostly."""
        self.assertEqual(wrap(push("a")), wrap(push("a")))
        self.assertGreater(len({wrap(push(str(n)))[0] for n in range(100)}), 50)


class ReferencesTests(SynchronousTestCase):
    def test_all_before_any_again(self) -> None:
        references = References(8)
        seen = [references.next("a") for _ in range(256)]
        self.assertEqual(sorted(seen), list(range(256)))
        self.assertEqual(references.next("a"), seen[0])

    def test_destinations_do_not_disturb_each_other(self) -> None:
        references = References(8)
        first = references.next("a")
        for _ in range(255):
            references.next("b")
        self.assertEqual(references.next("a"), (first + 1) & 0xFF)

    def test_bounded(self) -> None:
        references = References(16, most=10)
        for number_ in range(1000):
            self.assertLess(references.next(str(number_)), 65536)
        self.assertEqual(len(references._last), 10)
