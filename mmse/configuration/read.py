"""Hold a tree of TOML values against the Structs of ``mmse.settings`` and tell everything that does not fit.

``msgspec.convert`` stops at the first error; people want to mend a file once. The types are read from the Structs
themselves, so there is nothing here to keep equal with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import inspect

from mmse.configuration.problem import Problem, nearest

__all__ = ["ILL", "Reader", "bare", "field_kinds", "is_secret", "kind_of"]

ILL: Any = object()
"""Stands for a value that does not fit. Whoever contains it leaves it out, so that the rest can be looked at too."""

Kind = inspect.Type


def bare(kind: Kind) -> Kind:
    """A type without the description that hangs on it."""
    return kind.type if isinstance(kind, inspect.Metadata) else kind


def kind_of(struct: type[msgspec.Struct]) -> inspect.StructType:
    """The description of a Struct."""
    kind = inspect.type_info(struct)
    assert isinstance(kind, inspect.StructType)
    return kind


def field_kinds(kind: inspect.StructType) -> dict[str, Kind]:
    """The fields of a Struct and their types."""
    return {field.name: bare(field.type) for field in kind.fields}


def is_secret(kind: Kind) -> bool:
    """Whether a setting is a secret: text, or a table that says where the text is."""
    kinds = {type(part) for part in kind.types} if isinstance(kind, inspect.UnionType) else set()
    return kinds == {inspect.StrType, inspect.DictType}


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    words = []
    if kind.ge is not None:
        words.append(f"at least {kind.ge}")
    if kind.gt is not None:
        words.append(f"more than {kind.gt}")
    if kind.le is not None:
        words.append(f"at most {kind.le}")
    return " of " + " and ".join(words) if words else ""


def wanted(kind: Kind) -> str:
    """What a setting of this type must be, in words."""
    if is_secret(kind):
        return 'text, { file = "..." } or { env = "..." }'
    if isinstance(kind, inspect.StrType):
        return "text in quotes" + (f" that matches {kind.pattern}" if kind.pattern else "")
    if isinstance(kind, inspect.IntType):
        return "a whole number" + _bounds(kind)
    if isinstance(kind, inspect.FloatType):
        return "a number" + _bounds(kind)
    if isinstance(kind, inspect.BoolType):
        return "true or false"
    if isinstance(kind, inspect.LiteralType):
        return "one of " + ", ".join(msgspec.json.encode(value).decode() for value in kind.values)
    if isinstance(kind, inspect.ListType):
        return "a list in brackets"
    return "a table"


def _shown(value: Any) -> str:
    """A value as TOML would spell it, cut short."""
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError):
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


class Reader:
    """Reads one tree; ``problems`` grows. ``reveal(path, table)`` finds the text of a secret given as a table."""

    def __init__(self, root: inspect.StructType, reveal: Callable[[str, dict[str, Any]], str | Problem]) -> None:
        self.problems: list[Problem] = []
        self._root = root
        self._reveal = reveal

    def read(self, value: Any, kind: Kind, path: str) -> Any:
        """The value with its secrets revealed; what does not fit is told and left out (``ILL``: nothing is left)."""
        kind = bare(kind)
        if isinstance(kind, inspect.StructType):
            return self._struct(value, kind, path)
        if is_secret(kind):
            return self._secret(value, path)
        if isinstance(kind, inspect.ListType) and isinstance(value, list):
            items = [self.read(item, kind.item_type, f"{path}[{index}]") for index, item in enumerate(value)]
            return [item for item in items if item is not ILL]
        if isinstance(kind, inspect.DictType) and isinstance(value, dict):
            table = {key: self.read(item, kind.value_type, f"{path}.{key}") for key, item in value.items()}
            return {key: item for key, item in table.items() if item is not ILL}
        return value if self._fits(value, kind, path) else ILL

    def _struct(self, value: Any, kind: inspect.StructType, path: str) -> Any:
        if not isinstance(value, dict):
            self.problems.append(Problem(path, f"must be a table, not {_shown(value)}"))
            return ILL
        kinds = field_kinds(kind)
        for name in [name for name in value if name not in kinds]:
            self.problems.append(Problem(_join(path, name), "there is no such setting" + self._hint(name, kinds)))
        table = {name: self.read(item, kinds[name], _join(path, name)) for name, item in value.items() if name in kinds}
        required = {field.name for field in kind.fields if field.required}
        for name in sorted(required - value.keys()):
            self.problems.append(Problem(_join(path, name), f"is missing; it must be {wanted(kinds[name])}"))
        table = {name: item for name, item in table.items() if item is not ILL}
        return table if required <= table.keys() else ILL

    def _hint(self, name: str, kinds: Mapping[str, Kind]) -> str:
        near = nearest(name, kinds)
        if near:
            return near
        places = [path for path in _paths(self._root, "") if path.rpartition(".")[2] == name]
        if places:
            return f"; did you mean {places[0]}?"
        return "; here are " + ", ".join(kinds)

    def _secret(self, value: Any, path: str) -> Any:
        if isinstance(value, str):
            return value
        if not isinstance(value, dict):
            # The value is not shown: it may be a secret all the same.
            self.problems.append(Problem(path, 'must be text, { file = "..." } or { env = "..." }'))
            return ILL
        found = self._reveal(path, value)
        if isinstance(found, Problem):
            self.problems.append(found)
            return ILL
        return found

    def _fits(self, value: Any, kind: Kind, path: str) -> bool:
        try:
            msgspec.convert(value, _TYPES[type(kind)](kind))
        except msgspec.ValidationError:
            self.problems.append(Problem(path, f"must be {wanted(kind)}, not {_shown(value)}"))
            return False
        return True


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _paths(kind: inspect.StructType, path: str) -> list[str]:
    """Every setting's path; those inside lists of tables with their list's name."""
    found = []
    for field in kind.fields:
        here, inner = _join(path, field.name), bare(field.type)
        if isinstance(inner, inspect.ListType):
            inner = bare(inner.item_type)
        found += [here] + (_paths(inner, here) if isinstance(inner, inspect.StructType) else [])
    return found


def _constrained(base: Any, **limits: Any) -> Any:
    return Annotated[base, msgspec.Meta(**{name: value for name, value in limits.items() if value is not None})]


def _number(base: type) -> Callable[[Any], Any]:
    return lambda kind: _constrained(base, ge=kind.ge, gt=kind.gt, le=kind.le, lt=kind.lt)


def _literal(kind: Any) -> Any:
    return Literal[kind.values]


_TYPES: Mapping[type, Callable[[Any], Any]] = {
    inspect.StrType: lambda kind: _constrained(str, pattern=kind.pattern),
    inspect.IntType: _number(int),
    inspect.FloatType: _number(float),
    inspect.BoolType: lambda kind: bool,
    inspect.LiteralType: _literal,
    inspect.ListType: lambda kind: list[Any],
    inspect.DictType: lambda kind: dict[str, Any],
}
"""Back from the description of a leaf to a type that msgspec converts to."""
