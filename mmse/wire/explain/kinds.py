"""What octets are, when nobody said it, and sets of segments that make one message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from mmse.wire import Malformed
from mmse.wire.explain.reading import is_push, section, service_centre
from mmse.wire.explain.values import Explanation, Kind, Section
from mmse.wire.sms import tpdu, udh
from mmse.wire.sms.coding import Alphabet
from mmse.wire.sms.segmentation import Segment
from mmse.wire.wsp import push

__all__ = ["explain", "kind_of"]

MESSAGE_TYPE = 0x8C
LONGEST_TPDU = 256
"""Octets that may be taken for a TPDU: at most 175 of one, a service centre, and room for broken ones."""
_TITLES = {
    Kind.MMS: "MMS PDU",
    Kind.PUSH: "WAP push",
    Kind.TPDU: "SMS TPDU",
    Kind.SEGMENTS: "user data of a short message",
}


def explain(runs: Sequence[bytes], kind: Kind | None = None) -> Explanation:
    """Explain one run of octets, or several that are the segments of messages, one each.

    ``kind`` None: found out. Lines of one long dump are joined where they are not segments, each by itself.
    """
    if not runs:
        return Explanation(faults=("there are no octets",))
    if kind is Kind.SEGMENTS or (len(runs) > 1 and _are_messages(runs, kind)):
        return _set(runs, kind is Kind.SEGMENTS)
    octets = b"".join(runs)
    if not octets:
        return Explanation(faults=("there are no octets",))
    kind = kind or kind_of(octets)
    if kind is Kind.SEGMENTS:
        return _set([octets], False)
    return Explanation((section(_TITLES[kind], kind, octets)[0],))


def _are_messages(runs: Sequence[bytes], kind: Kind | None) -> bool:
    """Whether runs are short messages, one each, rather than lines of one thing."""
    if kind is Kind.TPDU:
        return True
    if kind is not None or runs[0][:1] == bytes((MESSAGE_TYPE,)):
        return False
    return any(map(_is_segment, runs)) or all(octets and _reach_of_tpdu(octets) > len(octets) for octets in runs)


def kind_of(octets: bytes) -> Kind:
    """The kind that these octets are; of broken ones, the kind in which reading gets furthest."""
    if octets[0] == MESSAGE_TYPE:
        return Kind.MMS
    if _is_user_data(octets):
        return Kind.SEGMENTS
    reach = {Kind.PUSH: _reach_of_push(octets), Kind.TPDU: _reach_of_tpdu(octets), Kind.MMS: 0}
    if octets[0] >= 0x20:
        first = section("", Kind.MMS, octets)[0]
        reach[Kind.MMS] = first.faults[0].offset if first.faults else len(octets) + 1
    return max(reach, key=lambda kind: reach[kind])


def _reach_of_push(octets: bytes) -> int:
    try:
        push.parse(octets)
    except Malformed as error:
        # Cut short within its headers: all that is there may be a push. (A TPDU has the type of an address there.)
        cut_short = len(octets) > 2 and octets[1] in push.TYPES and len(octets) - 3 < octets[2] < 0x80
        return len(octets) if cut_short else error.offset
    return len(octets) + 1


def _reach_of_tpdu(octets: bytes) -> int:
    if len(octets) > LONGEST_TPDU:
        return 0
    start = service_centre(octets)
    try:
        tpdu.decode(octets[start:])
    except Malformed as error:
        return error.offset + start
    return len(octets) + 1


def _is_user_data(octets: bytes) -> bool:
    """Whether they begin with a header of ports or of concatenation."""
    try:
        header, _ = udh.decode(octets)
    except Malformed:
        return False
    return header.ports is not None or header.concatenation is not None


def _is_segment(octets: bytes) -> bool:
    """Whether octets alone are one piece of a set: a TPDU or user data with a concatenation."""
    if not octets:
        return False
    segment = section("", _kind_of_segment(octets), octets)[1].segment
    return segment is not None and segment.header.concatenation is not None


def _kind_of_segment(octets: bytes) -> Kind:
    if _is_user_data(octets):
        return Kind.SEGMENTS
    try:
        found = tpdu.decode(octets[service_centre(octets) :])
    except Malformed:
        return Kind.SEGMENTS if _reach_of_tpdu(octets) < 3 else Kind.TPDU
    return Kind.TPDU if found.coding is None or found.coding.alphabet is Alphabet.OCTETS else Kind.SEGMENTS


Key = tuple[bool, int, int]
"""Whether the reference has 16 bits, the reference, the total."""


def _set(runs: Sequence[bytes], pieces_only: bool) -> Explanation:
    sections: list[Section] = []
    faults: list[str] = []
    pieces: dict[Key, list[tuple[int, Segment]]] = defaultdict(list)
    for number, octets in enumerate(runs, 1):
        title = f"input {number}" if len(runs) > 1 else _TITLES[Kind.SEGMENTS]
        told, reading = section(title, _kind_of_segment(octets), octets)
        sections.append(told)
        segment = reading.segment
        place = segment.header.concatenation if segment else None
        if segment is not None and place is not None:
            pieces[segment.header.wide, place.reference, place.total].append((number, segment))
        elif pieces_only and len(runs) > 1 and not told.faults:
            faults.append(f"input {number} is not a segment of a concatenated message")
    for key, found in pieces.items():
        joined = _joined(key, found, faults)
        if key[2] > 1:
            sections += joined
    return Explanation(tuple(sections), tuple(faults))


def _joined(key: Key, pieces: list[tuple[int, Segment]], faults: list[str]) -> Iterator[Section]:
    """The message of one reference, as far as its segments reach from the first; what is wrong with the set."""
    wide, reference, total = key
    name = f"reference {reference:0{4 if wide else 2}X}"
    first: dict[int, tuple[int, Segment]] = {}
    for number, segment in pieces:
        place = segment.header.concatenation
        assert place is not None
        earlier = first.setdefault(place.sequence, (number, segment))
        if earlier[0] != number:
            same = "the same octets" if earlier[1].payload == segment.payload else "other octets"
            faults.append(
                f"{name}: segment {place.sequence} of {total} comes twice, in inputs {earlier[0]} and {number}: {same}"
            )
    missing = [number for number in range(1, total + 1) if number not in first]
    if missing:
        faults.append(f"{name}: missing segment{'s'[: len(missing) > 1]} {_listed(missing)} of {total}")
    reach = missing[0] - 1 if missing else total
    octets = b"".join(first[number][1].payload for number in range(1, reach + 1))
    if not octets:
        return iter(())
    kind = Kind.PUSH if is_push(first[1][1]) else kind_of(octets)
    extent = f"segments 1 to {reach} of {total}" if missing else f"{total} segments"
    return iter((section(f"{_TITLES[kind]}, {name}, {extent} together", kind, octets)[0],))


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:20])) + (f" and {len(numbers) - 20} more" if len(numbers) > 20 else "")
