"""The `mmse` command."""

from __future__ import annotations
