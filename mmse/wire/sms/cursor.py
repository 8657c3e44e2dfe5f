"""The one bounded reader of TPDUs: every parameter is read, and told to the trace, in the same call."""

from __future__ import annotations

from collections.abc import Callable

from mmse.wire import Malformed
from mmse.wire.sms.elements import Address, Timestamp
from mmse.wire.trace import Trace

__all__ = ["Cursor"]


class Cursor:
    """A position in ``data`` that only goes forward, and never past the end."""

    __slots__ = ("data", "pos", "trace")

    def __init__(self, data: bytes, trace: Trace | None = None) -> None:
        self.data = data
        self.pos = 0
        self.trace = trace

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.pos >= len(self.data)

    def octet(self, name: str, say: Callable[[int], str]) -> int:
        """One octet."""
        if self.at_end:
            raise Malformed(name, self.pos)
        value = self.data[self.pos]
        self._advance(self.pos + 1, name, say(value))
        return value

    def octets(self, name: str, count: int, expected: str, say: Callable[[bytes], str]) -> bytes:
        """``count`` octets; none at all tell nothing."""
        stop = self.pos + count
        if stop > len(self.data):
            raise Malformed(expected, self.pos)
        value = self.data[self.pos : stop]
        if count:
            self._advance(stop, name, say(value))
        return value

    def address(self, name: str) -> Address:
        """An address with its length and type."""
        value, stop = Address.read(self.data, self.pos, len(self.data))
        self._advance(stop, name, f"{value} ({value.kind.name.lower().replace('_', ' ')}, plan {value.plan})")
        return value

    def timestamp(self, name: str) -> Timestamp:
        """Seven octets of time."""
        value, stop = Timestamp.read(self.data, self.pos, len(self.data))
        self._advance(stop, name, str(value))
        return value

    def _advance(self, stop: int, name: str, meaning: str) -> None:
        if self.trace is not None:
            self.trace(self.pos, stop, name, meaning)
        self.pos = stop
