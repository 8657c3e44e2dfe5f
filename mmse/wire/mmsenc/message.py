"""One PDU as values: its row, its headers in order, its body."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from mmse.wire import Missing
from mmse.wire.mmsenc.pdus import PDU
from mmse.wire.wsp.field import Field, Header, find, find_all

__all__ = ["Message"]

T = TypeVar("T")
D = TypeVar("D")


class Message:
    """An MMS PDU. ``headers`` are (row or name, value) in order, X-Mms-Message-Type excepted: ``pdu`` says that.

    Unknown fields stand under a row of their number (value: octets) or under their name (value: text); a value that
    could not be read is a `mmse.wire.wsp.field.Raw`, which `get`, `all` and ``[]`` pass over. All are
    written back.
    """

    __slots__ = ("body", "headers", "pdu")

    def __init__(self, pdu: PDU, headers: list[Header], body: bytes | memoryview = b"") -> None:
        self.pdu = pdu
        self.headers = headers
        self.body = body

    @classmethod
    def of(cls, pdu: PDU, *headers: Header, body: bytes | memoryview = b"") -> Message:
        """A PDU of these headers; `mmse.wire.mmsenc.encode` puts the leading three and Content-Type in their places."""
        return cls(pdu, list(headers), body)

    def __getitem__(self, field: Field[T]) -> T:
        """The last value of a field. Raises `Missing`."""
        value = find(self.headers, field)
        if value is None:
            raise Missing(field.name)
        return value

    @overload
    def get(self, field: Field[T]) -> T | None: ...
    @overload
    def get(self, field: Field[T], default: D) -> T | D: ...
    def get(self, field: Field[Any], default: Any = None) -> Any:
        """The last value of a field, or the default."""
        value = find(self.headers, field)
        return default if value is None else value

    def all(self, field: Field[T]) -> list[T]:
        """Every value of a field, in order."""
        return find_all(self.headers, field)

    def __contains__(self, field: Field[Any]) -> bool:
        return find(self.headers, field) is not None

    def missing(self) -> list[Field[Any]]:
        """The mandatory fields that are absent or not understood; for "at least one of", the first of them."""
        absent = [field for field in self.pdu.mandatory if find(self.headers, field) is None]
        if self.pdu.any_of and all(find(self.headers, field) is None for field in self.pdu.any_of):
            absent.append(self.pdu.any_of[0])
        return absent

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        mine = (self.pdu, self.headers, bytes(self.body))
        return mine == (other.pdu, other.headers, bytes(other.body))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self.pdu.name} {self.headers} {len(self.body)} octets>"
