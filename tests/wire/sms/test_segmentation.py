"""Cutting a push and joining it again, in any order, with loss, repetition, and strangers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from mmse.wire import Unencodable
from mmse.wire.sms import segmentation
from mmse.wire.sms.segmentation import Reassembly, Segment, cut
from mmse.wire.sms.udh import Ports
from mmse.wire.wsp import push
from tests.wire.notification import NOTIFICATION


class Cutting(SynchronousTestCase):
    """The octets that go out."""

    def test_the_example_of_the_digest(self) -> None:
        """wsp-wtp.md 4.1: 136 octets of push in two short messages of 140 and 20 octets, reference 5A."""
        first, second = cut(push.compose(NOTIFICATION, 1, trusted=True), 0x5A)
        self.assertEqual(len(first.encode()), 140)
        self.assertEqual(first.encode()[:22].hex(), "0b05040b8423f000035a0201" + "010605beaf84b4828c82")
        self.assertEqual(second.encode().hex(), "0b05040b8423f000035a0202" + "704c725937624e00")

    def test_payloads(self) -> None:
        """133 alone, 128 with an 8-bit and 127 with a 16-bit reference; every message has at most 140 octets."""
        self.assertEqual([len(each.payload) for each in cut(bytes(133), 1)], [133])
        self.assertEqual([len(each.payload) for each in cut(bytes(134), 1)], [128, 6])
        self.assertEqual([len(each.payload) for each in cut(bytes(134), 1, wide=True)], [127, 7])
        for octets, narrow, wide in (
            (0, 1, 1),
            (133, 1, 1),
            (134, 2, 2),
            (254, 2, 2),
            (256, 2, 3),
            (257, 3, 3),
            (384, 3, 4),
            (512, 4, 5),
        ):
            self.assertEqual(
                (segmentation.count(octets), segmentation.count(octets, wide=True)), (narrow, wide), octets
            )
            self.assertEqual(len(cut(bytes(octets), 1)), narrow)
            self.assertEqual(len(cut(bytes(octets), 1, wide=True)), wide)

    def test_every_segment_carries_the_ports(self) -> None:
        """Handsets choose the application by them."""
        for each in cut(bytes(400), 7, originator=9201):
            self.assertEqual(each.header.ports, Ports(2948, 9201))

    def test_what_cannot_be_cut(self) -> None:
        """More than 255 segments; a reference that does not fit."""
        self.assertEqual(len(cut(bytes(255 * 128), 1)), 255)
        self.assertRaises(Unencodable, cut, bytes(255 * 128 + 1), 1)
        self.assertRaises(Unencodable, cut, bytes(200), 256)
        self.assertEqual(len(cut(bytes(200), 256, wide=True)), 2)

    def test_too_long(self) -> None:
        """A payload that leaves no room for its header."""
        self.assertRaises(Unencodable, Segment(cut(b"", 1)[0].header, bytes(134)).encode)


class Joining(SynchronousTestCase):
    """The octets that come in."""

    def feed(self, reassembly: Reassembly, *segments: Segment, sender: str = "a", now: float = 0.0) -> list[bytes]:
        """The messages that become whole."""
        self.reassembly = reassembly
        found = []
        for each in segments:
            self.reassembly, message = self.reassembly.add(sender, segmentation.parse(each.encode()), now)
            if message is not None:
                found.append(message)
        return found

    @given(st.binary(max_size=1500), st.booleans(), st.randoms(use_true_random=False))
    def test_any_order(self, data: bytes, wide: bool, chance: object) -> None:
        """With every segment twice: one message, and nothing kept of it but what came late."""
        segments = [*cut(data, 3, wide=wide)]
        chance.shuffle(segments)  # type: ignore[attr-defined]
        self.assertEqual(self.feed(Reassembly(), *segments), [data])
        self.assertEqual(self.reassembly.gatherings, ())

    def test_repeated_segment(self) -> None:
        """Changes nothing."""
        one, two = cut(bytes(200), 3)
        self.assertEqual(self.feed(Reassembly(), one, one, two), [bytes(200)])

    def test_reference_used_again(self) -> None:
        """Another payload under a number that is here begins a new message."""
        old, _ = cut(b"o" * 200, 3)
        new = cut(b"n" * 200, 3)
        self.assertEqual(self.feed(Reassembly(), old, *new), [b"n" * 200])

    def test_strangers_do_not_mix(self) -> None:
        """Sender, width of the reference, total: each tells messages apart."""
        one, two = cut(bytes(200), 3)
        wide_one, _ = cut(b"w" * 200, 3, wide=True)
        long_one = cut(b"l" * 300, 3)[0]
        self.assertEqual(self.feed(Reassembly(), one, wide_one, long_one), [])
        self.assertEqual(len(self.reassembly.gatherings), 3)
        self.assertEqual(self.feed(self.reassembly, two, sender="b"), [])
        self.assertEqual(self.feed(self.reassembly, two), [bytes(200)])
        self.assertEqual([each.missing for each in self.reassembly.gatherings], [(2,), (2, 3), (1,)])

    def test_patience(self) -> None:
        """What is not whole in time is given up, at the deadline that is told."""
        one, two = cut(bytes(200), 3)
        self.feed(Reassembly(patience=10), one, now=100.0)
        self.assertEqual(self.reassembly.deadline, 110.0)
        self.assertEqual(len(self.reassembly.at(110.0).gatherings), 1)
        self.assertEqual(self.reassembly.at(110.5).gatherings, ())
        self.assertEqual(self.feed(self.reassembly, two, now=111.0), [])
        self.assertIsNone(Reassembly().deadline)

    def test_bounds(self) -> None:
        """The oldest goes when there are too many messages, or octets."""
        few = Reassembly(most_messages=2)
        for number in range(3):
            few, _ = few.add("a", cut(bytes(200), number)[0], float(number))
        self.assertEqual([each.key.reference for each in few.gatherings], [1, 2])
        small = Reassembly(most_octets=300)
        for number in range(3):
            small, _ = small.add("a", cut(bytes(200), number)[0], float(number))
        self.assertEqual([each.key.reference for each in small.gatherings], [1, 2])
        self.assertLessEqual(sum(each.size for each in small.gatherings), 300)

    def test_alone(self) -> None:
        """A message without concatenation, or of one segment, is whole at once."""
        self.assertEqual(self.feed(Reassembly(), *cut(b"x", 1)), [b"x"])
        single = segmentation.parse(bytes.fromhex("0b05040b8423f000035a0101") + b"y")
        self.assertEqual(self.feed(Reassembly(), single), [b"y"])
