# -*- test-case-name: tests.keydb.test_tables -*-
"""
The SQLite file under a key database: its tables, their rows as records, and
what SQLite reports as messages.  Any process; knows nothing of keys.

Readers open the file read-only and read in one transaction; whoever changes it opens it for that one change.  The
journal is SQLite's rollback journal, so that a reader needs no permission to write beside the file.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import quote

from attrs import astuple, frozen

from sslpool.keydb.files import checkReadable
from sslpool.keydb.sealing import Cost, WrappedKey
from sslpool.messages import OperatorError, operatorError

FORMAT = 2
_WITHOUT_REVOCATIONS = 1
"""
The first format; a change brings it to the present one.
"""
RECORD_LENGTH = 2500
"""
The record length that QUERY shows; z/VM's default.  Our records have no limit.
"""
_LONGEST_RECORD = 65536
_APPLICATION = 0x53534C50
_PATIENCE = 2.0
_SCHEMA = f"""
    PRAGMA application_id = {_APPLICATION};
    BEGIN IMMEDIATE;
    CREATE TABLE meta (
        id INTEGER PRIMARY KEY CHECK (id = 1), format INTEGER NOT NULL,
        salt BLOB NOT NULL, cost_n INTEGER NOT NULL, cost_r INTEGER NOT NULL, cost_p INTEGER NOT NULL,
        master BLOB NOT NULL, proof BLOB NOT NULL, expires REAL, record_length INTEGER NOT NULL);
    CREATE TABLE entry (
        label TEXT NOT NULL PRIMARY KEY, certificate BLOB NOT NULL, chain BLOB NOT NULL, private_key BLOB,
        trusted INTEGER NOT NULL, is_default INTEGER NOT NULL);
    CREATE UNIQUE INDEX one_default ON entry (is_default) WHERE is_default = 1;
    CREATE TABLE revocation (label TEXT NOT NULL PRIMARY KEY, list BLOB NOT NULL);
"""
_UPGRADES = (
    "CREATE TABLE IF NOT EXISTS revocation (label TEXT NOT NULL PRIMARY KEY, list BLOB NOT NULL)",
    f"UPDATE meta SET format = {FORMAT} WHERE format = {_WITHOUT_REVOCATIONS}",
)
_META = "format, salt, cost_n, cost_r, cost_p, master, proof, expires, record_length"
_ENTRY = "label, certificate, chain, private_key, trusted, is_default"


@frozen
class Meta:
    """
    What a key database says about itself.

    @ivar wrapped: the master key under the password.
    @ivar proof: a value by which the master key is known again.
    @ivar expires: when the password expires, in seconds since the epoch, or C{None}.
    @ivar recordLength: the record length to show.
    """

    wrapped: WrappedKey
    proof: bytes
    expires: float | None
    recordLength: int = RECORD_LENGTH


@frozen
class Entry:
    """
    One certificate, as it is stored.

    @ivar label: its label.
    @ivar certificate: the certificate, DER.
    @ivar chain: the certificates above it, PEM, its issuer first.
    @ivar key: its private key, sealed, or C{None}.
    @ivar trusted: it may be used.
    @ivar default: it is the default key.
    """

    label: str
    certificate: bytes
    chain: bytes
    key: bytes | None
    trusted: bool
    default: bool


def damaged(path: str, detail: str) -> OperatorError:
    """
    Return the error for contents that contradict themselves.
    """
    return operatorError("SSLP316E", path=path, detail=detail)


def openReadOnly(path: str) -> sqlite3.Connection:
    """
    Open an existing key database for reading.

    @raise sslpool.messages.OperatorError: it is missing, not readable, not a
        key database, damaged, newer, or locked for longer than two seconds.
    """
    checkReadable(path)
    with reported(path, "SSLP313E"):
        try:
            return _checked(path, "ro")
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
        _undoInterrupted(path)
        return _checked(path, "ro")


def openCopy(path: str, content: bytes) -> sqlite3.Connection:
    """
    Open the octets of the key database C{path} for reading; no file is touched.

    @raise sslpool.messages.OperatorError: as L{openReadOnly}.
    """
    if not content:
        raise operatorError("SSLP315E", path=path)
    with reported(path, "SSLP313E"):
        connection = sqlite3.connect(":memory:", isolation_level=None)
        try:
            connection.execute("PRAGMA trusted_schema = OFF").close()
            connection.deserialize(content)
            _checkSelf(path, connection)
        except Exception:
            connection.close()
            raise
        return connection


def _undoInterrupted(path: str) -> None:
    # Opening for writing makes SQLite play back a journal that a dead writer left.
    try:
        _checked(path, "rw").close()
    except sqlite3.OperationalError:
        raise operatorError("SSLP319E", path=path) from None


@contextmanager
def changing(path: str, beside: str | None = None) -> Iterator[sqlite3.Connection]:
    """
    Open a key database for one change: all of it is done, or none of it.

    @param beside: a second file, named C{requests} in statements, whose changes are part of it.
    @raise sslpool.messages.OperatorError: as L{openReadOnly}; or SSLP314E, it cannot be written.
    """
    checkReadable(path)
    with reported(path, "SSLP314E"), closing(_checked(path, "rw")) as connection:
        if beside is not None:
            connection.execute("ATTACH ? AS requests", (_named(beside, "rw"),))
            connection.execute("PRAGMA requests.synchronous = EXTRA").close()
        connection.execute("BEGIN IMMEDIATE")
        for statement in _UPGRADES:
            connection.execute(statement)
        yield connection
        connection.execute("COMMIT")


def checkRecordLength(length: int) -> None:
    """
    @raise sslpool.messages.OperatorError: SSLP385E, no database has such a record length.
    """
    if not RECORD_LENGTH <= length <= _LONGEST_RECORD:
        raise operatorError("SSLP385E", length=length, least=RECORD_LENGTH, most=_LONGEST_RECORD)


@contextmanager
def snapshot(path: str, connection: sqlite3.Connection) -> Iterator[None]:
    """
    Read all that follows from one state of the key database.
    """
    with reported(path, "SSLP313E"):
        connection.execute("BEGIN")
        try:
            yield
        finally:
            # Some errors end the transaction by themselves.
            if connection.in_transaction:
                connection.execute("COMMIT")


def build(path: str, meta: Meta) -> None:
    """
    Make the empty file C{path} an empty key database.
    """
    with reported(path, "SSLP314E"), closing(connect(path, "rw")) as connection:
        connection.executescript(_SCHEMA)
        connection.execute(f"INSERT INTO meta (id, {_META}) VALUES (1{', ?' * 9})", (FORMAT, *_metaRow(meta)))
        connection.execute("COMMIT")


def readMeta(path: str, connection: sqlite3.Connection) -> Meta:
    """
    @raise sslpool.messages.OperatorError: SSLP316E, the row is not there or holds impossible values.
    """
    match connection.execute(f"SELECT {_META} FROM meta").fetchone():
        case (int(), bytes(salt), int(n), int(r), int(p), bytes(key), bytes(proof), None | float() as end, int(length)):
            cost = Cost(n, r, p)
            if cost.isSane():
                return Meta(WrappedKey(salt, cost, key), proof, end, length)
    raise damaged(path, "its description is missing")


def writeMeta(connection: sqlite3.Connection, meta: Meta) -> None:
    """
    Replace what the key database says about itself.
    """
    columns = ", ".join(f"{name} = ?" for name in _META.split(", ")[1:])
    connection.execute(f"UPDATE meta SET {columns}", _metaRow(meta))


def readEntries(path: str, connection: sqlite3.Connection) -> list[Entry]:
    """
    Return all entries in the order of their labels.

    @raise sslpool.messages.OperatorError: SSLP316E, an entry holds impossible values.
    """
    rows = connection.execute(f"SELECT {_ENTRY} FROM entry ORDER BY label").fetchall()
    return [_entryOf(path, row) for row in rows]


def readEntry(path: str, connection: sqlite3.Connection, label: str) -> Entry:
    """
    Return the entry C{label}.

    @raise sslpool.messages.OperatorError: SSLP333E no such entry, SSLP316E it holds impossible values.
    """
    found = findEntry(path, connection, label)
    if found is None:
        raise operatorError("SSLP333E", path=path, label=label)
    return found


def findEntry(path: str, connection: sqlite3.Connection, label: str) -> Entry | None:
    """
    Return the entry C{label}, or C{None} where there is none.

    @raise sslpool.messages.OperatorError: SSLP316E, it holds impossible values.
    """
    row = connection.execute(f"SELECT {_ENTRY} FROM entry WHERE label = ?", (label,)).fetchone()
    return None if row is None else _entryOf(path, row)


def writeEntry(connection: sqlite3.Connection, entry: Entry) -> None:
    """
    Store C{entry}, in the place of one with its label.
    """
    connection.execute(f"INSERT OR REPLACE INTO entry ({_ENTRY}) VALUES (?, ?, ?, ?, ?, ?)", astuple(entry))


def removeEntry(connection: sqlite3.Connection, label: str) -> None:
    """
    Remove the entry C{label}, if there is one.
    """
    connection.execute("DELETE FROM entry WHERE label = ?", (label,))


def readRevocations(path: str, connection: sqlite3.Connection) -> dict[str, bytes]:
    """
    Return the revocation lists, DER, by the labels of the authorities that signed them.

    @raise sslpool.messages.OperatorError: SSLP316E, impossible values.
    """
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'revocation'").fetchone() is None:
        return {}
    rows = connection.execute("SELECT label, list FROM revocation ORDER BY label").fetchall()
    if not all(isinstance(label, str) and isinstance(octets, bytes) for label, octets in rows):
        raise damaged(path, "a revocation list has invalid values")
    return dict(rows)


def writeRevocation(connection: sqlite3.Connection, label: str, octets: bytes) -> None:
    """
    Store the revocation list of the authority C{label}, in the place of an older one.
    """
    connection.execute("INSERT OR REPLACE INTO revocation (label, list) VALUES (?, ?)", (label, octets))


def removeRevocation(connection: sqlite3.Connection, label: str) -> None:
    """
    Remove the revocation list of the authority C{label}, if there is one.
    """
    connection.execute("DELETE FROM revocation WHERE label = ?", (label,))


def markDefault(connection: sqlite3.Connection, label: str) -> None:
    """
    Make the entry C{label} the only default.
    """
    connection.execute("UPDATE entry SET is_default = 0")
    connection.execute("UPDATE entry SET is_default = 1 WHERE label = ?", (label,))


@contextmanager
def reported(path: str, refused: str) -> Iterator[None]:
    """
    Turn SQLite's errors into messages about C{path}.

    @param refused: the message for what the operating system does not permit:
        SSLP313E when reading, SSLP314E when writing.
    """
    try:
        yield
    except sqlite3.Error as error:
        # Text that is not UTF-8 has no code.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code == sqlite3.SQLITE_NOTADB:
            raise operatorError("SSLP315E", path=path) from None
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise operatorError("SSLP318E", path=path) from None
        if code in _REFUSALS:
            raise operatorError(refused, path=path, reason=str(error)) from None
        raise damaged(path, str(error)) from None
    except UnicodeDecodeError:
        # SQLite quoted a damaged file in an error, and sqlite3 could not read the quotation.
        raise damaged(path, "it holds text that is not UTF-8") from None


_REFUSALS = (
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
)


def _named(path: str, mode: str) -> str:
    return f"file:{quote(os.fsencode(os.path.abspath(path)))}?mode={mode}"


def connect(path: str, mode: str) -> sqlite3.Connection:
    """
    Open an SQLite file in a mode of its URIs; what is in it is not looked at.
    """
    connection = sqlite3.connect(_named(path, mode), uri=True, timeout=_PATIENCE, isolation_level=None)
    try:
        # What was deleted is overwritten; a change survives a power failure; views and triggers do nothing.
        for setting in ("secure_delete = ON", "synchronous = EXTRA", "trusted_schema = OFF"):
            connection.execute(f"PRAGMA {setting}").close()
    except Exception:
        connection.close()
        raise
    return connection


def _checked(path: str, mode: str) -> sqlite3.Connection:
    connection = connect(path, mode)
    try:
        _checkSelf(path, connection)
    except Exception:
        connection.close()
        raise
    return connection


def _checkSelf(path: str, connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA application_id").fetchone() != (_APPLICATION,):
        raise operatorError("SSLP315E", path=path)
    _checkFormat(path, connection.execute("SELECT format FROM meta").fetchall())


def _checkFormat(path: str, rows: list[object]) -> None:
    match rows:
        case [(int(number),)] if _WITHOUT_REVOCATIONS <= number <= FORMAT:
            return
        case [(int(number),)] if number > FORMAT:
            raise operatorError("SSLP317E", path=path, format=number, supported=FORMAT)
    raise damaged(path, "its format is missing")


def _metaRow(meta: Meta) -> tuple[object, ...]:
    wrapped = meta.wrapped
    return (wrapped.salt, *astuple(wrapped.cost), wrapped.sealed, meta.proof, meta.expires, meta.recordLength)


def _entryOf(path: str, row: object) -> Entry:
    match row:
        case (str(label), bytes(certificate), bytes(chain), None | bytes() as key, int(trusted), int(default)):
            return Entry(label, certificate, chain, key, bool(trusted), bool(default))
    raise damaged(path, "an entry has invalid values")
