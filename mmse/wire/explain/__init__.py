"""What every octet of an MMS PDU, a WAP push or a short message means, and where and why a broken one breaks."""

from __future__ import annotations

from mmse.wire.explain.hexes import NotHexadecimal, from_hex, is_hex
from mmse.wire.explain.kinds import explain
from mmse.wire.explain.render import as_json, as_text
from mmse.wire.explain.values import Explanation, Fault, Kind, Range, Section

__all__ = [
    "Explanation",
    "Fault",
    "Kind",
    "NotHexadecimal",
    "Range",
    "Section",
    "as_json",
    "as_text",
    "explain",
    "from_hex",
    "is_hex",
]
