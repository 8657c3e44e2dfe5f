"""A table of states drawn as text, for pages and for people at a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Set
from enum import Enum
from typing import TypeVar

__all__ = ["draw"]

S = TypeVar("S", bound=Enum)
E = TypeVar("E", bound=Enum)


def draw(transitions: Mapping[tuple[S, E], S], final: Set[S], width: int = 78) -> str:
    """One block per state that can be left, in the order of the table: where each of its events leads.

    ``[END]`` is a state of ``final``. Events that lead to the same state share an arrow; lines break at ``width``
    characters where they can.
    """
    arrows: dict[S, dict[S, list[str]]] = {}
    for (state, event), reached in transitions.items():
        arrows.setdefault(state, {}).setdefault(reached, []).append(str(event.value))
    blocks = []
    for state, targets in arrows.items():
        lines = [state.name]
        for reached, events in targets.items():
            name = f"[{reached.name}]" if reached in final else "(stays)" if reached is state else reached.name
            lines.extend(_wrapped(events, name, width))
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _wrapped(events: list[str], reached: str, width: int) -> list[str]:
    """``|-- a, b --> STATE``, its continuations under the first event."""
    first, other = "  |-- ", "  |   "
    lines = [first]
    for place, event in enumerate(events):
        text = event + (", " if place + 1 < len(events) else f" --> {reached}")
        if len(lines[-1].rstrip()) > len(first) and len(lines[-1]) + len(text.rstrip()) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append(other)
        lines[-1] += text
    return lines
