# -*- test-case-name: tests.keydb.test_requests -*-
"""
Certificate requests of a key database: kept until their certificates come.  C{gskkyman}.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable

from attrs import evolve

from sslpool.keydb import tables
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.chains import belongs
from sslpool.keydb.database import Database
from sslpool.keydb.files import requestsPath
from sslpool.keydb.labels import checkKeyLabel
from sslpool.keydb.records import Credential, PendingRequest
from sslpool.keydb.requesttables import readRequests, removeRequest, writeRequest
from sslpool.messages import operatorError


def requestsOf(database: Database) -> list[PendingRequest]:
    """
    Return the requests that wait, in the order of their labels.

    @raise sslpool.messages.OperatorError: SSLP389E they are damaged, and as
        L{sslpool.keydb.tables.changing}: only who may write them may read them.
    """
    if not os.path.lexists(requestsPath(database.path)):
        return []
    with database.changing(requests=True) as connection:
        return readRequests(database.path, connection, database.master)


def requestOf(database: Database, label: str) -> PendingRequest:
    """
    Return the request C{label}.

    @raise sslpool.messages.OperatorError: SSLP387E, there is none.
    """
    for found in requestsOf(database):
        if found.label == label:
            return found
    raise operatorError("SSLP387E", label=label, requests=requestsPath(database.path))


def addRequest(
    database: Database, found: PendingRequest, renewal: bool = False, before: Callable[[], None] | None = None
) -> None:
    """
    Store a request.

    @param renewal: there is a certificate with this label, and the one that is requested will take its place.
    @param before: called when everything else has succeeded; what it raises undoes it.
    @raise sslpool.messages.OperatorError: SSLP332E the label is that of a
        certificate, SSLP370E that of another request.
    """
    checkKeyLabel(found.label)
    with database.changing(requests=True) as connection:
        _checkFree(database, connection, found.label, certificates=not renewal)
        writeRequest(connection, found, database.master)
        if before is not None:
            before()


def removeRequestOf(database: Database, label: str) -> None:
    """
    Remove a request and its private key.

    @raise sslpool.messages.OperatorError: SSLP387E, there is none.
    """
    requestOf(database, label)
    with database.changing(requests=True) as connection:
        removeRequest(connection, label)


def renameRequest(database: Database, label: str, new: str) -> None:
    """
    Give a request another label.

    @raise sslpool.messages.OperatorError: SSLP387E there is none, and as L{addRequest}.
    """
    found = requestOf(database, label)
    checkKeyLabel(new)
    with database.changing(requests=True) as connection:
        _checkFree(database, connection, new, certificates=True)
        removeRequest(connection, label)
        writeRequest(connection, evolve(found, label=new), database.master)


def waitingFor(database: Database, certificates: tuple[Certificate, ...]) -> Credential | None:
    """
    Return what one of C{certificates} makes whole: a request, or an entry of
    which it is the renewal; without a chain.  C{None} if there is none.
    """
    keys = [(found.label, found.key) for found in requestsOf(database)]
    keys += [(record.label, database.credential(record.label).key) for record in database.records() if record.hasKey]
    for label, key in keys:
        for certificate in certificates:
            if belongs(key, certificate):
                return Credential(label, certificate, (), key)
    return None


def receive(database: Database, credential: Credential) -> None:
    """
    Store the certificate that was requested, or a renewal, and end the request.
    """
    known = {found.label for found in requestsOf(database)}
    with database.changing(requests=credential.label in known) as connection:
        database.store(connection, credential, replace=True)
        if credential.label in known:
            removeRequest(connection, credential.label)


def _checkFree(database: Database, connection: sqlite3.Connection, label: str, certificates: bool) -> None:
    if certificates and any(entry.label == label for entry in tables.readEntries(database.path, connection)):
        raise operatorError("SSLP332E", path=database.path, label=label)
    if any(found.label == label for found in readRequests(database.path, connection, database.master)):
        raise operatorError("SSLP370E", label=label, requests=requestsPath(database.path))
