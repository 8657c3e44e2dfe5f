"""Composition: a whole node in this process, reloading it, and starts that cannot be."""

from __future__ import annotations

import json
import os
from io import BytesIO
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import TCP4ClientEndpoint, UNIXClientEndpoint, connectProtocol
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Protocol
from twisted.internet.task import Cooperator
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase, TestCase
from twisted.web.client import Agent, FileBodyProducer, HTTPConnectionPool, readBody
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer
from zope.interface.verify import verifyObject

from mmse import metrics as rows
from mmse.abstract.address import Address, number
from mmse.abstract.storage import Subscriber
from mmse.configuration import RELOADED, Loaded, Part, assign, changes, part_of
from mmse.errors import Misconfigured
from mmse.interfaces import IMessageStore, IRelay, ISubscriberDirectory, ISubscriberStore, Location
from mmse.mm1.settings import MM1, Notify
from mmse.mm1.settings import Address as Mapped
from mmse.settings import Console, Lab, Node, Routing, Settings, Store
from mmse.settings import Subscriber as Provision
from mmse.tap import MMSE, Directory, make_mmse
from mmse.wire.mmsenc import decode, fields
from mmse.wire.mmsenc.status import ResponseStatus
from tests.mm1.send import send_req

ANY = "tcp:0:interface=127.0.0.1"


def small(**sections: Any) -> Settings:
    """A whole node on ports that the system chooses, with its messages in memory."""
    given: dict[str, Any] = {
        "node": Node(admin="unix:admin.sock"),
        "store": Store(url="memory:"),
        "routing": Routing(local=["*"]),
        "mm1": MM1(
            http=[ANY], public_url="http://127.0.0.1/", trusted_proxies=["127.0.0.0/8"], notify=Notify(via=["lab"])
        ),
        "console": Console(listen=[ANY]),
        "lab": Lab(listen=[ANY]),
    }
    return Settings(**{**given, **sections})


@implementer(IAgentEndpointFactory)
class AdminSocket:
    """Where the agent of the admin API connects."""

    def endpointForURI(self, uri: object) -> UNIXClientEndpoint:
        return UNIXClientEndpoint(reactor, "admin.sock")


class Running(TestCase):
    """A node that runs until the test is over."""

    def make(self, settings: Settings | None = None, **given: Any) -> MMSE:
        node = make_mmse(settings or small(), reactor, **given)
        self.addCleanup(self.end, node)
        return node

    async def end(self, node: MMSE) -> None:
        if node.running:
            await node.stopService()

    async def started(self, settings: Settings | None = None, **given: Any) -> MMSE:
        node = self.make(settings, **given)
        node.startService()
        await node.started
        return node

    async def ask(self, place: str, target: str, method: str = "GET", body: bytes = b"", **headers: str) -> Any:
        """Code and body of an answer; place is host and port, or empty for the admin socket."""
        pool = HTTPConnectionPool(reactor, persistent=False)
        agent = Agent(reactor, pool=pool) if place else Agent.usingEndpointFactory(reactor, AdminSocket(), pool=pool)
        named = Headers({name.replace("_", "-"): [value] for name, value in headers.items()})
        producer = FileBodyProducer(BytesIO(body), cooperator=_together()) if body else None
        url = f"http://{place or 'node'}{target}".encode()
        response = await agent.request(method.encode(), url, named, producer)
        return response.code, await readBody(response)

    async def send(self, node: MMSE, tid: str = "T1", peer: str = "+15551230001") -> Any:
        """A phone's M-Send.req; its M-Send.conf."""
        (place,) = node.places()["mm1"]
        code, octets = await self.ask(
            place,
            "/",
            "POST",
            send_req(tid=tid),
            Content_Type="application/vnd.wap.mms-message",
            X_WAP_Network_Client_MSISDN=peer,
        )
        self.assertEqual(code, 200)
        return decode(octets)


def _together() -> Cooperator:
    return Cooperator(scheduler=lambda work: reactor.callLater(0, work))


class Whole(Running):
    """From the phone's request to what the console says of it."""

    async def test_interfaces(self) -> None:
        """What whoever embeds a node is given."""
        node = self.make()
        verifyObject(IRelay, node.relay)
        verifyObject(IMessageStore, node.store)
        verifyObject(ISubscriberStore, node.store)

    async def test_accepts(self) -> None:
        """An MM is taken, the console counts it, the admin API knows it, the lab's phone is told."""
        node = await self.started()
        conf = await self.send(node)
        self.assertEqual(conf[fields.RESPONSE_STATUS], ResponseStatus.OK)
        (console,) = node.places()["console"]
        code, body = await self.ask(console, "/metrics")
        self.assertEqual(code, 200)
        self.assertIn(b'mmse_submissions_total{interface="MM1",status="ok"} 1.0\n', body)
        self.assertIn(b'mmse_copies{state="notified"} 1.0\n', body)
        self.assertIn(b"mmse_lab_held_pushes 1.0\n", body)
        code, body = await self.ask("", "/v1/queue")
        (row,) = json.loads(body)["rows"]
        self.assertEqual((row["message"], row["state"]), (conf[fields.MESSAGE_ID], "notified"))
        code, body = await self.ask("", "/v1/status")
        told = json.loads(body)
        self.assertEqual((told["ready"], told["copies"]["notified"]), ({"started": "", "taking": "", "store": ""}, 1))
        self.assertEqual(set(told["listening"]), {"mm1", "console", "lab", "admin"})

    async def test_health(self) -> None:
        """Alive and ready."""
        node = await self.started()
        (console,) = node.places()["console"]
        self.assertEqual((await self.ask(console, "/healthz"))[0], 200)
        code, body = await self.ask(console, "/readyz")
        self.assertEqual((code, json.loads(body)["ready"]), (200, True))
        await node.store.stop()
        code, body = await self.ask(console, "/readyz")
        self.assertEqual((code, json.loads(body)["store"]), (503, "the store is stopped"))

    async def test_lag(self) -> None:
        """The reactor's lateness is measured."""
        node = await self.started()
        waited: Deferred[None] = Deferred()
        reactor.callLater(0.3, waited.callback, None)
        await waited
        self.assertGreater(node.metrics.value(rows.REACTOR_LAG), 0.0)

    async def test_subscribers(self) -> None:
        """Who is provisioned while the node runs is known at once, in any spelling."""
        node = await self.started(small(routing=Routing(), node=Node(admin="unix:admin.sock", country_code="44")))
        body = json.dumps([{"number": "07700 900001", "udp_address": "10.0.0.1"}]).encode()
        self.assertEqual(await self.ask("", "/v1/subscribers", "PUT", body), (200, b'{"done":1}\n'))
        found = await node.directory.profile(number("+447700900001"))
        self.assertEqual(found, Subscriber(number="+447700900001", udp_address="10.0.0.1"))
        self.assertIsNone(await node.directory.locate(number("+447700900002")))

    async def test_drain(self) -> None:
        """A stop closes every place, takes the socket away, and a second start is as good as the first."""
        node = await self.started()
        await node.stopService()
        self.assertEqual((node.draining, set(node.places())), (True, {"lab"}))
        self.assertNotIn("admin.sock", os.listdir("."))
        node.startService()
        await node.started
        self.assertEqual((await self.send(node))[fields.RESPONSE_STATUS], ResponseStatus.OK)


class Refused(Running):
    """Starts that cannot be."""

    async def test_taken(self) -> None:
        """A port that is taken."""
        first = await self.started()
        (place,) = first.places()["mm1"]
        settings = small(node=Node(admin=""), console=Console())
        settings.mm1.http = [f"tcp:{place.rpartition(':')[2]}:interface=127.0.0.1"]
        second = self.make(settings)
        second.startService()
        error = await self.failed(second, CannotListenError)
        self.assertIn("Address already in use", str(error))

    async def test_second_node(self) -> None:
        """Another node at the same admin socket."""
        await self.started()
        second = self.make()
        second.startService()
        error = await self.failed(second, Misconfigured)
        self.assertIn("another node answers at admin.sock", error.problems[0])

    async def test_store(self) -> None:
        """A store that cannot be opened: nothing listens."""
        node = self.make(small(store=Store(url=f"sqlite:{__file__}/mmse.db")))
        node.startService()
        await self.failed(node, Exception)
        self.assertEqual(set(node.places()), {"lab"})

    async def failed(self, node: MMSE, *kinds: type[Exception]) -> Any:
        """With what the start failed."""
        failures: list[Any] = []
        await node.started.addErrback(failures.append)
        (failure,) = failures
        failure.trap(*kinds)
        return failure.value

    def test_fatal(self) -> None:
        """When the store can promise nothing any more, the default ends the reactor."""
        clock: Any = MemoryReactorClock()
        clock.stop = lambda: stopped.append(True)
        stopped: list[bool] = []
        node = make_mmse(small(), clock)
        with capturedLogs() as told:
            node.fatal(OSError("fsync"))
        self.assertEqual(stopped, [True])
        self.assertEqual([event["log_level"].name for event in told], ["critical"])


class Reloaded(Running):
    """SIGHUP."""

    async def reloaded(self, before: Settings, after: Settings, *warnings: str) -> tuple[MMSE, list[str]]:
        node = await self.started(before, loader=lambda: Loaded(after, warnings, "x.toml"))
        return node, node.reload()

    async def test_nothing(self) -> None:
        """Nothing changed; nothing to read."""
        _, told = await self.reloaded(small(), small(), "mm1: a warning")
        self.assertEqual(told, ["nothing changed", "mm1: a warning"])

    async def test_embedded(self) -> None:
        """Without a loader there is nothing to read."""
        node = await self.started()
        self.assertEqual(node.reload(), ["there is no configuration to read again"])

    async def test_broken(self) -> None:
        """A configuration that cannot be obeyed changes nothing and is told."""

        def loader() -> Loaded:
            raise Misconfigured(["node.nam: there is no such setting"])

        node = await self.started(loader=loader)
        self.assertEqual(node.reload(), ["nothing was changed, because of:", "node.nam: there is no such setting"])

    async def test_at_the_next_start(self) -> None:
        """What cannot be changed is said, and is not."""
        after = small(store=Store(url="memory:", grace=5), node=Node(admin="unix:admin.sock", name="other"))
        after.mm1.notify.via = ["udp"]
        node, told = await self.reloaded(small(), after)
        self.assertEqual(
            told,
            [
                "node.name changes at the next start only",
                "store.grace changes at the next start only",
                "mm1.notify.via changes at the next start only",
            ],
        )
        self.assertEqual((node.settings.node.name, node.settings.mm1.notify.via), ("mmse", ["lab"]))
        self.assertEqual(node.reload(), told)

    async def test_identity(self) -> None:
        """Who is trusted and who is mapped."""
        after = small()
        after.mm1.trusted_proxies = []
        node, told = await self.reloaded(small(), after)
        self.assertEqual(told, ["mm1.trusted_proxies changed"])
        conf = await self.send(node)
        self.assertEqual(conf[fields.RESPONSE_STATUS], ResponseStatus.ERROR_PERMANENT_SERVICE_DENIED)
        after.mm1.address = [Mapped(network="127.0.0.1", number="+15551230009")]
        self.assertEqual(node.reload(), ["mm1.address changed"])
        conf = await self.send(node, "T2")
        self.assertEqual(conf[fields.RESPONSE_STATUS], ResponseStatus.OK)
        message = await node.store.message(conf[fields.MESSAGE_ID])
        assert message is not None
        self.assertEqual(message.originator.value, "+15551230009")

    async def test_connections(self) -> None:
        """A proxy that is trusted no longer may not have any number of connections any longer."""
        before, after = small(), small()
        before.mm1.max_connections_per_address = after.mm1.max_connections_per_address = 1
        after.mm1.trusted_proxies = []
        node = await self.started(before, loader=lambda: Loaded(after, (), ""))
        (place,) = node.places()["mm1"]
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", int(place.rpartition(":")[2]))
        held: Any = await connectProtocol(endpoint, Protocol())
        self.assertEqual((await self.ask(place, "/none"))[0], 200)
        node.reload()
        self.assertEqual((await self.ask(place, "/none"))[0], 503)
        held.transport.loseConnection()

    async def test_directory(self) -> None:
        """Whose numbers are ours."""
        after = small(routing=Routing(local=["+44"]), subscriber=[Provision(number="+15551230002", barred=True)])
        node, told = await self.reloaded(small(), after)
        self.assertEqual(told, ["routing.local changed", "subscriber changed"])
        self.assertIsNone(await node.directory.locate(number("+15551230003")))
        found = await node.directory.profile(number("+15551230002"))
        assert found is not None
        self.assertTrue(found.barred)

    async def test_limits(self) -> None:
        """An MM that comes after it obeys the new limits."""
        after = small()
        after.limits.expiry_default = after.limits.expiry_max = 120
        node, told = await self.reloaded(small(), after)
        self.assertEqual(told, ["limits.expiry_default changed", "limits.expiry_max changed"])
        message = await node.store.message((await self.send(node))[fields.MESSAGE_ID])
        assert message is not None
        self.assertEqual(message.expires - message.accepted, 120)

    async def test_bearers(self) -> None:
        """How phones are told."""
        before, after = small(), small()
        after.mm1.notify.via = ["udp", "lab"]
        after.mm1.notify.udp.addresses = {"+15551230002": "127.0.0.1"}
        after.mm1.notify.udp.port = 9
        node, told = await self.reloaded(before, after)
        self.assertEqual(
            told,
            [
                "mm1.notify.via changed",
                "mm1.notify.udp.port changed",
                "mm1.notify.udp.addresses changed",
            ],
        )
        identity = (await self.send(node))[fields.MESSAGE_ID]
        lines = [line for line in await node.store.trail(identity) if "127.0.0.1 port 9" in line.reason]
        self.assertEqual(len(lines), 1)

    async def test_users_and_level(self) -> None:
        """Logins, and how much is logged."""
        after = small()
        after.console.users = {"anna": "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAA"}
        after.log.level = "debug"
        node = await self.started(small(), loader=lambda: Loaded(after, (), ""))
        levels: list[str] = []
        node.level_changed = levels.append
        self.assertEqual(node.reload(), ["console.users changed", "log.level changed"])
        (console,) = node.places()["console"]
        self.assertEqual((await self.ask(console, "/metrics"))[0], 401)
        self.assertEqual(levels, ["debug"])

    def test_paths(self) -> None:
        """Everything said to be taken while running is a setting, and has a part that takes it."""
        known = set(changes(Settings(), _different(Settings())))
        for path in RELOADED:
            self.assertTrue(any(each == path or each.startswith(path + ".") for each in known), path)
        self.assertEqual({part_of(path) for path in RELOADED}, set(Part))

    def test_changes(self) -> None:
        """What differs, and making it differ no more."""
        old, new = small(), _different(small())
        for path in changes(old, new):
            assign(old, new, path)
        self.assertEqual(old, new)


def _different(value: Any) -> Any:
    """The same settings with another value everywhere (of no sense)."""
    for name in value.__struct_fields__:
        inner = getattr(value, name)
        if hasattr(inner, "__struct_fields__"):
            _different(inner)
        else:
            setattr(value, name, ("another", inner))
    return value


class Chain(SynchronousTestCase):
    """Directories as one."""

    def test_order(self) -> None:
        """The first that knows decides; nobody knows is None."""

        class Known:
            def __init__(self, *known: str) -> None:
                self.known = known

            def locate(self, address: Address) -> Deferred[Location | None]:
                return succeed(Location("a", str(self.known)) if address.value in self.known else None)

            def profile(self, address: Address) -> Deferred[Subscriber | None]:
                return succeed(Subscriber(number=address.value) if address.value in self.known else None)

        first, second = Known("1"), Known("1", "2")
        directory = Directory([first, second])  # type: ignore[list-item]
        verifyObject(ISubscriberDirectory, directory)
        for digits, by in (("1", first), ("2", second)):
            location = self.successResultOf(directory.locate(number(digits)))
            self.assertEqual(location, Location("a", str(by.known)))
        self.assertIsNone(self.successResultOf(directory.locate(number("3"))))
        self.assertIsNone(self.successResultOf(directory.profile(number("3"))))
