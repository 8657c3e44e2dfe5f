"""Statuses folded and mapped, versions negotiated."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from mmse.wire.mmsenc import fields, versions
from mmse.wire.mmsenc.status import (
    ResponseStatus,
    RetrieveStatus,
    Status,
    StoreStatus,
    down_map_1_0,
    down_map_status,
    fold,
    is_permanent,
    is_transient,
)


class Folding(SynchronousTestCase):
    """Every octet of a ranged status means something."""

    def test_all_octets(self) -> None:
        """A member is itself; 0xC0-0xDF are transient; the rest is a permanent failure."""
        for kind in (ResponseStatus, RetrieveStatus, StoreStatus):
            for octet in range(0x80, 0x100):
                folded = fold(octet, kind)
                self.assertIsInstance(folded, kind)
                if octet in list(kind):
                    self.assertEqual(folded, octet)
                else:
                    self.assertEqual(folded, 0xC0 if 0xC0 <= octet < 0xE0 else 0xE0, hex(octet))
        self.assertIs(fold(0xC5), ResponseStatus.ERROR_TRANSIENT_FAILURE)

    def test_transient_and_permanent(self) -> None:
        """Nothing is both, success is neither."""
        for status in ResponseStatus:
            self.assertFalse(is_transient(status) and is_permanent(status))
        self.assertFalse(is_permanent(ResponseStatus.OK) or is_transient(ResponseStatus.OK))
        self.assertTrue(is_transient(ResponseStatus.ERROR_NETWORK_PROBLEM))
        self.assertTrue(is_transient(0xDF))
        self.assertTrue(is_permanent(0xFF))


class Mapping(SynchronousTestCase):
    """What phones of earlier versions are told."""

    def test_to_1_0(self) -> None:
        """Every status has one of 0x80 to 0x88 for a phone of 1.0."""
        table = {
            0xC0: 0x81, 0xE0: 0x81, 0xE1: 0x82, 0xE6: 0x82, 0xE7: 0x82, 0xE8: 0x82, 0xE9: 0x82, 0xEA: 0x82, 0xEB: 0x82,
            0xE2: 0x83, 0xC1: 0x84, 0xE3: 0x84, 0xC2: 0x85, 0xE4: 0x85, 0xC3: 0x86, 0xE5: 0x87, 0xC4: 0x81,
        }  # fmt: skip
        for status in ResponseStatus:
            self.assertEqual(down_map_1_0(status), table.get(status, status))
        self.assertEqual(down_map_1_0(0xFE), ResponseStatus.ERROR_UNSPECIFIED)

    def test_delivery_statuses(self) -> None:
        """A status newer than the originator becomes the nearest it knows."""
        self.assertEqual(
            [down_map_status(status, 0x10) for status in Status],
            [0x80, 0x81, 0x82, 0x83, 0x84, 0x80, 0x81, 0x80],
        )
        self.assertEqual(down_map_status(Status.UNREACHABLE, 0x11), Status.EXPIRED)
        self.assertEqual(down_map_status(Status.FORWARDED, 0x11), Status.FORWARDED)
        self.assertEqual(down_map_status(Status.UNREACHABLE, 0x12), Status.UNREACHABLE)
        self.assertEqual(down_map_status(0x99, 0x10), 0x99)


class Versions(SynchronousTestCase):
    """Versions compared."""

    def test_parse_and_text(self) -> None:
        """Both ways, and what is no version."""
        for version in ("1.0", "1.3", "7.14"):
            self.assertEqual(versions.text(versions.parse(version)), version)
        self.assertEqual(versions.text(0x1F), "1")
        for wrong in ("", "1", "1.", "1.15", "8.0", "a.b", "1.-1"):
            with self.assertRaises(ValueError):
                versions.parse(wrong)

    def test_negotiate(self) -> None:
        """The lower of the two; ours to another major version."""
        self.assertEqual(versions.negotiate(0x12), 0x12)
        self.assertEqual(versions.negotiate(0x14), 0x13)
        self.assertEqual(versions.negotiate(0x1F), 0x13)
        self.assertEqual(versions.negotiate(0x50), 0x13)
        self.assertFalse(versions.same_major(0x50))
        self.assertTrue(versions.same_major(0x1E))

    def test_knows(self) -> None:
        """A field is known from the version that brought it."""
        self.assertTrue(versions.knows(0x10, fields.SUBJECT))
        self.assertFalse(versions.knows(0x10, fields.READ_STATUS))
        self.assertTrue(versions.knows(0x13, fields.CANCEL_ID))
        self.assertFalse(versions.knows(0x12, fields.CANCEL_ID))
