"""Rules of the house that no tool at hand checks: each reads the syntax tree of one file and tells what it finds.

The tools (import-linter, ruff, mypy) see roots of outside packages only, or single lines; these rules see the rest.
`RULES` is the table; `check` runs it over a tree.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

PURE = ("mmse/abstract/", "mmse/wire/", "mmse/session/")
GATED = ("tests/interop/", "tests/crash/", "tests/browser/", "tests/soak/")
EMPTY_NAMES = ("Manager", "Handler", "Processor", "Engine", "Helper", "Util", "Utils", "Base")
LONGEST_FILE = 500
LONGEST_FUNCTION = 50

# What would let a pure layer see the world without an import that import-linter refuses.
WORLDLY_CALLS = frozenset({"open", "input", "print", "exec", "eval", "breakpoint", "__import__"})
CLOCKS = frozenset({"now", "utcnow", "today"})
MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MUTABLE_CALLS = frozenset({"list", "dict", "set", "bytearray", "defaultdict", "deque", "Counter", "OrderedDict"})


class Finding(NamedTuple):
    """A place that breaks a rule."""

    path: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


Found = Iterator[tuple[int, str]]
Rule = Callable[[str, ast.Module, str], Found]


def _imported(node: ast.AST) -> Iterator[str]:
    """Every dotted name that an import statement may bind: both the module and what is taken from it."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes that run when the module is imported: everything but the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _outside_functions(child)


def no_reactor(path: str, tree: ast.Module, source: str) -> Found:
    """`twisted.internet.reactor` is never imported when a module is: it is handed in."""
    if not path.startswith(("mmse/", "twisted/")):
        return
    for node in _outside_functions(tree):
        if "twisted.internet.reactor" in _imported(node):
            yield getattr(node, "lineno", 1), "the reactor is imported at module level; take it as an argument"


def no_mail_smtp(path: str, tree: ast.Module, source: str) -> Found:
    """`twisted.mail.smtp` (and what stands on it) installs the default reactor: not even inside a function."""
    if not path.startswith(("mmse/", "twisted/")):
        return
    for node in ast.walk(tree):
        if any(name == "twisted.mail" or name.startswith("twisted.mail.") for name in _imported(node)):
            yield getattr(node, "lineno", 1), "twisted.mail is imported; mmse.session.smtp is ours"


def pure_calls(path: str, tree: ast.Module, source: str) -> Found:
    """The pure layers open nothing, print nothing and ask no clock."""
    if not path.startswith(PURE):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in WORLDLY_CALLS:
            yield node.lineno, f"{node.func.id}() in a pure layer"
        elif isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            yield node.lineno, f".{node.func.attr}() in a pure layer: time is an argument"


def telling_names(path: str, tree: ast.Module, source: str) -> Found:
    """Names that say nothing are refused for classes and for modules."""
    stem = PurePosixPath(path).stem
    if path.startswith("mmse/") and stem in {name.lower() for name in EMPTY_NAMES} | {"helpers", "common", "misc"}:
        yield 1, f"a module called {stem} says nothing"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith(EMPTY_NAMES):
            yield node.lineno, f"the name {node.name} says nothing"


def module_state(path: str, tree: ast.Module, source: str) -> Found:
    """No mutable state at module level: a table has a NAME in capitals and is not written again."""
    if not path.startswith("mmse/"):
        return
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        call = value.func if isinstance(value, ast.Call) else None
        name = call.id if isinstance(call, ast.Name) else call.attr if isinstance(call, ast.Attribute) else ""
        if not isinstance(value, MUTABLE) and name not in MUTABLE_CALLS:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and not target.id.isupper() and not target.id.startswith("__"):
                yield node.lineno, f"{target.id} is mutable state of a module"
    for inner in ast.walk(tree):
        if isinstance(inner, ast.Global):
            yield inner.lineno, f"global {', '.join(inner.names)}"


def short_files(path: str, tree: ast.Module, source: str) -> Found:
    """At most 500 lines, tables (statements at module level that bind a name) aside."""
    tables = sum(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
    )
    length = source.count("\n") - tables
    if length > LONGEST_FILE:
        yield 1, f"{length} lines without its tables; at most {LONGEST_FILE}"


def short_functions(path: str, tree: ast.Module, source: str) -> Found:
    """At most 50 lines for a function, its docstring aside."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0]
        if ast.get_docstring(node, clean=False) is not None and len(node.body) > 1:
            first = node.body[1]
        length = (node.end_lineno or node.lineno) - first.lineno + 1
        if length > LONGEST_FUNCTION:
            yield node.lineno, f"{node.name} has {length} lines; at most {LONGEST_FUNCTION}"


def honest_tests(path: str, tree: ast.Module, source: str) -> Found:
    """Tests never sleep, never patch, never mock."""
    if not path.startswith("tests/"):
        return
    for node in ast.walk(tree):
        if any(name.split(".")[:2] == ["unittest", "mock"] for name in _imported(node)):
            yield getattr(node, "lineno", 1), "a mock; use the implementation in memory"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
            if (owner, node.func.attr) in {("self", "patch"), ("time", "sleep"), ("mock", "patch")}:
                yield node.lineno, f"{owner}.{node.func.attr}() in a test"


def gated_parts(path: str, tree: ast.Module, source: str) -> Found:
    """Every module of tests that `make test` must not run says by whom it is run (see tests.peers)."""
    if not path.startswith(GATED) or not PurePosixPath(path).name.startswith("test_"):
        return
    part = path.split("/")[1]
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "skip" for t in node.targets):
            if f'require_part("{part}")' in ast.unparse(node.value).replace("'", '"'):
                return
    yield 1, f'no line: skip = peers.require_part("{part}") or peers.require_peer(...)'


RULES: Sequence[Rule] = (
    no_reactor,
    no_mail_smtp,
    pure_calls,
    telling_names,
    module_state,
    short_files,
    short_functions,
    honest_tests,
    gated_parts,
)


def check_source(path: str, source: str) -> list[Finding]:
    """All findings in one file, `path` being relative to the root, with slashes."""
    tree = ast.parse(source, path)
    return [Finding(path, line, rule.__name__, text) for rule in RULES for line, text in rule(path, tree, source)]


def check(root: Path) -> list[Finding]:
    """All findings in the tree at `root`."""
    found: list[Finding] = []
    for top in ("mmse", "tests", "twisted", "benchmarks", "examples", "docs"):
        for file in sorted((root / top).rglob("*.py")):
            path = file.relative_to(root).as_posix()
            if not path.startswith(("docs/_build", "docs/generated")):
                found += check_source(path, file.read_text(encoding="utf-8"))
    return found
