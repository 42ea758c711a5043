"""
Tests for L{sslpool.keydb.tables}: what can be wrong with the file.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing

from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb import tables
from sslpool.keydb.database import Database
from tests.doubles.certificates import makeAuthority, makeDatabase, makeServer
from tests.keydb.refusals import refused, unprivileged


def spoil(path: str, statement: str, *values: object) -> None:
    """
    Change the file C{path} behind the back of the key database.
    """
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


class RefusalTests(SynchronousTestCase):
    """
    Each fault has its message.
    """

    def setUp(self) -> None:
        self.path = makeDatabase(self.mktemp() + ".kdb", [makeServer(makeAuthority(), label="WEB")])

    def test_notSqlite(self) -> None:
        """
        Text, an empty file and a short file are no key databases.
        """
        for content in (b"", b"x", b"text " * 1000):
            with open(self.path, "wb") as file:
                file.write(content)
            with refused("SSLP315E"):
                tables.openReadOnly(self.path)

    def test_otherApplication(self) -> None:
        """
        The SQLite file of another application is no key database.
        """
        other = self.mktemp()
        spoil(other, "CREATE TABLE meta (format)")
        with refused("SSLP315E"):
            tables.openReadOnly(other)

    def test_newerFormat(self) -> None:
        """
        The format of a newer release is refused as such.
        """
        spoil(self.path, "UPDATE meta SET format = 3")
        with refused("SSLP317E"):
            tables.openReadOnly(self.path)

    def test_noFormat(self) -> None:
        """
        A key database without its description, or with nonsense for it, is damaged.
        """
        for statement in ("UPDATE meta SET format = 'x'", "UPDATE meta SET format = 0", "DELETE FROM meta"):
            spoil(self.path, statement)
            with refused("SSLP316E"):
                tables.openReadOnly(self.path)

    def test_missingTable(self) -> None:
        """
        A key database without its entries is damaged.
        """
        spoil(self.path, "DROP TABLE entry")
        with Database.openStashed(self.path) as database, refused("SSLP316E"):
            database.records()

    def test_impossibleMeta(self) -> None:
        """
        A cost beyond all measure is refused before it is spent.
        """
        spoil(self.path, "UPDATE meta SET cost_n = ?", 2**40)
        with refused("SSLP316E"):
            Database.open(self.path, "x")

    def test_impossibleEntry(self) -> None:
        """
        Values of another kind are damage, wherever they are.
        """
        values = {"label": b"x", "certificate": 1.5, "chain": "x", "private_key": 1.5, "trusted": 1.5}
        for column, value in values.items():
            path = makeDatabase(self.mktemp() + ".kdb", [makeServer(makeAuthority())])
            spoil(path, f"UPDATE entry SET {column} = ?", value)
            with Database.openStashed(path) as database, refused("SSLP316E"):
                database.records()

    def test_undecodableLabel(self) -> None:
        """
        A label that is not text in UTF-8 is damage.
        """
        spoil(self.path, "UPDATE entry SET label = CAST(x'FFFE' AS TEXT)")
        with Database.openStashed(self.path) as database, refused("SSLP316E"):
            database.records()

    def test_truncated(self) -> None:
        """
        A file that lost its end is damaged, whether it is read or changed.
        """
        os.truncate(self.path, 4096)
        with refused("SSLP316E"):
            tables.openReadOnly(self.path)

    def test_locked(self) -> None:
        """
        When another program does not let go, that is said.
        """
        self.patch(tables, "_PATIENCE", 0.0)
        with closing(sqlite3.connect(self.path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with refused("SSLP318E"):
                tables.openReadOnly(self.path)
        tables.openReadOnly(self.path).close()

    def test_strangeName(self) -> None:
        """
        Characters that mean something in a URI are part of the name.
        """
        path = makeDatabase(self.mktemp() + " ?mode=memory#%41.kdb")
        self.assertTrue(os.path.exists(path))
        tables.openReadOnly(path).close()

    def test_noPermission(self) -> None:
        """
        A key database that this user may not read is said to be so.
        """
        os.chmod(self.path, 0)
        with unprivileged(self.path), refused("SSLP313E"):
            tables.openReadOnly(self.path)

    def test_noPermissionToChange(self) -> None:
        """
        A user who may only read can read, and is told when trying to change.
        """
        os.chmod(self.path, 0o444)
        with unprivileged(self.path):
            tables.openReadOnly(self.path).close()
            with refused("SSLP314E"), tables.changing(self.path) as connection:
                tables.markDefault(connection, "WEB")

    def test_settings(self) -> None:
        """
        A change overwrites what it deletes and survives a power failure.
        """
        with tables.changing(self.path) as connection:
            self.assertEqual(connection.execute("PRAGMA secure_delete").fetchone(), (1,))
            self.assertEqual(connection.execute("PRAGMA synchronous").fetchone(), (3,))
            self.assertEqual(connection.execute("PRAGMA journal_mode").fetchone(), ("delete",))


class InterruptedChangeTests(SynchronousTestCase):
    """
    A writer died in the middle of a change.
    """

    def setUp(self) -> None:
        original = makeDatabase(self.mktemp() + ".kdb", [makeServer(makeAuthority(), label="WEB")])
        os.mkdir(directory := self.mktemp())
        os.chmod(os.path.dirname(directory), 0o755)
        self.path = os.path.join(directory, "Database.kdb")
        with closing(sqlite3.connect(original, isolation_level=None)) as writer:
            # So small a cache makes SQLite write before the end of the transaction.
            writer.execute("PRAGMA cache_size = 1")
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("DELETE FROM entry")
            for number in range(50):
                row = (str(number), os.urandom(3000), b"", 1, 0)
                writer.execute("INSERT INTO entry VALUES (?, ?, ?, NULL, ?, ?)", row)
            shutil.copy(original, self.path)
            shutil.copy(original + "-journal", self.path + "-journal")

    def test_undone(self) -> None:
        """
        Who may change the file sees it as it was before the change.
        """
        with closing(tables.openReadOnly(self.path)) as connection:
            labels = [entry.label for entry in tables.readEntries(self.path, connection)]
        self.assertEqual(labels, ["WEB"])
        self.assertFalse(os.path.exists(self.path + "-journal"))

    def test_notUndone(self) -> None:
        """
        Who may only read is told, and shown nothing half done.
        """
        os.chmod(self.path, 0o444)
        os.chmod(self.path + "-journal", 0o444)
        with unprivileged(self.path), refused("SSLP319E"):
            tables.openReadOnly(self.path)
