"""What a gateway answered, read within bounds, and what it means for a push."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.iweb import IResponse

from mmse.abstract.delivery import Event
from mmse.abstract.outcome import Done, Outcome, Refused, Temporary
from mmse.abstract.status import RequestStatus

__all__ = ["MOST", "Answer", "gather", "judge"]

MOST = 65536
"""Octets of an answer that are looked at; the connection of a longer one is cut."""

TRY_AGAIN = frozenset({401, 403, 404, 405, 407, 408, 421, 423, 425, 429})
"""Refusals (4xx) that are no judgement of the push: credentials, a path or a method that the operator will put right
(Kannel answers 403 to a wrong password, and every MM in the queue would be lost by it), time, and rate."""


class Answer(msgspec.Struct, frozen=True):
    """The status, the seconds of Retry-After when it is a number, and the body."""

    status: int
    retry_after: float | None = None
    body: bytes = b""


class _Gathering(Protocol):
    def __init__(self, status: int, retry_after: float | None, done: Deferred[Answer]) -> None:
        self._status = status
        self._retry_after = retry_after
        self._done = done
        self._body = b""

    def dataReceived(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > MOST:
            self.cut()

    def cut(self) -> None:
        """End the connection, in the midst of an answer."""
        if self.transport is not None:
            abort = getattr(self.transport, "abortConnection", None) or self.transport.loseConnection
            abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._done.called:
            return
        # An answer that was cut counts by its status too: that is what gateways mean by it.
        if reason.check(ResponseDone, PotentialDataLoss) or len(self._body) > MOST:
            self._done.callback(Answer(self._status, self._retry_after, self._body[:MOST]))
        else:
            self._done.errback(reason)


def gather(response: Any) -> Deferred[Answer]:
    """Read the body of an `IResponse`; cancelling ends its connection."""
    assert IResponse.providedBy(response)
    text = response.headers.getRawHeaders("Retry-After", [""])[0].strip()
    seconds = float(text) if text.isascii() and text.isdigit() and len(text) < 8 else None
    gathering: _Gathering
    done: Deferred[Answer] = Deferred(lambda _: gathering.cut())
    gathering = _Gathering(response.code, seconds, done)
    response.deliverBody(gathering)
    return done


def judge(answer: Answer, success: re.Pattern[str] | None, where: str) -> Outcome:
    """2xx is taken (and matches ``success``, if there is one), 4xx refused for ever, all else an outage.

    Nothing of the body is told: gateways are known to repeat the request in it, password and all.
    """
    said = f"{where}: {answer.status}"
    if 200 <= answer.status < 300:
        if success is None or success.search(answer.body.decode("utf-8", "replace")):
            return Done(Event.TAKEN, said)
        return Temporary(answer.retry_after, f"{said}, but the answer is not that of a success")
    if 400 <= answer.status < 500 and answer.status not in TRY_AGAIN:
        return Refused(RequestStatus.PERMANENT_FAILURE, said)
    return Temporary(answer.retry_after, said)
