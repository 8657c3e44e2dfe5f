"""Numbered schema files, each a step from the one before, applied inside one transaction when a store starts."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

import apsw

from mmse.errors import Misconfigured
from mmse.store import statements

__all__ = ["schema", "upgrade"]


def schema() -> Traversable:
    """Where the schema files of this version are."""
    return files("mmse.store") / "schema"


def _steps(folder: Traversable) -> list[str]:
    """The text of every step; step n stands at n - 1."""
    named = sorted((item.name, item) for item in folder.iterdir() if item.name.endswith(".sql"))
    for number, (name, _) in enumerate(named, 1):
        if not name.startswith(f"{number:04}_"):
            raise ValueError(f"{name} is not step {number:04}")
    return [item.read_text(encoding="utf-8") for _, item in named]


def upgrade(connection: apsw.Connection, path: str, folder: Traversable) -> tuple[int, int]:
    """Bring a database to the newest schema, whole or not at all; (found, now) as ``PRAGMA user_version``.

    Raises ``Misconfigured`` for a schema that is newer than this version, or for tables that are not ours.
    """
    steps = _steps(folder)
    found = int(connection.pragma("user_version"))
    if found > len(steps):
        raise Misconfigured(
            [
                f"store.url: {path} has schema {found}, this version of mmse knows schemas up to {len(steps)}: "
                "install the version that wrote it, or newer (going back is not possible)"
            ]
        )
    if found == 0 and connection.execute(statements.TABLES.sql).get:
        raise Misconfigured([f"store.url: {path} is a database of some other program: name another file"])
    for number in range(found + 1, len(steps) + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for _ in connection.execute(steps[number - 1]):
                continue
            connection.pragma("user_version", number)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    return found, len(steps)
