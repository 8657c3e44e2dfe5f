"""Pushes straight to a phone whose address is known: WSP connectionless push by UDP (WAP-235 8, port 2948)."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.protocol import DatagramProtocol
from zope.interface import implementer

from mmse.abstract.delivery import Event
from mmse.abstract.outcome import Done, Outcome, Refused, Temporary
from mmse.abstract.status import RequestStatus
from mmse.errors import Misconfigured
from mmse.interfaces import INotifier, Push
from mmse.mm1.notify.wrap import wrap
from mmse.mm1.settings import NotifyUDP

__all__ = ["Place", "UDPNotifier", "place"]

Place = tuple[str, int]


def place(text: str, port: int) -> Place:
    """An address, perhaps with a port of its own: ``10.45.0.7``, ``10.45.0.7:2949``, ``2001:db8::7``,
    ``[2001:db8::7]:2949``. Raises `ValueError`; names are not looked up, a push must not wait for DNS."""
    host, own = text.strip(), ""
    if host.startswith("["):
        host, _, own = host[1:].partition("]")
        own = own.removeprefix(":")
    elif host.count(":") == 1:
        host, _, own = host.partition(":")
    number = int(own) if own else port
    if not 0 < number < 65536:
        raise ValueError(f"{number} is no port")
    return str(ip_address(host)), number


@implementer(INotifier)
class UDPNotifier:
    """The bearer ``udp``. A phone without an address is refused, which leaves it to the next bearer.

    UDP tells nothing of arrival: ``Done(TAKEN)`` says that the datagram left, and the repeats of a notification until
    the phone answers are its only acknowledgement. Raises `Misconfigured`.
    """

    name = "udp"

    def __init__(self, settings: NotifyUDP, reactor: Any) -> None:
        self._settings = settings
        self._reactor = reactor
        self._ports: dict[int, Any] = {}
        self._places: dict[str, Place] = {}
        problems = []
        for number, text in settings.addresses.items():
            try:
                self._places[number.lstrip("+")] = place(text, settings.port)
            except ValueError as error:
                problems.append(f'mm1.notify.udp.addresses."{number}": {text!r} is not an IP address: {error}')
        if settings.interface:
            try:
                ip_address(settings.interface)
            except ValueError as error:
                problems.append(f"mm1.notify.udp.interface: {error}")
        if problems:
            raise Misconfigured(problems)

    def notify(self, push: Push) -> Deferred[Outcome]:
        """Send one datagram: the push PDU of WAP-230-WSP 8.2.4.1 whole; IP cuts it where it must."""
        return succeed(self._notify(push))

    def _notify(self, push: Push) -> Outcome:
        text = push.subscriber.udp_address if push.subscriber is not None else ""
        try:
            where = self._places.get(push.destination.value.lstrip("+")) or (
                place(text, self._settings.port) if text else None
            )
        except ValueError:
            return Refused(RequestStatus.ADDRESS_UNRESOLVED, "the subscriber's udp_address is no IP address")
        if where is None:
            return Refused(RequestStatus.ADDRESS_UNRESOLVED, "no address of this phone is known")
        octets = wrap(push)
        try:
            self._port(where[0]).write(octets, where)
        except OSError as error:
            return Temporary(None, f"sending to {where[0]} port {where[1]}: {error}")
        return Done(Event.TAKEN, f"{len(octets)} octets to {where[0]} port {where[1]}")

    def _port(self, host: str) -> Any:
        version = ip_address(host).version
        port = self._ports.get(version)
        if port is None:
            own = self._settings.interface
            if not own or ip_address(own).version != version:
                own = "::" if isinstance(ip_address(host), IPv6Address) else "0.0.0.0"
            port = self._ports[version] = self._reactor.listenUDP(0, DatagramProtocol(), interface=own)
        return port

    async def close(self) -> None:
        """Give the sockets back."""
        while self._ports:
            _, port = self._ports.popitem()
            await maybeDeferred(port.stopListening)
