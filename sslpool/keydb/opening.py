# -*- test-case-name: tests.keydb.test_database -*-
"""
What is looked at whenever a key database is opened.  Any process.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sslpool.keydb import sealing, tables
from sslpool.messages import operatorError


def metaFor(path: str, master: bytes, password: str, expires: float | None, cost: sealing.Cost) -> tables.Meta:
    """
    Return what a key database says of a new password.

    @raise sslpool.messages.OperatorError: SSLP321E, there is none.
    """
    if not password:
        raise operatorError("SSLP321E", path=path)
    return tables.Meta(sealing.wrap(master, password, cost), sealing.prove(master), expires)


@contextmanager
def opening(connection: sqlite3.Connection, path: str) -> Iterator[tuple[sqlite3.Connection, tables.Meta]]:
    """
    Give an open connection to the key database C{path}; what goes wrong closes it.
    """
    try:
        yield connection, readMeta(path, connection)
    except BaseException:
        connection.close()
        raise


def readMeta(path: str, connection: sqlite3.Connection) -> tables.Meta:
    """
    Return what an open key database says of itself.
    """
    with tables.reported(path, "SSLP313E"):
        return tables.readMeta(path, connection)


def checkExpiry(path: str, meta: tables.Meta) -> None:
    """
    @raise sslpool.messages.OperatorError: SSLP322E, the password has expired.
    """
    if meta.expires is not None and time.time() > meta.expires:
        date = time.strftime("%Y-%m-%d", time.gmtime(max(meta.expires, 0)))
        raise operatorError("SSLP322E", path=path, date=date)
