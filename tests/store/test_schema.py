"""Numbered schema files: whole steps, upwards only."""

from __future__ import annotations

from pathlib import Path
from shutil import copy

import apsw
from msgspec import msgpack
from twisted.trial.unittest import SynchronousTestCase

from mmse.errors import Misconfigured
from mmse.store import migrate
from mmse.testing.store.values import put, trace
from tests.store.sites import SQLiteCase

SECOND = "ALTER TABLE subscriber ADD COLUMN changed INTEGER; CREATE TABLE extra (id INTEGER PRIMARY KEY) STRICT;"


def newer(folder: Path, *steps: str) -> Path:
    """A copy of our schema with more steps."""
    folder.mkdir()
    ours = Path(str(migrate.schema()))
    for path in ours.glob("*.sql"):
        copy(path, folder)
    for number, step in enumerate(steps, len(list(ours.glob("*.sql"))) + 1):
        (folder / f"{number:04}_more.sql").write_text(step, encoding="utf-8")
    return folder


class UpgradeTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.connection = apsw.Connection(":memory:")

    def tables(self) -> set[object]:
        return {name for (name,) in self.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}

    def test_from_nothing(self) -> None:
        last = len(list(Path(str(migrate.schema())).glob("*.sql")))
        self.assertEqual(migrate.upgrade(self.connection, "x", migrate.schema()), (0, last))
        self.assertEqual(self.connection.pragma("user_version"), last)
        self.assertEqual(migrate.upgrade(self.connection, "x", migrate.schema()), (last, last))

    def test_a_step_is_done_once(self) -> None:
        _, last = migrate.upgrade(self.connection, "x", migrate.schema())
        folder = newer(self.folder, SECOND)
        self.assertEqual(migrate.upgrade(self.connection, "x", folder), (last, last + 1))
        self.assertIn("extra", self.tables())
        self.assertEqual(migrate.upgrade(self.connection, "x", folder), (last + 1, last + 1))

    def test_a_step_that_fails_is_undone_whole(self) -> None:
        folder = newer(self.folder, SECOND, "CREATE TABLE third (id INTEGER); INSERT INTO missing VALUES (1);")
        self.assertRaises(apsw.SQLError, migrate.upgrade, self.connection, "x", folder)
        last = self.connection.pragma("user_version")
        self.assertIn("extra", self.tables())
        self.assertNotIn("third", self.tables())
        self.assertFalse(self.connection.in_transaction)
        self.assertEqual(last, len(list(folder.glob("*.sql"))) - 1)

    def test_a_newer_schema_is_refused(self) -> None:
        self.connection.pragma("user_version", 99)
        error = self.assertRaises(Misconfigured, migrate.upgrade, self.connection, "var/x.db", migrate.schema())
        self.assertIn("var/x.db has schema 99", error.problems[0])
        self.assertIn("install the version that wrote it", error.problems[0])

    def test_tables_of_others_are_refused(self) -> None:
        self.connection.execute("CREATE TABLE contacts (name)")
        error = self.assertRaises(Misconfigured, migrate.upgrade, self.connection, "var/x.db", migrate.schema())
        self.assertIn("some other program", error.problems[0])

    def test_steps_have_no_gaps(self) -> None:
        folder = newer(self.folder)
        (folder / "0009_far.sql").write_text("SELECT 1", encoding="utf-8")
        self.assertRaises(ValueError, migrate.upgrade, self.connection, "x", folder)


class StoreUpgradeTests(SQLiteCase):
    async def test_a_store_of_the_version_before(self) -> None:
        """What was put before the upgrade is there after it, and the store works on."""
        store = await self.started()
        given = put(trail=(trace(),))
        await store.put(given)
        await store.stop()
        store = await self.started(schema=newer(Path(self.mktemp()), SECOND))
        self.assertEqual(await store.message("m1"), given.message)
        self.assertEqual(await store.content("m1"), given.content)
        self.assertEqual(await store.copies("m1"), list(given.copies))
        await store.put(put("m2"))
        await store.stop()
        # And this version, which knows one step less, keeps away from it.
        problem = await self.refused(self.store())
        self.assertIn("knows schemas up to", problem)

    async def test_fields_that_values_got_or_lost(self) -> None:
        """A blob with a field that we do not know is read, and an absent one has its default."""
        store = await self.started()
        await store.put(put())
        await store.stop()
        connection = apsw.Connection(self.path)
        body = msgpack.decode(connection.execute("SELECT body FROM message").get)
        body["invented_later"] = [1, 2]
        del body["text_only"]
        connection.execute("UPDATE message SET body = ?", (msgpack.encode(body),))
        connection.close()
        store = await self.started()
        self.assertEqual(await store.message("m1"), put().message)
