# -*- test-case-name: tests.keydb.test_keyfiles -*-
"""
What a KEYFILE and the file with its password hold, as octets, at one moment: read at
once, so that nothing else need look at the files again.  Stack and servers; nothing
in it has been decrypted.
"""

from __future__ import annotations

import os
from contextlib import closing

from attrs import field, frozen

from sslpool.keydb.files import DATABASE_SUFFIX, readFile, stashPath
from sslpool.keydb.parsing import isForeign, isSealed
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
    @ivar stash: the file of the same name with the ending C{.sth}, likewise; C{None} where
        there is none.
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
    found = isDatabase(path)
    content, stash = _readDatabase(path) if found else readFile(path), stashPath(path)
    isStashed = (found or isSealed(content)) and stash != path and os.path.lexists(stash)
    return KeyFiles(path, content, readFile(stash) if isStashed else None)


def _readDatabase(path: str) -> bytes:
    with closing(openReadOnly(path)) as connection, snapshot(path, connection):
        ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
        ((size,),) = connection.execute("PRAGMA page_size").fetchall()
        if pages * size > LARGEST_DATABASE:
            raise operatorError("SSLP349E", source=path, limit=LARGEST_DATABASE)
        return connection.serialize()
