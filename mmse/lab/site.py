"""A small HTTP place on loopback: no access log, no forms parsed, no temporary files."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from twisted.web.server import Site

__all__ = ["QuietSite"]


class QuietSite(Site):
    """twisted.web's factory without what the lab has no use for."""

    noisy = False

    def __init__(self, resource: Any, reactor: Any) -> None:
        super().__init__(resource, reactor=reactor, parsePOSTFormSubmission=False)

    def startFactory(self) -> None:
        """Nothing: twisted.web would open its access log and start a clock for it."""

    def stopFactory(self) -> None:
        """Nothing."""

    def log(self, request: Any) -> None:
        """Nothing: a phone asks every few seconds."""

    def getContentFile(self, length: int | None) -> BytesIO:
        """Bodies stay in memory."""
        return BytesIO()
