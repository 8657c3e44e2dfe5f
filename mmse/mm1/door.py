"""MM1's door: one request in, one answer out, whatever carries them (HTTP now; WSP has the same methods and headers).

A request that can be answered by a PDU is, with the status that says what was wrong (OMA-TS-MMS_ENC-V1_3 7.3.48);
the HTTP status is 200 then, because phones hide the reason of any other (digest of MM1 transactions, 1.1).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import sha256
from urllib.parse import urlsplit

import msgspec
from twisted.internet.defer import Deferred

from mmse.abstract.address import Address
from mmse.abstract.delivery import Event
from mmse.abstract.elements import Interface, Via
from mmse.abstract.status import RequestStatus, RetrieveStatus
from mmse.errors import Refused, Temporary
from mmse.interfaces import Accepted, Identity, IIdentity, IRelay, Notice, Reference, Told
from mmse.journal import log
from mmse.metrics import MM1_REFUSED, MM1_REQUESTS, MM1_SECONDS, Metrics
from mmse.mm1 import mapping
from mmse.mm1.identity import Header, Peer
from mmse.mm1.refusals import DENIED, denial, version_of
from mmse.mm1.settings import MM1
from mmse.wire import Malformed, Missing, Unencodable
from mmse.wire.limits import LIMITS, Limits
from mmse.wire.mmsenc import Message as Wire
from mmse.wire.mmsenc import UnknownType, decode, encode, fields, pdus, salvage, versions
from mmse.wire.mmsenc.pdus import PDU

__all__ = ["MMS_MEDIA", "Answer", "Asked", "MM1Door"]

MMS_MEDIA = b"application/vnd.wap.mms-message"
TAKEN = frozenset({"application/vnd.wap.mms-message", "application/octet-stream", ""})
"""Media types of a request's body: the right one, what some phones send instead, and none at all (old gateways)."""

RETRY_AFTER = 5
AGENT = "mm1"
"""The delivery agent by which an originator of MM1 is reached."""


class Asked(msgspec.Struct, frozen=True):
    """A request as its carrier understood it. ``target`` in origin or absolute form; ``header(name) -> [values]``."""

    method: bytes
    target: str
    header: Header
    body: bytes
    peer: Peer
    access: str = "http"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: an HTTP status, the pieces of an MMS PDU (none: no body), and what shall be done once all went out."""

    code: int = 200
    pieces: tuple[bytes | memoryview, ...] = ()
    retry_after: int | None = None
    sent: Callable[[], Awaitable[object]] | None = None


class _Turned(Exception):
    """A request that is answered by an HTTP status alone; ``reason`` is a word for metrics, ``detail`` for the log."""

    def __init__(self, code: int, reason: str, detail: str = "", retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after


class MM1Door:
    """The logic of MM1 over a request-and-answer carrier. ``now`` gives seconds since 1970 (UTC)."""

    def __init__(
        self,
        relay: IRelay,
        identity: IIdentity,
        settings: MM1,
        metrics: Metrics,
        now: Callable[[], float],
        limits: Limits = LIMITS,
    ) -> None:
        self._relay = relay
        self._identity = identity
        self.settings = settings
        self.metrics = metrics
        self.now = now
        self._limits = limits
        self._version = versions.parse(settings.version)
        path = urlsplit(settings.public_url).path
        self._base = path if path.endswith("/") else path + "/"
        self._posts: dict[PDU, Callable[[_Post], Awaitable[Answer]]] = {
            pdus.M_SEND_REQ: self._submit,
            pdus.M_FORWARD_REQ: self._forward,
            pdus.M_NOTIFYRESP_IND: self._notifyresp,
            pdus.M_ACKNOWLEDGE_IND: self._acknowledge,
            pdus.M_READ_REC_IND: self._read,
            pdus.M_CANCEL_CONF: self._cancelled,
            **dict.fromkeys(DENIED, self._deny),
        }

    async def answer(self, asked: Asked) -> Answer:
        """The answer to a request; never raises because of what a peer sent, nor because of an outage behind us."""
        began = self.now()
        pdu = asked.method.decode("latin-1") if asked.method in (b"GET", b"HEAD") else "unknown"
        try:
            if pdu != "unknown":
                return await self._retrieve(asked, pdu)
            post = await self._understand(asked)
            pdu = post.name
            return await self._posted(post)
        except _Turned as turned:
            self._turned_away(asked.peer, pdu, turned.reason, turned.detail)
            return Answer(code=turned.code, retry_after=turned.retry_after)
        except Exception:  # noqa: BLE001 - the edge of a connection: a bug must not take the door with it
            log.failure("MM1 {pdu} from {peer} failed", pdu=pdu, peer=str(asked.peer))
            self.metrics.count(MM1_REQUESTS, pdu, "failed")
            return Answer(code=500)
        finally:
            self.metrics.observe(MM1_SECONDS, max(0.0, self.now() - began), pdu)

    def _turned_away(self, peer: Peer, pdu: str, reason: str, detail: str) -> None:
        self.metrics.count(MM1_REFUSED, reason)
        self.metrics.count(MM1_REQUESTS, pdu, reason)
        log.info(
            "MM1 {pdu} from {peer} refused: {reason} {detail}", pdu=pdu, peer=str(peer), reason=reason, detail=detail
        )

    # What comes by POST

    async def _understand(self, asked: Asked) -> _Post:
        """Decode a POST as far as it can be answered by a PDU; otherwise `_Turned`."""
        if asked.method != b"POST":
            raise _Turned(405, "wrong-method")
        if any(value.strip().lower() not in ("", "identity") for value in asked.header("Content-Encoding")):
            raise _Turned(415, "content-encoding")
        media = asked.header("Content-Type")
        if any(value.partition(";")[0].strip().lower() not in TAKEN for value in media):
            raise _Turned(415, "wrong-content-type")
        identity = self._identity.identify(asked.peer, asked.header)
        if isinstance(identity, Deferred):
            identity = await identity
        via = Via(Interface.MM1, str(asked.peer or ""), asked.access)
        broken: Malformed | None = None
        try:
            message = decode(asked.body, self._limits)
        except Malformed as error:
            broken = error
            pdu, transaction, version = salvage(asked.body, self._limits)
            if isinstance(error, UnknownType) and transaction:
                # OMA-TS-MMS_ENC-V1_3 9: a type we do not know is an unsupported message to whoever can hear it.
                pdu = None
            elif pdu not in _CONFIRMED:
                raise _Turned(400, "undecodable", str(error)) from None
            message = Wire(
                pdu or pdus.M_SEND_REQ, [(fields.TRANSACTION_ID, transaction), (fields.MMS_VERSION, version)]
            )
        return _Post(asked, message, identity, via, broken)

    async def _posted(self, post: _Post) -> Answer:
        message = post.message
        version = message.get(fields.MMS_VERSION, versions.V1_0)
        post.version = versions.negotiate(version, self._version)
        act = self._posts.get(message.pdu)
        if isinstance(post.broken, UnknownType) or act is None or not versions.same_major(version, self._version):
            return self._unsupported(post)
        if post.broken is not None:
            return self._confirm(post, _refusal(RequestStatus.MESSAGE_FORMAT_CORRUPT, str(post.broken)))
        if len(post.asked.body) > self.settings.max_message_size and message.pdu not in _CONFIRMED:
            raise _Turned(413, "too-large")
        try:
            return await act(post)
        except Missing as error:
            raise _Turned(400, "missing-field", error.name) from None
        except Temporary as error:
            raise _Turned(503, "outage", error.reason, _seconds(error)) from None
        except Refused as error:
            raise _Turned(403, "refused", error.reason) from None

    def _unsupported(self, post: _Post) -> Answer:
        """A type we do not take, or another major version: M-Send.conf 0x88 to whoever gave a transaction."""
        transaction = post.message.get(fields.TRANSACTION_ID, "")
        if not transaction:
            raise _Turned(400, "unsupported")
        post.version = self._version
        self.metrics.count(MM1_REFUSED, "unsupported")
        status = RequestStatus.UNSUPPORTED_MESSAGE
        return self._confirm(post, Accepted(status, text="This message is not supported"), pdus.M_SEND_CONF)

    async def _submit(self, post: _Post) -> Answer:
        """M-Send.req to M-Send.conf: Ok only after the relay's commit."""
        return self._confirm(post, await self._accept(post, self._submission))

    async def _forward(self, post: _Post) -> Answer:
        """M-Forward.req to M-Forward.conf."""
        return self._confirm(post, await self._accept(post, self._forwarding))

    async def _accept(self, post: _Post, ask: Callable[[_Post, Address], Deferred[Accepted]]) -> Accepted:
        try:
            if len(post.asked.body) > self.settings.max_message_size:
                return _refusal(
                    RequestStatus.CONTENT_NOT_ACCEPTED, f"Larger than {self.settings.max_message_size} octets"
                )
            if post.identity.number is None:
                return self._nobody(post)
            return await ask(post, post.identity.number)
        except Refused as error:
            return _refusal(error.status, error.reason)
        except Temporary as error:
            log.warn("MM1 {pdu}: {reason}", pdu=post.name, reason=error.reason)
            return Accepted(RequestStatus.TRANSIENT_FAILURE, text="Try again later")
        except Exception:  # noqa: BLE001 - the edge of a connection: the phone sends again, and duplicates are known
            log.failure("MM1 {pdu} from {peer} failed", pdu=post.name, peer=post.via.peer)
            return Accepted(RequestStatus.TRANSIENT_FAILURE)

    def _submission(self, post: _Post, originator: Address) -> Deferred[Accepted]:
        body = post.asked.body
        submission = mapping.submission(
            post.message, body, sha256(body).digest(), originator, self._spoken(post), self._limits
        )
        return self._relay.submit(submission, post.via, AGENT)

    def _forwarding(self, post: _Post, originator: Address) -> Deferred[Accepted]:
        digest = sha256(post.asked.body).digest()
        forwarding = mapping.forwarding(post.message, digest, originator, self._spoken(post), self._base)
        return self._relay.forward(forwarding, post.via, AGENT)

    def _spoken(self, post: _Post) -> int:
        """The version the phone speaks, as reports to it shall."""
        return post.message.get(fields.MMS_VERSION, versions.V1_0)

    def _nobody(self, post: _Post) -> Accepted:
        """Someone whom the network does not name: service denied to a stranger, unresolved behind a proxy of ours."""
        self.metrics.count(MM1_REFUSED, "not-identified")
        if post.identity.trusted:
            return _refusal(RequestStatus.ADDRESS_UNRESOLVED, "Your number is not known", post.identity.how)
        return _refusal(RequestStatus.SERVICE_DENIED, "Your number is not known", post.identity.how)

    def _confirm(self, post: _Post, accepted: Accepted, pdu: PDU | None = None) -> Answer:
        """The confirmation of a submission or forward, counted, and told in the log when it is a refusal."""
        message = post.message
        pdu = pdu or _CONFIRMED[message.pdu]
        store = message.get(fields.STORE, False)
        conf = mapping.confirmation(pdu, accepted, message.get(fields.TRANSACTION_ID, ""), post.version, store)
        self.metrics.count(MM1_REQUESTS, post.name, accepted.status.value)
        if accepted.status is not RequestStatus.OK:
            log.info(
                "MM1 {pdu} from {peer} refused: {status} {text}",
                pdu=post.name,
                peer=post.via.peer,
                status=accepted.status.value,
                text=accepted.text,
            )
        return Answer(pieces=(encode(conf, version_of(pdu, post.version)),))

    async def _notifyresp(self, post: _Post) -> Answer:
        return await self._tell(post, mapping.notice(post.message, self._token(post.asked), post.identity.number))

    async def _acknowledge(self, post: _Post) -> Answer:
        token = self._token(post.asked)
        return await self._tell(post, mapping.acknowledgement(post.message, token, post.identity.number))

    async def _tell(self, post: _Post, notice: Notice) -> Answer:
        """Tell the relay; an empty 200 satisfies every phone. A transaction alone names nothing without a number."""
        if notice.who is None and not notice.reference.token:
            raise _Turned(403, "not-identified", post.identity.how)
        return self._heard(post, await self._relay.tell(notice, post.via))

    async def _read(self, post: _Post) -> Answer:
        """M-Read-Rec.ind; the reader must be known."""
        reader = post.identity.number
        if reader is None:
            raise _Turned(403, "not-identified", post.identity.how)
        return self._heard(post, await self._relay.read(mapping.read_reply(post.message, reader), post.via))

    def _heard(self, post: _Post, told: Told) -> Answer:
        """The same empty 200 to a stranger, a late one and the right one: nobody learns which transactions exist."""
        result = "refused" if told.refused else "ok" if told.moved else "repeated"
        self.metrics.count(MM1_REQUESTS, post.name, result)
        if told.refused:
            log.info(
                "MM1 {pdu} from {peer} refused: {reason}",
                pdu=post.name,
                peer=post.via.peer,
                reason=told.reason,
                mm=told.message,
            )
        return Answer()

    async def _cancelled(self, post: _Post) -> Answer:
        """M-Cancel.conf: heard; no cancellation is sent yet that waits for one."""
        self.metrics.count(MM1_REQUESTS, post.name, "ok")
        return Answer()

    async def _deny(self, post: _Post) -> Answer:
        self.metrics.count(MM1_REQUESTS, post.name, RequestStatus.SERVICE_DENIED.value)
        log.info("MM1 {pdu} from {peer} refused: not offered", pdu=post.name, peer=post.via.peer)
        conf = denial(post.message, post.version)
        return Answer(pieces=(encode(conf, version_of(conf.pdu, post.version)),))

    def _token(self, asked: Asked) -> str:
        return mapping.token_of(asked.target, self._base)

    # GET and HEAD

    async def _retrieve(self, asked: Asked, pdu: str) -> Answer:
        """A Content-Location: M-Retrieve.conf, the MM or why not. FETCHED is told once all octets went out."""
        token = self._token(asked)
        if not token:
            raise _Turned(404, "not-found")
        identity = self._identity.identify(asked.peer, asked.header)
        if isinstance(identity, Deferred):
            identity = await identity
        via = Via(Interface.MM1, str(asked.peer or ""), asked.access)
        try:
            retrieval = await self._relay.retrieve(token, identity.number, via)
            status, text = retrieval.status, retrieval.text
            if status is RetrieveStatus.OK:
                pieces = mapping.retrieve_conf(retrieval, self._version)
        except Temporary as error:
            status, text = RetrieveStatus.TRANSIENT_FAILURE, "Try again later"
            log.warn("MM1 {pdu}: {reason}", pdu=pdu, reason=error.reason)
        except Unencodable as error:
            status, text = RetrieveStatus.CONTENT_UNSUPPORTED, "This content cannot be shown"
            log.error("MM1 {pdu}: {error}", pdu=pdu, error=error)
        except Exception:  # noqa: BLE001 - the edge of a connection: the phone asks again
            status, text = RetrieveStatus.TRANSIENT_FAILURE, "Try again later"
            log.failure("MM1 {pdu} from {peer} failed", pdu=pdu, peer=via.peer)
        self.metrics.count(MM1_REQUESTS, pdu, status.value)
        if status is not RetrieveStatus.OK:
            log.info("MM1 {pdu} from {peer} refused: {status}", pdu=pdu, peer=via.peer, status=status.value)
            text = text or status.value.replace("-", " ").capitalize()
            return Answer(pieces=(mapping.retrieve_error(status, text, self._version, int(self.now())),))

        async def sent() -> None:
            notice = Notice(reference=Reference(token=token), event=Event.FETCHED, who=identity.number)
            try:
                await self._relay.tell(notice, via)
            except Temporary as error:
                # The phone's own acknowledgement says more; without it the phone is told again, and fetches again.
                log.warn("MM1 {pdu}: it went out, and that is not written down: {reason}", pdu=pdu, reason=error.reason)

        return Answer(pieces=pieces, sent=None if pdu == "HEAD" else sent)


_CONFIRMED: dict[PDU | None, PDU] = {
    pdus.M_SEND_REQ: pdus.M_SEND_CONF,
    pdus.M_FORWARD_REQ: pdus.M_FORWARD_CONF,
}
"""Requests whose confirmation carries a Response-Status."""


class _Post:
    """A POST on its way: what was asked, the PDU (or what could be saved of it), who asks, and the answer's version."""

    __slots__ = ("asked", "broken", "identity", "message", "version", "via")

    def __init__(self, asked: Asked, message: Wire, identity: Identity, via: Via, broken: Malformed | None) -> None:
        self.asked = asked
        self.message = message
        self.identity = identity
        self.via = via
        self.broken = broken
        self.version = versions.OWN

    @property
    def name(self) -> str:
        """The PDU's name, for metrics and the log."""
        return "unknown" if isinstance(self.broken, UnknownType) else self.message.pdu.name


def _refusal(status: RequestStatus, *reasons: str) -> Accepted:
    return Accepted(status, text=": ".join(filter(None, reasons)))


def _seconds(error: Temporary) -> int:
    return RETRY_AFTER if error.retry_after is None else max(1, round(error.retry_after))
