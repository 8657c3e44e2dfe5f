"""A relay in a small world: the memory store, a clock turned by hand, scripted agents, subscribers."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from msgspec.structs import replace
from twisted.internet import task
from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from mmse.abstract.address import Field, parse
from mmse.abstract.content import Content, Encoding
from mmse.abstract.delivery import Event, State
from mmse.abstract.elements import Interface, Via
from mmse.abstract.message import Copy, Elements, Forwarding, Message, Recipient, Submission
from mmse.abstract.outcome import Done, Outcome, Waiting
from mmse.abstract.reports import Report
from mmse.abstract.trail import Happening
from mmse.interfaces import Accepted, IDeliveryAgent, ISubscriberDirectory, Notice, Reference, Retrieval, Told
from mmse.metrics import Metrics
from mmse.relay.directory import chain
from mmse.relay.numbers import Numbers
from mmse.relay.policy import Policy
from mmse.relay.service import Relay
from mmse.settings import Limits, Node, Routing
from mmse.settings import Subscriber as Provision
from mmse.store.memory import Commit, MemoryStore

BEGIN = 1_800_000_000
"""When every world begins: seconds since 1970."""

VIA = Via(Interface.MM1, "10.0.0.1", "http")
ALICE, BOB, CAROL, DAVE = "+15551230001", "+15551230002", "+15551230003", "+15551230004"
BODY = b"\x01a picture"

T = TypeVar("T")


def got(deferred: Deferred[T]) -> T:
    """The result of a Deferred that has fired."""
    results: list[Any] = []
    deferred.addBoth(results.append)
    if not results:
        raise AssertionError("not fired yet")
    if hasattr(results[0], "raiseException"):
        results[0].raiseException()
    return cast(T, results[0])


@implementer(IDeliveryAgent)
class ScriptedAgent:
    """Answers what it is told to: ``answers`` in turn, then ``otherwise``. Callables get the copy or report."""

    def __init__(self, name: str, otherwise: Any) -> None:
        self.name = name
        self.answers: list[Any] = []
        self.report_answers: list[Any] = []
        self.otherwise = otherwise
        self.delivered: list[tuple[Message, Copy]] = []
        self.reported: list[Report] = []

    def deliver(self, message: Message, copy: Copy) -> Deferred[Outcome]:
        self.delivered.append((message, copy))
        return self._answer(self.answers.pop(0) if self.answers else self.otherwise, copy)

    def report(self, report: Report) -> Deferred[Outcome]:
        self.reported.append(report)
        return self._answer(self.report_answers.pop(0) if self.report_answers else Done(Event.TAKEN), report)

    def _answer(self, answer: Any, about: Any) -> Deferred[Outcome]:
        if callable(answer):
            answer = answer(about)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Deferred) else succeed(answer)


class World:
    """One store, one clock, one relay at a time; ``restart`` gives it another life."""

    def __init__(
        self,
        limits: Limits | None = None,
        local: Sequence[str] = ("+1555",),
        country_code: str = "",
        subscribers: Sequence[Provision] = (),
        others: Sequence[ISubscriberDirectory] = (),
        commit: Commit | None = None,
        policy: Mapping[str, Any] | None = None,
        **parts: Any,
    ) -> None:
        self.clock = task.Clock()
        self.clock.advance(1000)
        self.skew = BEGIN - 1000.0
        self.store = MemoryStore(grace=3600, retention=2_592_000, clock=self.now, commit=commit)
        self.metrics = Metrics()
        self.mm1 = ScriptedAgent("mm1", lambda copy: Waiting(int(self.now()) + 300, "lab"))
        self.agents: dict[str, Any] = {"mm1": self.mm1}
        self.numbers = Numbers(country_code)
        self.directories = chain(
            Routing(local=list(local)), subscribers, self.store, self.numbers, self.clock, "mm1", others
        )
        self.policy = Policy(node=Node(name="n1", domain="mms.example"), limits=limits or Limits(), **(policy or {}))
        self.parts = parts
        self.lot = random.Random(7)
        self.relay = self.make()
        self.relay.startService()
        self.clock.advance(0)

    def now(self) -> float:
        return self.clock.seconds() + self.skew

    def make(self, owner: str = "") -> Relay:
        return Relay(
            store=self.store,
            agents=self.agents,
            policy=self.policy,
            directories=self.directories,
            clock=self.clock,
            now=self.now,
            random=self.lot.randbytes,
            metrics=self.metrics,
            numbers=self.numbers,
            owner=owner,
            **self.parts,
        )

    def advance(self, seconds: float, step: float = 60.0) -> None:
        """Let time pass, not all at once: what wakes may ask to be woken again."""
        self.clock.advance(0)
        end = self.clock.seconds() + seconds
        while self.clock.seconds() < end:
            self.clock.advance(min(step, end - self.clock.seconds()))
        self.clock.advance(0)

    # -- What people do ----------------------------------------------------------------------------------------------

    def submit(self, submission: Submission, agent: str = "mm1") -> Accepted:
        accepted = got(self.relay.submit(submission, VIA, agent))
        self.clock.advance(0)
        return accepted

    def tell(self, copy: Copy, event: Event, who: str | None = None, allowed: bool = True) -> Told:
        notice = Notice(
            reference=Reference(token=copy.token),
            event=event,
            who=None if who is None else parse(who),
            report_allowed=allowed,
        )
        told = got(self.relay.tell(notice, VIA))
        self.clock.advance(0)
        return told

    def retrieve(self, copy: Copy, who: str | None = BOB) -> Retrieval:
        return got(self.relay.retrieve(copy.token, None if who is None else parse(who), VIA))

    def forward(self, forwarding: Forwarding) -> Accepted:
        accepted = got(self.relay.forward(forwarding, VIA, "mm1"))
        self.clock.advance(0)
        return accepted

    # -- What is so --------------------------------------------------------------------------------------------------

    def message(self, message: str) -> Message:
        found = got(self.store.message(message))
        assert found is not None
        return found

    def copies(self, message: str) -> list[Copy]:
        return got(self.store.copies(message))

    def copy(self, message: str, position: int = 0) -> Copy:
        return self.copies(message)[position]

    def state(self, message: str, position: int = 0) -> State:
        return self.copy(message, position).state

    def trail(self, message: str) -> list[Happening]:
        return [line.happening for line in got(self.store.trail(message))]

    def notified(self, **elements: Any) -> Copy:
        """An MM from Alice to Bob, of which Bob's phone was told."""
        accepted = self.submit(submission(transaction=f"t{self.lot.random()}", elements=Elements(**elements)))
        return self.copy(accepted.message)


def to(number: str, field: Field = Field.TO) -> Recipient:
    return Recipient(parse(number), field)


def content(data: bytes = BODY) -> Content:
    return Content(encoding=Encoding.WSP, content_type=b"\xb3", data=data, size=len(data), media_types=("image/jpeg",))


def submission(*recipients: Recipient, **values: Any) -> Submission:
    """A submission by Alice to Bob, unless said otherwise."""
    plain = Submission(
        transaction="t1",
        digest=b"d" * 32,
        originator=parse(ALICE),
        recipients=recipients or (to(BOB),),
        content=content(),
    )
    return replace(plain, **values)


def forwarding(copy: Copy, *recipients: Recipient, **values: Any) -> Forwarding:
    """Bob's forward of his copy to Carol, unless said otherwise."""
    plain = Forwarding(
        transaction="f1",
        digest=b"f" * 32,
        originator=parse(BOB),
        recipients=recipients or (to(CAROL),),
        location=copy.token,
    )
    return replace(plain, **values)
