"""What each octet range of a PDU means, told while it is decoded; `mmse explain` prints it.

Spans come in octet order. A header is one span of depth 0 (its name octet or octets) and then the spans of its value,
one deeper for every nesting. On `Malformed` the spans told so far stay with the listener.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

__all__ = ["Listener", "Span", "Trace"]


class Span(NamedTuple):
    """Octets ``start`` to ``end`` (exclusive), what they are called, what they say, and how deep they are nested."""

    start: int
    end: int
    name: str
    meaning: str
    depth: int


Listener: TypeAlias = list[Span] | Callable[[int, int, str, str, int], object]
"""Who hears: a list (it gets `Span` tuples appended) or a callable of the same five arguments."""


class Trace:
    """A listener, seen from one depth of nesting and one origin of offsets."""

    __slots__ = ("_depth", "_origin", "_tell")

    def __init__(self, tell: Callable[[int, int, str, str, int], object], origin: int = 0, depth: int = 0) -> None:
        self._tell = tell
        self._origin = origin
        self._depth = depth

    @classmethod
    def to(cls, listener: Listener | Trace, origin: int = 0, depth: int = 0) -> Trace:
        """A trace that tells ``listener``; offsets are counted from ``origin``."""
        if isinstance(listener, Trace):
            return cls(listener._tell, listener._origin + origin, listener._depth + depth)
        if isinstance(listener, list):
            spans = listener

            def append(start: int, end: int, name: str, meaning: str, depth: int) -> None:
                spans.append(Span(start, end, name, meaning, depth))

            return cls(append, origin, depth)
        return cls(listener, origin, depth)

    def __call__(self, start: int, end: int, name: str, meaning: str) -> None:
        """Tell one range, in offsets of the buffer being read."""
        self._tell(start + self._origin, end + self._origin, name, meaning, self._depth)

    def told(self, position: int) -> int:
        """The offset that a listener hears for a position in the buffer being read."""
        return position + self._origin

    def inner(self) -> Trace:
        """The same listener, one level deeper."""
        return Trace(self._tell, self._origin, self._depth + 1)

    def replay(self, spans: list[Span]) -> None:
        """Tell spans that were collected apart (their depths and offsets are already absolute)."""
        for span in spans:
            self._tell(*span)

    def apart(self, spans: list[Span]) -> Trace:
        """A trace with the same origin and depth that collects into ``spans``, to be replayed or dropped."""

        def append(start: int, end: int, name: str, meaning: str, depth: int) -> None:
            spans.append(Span(start, end, name, meaning, depth))

        return Trace(append, self._origin, self._depth)
