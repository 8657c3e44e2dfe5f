"""Composition: settings, reactor and parts meet here and nowhere else.

``make_mmse(settings, reactor)`` makes a whole node as a Twisted service, to embed; ``makeService`` is the same for
``twistd mmse``, with its log, its signals and its exit status (``mmse.process``).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python import usage
from zope.interface import implementer

from mmse import __version__
from mmse import metrics as rows
from mmse.abstract.address import Address, AddressKind, AddressMalformed, parse
from mmse.abstract.storage import Subscriber
from mmse.configuration import Loaded, Part, Problem, assign, changes, load, part_of
from mmse.console.admin import Admin
from mmse.console.app import Condition, console
from mmse.console.rest import Leaf
from mmse.console.socket import endpoint_of, make_room, path_of
from mmse.console.users import Users
from mmse.console.views import Status
from mmse.errors import Misconfigured, Temporary
from mmse.interfaces import IDeliveryAgent, Identity, IIdentity, INotifier, ISubscriberDirectory, Location
from mmse.journal import log
from mmse.lab.smsc import LabSMSC
from mmse.metrics import Metrics
from mmse.mm1.agent import MM1Agent
from mmse.mm1.door import MM1Door
from mmse.mm1.identity import make_identity
from mmse.mm1.notify.http import Dialect, HTTPNotifier
from mmse.mm1.notify.udp import UDPNotifier
from mmse.mm1.service import make_http
from mmse.process import Process, banner
from mmse.relay.directory import chain
from mmse.relay.numbers import Numbers
from mmse.relay.policy import Policy
from mmse.relay.service import Relay
from mmse.settings import Settings
from mmse.store import open_store
from mmse.transport.bounds import Bounds, Load
from mmse.transport.http import Site
from mmse.transport.listening import Listening
from mmse.transport.monotonic import Monotonic

__all__ = ["MMSE", "Options", "configured", "makeService", "make_mmse"]

PROBE = 0.25
"""Seconds between two looks at how late the reactor is."""

PATIENCE = 10.0
"""Seconds that a stop waits for requests of the console and of the admin socket."""

SMALL = Bounds(
    body=4_194_304,
    in_flight=33_554_432,
    connections=256,
    connections_per_address=64,
    header_timeout=10.0,
    body_timeout=30.0,
    body_rate=500.0,
    idle_timeout=75.0,
)
"""What the console and the admin socket accept."""

Fatal = Callable[[BaseException], None]


@implementer(IIdentity)
class Identified:
    """The sources of identity that are in force now."""

    def __init__(self, inner: IIdentity) -> None:
        self.inner = inner

    def identify(self, peer: Any, header: Any) -> Identity | Deferred[Identity]:
        found: Identity | Deferred[Identity] = self.inner.identify(peer, header)
        return found


@implementer(ISubscriberDirectory)
class Directory:
    """The chain of directories that is in force now, as one."""

    def __init__(self, inner: Sequence[ISubscriberDirectory]) -> None:
        self.inner = inner

    def locate(self, address: Address) -> Deferred[Location | None]:
        return Deferred.fromCoroutine(self._locate(address))

    async def _locate(self, address: Address) -> Location | None:
        for directory in self.inner:
            location = await directory.locate(address)
            if location is not None:
                return location
        return None

    def profile(self, address: Address) -> Deferred[Subscriber | None]:
        return Deferred.fromCoroutine(self._profile(address))

    async def _profile(self, address: Address) -> Subscriber | None:
        for directory in self.inner:
            subscriber = await directory.profile(address)
            if subscriber is not None:
                return subscriber
        return None


class MMSE(Service):
    """A whole node. ``relay`` (``IRelay``), ``store`` (``IMessageStore``, ``ISubscriberStore``), ``metrics``,
    ``settings``, ``numbers`` and ``directory`` are for whoever embeds it.

    ``started`` fires once everything listens, and fails when it cannot. ``stopService`` drains: nothing new is taken,
    what is in flight is answered, leases are released, the store is closed; it fires after that.
    """

    name = "mmse"

    def __init__(
        self,
        settings: Settings,
        reactor: Any,
        fatal: Fatal,
        loader: Callable[[], Loaded] | None,
        opened: Callable[..., Any] = open_store,
    ) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.numbers = Numbers(settings.node.country_code)
        self.store = opened(settings.store, reactor, self.metrics, fatal)
        self.started: Deferred[None] = Deferred()
        self.fatal = fatal
        self.draining = False
        self.level_changed: Callable[[str], None] = lambda level: None
        self.source = ""
        self._reactor = reactor
        self._loader = loader
        self._ready = False
        self._began = 0.0
        self._probe: Any = None
        self._lag = 0.0
        bearers = settings.mm1.notify.via
        self._smsc = LabSMSC(settings.lab, reactor, self.metrics) if "lab" in bearers else None
        self.directory = Directory(self._chain())
        self._agents: dict[str, IDeliveryAgent] = {}
        self._notifiers: list[INotifier] = []
        self._tell_by()
        self.relay = Relay(
            store=self.store,
            agents=self._agents,
            policy=self._policy(),
            directories=[self.directory],
            clock=Monotonic(reactor),
            now=time.time,
            random=os.urandom,
            metrics=self.metrics,
            numbers=self.numbers,
        )
        self._identity = Identified(make_identity(settings.mm1, self.numbers.normal))
        self._door = make_http(
            MM1Door(self.relay, self._identity, settings.mm1, self.metrics, time.time), settings.mm1, reactor
        )
        self._users = Users(settings.console.users, self._elsewhere, os.urandom)
        self._console = self._small(
            console(self.metrics, self._conditions, self._refresh, self._users),
            settings.console.listen,
            "console.listen",
        )
        self._admin = self._small(
            Admin(
                self.store, self.store, self._status, self._key, self._e164, self._subscribers_changed, self.reload
            ).leaf(),
            [endpoint_of(settings.node.admin)] if settings.node.admin else [],
            "node.admin",
        )

    # -- Parts -------------------------------------------------------------------------------------------------------

    def _chain(self) -> list[ISubscriberDirectory]:
        return chain(
            self.settings.routing, self.settings.subscriber, self.store, self.numbers, self._reactor, MM1Agent.name
        )

    def _policy(self) -> Policy:
        here = self.settings
        return Policy(
            node=here.node,
            limits=here.limits,
            grace=here.store.grace,
            max_recipients=here.mm1.max_recipients,
            max_message_size=here.mm1.max_message_size,
            sender_hiding=here.mm1.hidden_sender == "allow",
        )

    def _tell_by(self) -> None:
        """Make the bearers and the agent anew."""
        here = self.settings.mm1
        makers: dict[str, Callable[[], INotifier | None]] = {
            "http": lambda: HTTPNotifier(here.notify.http, self._reactor, self.metrics),
            "udp": lambda: UDPNotifier(here.notify.udp, self._reactor),
            "lab": lambda: self._smsc,
        }
        made = [makers[name]() for name in here.notify.via]
        self._notifiers = [notifier for notifier in made if notifier is not None]
        self._agents[MM1Agent.name] = MM1Agent(self._notifiers, here, self.directory, time.time, self.metrics)

    def _small(self, leaf: Leaf, places: Sequence[str], path: str) -> Listening:
        held = Load(SMALL)

        def site(late_peer: bool) -> Site:
            return Site(leaf, self._reactor, held, lambda refusal, peer: None, late_peer=late_peer)

        return Listening(self._reactor, places, site, PATIENCE, path)

    def _elsewhere(self, function: Callable[[], bool]) -> Deferred[bool]:
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), function)

    # -- Starting and stopping ---------------------------------------------------------------------------------------

    def startService(self) -> None:
        super().startService()
        self.draining = False
        self._began = time.time()
        Deferred.fromCoroutine(self._start()).chainDeferred(self.started)

    async def _start(self) -> None:
        await self.store.start()
        self.relay.startService()
        self._look()
        if self._smsc is not None:
            self._smsc.startService()
            if self._smsc.listening is not None:
                await self._smsc.listening
        if self.settings.node.admin:
            self._open_admin()
        self._console.startService()
        self._door.startService()
        self._ready = True

    def _open_admin(self) -> None:
        make_room(path_of(self.settings.node.admin))
        # Between bind and chmod the socket would have the mode of the umask.
        before = os.umask(0o177)
        try:
            self._admin.startService()
        finally:
            os.umask(before)

    def stopService(self) -> Deferred[None]:
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self.draining = True
        log.info("Stopping: what is in flight is finished, nothing new is taken")
        if not self.started.called:
            self.started.addErrback(lambda failure: None)
        await self._stopped(self._door)
        await self._stopped(self.relay)
        if self._smsc is not None:
            await self._stopped(self._smsc)
        for notifier in self._notifiers:
            await _close(notifier)
        await self._stopped(self._console)
        await self._stopped(self._admin)
        await self.store.stop()
        if self._probe is not None and self._probe.active():
            self._probe.cancel()
        self._ready = False
        self.started = Deferred()
        log.info("Stopped")

    async def _stopped(self, part: Any) -> None:
        if part.running:
            await part.stopService()

    def _look(self) -> None:
        """How late the reactor is: a call that was due at a known time."""
        due = time.monotonic() + PROBE

        def late() -> None:
            self._lag = max(0.0, time.monotonic() - due)
            self.metrics.gauge(rows.REACTOR_LAG, self._lag)
            self._look()

        self._probe = self._reactor.callLater(PROBE, late)

    # -- What the console and the admin API ask -----------------------------------------------------------------------

    async def _conditions(self) -> list[Condition]:
        found = [
            Condition("started", self._ready, "" if self._ready else "still starting"),
            Condition("taking", not self.draining, "stopping" if self.draining else ""),
        ]
        try:
            # A commit that touches no row: the writer lives and the disk takes it.
            await self.store.renew("", 0)
        except Temporary as error:
            return [*found, Condition("store", False, error.reason or "it cannot commit")]
        return [*found, Condition("store", True)]

    async def _refresh(self) -> None:
        for state, number in (await self.store.counts()).items():
            self.metrics.gauge(rows.COPIES, number, state.name.lower())

    async def _status(self) -> Status:
        conditions = await self._conditions()
        return Status(
            node=self.settings.node.name,
            version=__version__,
            pid=os.getpid(),
            store=self.settings.store.url,
            configuration=self.source,
            started=self._began,
            now=time.time(),
            draining=self.draining,
            listening=self.places(),
            ready={each.name: each.why for each in conditions},
            copies={state.name.lower(): number for state, number in (await self.store.counts()).items()},
            reactor_lag=self._lag,
        )

    def places(self) -> dict[str, list[str]]:
        """What listens where, in words."""
        here = self.settings
        told = {
            "mm1": [_place(port) for port in getattr(self._door, "ports", [])],
            "console": [_place(port) for port in self._console.ports],
            "lab": list(here.lab.listen) if self._smsc is not None else [],
            "admin": [_place(port) for port in self._admin.ports],
        }
        return {name: places for name, places in told.items() if places}

    def _key(self, text: str) -> str | None:
        try:
            return self.numbers.normal(parse(text)).key
        except AddressMalformed:
            return None

    def _e164(self, text: str) -> str | None:
        try:
            address = parse(text)
        except AddressMalformed:
            return None
        dialled = address.kind in (AddressKind.NUMBER, AddressKind.SHORT_CODE)
        return self.numbers.e164(address.value) if dialled else None

    def _subscribers_changed(self) -> None:
        for directory in self.directory.inner:
            forget = getattr(directory, "forget", None)
            if forget is not None:
                forget()

    # -- Reloading ---------------------------------------------------------------------------------------------------

    def reload(self) -> list[str]:
        """Read the configuration again and take what can be taken while running; what came of it, for people."""
        if self._loader is None:
            return self._say(["there is no configuration to read again"])
        try:
            loaded = self._loader()
        except Misconfigured as error:
            return self._say(["nothing was changed, because of:", *error.problems], wrong=True)
        new, told = loaded.settings, []
        parts: set[Part] = set()
        for path in changes(self.settings, new):
            part = part_of(path)
            if path == "mm1.notify.via" and ("lab" in new.mm1.notify.via) != (self._smsc is not None):
                part = None
            if part is None:
                told.append(f"{path} changes at the next start only")
                continue
            assign(self.settings, new, path)
            parts.add(part)
            told.append(f"{path} changed")
        for part in parts:
            self._take(part)
        return self._say([*(told or ["nothing changed"]), *loaded.warnings])

    def _take(self, part: Part) -> None:
        if part is Part.DIRECTORY:
            self.directory.inner = self._chain()
        elif part is Part.IDENTITY:
            self._identity.inner = make_identity(self.settings.mm1, self.numbers.normal)
        elif part is Part.BEARERS:
            before = self._notifiers
            self._tell_by()
            for notifier in before:
                Deferred.fromCoroutine(_close(notifier))
        elif part is Part.USERS:
            self._users.use(self.settings.console.users)
        elif part is Part.LOG:
            self.level_changed(self.settings.log.level)

    def _say(self, told: list[str], wrong: bool = False) -> list[str]:
        for line in told:
            if wrong:
                log.error("Reload: {reason}", reason=line)
            else:
                log.info("Reload: {reason}", reason=line)
        return told


async def _close(notifier: INotifier) -> None:
    close = getattr(notifier, "close", None)
    if close is not None:
        await close()


def _place(port: Any) -> str:
    host = port.getHost()
    name = getattr(host, "name", None)
    if name is not None:
        return os.fsdecode(name)
    return f"[{host.host}]:{host.port}" if ":" in host.host else f"{host.host}:{host.port}"


def make_mmse(
    settings: Settings,
    reactor: Any,
    fatal: Fatal | None = None,
    loader: Callable[[], Loaded] | None = None,
    opened: Callable[..., Any] = open_store,
) -> MMSE:
    """A node for these settings, not started. Raises ``Misconfigured``.

    ``fatal`` ends the process: it is called when the store can promise nothing any more (a failed fsync), and nothing
    is acknowledged after it. By default it stops the reactor. ``loader`` is asked when the settings are read again.
    ``opened(settings.store, reactor, metrics, fatal)`` gives the store: an embedder may bring one of its own.
    """

    def stop(error: BaseException) -> None:
        log.critical("The store failed, nothing is promised any more: {error}", error=str(error))
        reactor.stop()

    return MMSE(settings, reactor, fatal or stop, loader, opened)


# -- twistd ------------------------------------------------------------------------------------------------------------


def _parts(settings: Settings) -> Iterator[Problem]:
    """What the parts themselves say of their settings."""
    here = settings.mm1.notify
    makers: list[Callable[[], object]] = [lambda: UDPNotifier(here.udp, None)]
    if here.http.url:
        makers.append(lambda: Dialect(here.http))
    for make in makers:
        try:
            make()
        except Misconfigured as error:
            for text in error.problems:
                path, _, why = text.partition(": ")
                yield Problem(path, why)


def configured(path: str | None, environment: Mapping[str, str]) -> Loaded:
    """Settings from a file, or of the lab without one, looked at by every check there is. Raises ``Misconfigured``."""
    return load(path, environment, (_parts,))


class Options(usage.Options):
    """``twistd mmse``."""

    synopsis = "[--config FILE]"
    longdesc = """\
A Multimedia Messaging Service Environment. Without a configuration a complete lab runs on loopback, keeping its
messages in var/. 'mmse sample-config' prints a configuration to start from, 'mmse check-config FILE' tells what is
wrong with one. SIGHUP reads it again, SIGTERM stops after finishing what is in flight.
"""
    optParameters = [["config", "c", None, "The configuration (TOML)."]]

    def opt_version(self) -> None:
        """Print the version and exit."""
        sys.stdout.write(f"mmse {__version__}\n")
        raise SystemExit(0)


def makeService(options: Options) -> Process:
    """The service that ``twistd`` runs. Ends the program with every problem of the configuration."""
    from twisted.internet import reactor

    path = options["config"]

    def loader() -> Loaded:
        return configured(path, os.environ)

    try:
        loaded = loader()
        node = make_mmse(loaded.settings, reactor, Process.die, loader)
    except Misconfigured as error:
        raise SystemExit(
            "\n".join(["The configuration cannot be obeyed:", *(f"  {p}" for p in error.problems)])
        ) from None
    node.source = loaded.source or "none: the lab"
    process = Process(node, reactor, loaded, options.parent, lambda: banner(node.settings, node.places(), path is None))
    node.level_changed = process.level
    return process
