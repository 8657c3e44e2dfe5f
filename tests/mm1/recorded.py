"""A relay that records what doors ask of it and answers as it was told, and the door before it over real channels."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from zope.interface import implementer

from mmse.abstract.address import Address
from mmse.abstract.elements import Via
from mmse.abstract.message import Forwarding, Submission
from mmse.abstract.reports import ReadReply
from mmse.abstract.status import RequestStatus, RetrieveStatus
from mmse.interfaces import Accepted, IRelay, Notice, Retrieval, Told
from mmse.metrics import Metrics
from mmse.mm1.door import MM1Door
from mmse.mm1.identity import make_identity
from mmse.mm1.resource import MM1Resource
from mmse.mm1.service import bounds_of, turned_away
from mmse.mm1.settings import MM1
from mmse.mm1.settings import Address as Row
from mmse.transport.bounds import Load
from mmse.transport.http import Site
from mmse.wire.mmsenc import Message, decode
from tests.transport.line import Line, Response

__all__ = ["BEGIN", "PHONE", "PROXY", "STRANGER", "RecordedRelay", "Scene", "head", "mms"]

BEGIN = 1_800_000_000
PROXY, PHONE, STRANGER = "10.0.0.1", "10.0.1.1", "192.0.2.9"
MMS = b"application/vnd.wap.mms-message"


@implementer(IRelay)
class RecordedRelay:
    """Every call is kept. An answer that is an exception is raised by the Deferred; a Deferred is given as it is."""

    def __init__(self) -> None:
        self.submissions: list[tuple[Submission, Via, str]] = []
        self.forwardings: list[tuple[Forwarding, Via, str]] = []
        self.retrievals: list[tuple[str, Address | None, Via]] = []
        self.notices: list[tuple[Notice, Via]] = []
        self.replies: list[tuple[ReadReply, Via]] = []
        self.accepted: Any = Accepted(RequestStatus.OK, "mid-1@mmsc")
        self.retrieval: Any = Retrieval(RetrieveStatus.MESSAGE_NOT_FOUND)
        self.told: Any = Told(moved=True)

    def _answer(self, answer: Any) -> Any:
        if isinstance(answer, Deferred):
            return answer
        return fail(answer) if isinstance(answer, Exception) else succeed(answer)

    def submit(self, submission: Submission, via: Via, agent: str = "") -> Deferred[Accepted]:
        self.submissions.append((submission, via, agent))
        return self._answer(self.accepted)

    def forward(self, forwarding: Forwarding, via: Via, agent: str = "") -> Deferred[Accepted]:
        self.forwardings.append((forwarding, via, agent))
        return self._answer(self.accepted)

    def retrieve(self, token: str, who: Address | None, via: Via) -> Deferred[Retrieval]:
        self.retrievals.append((token, who, via))
        return self._answer(self.retrieval)

    def tell(self, notice: Notice, via: Via) -> Deferred[Told]:
        self.notices.append((notice, via))
        return self._answer(self.told)

    def read(self, reply: ReadReply, via: Via) -> Deferred[Told]:
        self.replies.append((reply, via))
        return self._answer(self.told)

    @property
    def calls(self) -> int:
        """How often anything was asked but retrievals."""
        return len(self.submissions) + len(self.forwardings) + len(self.notices) + len(self.replies)


def head(method: bytes, target: bytes, **headers: bytes) -> bytes:
    """The head of a request."""
    lines = [b"%b %b HTTP/1.1\r\nHost: mmsc\r\n" % (method, target)]
    lines += [b"%b: %b\r\n" % (name.replace("_", "-").encode(), value) for name, value in headers.items()]
    return b"".join(lines) + b"\r\n"


def mms(body: bytes, target: bytes = b"/", **headers: bytes) -> bytes:
    """A POST of an MMS PDU."""
    headers = {"Content_Type": MMS, "Content_Length": b"%d" % len(body)} | headers
    return head(b"POST", target, **headers) + body


class Scene:
    """The door before a relay, over channels in memory. One phone is known by its address, others by a proxy."""

    def __init__(self, relay: Any = None, clock: Clock | None = None, **settings: Any) -> None:
        self.clock = clock or Clock()
        self.start = BEGIN - self.clock.seconds()
        self.recorded = RecordedRelay()
        self.settings = MM1(
            **{
                "public_url": "http://mmsc/m/",
                "trusted_proxies": ["10.0.0.0/24"],
                "address": [Row(network=PHONE, number="+15551230001"), Row(network="10.0.1.2", number="+15551230002")],
                **settings,
            }
        )
        self.metrics = Metrics()
        identity = make_identity(self.settings)
        self.door = MM1Door(relay or self.recorded, identity, self.settings, self.metrics, self.now)
        self.load = Load(bounds_of(self.settings))
        self.site = Site(MM1Resource(self.door), self.clock, self.load, turned_away(self.metrics))

    def now(self) -> float:
        return self.start + self.clock.seconds()

    def connect(self, peer: str = PHONE, slow: bool = False) -> Line:
        return Line(self.site, self.clock, peer, slow)

    def ask(self, octets: bytes, peer: str = PHONE) -> Response:
        """One request on a connection of its own, and its one answer."""
        line = self.connect(peer)
        line.send(octets)
        self.clock.advance(0)
        (response,) = line.responses(heads=octets.startswith(b"HEAD "))
        line.leave()
        self.clock.advance(1)
        return response

    def post(self, body: bytes, peer: str = PHONE, target: bytes = b"/", **headers: bytes) -> Response:
        return self.ask(mms(body, target, **headers), peer)

    def pdu(self, body: bytes, peer: str = PHONE, target: bytes = b"/", **headers: bytes) -> Message:
        """The PDU that answers a POST."""
        return self.read(self.post(body, peer, target, **headers))

    def read(self, response: Response) -> Message:
        assert response.code == 200, response
        assert response.get("Content-Type") == "application/vnd.wap.mms-message", response
        assert response.get("Cache-Control") == "no-store", response
        pdu = decode(response.body)
        assert not pdu.missing(), pdu
        return pdu
