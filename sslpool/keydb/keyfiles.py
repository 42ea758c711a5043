# -*- test-case-name: tests.keydb.test_keyfiles -*-
"""
What a KEYFILE and the file with its password hold, as octets, at one moment: read at once, so that nothing else need
look at the files again.  Stack and servers; nothing in it has been decrypted.
"""

from __future__ import annotations

import os
from contextlib import closing
from sqlite3 import Connection

from attrs import field, frozen

from sslpool.keydb.files import DATABASE_SUFFIX, readFile, requestsPath, stashPath
from sslpool.keydb.parsing import isForeign, isSealed, partsOf
from sslpool.keydb.privatekeys import isEncrypted, isPrivateKey
from sslpool.keydb.requesttables import openRequests
from sslpool.keydb.tables import openReadOnly, snapshot
from sslpool.messages import OperatorError, operatorError

_DATABASE = b"SQLite format 3\0"
LARGEST_DATABASE = 1 << 28
"""
More octets than any key database has.
"""


@frozen
class KeyFiles:
    """
    The octets of a KEYFILE.

    @ivar path: its name.
    @ivar content: the key database, PKCS #12 or PEM; never shown by C{repr}.
    @ivar stash: the file of the same name with the ending C{.sth}, likewise; C{None} where there is none.
    """

    path: str
    content: bytes = field(repr=False)
    stash: bytes | None = field(default=None, repr=False)

    @property
    def isDatabase(self) -> bool:
        """
        Whether it is a key database.
        """
        return self.content.startswith(_DATABASE)

    @property
    def isOpen(self) -> bool:
        """
        Whether it gives away private keys to whoever reads it without its stash.
        """
        if self.isDatabase:
            return False
        plain = (isPrivateKey(part) and not isEncrypted(part) for part in partsOf(self.content, self.path))
        return self.stash is None or any(plain)


@frozen
class KeyStore:
    """
    Everything that belongs to a KEYFILE.

    @ivar files: the KEYFILE and its stash.
    @ivar requests: the certificate requests of a key database, and their private keys, sealed as those of the
        database are; C{None} where there are none; never shown by C{repr}.
    """

    files: KeyFiles
    requests: bytes | None = field(default=None, repr=False)


def isDatabase(path: str) -> bool:
    """
    Whether C{path} is a key database, by what is in it.

    @raise sslpool.messages.OperatorError: it cannot be read; or SSLP315E, it is called like a key database and
        holds nothing that is known.
    """
    if not path.lower().endswith(DATABASE_SUFFIX):
        return readFile(path).startswith(_DATABASE)
    # What is meant for a key database is not opened as a file first: closing that would drop this process's
    # locks on it.
    try:
        openReadOnly(path).close()
    except OperatorError as error:
        if error.said.id != "SSLP315E" or isForeign(readFile(path)):
            raise
        return False
    return True


def readKeyFiles(path: str) -> KeyFiles:
    """
    Return what C{path} holds, and its stash where that is needed.

    @raise sslpool.messages.OperatorError: one cannot be read; as L{isDatabase}; or SSLP349E, it is too large.
    """
    if isDatabase(path):
        with closing(openReadOnly(path)) as connection, snapshot(path, connection):
            content = _serialized(path, connection)
        return KeyFiles(path, content, _stash(path))
    content = readFile(path)
    return KeyFiles(path, content, _stash(path) if isSealed(content) else None)


def readKeyStore(path: str) -> KeyStore:
    """
    Return what C{path} holds, with all that belongs to it, as of one moment: whoever changes the database and its
    requests together waits until both have been read.

    @raise sslpool.messages.OperatorError: as L{readKeyFiles}.
    """
    if not isDatabase(path):
        return KeyStore(readKeyFiles(path))
    requests = requestsPath(path)
    with closing(openReadOnly(path)) as connection, snapshot(path, connection):
        content = _serialized(path, connection)
        found = _readRequests(requests) if os.path.lexists(requests) else None
    return KeyStore(KeyFiles(path, content, _stash(path)), found)


def _stash(path: str) -> bytes | None:
    stash = stashPath(path)
    return readFile(stash) if stash != path and os.path.lexists(stash) else None


def _readRequests(path: str) -> bytes:
    with closing(openRequests(path)) as connection, snapshot(path, connection):
        return _serialized(path, connection)


def _serialized(path: str, connection: Connection) -> bytes:
    """
    Return the octets of the database, of which nothing has been read in the present transaction.
    """
    ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    ((size,),) = connection.execute("PRAGMA page_size").fetchall()
    if pages * size > LARGEST_DATABASE:
        raise operatorError("SSLP349E", source=path, limit=LARGEST_DATABASE)
    # SQLite cannot say what is in a file without octets.
    return connection.serialize() if pages else b""
