"""The table drawn as text says what the table says."""

from __future__ import annotations

from enum import Enum

from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.delivery import FINAL, TRANSITIONS
from mmse.abstract.diagram import draw


class Lamp(Enum):
    OFF = 1
    ON = 2
    BROKEN = 3


class Act(Enum):
    PUSH = "push"
    DROP = "drop"
    KICK = "kick"


SMALL = {
    (Lamp.OFF, Act.PUSH): Lamp.ON,
    (Lamp.ON, Act.PUSH): Lamp.ON,
    (Lamp.ON, Act.DROP): Lamp.BROKEN,
    (Lamp.ON, Act.KICK): Lamp.BROKEN,
}


class DrawTests(SynchronousTestCase):
    def test_small(self) -> None:
        self.assertEqual(
            draw(SMALL, {Lamp.BROKEN}),
            "OFF\n  |-- push --> ON\n\nON\n  |-- push --> (stays)\n  |-- drop, kick --> [BROKEN]\n",
        )

    def test_breaks(self) -> None:
        self.assertIn("  |-- drop,\n  |   kick --> [BROKEN]\n", draw(SMALL, {Lamp.BROKEN}, width=16))

    def test_every_transition_of_a_copy_is_there(self) -> None:
        drawn = draw(TRANSITIONS, FINAL)
        read = {}
        for block in drawn.rstrip("\n").split("\n\n"):
            name, *arrows = block.splitlines()
            for arrow in arrows:
                events, reached = arrow.removeprefix("  |-- ").split(" --> ")
                read.update({(name, event): name if reached == "(stays)" else reached for event in events.split(", ")})
        expected = {
            (state.name, event.value): f"[{reached.name}]" if reached in FINAL else reached.name
            for (state, event), reached in TRANSITIONS.items()
        }
        self.assertEqual(read, expected)
        self.assertLessEqual(max(len(line) for line in drawn.splitlines()), 78)
