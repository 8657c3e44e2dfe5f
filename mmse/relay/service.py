"""The MMS Relay: ``IRelay`` for doors, and a Twisted service that wires its parts and drains them at a stop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from msgspec.structs import replace
from twisted.application.service import Service
from twisted.internet import defer
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from mmse.abstract.address import Address
from mmse.abstract.elements import Via
from mmse.abstract.message import Forwarding, Submission
from mmse.abstract.reports import ReadReply
from mmse.abstract.status import RequestStatus
from mmse.errors import Refused, Temporary
from mmse.interfaces import (
    Accepted,
    IChargingSink,
    ICreditControl,
    IDeliveryAgent,
    IMessageStore,
    IRelay,
    IServiceControl,
    ISubscriberDirectory,
    Notice,
    Retrieval,
    Told,
)
from mmse.journal import log
from mmse.metrics import REPEATS, SUBMISSIONS, Metrics
from mmse.relay.acceptance import Acceptance, Entry, Result
from mmse.relay.change import Rules
from mmse.relay.delivery import Deliveries
from mmse.relay.due import Due
from mmse.relay.forwarding import Forwards
from mmse.relay.ids import Ids
from mmse.relay.moves import Moves
from mmse.relay.notices import Notices
from mmse.relay.numbers import Numbers
from mmse.relay.policy import Policy
from mmse.relay.reports import Reports
from mmse.relay.resources import Naps, Resources
from mmse.relay.retrieval import Retrievals
from mmse.relay.routing import Routes
from mmse.relay.wall import Wall
from mmse.relay.work import Work

__all__ = ["DRAIN", "Relay"]

DRAIN = 20.0
"""Seconds that a stop waits for what is in flight; what is not done by then is due again when its lease is over."""


@implementer(IRelay)
class Relay(Service):
    """One node's relay.

    ``agents`` by name (may be filled after construction, before the start). ``clock`` is monotonic (the reactor),
    ``now`` the time of day in seconds since 1970 (UTC), ``random(n)`` gives n unguessable octets. ``directories`` are
    asked in their order (``mmse.relay.directory.chain``). Without ``charging`` no charging rows are written.
    ``owner`` names this process among all that share the store (default: the node's name).

    ``startService`` wants the store started; ``stopService`` fires when nothing is in flight any more, ``DRAIN``
    seconds at most. Doors stop before the relay, the store after it.
    """

    name = "relay"

    def __init__(
        self,
        *,
        store: IMessageStore,
        agents: Mapping[str, IDeliveryAgent],
        policy: Policy,
        directories: Sequence[ISubscriberDirectory],
        clock: IReactorTime,
        now: Callable[[], float],
        random: Callable[[int], bytes],
        metrics: Metrics,
        numbers: Numbers | None = None,
        charging: IChargingSink | None = None,
        service_control: IServiceControl | None = None,
        credit: ICreditControl | None = None,
        owner: str = "",
    ) -> None:
        self.owner = owner or policy.node.name
        self._metrics = metrics
        self._clock = clock
        self._draining = False
        self._flying: dict[bytes, list[Deferred[Accepted]]] = {}
        self._resources = resources = Resources(
            store=store,
            agents=agents,
            policy=policy,
            rules=Rules(
                node=policy.node.name,
                acknowledge_timeout=policy.limits.acknowledge_timeout,
                report_lifetime=policy.limits.report_lifetime,
                charged=charging is not None,
            ),
            clock=clock,
            wall=Wall(clock, now, metrics),
            random=random,
            metrics=metrics,
            ids=Ids(policy.node.domain, random),
            numbers=numbers or Numbers(policy.node.country_code),
            routes=Routes(directories),
            naps=Naps(clock),
            wake=self._wake,
        )
        self._work = Work(policy.dispatches, metrics, self._freed, self._doubt)
        moves = Moves(resources)
        self._reports = Reports(resources)
        self._due = Due(resources, self._work, Deliveries(resources, moves), self._reports, self.owner, charging)
        self._notices = Notices(resources, moves)
        self._retrievals = Retrievals(resources, moves, self._notices)
        self._acceptance = Acceptance(resources, self._work, self._due, self.owner, service_control, credit)
        self._forwards = Forwards(resources, self._acceptance, moves, self._notices, self._retrievals)

    # The due loop works with the parts that tell it things: it comes last, and is told through these.

    def _wake(self, second: int) -> None:
        self._due.wake(second)

    def _freed(self) -> None:
        self._due.freed()

    def _doubt(self) -> None:
        self._due.doubt()

    # -- The service -------------------------------------------------------------------------------------------------

    def startService(self) -> None:
        Service.startService(self)
        self._draining = False
        self._resources.naps.begin()
        self._due.begin()

    def stopService(self) -> Deferred[None]:
        Service.stopService(self)
        return Deferred.fromCoroutine(self._drain())

    async def _drain(self) -> None:
        self._draining = True
        self._due.end()
        self._resources.naps.end()
        idle = self._work.idle()
        if not idle.called:
            idle.addTimeout(DRAIN, self._clock)
        try:
            await idle
        except defer.TimeoutError:
            log.warn("stopped with work in flight; it goes on when its leases are over")
        self._due.release()

    # -- IRelay ------------------------------------------------------------------------------------------------------

    def submit(self, submission: Submission, via: Via, agent: str = "") -> Deferred[Accepted]:
        originator = self._resources.numbers.normal(submission.originator)
        if originator is not submission.originator:
            submission = replace(submission, originator=originator)
        key = self._acceptance.key("submit", originator.key, submission.transaction, submission.digest)
        entry = Entry(submission=submission, via=via, agent=agent, key=key)
        return self._once(key, via, lambda: self._acceptance.accept(entry))

    def forward(self, forwarding: Forwarding, via: Via, agent: str = "") -> Deferred[Accepted]:
        originator = self._resources.numbers.normal(forwarding.originator)
        if originator is not forwarding.originator:
            forwarding = replace(forwarding, originator=originator)
        key = self._acceptance.key("forward", originator.key, forwarding.transaction, forwarding.digest)
        return self._once(key, via, lambda: self._forwards.forward(forwarding, via, agent, key))

    def retrieve(self, token: str, who: Address | None, via: Via) -> Deferred[Retrieval]:
        return Deferred.fromCoroutine(self._retrievals.retrieve(token, who, via))

    def tell(self, notice: Notice, via: Via) -> Deferred[Told]:
        return Deferred.fromCoroutine(self._notices.tell(notice, via))

    def read(self, reply: ReadReply, via: Via) -> Deferred[Told]:
        return Deferred.fromCoroutine(self._reports.read(reply, via))

    # -- Accepting once ----------------------------------------------------------------------------------------------

    def _once(self, key: bytes, via: Via, accept: Callable[[], Coroutine[Any, Any, Result]]) -> Deferred[Accepted]:
        """Answer, then dispatch what was accepted. A repeat that comes while the first is in flight waits for its
        answer; one that comes later finds the key in the store."""
        answer: Deferred[Accepted] = Deferred()
        if key:
            waiting = self._flying.get(key)
            if waiting is not None:
                self._metrics.count(REPEATS, via.interface.value)
                waiting.append(answer)
                return answer
            self._flying[key] = []
        Deferred.fromCoroutine(self._result(accept)).addCallbacks(
            self._answer, self._fail, callbackArgs=(answer, key, via), errbackArgs=(answer, key)
        )
        return answer

    async def _result(self, accept: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        if self._draining:
            return Result(Accepted(RequestStatus.TRANSIENT_FAILURE, text="stopping"))
        try:
            return await accept()
        except Refused as error:
            return Result(Accepted(error.status, text=error.reason))
        except Temporary as error:
            return Result(Accepted(RequestStatus.TRANSIENT_FAILURE, text=error.reason))

    def _answer(self, result: Result, answer: Deferred[Accepted], key: bytes, via: Via) -> None:
        accepted = result.accepted
        self._metrics.count(SUBMISSIONS, via.interface.value, accepted.status.value)
        if accepted.status is not RequestStatus.OK:
            log.info(
                "not accepted from {peer} ({interface}): {status} {text}",
                peer=via.peer,
                interface=via.interface.value,
                status=accepted.status.value,
                text=accepted.text,
            )
        # First the answer, then the work: an originator does not wait for the recipients' phones to be told.
        answer.callback(accepted)
        for other in self._flying.pop(key, ()):
            other.callback(accepted)
        for queued in result.copies:
            self._due.dispatch(queued, routed=bool(queued.copy.agent))
        if result.copies:
            self._work.unreserve(len(result.copies))
            self._due.keep()

    def _fail(self, failure: Any, answer: Deferred[Accepted], key: bytes) -> None:
        """A bug, or an end of the world: for whoever called."""
        waiting = self._flying.pop(key, ())
        answer.errback(failure)
        for other in waiting:
            other.errback(failure)
