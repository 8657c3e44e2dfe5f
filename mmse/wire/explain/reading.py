"""Readers of each kind that tell every range to one listener, nested contents inside their containers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mmse.wire import Malformed
from mmse.wire.explain.values import Fault, Kind, Range, Section
from mmse.wire.limits import LIMITS
from mmse.wire.mmsenc.codec import decode
from mmse.wire.mmsenc.pdus import Body
from mmse.wire.sms import segmentation, tpdu, udh
from mmse.wire.sms.coding import Alphabet
from mmse.wire.trace import Trace
from mmse.wire.wsp import charsets, multipart, push
from mmse.wire.wsp.content_type import ContentType
from mmse.wire.wsp.field import Raw
from mmse.wire.wsp.values import read_uintvar

__all__ = ["Reading", "section"]

MOST_TEXT = 2000
"""Characters of a text part that are shown."""


class Reading:
    """What is told while one run of octets is read: ranges, faults that do not end the reading, notes."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.told: list[Range] = []
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self.segment: segmentation.Segment | None = None

    def trace(self, origin: int, depth: int) -> Trace:
        """A trace for a decoder whose octets begin at ``origin``."""

        def tell(start: int, end: int, name: str, meaning: str, depth: int) -> None:
            self.told.append(Range(start, end, name, meaning, depth))

        return Trace(tell, origin, depth)

    def contain(self, meaning: str) -> None:
        """The last range told is a container of what is told from now on."""
        last = self.told.pop()
        self.told.append(Range(last.start, last.end, last.name, meaning, last.depth, True))

    def fault(self, offset: int, expected: str) -> None:
        """Note a fault, and what stands there."""
        self.faults.append(Fault(offset, expected, found(self.octets, offset)))


def found(octets: bytes, offset: int) -> str:
    """The octets at a place, in words."""
    if offset >= len(octets):
        return "the end of the octets"
    few = octets[offset : offset + 4].hex(" ") + (" ..." if offset + 4 < len(octets) else "")
    return f"{few} ({_octets(len(octets) - offset)} to the end)"


@contextmanager
def _from(origin: int) -> Iterator[None]:
    """Faults of octets that begin at ``origin``, in offsets of the whole."""
    try:
        yield
    except Malformed as error:
        raise Malformed(error.expected, error.offset + origin) from None


@contextmanager
def _apart(origin: int) -> Iterator[None]:
    """Faults in offsets of the whole, raised through a `_from` of ``origin``."""
    try:
        yield
    except Malformed as error:
        raise Malformed(error.expected, error.offset - origin) from None


def section(title: str, kind: Kind, octets: bytes) -> tuple[Section, Reading]:
    """Read octets as what they are said to be. The section is whole whatever is wrong with them."""
    reading = Reading(octets)
    try:
        _READERS[kind](reading, octets, 0, 0)
    except Malformed as error:
        reading.fault(error.offset, error.expected)
    ranges = _covered(reading.told, len(octets), bool(reading.faults))
    faults = tuple(sorted(reading.faults, key=lambda fault: fault.offset))
    return Section(title, kind, octets, ranges, faults, tuple(reading.notes)), reading


def _octets(count: int) -> str:
    return f"{count} octet" if count == 1 else f"{count} octets"


def _covered(told: list[Range], length: int, broken: bool) -> tuple[Range, ...]:
    """With ranges for octets that nothing was said of: after a fault, or left over where a length says more."""
    ranges: list[Range] = []
    at = 0
    for each in told:
        if each.end <= each.start:
            continue
        if each.start > at:
            ranges.append(Range(at, each.start, "(left over)", "octets within a length that nothing uses", each.depth))
        at = max(at, each.start if each.container else each.end)
        ranges.append(each)
    if at < length:
        name, why = ("(not read)", "after the fault") if broken else ("(left over)", "that nothing uses")
        ranges.append(Range(at, length, name, f"{_octets(length - at)} {why}", 0))
    return tuple(ranges)


def _mms(reading: Reading, data: bytes, origin: int, depth: int, level: int = 1) -> None:
    with _from(origin):
        message = decode(data, trace=reading.trace(origin, depth))
    pdu, size = message.pdu, len(message.body)
    body_at = origin + len(data) - size
    reading.notes.append(f"{pdu.name} ({pdu.abstract or 'within a mailbox PDU only'})")
    for key, value in message.headers:
        if type(value) is Raw and not isinstance(key, str):
            reading.notes.append(f"the value of {key.name} is not understood; its octets are kept")
    for field in message.missing():
        reading.fault(body_at, f"{field.name}, which {pdu.name} must have, before the end of the headers")
    content_type = next((value for key, value in message.headers[-1:] if isinstance(value, ContentType)), None)
    if size and content_type is not None:
        _content(reading, bytes(message.body), content_type, body_at, depth, level)
    elif content_type is not None and pdu.body is Body.MANDATORY:
        reading.fault(body_at, f"the content, which {pdu.name} must have")
    elif size:
        reading.notes.append(f"{_octets(size)} after the headers, without a Content-Type")


def _content(reading: Reading, data: bytes, kind: ContentType, origin: int, depth: int, level: int) -> None:
    """What stands in a container that was just told: parts, a PDU, or text."""
    if kind.is_multipart and level <= LIMITS.depth:
        reading.contain(f"{_octets(len(data))}, {kind.media}")
        with _from(origin):
            pos = _parts(reading, data, origin, depth + 1, level)
        if pos < len(data):
            reading.trace(origin, depth + 1)(
                pos, len(data), "(left over)", f"{_octets(len(data) - pos)} after the parts"
            )
    elif kind.media == push.MMS_MEDIA and level <= LIMITS.depth:
        reading.contain(f"{_octets(len(data))}, an MMS PDU")
        _mms(reading, data, origin, depth + 1, level + 1)
    elif kind.media.startswith("text/") or kind.media == "application/smil":
        last = reading.told.pop()
        reading.told.append(Range(last.start, last.end, "text", _text(data, kind), last.depth))


def _parts(reading: Reading, data: bytes, origin: int, depth: int, level: int) -> int:
    """Each part, and what is in it, as `multipart.check` wants them; where they end. Faults: in offsets of the body."""
    trace = reading.trace(origin, depth)
    count, pos = read_uintvar(data, 0, len(data))
    trace(0, pos, "nEntries", f"{count} parts")
    for number in range(1, count + 1):
        if number > LIMITS.parts:
            raise Malformed(f"at most {LIMITS.parts} parts", pos)
        headers, at = read_uintvar(data, pos, len(data))
        size, start = read_uintvar(data, at, len(data))
        trace(pos, start, f"part {number}", f"{headers} octets of headers, {size} of data")
        body, pos = start + headers, start + headers + size
        if body > len(data):
            raise Malformed(f"{headers} octets of part headers", start)
        kind, _ = multipart.read_part_headers(data[start:body], start, trace=trace.inner())
        if pos > len(data):
            raise Malformed(f"{_octets(size)} of part data, not {len(data) - body}", body)
        if size:
            trace.inner()(body, pos, "data", f"{_octets(size)}, {kind.media}")
            with _apart(origin):
                _content(reading, data[body:pos], kind, origin + body, depth + 1, level + 1)
    return pos


def _text(data: bytes, kind: ContentType) -> str:
    codec = charsets.codec_of(kind.get("charset") or "utf-8") or "utf-8"
    try:
        text = data.decode(codec)
    except (UnicodeDecodeError, LookupError):
        text = data.decode("latin-1")
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}... ({len(text)} characters)"


def _push(reading: Reading, data: bytes, origin: int, depth: int) -> None:
    with _from(origin):
        parsed = push.parse(data, trace=reading.trace(origin, depth))
    reading.notes.append(f"WAP push for {parsed.application or 'wml.ua (no X-Wap-Application-ID)'}")
    if parsed.body:
        _content(reading, parsed.body, parsed.content_type, origin + len(data) - len(parsed.body), depth, 1)
    elif parsed.is_mms:
        reading.fault(origin + len(data), "an MMS PDU")


def _tpdu(reading: Reading, data: bytes, origin: int, depth: int) -> None:
    start = service_centre(data)
    trace = reading.trace(origin, depth)
    if start:
        trace(0, 1, "SMSC address length", f"{_octets(start - 1)}")
        if start > 1:
            trace(1, start, "SMSC address", data[1:start].hex(" "))
    with _from(origin + start):
        message = tpdu.decode(data[start:], reading.trace(origin + start, depth))
    if message.user_data is None:
        return
    user_data, coding = message.user_data, message.coding
    if coding is not None and coding.alphabet is Alphabet.OCTETS:
        segment = segmentation.Segment(user_data.header, user_data.payload)
        reading.segment = segment
        _payload(reading, segment, origin + len(data) - len(user_data.payload), depth)


LONGEST_CENTRE = 12
"""Octets of a service centre's address: its length, its type of number, and 20 semi-octets."""


def service_centre(data: bytes) -> int:
    """Octets of the service centre address that modems put before a TPDU; 0 where there is none.

    A TPDU that reads without is one without; else one that reads after it; else the first octet decides.
    """
    after = 1 + data[0] if data else 0
    for start in (0, after):
        try:
            tpdu.decode(data[start:])
        except Malformed:
            continue
        return start
    return after if data and data[0] & tpdu.MTI == 3 and after < len(data) and after <= LONGEST_CENTRE else 0


def _segments(reading: Reading, data: bytes, origin: int, depth: int) -> None:
    with _from(origin):
        header, start = udh.decode(data, trace=reading.trace(origin, depth))
    payload = data[start:]
    reading.segment = segmentation.Segment(header, payload)
    if payload:
        reading.trace(origin, depth)(start, len(data), "payload", f"{_octets(len(payload))}")
        _payload(reading, reading.segment, origin + start, depth)


def _payload(reading: Reading, segment: segmentation.Segment, origin: int, depth: int) -> None:
    """The push in a message that is not a piece of one; of a piece, which it is."""
    place = segment.header.concatenation
    if place is not None and place.total > 1:
        reading.notes.append(f"segment {place.sequence} of {place.total}, reference {place.reference}")
    elif segment.payload and segment.header.ports is not None and is_push(segment):
        reading.contain(f"{_octets(len(segment.payload))}, a WAP push")
        _push(reading, segment.payload, origin, depth + 1)


def is_push(segment: segmentation.Segment) -> bool:
    """Whether the ports say that it is a connectionless push."""
    return segment.header.ports is not None and segment.header.ports.destination == segmentation.PUSH


_READERS: dict[Kind, Callable[[Reading, bytes, int, int], None]] = {
    Kind.MMS: _mms,
    Kind.PUSH: _push,
    Kind.TPDU: _tpdu,
    Kind.SEGMENTS: _segments,
}
