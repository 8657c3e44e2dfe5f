"""The binary multipart (WAP-230-WSP 8.5): parsed, composed and checked without copying the data of its parts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar, overload

from mmse.wire import Malformed
from mmse.wire.limits import LIMITS, Limits
from mmse.wire.trace import Listener, Trace
from mmse.wire.wsp.content_type import CONTENT_TYPE_VALUE, ContentType
from mmse.wire.wsp.field import Field, Header, find, find_all, read_header, write_header
from mmse.wire.wsp.headers import NAMES, PART_ROWS
from mmse.wire.wsp.values import read_uintvar, write_uintvar

__all__ = ["Part", "check", "compose", "compose_pieces", "leaves", "parse", "read_part_headers"]

T = TypeVar("T")
D = TypeVar("D")


class Part:
    """One entry: its content type, its other headers in order (`mmse.wire.wsp.headers` has the rows), and its data."""

    __slots__ = ("content_type", "data", "headers")

    def __init__(
        self, content_type: ContentType, headers: list[Header] | None = None, data: bytes | memoryview = b""
    ) -> None:
        self.content_type = content_type
        self.headers: list[Header] = headers if headers is not None else []
        self.data = data

    @overload
    def get(self, field: Field[T]) -> T | None: ...
    @overload
    def get(self, field: Field[T], default: D) -> T | D: ...
    def get(self, field: Field[Any], default: Any = None) -> Any:
        """The last value of a header, or the default."""
        value = find(self.headers, field)
        return default if value is None else value

    def all(self, field: Field[T]) -> list[T]:
        """Every value of a header, in order."""
        return find_all(self.headers, field)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Part):
            return NotImplemented
        mine = (self.content_type, self.headers, bytes(self.data))
        return mine == (other.content_type, other.headers, bytes(other.data))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Part {self.content_type} {self.headers} {len(self.data)} octets>"


def parse(body: bytes | memoryview, limits: Limits = LIMITS, trace: Listener | Trace | None = None) -> list[Part]:
    """The parts of a multipart body, one level deep; their data are views of the body.

    The count at the front is not trusted: parts end with the body, or with the count, whichever comes first. Raises
    `Malformed` when a part reaches past the body or there are more than ``limits.parts``.
    """
    told = None if trace is None else Trace.to(trace)
    view = memoryview(body)
    end = len(view)
    if not end:
        return []
    count, pos = read_uintvar(view, 0, end)
    if told is not None:
        told(0, pos, "nEntries", str(count))
    parts: list[Part] = []
    while pos < end and len(parts) < count:
        if len(parts) >= limits.parts:
            raise Malformed(f"at most {limits.parts} parts", pos)
        start, data, after = _frame(view, pos, end, limits)
        if told is not None:
            told(pos, start, f"part {len(parts) + 1}", f"{data - start} octets of headers, {after - data} of data")
        content_type, headers = read_part_headers(bytes(view[start:data]), start, limits, told and told.inner())
        if told is not None and after > data:
            told.inner()(data, after, "data", f"{after - data} octets")
        parts.append(Part(content_type, headers, view[data:after]))
        pos = after
    if told is not None and pos < end:
        told(pos, end, "trailing octets", f"{end - pos} octets after the last part")
    return parts


def _frame(view: memoryview, pos: int, end: int, limits: Limits) -> tuple[int, int, int]:
    """Where a part's headers start, its data start, and it ends; both lengths are bounded by the body."""
    at = pos
    header_length, at = read_uintvar(view, at, end)
    data_length, at = read_uintvar(view, at, end)
    if header_length > limits.part_headers:
        raise Malformed(f"at most {limits.part_headers} octets of part headers", pos)
    if header_length > end - at:
        raise Malformed(f"{header_length} octets of part headers", at)
    if data_length > end - at - header_length:
        raise Malformed(f"{data_length} octets of part data", at + header_length)
    return at, at + header_length, at + header_length + data_length


def read_part_headers(
    data: bytes, origin: int = 0, limits: Limits = LIMITS, trace: Trace | None = None
) -> tuple[ContentType, list[Header]]:
    """A content-type-value and the headers after it; ``origin`` is where ``data`` stood, for the offsets told."""
    if trace is not None:
        trace = Trace.to(trace, origin)
    end = len(data)
    headers: list[Header] = []
    try:
        content_type, pos = CONTENT_TYPE_VALUE.read(data, 0, min(end, limits.field), trace)
        while pos < end:
            header, pos = read_header(data, pos, min(end, pos + limits.field), PART_ROWS, NAMES, trace)
            if header is not None:
                headers.append(header)
                if len(headers) > limits.headers:
                    raise Malformed(f"at most {limits.headers} headers of a part", pos)
    except Malformed as error:
        raise Malformed(error.expected, error.offset + origin) from None
    return content_type, headers


def compose_pieces(parts: Iterable[Part]) -> list[bytes | memoryview]:
    """The octets of a multipart in pieces, data untouched, for a writer that takes a list. Raises `Unencodable`."""
    pieces: list[bytes | memoryview] = [b""]
    for part in parts:
        headers = [part.content_type.encode()]
        headers += [write_header(key, value) for key, value in part.headers]
        octets = b"".join(headers)
        pieces.append(write_uintvar(len(octets)) + write_uintvar(len(part.data)) + octets)
        pieces.append(part.data)
    pieces[0] = write_uintvar(len(pieces) // 2)
    return pieces


def compose(parts: Iterable[Part]) -> bytes:
    """The octets of a multipart."""
    return b"".join(compose_pieces(parts))


def check(body: bytes | memoryview, content_type: ContentType, limits: Limits = LIMITS) -> int:
    """That a body is whole, nested multiparts too, as `leaves` reads it: the number of leaf parts, or `Malformed`."""
    return len(leaves(body, content_type, limits))


def leaves(body: bytes | memoryview, content_type: ContentType, limits: Limits = LIMITS) -> list[Part]:
    """Every part that is no multipart, in order, however deep; the whole body where it is no multipart itself.

    Strict: every length and count must be true. Copies no data, reads every part's headers once; ``limits.parts``
    counts the parts of all levels together. Octets after the last part are let pass. Raises `Malformed`.
    """
    view = memoryview(body)
    if not content_type.is_multipart:
        return [Part(content_type, [], view)]
    found: list[Part] = []
    _walk(view, 0, len(view), 1, 0, limits, found)
    return found


def _walk(view: memoryview, pos: int, end: int, depth: int, seen: int, limits: Limits, found: list[Part]) -> int:
    """Add the leaves of the multipart at ``pos``; returns how many parts of any kind were ``seen`` by now."""
    if depth > limits.depth:
        raise Malformed(f"multiparts nested at most {limits.depth} deep", pos)
    count, pos = read_uintvar(view, pos, end)
    for _ in range(count):
        seen += 1
        if seen > limits.parts:
            raise Malformed(f"at most {limits.parts} parts", pos)
        start, data, after = _frame(view, pos, end, limits)
        content_type, headers = read_part_headers(bytes(view[start:data]), start, limits)
        if content_type.is_multipart:
            seen = _walk(view, data, after, depth + 1, seen, limits, found)
        else:
            found.append(Part(content_type, headers, view[data:after]))
        pos = after
    return seen
