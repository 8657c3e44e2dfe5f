"""A complete Multimedia Messaging Service Environment (3GPP TS 23.140, OMA MMS 1.0 to 1.3) on Twisted."""

from __future__ import annotations

__version__ = "0.1.0"
