"""Tests of mmse; the tree mirrors the package.

Properties are drawn the same way in every run (a failure of today is a failure of tomorrow), keep nothing on disk, and
have no deadline of their own, which a slow machine would miss.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("mmse", derandomize=True, database=None, deadline=None)
settings.load_profile("mmse")
