# -*- test-case-name: tests.keydb.test_database -*-
"""
A key database: certificates under labels, private keys encrypted, one file.
Any process: C{gskkyman} changes it, the servers open it through its stash.

A random master key encrypts the private keys; the password encrypts the master key, and the stash file holds it, so
that a server starts without the cost of a password and the password is on no disk.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType

from attrs import evolve

from sslpool.keydb import entries, files, requesttables, retention, sealing, tables
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.chains import belongs, chainAbove
from sslpool.keydb.entries import checkLabelOf
from sslpool.keydb.keyfiles import KeyFiles
from sslpool.keydb.labels import checkCertificateLabel
from sslpool.keydb.material import credentialOf, materialOf
from sslpool.keydb.opening import checkExpiry, metaFor, opening, readMeta
from sslpool.keydb.records import CertificateRecord, Credential, KeyMaterial
from sslpool.keydb.stash import masterIn, readStash, writeStash
from sslpool.messages import operatorError


class Database:
    """
    An open key database.  Use it in a C{with} statement, or L{close} it.

    Every method raises L{sslpool.messages.OperatorError} where the file cannot
    be read or changed, is damaged, or got a new password since it was opened.

    @ivar path: the name of the file.
    @ivar master: the key that private keys are sealed under.
    """

    def __init__(self, path: str, connection: sqlite3.Connection, master: bytes) -> None:
        self.path = path
        self._connection = connection
        self.master = master

    @classmethod
    def create(
        cls,
        path: str,
        password: str,
        expires: float | None = None,
        cost: sealing.Cost = sealing.STRONG,
        recordLength: int = tables.RECORD_LENGTH,
    ) -> Database:
        """
        Create an empty key database and open it.

        @param path: its name, with the ending C{.kdb}.
        @param expires: when the password expires, in seconds since the epoch.
        @param cost: what each guess of the password shall cost.
        @param recordLength: the record length to show.
        @raise sslpool.messages.OperatorError: SSLP310E it exists, SSLP314E it
            cannot be created, SSLP321E no password, SSLP329E another ending.
        """
        if not path.lower().endswith(files.DATABASE_SUFFIX):
            raise operatorError("SSLP329E", path=path)
        master = sealing.newMasterKey()
        tables.checkRecordLength(recordLength)
        meta = evolve(metaFor(path, master, password, expires, cost), recordLength=recordLength)
        with files.appearing(path, files.SHARED) as temporary:
            tables.build(temporary, meta)
        return cls(path, tables.openReadOnly(path), master)

    @classmethod
    def open(cls, path: str, password: str, allowExpired: bool = False) -> Database:
        """
        Open a key database with its password; takes some tenths of a second.

        @param allowExpired: open it though the password has expired, to change it.
        @raise sslpool.messages.OperatorError: SSLP320E not the password,
            SSLP322E it has expired, and as L{tables.openReadOnly}.
        """
        with opening(tables.openReadOnly(path), path) as (connection, meta):
            try:
                master = sealing.unwrap(meta.wrapped, password)
            except sealing.SealBroken:
                raise operatorError("SSLP320E", path=path) from None
            if not sealing.isProof(master, meta.proof):
                raise tables.damaged(path, "its master key is not the one that its keys are encrypted with")
            if not allowExpired:
                checkExpiry(path, meta)
            return cls(path, connection, master)

    @classmethod
    def openStashed(cls, path: str) -> Database:
        """
        Open a key database with its stash file.

        @raise sslpool.messages.OperatorError: SSLP323E no stash, SSLP324E not
            its stash, SSLP322E the password has expired, and as L{tables.openReadOnly}.
        """
        with opening(tables.openReadOnly(path), path) as (connection, meta):
            return cls._stashed(path, connection, meta, readStash(path))

    @classmethod
    def openCopy(cls, copy: KeyFiles, allowExpired: bool = False) -> Database:
        """
        Open the octets of a key database with those of its stash; it cannot be changed.

        @param allowExpired: open it though the password has expired.
        @raise sslpool.messages.OperatorError: as L{openStashed}.
        """
        with opening(tables.openCopy(copy.path, copy.content), copy.path) as (connection, meta):
            master = masterIn(copy.stash, copy.path)
            return cls._stashed(copy.path, connection, meta, master, allowExpired)

    @classmethod
    def _stashed(
        cls, path: str, connection: sqlite3.Connection, meta: tables.Meta, master: bytes, allowExpired: bool = False
    ) -> Database:
        if not sealing.isProof(master, meta.proof):
            raise operatorError("SSLP324E", path=path, stash=files.stashPath(path))
        if not allowExpired:
            checkExpiry(path, meta)
        return cls(path, connection, master)

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """
        Close it; nothing is waiting to be written.
        """
        self._connection.close()

    @property
    def expires(self) -> float | None:
        """
        When the password expires, in seconds since the epoch, or C{None}.
        """
        return readMeta(self.path, self._connection).expires

    @property
    def recordLength(self) -> int:
        """
        The record length to show.
        """
        return readMeta(self.path, self._connection).recordLength

    def records(self) -> list[CertificateRecord]:
        """
        Return what is known of each entry, in the order of the labels.
        """
        return [entries.recordOf(self.path, entry) for entry in self._entries()]

    def record(self, label: str) -> CertificateRecord:
        """
        Return what is known of the entry C{label}.

        @raise sslpool.messages.OperatorError: SSLP333E, no such entry.
        """
        return entries.recordOf(self.path, self._entry(label))

    def certificates(self, label: str) -> tuple[Certificate, ...]:
        """
        Return the certificate C{label} and those stored with it, its issuer next.

        @raise sslpool.messages.OperatorError: SSLP333E, no such entry.
        """
        entry = self._entry(label)
        certificate = entries.certificateOf(self.path, entry)
        return (certificate, *chainAbove(certificate, entries.chainOf(self.path, entry)))

    def material(self, progress: Callable[[], object] = lambda: None) -> KeyMaterial:
        """
        Return what servers can use: the trusted entries that have a private key, those of authorities, and all
        revocation lists.  A chain is of what was stored with the certificate, and of the trusted authorities of this
        database, as is right at present.

        @param progress: called while it lasts.
        """
        with self.reading() as connection:
            stored = tables.readEntries(self.path, connection)
            lists = tables.readRevocations(self.path, connection)
        return materialOf(self.path, stored, lists, self.master, time.time(), progress)

    def credential(self, label: str) -> Credential:
        """
        Return the entry C{label} with its private key, trusted or not, and the chain that was stored with it.

        @raise sslpool.messages.OperatorError: SSLP333E no such entry, SSLP334E it has no private key.
        """
        entry = self._entry(label)
        if entry.key is None:
            raise operatorError("SSLP334E", path=self.path, label=label)
        return credentialOf(self.path, entry, self.master, time.time())

    def default(self) -> str | None:
        """
        Return the label of the default key.
        """
        return next((entry.label for entry in self._entries() if entry.default), None)

    def add(self, credential: Credential, replace: bool = False) -> None:
        """
        Store a certificate with its private key.

        @param replace: put it in the place of an entry with its label, which
            stays the default if it was, and not trusted if it was not.
        @raise sslpool.messages.OperatorError: SSLP330E not a label for a key, SSLP332E there is such an entry.
        @raise ValueError: the private key is not the certificate's.
        """
        checkLabelOf(credential)
        if not belongs(credential.key, credential.certificate):
            raise ValueError("the private key does not belong to the certificate")
        with self.changing() as connection:
            self.store(connection, credential, replace)

    def addCertificates(self, certificates: Mapping[str, Certificate], replace: bool = False) -> None:
        """
        Store several certificates without private keys, such as those of authorities, or none of them.

        @param certificates: the certificates by their labels.
        @param replace: put them in the places of entries with their labels.
        @raise sslpool.messages.OperatorError: SSLP331E not a label, SSLP332E there is such an entry.
        """
        for label in certificates:
            checkCertificateLabel(label)
        with self.changing() as connection:
            for label, certificate in certificates.items():
                self._store(connection, entries.certificateEntry(label, certificate), replace)

    def remove(self, label: str) -> None:
        """
        Remove an entry, with its private key if it has one.

        @raise sslpool.messages.OperatorError: SSLP333E no such entry, SSLP806E its revocation list
            has to be removed before.
        """
        with self.changing() as connection:
            entry = tables.readEntry(self.path, connection, label)
            tables.removeEntry(connection, label)
            retention.keepLists(self.path, connection, entry)

    def setDefault(self, label: str) -> None:
        """
        Make an entry with a private key the default.

        @raise sslpool.messages.OperatorError: SSLP333E no such entry, SSLP334E it has no private key.
        """
        with self.changing() as connection:
            if tables.readEntry(self.path, connection, label).key is None:
                raise operatorError("SSLP334E", path=self.path, label=label)
            tables.markDefault(connection, label)

    def setTrusted(self, label: str, trusted: bool) -> None:
        """
        Say whether an entry may be used.

        @raise sslpool.messages.OperatorError: SSLP333E, no such entry.
        """
        with self.changing() as connection:
            entry = tables.readEntry(self.path, connection, label)
            tables.writeEntry(connection, evolve(entry, trusted=trusted))

    def rename(self, label: str, new: str) -> None:
        """
        Give an entry another label.

        @raise sslpool.messages.OperatorError: SSLP330E or SSLP331E not a label
            for it, SSLP332E taken, SSLP333E no such entry.
        """
        with self.changing() as connection:
            entry = tables.readEntry(self.path, connection, label)
            renamed = entries.renamed(self.path, entry, new, self.master)
            if any(stored.label == new for stored in tables.readEntries(self.path, connection)):
                raise operatorError("SSLP332E", path=self.path, label=new)
            lists = tables.readRevocations(self.path, connection)
            tables.removeEntry(connection, label)
            tables.writeEntry(connection, renamed)
            if label in lists:
                tables.removeRevocation(connection, label)
                tables.writeRevocation(connection, new, lists[label])

    def setRecordLength(self, length: int) -> None:
        """
        Change the record length to show.

        @raise sslpool.messages.OperatorError: SSLP385E, not one.
        """
        tables.checkRecordLength(length)
        with self.changing() as connection:
            meta = tables.readMeta(self.path, connection)
            tables.writeMeta(connection, evolve(meta, recordLength=length))

    def stash(self) -> str:
        """
        Write the stash file, readable for whoever may read the database, and return its name.

        @raise sslpool.messages.OperatorError: SSLP314E, it cannot be written.
        """
        # While nobody can change the password: a stash must not hold a key that is no longer in use.
        with self.changing():
            return writeStash(self.path, self.master)

    def changePassword(self, password: str, expires: float | None = None, cost: sealing.Cost = sealing.STRONG) -> None:
        """
        Encrypt all private keys under a new master key, and it under the new
        password.  Stash files made before are no longer valid.

        @param expires: when the new password expires, in seconds since the epoch.
        @param cost: what each guess of the password shall cost.
        @raise sslpool.messages.OperatorError: SSLP321E, no password.
        """
        master = sealing.newMasterKey()
        meta = metaFor(self.path, master, password, expires, cost)
        with self.changing(os.path.lexists(files.requestsPath(self.path))) as connection:
            requesttables.reseal(self.path, connection, self.master, master)
            meta = evolve(meta, recordLength=tables.readMeta(self.path, connection).recordLength)
            for entry in tables.readEntries(self.path, connection):
                tables.writeEntry(connection, entries.resealed(self.path, entry, self.master, master))
            tables.writeMeta(connection, meta)
        self.master = master

    def store(self, connection: sqlite3.Connection, credential: Credential, replace: bool) -> None:
        """
        Store a certificate with its private key as part of a change.
        """
        self._store(connection, entries.credentialEntry(self.master, credential), replace)

    def _store(self, connection: sqlite3.Connection, entry: tables.Entry, replace: bool) -> None:
        old = tables.findEntry(self.path, connection, entry.label)
        if old is not None and not replace:
            raise operatorError("SSLP332E", path=self.path, label=entry.label)
        default = old is not None and old.default and entry.key is not None
        # Whoever has withdrawn a label has not withdrawn one certificate of it only.
        trusted = old is None or old.trusted
        tables.writeEntry(connection, evolve(entry, default=default, trusted=trusted))
        if old is not None:
            retention.keepLists(self.path, connection, old)

    def _entries(self) -> list[tables.Entry]:
        with self.reading():
            return tables.readEntries(self.path, self._connection)

    def _entry(self, label: str) -> tables.Entry:
        with self.reading():
            return tables.readEntry(self.path, self._connection, label)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """
        Read all that follows from one state of the database.
        """
        with tables.snapshot(self.path, self._connection):
            self._checkCurrent(self._connection)
            yield self._connection

    @contextmanager
    def changing(self, requests: bool = False) -> Iterator[sqlite3.Connection]:
        """
        Make one change of all that follows.

        @param requests: the certificate requests belong to it.
        """
        with tables.changing(self.path, requesttables.prepared(self.path) if requests else None) as connection:
            self._checkCurrent(connection)
            yield connection

    def _checkCurrent(self, connection: sqlite3.Connection) -> None:
        if not sealing.isProof(self.master, tables.readMeta(self.path, connection).proof):
            raise operatorError("SSLP325E", path=self.path)
