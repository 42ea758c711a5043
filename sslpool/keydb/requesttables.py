# -*- test-case-name: tests.keydb.test_requests -*-
"""
The SQLite file C{Database.rdb} with the certificate requests of a key database
and their private keys, which only its owner reads.  C{gskkyman}.

It is changed together with the key database, in one transaction of both files,
and its private keys are sealed under the same master key.
"""

from __future__ import annotations

import os
import sqlite3
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from sslpool.keydb.files import PRIVATE, checkReadable, createFile, requestsPath
from sslpool.keydb.records import PendingRequest, PrivateKey
from sslpool.keydb.sealing import SealBroken, sealPrivateKey, unsealPrivateKey
from sslpool.keydb.tables import connect, reported
from sslpool.messages import OperatorError, operatorError

_SCHEMA = """
    CREATE TABLE IF NOT EXISTS requests.request (
        label TEXT NOT NULL PRIMARY KEY, request BLOB NOT NULL, private_key BLOB NOT NULL)
"""


def prepared(path: str) -> str:
    """
    See that the requests of the key database C{path} have a file, and return its name.

    @raise sslpool.messages.OperatorError: SSLP314E it cannot be made, SSLP313E it may not be read.
    """
    name = requestsPath(path)
    if not os.path.lexists(name):
        createFile(name, PRIVATE, ownerOf=path)
    checkReadable(name)
    return name


def openRequests(path: str) -> sqlite3.Connection:
    """
    Open a file with requests, which may be empty, for reading.

    @raise sslpool.messages.OperatorError: it is not readable, or locked for longer than two seconds.
    """
    checkReadable(path)
    with reported(path, "SSLP313E"):
        return connect(path, "ro")


def readRequests(path: str, connection: sqlite3.Connection, master: bytes) -> list[PendingRequest]:
    """
    Return the requests in the order of their labels.

    @raise sslpool.messages.OperatorError: SSLP389E, they are not those of this key database, or are damaged.
    """
    try:
        connection.execute(_SCHEMA)
        rows = connection.execute("SELECT label, request, private_key FROM requests.request ORDER BY label").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
            raise _damaged(path) from None
        raise
    return [_requestOf(path, row, master) for row in rows]


def writeRequest(connection: sqlite3.Connection, found: PendingRequest, master: bytes) -> None:
    """
    Store a request, in the place of one with its label.
    """
    octets = found.request.public_bytes(Encoding.DER)
    key = found.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    sealed = sealPrivateKey(master, key, found.label, sha256(octets).digest())
    connection.execute(_SCHEMA)
    connection.execute("INSERT OR REPLACE INTO requests.request VALUES (?, ?, ?)", (found.label, octets, sealed))


def removeRequest(connection: sqlite3.Connection, label: str) -> None:
    """
    Remove the request C{label}, if there is one.
    """
    connection.execute("DELETE FROM requests.request WHERE label = ?", (label,))


def reseal(path: str, connection: sqlite3.Connection, old: bytes, new: bytes) -> None:
    """
    Seal all private keys under another master key; nothing where there is no file with requests.
    """
    attached = {name for _, name, _ in connection.execute("PRAGMA database_list")}
    if "requests" in attached:
        for found in readRequests(path, connection, old):
            writeRequest(connection, found, new)


def _requestOf(path: str, row: object, master: bytes) -> PendingRequest:
    match row:
        case (str(label), bytes(octets), bytes(sealed)):
            try:
                key = load_der_private_key(unsealPrivateKey(master, sealed, label, sha256(octets).digest()), None)
                assert isinstance(key, PrivateKey)
                return PendingRequest(label, x509.load_der_x509_csr(octets), key)
            except (SealBroken, ValueError, UnsupportedAlgorithm):
                pass
    raise _damaged(path)


def _damaged(path: str) -> OperatorError:
    return operatorError("SSLP389E", path=path, requests=requestsPath(path))
