"""The demonstration itself: a real ``twistd``, two phones, one photograph."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from mmse.lab import demo


class DemoTests(TestCase):
    timeout = 60

    def test_ladder(self) -> Deferred[None]:
        """Every PDU of the flow, on the side it belongs to, in order; the octets equal; the report there."""

        async def test() -> None:
            from twisted.internet import reactor

            lines: list[str] = []
            self.assertEqual(await demo.run(reactor, lines.append), 0, "\n".join(lines))
            ladder = [
                line[11:].split("  ")[0].strip() + " " + line[29:].split("  ")[0] for line in lines if "---" in line
            ]
            self.assertEqual(
                [step for step in ladder if step.startswith("Bob")],
                [
                    "Bob <--- mmse M-Notification.ind",
                    "Bob ---> mmse GET",
                    "Bob <--- mmse M-Retrieve.conf",
                    "Bob ---> mmse M-NotifyResp.ind",
                ],
            )
            # The push may overtake the answer to the sender on their ways through two connections, so each side alone.
            self.assertEqual(
                [step for step in ladder if step.startswith("Alice")],
                ["Alice ---> mmse M-Send.req", "Alice <--- mmse M-Send.conf", "Alice <--- mmse M-Delivery.ind"],
            )
            self.assertIn("the same", lines[-1])

        return Deferred.fromCoroutine(test())

    def test_node_that_does_not_start(self) -> Deferred[None]:
        """A node that ends at once is told as such, with what it said, and nothing is waited for."""

        folder = Path(self.mktemp())
        folder.mkdir()

        async def test() -> None:
            from twisted.internet import reactor

            node = demo.Node(reactor, folder, "[nonsense]\n")
            (port,) = demo.free_ports(1)
            with self.assertRaises(RuntimeError) as caught:
                await node.ready(port)
            self.assertIn("ended before it listened", str(caught.exception))
            self.assertIn(b"nonsense", node.said)
            await node.stop()

        return Deferred.fromCoroutine(test())
