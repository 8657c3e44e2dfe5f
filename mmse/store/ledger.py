"""What the writer of a SQLite store remembers between commits: leases, counters, and rows that it knows already.

One process owns the file, so what is remembered is true; a commit that fails takes its part of it back. Leases are
kept here only: they cost no commit, and none outlives the process that held them.
"""

from __future__ import annotations

from collections.abc import Iterable

from mmse.abstract.delivery import State

__all__ = ["Known", "Leases", "Ledger"]

REMEMBERED = 4096
"""MMs whose rows are remembered: those that move soon after they came need not be asked for."""

LARGEST = 64
"""Copies of an MM that is remembered; larger ones are asked for by the copy."""

Lease = tuple[str, int, int]


class Leases:
    """Who has which rows until when: number -> (owner, until, due)."""

    def __init__(self) -> None:
        self._held: dict[int, Lease] = {}
        self._undo: list[tuple[int, Lease | None]] = []

    def take(self, number: int, owner: str, until: int, due: int) -> None:
        """Lease a row."""
        self._undo.append((number, self._held.get(number)))
        self._held[number] = (owner, until, due)

    def end(self, number: int) -> None:
        """End a lease, if there is one."""
        lease = self._held.pop(number, None)
        if lease is not None:
            self._undo.append((number, lease))

    def move(self, number: int, due: int | None) -> None:
        """A leased row got another due time."""
        lease = self._held.get(number)
        if lease is not None:
            self.end(number)
            if due is not None:
                self.take(number, lease[0], lease[1], due)

    def active(self, now: int) -> Iterable[int]:
        """The rows leased at ``now``; leases that are over end."""
        for number in [number for number, lease in self._held.items() if lease[1] <= now]:
            self.end(number)
        return self._held

    def prolong(self, owner: str, until: int) -> int:
        """Prolong every lease of ``owner``; how many."""
        mine = [(number, lease[2]) for number, lease in self._held.items() if lease[0] == owner]
        for number, due in mine:
            self.take(number, owner, until, due)
        return len(mine)

    def recover(self, owner: str) -> int:
        """End every lease of ``owner``; how many."""
        mine = [number for number, lease in self._held.items() if lease[0] == owner]
        for number in mine:
            self.end(number)
        return len(mine)

    def next_wake(self) -> int | None:
        """When the next leased row is both due and free again."""
        return min((max(until, due) for _, until, due in self._held.values()), default=None)

    def keep(self) -> None:
        """The commit succeeded."""
        self._undo.clear()

    def take_back(self) -> None:
        """The commit failed."""
        for number, lease in reversed(self._undo):
            if lease is None:
                self._held.pop(number, None)
            else:
                self._held[number] = lease
        self._undo.clear()


class Known:
    """An MM's row as it stands, and those of its copies and reports that were seen.

    ``whole``: nothing of it is in the database that is not here. ``copies`` is position -> (version, state),
    ``reports`` is number -> (attempt, due).
    """

    __slots__ = ("copies", "ended", "live", "number", "owed", "reports", "whole")

    def __init__(self, number: int, live: int, owed: int, ended: int, whole: bool) -> None:
        self.number = number
        self.live = live
        self.owed = owed
        self.ended = ended
        self.whole = whole
        self.copies: dict[int, tuple[int, int]] = {}
        self.reports: dict[int, tuple[int, int | None]] = {}


class Ledger:
    """All of it, with a beginning and an end for each commit."""

    def __init__(self, counters: dict[str, int]) -> None:
        self.counters = counters
        self.copies = Leases()
        self.reports = Leases()
        self.charges = Leases()
        self.known: dict[str, Known] = {}
        self._before = dict(counters)
        self.counts = self._counted()

    def next(self, name: str) -> int:
        """The next number of a kind of row; never given twice."""
        number = self.counters.get(name, 0) + 1
        self.counters[name] = number
        return number

    def count(self, state: int, by: int) -> None:
        """So many copies more, or fewer, are in a state."""
        name = f"copies:{state}"
        self.counters[name] = self.counters.get(name, 0) + by

    def moved_counters(self) -> list[tuple[str, int]]:
        """The counters that differ from what is committed."""
        return [(name, value) for name, value in self.counters.items() if self._before.get(name) != value]

    def keep(self) -> None:
        """The commit succeeded."""
        if self.moved_counters():
            self._before = dict(self.counters)
            self.counts = self._counted()
        for leases in (self.copies, self.reports, self.charges):
            leases.keep()
        while len(self.known) > REMEMBERED:
            del self.known[next(iter(self.known))]

    def take_back(self) -> None:
        """The commit failed: nothing of it was, and what was known may be wrong."""
        self.counters = dict(self._before)
        self.known.clear()
        for leases in (self.copies, self.reports, self.charges):
            leases.take_back()

    def _counted(self) -> dict[State, int]:
        """How many copies stand in each state; a new dict each time, for another thread to read."""
        return {state: self.counters.get(f"copies:{state.value}", 0) for state in State}
