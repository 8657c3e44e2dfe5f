"""Every contract between parts of mmse: the reference points of TS 23.140 as zope interfaces.

Methods said to return a Deferred may be awaited; a *refusal is a result*, a *failure is an outage*
(``mmse.errors.Temporary``). One contract suite per interface runs over every implementation (``mmse.testing``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any

import msgspec
from twisted.internet.defer import Deferred
from twisted.plugin import IPlugin
from zope.interface import Attribute, Interface

from mmse.abstract.address import Address
from mmse.abstract.charging import ChargeableEvent
from mmse.abstract.content import Content
from mmse.abstract.delivery import Event, State
from mmse.abstract.elements import Via
from mmse.abstract.message import Copy, Forwarding, Message, Submission
from mmse.abstract.outcome import Outcome
from mmse.abstract.reports import ReadReply, Report
from mmse.abstract.status import RequestStatus, RetrieveStatus
from mmse.abstract.storage import Change, Claimed, Correlation, Kept, Put, Queued, Subscriber
from mmse.abstract.trail import Trace

if TYPE_CHECKING:
    from mmse.settings import Settings

__all__ = [
    "Accepted",
    "IChargingSink",
    "ICreditControl",
    "IDeliveryAgent",
    "IIdentity",
    "IMessageStore",
    "INotifier",
    "IReferencePointMaker",
    "IRelay",
    "IServiceControl",
    "ISubscriberDirectory",
    "ISubscriberStore",
    "ITranscoder",
    "Identity",
    "Location",
    "Notice",
    "Push",
    "PushKind",
    "Reference",
    "Retrieval",
    "Told",
]


class Accepted(msgspec.Struct, frozen=True):
    """The result of a submission or forward: Ok with a Message-ID, or a refusal with a text for people."""

    status: RequestStatus
    message: str = ""
    text: str = ""


class Retrieval(msgspec.Struct, frozen=True):
    """The result of a retrieval: with status OK, the MM, the recipient's copy and the content as received."""

    status: RetrieveStatus
    message: Message | None = None
    copy: Copy | None = None
    content: Content | None = None
    text: str = ""


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """How a door names a copy: by the token of its Content-Location, by its notification's transaction (with the
    recipient known from the network), or by what a peer quotes (agent, peer, external)."""

    token: str = ""
    transaction: str = ""
    agent: str = ""
    peer: str = ""
    external: str = ""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """An event that a door tells of one copy. ``who`` is what the network says of the teller (None: unknown)."""

    reference: Reference
    event: Event
    who: Address | None
    report_allowed: bool = True
    reason: str = ""


class Told(msgspec.Struct, frozen=True):
    """What came of a notice: it ``moved`` the copy, or was a harmless repeat; ``refused``: unknown or a stranger's."""

    moved: bool = False
    refused: bool = False
    message: str = ""
    reason: str = ""


class Location(msgspec.Struct, frozen=True):
    """Where an address lives: the name of the delivery agent that serves it, and why that was concluded.

    An empty ``agent`` is a final no (a subscriber of ours who cannot be served): no other directory is asked.
    """

    agent: str
    reason: str


class Identity(msgspec.Struct, frozen=True):
    """Who is behind a connection: ``number`` is E.164, or None; ``how`` says by what (header, address map, ...)."""

    number: Address | None
    how: str = ""
    trusted: bool = False
    """The connection comes from a configured proxy or mapped network."""


class PushKind(Enum):
    """What a push is about; the value is the PDU's name."""

    NOTIFICATION = "M-Notification.ind"
    DELIVERY = "M-Delivery.ind"
    READ = "M-Read-Orig.ind"
    CANCEL = "M-Cancel.req"


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """One PDU to carry to a phone: ``octets`` is the finished MMS PDU, which the bearer wraps in its own way.

    ``reference`` is stable over repeats of the same push; ``expires`` is when it becomes useless (seconds, UTC).
    """

    destination: Address
    octets: bytes
    kind: PushKind
    reference: str
    expires: int
    message: str = ""
    subscriber: Subscriber | None = None


class IRelay(Interface):
    """The MMS Relay, as doors see it. ``via`` is copied and never looked into."""

    def submit(submission: Submission, via: Via, agent: str = "") -> Deferred[Accepted]:
        """Accept an MM; fires after the commit. ``agent`` can reach the originator with reports."""

    def forward(forwarding: Forwarding, via: Via, agent: str = "") -> Deferred[Accepted]:
        """Send on a notified MM that is still here; fires after the commit."""

    def retrieve(token: str, who: Address | None, via: Via) -> Deferred[Retrieval]:
        """The content of a copy, for its recipient. Moves nothing: the door tells FETCHED when all octets went out."""

    def tell(notice: Notice, via: Via) -> Deferred[Told]:
        """An event happened to a copy; fires after the commit. Idempotent."""

    def read(reply: ReadReply, via: Via) -> Deferred[Told]:
        """A recipient read (or deleted) an MM; at most one report per recipient."""


class IDeliveryAgent(Interface):
    """One way out (MM1, MM3, MM4, MM7). Outcomes are values; ``errors.Temporary`` and ``errors.Refused`` also count."""

    name = Attribute("Short name, kept in rows: 'mm1'.")

    def deliver(message: Message, copy: Copy) -> Deferred[Outcome]:
        """Carry a copy towards its recipient. May be called again for the same copy after a crash."""

    def report(report: Report) -> Deferred[Outcome]:
        """Tell the originator of an MM; ``Done(TAKEN)`` when told."""


class IMessageStore(Interface):
    """MM2. Every Deferred fires after its commit; a failure that may pass is ``errors.Temporary``."""

    def start() -> Deferred[None]:
        """Open, upgrade the schema; ``errors.Misconfigured`` when it is newer than this code or owned by another."""

    def stop() -> Deferred[None]:
        """Commit what is queued, then close."""

    def recover(owner: str) -> Deferred[int]:
        """End the leases of a previous life of ``owner``; how many."""

    def put(put: Put) -> Deferred[Kept]:
        """Accept an MM."""

    def change(change: Change) -> Deferred[bool]:
        """Compare-and-set a copy; False when the row had moved on. Owed reports that exist already are left alone."""

    def owe(report: Report, trail: Sequence[Trace]) -> Deferred[bool]:
        """Add a report row; False when one for (message, position, kind) exists."""

    def settle(before: Report, after: Report | None, trail: Sequence[Trace]) -> Deferred[bool]:
        """Compare-and-set a report (by attempt); None: told or given up, never due again, but its key stays."""

    def claim(owner: str, now: int, limit: int, leased_until: int, charges: bool = False) -> Deferred[Claimed]:
        """Due rows, oldest first, now leased to ``owner``; at most ``limit`` of each kind."""

    def renew(owner: str, leased_until: int) -> Deferred[int]:
        """Prolong every lease of ``owner``."""

    def charged(rows: Sequence[int]) -> Deferred[None]:
        """Charging events that their sink has taken."""

    def message(message: str) -> Deferred[Message | None]:
        """An MM by Message-ID."""

    def content(message: str) -> Deferred[Content | None]:
        """Its content, or None when purged."""

    def copies(message: str) -> Deferred[list[Copy]]:
        """Its copies by position."""

    def located(token: str) -> Deferred[Queued | None]:
        """The copy behind a Content-Location."""

    def transacted(recipient: str, transaction: str) -> Deferred[list[Queued]]:
        """Copies of one recipient (``Address.key``) by the transaction of their notification."""

    def correlate(correlation: Correlation) -> Deferred[None]:
        """Add an identity learnt later."""

    def correlated(agent: str, peer: str, external: str) -> Deferred[Correlation | None]:
        """What a peer's quoted identity is about."""

    def journal(trail: Sequence[Trace]) -> Deferred[None]:
        """Add lines to trails without moving anything."""

    def trail(message: str) -> Deferred[list[Trace]]:
        """The trail of an MM, oldest first."""

    def queue(states: Iterable[State], recipient: str, after: int, limit: int) -> Deferred[list[tuple[int, Queued]]]:
        """Copies in these states (all recipients when empty), by row number after ``after``: for people."""

    def counts() -> Deferred[dict[State, int]]:
        """How many copies stand in each state; cheap."""

    def purge(now: int, limit: int) -> Deferred[int]:
        """Forget, in slices, content whose grace is over and rows whose retention is over; how many rows went."""


class ISubscriberStore(Interface):
    """Provisioned subscribers (MM6), kept in the store."""

    def subscriber(number: str) -> Deferred[Subscriber | None]:
        """One by E.164 number."""

    def subscribers(after: str, limit: int) -> Deferred[list[Subscriber]]:
        """By number, after ``after``."""

    def provision(subscribers: Sequence[Subscriber]) -> Deferred[int]:
        """Add or replace, in one commit."""

    def withdraw(numbers: Sequence[str]) -> Deferred[int]:
        """Remove; how many there were."""


class ISubscriberDirectory(Interface):
    """MM5 and MM6: whose is this address."""

    def locate(address: Address) -> Deferred[Location | None]:
        """Who serves it; None: not known here, ask the next one of the chain."""

    def profile(address: Address) -> Deferred[Subscriber | None]:
        """What is known of a subscriber of ours."""


class IChargingSink(Interface):
    """MM8. Never delays an MM, never loses an event: rows are kept until ``record`` has taken them."""

    def record(events: Sequence[ChargeableEvent]) -> Deferred[None]:
        """Take events, durably; the same event may be given again after a crash."""


class ICreditControl(Interface):
    """MM9."""

    def authorize(submission: Submission, via: Via) -> Deferred[bool]:
        """Whether the originator can pay."""

    def debit(event: ChargeableEvent) -> Deferred[None]:
        """Charge for what happened."""

    def refund(event: ChargeableEvent) -> Deferred[None]:
        """Give back what was charged for what did not happen."""


class IServiceControl(Interface):
    """MM10."""

    def process(submission: Submission, via: Via) -> Deferred[Submission]:
        """The submission as it shall go on, recipients changed perhaps; ``errors.Refused`` to stop it."""


class ITranscoder(Interface):
    """MM11. The seam is drawn; nothing adapts yet, and content is handed on as received."""

    def adapt(content: Content, subscriber: Subscriber | None) -> Deferred[Content]:
        """Content that the recipient's terminal can show."""


class INotifier(Interface):
    """MM1's push leg: one bearer. ``Done(TAKEN)`` or ``Waiting`` when it took the push, else refused or temporary."""

    name = Attribute("The bearer's name in settings: 'http', 'udp', 'lab'.")

    def notify(push: Push) -> Deferred[Outcome]:
        """Carry one PDU to a phone; a repeat carries the same octets."""


class IIdentity(Interface):
    """Who is behind an MM1 connection."""

    def identify(peer: IPv4Address | IPv6Address | None, header: Any) -> Identity | Deferred[Identity]:
        """``header(name) -> list[str]`` reads a request's headers; ``peer`` is the address of the connection."""


class IReferencePointMaker(IPlugin):
    """Someone else's reference point. The seam is drawn here and nothing looks for such plugins yet; to add one today,
    embed mmse (``mmse.tap.make_mmse``) and use its ``relay`` and ``store``."""

    name = Attribute("Its section in the configuration.")

    def make(settings: Settings, relay: Any, store: Any) -> Any:
        """A Twisted service, perhaps also an ``IDeliveryAgent``."""
