"""``mmse status`` and ``mmse reload``: how a node is, and having it read its configuration again."""

from __future__ import annotations

from typing import Any

from mmse.cli.admin import FAILED, OK, AdminOptions, NotDone, age, clock, complain, table, tell
from mmse.console.views import Status

__all__ = ["Options", "ReloadOptions", "reload", "run"]


class Options(AdminOptions):
    """``mmse status``."""

    synopsis = "[options]"
    description = "Tells how a node is: since when, what listens where, what it holds. Exit status 1: it is not ready."


class ReloadOptions(AdminOptions):
    """``mmse reload``."""

    synopsis = "[options]"
    description = (
        "Has a node read its configuration again, as SIGHUP does, and tells what took effect and what did not."
    )


def run(options: Options, reactor: Any = None) -> int:
    """Print the status; the exit status."""
    try:
        status = options.node().ask(Status, "GET", "v1", "status")
    except NotDone as error:
        return complain(error)
    ready = not any(status.ready.values())
    if options["json"]:
        tell(status)
        return OK if ready else FAILED
    print(f"{status.node}: {'ready' if ready else 'NOT READY'}, mmse {status.version}, process {status.pid}")
    print(f"  since {clock(status.started)} ({age(status.now - status.started)})")
    print(f"  configuration {status.configuration}, store {status.store}, reactor late by {status.reactor_lag:.3f} s")
    for name, why in status.ready.items():
        if why:
            print(f"  {name}: {why}")
    for name, places in status.listening.items():
        print(f"  {name} listens at {', '.join(places)}")
    print(table(("state", "copies"), [(state, number) for state, number in status.copies.items() if number]))
    return OK if ready else FAILED


def reload(options: ReloadOptions, reactor: Any = None) -> int:
    """Ask for it, and print what came of it."""
    try:
        told = options.node().ask(dict[str, list[str]], "POST", "v1", "reload")
    except NotDone as error:
        return complain(error)
    if options["json"]:
        tell(told)
    else:
        print("\n".join(told["told"]))
    return OK
