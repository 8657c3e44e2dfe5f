"""``mmse trail MESSAGE-ID``: everything done to an MM."""

from __future__ import annotations

from typing import Any

from mmse.cli.admin import OK, AdminOptions, NotDone, clock, complain, table, tell
from mmse.cli.usage import UsageError
from mmse.console.views import MessageView, Trail

__all__ = ["Options", "run"]


class Options(AdminOptions):
    """``mmse trail``."""

    synopsis = "[options] MESSAGE-ID"
    description = """\
Prints what was done to an MM: who sent it, where each recipient's copy stands, and every step with its time and reason.
The Message-ID is what 'mmse queue' and the log call it.
"""

    def parseArgs(self, message: str = "") -> None:
        """The Message-ID."""
        if not message:
            raise UsageError("which MM? Say its Message-ID, as 'mmse queue --state retrieved' and the log have it")
        self["message"] = message


def run(options: Options, reactor: Any = None) -> int:
    """Print a trail; the exit status."""
    try:
        trail = options.node().ask(Trail, "GET", "v1", "messages", options["message"])
    except NotDone as error:
        return complain(error)
    if options["json"]:
        tell(trail)
        return OK
    if trail.message is not None:
        print(_about(trail.message))
        print()
    if trail.copies:
        columns = ("#", "field", "recipient", "state", "tries", "ended")
        rows = [
            (c.position, c.field, c.recipient, c.state, c.attempt, clock(c.ended) if c.ended else "-")
            for c in trail.copies
        ]
        print(table(columns, rows))
        print()
    lines = [
        (
            f"{clock(line.at)}.{int(line.at * 1000) % 1000:03d}",
            "all" if line.position < 0 else line.position,
            line.happening,
            line.peer or "-",
            line.node,
            line.reason,
        )
        for line in trail.lines
    ]
    print(table(("time", "#", "what", "peer", "node", "why"), lines))
    return OK


def _about(message: MessageView) -> str:
    kinds = ", ".join(message.media_types) or "no parts"
    told = [
        f"{message.id}",
        f"  from {message.originator} by {message.interface} ({message.peer or 'no peer'})",
        f"  accepted {clock(message.accepted)}, expires {clock(message.expires)}",
        f"  {message.octets:,} octets: {kinds}",
    ]
    if message.forwarded_from:
        told.append(f"  forwarded from {message.forwarded_from}")
    return "\n".join(told)
