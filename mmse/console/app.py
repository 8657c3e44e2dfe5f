"""The console's door: ``/metrics`` for Prometheus, ``/healthz`` and ``/readyz`` for whoever watches over processes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from mmse.console.rest import TEXT, Answer, Asked, Leaf, Route, answer
from mmse.console.users import Users
from mmse.metrics import Metrics

__all__ = ["EXPOSITION", "Condition", "console"]

EXPOSITION = "text/plain; version=1.0.0; charset=utf-8"
"""The text format of ``prometheus_client.generate_latest``."""

INDEX = b"mmse\n\n/metrics  for Prometheus\n/healthz  the process is alive\n/readyz   it can take messages\n"


class Condition(NamedTuple):
    """Something that must be so for a node to be ready. ``why`` tells what is amiss."""

    name: str
    true: bool
    why: str = ""


def console(
    metrics: Metrics,
    conditions: Callable[[], Awaitable[Sequence[Condition]]],
    refresh: Callable[[], Awaitable[None]],
    users: Users,
) -> Leaf:
    """The leaf of ``[console] listen``. ``refresh`` brings gauges up to date that nobody pushes.

    When there are ``users``, all but health asks for a login: an orchestrator has none to give.
    """

    async def index(asked: Asked) -> Answer:
        return Answer(200, INDEX, TEXT)

    async def exposition(asked: Asked) -> Answer:
        await refresh()
        return Answer(200, metrics.exposition(), EXPOSITION)

    async def alive(asked: Asked) -> Answer:
        return answer({"alive": True})

    async def ready(asked: Asked) -> Answer:
        found = await conditions()
        told = {each.name: True if each.true else each.why or False for each in found}
        good = all(each.true for each in found)
        return answer({"ready": good, **told}, 200 if good else 503)

    routes = (
        Route("GET", "/", index),
        Route("GET", "/metrics", exposition),
        Route("GET", "/healthz", alive, open=True),
        Route("GET", "/readyz", ready, open=True),
    )
    return Leaf(routes, users.admit)
