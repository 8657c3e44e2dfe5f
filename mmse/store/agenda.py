"""Rows with a due time and a lease, in memory: which are due, who has them, and when the next one will be."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Generic, TypeVar

__all__ = ["Agenda", "Row"]

V = TypeVar("V")


class Row(Generic[V]):
    """A numbered value; ``due`` None: never again. Leased to ``owner`` until ``until`` when ``owner`` is not empty."""

    __slots__ = ("due", "number", "owner", "until", "value")

    def __init__(self, number: int, value: V, due: int | None) -> None:
        self.number = number
        self.value = value
        self.due = due
        self.owner = ""
        self.until = 0

    @property
    def wake(self) -> int | None:
        """When this row can be claimed: due, and the lease over."""
        if self.due is None:
            return None
        return max(self.due, self.until) if self.owner else self.due


class Agenda(Generic[V]):
    """Due rows, oldest first. A heap of (wake, number) in which an entry counts only while its row still says so."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Row[V]]] = []
        self._leased: dict[int, Row[V]] = {}

    def place(self, row: Row[V]) -> None:
        """Take note of a new row, or of a row whose ``due`` was set."""
        wake = row.wake
        if wake is not None:
            heappush(self._heap, (wake, row.number, row))

    def lease(self, row: Row[V], owner: str, until: int) -> None:
        """Nobody else is given this row before ``until``."""
        row.owner, row.until = owner, until
        self._leased[row.number] = row
        self.place(row)

    def release(self, row: Row[V]) -> None:
        """End a lease, if there is one."""
        row.owner = ""
        self._leased.pop(row.number, None)
        self.place(row)

    def drop(self, row: Row[V]) -> None:
        """Forget a row."""
        row.due = None
        row.owner = ""
        self._leased.pop(row.number, None)

    def claim(self, owner: str, now: int, limit: int, until: int) -> list[Row[V]]:
        """Lease at most ``limit`` rows that can be claimed at ``now``, oldest first."""
        claimed: list[Row[V]] = []
        while len(claimed) < limit:
            wake = self.next_wake()
            if wake is None or wake > now:
                break
            row = heappop(self._heap)[2]
            self.lease(row, owner, until)
            claimed.append(row)
        return claimed

    def next_wake(self) -> int | None:
        """When the next row can be claimed."""
        while self._heap:
            wake, _, row = self._heap[0]
            if row.wake == wake:
                return wake
            heappop(self._heap)
        return None

    def owned(self, owner: str) -> list[Row[V]]:
        """The rows leased to ``owner``, in the order in which they were leased."""
        return [row for row in self._leased.values() if row.owner == owner]
