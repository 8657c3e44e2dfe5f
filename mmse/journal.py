"""The vocabulary of log events: every line about an MM carries its Message-ID, none carries a body or a secret."""

from __future__ import annotations

from twisted.logger import Logger

__all__ = ["log"]

log = Logger(namespace="mmse")
