"""Every SQL statement of the SQLite store, once: a test reads their query plans.

Writes go many rows to a statement: each step of SQLite lets go of Python's lock, and a busy reactor gives it back
late, so that a statement per row costs a commit of 64 MMs hundreds of such waits. Questions about many keys take them
as one array (``carray``).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import NamedTuple

import apsw

from mmse.store.rows import COPY_COLUMNS

__all__ = ["SIZES", "Ask", "Many", "every", "numbers", "texts"]

SIZES = (32, 8, 1)
"""Rows that one statement writes: a list is cut into pieces of these sizes, so that few statements are prepared."""


class Ask(NamedTuple):
    """A statement that is run as it stands. ``bulk``: it may look at many rows, in slices and off the hot path."""

    sql: str
    bulk: bool = False


class Many:
    """A statement that writes rows of ``width`` columns: ``head`` VALUES (...), (...) ``tail``."""

    def __init__(self, head: str, width: int, tail: str = "") -> None:
        row = "(" + ", ".join("?" * width) + ")"
        self.width = width
        self.sizes = tuple((size, f"{head} {', '.join([row] * size)}{tail}") for size in SIZES)


_MOVED = "state, version, attempt, due, agent, report_allowed, fetched, ended"


def _set(columns: str) -> str:
    return ", ".join(f"{name} = v.column{place}" for place, name in enumerate(columns.split(", "), 2))


# -- Writing ----------------------------------------------------------------------------------------------------------

ADD_MESSAGE = Many("INSERT INTO message (id, name, live, owed, ended, release, forget, body, lines) VALUES", 9)
ADD_CONTENT = Many("INSERT INTO content (id, head, data) VALUES", 3)
ADD_COPY = Many(f"INSERT INTO copy ({COPY_COLUMNS}) VALUES", 12)
ADD_REPORT = Many("INSERT INTO report (id, attempt, due, body) VALUES", 4)
ADD_CHARGE = Many("INSERT OR IGNORE INTO charge (id, message, position, kind, sequence, taken, body) VALUES", 7)
ADD_TRAIL = Many("INSERT INTO trail (message, serial, lines) VALUES", 3)
ADD_DUPLICATE = Many("INSERT OR REPLACE INTO duplicate (key, message, until) VALUES", 3)
ADD_CORRELATION = Many(
    "INSERT OR REPLACE INTO correlation (agent, peer, external, message, position, attempt, expires) VALUES", 7
)
ADD_SUBSCRIBER = Many("INSERT OR REPLACE INTO subscriber (number, body) VALUES", 2)
SET_COUNTER = Many("INSERT OR REPLACE INTO counter (name, value) VALUES", 2)

MOVE_COPY = Many(f"UPDATE copy SET {_set(_MOVED)} FROM (VALUES", 9, ") AS v WHERE copy.id = v.column1")
MOVE_ADDRESS = Many(
    f"UPDATE copy SET {_set('token, recipient, address')} FROM (VALUES", 4, ") AS v WHERE copy.id = v.column1"
)
MOVE_REPORT = Many(
    f"UPDATE report SET {_set('attempt, due, body')} FROM (VALUES", 4, ") AS v WHERE report.id = v.column1"
)
MOVE_MESSAGE = Many(
    "UPDATE message SET live = v.column2, owed = v.column3, ended = v.column4, forget = v.column5,"
    " release = CASE v.column6 WHEN 0 THEN release ELSE v.column7 END FROM (VALUES",
    7,
    ") AS v WHERE message.id = v.column1",
)
TAKE_CHARGES = Ask("UPDATE charge SET taken = 1 WHERE id IN (SELECT value FROM carray(?))")
REMOVE_SUBSCRIBERS = Ask("DELETE FROM subscriber WHERE number IN (SELECT value FROM carray(?))")

# -- What a commit must know ------------------------------------------------------------------------------------------

KNOWN_KEYS = Ask("SELECT key, message, until FROM duplicate WHERE key IN (SELECT value FROM carray(?))")
KNOWN_MESSAGES = Ask("SELECT name, id, live, owed, ended FROM message WHERE name IN (SELECT value FROM carray(?))")
KNOWN_COPIES = Ask("SELECT id, version, state FROM copy WHERE id IN (SELECT value FROM carray(?))")
KNOWN_REPORTS = Ask("SELECT id, attempt, due FROM report WHERE id IN (SELECT value FROM carray(?))")

# -- What is due: those leased are left out, and one more than wanted tells when the next will be ---------------------

DUE_COPIES = Ask(
    "SELECT id, due FROM copy WHERE due >= 0 AND id NOT IN (SELECT value FROM carray(?)) ORDER BY due LIMIT ?"
)
DUE_REPORTS = Ask(
    "SELECT id, due FROM report WHERE due >= 0 AND id NOT IN (SELECT value FROM carray(?)) ORDER BY due LIMIT ?"
)
DUE_CHARGES = Ask(
    "SELECT id, 0 FROM charge WHERE taken = 0 AND id NOT IN (SELECT value FROM carray(?)) ORDER BY id LIMIT ?"
)
THESE_COPIES = Ask(f"SELECT {COPY_COLUMNS} FROM copy WHERE id IN (SELECT value FROM carray(?))")
THESE_MESSAGES = Ask("SELECT id, body FROM message WHERE id IN (SELECT value FROM carray(?))")
THESE_REPORTS = Ask("SELECT id, body FROM report WHERE id IN (SELECT value FROM carray(?))")
THESE_CHARGES = Ask("SELECT id, body FROM charge WHERE id IN (SELECT value FROM carray(?))")

# -- What has had its time --------------------------------------------------------------------------------------------

OVER_CONTENT = Ask("SELECT id FROM message WHERE release <= ? ORDER BY release LIMIT ?")
DROP_CONTENT = Ask("DELETE FROM content WHERE id IN (SELECT value FROM carray(?))")
RELEASED = Ask("UPDATE message SET release = NULL WHERE id IN (SELECT value FROM carray(?))")
OVER_MESSAGES = Ask("SELECT id, name FROM message WHERE forget <= ? ORDER BY forget LIMIT ?")
DROP_MESSAGES = Ask("DELETE FROM message WHERE id IN (SELECT value FROM carray(?))")
DROP_COPIES = Ask("DELETE FROM copy WHERE id >= ? AND id < ? RETURNING id, state")
DROP_REPORTS = Ask("DELETE FROM report WHERE id >= ? AND id < ?")
DROP_CHARGES = Ask("DELETE FROM charge WHERE message IN (SELECT value FROM carray(?))")
DROP_TRAIL = Ask("DELETE FROM trail WHERE message IN (SELECT value FROM carray(?))")
OVER_DUPLICATES = Ask("SELECT key FROM duplicate WHERE until <= ? ORDER BY until LIMIT ?")
DROP_DUPLICATES = Ask("DELETE FROM duplicate WHERE key IN (SELECT value FROM carray(?))")
OVER_CORRELATIONS = Ask("SELECT agent, peer, external FROM correlation WHERE expires <= ? ORDER BY expires LIMIT ?")
DROP_CORRELATION = Ask("DELETE FROM correlation WHERE agent = ? AND peer = ? AND external = ?")

# -- Reading ----------------------------------------------------------------------------------------------------------

_OF_COPY = ", ".join(f"copy.{name}" for name in COPY_COLUMNS.split(", "))

TABLES = Ask("SELECT count(*) FROM sqlite_schema", bulk=True)
COUNTERS = Ask("SELECT name, value FROM counter")
MESSAGE = Ask("SELECT body FROM message WHERE name = ?")
CONTENT = Ask(
    "SELECT content.head, content.data FROM message JOIN content ON content.id = message.id WHERE message.name = ?"
)
NUMBERED = Ask("SELECT id, body FROM message WHERE name = ?")
COPIES = Ask(f"SELECT {COPY_COLUMNS} FROM copy WHERE id >= ? AND id < ? ORDER BY id")
LOCATED = Ask(
    f"SELECT message.body, {_OF_COPY} FROM copy JOIN message ON message.id = copy.id >> 20 WHERE copy.token = ?"
)
TRANSACTED = Ask(
    f"SELECT message.body, {_OF_COPY} FROM copy JOIN message ON message.id = copy.id >> 20"
    " WHERE copy.token >= ? AND copy.token < ? AND copy.recipient = ?"
)
CORRELATED = Ask(
    "SELECT agent, peer, external, message, position, attempt, expires FROM correlation"
    " WHERE agent = ? AND peer = ? AND external = ?"
)
FIRST_LINES = Ask("SELECT id, lines FROM message WHERE name = ?")
LINES = Ask("SELECT lines FROM trail WHERE message = ? ORDER BY serial")
SLICE_END = Ask("SELECT max(id), count(*) FROM (SELECT id FROM copy WHERE id > ? ORDER BY id LIMIT ?)", bulk=True)
SLICE = Ask(
    f"SELECT {COPY_COLUMNS} FROM copy WHERE id > ?1 AND id <= ?2 AND state IN (SELECT value FROM carray(?3))"
    " AND (?4 = '' OR recipient = ?4) ORDER BY id LIMIT ?5",
    bulk=True,
)
SUBSCRIBER = Ask("SELECT body FROM subscriber WHERE number = ?")
SUBSCRIBERS = Ask("SELECT body FROM subscriber WHERE number > ? ORDER BY number LIMIT ?")


def every() -> dict[str, tuple[str, int, bool]]:
    """Each statement by name: its text, how many parameters it has, and whether it is off the hot path."""
    found: dict[str, tuple[str, int, bool]] = {}
    for name, value in globals().items():
        if isinstance(value, Ask):
            found[name] = (value.sql, _parameters(value.sql), value.bulk)
        elif isinstance(value, Many):
            found.update((f"{name} x {size}", (sql, size * value.width, False)) for size, sql in value.sizes)
    return found


def _parameters(sql: str) -> int:
    return 5 if "?5" in sql else sql.count("?")


def numbers(values: Iterable[int]) -> apsw.CArrayBinding:
    """Numbers of rows as one parameter (no row has number -1, and an array must not be empty)."""
    return apsw.carray(array("q", values) or array("q", (-1,)))


def texts(values: Iterable[str] | Iterable[bytes]) -> apsw.CArrayBinding:
    """Texts, or octets, as one parameter (an array must not be empty, and no key is)."""
    return apsw.carray(tuple(values) or ("",))
