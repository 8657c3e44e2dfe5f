"""Identities: their letters, their length, their randomness."""

from __future__ import annotations

import random
import re

from twisted.trial.unittest import SynchronousTestCase

from mmse.relay.ids import LONGEST_MESSAGE_ID, Ids

DOMAINS = (
    "mms.localhost",
    "mms",
    "mms.some-operator-with-a-long-name.example.net",
    "x" * 200,
    "mms.münchen.example",
    "",
)


class IdsTests(SynchronousTestCase):
    def test_message_ids_are_plain_and_short(self) -> None:
        for domain in DOMAINS:
            ids = Ids(domain, random.Random(1).randbytes)
            for _ in range(300):
                identity = ids.message()
                self.assertLessEqual(len(identity), LONGEST_MESSAGE_ID)
                self.assertRegex(identity, r"^[A-Za-z0-9][A-Za-z0-9-]{15,}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$")

    def test_a_domain_that_fits_is_kept(self) -> None:
        self.assertTrue(Ids("mms.localhost", random.Random(1).randbytes).message().endswith("@mms.localhost"))

    def test_a_long_domain_loses_its_first_labels(self) -> None:
        identity = Ids("relay.of.the.mms.example.net", random.Random(1).randbytes).message()
        self.assertTrue(identity.endswith("@of.the.mms.example.net"))
        self.assertEqual(len(identity), LONGEST_MESSAGE_ID)

    def test_tokens_are_128_bits(self) -> None:
        asked: list[int] = []

        def lot(count: int) -> bytes:
            asked.append(count)
            return random.Random(len(asked)).randbytes(count)

        tokens = {Ids("a.example", lot).token() for _ in range(500)}
        self.assertEqual(len(tokens), 500)
        self.assertEqual(set(asked), {16})
        self.assertTrue(all(re.fullmatch(r"[A-Za-z0-9_-]{22}", token) for token in tokens))

    def test_every_bit_of_the_lot_counts(self) -> None:
        """Tokens of lots that differ in one bit differ."""
        plain = bytes(16)
        others = [bytes(plain[:n]) + bytes([1 << bit]) + bytes(15 - n) for n in range(16) for bit in range(8)]
        lots = iter([plain, *others])
        ids = Ids("a", lambda count: next(lots))
        tokens = {ids.token() for _ in range(129)}
        self.assertEqual(len(tokens), 129)
