"""The admin API: JSON over HTTP on ``[node] admin``, a UNIX socket whose mode says who may come in.

What changes something is logged with who did it. Numbers are taken in any spelling and told as E.164.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import msgspec

from mmse.abstract.delivery import FINAL, State
from mmse.abstract.storage import Subscriber
from mmse.console.rest import Answer, Asked, Declined, Leaf, Route, answer
from mmse.console.views import (
    CopyView,
    Line,
    MessageView,
    QueuePage,
    Row,
    Status,
    SubscriberPage,
    SubscriberView,
    Trail,
)
from mmse.interfaces import IMessageStore, ISubscriberStore
from mmse.journal import log

__all__ = ["LARGEST_PAGE", "LARGEST_SLICE", "Admin"]

Key = Callable[[str], str | None]

LARGEST_PAGE = 1000
"""Rows of one answer: more are asked for with ``after``."""

LARGEST_SLICE = 1000
"""Subscribers of one request, which are one commit."""

STATES = {state.name.lower(): state for state in State}
LIVE = tuple(state for state in State if state not in FINAL)


class Admin:
    """The routes over a store.

    ``key`` gives the one spelling of an address of any kind, ``e164`` that of a number (each None: it is none);
    ``changed`` hears that subscribers were; ``reload`` reads the configuration anew and tells what came of it.
    """

    def __init__(
        self,
        store: IMessageStore,
        subscribers: ISubscriberStore,
        status: Callable[[], Awaitable[Status]],
        key: Key,
        e164: Key,
        changed: Callable[[], None],
        reload: Callable[[], list[str]],
    ) -> None:
        self._store = store
        self._subscribers = subscribers
        self._status = status
        self._key = key
        self._e164 = e164
        self._changed = changed
        self._reload = reload

    def leaf(self) -> Leaf:
        """The table of routes."""
        return Leaf(
            (
                Route("GET", "/v1/status", self._tell_status),
                Route("GET", "/v1/counts", self._counts),
                Route("GET", "/v1/queue", self._queue),
                Route("GET", "/v1/messages/{message}", self._trail),
                Route("GET", "/v1/subscribers", self._list),
                Route("GET", "/v1/subscribers/{number}", self._show),
                Route("PUT", "/v1/subscribers", self._provision),
                Route("POST", "/v1/subscribers/withdraw", self._withdraw),
                Route("POST", "/v1/reload", self._read_again),
            )
        )

    async def _tell_status(self, asked: Asked) -> Answer:
        return answer(await self._status())

    async def _counts(self, asked: Asked) -> Answer:
        counts = await self._store.counts()
        return answer({state.name.lower(): number for state, number in counts.items()})

    async def _queue(self, asked: Asked) -> Answer:
        states = [self._state(name) for name in asked.all("state")] or list(LIVE)
        limit = max(1, asked.number("limit", 100, LARGEST_PAGE))
        recipient = asked.one("recipient")
        if recipient:
            key = self._key(recipient)
            if key is None:
                raise Declined(HTTPStatus.BAD_REQUEST, f"{recipient!r} is no address")
            recipient = key
        rows = await self._store.queue(states, recipient, asked.number("after", 0, 2**63 - 1), limit)
        page = [Row.of(row, queued) for row, queued in rows]
        return answer(QueuePage(page, page[-1].row if len(page) == limit else None))

    def _state(self, name: str) -> State:
        state = STATES.get(name.lower())
        if state is None:
            raise Declined(HTTPStatus.BAD_REQUEST, f"there is no state {name[:40]!r}; there are {', '.join(STATES)}")
        return state

    async def _trail(self, asked: Asked) -> Answer:
        identity = asked.caught["message"].strip("<>")
        message = await self._store.message(identity)
        lines = await self._store.trail(identity)
        if message is None and not lines:
            raise Declined(HTTPStatus.NOT_FOUND, f"this node knows no message {identity}")
        copies = await self._store.copies(identity) if message is not None else []
        return answer(
            Trail(
                MessageView.of(message) if message is not None else None,
                [CopyView.of(message, copy) for copy in copies] if message is not None else [],
                [Line.of(line) for line in lines],
            )
        )

    async def _list(self, asked: Asked) -> Answer:
        limit = max(1, asked.number("limit", 100, LARGEST_PAGE))
        found = await self._subscribers.subscribers(asked.one("after"), limit)
        views = [_view(each) for each in found]
        return answer(SubscriberPage(views, views[-1].number if len(views) == limit else None))

    async def _show(self, asked: Asked) -> Answer:
        number = self._number(asked.caught["number"])
        found = await self._subscribers.subscriber(number)
        if found is None:
            raise Declined(HTTPStatus.NOT_FOUND, f"there is no subscriber {number}")
        return answer(_view(found))

    async def _provision(self, asked: Asked) -> Answer:
        views = asked.body(list[SubscriberView])
        self._small_enough(len(views))
        done = await self._subscribers.provision([_kept(view, self._number(view.number)) for view in views])
        self._changed()
        log.info("{count} subscribers provisioned", count=done, user="admin socket")
        return answer({"done": done})

    async def _withdraw(self, asked: Asked) -> Answer:
        numbers = asked.body(list[str])
        self._small_enough(len(numbers))
        done = await self._subscribers.withdraw([self._number(number) for number in numbers])
        self._changed()
        log.info("{count} subscribers removed", count=done, user="admin socket")
        return answer({"done": done})

    async def _read_again(self, asked: Asked) -> Answer:
        return answer({"told": self._reload()})

    def _number(self, text: str) -> str:
        number = self._e164(text)
        if number is None:
            raise Declined(HTTPStatus.BAD_REQUEST, f"{text[:40]!r} is no number")
        return number

    def _small_enough(self, count: int) -> None:
        if count > LARGEST_SLICE:
            raise Declined(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"{count} at once; {LARGEST_SLICE} are the most of one request"
            )


def _view(subscriber: Subscriber) -> SubscriberView:
    return SubscriberView(**msgspec.structs.asdict(subscriber))


def _kept(view: SubscriberView, number: str) -> Subscriber:
    return Subscriber(**{**msgspec.structs.asdict(view), "number": number})
