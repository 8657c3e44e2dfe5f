"""``mmse sample-config``: every setting at its default, with what it means."""

from __future__ import annotations

import sys
from typing import Any

from mmse.cli.usage import Options as UsageOptions
from mmse.configuration import sample

__all__ = ["Options", "run"]


class Options(UsageOptions):
    """``mmse sample-config``."""

    synopsis = ""
    description = """\
Prints a configuration that says every setting at its default, with what it means:

  mmse sample-config > mmse.toml
"""


def run(options: Options, reactor: Any = None) -> int:
    """Print it; the exit status."""
    sys.stdout.write(sample())
    return 0
