"""Whose is a number: subscribers, prefixes, others, the rest."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet import task
from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from mmse.abstract.address import Address, parse
from mmse.abstract.storage import Subscriber
from mmse.errors import Temporary
from mmse.interfaces import ISubscriberDirectory, Location
from mmse.relay.directory import FRESH, Prefixes, Provisioned, Rest, chain
from mmse.relay.numbers import Numbers
from mmse.relay.routing import NOWHERE, Routes
from mmse.settings import Routing
from mmse.settings import Subscriber as Provision
from mmse.store.memory import MemoryStore
from tests.relay.world import BOB, CAROL, got


@implementer(ISubscriberDirectory)
class Elsewhere:
    """Another network's numbers, or what it is told to say."""

    def __init__(self, answer: Deferred[Location | None] | Exception | Location | None) -> None:
        self.answer = answer

    def locate(self, address: Address) -> Deferred[Location | None]:
        if isinstance(self.answer, Exception):
            return fail(self.answer)
        return self.answer if isinstance(self.answer, Deferred) else succeed(self.answer)

    def profile(self, address: Address) -> Deferred[Subscriber | None]:
        return succeed(None)


class DirectoryTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = task.Clock()
        self.store = MemoryStore(grace=1, retention=1)

    def routes(
        self,
        local: Sequence[str],
        provisions: Sequence[Provision] = (),
        others: Sequence[ISubscriberDirectory] = (),
        code: str = "",
    ) -> Routes:
        numbers = Numbers(code)
        return Routes(chain(Routing(local=list(local)), provisions, self.store, numbers, self.clock, "mm1", others))

    def agent(self, routes: Routes, text: str) -> str:
        return got(Deferred.fromCoroutine(routes.locate(parse(text)))).agent

    def test_they_are_directories(self) -> None:
        numbers = Numbers()
        for directory in (Provisioned([], None, numbers, self.clock, "mm1"), Prefixes(["+1"], "mm1"), Rest("mm1")):
            self.assertTrue(verifyObject(ISubscriberDirectory, directory))

    def test_prefixes(self) -> None:
        routes = self.routes(["+1555", "0049", "77"])
        for text, agent in ((BOB, "mm1"), ("+4930123", "mm1"), ("7712", "mm1"), ("+4430123", ""), ("joe@x.org", "")):
            self.assertEqual(self.agent(routes, text), agent, text)

    def test_the_reason_names_the_longest_prefix(self) -> None:
        routes = self.routes(["+1", "+1555"])
        location = got(Deferred.fromCoroutine(routes.locate(parse(BOB))))
        self.assertIn("+1555", location.reason)

    def test_the_rest_comes_after_other_routes(self) -> None:
        routes = self.routes(["*"], others=[Elsewhere(Location("mm4", "a peer's"))])
        self.assertEqual(self.agent(routes, BOB), "mm4")
        routes = self.routes(["*"], others=[Elsewhere(None)])
        for text, agent in ((BOB, "mm1"), ("12345", "mm1"), ("joe@x.org", ""), ("10.0.0.1/TYPE=IPv4", "")):
            self.assertEqual(self.agent(routes, text), agent, text)

    def test_ours_come_before_other_routes(self) -> None:
        routes = self.routes(["+1555"], others=[Elsewhere(Location("mm4", "a peer's"))])
        self.assertEqual((self.agent(routes, BOB), self.agent(routes, "+4477")), ("mm1", "mm4"))

    def test_nowhere(self) -> None:
        self.assertEqual(got(Deferred.fromCoroutine(self.routes([]).locate(parse(BOB)))), NOWHERE)

    def test_subscribers_of_the_settings(self) -> None:
        routes = self.routes([], [Provision(number="07700900123", barred=True)], code="44")
        self.assertEqual(self.agent(routes, "+447700900123"), "mm1")
        profile = got(Deferred.fromCoroutine(routes.profile(parse("+447700900123"))))
        self.assertTrue(profile is not None and profile.barred)
        self.assertIsNone(got(Deferred.fromCoroutine(routes.profile(parse(BOB)))))

    def test_subscribers_of_the_store(self) -> None:
        got(self.store.provision([Subscriber(number=BOB), Subscriber(number=CAROL, mms_capable=False)]))
        routes = self.routes(["*"])
        self.assertEqual(got(Deferred.fromCoroutine(routes.locate(parse(BOB)))).reason, "a subscriber of ours")
        refused = got(Deferred.fromCoroutine(routes.locate(parse(CAROL))))
        self.assertEqual((refused.agent, refused.reason), ("", "a subscriber whose terminal has no MMS"))

    def test_what_the_store_said_is_remembered_for_a_moment(self) -> None:
        directory = Provisioned([], self.store, Numbers(), self.clock, "mm1")
        for known in (False, True):
            got(self.store.provision([Subscriber(number=CAROL)] if known else []))
            self.clock.advance(FRESH)
            self.assertIsNone(got(directory.profile(parse(BOB))))
            got(self.store.provision([Subscriber(number=BOB)]))
            self.assertIsNone(got(directory.profile(parse(BOB))))
            self.clock.advance(FRESH)
            self.assertIsNotNone(got(directory.profile(parse(BOB))))
            got(self.store.withdraw([BOB]))
            self.assertIsNotNone(got(directory.profile(parse(BOB))))
            directory.forget()
            self.assertIsNone(got(directory.profile(parse(BOB))))

    def test_outages_and_bugs_of_directories_are_outages(self) -> None:
        for error in (Temporary(5, "dns"), ZeroDivisionError()):
            routes = self.routes([], others=[Elsewhere(error)])
            self.failureResultOf(Deferred.fromCoroutine(routes.locate(parse(BOB))), Temporary)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
