"""MM1 over HTTP as a Twisted service: the door's listening places, and how they stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.application.service import IService

from mmse.journal import log
from mmse.metrics import MM1_CONNECTIONS, MM1_IN_FLIGHT, MM1_REFUSED, Metrics
from mmse.mm1.door import MM1Door
from mmse.mm1.identity import TrustedNetworks
from mmse.mm1.resource import MM1Resource
from mmse.mm1.settings import MM1
from mmse.transport.bounds import Bounds, Load, Peer, Refusal
from mmse.transport.http import Site
from mmse.transport.listening import Listening

__all__ = ["bounds_of", "make_http", "turned_away"]

OVER = 5
"""A body may be larger than ``max_message_size`` by one fifth of it and still be read, so that the phone gets the PDU
that says "too large" (Android shows it); beyond that it gets HTTP 413 without being read."""


def bounds_of(settings: MM1) -> Bounds:
    """What ``[mm1]`` says of bodies, connections and time. One MM always fits what may be in flight."""
    body = settings.max_message_size + settings.max_message_size // OVER
    return Bounds(
        body=body,
        in_flight=max(settings.max_in_flight, body),
        connections=settings.max_connections,
        connections_per_address=settings.max_connections_per_address,
        header_timeout=settings.header_timeout,
        body_timeout=settings.body_timeout,
        body_rate=settings.body_rate,
        idle_timeout=settings.idle_timeout,
    )


def turned_away(metrics: Metrics) -> Callable[[Refusal, Peer], None]:
    """What is told of a request that HTTP itself refused: one count, one line."""

    def refused(refusal: Refusal, peer: Peer) -> None:
        metrics.count(MM1_REFUSED, refusal.value.word)
        log.info("MM1 from {peer} refused: {reason}", peer=str(peer or ""), reason=refusal.value.word)

    return refused


def make_http(door: MM1Door, settings: MM1, reactor: Any) -> IService:
    """Listens at every endpoint string of ``[mm1] http``. Raises ``Misconfigured`` for one that is none.

    When stopped: no more connections, what is in flight is answered, the rest is broken after ``body_timeout``.
    """
    load = Load(bounds_of(settings))
    resource = MM1Resource(door)
    door.metrics.watch(MM1_IN_FLIGHT, lambda: load.octets)
    door.metrics.watch(MM1_CONNECTIONS, lambda: load.connections)

    refused = turned_away(door.metrics)

    def exempt(peer: Peer) -> bool:
        # Asked when an address has too many connections, and of the settings as they are then: they may be reloaded.
        return peer in TrustedNetworks(settings.trusted_proxies)

    def site(late_peer: bool) -> Site:
        return Site(resource, reactor, load, refused, exempt, late_peer)

    return Listening(reactor, settings.http, site, settings.body_timeout, "mm1.http")
