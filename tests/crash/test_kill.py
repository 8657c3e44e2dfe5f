"""SIGKILL at any instant under load loses nothing that was answered Ok (RELIABILITY D1, I1 to I4, I6)."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from tests import peers
from tests.crash.planted import Hasty
from tests.crash.rig import Rig
from tests.processes import TERMINATED

skip = peers.require_part("crash")

KILLS = int(os.environ.get("MMSE_CRASH_KILLS", "20"))
SEED = int(os.environ.get("MMSE_CRASH_SEED", "20"))
"""Another number draws other moments and other MMs; a run that failed is repeated by its seed, roughly."""

RECOVERY = 3.0
"""Seconds that a crash may cost beyond the start of a process (RELIABILITY V1)."""

BROKEN = ("-y", str(Path(__file__).with_name("planted.tac")))
HASTY, FORGETFUL = 3, 6
"""SIGKILLs in which a planted fault must show. An answer lost after its commit is rarer than one before it: 9
to 34 MMs a SIGKILL were found lost, 1 to 12 copies twice."""


class Killed(TestCase):
    """The process of ``twistd mmse`` on SQLite, with phones and an SMS gateway around it."""

    timeout = 150.0 + 8.0 * KILLS

    def test_nothing_is_lost(self) -> Deferred[None]:
        """Twenty lives: all that was answered arrives once, whole, and is reported once."""
        return Deferred.fromCoroutine(self.nothing_is_lost())

    async def nothing_is_lost(self) -> None:
        rig = Rig(reactor, self.mktemp(), SEED)
        try:
            await rig.live(KILLS)
            code = await rig.heal()
        finally:
            await rig.close()
        print(f"\n{rig.summary()}")
        self.assertEqual(rig.books.judge(len(rig.kills)), [])
        self.assertEqual(code, TERMINATED)
        self.assertNotIn("Traceback", rig.said())
        self.assertLess(rig.recovery(), RECOVERY + rig.start)
        self.hit_something(rig)

    def hit_something(self, rig: Rig) -> None:
        """What was proved of nothing was not proved."""
        self.assertGreaterEqual(len(rig.kills), KILLS)
        self.assertGreater(len(rig.books.intents), 5 * KILLS)
        self.assertGreater(rig.books.cut, KILLS, "too few requests were under way")
        self.assertGreater(rig.books.overtaken, 0, "no answer was lost after its commit")
        self.assertGreater(rig.repeats(), 0, "no push was under way")
        self.assertEqual(rig.books.late, 0)


class Planted(TestCase):
    """The same rig around a node that is broken on purpose: the books must show how."""

    timeout = 150.0

    def test_answers_before_the_commit(self) -> Deferred[None]:
        """What was answered just before a SIGKILL is missing, and nothing else."""
        return Deferred.fromCoroutine(self.answers_before_the_commit())

    async def answers_before_the_commit(self) -> None:
        rig = await self.broken("hasty", HASTY, healing=8.0)
        lost = rig.books.lost()
        print(f"\n{rig.summary()}: {len(lost)} MMs found lost")
        self.assertGreater(len(lost), 0)
        unexplained = [each.mark for each in lost if not rig.about_a_kill(each, 5 * Hasty.LATE)]
        self.assertEqual(unexplained, [], "the node is broken, not hasty")

    def test_knows_no_duplicate(self) -> Deferred[None]:
        """What was answered, and the answer lost, is there twice."""
        return Deferred.fromCoroutine(self.knows_no_duplicate())

    async def knows_no_duplicate(self) -> None:
        rig = await self.broken("forgetful", FORGETFUL, healing=20.0)
        doubled = [line for line in rig.books.judge(len(rig.kills)) if " was told of " in line]
        print(f"\n{rig.summary()}: {len(doubled)} copies found twice")
        self.assertGreater(len(doubled), 0)
        self.assertEqual(rig.books.lost(), [], "the node is broken, not forgetful")

    async def broken(self, planted: str, kills: int, healing: float) -> Rig:
        rig = Rig(reactor, self.mktemp(), SEED, BROKEN, planted, healing)
        try:
            await rig.live(kills)
            await rig.heal()
        finally:
            await rig.close()
        return rig
