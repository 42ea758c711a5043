# -*- test-case-name: tests.keydb.test_copying -*-
"""
An entry of one key database in another.  C{gskkyman}.
"""

from __future__ import annotations

from attrs import evolve

from sslpool.keydb import entries, tables
from sslpool.keydb.database import Database
from sslpool.keydb.revocations import listsOf, storeRevocations
from sslpool.messages import operatorError


def copyEntry(source: Database, label: str, target: Database, now: float) -> None:
    """
    Store an entry in another key database under the same label, with all that it has: what is not trusted here
    is not trusted there, and whom its revocation list names does not get in there either.

    @param now: the present, in seconds since the epoch.
    @raise sslpool.messages.OperatorError: SSLP316E its list is damaged, SSLP332E the label is taken, SSLP333E no such
        entry, SSLP363E a newer list of this authority is there, SSLP805E one for other certificates is.
    """
    with source.reading() as connection:
        entry = tables.readEntry(source.path, connection, label)
        lists = listsOf(source.path, connection, entry)
    with target.changing() as connection:
        if tables.findEntry(target.path, connection, label) is not None:
            raise operatorError("SSLP332E", path=target.path, label=label)
        sealed = entries.resealed(source.path, entry, source.master, target.master)
        tables.writeEntry(connection, evolve(sealed, default=False))
        storeRevocations(target.path, connection, lists, source.path, now, unchecked=True)
