"""What is wrong with a configuration, as values."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Problem", "nearest"]


class Problem(NamedTuple):
    """One thing that is wrong, or (``fatal`` is false) only looks wrong. ``path`` is dotted: ``mm1.notify.via``."""

    path: str
    text: str
    fatal: bool = True

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like ``name``, as the end of a sentence; empty when none does."""
    found = difflib.get_close_matches(name.lower(), sorted(known), 1, 0.6)
    return f'; did you mean "{found[0]}"?' if found else ""
