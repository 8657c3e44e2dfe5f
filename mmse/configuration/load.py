"""Load a configuration: the file (or the lab), then ``MMSE__SECTION__KEY`` of the environment, then the checks."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from mmse.configuration.checks import Check, check
from mmse.configuration.problem import Problem, nearest
from mmse.configuration.read import Reader, bare, field_kinds, is_secret, kind_of
from mmse.errors import Misconfigured
from mmse.settings import Settings, lab

__all__ = ["PREFIX", "Loaded", "load"]

PREFIX = "MMSE__"
LONGEST_SECRET = 64 * 1024


class Loaded(NamedTuple):
    """Settings that can be obeyed; ``warnings`` name what can be obeyed but is likely not what was meant."""

    settings: Settings
    warnings: tuple[str, ...]
    source: str
    """The file's name; empty for the lab."""


def load(path: str | None, environment: Mapping[str, str], further: Sequence[Check] = ()) -> Loaded:
    """Load ``path``, or the lab when it is None, with the overrides in ``environment``.

    ``further`` are checks of parts that look at their own settings.
    Raises ``Misconfigured`` with every problem found, each with the path of its setting.
    """
    tree = msgspec.to_builtins(lab()) if path is None else _parsed(path)
    kind = kind_of(Settings)
    problems: list[Problem] = []
    origins: dict[str, str] = {}
    for name in sorted(environment):
        if name.startswith(PREFIX):
            problems += _override(tree, kind, name, environment[name], origins)
    notes: list[Problem] = []
    reader = Reader(kind, lambda where, table: _reveal(where, table, environment, notes))
    tree = reader.read(tree, kind, "")
    problems += reader.problems
    settings = msgspec.convert(tree, Settings)
    # What a setting that was left out would mean is not worth telling.
    notes += [note for note in check(settings, further) if not any(_related(note.path, ill.path) for ill in problems)]
    problems += [note for note in notes if note.fatal]
    if problems:
        raise Misconfigured([_located(problem, origins) for problem in problems])
    return Loaded(settings, tuple(_located(note, origins) for note in notes), path or "")


def _related(one: str, other: str) -> bool:
    """Whether two paths are of one setting, or one of them is inside the other."""
    short, long = sorted((one.partition("[")[0], other.partition("[")[0]), key=len)
    return long == short or long.startswith(short + ".")


def _located(problem: Problem, origins: Mapping[str, str]) -> str:
    for path, variable in origins.items():
        if problem.path == path or problem.path.startswith((path + ".", path + "[")):
            return f"{problem} (from {variable} in the environment)"
    return str(problem)


def _parsed(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_bytes().decode("utf-8"))
    except OSError as error:
        raise Misconfigured([f"{path}: {error.strerror}; 'mmse sample-config' prints a file to start from"]) from None
    except UnicodeDecodeError as error:
        raise Misconfigured([f"{path}: octet {error.start} is not UTF-8, as TOML must be"]) from None
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured([f"{path}: {error}"]) from None


def _override(
    tree: dict[str, Any], kind: inspect.StructType, variable: str, text: str, origins: dict[str, str]
) -> Iterator[Problem]:
    """Put one variable into the tree. Text settings take their text as it is, all others a TOML value."""
    names = variable[len(PREFIX) :].lower().split("__")
    place: Any = tree
    for depth, name in enumerate(names):
        kinds = field_kinds(kind)
        if name not in kinds:
            near = nearest(name, kinds)
            yield Problem(variable, f"there is no setting {'.'.join(names[: depth + 1])}{near} (in the environment)")
            return
        inner = kinds[name]
        if depth < len(names) - 1:
            if not isinstance(inner, inspect.StructType) or not isinstance(place.setdefault(name, {}), dict):
                yield Problem(variable, f"{'.'.join(names[: depth + 1])} has no settings inside (in the environment)")
                return
            place, kind = place[name], inner
    path = ".".join(names)
    origins[path] = variable
    try:
        place[name] = _value(text, inner)
    except tomllib.TOMLDecodeError as error:
        yield Problem(path, f'the text is no TOML value ({error}); a list is written ["...", "..."]')


def _value(text: str, kind: inspect.Type) -> Any:
    kind = bare(kind)
    if isinstance(kind, inspect.StrType | inspect.LiteralType) or (is_secret(kind) and not text.startswith("{")):
        return text
    return tomllib.loads(f"value = {text}")["value"]


def _reveal(path: str, table: dict[str, Any], environment: Mapping[str, str], notes: list[Problem]) -> str | Problem:
    """The text of a secret that is told by the place where it stands; a file that others may read is noted (P4)."""
    if len(table) != 1 or not table.keys() <= {"file", "env"} or not all(isinstance(v, str) for v in table.values()):
        return Problem(path, 'a secret is text, { file = "..." } or { env = "..." }, one of them')
    if "env" in table:
        text = environment.get(table["env"])
        return text if text is not None else Problem(path, f"the environment has no variable {table['env']}")
    try:
        with open(table["file"], encoding="utf-8") as file:
            text = file.read(LONGEST_SECRET + 1)
            if os.fstat(file.fileno()).st_mode & 0o077:
                notes.append(Problem(path, f"others may read {table['file']}: chmod 600 {table['file']}", fatal=False))
    except OSError as error:
        return Problem(path, f"{table['file']}: {error.strerror}")
    except UnicodeDecodeError:
        return Problem(path, f"{table['file']} is not UTF-8 text")
    if len(text) > LONGEST_SECRET:
        return Problem(path, f"{table['file']} is larger than any secret ({LONGEST_SECRET} octets)")
    return text.rstrip("\r\n")
