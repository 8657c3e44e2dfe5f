"""An explanation as a value: sections of annotated octet ranges, and faults."""

from __future__ import annotations

from enum import Enum

import msgspec

__all__ = ["Explanation", "Fault", "Kind", "Range", "Section"]


class Kind(Enum):
    """What octets are; the value is the word on the command line."""

    MMS = "mms"
    PUSH = "push"
    TPDU = "tpdu"
    SEGMENTS = "segments"


class Range(msgspec.Struct, frozen=True):
    """Octets ``start`` to ``end`` (exclusive). A ``container`` is explained by the deeper ranges that follow it."""

    start: int
    end: int
    name: str
    meaning: str
    depth: int
    container: bool = False


class Fault(msgspec.Struct, frozen=True):
    """At ``offset`` something else was ``expected`` (a noun phrase) than what was ``found`` there."""

    offset: int
    expected: str
    found: str


class Section(msgspec.Struct, frozen=True):
    """One run of octets. The ranges that are no containers cover it once, without gaps, in order."""

    title: str
    kind: Kind
    octets: bytes
    ranges: tuple[Range, ...] = ()
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()


class Explanation(msgspec.Struct, frozen=True):
    """Everything that can be said of the octets given; ``faults`` are those of a set as a whole (a missing segment)."""

    sections: tuple[Section, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def broken(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.faults) or any(section.faults for section in self.sections)
