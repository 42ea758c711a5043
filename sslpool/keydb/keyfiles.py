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
from sslpool.keydb.tables import openReadOnly, snapshot
from sslpool.messages import operatorError

_PKCS12_SUFFIXES = (".p12", ".pfx")
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
        return isDatabase(self.path)


def isDatabase(path: str) -> bool:
    """
    Whether C{path} is the name of a key database.
    """
    return path.lower().endswith(DATABASE_SUFFIX)


def isPkcs12(path: str) -> bool:
    """
    Whether C{path} is the name of a PKCS #12 file.
    """
    return path.lower().endswith(_PKCS12_SUFFIXES)


def readKeyFiles(path: str) -> KeyFiles:
    """
    Return what C{path} and its stash hold.

    @raise sslpool.messages.OperatorError: one cannot be read; of a key database as
        L{openReadOnly}, or SSLP349E it is too large.
    """
    content = _readDatabase(path) if isDatabase(path) else readFile(path)
    stash = stashPath(path)
    isStashed = (isDatabase(path) or isPkcs12(path)) and os.path.lexists(stash)
    return KeyFiles(path, content, readFile(stash) if isStashed else None)


def _readDatabase(path: str) -> bytes:
    with closing(openReadOnly(path)) as connection, snapshot(path, connection):
        ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
        ((size,),) = connection.execute("PRAGMA page_size").fetchall()
        if pages * size > LARGEST_DATABASE:
            raise operatorError("SSLP349E", source=path, limit=LARGEST_DATABASE)
        return connection.serialize()
