# -*- test-case-name: tests.keydb.test_revocations -*-
"""
Revocation lists (CRLs) in a key database: each stands with the certificate of
the authority that signed it.  Any process; C{gskkyman} changes them.

Nothing but the removal of a list itself takes away what it says: an authority that is no longer
trusted, renewed or copied has it all the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress

from attrs import evolve

from sslpool.keydb import entries, tables
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.chains import Issuer, isRoot
from sslpool.keydb.database import Database
from sslpool.keydb.keyfiles import isDatabase
from sslpool.keydb.records import RevocationRecord, describeRevocations
from sslpool.keydb.revocationcheck import pointsOf, signsLists
from sslpool.keydb.revocationlist import RevocationList
from sslpool.keydb.revocationnotices import objectionTo
from sslpool.messages import OperatorError, operatorError


def listRevocations(database: Database) -> list[RevocationRecord]:
    """
    Return what is known of the revocation lists of a key database, in the order of the labels.

    @raise sslpool.messages.OperatorError: SSLP316E, one is damaged.
    """
    with database.reading() as connection:
        return _records(database.path, connection, tables.readRevocations(database.path, connection))


def readRevocations(path: str) -> list[RevocationRecord]:
    """
    Return what is known of the revocation lists in C{path}, a key file of any kind; no stash is needed.  Those
    that are damaged are left out: the servers name them.

    @raise sslpool.messages.OperatorError: it cannot be read.
    """
    if not isDatabase(path):
        return []
    with closing(tables.openReadOnly(path)) as connection, tables.snapshot(path, connection):
        records = []
        for label, octets in tables.readRevocations(path, connection).items():
            with suppress(OperatorError):
                records += _records(path, connection, {label: octets})
    return records


def addRevocations(
    database: Database, found: Iterable[RevocationList], source: str, now: float, unchecked: bool = False
) -> list[RevocationRecord]:
    """
    Store revocation lists, each with the authority that signed it and in the place of an older one; or none of them.

    @param source: what to call them in messages.
    @param now: the present, in seconds since the epoch.
    @param unchecked: though nobody can get in then.
    @return: what is known of each.
    @raise sslpool.messages.OperatorError: see L{storeRevocations}.
    """
    with database.changing() as connection:
        return storeRevocations(database.path, connection, found, source, now, unchecked)


def storeRevocations(
    path: str,
    connection: sqlite3.Connection,
    found: Iterable[RevocationList],
    source: str,
    now: float,
    unchecked: bool = False,
) -> list[RevocationRecord]:
    """
    As L{addRevocations}, as part of a change, which may have stored the authorities just before.

    @raise sslpool.messages.OperatorError: SSLP362E the authority is not there, SSLP363E a newer one is there, SSLP364E
        one of a kind that is not used, SSLP804E nobody could get in, SSLP805E one for other certificates is there.
    """
    storing = _Storing(path, connection, source)
    labels = dict.fromkeys(storing.store(each, now, unchecked) for each in sorted(found, key=lambda each: each.made))
    stored = tables.readRevocations(path, connection)
    return _records(path, connection, {label: stored[label] for label in labels})


class _Storing:
    def __init__(self, path: str, connection: sqlite3.Connection, source: str) -> None:
        self._path = path
        self._connection = connection
        self._source = source
        self._certificates = entries.certificatesIn(path, connection)

    def store(self, found: RevocationList, now: float, unchecked: bool) -> str:
        """
        Store a list; return the label of its authority.  Where several entries have its name and key, one of
        them has the list.
        """
        if reason := found.partial():
            raise operatorError("SSLP364E", source=self._source, issuer=found.issuer.shown, reason=reason)
        signers = {label: each for label, each in self._certificates.items() if found.isSignedBy(each)}
        if not signers:
            raise operatorError("SSLP362E", source=self._source, issuer=found.issuer.shown, path=self._path)
        stored = tables.readRevocations(self._path, self._connection)
        present = [label for label in signers if label in stored]
        for label in present:
            self._compare(found, label, stored[label])
        label = next(iter((*present, *signers)))
        record = _record(label, found, self._certificates)
        if not unchecked and (reason := objectionTo(record, now)):
            raise operatorError("SSLP804E", source=self._source, label=label, reason=reason)
        for other in present:
            tables.removeRevocation(self._connection, other)
        tables.writeRevocation(self._connection, label, found.der)
        return label

    def _compare(self, found: RevocationList, label: str, octets: bytes) -> None:
        try:
            present = entries.revocationOf(self._path, label, octets)
        except OperatorError:
            return
        if present.made > found.made:
            raise operatorError("SSLP363E", source=self._source, label=label)
        if found.points and found.points != present.points:
            # What the other one revokes would be forgotten.
            raise operatorError("SSLP805E", source=self._source, label=label)


def removeRevocations(database: Database, label: str) -> None:
    """
    Remove the revocation list of the authority C{label}.

    @raise sslpool.messages.OperatorError: SSLP365E, it has none.
    """
    with database.changing() as connection:
        if label not in tables.readRevocations(database.path, connection):
            raise operatorError("SSLP365E", label=label, path=database.path)
        tables.removeRevocation(connection, label)


def listsOf(path: str, connection: sqlite3.Connection, entry: tables.Entry) -> list[RevocationList]:
    """
    Return the revocation list of an entry, also where it stands with another of the same name and key.

    @raise sslpool.messages.OperatorError: SSLP316E, it is damaged.
    """
    lists = tables.readRevocations(path, connection)
    if not lists:
        return []
    issuer = Issuer.of(entries.certificateOf(path, entry))
    same = [label for label, each in entries.certificatesIn(path, connection).items() if Issuer.of(each) == issuer]
    return [entries.revocationOf(path, label, lists[label]) for label in same if label in lists]


def _records(path: str, connection: sqlite3.Connection, lists: Mapping[str, bytes]) -> list[RevocationRecord]:
    if not lists:
        return []
    certificates = entries.certificatesIn(path, connection)
    return [_record(label, entries.revocationOf(path, label, octets), certificates) for label, octets in lists.items()]


def _record(label: str, found: RevocationList, certificates: Mapping[str, Certificate]) -> RevocationRecord:
    theirs = {each: certificate for each, certificate in certificates.items() if certificate.issuer == found.issuer}
    signers = [each for each in certificates.values() if found.isSignedBy(each)]
    others = [each for each in theirs.values() if each not in signers]
    return evolve(
        describeRevocations(label, found),
        points=tuple(sorted(str(getattr(each, "value", each)) for each in found.points)),
        covers=not others or not found.points or any(found.points & pointsOf(each) for each in others),
        coversOwn=not found.points or not signers or any(_isCovered(each, found) for each in signers),
        signs=not signers or any(map(signsLists, signers)),
        entries=tuple(each for each, certificate in theirs.items() if certificate.serial in found.serials),
    )


def _isCovered(signer: Certificate, found: RevocationList) -> bool:
    """
    Whether a list with distribution points lets chains end with the certificate of its authority: a root is
    looked up in its own list.
    """
    return not isRoot(signer) or bool(found.points & pointsOf(signer))
