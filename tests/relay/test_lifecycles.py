"""Many short worlds, each drawn from a seed; after each the books are compared (see ``tests.relay.simulation``).

``MMSE_SEEDS=first:count`` runs others.
"""

from __future__ import annotations

import os
from collections import Counter

from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.delivery import State
from tests.relay.simulation import Simulation, got_now

SEEDS = 200


class LifecycleTests(SynchronousTestCase):
    def test_seeds(self) -> None:
        first, _, count = os.environ.get("MMSE_SEEDS", f"1:{SEEDS}").partition(":")
        ended: Counter[State] = Counter()
        for seed in range(int(first), int(first) + int(count or 1)):
            simulation = Simulation(seed)
            simulation.run()
            wrong = simulation.check()
            if wrong:
                self.fail(f"seed {seed}: " + "; ".join(wrong[:5]))
            ended.update({state: n for state, n in got_now(simulation.store.counts()).items() if n})
        if not os.environ.get("MMSE_SEEDS"):
            # The worlds are worth the while only when everything happens in some of them.
            expected = {State.RETRIEVED, State.REJECTED, State.FORWARDED, State.EXPIRED, State.UNREACHABLE}
            self.assertEqual({state for state in expected if ended[state] > 50}, expected)

    def test_planted_bugs_are_found(self) -> None:
        """Else the simulation would be worth nothing (RELIABILITY X1, self-test)."""
        for bug in ("no repeats seen", "accepted before it was kept", "told and not written down"):
            for seed in range(1, 100):
                simulation = Simulation(seed, bug)
                simulation.run()
                if simulation.check():
                    break
            else:
                self.fail(f"{bug}: not found")

    def test_the_same_seed_is_the_same_world(self) -> None:
        trails = []
        for _ in range(2):
            simulation = Simulation(5)
            simulation.run()
            trails.append([got_now(simulation.store.trail(mm)) for mm in simulation.acknowledged])
        self.assertEqual(trails[0], trails[1])
        self.assertTrue(trails[0])
