"""What twistd makes of a node: its options, its log, its signals, and what it says first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.application.service import Application, Service
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import ILogObserver, capturedLogs
from twisted.python import usage
from twisted.python.reflect import namedAny
from twisted.trial.unittest import SynchronousTestCase

from mmse.configuration import Loaded, sample
from mmse.errors import Misconfigured
from mmse.journal import Lines
from mmse.process import HERE, THERE, Process, banner, observer
from mmse.settings import Settings, lab
from mmse.tap import Options, configured, makeService
from tests.processes import ROOT


class Twistd(SynchronousTestCase):
    """``twistd mmse``."""

    def options(self, *words: str) -> Options:
        options = Options()
        options.parseOptions(words)
        return options

    def test_plugin(self) -> None:
        """The plugin names the module that has what twistd wants."""
        maker = namedAny("twisted.plugins.mmse_plugin.mmse")
        self.assertEqual((maker.tapname, maker.module), ("mmse", "mmse.tap"))
        self.assertIs(maker.options, Options)
        self.assertIs(maker.makeService, makeService)

    def test_options(self) -> None:
        """A configuration or none."""
        self.assertIsNone(self.options()["config"])
        self.assertEqual(self.options("-c", "x.toml")["config"], "x.toml")
        self.assertRaises(usage.UsageError, self.options, "--nonsense")

    def test_problems(self) -> None:
        """All problems are told and nothing starts."""
        file = Path(self.mktemp())
        file.write_text('[node]\nnam = 1\nworkers = 2\n[mm1.notify.http]\nurl = "http://g/"\nsuccess = "("', "utf-8")
        error = self.assertRaises(SystemExit, makeService, self.options("-c", str(file)))
        told = str(error).splitlines()
        self.assertEqual(told[0], "The configuration cannot be obeyed:")
        self.assertEqual(
            [line.split(":")[0].strip() for line in told[1:]], ["node.nam", "node.workers", "mm1.notify.http.success"]
        )

    def test_makes(self) -> None:
        """The sample makes a node that is not started yet, with its log if twistd has none of its own."""
        file = Path(self.mktemp())
        file.write_text(sample(), "utf-8")
        process = makeService(self.options("-c", str(file)))
        self.assertIsInstance(process, Process)
        application = Application("mmse")
        process.setServiceParent(application)
        self.assertIsNone(application.getComponent(ILogObserver))

    def test_parts(self) -> None:
        """What parts say of their own settings is told with the rest."""
        file = Path(self.mktemp())
        file.write_text('[mm1.notify.udp]\ninterface = "lo"\n[mm1.notify.udp.addresses]\n1 = "x"', "utf-8")
        error = self.assertRaises(Misconfigured, configured, str(file), {})
        self.assertEqual(len(error.problems), 2)
        self.assertTrue(all(each.startswith("mm1.notify.udp.") for each in error.problems), error.problems)


class Reactor(MemoryReactorClock):
    """A reactor in memory whose threads are all one."""

    def callFromThread(self, function: Callable[[], Any]) -> None:
        function()


class Fake(Service):
    """A node that starts as the test wants."""

    def __init__(self) -> None:
        self.started: Deferred[None] = Deferred()
        self.reloads = 0

    def reload(self) -> None:
        self.reloads += 1


class Processes(SynchronousTestCase):
    """What only a process has."""

    def setUp(self) -> None:
        self.addCleanup(signal.signal, signal.SIGHUP, signal.getsignal(signal.SIGHUP))
        self.addCleanup(signal.signal, signal.SIGUSR1, signal.getsignal(signal.SIGUSR1))
        self.clock = Reactor()
        self.node = Fake()

    def process(self, parent: Any, *warnings: str) -> Process:
        return Process(self.node, self.clock, Loaded(lab(), warnings, ""), parent, lambda: ["ready", "  copy {this}"])

    def test_says(self) -> None:
        """Warnings first, and once everything listens what listens where."""
        process = self.process(None, "mm1.http: is empty")
        with capturedLogs() as told:
            process.startService()
            self.assertEqual([event["reason"] for event in told], ["mm1.http: is empty"])
            self.node.started.callback(None)
        self.assertEqual(
            [(event["reason"], event.get("plain")) for event in told][1:], [("ready", True), ("  copy {this}", True)]
        )

    def test_hangup(self) -> None:
        """SIGHUP reads the configuration again."""
        self.process(None).startService()
        os.kill(os.getpid(), signal.SIGHUP)
        self.assertEqual(self.node.reloads, 1)

    def test_log(self) -> None:
        """Where twistd would log, we do; unless it was told of a log of its own."""
        for parent, ours in (
            ({"nodaemon": True}, True),
            ({"nodaemon": True, "logfile": "-"}, True),
            ({"logfile": self.mktemp()}, True),
            ({"syslog": True}, False),
            ({"logger": "x.y"}, False),
        ):
            application = Application("mmse")
            process = self.process(parent)
            process.setServiceParent(application)
            found = application.getComponent(ILogObserver)
            self.assertEqual(isinstance(found, Lines), ours, parent)

    def test_file(self) -> None:
        """Lines go to the file, and a new level holds from then on."""
        name = self.mktemp()
        lines = observer({"logfile": name}, lab())
        assert lines is not None
        lines({"log_namespace": "mmse", "log_format": "hello", "log_time": 0.0})
        self.assertIn("hello", Path(name).read_text("utf-8"))
        process = self.process({"logfile": name})
        process.level("error")
        assert process.lines is not None
        self.assertEqual(process.lines.level, "error")


class Ends(SynchronousTestCase):
    """Exit status."""

    def ended(self, program: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-P", "-c", program],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    def test_die(self) -> None:
        """A store that failed ends the process at once, whatever else it would do, with its reason in the log."""
        code, said = self.ended(
            "import sys\n"
            "from twisted.logger import globalLogBeginner\n"
            "from mmse.journal import Lines\n"
            "from mmse.process import Process\n"
            "globalLogBeginner.beginLoggingTo([Lines(sys.stdout)], redirectStandardIO=False)\n"
            "try:\n"
            "    Process.die(OSError('fsync: Input/output error'))\n"
            "finally:\n"
            "    print('acknowledged')\n"
        )
        self.assertEqual(code, 1)
        self.assertIn("nothing is promised any more: fsync: Input/output error", said)
        self.assertNotIn("acknowledged", said)

    def test_fail(self) -> None:
        """A start that failed ends with 1 after everything was stopped in order."""
        code, said = self.ended(
            "from twisted.internet import reactor\n"
            "from mmse.process import fail\n"
            "reactor.addSystemEventTrigger('before', 'shutdown', print, 'in order')\n"
            "reactor.callWhenRunning(fail, reactor)\n"
            "reactor.run()\n"
            "print('after the reactor')\n"
        )
        self.assertEqual((code, said), (1, "in order\nafter the reactor\n"))


class Banner(SynchronousTestCase):
    """What people see first."""

    def test_lab(self) -> None:
        """Every place, and two commands that can be copied: the photograph is there, the numbers agree."""
        told = banner(lab(), {"mm1": ["127.0.0.1:8001"], "console": ["127.0.0.1:8080"]}, True)
        self.assertIn("  MM1 (phones)    127.0.0.1:8001  (phones use http://127.0.0.1:8001/)", told)
        listen, send = [line.split() for line in told if " phone " in line and line.startswith("  ")]
        self.assertEqual(listen[listen.index("phone") :], ["phone", "listen", "--number", THERE])
        photo = send[send.index("send") + 1]
        self.assertGreater(Path(photo).stat().st_size, 100_000)
        self.assertEqual(
            send[send.index(photo) + 1 :], ["--from", HERE, "--to", THERE, "--subject", "Hello", "--report"]
        )

    def test_elsewhere(self) -> None:
        """Where a lab listens elsewhere the commands say so."""
        settings = lab()
        settings.lab.listen = ["tcp:9002:interface=127.0.0.1"]
        settings.mm1.public_url = "http://127.0.0.1:9001/"
        listen, send = [line for line in banner(settings, {}, True) if " phone " in line and line.startswith("  ")]
        self.assertTrue(listen.endswith(" --lab http://127.0.0.1:9002"), listen)
        self.assertTrue(send.endswith(" --url http://127.0.0.1:9001/"), send)

    def test_no_lab(self) -> None:
        """With a configuration there are no commands to copy."""
        self.assertFalse([line for line in banner(Settings(), {}, False) if "phone send" in line])
