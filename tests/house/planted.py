"""Planted violations: each line below is put into a copy of the tree, and the contract named beside it must refuse it.

``python -m tests.house.planted`` prints every row and fails when one is not refused. Packages of the design that do not
exist yet are made empty in the copy, so that their contracts are proved before their code is written.
"""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.house import rules

ROOT = Path(__file__).parents[2]


class Planted(NamedTuple):
    """A line that breaks a law: where it is put, and who must refuse it (a contract of setup.cfg, or a rule)."""

    file: str
    line: str
    refused_by: str


PLANTED: Sequence[Planted] = (
    # Arrows point down only.
    Planted("mmse/abstract/planted.py", "from mmse import wire", "layers"),
    Planted("mmse/wire/planted.py", "from mmse import session", "layers"),
    Planted("mmse/session/planted.py", "from mmse import transport", "layers"),
    Planted("mmse/transport/planted.py", "from mmse import mm1", "layers"),
    Planted("mmse/mm1/planted.py", "import mmse.tap", "layers"),
    Planted("mmse/console/planted.py", "import mmse.cli", "layers"),
    Planted("mmse/mm1/planted.py", "import mmse.configuration", "layers"),
    # Reference points know neither each other, nor the relay, the store, the adaptation.
    Planted("mmse/mm1/planted.py", "from mmse import mm4", "layers"),
    Planted("mmse/mm7/planted.py", "from mmse.mm3 import planted_too", "layers"),
    Planted("mmse/mm10/planted.py", "from mmse import mm1", "layers"),
    Planted("mmse/mm1/planted.py", "from mmse import relay", "layers"),
    Planted("mmse/mm4/planted.py", "from mmse import store", "layers"),
    Planted("mmse/mm3/planted.py", "from mmse import adapt", "layers"),
    Planted("mmse/mm8/planted.py", "def late():\n    import mmse.relay", "layers"),
    # adapt, lab and console may see wire and session, never a reference point; the relay names none.
    Planted("mmse/adapt/planted.py", "from mmse import mm1", "layers"),
    Planted("mmse/lab/planted.py", "from mmse import mm1", "layers"),
    Planted("mmse/console/planted.py", "from mmse import mm7", "layers"),
    Planted("mmse/console/planted.py", "from mmse import relay", "layers"),
    Planted("mmse/relay/planted.py", "from mmse import mm1", "layers"),
    Planted("mmse/relay/planted.py", "from mmse import store", "layers"),
    Planted("mmse/store/planted.py", "from mmse import relay", "layers"),
    # The relay and the store never see a byte.
    Planted("mmse/relay/planted.py", "from mmse import wire", "bytes"),
    Planted("mmse/relay/planted.py", "from mmse import session", "bytes"),
    Planted("mmse/relay/planted.py", "from mmse import transport", "bytes"),
    Planted("mmse/store/planted.py", "from mmse import wire", "bytes"),
    # Only tap composes.
    Planted("mmse/cli/planted.py", "from mmse import mm1", "composition"),
    Planted("mmse/cli/planted.py", "from mmse import relay", "composition"),
    Planted("mmse/cli/planted.py", "from mmse import store", "composition"),
    Planted("mmse/cli/planted.py", "from mmse import mm4", "composition"),
    # What all stand on knows none of them.
    Planted("mmse/interfaces.py", "from mmse import wire", "ground"),
    Planted("mmse/errors.py", "from mmse import relay", "ground"),
    Planted("mmse/settings.py", "from mmse import configuration", "ground"),
    Planted("mmse/metrics.py", "from mmse import console", "ground"),
    Planted("mmse/abstract/planted.py", "from mmse import errors", "ground"),
    Planted("mmse/mm1/settings.py", "from twisted.internet import endpoints", "plain"),
    Planted("mmse/mm4/settings.py", "from mmse import wire", "plain"),
    # Purity.
    Planted("mmse/abstract/planted.py", "import time", "pure"),
    Planted("mmse/abstract/planted.py", "from zope.interface import Interface", "pure"),
    Planted("mmse/wire/planted.py", "from twisted.python import log", "pure"),
    Planted("mmse/wire/planted.py", "from mmse import errors", "pure"),
    Planted("mmse/wire/planted.py", "import socket", "pure"),
    Planted("mmse/wire/planted.py", "from os import path", "pure"),
    Planted("mmse/wire/planted.py", "def late():\n    import random", "pure"),
    Planted("mmse/wire/planted.py", "import logging", "pure"),
    Planted("mmse/session/planted.py", "import secrets", "pure"),
    Planted("mmse/session/planted.py", "from pathlib import Path", "pure"),
    Planted("mmse/session/planted.py", "from twisted.internet import defer", "pure"),
    Planted("mmse/wire/planted.py", "def late(name):\n    return open(name)", "pure_calls"),
    Planted("mmse/session/planted.py", "def late(datetime):\n    return datetime.now()", "pure_calls"),
    # SQL, pickles, loops.
    Planted("mmse/relay/planted.py", "import apsw", "sql"),
    Planted("mmse/console/planted.py", "import sqlite3", "sql"),
    Planted("mmse/mm5/planted.py", "from psycopg import connect", "sql"),
    Planted("mmse/store/planted.py", "import sqlite3", "sql"),
    Planted("mmse/tap.py", "import apsw", "sql"),
    Planted("mmse/store/planted.py", "import pickle", "never"),
    Planted("mmse/transport/planted.py", "import asyncio", "never"),
    # The reactor, and what installs one.
    Planted("mmse/tap.py", "from twisted.internet import reactor", "no_reactor"),
    Planted("mmse/mm1/planted.py", "import twisted.internet.reactor as clock", "no_reactor"),
    Planted("mmse/cli/planted.py", "if True:\n    from twisted.internet import reactor", "no_reactor"),
    Planted("mmse/mm3/planted.py", "from twisted.mail import smtp", "no_mail_smtp"),
    Planted("mmse/mm3/planted.py", "from twisted.mail.smtp import ESMTP", "no_mail_smtp"),
    Planted("mmse/mm4/planted.py", "def late():\n    import twisted.mail.smtp", "no_mail_smtp"),
    # Names, state, tests.
    Planted("mmse/relay/planted.py", "class QueueManager:\n    pass", "telling_names"),
    Planted("mmse/relay/planted.py", "seen = {}", "module_state"),
    Planted("mmse/store/planted.py", "def late():\n    global seen\n    seen = 1", "module_state"),
    Planted("tests/planted.py", "import time\ntime.sleep(1)", "honest_tests"),
    Planted("tests/planted.py", "from unittest import mock", "honest_tests"),
    Planted("tests/crash/test_planted.py", "skip = None", "gated_parts"),
)

RULE_NAMES = frozenset(rule.__name__ for rule in rules.RULES)

# Packages and modules of the design's tree (section 2); those that are there already are left as they are.
DOORS = "mm1 mm3 mm4 mm5 mm6 mm7 mm8 mm9 mm10 mm11".split()
PACKAGES = [*"abstract wire session transport relay store adapt console lab configuration cli".split(), *DOORS]
MODULES = "interfaces errors settings journal metrics tap testing".split()


def contracts(root: Path) -> dict[str, configparser.SectionProxy]:
    """The contracts in setup.cfg, by their id."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(root / "setup.cfg", encoding="utf-8")
    prefix = "importlinter:contract:"
    return {name.removeprefix(prefix): config[name] for name in config.sections() if name.startswith(prefix)}


def complete_copy(root: Path, to: Path) -> None:
    """Copy the package and the configuration from `root`, and make what the design names and the tree lacks.

    The contracts that must list what exists (`pure`, `composition`) get the full list in the copy: their kind is proved
    here; that the real list is complete is proved by tests/house/test_contracts.py.
    """
    leave = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(root / "mmse", to / "mmse", ignore=leave)
    for name in PACKAGES:
        (to / "mmse" / name).mkdir(exist_ok=True)
        if not (to / "mmse" / name / "__init__.py").exists():
            (to / "mmse" / name / "__init__.py").write_text('"""Made for the planted violations."""\n')
    for name in MODULES:
        if not (to / "mmse" / f"{name}.py").exists() and not (to / "mmse" / name).exists():
            (to / "mmse" / f"{name}.py").write_text('"""Made for the planted violations."""\n')
    (to / "mmse/mm3/planted_too.py").write_text('"""Imported by a planted violation."""\n')
    config = configparser.ConfigParser(interpolation=None)
    config.read(root / "setup.cfg", encoding="utf-8")
    pure, composition = config["importlinter:contract:pure"], config["importlinter:contract:composition"]
    pure["source_modules"] = "\n".join(["", "mmse.abstract", "mmse.wire", "mmse.session"])
    doors = [f"mmse.{name}" for name in DOORS]
    composition["protected_modules"] = "\n".join(["", *doors, "mmse.relay", "mmse.store", "mmse.adapt"])
    composition["allowed_importers"] = "\n".join(["", "mmse.tap", "mmse.testing"])
    with (to / "setup.cfg").open("w", encoding="utf-8") as file:
        config.write(file)


def lint(tree: Path, *only: str) -> tuple[bool, str]:
    """Run import-linter in `tree` over the contracts `only` (or all): whether all were kept, and what it printed."""
    limits = [word for name in only for word in ("--contract", name)]
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-P", "-c", program, "setup.cfg", "--no-logo", "--no-cache", *limits]
    # PYTHONPATH comes before the line that a development install puts on the path: the copy is read, not the tree.
    environment = {"PYTHONPATH": str(tree), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def refused(row: Planted, tree: Path) -> tuple[bool, str]:
    """Plant `row` in `tree` and take it out again: whether the named one refused it, and what it said."""
    file = tree / row.file
    before = file.read_text(encoding="utf-8") if file.exists() else None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text((before or '"""Planted."""\n') + "\n" + row.line + "\n", encoding="utf-8")
    try:
        if row.refused_by in RULE_NAMES:
            source = file.read_text(encoding="utf-8")
            found = [item for item in rules.check_source(row.file, source) if item.rule == row.refused_by]
            return bool(found), "\n".join(map(str, found))
        kept, said = lint(tree, row.refused_by)
        return not kept and "BROKEN" in said, said
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_text(before, encoding="utf-8")


def main() -> int:
    """Run every row, print what became of it, and return the exit code."""
    ill = 0
    with tempfile.TemporaryDirectory(prefix="mmse-planted-") as name:
        tree = Path(name)
        complete_copy(ROOT, tree)
        kept, said = lint(tree)
        if not kept:
            print(said)
            print("the tree breaks its contracts before anything is planted")
            return 1
        for row in PLANTED:
            good, said = refused(row, tree)
            print(f"{'refused' if good else 'NOT REFUSED':11s} by {row.refused_by:13s} {row.file}: {row.line!r}")
            if not good:
                ill += 1
                print(said)
    print(f"{len(PLANTED) - ill} planted violations refused, {ill} not")
    return 1 if ill else 0


if __name__ == "__main__":
    sys.exit(main())
