"""Bounds that every decoder keeps, whatever a peer claims."""

from __future__ import annotations

import msgspec

__all__ = ["LIMITS", "Limits"]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Counts and octets a decoder accepts; past them it raises `Malformed`.

    ``headers``: fields of one PDU. ``field``: octets of one header value, its length included. ``parts``: parts of a
    content, nested ones included. ``depth``: multiparts within multiparts. ``part_headers``: octets of the headers
    of one part.
    """

    headers: int = 2000
    field: int = 8192
    parts: int = 100
    depth: int = 5
    part_headers: int = 32768


LIMITS = Limits()
"""What a door accepts when its settings say nothing."""
