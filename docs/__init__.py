"""The documentation, and what prints its tables from the code."""

from __future__ import annotations
