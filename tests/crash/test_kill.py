"""SIGKILL at any instant under load loses nothing that was answered Ok (RELIABILITY D1, I1 to I4, I6)."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from tests import peers
from tests.crash.rig import Rig
from tests.processes import TERMINATED

skip = peers.require_part("crash")

KILLS = int(os.environ.get("MMSE_CRASH_KILLS", "20"))
SEED = int(os.environ.get("MMSE_CRASH_SEED", "20"))
"""Another number draws other moments and other MMs; a run that failed is repeated by its seed, roughly."""
TAC = Path(__file__).with_name("hasty.tac")


class Killed(TestCase):
    """The process of ``twistd mmse`` on SQLite, with phones and an SMS gateway around it."""

    timeout = 120.0 + 6.0 * KILLS

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
        print(f"\n{rig.summary(KILLS)}")
        self.assertEqual(rig.books.judge(KILLS), [])
        self.assertEqual(code, TERMINATED)
        self.assertGreater(rig.books.cut, KILLS, "the kills hit nothing in flight")
        self.assertGreater(len(rig.books.intents), 10 * KILLS)
        self.assertLess(sorted(rig.gaps)[len(rig.gaps) // 2], 3.0)

    def test_the_rig_finds_a_hasty_store(self) -> Deferred[None]:
        """The same rig and a node that acknowledges before the commit: something is missing."""
        return Deferred.fromCoroutine(self.hasty_store())

    async def hasty_store(self) -> None:
        rig = Rig(reactor, self.mktemp(), SEED, ("-n", "-y", str(TAC)))
        rig.healing = 15.0
        try:
            await rig.live(3)
            await rig.heal()
        finally:
            await rig.close()
        lost = [line for line in rig.books.judge(3) if "never reached" in line]
        print(f"\n{rig.summary(3)}: {len(lost)} found lost")
        self.assertGreater(len(lost), 0)
        self.assertLess(len(lost), len(rig.books.intents) // 2, "the node is broken, not hasty")
