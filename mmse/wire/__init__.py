"""Bytes and values: pure codecs. What a peer got wrong is `Malformed`; what we asked for wrongly is `Unencodable`."""

from __future__ import annotations

__all__ = ["Malformed", "Missing", "Unencodable"]


class Malformed(Exception):
    """The peer's octets are not what its protocol says: ``expected`` (a noun phrase) at ``offset`` (octets)."""

    def __init__(self, expected: str, offset: int) -> None:
        super().__init__(expected, offset)
        self.expected = expected
        self.offset = offset

    def __str__(self) -> str:
        return f"octet {self.offset}: expected {self.expected}"


class Missing(Malformed):
    """A field that the protocol makes mandatory is absent, or its value cannot be understood; ``name`` is the field."""

    def __init__(self, name: str, offset: int = 0) -> None:
        super().__init__(name, offset)
        self.name = name

    def __str__(self) -> str:
        return f"missing {self.name}"


class Unencodable(Exception):
    """Our own mistake: a value that the protocol has no octets for, or a field that its table does not allow."""
