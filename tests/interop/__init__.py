"""Real peers; run by ``make interop``."""

from __future__ import annotations
