"""What cannot be read: every truncation, limits, what is saved of it, and that it never costs more than its size."""

from __future__ import annotations

import contextlib
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from mmse.wire import Malformed
from mmse.wire.mmsenc import Limits, UnknownType, decode, encode, fields, pdus, salvage
from mmse.wire.mmsenc.codec import _decode
from tests.vectors.mmsenc import EXAMPLES
from tests.wire.mmsenc.samples import whole

NOTIFICATION = bytes.fromhex(EXAMPLES["notification"][0])
ACK = "8C 85 98 6E 31 00 8D 92"


class Broken(SynchronousTestCase):
    """What cannot be read is Malformed, says where, and costs little."""

    def test_every_truncation(self) -> None:
        """A PDU cut anywhere reads or is Malformed; and what it reads can be asked."""
        for pdu in pdus.PDUS:
            data = encode(whole(pdu))
            for end in range(len(data)):
                cut = data[:end]
                try:
                    message = decode(cut)
                except Malformed as error:
                    self.assertLessEqual(error.offset, end, pdu.name)
                    self.assertTrue(str(error))
                else:
                    message.missing()
                    self.assertLessEqual(len(message.body), end)
                salvage(cut)

    def test_messages(self) -> None:
        """The offset is where reading stopped, and the words say what should stand there."""
        for octets, offset, expected in (
            ("", 0, "X-Mms-Message-Type"),
            ("8D 92", 2, "X-Mms-Message-Type"),
            ("8C 98", 1, "a known PDU type, not 0x98"),
            ("8C 85 98 61", 4, "a NUL that ends the text"),
            ("8C 85 89 05 80 61", 4, "5 octets of value"),
            ("8C 85 89 1F 8F FF FF FF 7F 80", 9, "4294967295 octets of value"),
            ("8C 85 00", 2, "a header field"),
            ("8C 85 C3 A9 C3 A9 00 62 00 63", 6, "a header field"),
            ("8C 85 62 00 63", 5, "a NUL that ends the text"),
        ):
            with self.assertRaises(Malformed, msg=octets) as caught:
                decode(bytes.fromhex(octets))
            self.assertEqual((caught.exception.offset, caught.exception.expected), (offset, expected), octets)

    def test_unknown_type(self) -> None:
        """Another PDU type tells its octet."""
        with self.assertRaises(UnknownType) as caught:
            decode(bytes.fromhex("8C A0 98 54 00"))
        self.assertEqual(caught.exception.code, 0xA0)

    def test_limits(self) -> None:
        """Headers, and the length of one, are bounded; ten thousand recipients pass where the limit lets them."""
        to = bytes.fromhex("97 2B 31 00")
        crowd = bytes.fromhex(ACK) + to * 10_000
        self.assertEqual(len(decode(crowd, Limits(headers=20_000)).all(fields.TO)), 10_000)
        with self.assertRaises(Malformed) as caught:
            decode(bytes.fromhex(ACK) + to * 100_000)
        self.assertEqual(caught.exception.expected, "at most 2000 headers")
        self.assertLess(caught.exception.offset, 2001 * 4 + 10)
        long = bytes.fromhex(ACK) + b"\x96" + b"x" * 8191 + b"\0"
        with self.assertRaises(Malformed):
            decode(long)
        self.assertEqual(len(decode(long, Limits(field=8193))[fields.SUBJECT]), 8191)

    def test_salvage(self) -> None:
        """Type, transaction id and version of a broken PDU, as far as they can be read."""
        self.assertEqual(salvage(b""), (None, "", 0x10))
        self.assertEqual(salvage(bytes.fromhex("8C A0 98 54 00 8D A0")), (None, "T", 0x20))
        self.assertEqual(salvage(bytes.fromhex("8C 80 98 54 31 00 8D 92 89 7F")), (pdus.M_SEND_REQ, "T1", 0x12))
        self.assertEqual(salvage(bytes.fromhex("8C 80 98 54 31")), (pdus.M_SEND_REQ, "", 0x10))
        self.assertEqual(salvage(memoryview(NOTIFICATION)), (pdus.M_NOTIFICATION_IND, "n1", 0x12))
        crowd = bytes.fromhex("8C 80 98 54 31 00 8D 92") + b"\x97+1\0" * 100_000
        self.assertEqual(salvage(crowd), (pdus.M_SEND_REQ, "T1", 0x12))


class CountedOctets(bytes):
    """Octets that count how many of themselves were looked at."""

    looked = 0

    def find(self, *arguments: Any) -> int:
        found = super().find(*arguments)
        start, end = arguments[1], arguments[2]
        self.looked += (found if found >= 0 else end) - start + 1
        return found

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        self.looked += 1 if isinstance(found, int) else len(found)
        return found


def work(data: bytes, limits: Limits) -> int:
    """How many octets were looked at to decode ``data``, or to refuse it."""
    counted = CountedOctets(data)
    with contextlib.suppress(Malformed):
        _decode(counted, memoryview(data), limits, None)
    return counted.looked


class Growth(SynchronousTestCase):
    """Twice the octets, at most twice the work: for what attackers would try."""

    SHAPES = {
        "unended texts": b"\x98",
        "octets": b"\xff",
        "recipients": b"\x97+1\0",
        "recipients with a charset": b"\x97\x06\xea+123\0",
        "lengths to the end": b"\x89\x1f\x87\x60",
        "empty values": b"\x96\0",
        "text headers": b"a\0b\0",
        "shifts": b"\x01",
        "encoded words": b"\x96=?utf-8?q?a?=\0",
    }

    def test_linear(self) -> None:
        """The octets looked at grow no faster than the octets given."""
        limits = Limits(headers=10**9)
        for name, shape in self.SHAPES.items():
            size = 40_000 // len(shape)
            once, twice = (work(b"\x8c\x85" + shape * times, limits) for times in (size, 2 * size))
            self.assertLess(twice, 2.2 * once + 100, name)
            # Only a text without its end makes one octet cost more: as much as one field may hold.
            self.assertLess(twice, 80_000 * (limits.field if name == "unended texts" else 20), name)
