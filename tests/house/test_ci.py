"""``.ci/run`` with the programs it calls replaced by scripts: what makes it pass, and what makes it fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.house.planted import ROOT

GOOD = {
    "venv-dev": "echo installed",
    "check": "echo '66 planted violations refused, 0 not'",
    "test": "echo 'PASSED (skips=2, successes=40)'",
    "interop": "echo 'PASSED (successes=5)'",
    "crash": "echo 'PASSED (expectedFailures=1, successes=3)'",
    "fuzz": "echo '13 targets held, 0 broke'",
}


class Run(SynchronousTestCase):
    """The exit code, the last line and what is said of each phase."""

    def setUp(self) -> None:
        """A folder with the script, and one that stands first on the path."""
        self.folder = Path(tempfile.mkdtemp(prefix="mmse-ci-"))
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copytree(ROOT / ".ci", self.folder / ".ci")
        (self.folder / "bin").mkdir()
        for name in ("apt-get", "sudo"):
            self.program(name, f'echo "{name} $*" >> "{self.folder}/installed"')

    def program(self, name: str, script: str) -> None:
        """Put a program on the path."""
        file = self.folder / "bin" / name
        file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        file.chmod(0o755)

    def ci(self, cap: str = "60", **targets: str) -> tuple[int, list[str]]:
        """Run with the good targets of make, some replaced: the exit code and the lines."""
        cases = "\n".join(f"{name}) {script} ;;" for name, script in {**GOOD, **targets}.items())
        self.program("make", f'for target; do :; done\ncase "$target" in\n{cases}\nesac')
        environment = {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "MMSE_CI_CAP": cap,
        }
        command = ["bash", str(self.folder / ".ci" / "run")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=100)
        return done.returncode, done.stdout.splitlines()

    def test_passes(self) -> None:
        """All good: exit 0, the sums at the end, the seconds of every phase, the peers installed."""
        code, lines = self.ci()
        self.assertEqual((code, lines[-2:]), (0, ["PASSED", "128 passed, 0 failed, 2 skipped"]), lines)
        for name in ("install", "check", "test", "interop", "crash", "fuzz"):
            self.assertTrue(any(line.startswith(name) and " s " in line for line in lines), (name, lines))
        self.assertIn("tshark", (self.folder / "installed").read_text(encoding="utf-8"))

    def test_failing_tests(self) -> None:
        """A failure is counted, and the later phases run all the same."""
        code, lines = self.ci(test="echo 'FAILED (failures=2, errors=1, successes=37)'; exit 1")
        self.assertEqual((code, lines[-2:]), (1, ["FAILED: test", "125 passed, 3 failed, 0 skipped"]), lines)

    def test_nothing_ran(self) -> None:
        """A phase that ran nothing fails, though its command was content: skips are not runs."""
        for script in ("true", "echo 'PASSED (skips=7)'", "echo 'Ran 0 tests in 0.000s'; echo PASSED"):
            code, lines = self.ci(interop=script)
            self.assertEqual((code, lines[-2]), (1, "FAILED: interop"), lines)
        code, lines = self.ci(check="true")
        self.assertEqual((code, lines[-2]), (1, "FAILED: check"), lines)

    def test_command_fails(self) -> None:
        """An exit code alone is enough."""
        code, lines = self.ci(check="echo '66 planted violations refused, 0 not'; exit 2")
        self.assertEqual((code, lines[-2:]), (1, ["FAILED: check", "128 passed, 1 failed, 2 skipped"]), lines)
        code, lines = self.ci(**{"venv-dev": "exit 1"})
        self.assertEqual((code, lines[-2]), (1, "FAILED: install"), lines)

    def test_cap(self) -> None:
        """At the cap everything is stopped, and the run has failed."""
        code, lines = self.ci(cap="1", crash="exec sleep 50")
        self.assertNotEqual(code, 0, lines)
        self.assertTrue(lines[-1].startswith("FAILED: stopped at the cap of 1"), lines)

    def test_required_peers(self) -> None:
        """The peers of .ci/peers are required of every phase of tests."""
        code, lines = self.ci(test='echo "peers: $MMSE_REQUIRE_PEERS"; echo "PASSED (successes=1)"')
        self.assertIn("peers: tshark,setuptools,pip,import-linter", lines)
        self.assertEqual(code, 0)
