"""What the Structs of ``mmse.settings`` print: the sample file, every setting at its default."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

from mmse.configuration.read import bare, is_secret, kind_of
from mmse.settings import Settings

__all__ = ["sample"]

WIDTH = 110
HEAD = """\
# mmse: every setting at its default, printed by 'mmse sample-config'. Obeyed by 'twistd -n mmse --config FILE';
# 'mmse check-config FILE' tells all that is wrong with one. Every setting may also come from the environment:
# MMSE__SECTION__KEY, as MMSE__STORE__URL=sqlite:/var/lib/mmse/mmse.db. Relative paths start at the working directory.
# A secret may be text, { file = "..." } or { env = "..." }.
"""


def sample() -> str:
    """The whole file; it loads to ``Settings()``."""
    return HEAD + "".join(f"\n{line}" for line in _section("", kind_of(Settings), "")) + "\n"


def _section(path: str, kind: inspect.StructType, mark: str) -> Iterator[str]:
    """The lines of one table, then of the tables inside; ``mark`` comments a table out that is absent by default."""
    inner: list[tuple[str, inspect.StructType, bool]] = []
    if path:
        yield from _comment(_told(kind), mark and "# ")
    if path and not mark:
        yield f"[{path}]"
    elif path:
        yield f"# [[{path}]]"
    for field in kind.fields:
        here = f"{path}.{field.name}" if path else field.name
        type_ = bare(field.type)
        item = bare(type_.item_type) if isinstance(type_, inspect.ListType) else None
        if isinstance(type_, inspect.StructType):
            inner.append((here, type_, False))
        elif isinstance(item, inspect.StructType):
            inner.append((here, item, True))
        else:
            yield from _comment(_description(field.type), mark)
            yield f"{mark}{field.name} = {_default(field, type_)}"
    for here, struct, repeated in inner:
        if here != "node":
            yield ""
        yield from _section(here, struct, mark or ("# " if repeated else ""))


def _told(kind: inspect.StructType) -> str:
    """The first line of a Struct's docstring, without the name of its table."""
    text = (kind.cls.__doc__ or "").strip().split("\n\n")[0].replace("``", "")
    told = " ".join(text.split()).partition(": ")[2]
    return told[:1].upper() + told[1:]


def _comment(text: str, mark: str) -> Iterator[str]:
    for line in textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False):
        yield f"{'# ' if mark else ''}# {line}"


def _description(kind: inspect.Type) -> str:
    text = ""
    if isinstance(kind, inspect.Metadata):
        text = str((kind.extra_json_schema or {}).get("description", ""))
    inner = bare(kind)
    if isinstance(inner, inspect.LiteralType):
        text += " One of " + ", ".join(_toml(value) for value in inner.values) + "."
    return text


def _default(field: inspect.Field, kind: inspect.Type) -> str:
    if field.required:
        return '"..."' if isinstance(kind, inspect.StrType) or is_secret(kind) else "..."
    return _toml(field.default if field.default is not msgspec.NODEFAULT else field.default_factory())


def _toml(value: Any) -> str:
    """A value of the settings as TOML. Strings: JSON's escapes are TOML's."""
    if isinstance(value, dict):
        inside = ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return msgspec.json.encode(value).decode()
