"""What is fuzzed: one row per decoder, with the octets its mutations start from. A new decoder is a new row."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import NamedTuple

from mmse.wire import Malformed, Unencodable
from mmse.wire.content import facts, from_wsp
from mmse.wire.explain import Kind, as_json, as_text, explain
from mmse.wire.mmsenc import Message, decode, encode, fields, pdus, salvage
from mmse.wire.sms import segmentation, tpdu, udh
from mmse.wire.sms.coding import OCTETS
from mmse.wire.sms.elements import Address, Timestamp
from mmse.wire.trace import Span
from mmse.wire.wsp import multipart, push
from mmse.wire.wsp.content_type import CONTENT_TYPE_VALUE, ContentType
from mmse.wire.wsp.field import Header
from mmse.wire.wsp.headers import CONTENT_DISPOSITION, Disposition
from tests.vectors.mmsenc import BODY, BODY_TYPE
from tests.wire.mmsenc.samples import whole

__all__ = ["TARGETS", "Target"]


class Target(NamedTuple):
    """A decoder by name; ``run`` may raise `Malformed` and must do nothing else unexpected with any octets."""

    name: str
    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def _opaque(headers: Iterable[Header]) -> bool:
    """Whether a parameter was kept as octets, not understood: where it ends depends on what is written after it, so
    that the second reading may find more in it than the first."""
    return any(isinstance(value, bytes) for _, found in headers for _, value in getattr(found, "parameters", ()))


def _survives(message: Message) -> None:
    """What was read is written and read again, unless the table refuses to send it; the second reading is the same."""
    if _opaque(message.headers):
        return
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
    if any(_opaque([("", part.content_type), *part.headers]) for part in parts):
        return
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


def _tpdu(data: bytes) -> None:
    """What was read is written and read again, unless it cannot be written; the second reading is the same."""
    found = tpdu.decode(data)
    try:
        octets = tpdu.encode(found)
    except Unencodable:
        return
    if tpdu.decode(octets) != found:
        raise AssertionError(f"{found!r} was written as something else")


def _explain(data: bytes) -> None:
    """Whatever it is called, it is explained: every octet once, in order, in both renderings."""
    for kind in (None, *Kind):
        explanation = explain([data], kind)
        for section in explanation.sections:
            at = 0
            for told in section.ranges:
                if not told.container:
                    if told.start != at:
                        raise AssertionError(f"{kind}: octets {at} to {told.start} were not told, or twice")
                    at = told.end
            if at != len(section.octets):
                raise AssertionError(f"{kind}: octets from {at} were not told")
        as_text(explanation)
        as_json(explanation)


def _reassembly(data: bytes) -> None:
    """Every 20 octets a segment, each from the same sender: never more held than the bounds say."""
    held = segmentation.Reassembly(most_messages=4, most_octets=100)
    for at in range(0, len(data), 20):
        with contextlib.suppress(Malformed):
            held, _ = held.add("a", segmentation.parse(data[at : at + 20]), at)
        if len(held.gatherings) > 4 or sum(each.size for each in held.gatherings) > 100:
            raise AssertionError(f"{held!r} is over its bounds")


_PDUS = tuple(encode(whole(pdu)) for pdu in pdus.PDUS)
_NESTED = multipart.compose(
    [
        multipart.Part(ContentType("application/vnd.wap.multipart.mixed"), [], BODY),
        multipart.Part(ContentType("image/jpeg"), [(CONTENT_DISPOSITION, Disposition("attachment"))], b"x"),
    ]
)
_SEGMENTS = segmentation.cut(push.compose(_PDUS[2], 1), 7)
_TPDUS = (
    *(
        tpdu.encode(
            tpdu.Deliver(
                originator=Address("15551230009"),
                timestamp=Timestamp(30, 1, 4),
                coding=OCTETS,
                user_data=tpdu.UserData(segment.header, segment.payload),
            )
        )
        for segment in _SEGMENTS
    ),
    bytes.fromhex("040bc87238880900f10000993092516195800ae8329bfd4697d9ec37"),
    bytes.fromhex("11000b916407281553f80000aa0ae8329bfd4697d9ec37"),
    bytes.fromhex("06420b915155213000f2031040210000000310402100050000"),
)

TARGETS: tuple[Target, ...] = (
    Target("mmsenc.decode", _pdu, _PDUS),
    Target("mmsenc.decode, a view", _view, _PDUS),
    Target("mmsenc.decode, traced", _traced, _PDUS),
    Target("mmsenc.salvage", salvage, _PDUS),
    Target("wsp.content_type", _content_type, (BODY_TYPE.encode(), ContentType("text/plain", (("q", 5),)).encode())),
    Target("wsp.multipart", _multipart, (BODY, _NESTED)),
    Target("content", _content, (BODY, _NESTED)),
    Target("sms.udh", udh.decode, tuple(segment.encode() for segment in _SEGMENTS)),
    Target("sms.segmentation", _reassembly, (b"".join(segment.encode()[:20] for segment in _SEGMENTS),)),
    Target("sms.tpdu", _tpdu, _TPDUS),
    Target("explain", _explain, (*_PDUS, *_TPDUS, *(segment.encode() for segment in _SEGMENTS))),
    Target("wsp.push", push.parse, (push.compose(_PDUS[2], 1), push.compose(_PDUS[6], 255, trusted=True))),
)
