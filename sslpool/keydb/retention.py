# -*- test-case-name: tests.keydb.test_revocations -*-
"""
What becomes of a revocation list when the entry that it stands with goes: nobody gets in who did not before.
C{gskkyman}.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

from sslpool.keydb import entries, tables
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.chains import isAuthority, isRoot
from sslpool.keydb.revocationcheck import Revoked
from sslpool.messages import OperatorError, operatorError


def keepLists(path: str, connection: sqlite3.Connection, gone: tables.Entry) -> None:
    """
    See what becomes of lists when an entry was removed or has another certificate now: its own stands with
    another entry of the same name and key then, or is removed.  Nobody gets in who did not get in before.

    @raise sslpool.messages.OperatorError: somebody would: SSLP806E, whom its list revokes; SSLP807E, all of an
        authority below it.
    """
    lists = tables.readRevocations(path, connection)
    if not lists:
        return
    certificate = None
    with suppress(OperatorError):
        certificate = entries.certificateOf(path, gone)
    if gone.label not in lists and (certificate is None or not isAuthority(certificate)):
        return
    certificates = entries.certificatesIn(path, connection)
    here = list(certificates.items())
    before = _revoked(path, [*here, *([(gone.label, certificate)] if certificate else [])], lists)
    if gone.label in lists:
        _keepList(path, connection, gone.label, certificate, certificates)
    after = _revoked(path, here, tables.readRevocations(path, connection))
    now = time.time()
    for entry in tables.readEntries(path, connection):
        end = certificates.get(entry.label)
        if end is None or not entry.trusted or not isAuthority(end, entry.key is not None):
            continue
        if before.objectionToEnd(end, now) and not after.objectionToEnd(end, now):
            raise operatorError("SSLP807E", label=gone.label, other=entry.label)


def _keepList(
    path: str,
    connection: sqlite3.Connection,
    label: str,
    certificate: Certificate | None,
    certificates: Mapping[str, Certificate],
) -> None:
    lists = tables.readRevocations(path, connection)
    try:
        found = entries.revocationOf(path, label, lists[label])
    except OperatorError:
        # Nobody knows whom it revokes.
        raise operatorError("SSLP806E", label=label) from None
    heirs = [each for each, other in certificates.items() if found.isSignedBy(other)]
    if label in heirs:
        return
    # Who shows a certificate of this authority, which need not be its root, along with his own may get in without it
    # here, as long as anybody is trusted who may have issued that.
    isAlone = certificate is not None and isRoot(certificate) and not _trustsAny(path, connection, certificates)
    if found.serials and not heirs and not isAlone:
        raise operatorError("SSLP806E", label=label)
    tables.removeRevocation(connection, label)
    if heirs and not lists.keys() & set(heirs):
        tables.writeRevocation(connection, heirs[0], lists[label])


def _trustsAny(path: str, connection: sqlite3.Connection, certificates: Mapping[str, Certificate]) -> bool:
    trusted = (entry for entry in tables.readEntries(path, connection) if entry.trusted and entry.label in certificates)
    return any(isAuthority(certificates[entry.label], entry.key is not None) for entry in trusted)


def _revoked(path: str, labelled: Iterable[tuple[str, Certificate]], lists: Mapping[str, bytes]) -> Revoked:
    every = list(labelled)
    read = {}
    for label, octets in lists.items():
        with suppress(OperatorError):
            read[label] = entries.revocationOf(path, label, octets)
    unread = lists.keys() - read.keys()
    return Revoked(read.values(), (each for _, each in every), (each for label, each in every if label in unread))
