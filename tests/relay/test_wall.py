"""The time of day, kept from jumping (RELIABILITY D10)."""

from __future__ import annotations

from twisted.internet import task
from twisted.trial.unittest import SynchronousTestCase

from mmse.metrics import CLOCK_JUMPS, Metrics
from mmse.relay.wall import JUMP, PAUSE, Wall


class WallTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = task.Clock()
        self.skew = 1_800_000_000.0
        self.metrics = Metrics()
        self.wall = Wall(self.clock, lambda: self.clock.seconds() + self.skew, self.metrics)

    def test_goes_with_the_clock(self) -> None:
        self.clock.advance(5)
        self.assertEqual(self.wall.now(), 1_800_000_005.0)

    def test_small_moves_are_followed(self) -> None:
        for _ in range(10):
            self.skew += JUMP
            self.assertEqual(self.wall.now(), self.clock.seconds() + self.skew)
        self.assertEqual(self.metrics.value(CLOCK_JUMPS), 0)

    def test_a_jump_is_not_believed_for_a_while(self) -> None:
        for jump in (86_400.0, -3600.0, JUMP + 1):
            with self.subTest(jump=jump):
                before = self.skew
                self.skew += jump
                for _ in range(10):
                    self.clock.advance(PAUSE / 10 - 1)
                    self.assertEqual(self.wall.now(), self.clock.seconds() + before)
                self.clock.advance(PAUSE)
                self.assertEqual(self.wall.now(), self.clock.seconds() + self.skew)
        self.assertEqual(self.metrics.value(CLOCK_JUMPS), 3)

    def test_back_again(self) -> None:
        self.skew += 86_400
        self.wall.now()
        self.skew -= 86_400
        self.clock.advance(10)
        self.assertEqual(self.wall.now(), self.clock.seconds() + self.skew)
        self.skew += 400
        self.clock.advance(PAUSE * 2)
        self.assertEqual(self.wall.now(), self.clock.seconds() + self.skew - 400)
