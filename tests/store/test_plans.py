"""Every statement finds its rows by an index, however many there are: no scan of a table, no sorting."""

from __future__ import annotations

import re
from pathlib import Path

import apsw
from twisted.trial.unittest import SynchronousTestCase

import mmse.store
from mmse.store import migrate, statements

HARMLESS = re.compile(
    r"SCAN (carray VIRTUAL TABLE INDEX .*|\d+-ROW VALUES CLAUSE|CONSTANT ROW|v|\(subquery-\d+\)|counter)"
)


def schema() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    migrate.upgrade(connection, ":memory:", migrate.schema())
    return connection


def plan(connection: apsw.Connection, sql: str, parameters: int) -> list[str]:
    rows = connection.execute("EXPLAIN QUERY PLAN " + sql, [None] * parameters).fetchall()
    return [str(row[3]) for row in rows]


def faults(lines: list[str]) -> list[str]:
    """Lines of a plan that grow with a table."""
    return [
        line
        for line in lines
        if (line.startswith("SCAN ") and not HARMLESS.fullmatch(line))
        or line.startswith("USE TEMP B-TREE")
        or "AUTOMATIC" in line
    ]


class PlanTests(SynchronousTestCase):
    def test_every_statement(self) -> None:
        connection = schema()
        checked = 0
        for name, (sql, parameters, bulk) in statements.every().items():
            lines = plan(connection, sql, parameters)
            if not bulk:
                self.assertEqual(faults(lines), [], f"{name}: {lines}")
                checked += 1
        self.assertGreater(checked, 60)

    def test_bulk_statements_go_by_row_number(self) -> None:
        connection = schema()
        for ask in (statements.SLICE, statements.SLICE_END):
            lines = plan(connection, ask.sql, 5 if ask is statements.SLICE else 2)
            self.assertTrue(any("SEARCH copy USING INTEGER PRIMARY KEY (rowid>?" in line for line in lines), lines)
            self.assertEqual(faults(lines), [])

    def test_indexes_that_the_hot_ones_use(self) -> None:
        connection = schema()
        for ask, parameters, index in (
            (statements.DUE_COPIES, 2, "COVERING INDEX copy_due (due>?)"),
            (statements.DUE_REPORTS, 2, "COVERING INDEX report_due (due>?)"),
            (statements.LOCATED, 1, "INDEX copy_token (token=?)"),
            (statements.TRANSACTED, 3, "INDEX copy_token (token>? AND token<?)"),
            (statements.OVER_CONTENT, 2, "COVERING INDEX message_release (release<?)"),
            (statements.OVER_MESSAGES, 2, "INDEX message_forget (forget<?)"),
            (statements.OVER_DUPLICATES, 2, "COVERING INDEX duplicate_until (until<?)"),
            (statements.OVER_CORRELATIONS, 2, "COVERING INDEX correlation_expires (expires<?)"),
        ):
            lines = plan(connection, ask.sql, parameters)
            self.assertTrue(any(index in line for line in lines), (ask.sql, lines))

    def test_the_check_sees_a_scan(self) -> None:
        connection = schema()
        self.assertEqual(faults(plan(connection, "SELECT id FROM copy WHERE agent = ?", 1)), ["SCAN copy"])
        lines = plan(connection, "SELECT id FROM copy WHERE token = ? ORDER BY agent", 1)
        self.assertEqual(faults(lines), [])
        lines = plan(connection, "SELECT id FROM copy WHERE token > ? ORDER BY agent", 1)
        self.assertEqual(faults(lines), ["USE TEMP B-TREE FOR ORDER BY"])

    def test_sql_stands_nowhere_else(self) -> None:
        folder = Path(mmse.store.__file__).parent
        sql = re.compile(r"\"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP)\b")
        found = [path.name for path in folder.glob("*.py") if sql.search(path.read_text(encoding="utf-8"))]
        self.assertEqual(found, ["statements.py"])
