"""``mmse password``: what ``[console] users`` keeps of a password."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Any

from mmse.cli.admin import FAILED, OK
from mmse.cli.usage import Options as UsageOptions
from mmse.console.users import hashed

__all__ = ["Options", "run"]


class Options(UsageOptions):
    """``mmse password``."""

    synopsis = "[options]"
    description = """\
Asks for a password twice and prints its Argon2id hash, for the configuration:

  [console]
  users = { alice = "$argon2id$..." }
"""
    optFlags = [["stdin", None, "Read the password from the standard input, one line."]]


def run(options: Options, reactor: Any = None) -> int:
    """Print the hash; the exit status."""
    if options["stdin"]:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            print("These were two different passwords.", file=sys.stderr)
            return FAILED
    if not password:
        print("An empty password is none.", file=sys.stderr)
        return FAILED
    print(hashed(password, os.urandom(16)))
    return OK
