"""The bearer ``udp``: datagrams over loopback, and whose they are."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol
from twisted.trial.unittest import SkipTest, SynchronousTestCase, TestCase
from zope.interface.verify import verifyObject

from mmse.abstract.address import number
from mmse.abstract.delivery import Event
from mmse.abstract.outcome import Done, Refused, Temporary
from mmse.abstract.status import RequestStatus
from mmse.abstract.storage import Subscriber
from mmse.errors import Misconfigured
from mmse.interfaces import INotifier, Push, PushKind
from mmse.mm1.notify.udp import UDPNotifier, place
from mmse.mm1.settings import NotifyUDP
from mmse.wire.wsp.push import parse

BOB = number("+447700900008")


def push(subscriber: Subscriber | None = None) -> Push:
    return Push(
        destination=BOB,
        octets=b"\x8c\x82 some octets",
        kind=PushKind.NOTIFICATION,
        reference="ref",
        expires=1000,
        subscriber=subscriber,
    )


class Ear(DatagramProtocol):
    def __init__(self) -> None:
        self.heard: Deferred[bytes] = Deferred()

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.heard.callback(datagram)


class PlaceTests(SynchronousTestCase):
    def test_forms(self) -> None:
        for text, expected in (
            ("10.45.0.7", ("10.45.0.7", 2948)),
            ("10.45.0.7:2949", ("10.45.0.7", 2949)),
            ("2001:db8::7", ("2001:db8::7", 2948)),
            ("[2001:db8::7]:2949", ("2001:db8::7", 2949)),
            ("[2001:db8::7]", ("2001:db8::7", 2948)),
        ):
            self.assertEqual(place(text, 2948), expected)

    def test_nonsense(self) -> None:
        for text in ("phone.example", "10.45.0.7:x", "10.45.0.7:0", "10.45.0.7:70000", ""):
            self.assertRaises(ValueError, place, text, 2948)

    def test_settings(self) -> None:
        error = self.assertRaises(
            Misconfigured, UDPNotifier, NotifyUDP(addresses={"+44": "phone.example"}, interface="eth0"), None
        )
        self.assertEqual(len(error.problems), 2)
        self.assertIn('mm1.notify.udp.addresses."+44"', error.problems[0])

    def test_no_address(self) -> None:
        """Not for this bearer: the next one is asked. No socket is opened for that."""
        notifier = UDPNotifier(NotifyUDP(), None)
        verifyObject(INotifier, notifier)
        for subscriber in (None, Subscriber(number=BOB.value), Subscriber(number=BOB.value, udp_address="a.b")):
            outcome = self.successResultOf(notifier.notify(push(subscriber)))
            assert isinstance(outcome, Refused)
            self.assertIs(outcome.status, RequestStatus.ADDRESS_UNRESOLVED)


class LoopbackTests(TestCase):
    async def _heard(self, host: str, **settings: Any) -> None:
        from twisted.internet import reactor

        ear = Ear()
        try:
            port: Any = reactor.listenUDP(0, ear, interface=host)  # type: ignore[attr-defined]
        except CannotListenError as error:
            raise SkipTest(f"no {host} on this machine: {error}") from None
        self.addCleanup(port.stopListening)
        there = port.getHost().port
        addresses = {number: text.format(there) for number, text in settings.pop("addresses", {}).items()}
        notifier = UDPNotifier(NotifyUDP(port=there, addresses=addresses, **settings), reactor)
        self.addCleanup(lambda: Deferred.fromCoroutine(notifier.close()))
        known = None if addresses else Subscriber(number=BOB.value, udp_address=host)
        outcome = await notifier.notify(push(known))
        datagram = await ear.heard
        self.assertEqual(outcome, Done(Event.TAKEN, f"{len(datagram)} octets to {host} port {there}"))
        self.assertEqual(parse(datagram).body, push().octets)
        self.assertEqual(datagram[1:6], bytes.fromhex("0603beaf84"))

    def test_subscriber(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self._heard("127.0.0.1"))

    def test_ipv6(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self._heard("::1"))

    def test_address_map(self) -> Deferred[None]:
        """With a port of its own, and a plus sign that somebody left out."""
        return Deferred.fromCoroutine(
            self._heard("127.0.0.1", addresses={"447700900008": "127.0.0.1:{}"}, interface="127.0.0.1")
        )

    def test_unreachable(self) -> Deferred[None]:
        """A send that the system refuses is an outage."""

        async def run() -> None:
            from twisted.internet import reactor

            notifier = UDPNotifier(NotifyUDP(interface="127.0.0.1"), reactor)
            self.addCleanup(lambda: Deferred.fromCoroutine(notifier.close()))
            # A socket bound to loopback cannot send to the world.
            outcome = await notifier.notify(push(Subscriber(number=BOB.value, udp_address="192.0.2.1")))
            self.assertIsInstance(outcome, Temporary)

        return Deferred.fromCoroutine(run())
