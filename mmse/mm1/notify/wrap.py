"""A PDU as the push that phones take from port 2948, and the references of short messages that belong together."""

from __future__ import annotations

from collections import OrderedDict
from zlib import crc32

from mmse.interfaces import Push
from mmse.wire.wsp.push import compose

__all__ = ["References", "wrap"]


def wrap(push: Push) -> bytes:
    """The WSP push of a PDU (WAP-230-WSP 8.2.4.1); its transaction id is the same when the same push is sent again."""
    return compose(push.octets, crc32(push.reference.encode()) & 0xFF)


class References:
    """Concatenation references, counted per destination: none comes again before all others did.

    TS 23.040 9.2.3.24.1 wants them unique per destination while segments are under way. What was forgotten (more than
    ``most`` destinations) begins anew at a place that depends on the destination.
    """

    def __init__(self, bits: int, most: int = 10_000) -> None:
        self._mask = (1 << bits) - 1
        self._most = most
        self._last: OrderedDict[str, int] = OrderedDict()

    def next(self, destination: str) -> int:
        """The reference of the next message to a destination."""
        last = self._last.pop(destination, None)
        reference = (crc32(destination.encode()) if last is None else last + 1) & self._mask
        self._last[destination] = reference
        if len(self._last) > self._most:
            self._last.popitem(last=False)
        return reference
