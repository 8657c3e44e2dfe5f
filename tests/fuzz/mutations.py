"""Octets bent at random: by a generator that is given, so that every run can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

__all__ = ["MUTATIONS", "mutate"]

_TELLING = (0x00, 0x01, 0x1E, 0x1F, 0x20, 0x22, 0x7F, 0x80, 0x81, 0xEA, 0xFF)
"""Octets at which the grammar turns."""

_LENGTHS = (b"\x1f\x8f\xff\xff\xff\x7f", b"\x1f\x81\x00", b"\x8f\xff\xff\xff\x7f", b"\x09" * 10)


def _flip(data: bytearray, random: Random) -> None:
    data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _replace(data: bytearray, random: Random) -> None:
    data[random.randrange(len(data))] = random.choice(_TELLING)


def _insert(data: bytearray, random: Random) -> None:
    data.insert(random.randrange(len(data)), random.choice(_TELLING))


def _delete(data: bytearray, random: Random) -> None:
    at = random.randrange(len(data))
    del data[at : at + random.randint(1, 4)]


def _cut(data: bytearray, random: Random) -> None:
    del data[random.randrange(len(data)) :]


def _double(data: bytearray, random: Random) -> None:
    at = random.randrange(len(data))
    data[at:at] = data[at : at + random.randint(1, 40)]


def _length(data: bytearray, random: Random) -> None:
    """A length of many octets, where any octet stood."""
    at = random.randrange(len(data))
    data[at : at + 1] = random.choice(_LENGTHS)


MUTATIONS: Sequence[Callable[[bytearray, Random], None]] = (_flip, _replace, _insert, _delete, _cut, _double, _length)


def mutate(seed: bytes, random: Random) -> bytes:
    """A seed, bent one to eight times."""
    data = bytearray(seed)
    for _ in range(random.randint(1, 8)):
        if not data:
            break
        random.choice(MUTATIONS)(data, random)
    return bytes(data)
