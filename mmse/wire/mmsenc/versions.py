"""MMS versions and what two of them make of each other (OMA-TS-MMS_ENC-V1_3 9; X-Mms-MMS-Version).

A version is an int, major << 4 | minor, as the codec reads it: 0x12 is 1.2; 0x1F is "1" without a minor.
"""

from __future__ import annotations

from typing import Any

from mmse.wire.wsp.field import Field

__all__ = ["OWN", "V1_0", "V1_1", "V1_2", "V1_3", "knows", "negotiate", "parse", "same_major", "text"]

V1_0 = 0x10
V1_1 = 0x11
V1_2 = 0x12
V1_3 = 0x13
OWN = V1_3
"""The version we are complete in."""


def parse(version: str) -> int:
    """ "1.2" is 0x12. Raises ValueError."""
    major, _, minor = version.partition(".")
    if major not in ("1", "2", "3", "4", "5", "6", "7") or not minor.isdecimal() or not 0 <= int(minor) <= 14:
        raise ValueError(f"{version!r} is not an MMS version")
    return int(major) << 4 | int(minor)


def text(version: int) -> str:
    """0x12 is "1.2", 0x1F is "1"."""
    return str(version >> 4) if version & 15 == 15 else f"{version >> 4}.{version & 15}"


def same_major(version: int, own: int = OWN) -> bool:
    """Whether we can process a PDU of ``version``: another major version is answered as an unsupported message."""
    return version >> 4 == own >> 4


def negotiate(peer: int, own: int = OWN) -> int:
    """The version to answer in: the lower of both; our own to a peer of another major version."""
    return min(own, peer) if same_major(peer, own) else own


def knows(version: int, field: Field[Any]) -> bool:
    """Whether a peer of ``version`` knows a field."""
    return field.since <= (version >> 4) * 10 + (version & 15)
