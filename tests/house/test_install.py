"""``twistd --help`` lists mmse from a wheel and from a development install, as a user makes them with pip."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests import peers
from tests.house.planted import ROOT

skip = peers.require_peer("pip") or peers.require_peer("setuptools")

SHIPPED = ("mmse", "twisted", "etc", "setup.cfg", "pyproject.toml", "MANIFEST.in", "README.rst", "NEWS.rst", "LICENSE")
TWISTD = "from twisted.scripts.twistd import run; run()"
WHERE = "import mmse, twisted.plugins.mmse_plugin as plugin; print(mmse.__file__); print(plugin.__file__)"


def run(*command: str | Path, cwd: Path) -> str:
    """Run to the end with nothing of ours in the environment; raises AssertionError with what was printed."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise AssertionError(f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


class Install(SynchronousTestCase):
    """Each from a copy of the tree, in a fresh environment that borrows the libraries of this one; no network."""

    def setUp(self) -> None:
        """Make the copy, the environment, and an empty folder to run from."""
        self.folder = Path(tempfile.mkdtemp(prefix="mmse-install-")).resolve()
        self.addCleanup(shutil.rmtree, self.folder)
        self.tree, self.elsewhere = self.folder / "tree", self.folder / "elsewhere"
        self.elsewhere.mkdir()
        self.tree.mkdir()
        leave = shutil.ignore_patterns("__pycache__", "dropin.cache", ".*")
        for name in SHIPPED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.tree / name, ignore=leave)
            elif (ROOT / name).exists():
                shutil.copy(ROOT / name, self.tree / name)
        run(sys.executable, "-m", "venv", "--without-pip", self.folder / "venv", cwd=self.folder)
        self.python = self.folder / "venv" / "bin" / "python"
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        self.site = self.folder / "venv" / "lib" / version / "site-packages"
        # A line of a .pth file adds a folder without obeying the .pth files in it: our own install stays unseen.
        (self.site / "borrowed.pth").write_text("\n".join(site.getsitepackages()) + "\n", encoding="utf-8")

    def pip(self, *words: str | Path) -> str:
        """Run the pip of this interpreter, offline."""
        return run(sys.executable, "-m", "pip", "--disable-pip-version-check", *words, cwd=self.elsewhere)

    def install(self, *words: str | Path) -> None:
        """Install into the fresh environment, offline."""
        self.pip(
            "--python", self.python, "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", *words
        )

    def listed_from(self, place: Path) -> None:
        """``twistd --help``, run elsewhere, lists mmse, and both it and the plugin come from `place`."""
        where = [Path(line) for line in run(self.python, "-c", WHERE, cwd=self.elsewhere).split()]
        self.assertEqual(where, [place / "mmse" / "__init__.py", place / "twisted" / "plugins" / "mmse_plugin.py"])
        lines = [line.split() for line in run(self.python, "-c", TWISTD, "--help", cwd=self.elsewhere).splitlines()]
        self.assertEqual(len([words for words in lines if words[:2] == ["mmse", "A"]]), 1, lines)

    def test_wheel(self) -> None:
        """The wheel holds the plugin (without an __init__.py), every file of the package, and is enough."""
        wheels = self.folder / "wheels"
        self.pip(
            "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, self.tree
        )
        (wheel,) = wheels.iterdir()
        held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
        wanted = {
            file.relative_to(ROOT).as_posix()
            for file in (ROOT / "mmse").rglob("*")
            if file.is_file() and file.suffix != ".pyc" and not any(part.startswith(".") for part in file.parts)
        }
        self.assertEqual(held, wanted | {"twisted/plugins/mmse_plugin.py"})
        self.install(wheel)
        self.listed_from(self.site)
        self.assertTrue((self.folder / "venv" / "bin" / "mmse").exists())

    def test_development(self) -> None:
        """``pip install -e .`` serves the tree itself, and a file added later is seen at once."""
        self.install("-e", self.tree)
        self.listed_from(self.tree)
        (self.tree / "mmse" / "added_later.py").write_text("WORD = 'seen'\n", encoding="utf-8")
        self.assertEqual(
            run(self.python, "-c", "import mmse.added_later as a; print(a.WORD)", cwd=self.elsewhere), "seen\n"
        )

    def test_development_with_extra(self) -> None:
        """``pip install -e '.[test]'`` from another folder does the same."""
        self.install("-e", f"{self.tree}[test]")
        self.listed_from(self.tree)

    def test_no_package(self) -> None:
        """No ``__init__.py`` beside the plugin: it would hide Twisted's own plugins."""
        self.assertEqual([file.name for file in (ROOT / "twisted").rglob("__init__.py")], [])
