"""examples/embed.tac, run as its first line says, by a real twistd."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.trial.unittest import TestCase
from twisted.web.client import Agent, HTTPConnectionPool, readBody

from tests.processes import ROOT, TERMINATED, Twistd

FILE = ROOT / "examples" / "embed.tac"


class Embedded(TestCase):
    """A whole node in ten lines."""

    def test_length(self) -> None:
        """They are ten, comments and blank lines aside."""
        lines = FILE.read_text(encoding="utf-8").splitlines()
        self.assertLessEqual(len([line for line in lines if line and not line.startswith("#")]), 10)

    async def test_runs(self) -> None:
        """The node inside is ready, and SIGTERM ends the application."""
        process = Twistd(self.mktemp(), ["-ny", str(FILE)], MMSE__STORE__URL="memory:")
        self.addCleanup(process.end)
        await process.hears(f"tcp:{process.mm1}:")
        agent = Agent(reactor, pool=HTTPConnectionPool(reactor, persistent=False))
        response = await agent.request(b"GET", f"http://127.0.0.1:{process.console}/readyz".encode())
        self.assertEqual((response.code, (await readBody(response))[:13]), (200, b'{"ready":true'))
        process.signal("TERM")
        self.assertEqual(await process.over(), TERMINATED, process.said)
        self.assertIn("Stopped", process.said)
        self.assertNotIn("Traceback", process.said)
