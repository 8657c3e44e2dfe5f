"""``twistd mmse``: found by twisted.plugin, which is why no ``__init__.py`` stands beside this file."""

from __future__ import annotations

from twisted.application.service import ServiceMaker

mmse = ServiceMaker("mmse", "mmse.tap", "A Multimedia Messaging Service Environment (MMSC).", "mmse")
