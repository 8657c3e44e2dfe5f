"""The commands that talk to a node: over a real UNIX socket, to the admin API above the store in memory."""

from __future__ import annotations

import io
import json
import os
import socket
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.python.usage import UsageError
from twisted.trial.unittest import SynchronousTestCase, TestCase

from mmse.abstract.delivery import State
from mmse.abstract.trail import Happening
from mmse.cli import check_config, password, queue, sample_config, status, subscriber, trail
from mmse.cli.admin import NotDone, age, table
from mmse.configuration import sample
from mmse.console.admin import Admin
from mmse.console.socket import endpoint_of, make_room
from mmse.console.views import Status
from mmse.errors import Misconfigured
from mmse.relay.numbers import Numbers
from mmse.store.memory import MemoryStore
from mmse.testing.store import values
from mmse.transport.bounds import Bounds, Load
from mmse.transport.http import Site
from mmse.transport.listening import Listening

BOUNDS = Bounds(
    body=4_000_000,
    in_flight=8_000_000,
    connections=10,
    connections_per_address=10,
    header_timeout=10.0,
    body_timeout=10.0,
    body_rate=0.0,
    idle_timeout=10.0,
)


class Said(NamedTuple):
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


def run(command: Callable[..., int], options: Any, *words: str) -> Said:
    """Run a command to its end in this thread."""
    out, err = io.StringIO(), io.StringIO()
    options.parseOptions(words)
    with redirect_stdout(out), redirect_stderr(err):
        code = command(options)
    return Said(code, out.getvalue(), err.getvalue())


class Node(TestCase):
    """A node's admin socket."""

    def setUp(self) -> None:
        numbers = Numbers("44")
        self.reloaded = 0
        self.amiss = ""
        self.store = MemoryStore(grace=60, retention=60, clock=lambda: float(values.NOW))
        self.leaf = Admin(
            self.store, self.store, self.status, numbers.e164, numbers.e164, lambda: None, self.reload
        ).leaf()
        self.path = "admin.sock"
        load = Load(BOUNDS)
        self.listening = Listening(
            reactor,
            [endpoint_of(f"unix:{self.path}")],
            lambda late: Site(self.leaf, reactor, load, lambda refusal, peer: None),
            1.0,
            "node.admin",
        )
        self.listening.startService()
        self.addCleanup(self.listening.stopService)

    def reload(self) -> list[str]:
        self.reloaded += 1
        return ["log.level changed", "store.url changes at the next start only"]

    async def status(self) -> Status:
        return Status(
            node="west",
            version="1",
            pid=7,
            store="memory:",
            configuration="x.toml",
            started=values.NOW,
            now=values.NOW + 90,
            draining=False,
            listening={"mm1": ["127.0.0.1:1", "[::1]:1"]},
            ready={"store": self.amiss},
            copies={"queued": 3, "expired": 0},
            reactor_lag=0.25,
        )

    def said(self, command: Callable[..., int], options: Any, *words: str) -> Deferred[Said]:
        """Run a command in a thread, because the node is in this one."""
        return deferToThread(run, command, options, *words)

    def put(self, *names: str) -> None:
        for name in names:
            self.successResultOf(self.store.put(values.put(name)))


class Queue(Node):
    """``mmse queue``."""

    async def test_table(self) -> None:
        """A line for each copy, and how many there are."""
        self.put("a@x", "b@x")
        said = await self.said(queue.run, queue.Options(), "--admin", self.path)
        head, *lines = said.out.splitlines()
        self.assertEqual(head.split()[:5], ["message", "#", "from", "to", "state"])
        self.assertEqual(lines[0].split()[:6], ["a@x", "0", "+15551230001", "+15551230002", "queued", "0"])
        self.assertEqual((said.status, lines[-1], said.err), (0, "2 copies", ""))

    async def test_limits(self) -> None:
        """So many, or all; more are announced."""
        self.put("a", "b", "c")
        said = await self.said(queue.run, queue.Options(), "--admin", self.path, "-n", "2")
        self.assertEqual(said.out.splitlines()[-1], "2 copies; there are more: --all")
        said = await self.said(queue.run, queue.Options(), "--admin", self.path, "-n", "2", "--all")
        self.assertEqual(said.out.splitlines()[-1], "3 copies")

    async def test_chosen(self) -> None:
        """States and a recipient."""
        self.put("a", "b")
        (copy,) = self.successResultOf(self.store.copies("b"))
        self.successResultOf(self.store.change(values.ended(copy, State.EXPIRED)))
        said = await self.said(queue.run, queue.Options(), "--admin", self.path, "--state", "expired", "--json")
        told = json.loads(said.out)
        self.assertEqual(([row["message"] for row in told["rows"]], told["more"]), (["b"], False))
        said = await self.said(queue.run, queue.Options(), "--admin", self.path, "--to", "+1 555 123 0009")
        self.assertEqual(said.out, "There is no such copy.\n")
        said = await self.said(queue.run, queue.Options(), "--admin", self.path, "--state", "gone")
        self.assertEqual(said.status, 1)
        self.assertIn("there is no state 'gone'", said.err)

    async def test_empty(self) -> None:
        """Nothing to say."""
        said = await self.said(queue.run, queue.Options(), "--admin", self.path)
        self.assertEqual(said, Said(0, "Nothing is on its way.\n", ""))


class TrailCommand(Node):
    """``mmse trail``."""

    async def test_told(self) -> None:
        """The MM, its copies, its lines; an ID that begins with a dash is an ID."""
        trace = values.trace("-m@x", Happening.NOTIFIED, at=values.NOW + 0.25, position=0, reason="lab: 1 SMS")
        self.successResultOf(self.store.put(values.put("-m@x", trail=[trace])))
        said = await self.said(trail.run, trail.Options(), "--admin", self.path, "-m@x")
        self.assertEqual((said.status, said.err), (0, ""))
        self.assertIn("-m@x\n  from +15551230001/TYPE=PLMN by MM1 (10.0.0.1)\n", said.out)
        self.assertRegex(said.out, r"\n0  to +\+15551230002/TYPE=PLMN  queued +0  -\n")
        self.assertRegex(said.out, r"\.250  0  notified +- +node  lab: 1 SMS\n")
        said = await self.said(trail.run, trail.Options(), "-m@x", "--admin", self.path, "--json")
        self.assertEqual(json.loads(said.out)["lines"][0]["happening"], "notified")

    async def test_unknown(self) -> None:
        """None such."""
        said = await self.said(trail.run, trail.Options(), "--admin", self.path, "x")
        self.assertEqual(said, Said(1, "", "this node knows no message x\n"))


class StatusCommand(Node):
    """``mmse status`` and ``mmse reload``."""

    async def test_ready(self) -> None:
        """What a person wants to know first."""
        said = await self.said(status.run, status.Options(), "--admin", self.path)
        self.assertEqual(said.status, 0)
        self.assertIn("west: ready, mmse 1, process 7\n", said.out)
        self.assertIn("(1m)", said.out)
        self.assertIn("  mm1 listens at 127.0.0.1:1, [::1]:1\n", said.out)
        self.assertTrue(said.out.endswith("queued       3\n"), said.out)

    async def test_not_ready(self) -> None:
        """Why not, and an exit status for scripts."""
        self.amiss = "the disk is full"
        said = await self.said(status.run, status.Options(), "--admin", self.path)
        self.assertEqual(said.status, 1)
        self.assertIn("NOT READY", said.out)
        self.assertIn("  store: the disk is full\n", said.out)
        said = await self.said(status.run, status.Options(), "--admin", self.path, "--json")
        self.assertEqual((said.status, json.loads(said.out)["ready"]), (1, {"store": "the disk is full"}))

    async def test_reload(self) -> None:
        """What took effect."""
        said = await self.said(status.reload, status.ReloadOptions(), "--admin", self.path)
        self.assertEqual(said.out, "log.level changed\nstore.url changes at the next start only\n")
        self.assertEqual(self.reloaded, 1)


class Subscribers(Node):
    """``mmse subscriber``."""

    def subscriber(self, *words: str) -> Deferred[Said]:
        return self.said(subscriber.run, subscriber.Options(), words[0], "--admin", self.path, *words[1:])

    def file(self, text: str) -> str:
        file = Path(self.mktemp())
        file.write_text(text, encoding="utf-8")
        return str(file)

    async def test_one(self) -> None:
        """Added, shown, listed, removed; options stand where people put them."""
        said = await self.subscriber("add", "07700900001", "--prepaid", "--note", "my phone")
        self.assertEqual(said, Said(0, "1 added or replaced\n", ""))
        said = await self.subscriber("list")
        self.assertRegex(said.out, r"\n\+447700900001  yes  - +yes +- +- +my phone\n1 subscriber\n")
        said = await self.subscriber("list", "+44 7700 900001", "--json")
        self.assertEqual(json.loads(said.out)["subscribers"][0]["note"], "my phone")
        said = await self.subscriber("remove", "+447700900001", "+447700900002")
        self.assertEqual(said.out, "1 removed\n")
        said = await self.subscriber("list", "07700900001")
        self.assertEqual(said, Said(1, "", "there is no subscriber +447700900001\n"))

    async def test_import(self) -> None:
        """Slices of a thousand, all of them there afterwards, and listed page by page."""
        rows = "".join(f"0770090{index:04d},{'yes' if index % 2 else ''}\n" for index in range(2500))
        said = await self.subscriber("import", self.file("\ufeffNumber,barred\n\n" + rows))
        self.assertEqual(said, Said(0, "2,500 added or replaced\n", ""))
        said = await self.subscriber("list", "--all", "--json")
        told = json.loads(said.out)
        self.assertEqual((len(told["subscribers"]), told["more"]), (2500, False))
        self.assertEqual([each["barred"] for each in told["subscribers"][:2]], [False, True])
        said = await self.subscriber("list", "-n", "3")
        self.assertTrue(said.out.endswith("3 subscribers; there are more: --all\n"), said.out)

    async def test_import_wrong(self) -> None:
        """Every wrong line is told, and nothing is sent."""
        text = "number,barred\n07700900001,\nme,\n07700900002,perhaps\n07700900003,no,1\n"
        said = await self.subscriber("import", self.file(text))
        self.assertEqual(
            said,
            Said(
                1,
                "",
                "line 3: 'me' is no number\nline 4: 'perhaps' is neither yes nor no\n"
                "line 5: 3 columns, the first line names 2\nNothing was sent.\n",
            ),
        )
        self.assertEqual(self.successResultOf(self.store.subscribers("", 10)), [])

    def test_columns(self) -> None:
        """The first line must make sense; wrong lines are told up to twenty."""
        for text, why in (
            ("", "the columns lack number"),
            ("name\n", "name is no column; there are number, mms_capable"),
            ("number,number\n", "or name one twice"),
        ):
            self.assertIn(why, str(self.assertRaises(NotDone, subscriber.read, io.StringIO(text))))
        told = str(self.assertRaises(NotDone, subscriber.read, io.StringIO("number\n" + "x\n" * 30)))
        self.assertIn("line 21: 'x' is no number\nand 10 lines more\n", told)

    async def test_file_missing(self) -> None:
        """No such file."""
        said = await self.subscriber("import", "nowhere.csv")
        self.assertEqual(said, Said(1, "", "nowhere.csv: No such file or directory\n"))

    def test_usage(self) -> None:
        """Command lines that mean nothing."""
        for words in ([], ["remove"], ["add"], ["add", "1", "2"], ["list", "--nonsense"]):
            self.assertRaises(UsageError, subscriber.Options().parseOptions, words)


class Absent(SynchronousTestCase):
    """No node."""

    def test_how_to_start(self) -> None:
        """The commands say where they looked and how to start a node there."""
        said = run(queue.run, queue.Options(), "--admin", "nowhere/admin.sock")
        self.assertEqual((said.status, said.out), (69, ""))
        self.assertIn(f"No node answers at {os.path.abspath('nowhere/admin.sock')}.\n", said.err)
        self.assertIn("Start one with:  twistd -n mmse\n", said.err)

    def test_configuration(self) -> None:
        """The socket that a configuration names; a broken one; one without a socket."""
        file = Path(self.mktemp())
        file.write_text('[node]\nadmin = "unix:there.sock"', encoding="utf-8")
        said = run(trail.run, trail.Options(), "--config", str(file), "x")
        self.assertIn(f"{os.path.abspath('there.sock')}.\nStart one with:  twistd -n mmse --config {file}\n", said.err)
        file.write_text("[nod]", encoding="utf-8")
        said = run(status.run, status.Options(), "--config", str(file))
        self.assertEqual(said, Said(1, "", 'nod: there is no such setting; did you mean "node"?\n'))
        file.write_text('[node]\nadmin = ""', encoding="utf-8")
        said = run(status.run, status.Options(), "--config", str(file))
        self.assertEqual(said, Said(1, "", "[node] admin is empty: that node has no admin socket\n"))


class Socket(Node):
    """The place of the admin socket."""

    def test_mode(self) -> None:
        """Its owner's alone."""
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o600)

    def test_room(self) -> None:
        """A live node's socket is refused, a dead one's taken away, anything else left alone, a folder made."""
        error = self.assertRaises(Misconfigured, make_room, self.path)
        self.assertIn("another node answers", error.problems[0])
        folder = self.mktemp()
        place = os.path.join(folder, "deep", "admin.sock")
        make_room(place)
        self.assertTrue(os.path.isdir(os.path.dirname(place)))
        Path(place).write_text("mine", encoding="utf-8")
        error = self.assertRaises(Misconfigured, make_room, place)
        self.assertIn("is no socket", error.problems[0])
        self.assertTrue(os.path.exists(place))

    def test_dead(self) -> None:
        """What a node that was killed leaves behind is in nobody's way."""
        with socket.socket(socket.AF_UNIX) as killed:
            killed.bind("left.sock")
        self.assertTrue(os.path.exists("left.sock"))
        make_room("left.sock")
        self.assertFalse(os.path.exists("left.sock"))


class Configuration(SynchronousTestCase):
    """``mmse check-config``, ``sample-config`` and ``password``."""

    def checked(self, text: str, *words: str) -> Said:
        file = Path(self.mktemp())
        file.write_text(text, encoding="utf-8")
        return run(check_config.run, check_config.Options(), *words, str(file))

    def test_ok(self) -> None:
        """The lab is ok, and what would listen where is told."""
        said = run(check_config.run, check_config.Options())
        self.assertEqual((said.status, said.err), (0, ""))
        self.assertTrue(said.out.startswith("ok\n"))
        self.assertIn("  MM1             tcp:8001:interface=127.0.0.1; phones use http://127.0.0.1:8001/\n", said.out)

    def test_warnings(self) -> None:
        """What does little is told, and is still ok."""
        said = self.checked("")
        self.assertEqual(said.status, 0)
        self.assertIn("warning: mm1.http: is empty: no phone can send or fetch\n", said.out)
        self.assertIn("ok, with warnings\n", said.out)

    def test_problems(self) -> None:
        """All of them, those that only a part knows of too."""
        text = '[node]\nnam = 1\n[mm1.notify.http]\nurl = "http://g/"\nquery = "{tp}"\nsuccess = "("'
        said = self.checked(text)
        self.assertEqual((said.status, said.out), (1, ""))
        self.assertIn('node.nam: there is no such setting; did you mean "name"?\n', said.err)
        self.assertIn("mm1.notify.http.query: ", said.err)
        self.assertIn("mm1.notify.http.success: ", said.err)
        self.assertTrue(said.err.endswith("3 problems\n"), said.err)
        told = json.loads(self.checked(text, "--json").out)
        self.assertEqual((told["ok"], len(told["problems"])), (False, 3))

    def test_json(self) -> None:
        """For programs."""
        told = json.loads(self.checked("", "--json").out)
        self.assertEqual((told["ok"], len(told["warnings"]), told["summary"]["MM1"]), (True, 3, "off"))

    def test_sample(self) -> None:
        """The sample."""
        self.assertEqual(run(sample_config.run, sample_config.Options()), Said(0, sample(), ""))

    def test_password(self) -> None:
        """A hash that the configuration takes; two runs have two salts."""
        hashes = set()
        for _ in range(2):
            read, write = os.pipe()
            os.write(write, "pä:ss\n".encode())
            os.close(write)
            with os.fdopen(read, encoding="utf-8") as stdin:
                said = Said(*self.hashed(stdin))
            hashes.add(said.out)
            text = f'[console]\nlisten = ["tcp:1"]\nusers = {{ anna = "{said.out.strip()}" }}'
            self.assertEqual(self.checked(text).status, 0)
        self.assertEqual(len(hashes), 2)

    def hashed(self, stdin: Any) -> Said:
        import sys

        before, sys.stdin = sys.stdin, stdin
        try:
            return run(password.run, password.Options(), "--stdin")
        finally:
            sys.stdin = before


class Words(SynchronousTestCase):
    """Tables and times."""

    def test_table(self) -> None:
        """Numbers to the right, the rest to the left."""
        self.assertEqual(
            table(("a", "number"), [("xyz", "1,000"), ("x", "7")]), "a    number\nxyz   1,000\nx         7"
        )
        self.assertEqual(table(("a", "b"), []), "a  b")

    def test_age(self) -> None:
        """The unit that matters."""
        told = [age(seconds) for seconds in (0, 59, 60, 3599, 3600, 90_000, -5)]
        self.assertEqual(told, ["0s", "59s", "1m", "59m", "1h00m", "1d1h", "-5s"])
