"""The three errors that mean something outside the place they arose: policy, outage, and a wrong configuration.

Everything else that is raised is a bug: logged with its traceback, answered as unspecified, without detail.
"""

from __future__ import annotations

from mmse.abstract.status import RequestStatus

__all__ = ["Misconfigured", "Refused", "Temporary"]


class Refused(Exception):
    """Policy says no, for ever: becomes a result with ``status``. ``reason`` is for people and logs."""

    def __init__(self, status: RequestStatus, reason: str = "") -> None:
        super().__init__(reason or status.value)
        self.status = status
        self.reason = reason


class Temporary(Exception):
    """An outage (a store, a peer, a limit): the only error that makes the relay, or a phone, try again."""

    def __init__(self, retry_after: float | None = None, reason: str = "") -> None:
        super().__init__(reason or "temporarily unavailable")
        self.retry_after = retry_after
        self.reason = reason


class Misconfigured(Exception):
    """The configuration cannot be obeyed; ``problems`` names each path and what to do about it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
