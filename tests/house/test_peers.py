"""tests.peers: a peer may be missing on a person's machine, never in CI."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests import peers
from tests.house.planted import ROOT


class Peers(SynchronousTestCase):
    """`require_peer` and `require_part`."""

    def test_present(self) -> None:
        """A program on the path, and a module, need no skip, required or not."""
        self.assertIsNone(peers.require_peer("sh", {"PATH": "/bin:/usr/bin", "MMSE_REQUIRE_PEERS": "sh"}))
        self.assertIsNone(peers.require_peer("sh", {"PATH": "/bin:/usr/bin"}))

    def test_missing(self) -> None:
        """What is not there is named."""
        self.assertEqual(peers.require_peer("no-such-mmsc", {"PATH": "/bin"}), "no-such-mmsc is not installed")

    def test_missing_in_ci(self) -> None:
        """What is required and not there is an error."""
        environment = {"PATH": "/bin", "MMSE_REQUIRE_PEERS": "tshark, no-such-mmsc"}
        self.assertRaises(peers.PeerMissing, peers.require_peer, "no-such-mmsc", environment)
        self.assertEqual(peers.require_peer("another", environment), "another is not installed")

    def test_parts(self) -> None:
        """A part is left out unless asked for, and an undeclared one is a mistake."""
        self.assertEqual(peers.require_part("crash", {}), peers.PARTS["crash"])
        self.assertEqual(peers.require_part("crash", {"MMSE_PARTS": "interop"}), peers.PARTS["crash"])
        self.assertIsNone(peers.require_part("crash", {"MMSE_PARTS": "interop,crash"}))
        self.assertRaises(KeyError, peers.require_part, "crush", {})

    def test_listed(self) -> None:
        """Each line of .ci/peers has a name and packages, and every module named in tests.peers is among them."""
        lines = (ROOT / ".ci" / "peers").read_text(encoding="utf-8").splitlines()
        rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
        self.assertTrue(all(len(row) >= 2 for row in rows), rows)
        self.assertLessEqual(set(peers.MODULES), {row[0] for row in rows})
