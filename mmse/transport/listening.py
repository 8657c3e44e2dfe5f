"""Listening places by endpoint strings, and stopping them so that what is in flight is finished."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.application.service import IService, Service
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IListeningPort
from twisted.python.failure import Failure
from zope.interface import implementer

from mmse.errors import Misconfigured
from mmse.journal import log
from mmse.transport.http import Site

__all__ = ["Listening"]

PROXY = "haproxy:"
"""The endpoint that reads a PROXY header: the peer is known with the first octets only."""


@implementer(IService)
class Listening(Service):
    """Endpoint strings with a site each: ``tcp:``, ``tls:``, ``unix:``, ``systemd:``, ``haproxy:``, also of IPv6.

    ``make(late_peer)`` makes a site. Whoever stops the service waits until every request in flight is answered, at most
    ``patience`` seconds. ``path`` names the setting in errors.
    """

    def __init__(
        self, reactor: Any, places: Sequence[str], make: Callable[[bool], Site], patience: float, path: str
    ) -> None:
        self._reactor = reactor
        self._patience = patience
        self._ports: list[Deferred[IListeningPort | None]] = []
        self.ports: list[IListeningPort] = []
        """What listens now."""
        self._places: list[tuple[str, Any, Site]] = []
        problems: list[str] = []
        for place in places:
            try:
                self._places.append((place, serverFromString(reactor, place), make(place.startswith(PROXY))))
            except Exception as error:  # noqa: BLE001 - parsers of endpoints raise whatever they like
                problems.append(f"{path}: {place!r} is no listening place: {error}")
        if problems:
            raise Misconfigured(problems)

    def privilegedStartService(self) -> None:
        """Listen, while the process may still have the right to low ports. A place that is taken fails the start."""
        for place, endpoint, site in self._places:
            listening: Deferred[IListeningPort | None] = endpoint.listen(site)
            failures: list[Failure] = []
            listening.addCallbacks(self._opened, failures.append, callbackArgs=(place,))
            if failures:
                failures[0].raiseException()
            self._ports.append(listening)

    def _opened(self, port: IListeningPort, place: str) -> IListeningPort:
        self.ports.append(port)
        log.info("Listening at {place}", place=place)
        return port

    def startService(self) -> None:
        super().startService()
        if not self._ports:
            self.privilegedStartService()

    def stopService(self) -> Deferred[None]:
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._ports.clear()
        ports, self.ports = self.ports, []
        await DeferredList([maybeDeferred(port.stopListening) for port in ports])
        sites = [site for _, _, site in self._places]

        def abort() -> None:
            for site in sites:
                site.abort()

        hurry = self._reactor.callLater(self._patience, abort)
        await DeferredList([site.drain() for site in sites])
        if hurry.active():
            hurry.cancel()
