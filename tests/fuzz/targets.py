"""What is fuzzed: one row per decoder, with the octets its mutations start from. A new decoder is a new row."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import NamedTuple

from mmse.wire import Malformed, Unencodable
from mmse.wire.content import facts, from_wsp
from mmse.wire.mmsenc import Message, decode, encode, fields, pdus, salvage
from mmse.wire.trace import Span
from mmse.wire.wsp import multipart, push
from mmse.wire.wsp.content_type import CONTENT_TYPE_VALUE, ContentType
from mmse.wire.wsp.headers import CONTENT_DISPOSITION, Disposition
from tests.vectors.mmsenc import BODY, BODY_TYPE
from tests.wire.mmsenc.samples import whole

__all__ = ["TARGETS", "Target"]


class Target(NamedTuple):
    """A decoder by name; ``run`` may raise `Malformed` and must do nothing else unexpected with any octets."""

    name: str
    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def _survives(message: Message) -> None:
    """What was read is written and read again, unless the table refuses to send it; the second reading is the same."""
    try:
        octets = encode(message)
    except Unencodable:
        return
    again = decode(octets)
    if encode(again) != octets:
        raise AssertionError(f"{message!r} was written in two ways")


def _pdu(data: bytes) -> None:
    message = decode(data)
    message.missing()
    for field in fields.FIELDS:
        message.get(field)
    _survives(message)


def _view(data: bytes) -> None:
    """A view must read as the octets do, whatever stands around it."""
    inside = memoryview(b"\x00" + data + b"\x00")[1:-1]
    try:
        expected: Message | str = decode(data)
    except Malformed as error:
        expected = str(error)
    try:
        found: Message | str = decode(inside)
    except Malformed as error:
        found = str(error)
    if found != expected:
        raise AssertionError(f"octets read {expected!r}, a view of them {found!r}")


def _traced(data: bytes) -> None:
    """Reading aloud changes nothing, and tells every octet once, in order."""
    spans: list[Span] = []
    message = decode(data, trace=spans)
    if message != decode(data):
        raise AssertionError(f"{message!r} reads otherwise without a trace")
    at = 0
    for span in spans:
        if span.start != at:
            raise AssertionError(f"octets {at} to {span.start} were not told")
        at = span.end
    if at != len(data):
        raise AssertionError(f"octets from {at} were not told")


def _multipart(data: bytes) -> None:
    parts = multipart.parse(data)
    multipart.parse(data, trace=lambda *span: None)
    with contextlib.suppress(Unencodable):
        octets = multipart.compose(parts)
        if multipart.compose(multipart.parse(octets)) != octets:
            raise AssertionError(f"{parts!r} was written in two ways")


def _content(data: bytes) -> None:
    facts(BODY_TYPE, data)
    from_wsp(BODY_TYPE, data)


def _content_type(data: bytes) -> None:
    content_type, _ = CONTENT_TYPE_VALUE.read(data, 0, len(data))
    try:
        octets = content_type.encode()
    except Unencodable:
        return
    ContentType.decode(octets)


_PDUS = tuple(encode(whole(pdu)) for pdu in pdus.PDUS)
_NESTED = multipart.compose(
    [
        multipart.Part(ContentType("application/vnd.wap.multipart.mixed"), [], BODY),
        multipart.Part(ContentType("image/jpeg"), [(CONTENT_DISPOSITION, Disposition("attachment"))], b"x"),
    ]
)

TARGETS: tuple[Target, ...] = (
    Target("mmsenc.decode", _pdu, _PDUS),
    Target("mmsenc.decode, a view", _view, _PDUS),
    Target("mmsenc.decode, traced", _traced, _PDUS),
    Target("mmsenc.salvage", salvage, _PDUS),
    Target("wsp.content_type", _content_type, (BODY_TYPE.encode(), ContentType("text/plain", (("q", 5),)).encode())),
    Target("wsp.multipart", _multipart, (BODY, _NESTED)),
    Target("content", _content, (BODY, _NESTED)),
    Target("wsp.push", push.parse, (push.compose(_PDUS[2], 1), push.compose(_PDUS[6], 255, trusted=True))),
)
