# -*- test-case-name: tests.keydb.test_stash -*-
"""
The stash file C{Database.sth}: the master key of a key database, for the servers.  Any process; C{gskkyman} writes it.

It holds no password, so that whoever reads it learns nothing about what its
owner types elsewhere, and a new password makes it worthless.
"""

from __future__ import annotations

import base64
import binascii
import os

from sslpool.keydb.files import SHARED, readFile, replaceFile, stashPath
from sslpool.messages import operatorError

_MARK = b"sslpool stash 1 "


def writeStash(path: str, master: bytes) -> str:
    """
    Write the stash file of the key database C{path} and return its name.  It
    gets the group of the database, where this user may give it away.

    @raise sslpool.messages.OperatorError: SSLP314E, it cannot be written.
    """
    stash = stashPath(path)
    replaceFile(stash, _MARK + base64.b64encode(master) + b"\n", SHARED, groupOf=path)
    return stash


def readStash(path: str) -> bytes:
    """
    Return the master key in the stash file of the key database C{path}; whether
    it is the right one is for the caller to find out.

    @raise sslpool.messages.OperatorError: SSLP323E there is none, SSLP324E it
        is not a stash file, and as L{sslpool.keydb.files.readFile}.
    """
    stash = stashPath(path)
    return masterIn(readFile(stash) if os.path.lexists(stash) else None, path)


def masterIn(content: bytes | None, path: str) -> bytes:
    """
    Return the master key in what the stash file of the key database C{path} holds.

    @raise sslpool.messages.OperatorError: SSLP323E there is no such file, SSLP324E it is not a stash file.
    """
    stash = stashPath(path)
    if content is None:
        raise operatorError("SSLP323E", path=path, stash=stash)
    try:
        if content.startswith(_MARK):
            return base64.b64decode(content.removeprefix(_MARK).rstrip(), validate=True)
    except binascii.Error:
        pass
    raise operatorError("SSLP324E", path=path, stash=stash)
