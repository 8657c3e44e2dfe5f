"""``mmse check-config FILE``: everything that is wrong with a configuration, or what it would do."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

from mmse.cli.admin import FAILED, OK, tell
from mmse.cli.usage import Options as UsageOptions
from mmse.configuration import Loaded
from mmse.errors import Misconfigured
from mmse.settings import Settings
from mmse.tap import configured

__all__ = ["Options", "run"]


class Options(UsageOptions):
    """``mmse check-config``."""

    synopsis = "[options] [FILE]"
    description = """\
Tells everything that is wrong with a configuration, each with its path, or says 'ok' and what would listen where. The
environment counts too (MMSE__SECTION__KEY). Without a file: the lab. Exit status 1: it cannot be obeyed.
"""
    optFlags = [["json", None, "Print JSON."]]

    def parseArgs(self, file: str | None = None) -> None:
        """The file."""
        self["file"] = file


def run(options: Options, reactor: Any = None) -> int:
    """Print what is wrong, or ok; the exit status."""
    try:
        loaded = configured(options["file"], os.environ)
    except Misconfigured as error:
        if options["json"]:
            tell({"ok": False, "problems": error.problems})
        else:
            print("\n".join(error.problems), file=sys.stderr)
            count = len(error.problems)
            print(f"{count} {'problem' if count == 1 else 'problems'}", file=sys.stderr)
        return FAILED
    summary = dict(_summary(loaded.settings))
    if options["json"]:
        tell({"ok": True, "warnings": loaded.warnings, "summary": summary})
        return OK
    _print(loaded, summary)
    return OK


def _print(loaded: Loaded, summary: dict[str, str]) -> None:
    for warning in loaded.warnings:
        print(f"warning: {warning}")
    print("ok" if not loaded.warnings else "ok, with warnings")
    for name, told in summary.items():
        print(f"  {name:<15} {told}")


def _summary(settings: Settings) -> Iterator[tuple[str, str]]:
    """What would run."""
    here = settings.mm1
    bearers = here.notify.via
    yield "node", f"{settings.node.name}, domain {settings.node.domain}"
    yield "store", settings.store.url
    yield "MM1", f"{', '.join(here.http)}; phones use {here.public_url}" if here.http else "off"
    sources = [
        f"{', '.join(here.msisdn_headers)} from {', '.join(here.trusted_proxies)}" if here.trusted_proxies else "",
        f"{len(here.address)} addresses" if here.address else "",
        "passwords (LAB ONLY)" if here.lab_basic_auth else "",
    ]
    yield "identity", "; ".join(filter(None, sources)) or "nobody is known"
    yield "notifications", ", then ".join(bearers) or "off"
    if "lab" in bearers:
        yield "lab SMS centre", ", ".join(settings.lab.listen) or "off"
    local = ", ".join(settings.routing.local) or "none"
    yield "our numbers", f"prefixes: {local}; subscribers in the file: {len(settings.subscriber)}"
    logins = f"; {len(settings.console.users)} users" if settings.console.users else "; no login"
    yield "console", ", ".join(settings.console.listen) + logins if settings.console.listen else "off"
    yield "admin socket", settings.node.admin or "off"
