"""``mmse queue``: the copies that a node holds."""

from __future__ import annotations

import time
from typing import Any

from mmse.cli.admin import OK, AdminOptions, Node, NotDone, age, complain, table, tell
from mmse.cli.usage import UsageError, whole
from mmse.console.views import QueuePage, Row

__all__ = ["Options", "run"]

PAGE = 1000


class Options(AdminOptions):
    """``mmse queue``."""

    synopsis = "[options]"
    description = """\
Lists what is on its way, one line for each recipient of an MM, in the order in which it came.

  mmse queue
  mmse queue --to +447700900008
  mmse queue --state expired --state unreachable --all
"""
    optParameters = [
        ["to", None, "", "Only copies for this recipient, a number in any spelling or an address."],
        ["limit", "n", 100, "At most so many.", whole],
    ]
    optFlags = [["all", "a", "All of them, however many."]]

    def __init__(self) -> None:
        super().__init__()
        self.states: list[str] = []

    def opt_state(self, name: str) -> None:
        """Only copies in this state; may be said again. Without: all that have not ended."""
        self.states.append(name)

    def postOptions(self) -> None:
        """Refuse what cannot be."""
        if self["limit"] < 1:
            raise UsageError("--limit: at least 1")


def run(options: Options, reactor: Any = None) -> int:
    """Print the queue; the exit status."""
    try:
        rows, more = _rows(options.node(), options)
    except NotDone as error:
        return complain(error)
    if options["json"]:
        tell({"rows": rows, "more": more})
        return OK
    if not rows:
        print("Nothing is on its way." if not options.states and not options["to"] else "There is no such copy.")
        return OK
    now = time.time()
    columns = ("message", "#", "from", "to", "state", "tries", "next in", "expires in", "octets")
    print(table(columns, (_cells(row, now) for row in rows)))
    print(f"{len(rows):,} {'copy' if len(rows) == 1 else 'copies'}" + ("; there are more: --all" if more else ""))
    return OK


def _cells(row: Row, now: float) -> tuple[object, ...]:
    due = "-" if row.due is None else "now" if row.due <= now else age(row.due - now)
    return (
        row.message,
        row.position,
        row.originator.removesuffix("/TYPE=PLMN"),
        row.recipient.removesuffix("/TYPE=PLMN"),
        row.state,
        row.attempt,
        due,
        age(row.expires - now),
        f"{row.octets:,}",
    )


def _rows(node: Node, options: Options) -> tuple[list[Row], bool]:
    """The rows wanted, and whether there are more."""
    rows: list[Row] = []
    after: int | None = 0
    while after is not None:
        limit = PAGE if options["all"] else min(PAGE, options["limit"] - len(rows))
        if limit <= 0:
            return rows, True
        query = {"state": options.states, "recipient": options["to"], "after": after, "limit": limit}
        page = node.ask(QueuePage, "GET", "v1", "queue", query=query)
        rows += page.rows
        after = page.after
    return rows, False
