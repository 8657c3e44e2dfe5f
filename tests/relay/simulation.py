"""A world drawn from a seed: phones, crashes, outages, one or two nodes on one store; and the books kept of it.

Invariants (RELIABILITY section 2): I1 nothing accepted is lost; I2 one copy for one intent; I4 each report once, and
true; I6 nothing to anyone not addressed; I7 expiry and delivery time kept; I8 all is quiet in the end.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from twisted.internet import task
from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall
from zope.interface import implementer

from mmse.abstract.address import Field, parse
from mmse.abstract.delivery import FINAL, REPORTED, SUPPRESSIBLE, Event, State
from mmse.abstract.elements import Moment, ReadStatus
from mmse.abstract.message import Copy, Elements, Message
from mmse.abstract.outcome import Done, Outcome, Refused, Temporary, Waiting
from mmse.abstract.reports import ReadReply, Report, ReportKind
from mmse.abstract.status import RequestStatus, RetrieveStatus
from mmse.abstract.storage import Kept
from mmse.errors import Temporary as TemporaryError
from mmse.interfaces import Accepted, IDeliveryAgent, Notice, Reference, Retrieval
from mmse.metrics import Metrics
from mmse.relay.directory import chain
from mmse.relay.numbers import Numbers
from mmse.relay.policy import Policy
from mmse.relay.service import Relay
from mmse.settings import Limits, Node, Routing
from mmse.store.memory import MemoryStore
from tests.relay.world import BEGIN, VIA, forwarding, submission, to

SAFETY = 2400
"""Seconds with faults."""

EXPIRY = 3600
HEALING = 6 * 3600
"""Seconds without faults in which all must become quiet."""
LIMITS = Limits(expiry_default=EXPIRY, acknowledge_timeout=600, report_lifetime=86_400)
NO_WINDOW = Limits(expiry_default=EXPIRY, acknowledge_timeout=600, duplicate_window=0)
PHONES = tuple(f"+155500000{n:02}" for n in range(6))
NOBODY = "+447700900000"


class NodeClock:
    """A node's own view of the clock: when the node dies its timers die, and nothing it still awaits goes on."""

    def __init__(self, clock: task.Clock) -> None:
        self.clock = clock
        self.calls: list[IDelayedCall] = []
        self.dead = False

    def seconds(self) -> float:
        return self.clock.seconds()

    def callLater(self, delay: float, call: Callable[..., Any], *args: Any) -> IDelayedCall:
        if self.dead:
            # What the collector ends of a dead node must not touch the clock of the living.
            return DelayedCall(0, call, args, {}, lambda made: None, lambda made: None, self.seconds)
        made = self.clock.callLater(delay, call, *args)
        self.calls.append(made)
        if len(self.calls) > 100:
            self.calls = [call for call in self.calls if call.active()]
        return made

    def getDelayedCalls(self) -> list[IDelayedCall]:
        return self.calls

    def die(self) -> None:
        self.dead = True
        for call in self.calls:
            if call.active():
                call.cancel()


@implementer(IDeliveryAgent)
class Phones:
    """The agent of one node's life: answers late, or not, or badly; phones act on what reached them."""

    name = "mm1"

    def __init__(self, simulation: Simulation, clock: NodeClock) -> None:
        self.simulation = simulation
        self.clock = clock

    def deliver(self, message: Message, copy: Copy) -> Deferred[Outcome]:
        if self.clock.dead:
            return Deferred()
        return self.simulation.pushed(self.clock, message, copy)

    def report(self, report: Report) -> Deferred[Outcome]:
        if self.clock.dead:
            return Deferred()
        return self.simulation.reported(self.clock, report)


class Simulation:
    """One seed."""

    def __init__(self, seed: int, planted: str = "") -> None:
        self.planted = planted
        self.lot = random.Random(seed)
        self.clock = task.Clock()
        self.store = MemoryStore(grace=3600, retention=10_000_000, clock=self.now, commit=self.commit)
        self.faults = True
        self.fault_rate = self.lot.choice([0.0, 0.02, 0.1])
        self.slow = self.lot.random() < 0.5
        self.lives = 0
        self.nodes: list[tuple[Relay, NodeClock] | None] = []
        self.acting: NodeClock | None = None
        # The books: what people know.
        self.acknowledged: dict[str, set[str]] = defaultdict(set)
        self.asked: dict[str, Elements] = {}
        self.sent: dict[str, tuple[float, int]] = {}
        self.shown: Counter[tuple[str, str]] = Counter()
        self.tokens: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.reports: Counter[tuple[str, int, ReportKind]] = Counter()
        self.told: dict[tuple[str, int], Report] = {}
        self.forbidden: set[tuple[str, int]] = set()
        self.wrong: list[str] = []
        self.doubts = 0
        self.nodes = [None] * self.lot.choice([1, 1, 2])
        for number in range(len(self.nodes)):
            self.restart(number)

    def now(self) -> float:
        return BEGIN + self.clock.seconds()

    def life(self, number: int) -> tuple[Relay, NodeClock]:
        """A node is started (again)."""
        self.lives += 1
        clock = NodeClock(self.clock)
        numbers = Numbers()
        relay = Relay(
            store=StoreOf(self, clock),  # type: ignore[arg-type]
            agents={"mm1": Phones(self, clock)},
            policy=Policy(
                node=Node(name=f"n{number}", domain="mms.example"),
                limits=NO_WINDOW if self.planted == "no repeats seen" else LIMITS,
                dispatches=8,
            ),
            directories=chain(Routing(local=["+1555"]), [], None, numbers, clock, "mm1"),  # type: ignore[arg-type]
            clock=clock,  # type: ignore[arg-type]
            now=self.now,
            random=self.lot.randbytes,
            metrics=Metrics(),
            numbers=numbers,
        )
        relay.startService()
        return relay, clock

    # -- Faults ------------------------------------------------------------------------------------------------------

    def commit(self, operation: Any, act: Callable[[], Any]) -> Deferred[Any]:
        """A commit takes its time, fails, is in doubt, or its node dies before or after it."""
        node = self.acting
        if not self.faults or node is None:
            return succeed(act())
        chance = self.lot.random()
        if chance < self.fault_rate / 4:
            self.doubts += 1
            act()
            return self.crash(node) if self.lot.random() < 0.5 else fail(TemporaryError(reason="in doubt"))
        if chance < self.fault_rate / 2:
            return self.crash(node) if self.lot.random() < 0.3 else fail(TemporaryError(reason="away"))
        if not self.slow:
            return succeed(act())
        done: Deferred[Any] = Deferred()

        def complete() -> None:
            result = act()
            if not node.dead:
                self.acting = node
                done.callback(result)

        self.clock.callLater(self.lot.uniform(0.0002, 0.05), complete)
        return done

    def lie(self, name: str, args: tuple[Any, ...], result: Deferred[Any]) -> Deferred[Any]:
        """What a relay that does not listen to its store would believe: the books must find it out."""
        if self.planted == "accepted before it was kept" and name == "put":
            return result.addErrback(lambda failure: Kept(args[0].message.id))
        return result

    def crash(self, clock: NodeClock) -> Deferred[Any]:
        clock.die()
        for number, node in enumerate(self.nodes):
            if node is not None and node[1] is clock:
                self.nodes[number] = None
                self.clock.callLater(self.lot.uniform(1, 90), self.restart, number)
        return Deferred()

    def restart(self, number: int) -> None:
        node = self.life(number)
        if node[1].dead:
            # It died while it started.
            self.clock.callLater(self.lot.uniform(1, 90), self.restart, number)
        else:
            self.nodes[number] = node

    def after(self, clock: NodeClock, outcome: Any) -> Deferred[Any]:
        """An agent's answer, at once or after a while; a dead node never hears it."""
        answer: Deferred[Any] = Deferred()

        def give() -> None:
            if not clock.dead and not answer.called:
                answer.callback(outcome)

        if self.lot.random() < 0.5:
            give()
        else:
            self.clock.callLater(self.lot.uniform(0.01, 40 if self.faults else 5), give)
        return answer

    # -- What reaches people -----------------------------------------------------------------------------------------

    def pushed(self, clock: NodeClock, message: Message, copy: Copy) -> Deferred[Outcome]:
        number = copy.recipient.value
        if number not in {recipient.address.value for recipient in message.recipients}:
            self.wrong.append(f"I6: {number} was told of {message.id}")
        if not message.earliest <= self.now() < message.expires:
            self.wrong.append(f"I7: {message.id} pushed at {self.now()}, {message.earliest}..{message.expires}")
        chance = self.lot.random()
        if chance < (0.3 if self.faults else 0.0):
            return self.after(clock, Temporary(None, "no bearer"))
        if chance < 0.33 and self.faults:
            return self.after(clock, Refused(RequestStatus.ADDRESS_UNRESOLVED, "unknown subscriber"))
        self.shown[message.id, number] += 1
        self.tokens[message.id, number].add(copy.token)
        if chance < 0.9 or not self.faults:
            self.clock.callLater(self.lot.uniform(0, 200), self.act, copy)
        until = int(self.now()) + self.lot.choice([60, 300, 900])
        return self.after(clock, Waiting(until, "pushed"))

    def reported(self, clock: NodeClock, report: Report) -> Deferred[Outcome]:
        if self.faults and self.lot.random() < 0.3:
            return self.after(clock, Temporary(None, "originator is off"))
        self.reports[report.message, report.position, report.kind] += 1
        if report.kind is ReportKind.DELIVERY:
            self.told[report.message, report.position] = report
        return self.after(clock, Done(Event.TAKEN))

    def relay(self) -> Relay | None:
        """A node that a phone reaches, if any."""
        alive = [node for node in self.nodes if node is not None]
        if not alive:
            return None
        relay, self.acting = self.lot.choice(alive)
        return relay

    def again(self, call: Callable[..., None], *args: Any) -> None:
        """Phones try again after an outage."""
        self.clock.callLater(self.lot.uniform(2, 30), call, *args)

    def act(self, copy: Copy) -> None:
        """A phone that was told does what its owner likes."""
        event = self.lot.choice(
            [Event.RETRIEVED] * 4 + [Event.FETCHED, Event.DEFERRED, Event.REJECTED, Event.FORWARDED]
        )
        if event is Event.FORWARDED:
            return self.forward(copy)
        if event in (Event.RETRIEVED, Event.FETCHED):
            return self.fetch(copy, event)
        self.tell(copy, event, self.lot.random() < 0.8)

    def fetch(self, copy: Copy, then: Event) -> None:
        relay = self.relay()
        if relay is None:
            return self.again(self.fetch, copy, then)
        stranger = self.lot.choice([number for number in PHONES if number != copy.recipient.value])
        if self.lot.random() < 0.1:
            relay.retrieve(copy.token, parse(stranger), VIA).addCallback(self.strange)

        def fetched(found: Any) -> None:
            if found.status is RetrieveStatus.OK:
                self.tell(copy, Event.FETCHED, True)
                if then is Event.RETRIEVED:
                    self.clock.callLater(self.lot.uniform(0, 5), self.tell, copy, then, self.lot.random() < 0.8)
            elif found.status is RetrieveStatus.TRANSIENT_FAILURE:
                self.again(self.fetch, copy, then)

        relay.retrieve(copy.token, copy.recipient, VIA).addCallback(fetched)

    def strange(self, found: Retrieval) -> None:
        if found.content is not None or found.message is not None:
            self.wrong.append("I6: a stranger fetched")

    def tell(self, copy: Copy, event: Event, allowed: bool) -> None:
        relay = self.relay()
        if relay is None:
            return self.again(self.tell, copy, event, allowed)
        notice = Notice(reference=Reference(token=copy.token), event=event, who=copy.recipient, report_allowed=allowed)

        def told(answer: Any) -> None:
            if answer.moved and not allowed:
                self.forbidden.add((copy.message, copy.position))

        relay.tell(notice, VIA).addCallbacks(told, lambda failure: self.again(self.tell, copy, event, allowed))
        if event is Event.RETRIEVED and self.lot.random() < 0.5:
            reply = ReadReply(message=copy.message, reader=copy.recipient, status=ReadStatus.READ)
            for _ in range(2):
                relay.read(reply, VIA).addErrback(lambda failure: None)

    def forward(self, copy: Copy) -> None:
        number = self.lot.choice(PHONES)
        request = forwarding(
            copy,
            to(number),
            originator=copy.recipient,
            transaction=copy.token[:4],
            digest=number.encode(),
            delivery_report=self.lot.random() < 0.5,
        )
        self.ask(
            lambda relay: relay.forward(request, VIA, "mm1"),
            {number},
            Elements(delivery_report=request.delivery_report),
        )

    def submit(self, number: int) -> None:
        numbers = {self.lot.choice([*PHONES, NOBODY]) for _ in range(self.lot.choice([1, 1, 2, 4]))}
        elements = Elements(
            subject=str(number),
            delivery_report=self.lot.random() < 0.7,
            read_reply=self.lot.random() < 0.3,
            message_class=self.lot.choice(["personal", "personal", "auto"]),
        )
        delivery = Moment(self.lot.randrange(600), True) if self.lot.random() < 0.2 else None
        request = submission(
            *(to(each, self.lot.choice(list(Field))) for each in sorted(numbers)),
            transaction=str(number),
            originator=parse(self.lot.choice(PHONES)),
            elements=elements,
            earliest_time_of_delivery=delivery,
            time_of_expiry=Moment(self.lot.choice([900, 3600]), True) if delivery is None else None,
        )
        self.ask(lambda relay: relay.submit(request, VIA, "mm1"), numbers, elements)

    def ask(self, send: Callable[[Relay], Deferred[Accepted]], numbers: set[str], elements: Elements) -> None:
        """As Android does: the same PDU again until an answer came."""
        answered: list[Accepted] = []

        def hear(accepted: Accepted) -> None:
            if accepted.status is RequestStatus.OK:
                answered.append(accepted)
                if accepted.message != answered[0].message:
                    self.wrong.append(f"I2: a repeat of {answered[0].message} became {accepted.message}")
                self.acknowledged[accepted.message] |= numbers
                self.asked[accepted.message] = elements
            elif accepted.status is not RequestStatus.TRANSIENT_FAILURE:
                answered.append(accepted)

        def attempt() -> None:
            if answered and self.lot.random() < 0.9:
                return
            relay = self.relay()
            if relay is not None:
                send(relay).addCallback(hear)
            self.clock.callLater(self.lot.uniform(2, 10), attempt)

        attempt()

    # -- The run -----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        for number in range(8):
            self.clock.callLater(self.lot.uniform(0, SAFETY / 2), self.submit, number)
        for _ in range(self.lot.choice([0, 1, 3])):
            self.clock.callLater(self.lot.uniform(0, SAFETY), self.kill)
        self.until(SAFETY)
        self.faults = False
        while not self.quiet() and self.clock.seconds() < SAFETY + HEALING:
            self.until(self.clock.seconds() + 300)

    def kill(self) -> None:
        alive = [node for node in self.nodes if node is not None]
        if alive:
            self.crash(self.lot.choice(alive)[1])

    def until(self, end: float) -> None:
        """Go from one timer to the next."""
        while True:
            calls = self.clock.getDelayedCalls()
            if not calls or calls[0].getTime() > end:
                break
            self.clock.advance(max(0.0, calls[0].getTime() - self.clock.seconds()))
        self.clock.advance(end - self.clock.seconds())

    def quiet(self) -> bool:
        """Nothing is to be done any more by any node (looked at by asking as one that owns nothing)."""
        counts = got_now(self.store.counts())
        claim = self.store.claim("looker", BEGIN - 1, 1, BEGIN - 1)
        return all(state in FINAL for state, count in counts.items() if count) and got_now(claim).next_due is None

    def check(self) -> list[str]:
        """What the books say is wrong."""
        wrong = list(self.wrong)
        for mm, numbers in self.acknowledged.items():
            copies = {copy.recipient.value: copy for copy in got_now(self.store.copies(mm))}
            if set(copies) != numbers:
                wrong.append(f"I1: {mm} was accepted for {numbers} and is kept for {set(copies)}")
        for (mm, number), tokens in self.tokens.items():
            if len(tokens) != 1:
                wrong.append(f"I2: {number} was told of {mm} as {len(tokens)} messages")
        everything = [queued for _, queued in got_now(self.store.queue(tuple(State), "", 0, 10_000))]
        intents: dict[tuple[Any, ...], set[str]] = defaultdict(set)
        for message in (queued.message for queued in everything):
            intents[message.originator, message.forwarded_from, message.recipients, message.elements.subject].add(
                message.id
            )
        wrong.extend(f"I2: {mms} are one intent" for mms in intents.values() if len(mms) > 1)
        for queued in everything:
            wrong.extend(self.check_copy(queued.message, queued.copy))
        return wrong

    def check_copy(self, message: Message, copy: Copy) -> list[str]:
        wrong = []
        mm, position = copy.message, copy.position
        name = f"{mm}/{position}"
        if copy.state not in FINAL or copy.due is not None:
            wrong.append(f"I8: {name} is {copy.state.name}, due {copy.due}")
        if copy.state is State.EXPIRED and (copy.ended or 0) < message.expires:
            wrong.append(f"I7: {name} expired early")
        owed = (
            message.elements.delivery_report
            and copy.state in REPORTED
            and (copy.report_allowed or copy.state not in SUPPRESSIBLE)
        )
        count = self.reports[mm, position, ReportKind.DELIVERY]
        # One that dies between telling and writing it down tells again (RELIABILITY D3: one for each crash or doubt).
        most = (1 + (self.doubts + self.lives - len(self.nodes))) if owed else 0
        if not bool(owed) <= count <= most:
            wrong.append(f"I4: {name} {copy.state.name} was reported {count} times, allowed {copy.report_allowed}")
        if count and self.told[mm, position].delivery is not REPORTED[copy.state]:
            wrong.append(f"I4: {name} is {copy.state.name}, reported as {self.told[mm, position].delivery}")
        if (mm, position) in self.forbidden and copy.report_allowed:
            wrong.append(f"I4: {name} forgot that its report is forbidden")
        return wrong


class StoreOf:
    """The store as one node's life sees it: what it asks is known to be its own, and a dead node hears nothing."""

    def __init__(self, simulation: Simulation, clock: NodeClock) -> None:
        self._simulation = simulation
        self._clock = clock

    def __getattr__(self, name: str) -> Callable[..., Deferred[Any]]:
        method = getattr(self._simulation.store, name)

        def call(*args: Any, **values: Any) -> Deferred[Any]:
            if self._clock.dead:
                return Deferred()
            self._simulation.acting = self._clock
            if self._simulation.planted == "told and not written down" and name == "settle":
                return succeed(True)
            result = self._simulation.lie(name, args, method(*args, **values))
            self._simulation.acting = None
            if self._clock.dead:
                return Deferred()
            return result

        return call


def got_now(deferred: Deferred[Any]) -> Any:
    results: list[Any] = []
    deferred.addCallback(results.append)
    return results[0]
