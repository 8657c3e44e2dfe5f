"""A fixed number of mutations per target, always the same ones; and that the fuzzer notices what it looks for."""

from __future__ import annotations

from itertools import islice
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from mmse.wire import Malformed
from tests.fuzz.fuzz_wire import Broken, cases, run_one
from tests.fuzz.mutations import MUTATIONS, mutate
from tests.fuzz.targets import TARGETS, Target

EXECUTIONS = 1500


class Fuzz(SynchronousTestCase):
    """Every decoder, briefly."""

    def test_targets(self) -> None:
        """Nothing but Malformed comes out, with an offset inside the octets."""
        for target in TARGETS:
            for data in islice(cases(target, Random(target.name)), EXECUTIONS):
                run_one(target, data)

    def test_seeds_decode(self) -> None:
        """The octets that mutations start from are good ones."""
        for target in TARGETS:
            for seed in target.seeds:
                target.run(seed)

    def test_notices(self) -> None:
        """A decoder that indexes past its octets, or lies about an offset, is found."""

        def lies(data: bytes) -> None:
            raise Malformed("something", len(data) + 1)

        for run in (lambda data: data[500], lies):
            with self.assertRaises(Broken):
                run_one(Target("wrong", run, (b"x",)), b"x")

    def test_mutations(self) -> None:
        """Each changes octets, and the same generator gives the same."""
        for mutation in MUTATIONS:
            changed = 0
            for seed in range(20):
                data = bytearray(b"some octets to bend")
                mutation(data, Random(seed))
                changed += data != b"some octets to bend"
            self.assertGreater(changed, 10, mutation)
        self.assertEqual(mutate(b"octets", Random(1)), mutate(b"octets", Random(1)))
        self.assertEqual(mutate(b"", Random(1)), b"")
