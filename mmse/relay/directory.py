"""Whose is this address, for our own numbers: provisioned subscribers and prefixes (MM5, MM6; TS 23.140 7.2)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from mmse.abstract.address import Address, AddressKind
from mmse.abstract.storage import Subscriber
from mmse.interfaces import ISubscriberDirectory, ISubscriberStore, Location
from mmse.relay.numbers import Numbers
from mmse.settings import Routing
from mmse.settings import Subscriber as Provision

__all__ = ["EVERYTHING", "Prefixes", "Provisioned", "Rest", "chain"]

EVERYTHING = "*"
"""The prefix that stands for whatever no other route takes."""

FRESH = 5.0
"""Seconds for which what the store says of a subscriber is not asked again."""

REMEMBERED = 10_000

_DIALLED = frozenset({AddressKind.NUMBER, AddressKind.SHORT_CODE})


def chain(
    routing: Routing,
    provisions: Iterable[Provision],
    store: ISubscriberStore | None,
    numbers: Numbers,
    clock: IReactorTime,
    agent: str,
    others: Sequence[ISubscriberDirectory] = (),
) -> list[ISubscriberDirectory]:
    """The directories in the order they are asked: subscribers, our prefixes, ``others``, and last the rest.

    ``agent`` is the name of the delivery agent that serves our own phones.
    """
    directories: list[ISubscriberDirectory] = [Provisioned(provisions, store, numbers, clock, agent)]
    prefixes = [prefix for prefix in routing.local if prefix != EVERYTHING]
    if prefixes:
        directories.append(Prefixes(prefixes, agent))
    directories.extend(others)
    if EVERYTHING in routing.local:
        directories.append(Rest(agent))
    return directories


@implementer(ISubscriberDirectory)
class Provisioned:
    """Subscribers named in the settings, then those kept in the store, which are remembered for ``FRESH`` seconds."""

    def __init__(
        self,
        provisions: Iterable[Provision],
        store: ISubscriberStore | None,
        numbers: Numbers,
        clock: IReactorTime,
        agent: str,
    ) -> None:
        self._known = {subscriber.number: subscriber for subscriber in _subscribers(provisions, numbers)}
        self._store = store
        self._clock = clock
        self._agent = agent
        self._remembered: OrderedDict[str, tuple[float, Subscriber | None]] = OrderedDict()
        self._nobody = -FRESH
        """When the store was last seen without any subscriber: then nobody need be looked up."""

    def locate(self, address: Address) -> Deferred[Location | None]:
        return self.profile(address).addCallback(self._located)

    def _located(self, subscriber: Subscriber | None) -> Location | None:
        if subscriber is None:
            return None
        if not subscriber.mms_capable:
            return Location("", "a subscriber whose terminal has no MMS")
        return Location(self._agent, "a subscriber of ours")

    def profile(self, address: Address) -> Deferred[Subscriber | None]:
        if address.kind not in _DIALLED:
            return succeed(None)
        number = address.value
        known = self._known.get(number)
        if known is not None or self._store is None:
            return succeed(known)
        now = self._clock.seconds()
        if now - self._nobody < FRESH:
            return succeed(None)
        remembered = self._remembered.get(number)
        if remembered is not None and now - remembered[0] < FRESH:
            return succeed(remembered[1])
        return Deferred.fromCoroutine(self._ask(self._store, number, now))

    async def _ask(self, store: ISubscriberStore, number: str, now: float) -> Subscriber | None:
        subscriber = await store.subscriber(number)
        if subscriber is None and not await store.subscribers("", 1):
            self._nobody = now
        self._remembered[number] = (now, subscriber)
        self._remembered.move_to_end(number)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return subscriber

    def forget(self) -> None:
        """Subscribers were changed here: ask the store anew."""
        self._remembered.clear()
        self._nobody = -FRESH + self._clock.seconds()


def _subscribers(provisions: Iterable[Provision], numbers: Numbers) -> Iterable[Subscriber]:
    for each in provisions:
        yield Subscriber(
            number=numbers.e164(each.number),
            barred=each.barred,
            prepaid=each.prepaid,
            udp_address=each.udp_address,
            note="[[subscriber]]",
        )


@implementer(ISubscriberDirectory)
class Prefixes:
    """Numbers that begin as ours do. A prefix with a plus sign is international, one without is of codes and numbers
    that are kept as digits; ``00`` at its begin stands for the plus sign."""

    def __init__(self, prefixes: Iterable[str], agent: str) -> None:
        self._prefixes = tuple("+" + prefix[2:] if prefix.startswith("00") else prefix for prefix in prefixes)
        self._agent = agent

    def locate(self, address: Address) -> Deferred[Location | None]:
        if address.kind in _DIALLED and address.value.startswith(self._prefixes):
            prefix = max((each for each in self._prefixes if address.value.startswith(each)), key=len)
            return succeed(Location(self._agent, f"prefix {prefix} is ours"))
        return succeed(None)

    def profile(self, address: Address) -> Deferred[Subscriber | None]:
        return succeed(None)


@implementer(ISubscriberDirectory)
class Rest:
    """Every number and code that no other route took: ``local = ["*"]``."""

    def __init__(self, agent: str) -> None:
        self._location = Location(agent, "every number is ours")

    def locate(self, address: Address) -> Deferred[Location | None]:
        return succeed(self._location if address.kind in _DIALLED else None)

    def profile(self, address: Address) -> Deferred[Subscriber | None]:
        return succeed(None)
