"""What of a configuration can change while the node runs, and what changed between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import msgspec

from mmse.settings import Settings

__all__ = ["RELOADED", "Part", "assign", "changes", "part_of"]


class Part(Enum):
    """A part of a node that takes new settings."""

    POLICY = "limits"
    DIRECTORY = "routing"
    IDENTITY = "identity"
    BEARERS = "notifications"
    USERS = "console users"
    LOG = "log"


RELOADED: Mapping[str, Part] = {
    "limits.expiry_default": Part.POLICY,
    "limits.expiry_max": Part.POLICY,
    "limits.delivery_time_max": Part.POLICY,
    "limits.duplicate_window": Part.POLICY,
    "limits.forward_max": Part.POLICY,
    "routing": Part.DIRECTORY,
    "subscriber": Part.DIRECTORY,
    "mm1.trusted_proxies": Part.IDENTITY,
    "mm1.msisdn_headers": Part.IDENTITY,
    "mm1.msisdn_encoding": Part.IDENTITY,
    "mm1.address": Part.IDENTITY,
    "mm1.lab_basic_auth": Part.IDENTITY,
    "mm1.notify": Part.BEARERS,
    "console.users": Part.USERS,
    "log.level": Part.LOG,
}
"""By path: what SIGHUP makes take effect. Everything else waits for the next start, and that is said."""


def part_of(path: str) -> Part | None:
    """The part that takes a setting, or None when it waits for the next start."""
    return next((part for known, part in RELOADED.items() if path == known or path.startswith(known + ".")), None)


def changes(old: Settings, new: Settings) -> list[str]:
    """The paths of all settings that differ."""
    return list(_changes(old, new, ""))


def _changes(old: Any, new: Any, path: str) -> Iterator[str]:
    if isinstance(old, msgspec.Struct):
        for name in old.__struct_fields__:
            yield from _changes(getattr(old, name), getattr(new, name), f"{path}.{name}" if path else name)
    elif old != new:
        yield path


def assign(old: Settings, new: Settings, path: str) -> None:
    """Give ``old``, which running parts look at, the value that ``new`` has at ``path``."""
    *above, name = path.split(".")
    for each in above:
        old, new = getattr(old, each), getattr(new, each)
    setattr(old, name, getattr(new, name))
