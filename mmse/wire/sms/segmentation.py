"""A WAP push over short messages: cut into segments, and put together again (TS 23.040 9.2.3.24.1; WAP-259-WDP 6.3).

A short message carries 140 octets of 8-bit user data. The header of ports takes 7 of them, with an 8-bit reference 12,
with a 16-bit reference 13: 133, 128 and 127 octets are left. Every segment carries the ports.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from mmse.wire import Unencodable
from mmse.wire.sms import udh

__all__ = [
    "ALONE",
    "NARROW",
    "ORIGINATOR",
    "PUSH",
    "WIDE",
    "Gathering",
    "Key",
    "Reassembly",
    "Segment",
    "count",
    "cut",
    "parse",
]

USER_DATA = 140
PUSH = 2948
"""The port of connectionless push at the handset (WAP-259-WDP appendix B)."""
ORIGINATOR = 9200
"""The port a push comes from by convention; receivers do not look at it."""
ALONE, NARROW, WIDE = 133, 128, 127
"""Octets of payload beside the ports, beside an 8-bit reference too, beside a 16-bit reference too."""
MOST = 255
"""Segments of one set: the total is one octet."""


class Segment(msgspec.Struct, frozen=True):
    """The user data of one short message: its header and what follows."""

    header: udh.UserDataHeader
    payload: bytes

    def encode(self) -> bytes:
        """TP-UD in 8-bit coding, at most 140 octets."""
        octets = self.header.encode() + self.payload
        if len(octets) > USER_DATA:
            raise Unencodable(f"{len(octets)} octets in one short message")
        return octets


def parse(user_data: bytes) -> Segment:
    """Read the user data of a short message whose TP-UDHI is set. Raises `Malformed`."""
    header, start = udh.decode(user_data)
    return Segment(header, bytes(user_data[start:]))


def count(octets: int, wide: bool = False) -> int:
    """How many short messages a push of so many octets takes."""
    return 1 if octets <= ALONE else -(-octets // (WIDE if wide else NARROW))


def cut(
    push: bytes, reference: int, *, wide: bool = False, destination: int = PUSH, originator: int = ORIGINATOR
) -> tuple[Segment, ...]:
    """The segments of a push. ``reference`` has 8 bits, or 16 when ``wide``; one segment alone has no use for it.

    The caller counts references per destination and does not use one again within minutes. Raises `Unencodable` for
    more than 255 segments.
    """
    ports = udh.UserDataHeader.of((udh.PORTS_16, udh.Ports(destination, originator)))
    total = count(len(push), wide)
    if total == 1:
        return (Segment(ports, push),)
    if total > MOST:
        raise Unencodable(f"a push of {len(push)} octets takes {total} short messages, and {MOST} can be numbered")
    kind, size = (udh.CONCATENATION_16, WIDE) if wide else (udh.CONCATENATION_8, NARROW)
    return tuple(
        Segment(
            ports + udh.UserDataHeader.of((kind, udh.Concatenation(reference, total, number + 1))),
            push[number * size : (number + 1) * size],
        )
        for number in range(total)
    )


class Key(msgspec.Struct, frozen=True):
    """What the segments of one message have in common (9.2.3.24.1: the originator, the reference and the total)."""

    sender: str
    reference: int
    total: int
    wide: bool
    ports: udh.Ports | None


class Gathering(msgspec.Struct, frozen=True):
    """The segments of one message that are here: (sequence, payload), in order of sequence; ``since`` is in seconds."""

    key: Key
    since: float
    parts: tuple[tuple[int, bytes], ...] = ()

    @property
    def missing(self) -> tuple[int, ...]:
        """The sequence numbers that are not here yet."""
        here = {sequence for sequence, _ in self.parts}
        return tuple(number for number in range(1, self.key.total + 1) if number not in here)

    @property
    def size(self) -> int:
        """Octets held."""
        return sum(len(payload) for _, payload in self.parts)

    def joined(self) -> bytes:
        """The payloads one after the other, whether or not some are missing."""
        return b"".join(payload for _, payload in self.parts)

    def add(self, sequence: int, payload: bytes) -> Gathering:
        """With one segment more. A repeated one changes nothing; a different one means a reference used again."""
        held = dict(self.parts)
        if held.get(sequence, payload) != payload:
            held = {}
        held[sequence] = payload
        return Gathering(self.key, self.since, tuple(sorted(held.items())))


class Reassembly(msgspec.Struct, frozen=True):
    """Segments of messages that are not whole yet: a value, bounded in messages, octets and seconds.

    When a bound is passed the oldest message is given up: whoever sends nonsense can only push out what is incomplete.
    """

    gatherings: tuple[Gathering, ...] = ()
    most_messages: int = 64
    most_octets: int = 65536
    patience: float = 600.0

    def add(self, sender: str, segment: Segment, now: float) -> tuple[Reassembly, bytes | None]:
        """Take one segment at ``now`` (seconds): what remains, and the message when it is whole."""
        place = segment.header.concatenation
        kept = self.at(now)
        if place is None or place.total == 1:
            return kept, segment.payload
        key = Key(sender, place.reference, place.total, segment.header.wide, segment.header.ports)
        mine = next((each for each in kept.gatherings if each.key == key), Gathering(key, now))
        others = tuple(each for each in kept.gatherings if each.key != key)
        mine = mine.add(place.sequence, segment.payload)
        if not mine.missing:
            return kept._with(others), mine.joined()
        return kept._with(tuple(kept._bounded((*others, mine)))), None

    def at(self, now: float) -> Reassembly:
        """What is left at ``now``: messages begun longer ago than ``patience`` are given up."""
        young = tuple(each for each in self.gatherings if now - each.since <= self.patience)
        return self if len(young) == len(self.gatherings) else self._with(young)

    @property
    def deadline(self) -> float | None:
        """When the oldest message is given up."""
        return min((each.since + self.patience for each in self.gatherings), default=None)

    def _with(self, gatherings: tuple[Gathering, ...]) -> Reassembly:
        return msgspec.structs.replace(self, gatherings=gatherings)

    def _bounded(self, gatherings: tuple[Gathering, ...]) -> Iterator[Gathering]:
        """The youngest that fit the bounds, in the order they began."""
        by_age = sorted(gatherings, key=lambda each: each.since)
        messages, octets = len(by_age), sum(each.size for each in by_age)
        for each in by_age:
            if messages > self.most_messages or octets > self.most_octets:
                messages, octets = messages - 1, octets - each.size
            else:
                yield each
