"""What a test wants beside Python: the one place that says whether it is here, and whether it may be missing.

A module of tests that talks to a real peer, or that is run by a command of its own, says so at its top::

    skip = peers.require_part("interop") or peers.require_peer("tshark")

Trial reads ``skip`` as the reason for leaving the whole module out. In CI the environment variable
``MMSE_REQUIRE_PEERS`` lists the peers (from ``.ci/peers``) that must be there: a missing one is then an error and not a
skip. ``MMSE_PARTS`` lists the parts that ``make interop``, ``make crash`` and the like run; a plain ``trial tests``
leaves these out.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping

PARTS: Mapping[str, str] = {
    "interop": "real peers: run by 'make interop'",
    "crash": "real processes killed under load: run by 'make crash'",
    "browser": "the console in a real browser: run by 'make browser'",
    "soak": "the long run: run by 'make soak'",
}

MODULES: Mapping[str, str] = {"import-linter": "importlinter", "setuptools": "setuptools", "pip": "pip"}


class PeerMissing(Exception):
    """CI requires a peer that is not installed."""


def _listed(variable: str, environment: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name.strip() for name in environment.get(variable, "").split(",") if name.strip())


def require_part(part: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The reason for leaving out the tests of `part` (a key of PARTS), or None when this run asks for them.

    Raises KeyError for a part nobody declared.
    """
    reason = PARTS[part]
    return None if part in _listed("MMSE_PARTS", environment) else reason


def require_peer(name: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The reason for a skip when the program (or the module of MODULES) `name` is not installed, None when it is.

    Raises PeerMissing instead of answering with a reason when MMSE_REQUIRE_PEERS lists `name`.
    """
    if name in MODULES:
        present = importlib.util.find_spec(MODULES[name]) is not None
    else:
        present = shutil.which(name, path=environment.get("PATH")) is not None
    if present:
        return None
    if name in _listed("MMSE_REQUIRE_PEERS", environment):
        raise PeerMissing(f"{name} is not installed, and MMSE_REQUIRE_PEERS says that it must be")
    return f"{name} is not installed"
