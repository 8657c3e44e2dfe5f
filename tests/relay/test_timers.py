"""Back-off: grows, is capped, jitters, and hears what a peer asks for."""

from __future__ import annotations

import random

from twisted.trial.unittest import SynchronousTestCase

from mmse.relay.timers import BACKOFF, LONGEST_WISH, Cause, delay


def least(count: int) -> bytes:
    return bytes(count)


def most(count: int) -> bytes:
    return b"\xff" * count


class DelayTests(SynchronousTestCase):
    def test_every_cause_has_a_row(self) -> None:
        self.assertEqual(set(BACKOFF), set(Cause))

    def test_between_the_jitters_and_never_over_the_cap(self) -> None:
        for cause, row in BACKOFF.items():
            for attempt in (0, 1, 2, 5, 40, 10**9):
                with self.subTest(cause=cause, attempt=attempt):
                    middle = min(row.longest, row.first * row.factor ** min(attempt, 32))
                    self.assertAlmostEqual(delay(cause, attempt, least), middle * 0.8)
                    self.assertAlmostEqual(delay(cause, attempt, most), middle * 1.2)

    def test_outage(self) -> None:
        """RELIABILITY D8: 60 s to 4000 s, give or take a fifth."""
        lot = random.Random(1).randbytes
        waits = [delay(Cause.OUTAGE, attempt, lot) for attempt in range(12)]
        self.assertTrue(48 <= waits[0] <= 72)
        self.assertTrue(3200 <= waits[-1] <= 4800)
        self.assertGreater(len(set(waits)), 10)

    def test_a_peers_wish(self) -> None:
        for wish in (5.0, 100.0, 5000.0):
            self.assertGreaterEqual(delay(Cause.BUSY, 0, least, wish), wish)
            self.assertLessEqual(delay(Cause.BUSY, 0, most, wish), wish * 1.2)

    def test_foolish_wishes(self) -> None:
        self.assertAlmostEqual(delay(Cause.BUSY, 0, least, 0.0), 0.8)
        self.assertAlmostEqual(delay(Cause.BUSY, 0, least, -1.0), 0.8)
        self.assertAlmostEqual(delay(Cause.BUSY, 0, least, float("nan")), 0.8)
        self.assertLessEqual(delay(Cause.BUSY, 0, most, float("inf")), LONGEST_WISH * 1.2)
        # One who says "at once" for ever is asked less and less often.
        self.assertGreater(delay(Cause.BUSY, 9, least, 0.1), 300)
