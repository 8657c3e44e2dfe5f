"""What an HTTP door accepts, what it holds, and why it turns away (RELIABILITY 1.3)."""

from __future__ import annotations

from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple, TypeAlias

import msgspec
from twisted.internet.interfaces import IAddress

__all__ = ["Bounds", "Load", "Peer", "Refusal", "peer_of"]

Peer: TypeAlias = IPv4Address | IPv6Address | None
"""The address at the other end; None where there is none (a UNIX socket)."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What a door accepts. Sizes in octets, times in seconds, ``body_rate`` in octets a second (0: no least rate)."""

    body: int
    in_flight: int
    connections: int
    connections_per_address: int
    header_timeout: float
    body_timeout: float
    body_rate: float
    idle_timeout: float
    headers: int = 100
    header_octets: int = 16_384
    linger: float = 5.0
    """How long a refused peer may go on sending (it is thrown away) before the connection is closed: a close with
    unread octets is a reset, and a reset loses the refusal."""
    retry_after: int = 5


class Reason(NamedTuple):
    """A row of ``Refusal``: the word for metrics and logs, and the status line (empty: nothing can be answered)."""

    word: str
    status: bytes = b""


class Refusal(Enum):
    """Why a connection or request was turned away before any resource saw it."""

    MALFORMED = Reason("malformed", b"400 Bad Request")
    TOO_LARGE = Reason("too-large", b"413 Content Too Large")
    HEADERS_TOO_LARGE = Reason("headers-too-large", b"431 Request Header Fields Too Large")
    SLOW_HEADERS = Reason("slow-headers", b"408 Request Timeout")
    SLOW_BODY = Reason("slow-body", b"408 Request Timeout")
    BUSY = Reason("busy", b"503 Service Unavailable")
    CROWDED = Reason("too-many-connections", b"503 Service Unavailable")
    CROWDED_ADDRESS = Reason("too-many-connections-of-one", b"503 Service Unavailable")
    ABANDONED = Reason("abandoned")
    """The peer left in the middle of its request."""
    SLOW_READER = Reason("slow-reader")
    """The peer does not take its answer."""


def peer_of(address: IAddress) -> Peer:
    """The IP address of a transport's peer, an IPv4 one written as IPv6 told plainly."""
    host = getattr(address, "host", None)
    if not isinstance(host, str):
        return None
    try:
        peer = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(peer, IPv6Address) and peer.ipv4_mapped is not None:
        return peer.ipv4_mapped
    return peer


class Load:
    """What a door holds now, over all its listening places: connections, and octets of bodies."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.connections = 0
        self.octets = 0
        self._addresses: dict[int, int] = {}

    @staticmethod
    def _key(peer: IPv4Address | IPv6Address) -> int:
        # Whoever has one IPv6 address has its /64 (RFC 6177); the high bit keeps the two families apart.
        return int(peer) if isinstance(peer, IPv4Address) else 1 << 64 | int(peer) >> 64

    def arrive(self, peer: IPv4Address | IPv6Address) -> int:
        """One more connection of this address; how many it has now."""
        key = self._key(peer)
        count = self._addresses[key] = self._addresses.get(key, 0) + 1
        return count

    def leave(self, peer: IPv4Address | IPv6Address) -> None:
        """One less."""
        key = self._key(peer)
        count = self._addresses[key] - 1
        if count:
            self._addresses[key] = count
        else:
            del self._addresses[key]

    def room(self, octets: int) -> bool:
        """Whether so many more octets may be held."""
        return self.octets + octets <= self.bounds.in_flight
