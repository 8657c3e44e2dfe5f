"""A whole MM1 in memory: phones, door, relay, store, agent, one bearer, and a transcript of what they say."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from mmse.abstract.delivery import Event
from mmse.abstract.outcome import Done, Outcome
from mmse.interfaces import INotifier, Push
from mmse.mm1.agent import MM1Agent
from mmse.mm1.settings import Address, Notify
from mmse.settings import Limits
from mmse.wire.mmsenc import INSERT_ADDRESS, Message, decode, encode, fields, pdus, status
from mmse.wire.wsp.field import Header
from tests.mm1.recorded import Scene, head
from tests.mm1.send import RELATED, body
from tests.relay.world import World

__all__ = ["PHONES", "Stage"]

PHONES = {name: (f"10.0.1.{n}", f"+1555123000{n}") for n, name in enumerate(("Alice", "Bob", "Carol", "Dave"), 1)}
NAMES = {number: name for name, (_, number) in PHONES.items()}


def named(address: str) -> str:
    """The person behind an address of the stage."""
    return NAMES.get(address.partition("/")[0], address)


@implementer(INotifier)
class Air:
    """The bearer: every push is kept, by phone, and written down. While ``down`` it takes nothing."""

    name = "air"

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.pushes: dict[str, list[bytes]] = {name: [] for name in PHONES}
        self.answer: Outcome = Done(Event.TAKEN, "air")

    def notify(self, push: Push) -> Deferred[Outcome]:
        if self.answer == Done(Event.TAKEN, "air"):
            name = named(push.destination.value)
            self.pushes[name].append(push.octets)
            self.lines.append(f"mmse -> {name}: {told(decode(push.octets))}")
        return succeed(self.answer)


def told(pdu: Message) -> str:
    """What a PDU says, in a few words."""
    words = [pdu.pdu.name]
    results = map(pdu.get, (fields.RESPONSE_STATUS, fields.RETRIEVE_STATUS, fields.STATUS, fields.READ_STATUS))
    words += [getattr(value, "name", str(value)) for value in results if value is not None]
    if pdu.pdu in (pdus.M_DELIVERY_IND, pdus.M_READ_ORIG_IND):
        other = pdu[fields.TO] if pdu.pdu is pdus.M_DELIVERY_IND else pdu[fields.FROM]
        words.append(f"by {named(str(other))}")
    elif pdu.pdu in (pdus.M_NOTIFICATION_IND, pdus.M_RETRIEVE_CONF) and fields.RETRIEVE_STATUS not in pdu:
        sender = pdu.get(fields.FROM)
        words.append("from nobody" if sender is None else f"from {named(str(sender))}")
        shown = [("to", pdu.all(fields.TO)), ("cc", pdu.all(fields.CC))]
        words += [f"{key} {','.join(map(named, values))}" for key, values in shown if values]
    return " ".join(words)


class Stage:
    """The scene of a flow. What phones do are methods; ``lines`` is what passed, in order."""

    def __init__(self, limits: Limits | None = None, **settings: Any) -> None:
        self.lines: list[str] = []
        self.air = Air(self.lines)
        self.world = World(limits)
        addresses = [Address(network=network, number=number) for network, number in PHONES.values()]
        self.scene = Scene(
            self.world.relay,
            self.world.clock,
            address=addresses,
            notify=Notify(via=["air"], retry=[60, 300]),
            **settings,
        )
        self.scene.start = self.world.skew
        self.world.agents["mm1"] = MM1Agent(
            [self.air], self.scene.settings, self.world.directories[0], self.world.now, self.world.metrics
        )

    def send(self, who: str, *headers: Header, tid: str = "T1", version: int = 0x12) -> Message:
        """M-Send.req and its answer."""
        every: list[Header] = [
            (fields.TRANSACTION_ID, tid),
            (fields.MMS_VERSION, version),
            (fields.FROM, INSERT_ADDRESS),
            *headers,
            (fields.CONTENT_TYPE, RELATED),
        ]
        return self.post(who, Message(pdus.M_SEND_REQ, every, body()))

    def post(self, who: str, pdu: Message) -> Message:
        """A request that has an answer."""
        self.lines.append(f"{who} -> mmse: {told(pdu)}")
        # The answer is written before what it causes: a phone may be told of an MM in the moment of its acceptance.
        place = len(self.lines)
        answer = self.scene.pdu(encode(pdu), PHONES[who][0])
        self.lines.insert(place, f"mmse -> {who}: {told(answer)}")
        return answer

    def say(self, who: str, pdu: pdus.PDU, *headers: Header, code: int = 200) -> None:
        """An indication that has none."""
        message = Message(pdu, [(fields.MMS_VERSION, 0x12), *headers])
        self.lines.append(f"{who} -> mmse: {told(message)}")
        response = self.scene.post(encode(message), PHONES[who][0])
        assert (response.code, response.body) == (code, b""), response

    def notification(self, who: str, number: int = -1) -> Message:
        """A push that a phone got, the last unless said otherwise."""
        return decode(self.air.pushes[who][number])

    def fetch(self, who: str, number: int = -1) -> Message:
        """GET of the Content-Location of a notification."""
        location = self.notification(who, number)[fields.CONTENT_LOCATION]
        self.lines.append(f"{who} -> mmse: GET")
        place = len(self.lines)
        answer = self.scene.read(self.scene.ask(head(b"GET", location.encode()), PHONES[who][0]))
        self.lines.insert(place, f"mmse -> {who}: {told(answer)}")
        return answer

    def respond(self, who: str, value: status.Status, *headers: Header, number: int = -1) -> None:
        """M-NotifyResp.ind."""
        tid = self.notification(who, number)[fields.TRANSACTION_ID]
        self.say(who, pdus.M_NOTIFYRESP_IND, (fields.TRANSACTION_ID, tid), (fields.STATUS, value), *headers)

    def take(self, who: str) -> Message:
        """Fetch and acknowledge, as a phone does that fetches at once."""
        found = self.fetch(who)
        self.respond(who, status.Status.RETRIEVED)
        self.world.advance(1)
        return found

    def transcript(self) -> str:
        """All lines so far; the next transcript begins anew."""
        text = "\n".join(self.lines)
        self.lines.clear()
        return text
