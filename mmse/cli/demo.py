"""``mmse demo``: a photograph from one phone to another through a real ``twistd``, on free ports of loopback."""

from __future__ import annotations

import sys
from typing import Any

from twisted.internet.defer import Deferred

from mmse.cli.usage import Options as UsageOptions
from mmse.lab import demo

__all__ = ["Options", "run"]


class Options(UsageOptions):
    """``mmse demo``."""

    synopsis = ""
    description = (
        "Starts a node of its own in a temporary folder, sends a photograph from one simulated phone to another, "
        "prints every PDU on both sides with its time, and compares what came with what was sent. Exit status 0: equal."
    )


def run(options: Options, reactor: Any) -> Deferred[int]:
    """Run the demonstration; fires with the exit status."""

    def line(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    return Deferred.fromCoroutine(demo.run(reactor, line))
