"""The contracts of the layers: kept by the tree, complete for the tree, and each proved able to refuse."""

from __future__ import annotations

import re

from twisted.trial.unittest import SynchronousTestCase

from tests import peers
from tests.house import planted, rules

ROOT = planted.ROOT
# Apart from the layers: what all stand on, the entry, the version.
GROUND = {"interfaces", "errors", "settings", "journal", "metrics"}


def existing() -> set[str]:
    """Packages and modules right under mmse/."""
    places = (ROOT / "mmse").iterdir()
    return {place.stem for place in places if place.suffix == ".py" or (place / "__init__.py").exists()} - {"__init__"}


def named(contract: str, *options: str) -> set[str]:
    """What `options` of a contract of setup.cfg name, without the leading ``mmse.``."""
    section = planted.contracts(ROOT)[contract]
    return {name for option in options for name in re.findall(r"mmse\.(\w+)", section[option])}


class Complete(SynchronousTestCase):
    """Who adds a package must name it, or it would stand outside the law."""

    def test_layers(self) -> None:
        """Every package and module has its place in the picture."""
        self.assertEqual(existing() - named("layers", "layers") - named("ground", "layers"), set())

    def test_ground(self) -> None:
        """All that speaks a protocol or keeps anything stands above the ground."""
        above = existing() - {"__main__", "cli", "testing", "abstract"}
        self.assertEqual(above - named("ground", "layers"), set())

    def test_composition(self) -> None:
        """Each reference point, the relay, the store and the adaptation can be imported by tap alone."""
        parts = {name for name in existing() if re.fullmatch(r"mm\d+|relay|store|adapt", name)}
        self.assertEqual(named("composition", "protected_modules"), parts)
        self.assertEqual(named("composition", "allowed_importers"), existing() & {"tap", "testing"})

    def test_pure(self) -> None:
        """The pure layers that exist are the pure layers that are checked."""
        self.assertEqual(named("pure", "source_modules"), existing() & {"abstract", "wire", "session"})

    def test_impure(self) -> None:
        """The pure layers know none of what stands beside the abstract values."""
        self.assertEqual(existing() & GROUND - named("pure", "forbidden_modules"), set())

    def test_strict(self) -> None:
        """The pure layers are the strictly typed ones."""
        text = (ROOT / "setup.cfg").read_text(encoding="utf-8")
        self.assertIn("[mypy-mmse.abstract.*,mmse.wire.*,mmse.session.*]", text)


class Proved(SynchronousTestCase):
    """No law without a planted violation."""

    def test_every_law(self) -> None:
        """Each contract and each rule is broken on purpose somewhere (those that measure length: below)."""
        laws = set(planted.contracts(ROOT)) | planted.RULE_NAMES - {"short_files", "short_functions"}
        self.assertEqual(laws, {row.refused_by for row in planted.PLANTED})


class Kept(SynchronousTestCase):
    """The tree as it is."""

    def test_contracts(self) -> None:
        """import-linter keeps every contract."""
        kept, said = planted.lint(ROOT)
        self.assertTrue(kept, said)

    test_contracts.skip = peers.require_peer("import-linter")  # type: ignore[attr-defined]

    def test_rules(self) -> None:
        """The rules find nothing."""
        self.assertEqual("\n".join(map(str, rules.check(ROOT))), "")

    def test_test_packages(self) -> None:
        """Each folder with tests is a package with a docstring, so that trial finds it."""
        for file in (ROOT / "tests").rglob("test_*.py"):
            init = file.parent / "__init__.py"
            self.assertTrue(init.exists() and init.read_text(encoding="utf-8").startswith('"""'), init)


class Measured(SynchronousTestCase):
    """The rules of length, from both sides of the line."""

    def found(self, source: str) -> list[str]:
        """The names of the rules that find something in `source`."""
        return [item.rule for item in rules.check_source("mmse/relay/long.py", source)]

    def test_files(self) -> None:
        """500 lines pass, 501 do not, and a table does not count."""
        self.assertEqual(self.found("pass\n" * 500), [])
        self.assertEqual(self.found("pass\n" * 501), ["short_files"])
        self.assertEqual(self.found("pass\n" * 500 + "TABLE = (\n" + "    1,\n" * 300 + ")\n"), [])

    def test_functions(self) -> None:
        """50 lines pass, 51 do not, and the docstring does not count."""
        head = 'def long():\n    """Told.\n\n    At length.\n    """\n'
        self.assertEqual(self.found(head + "    pass\n" * 50), [])
        self.assertEqual(self.found(head + "    pass\n" * 51), ["short_functions"])
