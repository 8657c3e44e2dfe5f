"""``make demo``: a photograph from one phone to another through a real ``twistd`` process, told as a ladder.

``python -m mmse.lab.demo`` starts a node on free ports of loopback in a temporary folder, attaches two phones, sends
the shipped photograph with a delivery report, and compares what came with what was sent: exit status 0 when equal.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.internet.error import ConnectError
from twisted.internet.protocol import ProcessProtocol, Protocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

import mmse
from mmse.lab import phone
from mmse.lab.handset import Behaviour, Handset
from mmse.lab.ladder import told
from mmse.lab.mmsc import MMSC
from mmse.lab.radio import LabRadio
from mmse.wire.mmsenc import fields, status

__all__ = ["Node", "main", "run"]

ALICE, BOB = "+447700900007", "+447700900008"
PATIENCE = 30.0
"""Seconds for each step."""

CONFIGURATION = """\
[node]
name = "demo"
admin = "unix:{folder}/admin.sock"

[store]
url = "sqlite:{folder}/mmse.db"

[routing]
local = ["*"]

[mm1]
http = ["tcp:{mm1}:interface=127.0.0.1"]
public_url = "http://127.0.0.1:{mm1}/"
trusted_proxies = ["127.0.0.0/8"]

[mm1.notify]
via = ["lab"]

[lab]
listen = ["tcp:{lab}:interface=127.0.0.1"]
"""

Write = Callable[[str], Any]


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody had a moment ago."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Node(ProcessProtocol):
    """A ``twistd -n mmse`` with a configuration file; what it says is kept for when something goes wrong."""

    def __init__(self, reactor: Any, folder: Path, configuration: str) -> None:
        self._reactor = reactor
        self.said = b""
        self.ended: Deferred[None] = Deferred()
        file = folder.resolve() / "mmse.toml"
        file.write_text(configuration, encoding="utf-8")
        # The plugin is found beside the package, installed or not.
        root = str(Path(mmse.__file__).resolve().parent.parent)
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
        code = "import sys; from twisted.scripts.twistd import run; sys.argv[0] = 'twistd'; run()"
        arguments = [sys.executable, "-c", code, "-n", "--pidfile=", "mmse", "--config", str(file)]
        environment = {**os.environ, "PYTHONPATH": path}
        self._process = reactor.spawnProcess(self, sys.executable, arguments, environment, str(folder))

    def outReceived(self, data: bytes) -> None:
        self.said += data

    errReceived = outReceived

    def processEnded(self, reason: Failure) -> None:
        self._process = None
        self.ended.callback(None)

    async def ready(self, port: int) -> None:
        """Wait until the port takes connections. Raises `RuntimeError` when the node ends, or takes too long."""
        place = HostnameEndpoint(self._reactor, "127.0.0.1", port)
        begun = self._reactor.seconds()
        while self._reactor.seconds() - begun < PATIENCE:
            if self._process is None:
                raise RuntimeError("the node ended before it listened")
            try:
                connection = await connectProtocol(place, Protocol())
            except ConnectError:
                await deferLater(self._reactor, 0.1)
            else:
                connection.transport.loseConnection()
                return
        raise RuntimeError(f"the node does not listen on port {port} after {PATIENCE:g} s")

    async def stop(self) -> None:
        """SIGTERM, and wait; SIGKILL for a node that does not end."""
        if self._process is not None:
            self._process.signalProcess("TERM")
            kill = self._reactor.callLater(PATIENCE, self._kill)
            await self.ended
            if kill.active():
                kill.cancel()

    def _kill(self) -> None:
        if self._process is not None:
            self._process.signalProcess("KILL")


class Side:
    """One phone of the demonstration, its lines in a column of its own."""

    def __init__(self, reactor: Any, name: str, number: str, url: str, lab: str, say: Callable[..., None]) -> None:
        self.name = name
        self.mmsc = MMSC(reactor, url, number=number)
        self.handset = Handset(self.mmsc, Behaviour(), self._say, reactor.seconds)
        self.radio = LabRadio(reactor, lab, number, lambda words: self._say("", "radio", words))
        self._reactor = reactor
        self._tell = say
        self._waiting: list[tuple[Callable[[], bool], Deferred[None]]] = []

    def _say(self, arrow: str, name: str, words: str) -> None:
        self._tell(self.name, arrow, name, words)

    async def attach(self) -> None:
        """Begin to hear pushes."""
        self._say("", "radio", await self.radio.start(self._receive))

    async def _receive(self, octets: bytes, how: str) -> None:
        await self.handset.pushed(octets, how)
        for held, waiting in list(self._waiting):
            if held():
                self._waiting.remove((held, waiting))
                waiting.callback(None)

    async def until(self, held: Callable[[], bool]) -> None:
        """Wait until something holds, looked at after each push. Raises ``TimeoutError`` of Twisted."""
        if not held():
            waiting: Deferred[None] = Deferred()
            self._waiting.append((held, waiting))
            await waiting.addTimeout(PATIENCE, self._reactor)

    async def send(self, to: str, photo: bytes) -> None:
        """Send the photograph. Raises `RuntimeError` unless the MMSC takes it."""
        kind, body = phone.content(
            [
                phone.attachment("photo.jpg", photo),
                phone.attachment("text.txt", b"The first light over the lake, and the first through mmse."),
            ]
        )
        draft = phone.Draft(to=(to,), subject="First light", report=True)
        message = phone.submission(draft, f"d{int(self._reactor.seconds())}", kind, body)
        self._say("->", message.pdu.name, told(message))
        answer = await self.mmsc.post(phone.octets_of(message))
        if answer is None:
            raise RuntimeError("the MMSC answered nothing")
        self._say("<-", answer.pdu.name, told(answer))
        if answer.get(fields.RESPONSE_STATUS) != status.ResponseStatus.OK:
            raise RuntimeError("the MMSC refused it")

    async def detach(self) -> None:
        """Switch off."""
        await self.radio.stop()
        await self.mmsc.close()


async def _conversation(reactor: Any, node: Node, mm1: int, lab: int, write: Write) -> bool:
    begun = reactor.seconds()

    def say(side: str, arrow: str, name: str, words: str) -> None:
        mark = {"->": f"{side} ---> mmse", "<-": f"{side} <--- mmse"}.get(arrow, f"{side}")
        write(f"{reactor.seconds() - begun:7.3f} s  {mark:16}  {name:18}  {words}".rstrip())

    await node.ready(mm1)
    await node.ready(lab)
    write(f"{reactor.seconds() - begun:7.3f} s  the node listens: MM1 on port {mm1}, its lab SMS centre on port {lab}")
    url, centre = f"http://127.0.0.1:{mm1}/", f"http://127.0.0.1:{lab}"
    alice = Side(reactor, "Alice", ALICE, url, centre, say)
    bob = Side(reactor, "Bob", BOB, url, centre, say)
    photo = files("mmse.lab").joinpath("data/photo.jpg").read_bytes()
    try:
        await alice.attach()
        await bob.attach()
        await alice.send(BOB, photo)
        await bob.until(lambda: bool(bob.handset.received))
        await alice.until(lambda: bool(alice.handset.reports))
    finally:
        await alice.detach()
        await bob.detach()
    got = next((part.data for part in bob.handset.received[0].parts if part.media_type == "image/jpeg"), b"")
    reported = alice.handset.reports[0].get(fields.STATUS) == status.Status.RETRIEVED
    write("")
    if got == photo and reported:
        write(f"Bob has the photograph, the same {len(got)} octets that Alice sent, and Alice knows that he has it.")
        return True
    write(f"FAILED: {len(photo)} octets were sent, {len(got)} came, {'equal' if got == photo else 'not equal'};")
    write(f"the delivery report says {alice.handset.reports[0].get(fields.STATUS)!r}.")
    return False


async def run(reactor: Any, write: Write) -> int:
    """The whole demonstration; the exit status."""
    mm1, lab = free_ports(2)
    with TemporaryDirectory(prefix="mmse-demo-") as name:
        folder = Path(name)
        node = Node(reactor, folder, CONFIGURATION.format(folder=folder, mm1=mm1, lab=lab))
        try:
            good = await _conversation(reactor, node, mm1, lab, write)
        except Exception as error:  # noqa: BLE001 - whatever it is, the node is stopped and the reason told
            write(f"FAILED: {type(error).__name__}: {error}")
            good = False
        await node.stop()
        if not good:
            write("The node said:\n" + node.said.decode("utf-8", "replace"))
    return 0 if good else 1


def main() -> None:
    """Run on the installed reactor and exit with the status."""
    from twisted.internet import task

    def line(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    async def shown(reactor: Any) -> None:
        code = await run(reactor, line)
        if code:
            raise SystemExit(code)

    task.react(lambda reactor: Deferred.fromCoroutine(shown(reactor)))


if __name__ == "__main__":
    main()
