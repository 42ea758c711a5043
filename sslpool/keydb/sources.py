# -*- test-case-name: tests.keydb.test_sources -*-
"""
What a KEYFILE may be: a key database, PKCS #12, or PEM.  The servers read
credentials from it; the stack, which holds no private keys, only records.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial

from attrs import evolve, frozen

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.database import Database
from sslpool.keydb.entries import certificateOf, chainOf, recordOf
from sslpool.keydb.files import stashPath
from sslpool.keydb.keyfiles import KeyFiles, isDatabase, isPkcs12, readKeyFiles
from sslpool.keydb.labels import DEFAULT_LABEL, isKeyLabel
from sslpool.keydb.parsing import assemble, parsePem, parsePkcs12
from sslpool.keydb.passwords import passwordOf
from sslpool.keydb.records import CertificateRecord, Credential, KeyMaterial, describe
from sslpool.keydb.tables import openReadOnly, readEntries, snapshot
from sslpool.messages import OperatorError, operatorError


def readMaterial(path: str, progress: Callable[[], object] = lambda: None) -> KeyMaterial:
    """
    Return what a server can use of C{path}: the trusted entries of a key
    database and its revocation lists, opened through its stash; or the one
    credential of a PKCS #12 or PEM file.

    A C{.p12} or C{.pfx} takes its password from the first line of the file of
    the same name with the ending C{.sth}, and has none if there is no such
    file; its label is its friendly name in upper case, where that is a label.
    Any other label is L{DEFAULT_LABEL}.

    @param progress: called while it lasts: thousands of labels take seconds.
    @raise sslpool.messages.OperatorError: it cannot be read or used.
    """
    return materialIn(readKeyFiles(path), progress=progress)


def materialIn(
    copy: KeyFiles, allowExpired: bool = False, progress: Callable[[], object] = lambda: None
) -> KeyMaterial:
    """
    As L{readMaterial}, from octets that have been read.

    @param allowExpired: the password of a key database may have expired.
    """
    if copy.isDatabase:
        with Database.openCopy(copy, allowExpired) as database:
            return database.material(progress)
    return KeyMaterial((_single(copy),))


@frozen
class Held:
    """
    A certificate in a key file.

    @ivar record: what is known of it.
    @ivar certificate: the certificate.
    @ivar above: returns those that came with it as standing above it, the same function where the same came;
        raises L{sslpool.messages.OperatorError} where they are damaged.
    """

    record: CertificateRecord
    certificate: Certificate
    above: Callable[[], tuple[Certificate, ...]]


def readCertificates(path: str) -> list[CertificateRecord]:
    """
    Return what is known of the certificates in C{path}; see L{readHeld}.
    """
    return [each.record for each in readHeld(path)]


def readHeld(path: str) -> list[Held]:
    """
    Return the certificates in C{path}.  Of a key database no
    private key is decrypted and no stash is needed; all its entries are
    returned, also those that a server does not use, but for those that are damaged:
    the servers name them.

    @raise sslpool.messages.OperatorError: it cannot be read or used.
    """
    if not isDatabase(path):
        only = _single(readKeyFiles(path))
        record = describe(only.label, only.certificate, hasKey=True, default=True)
        return [Held(record, only.certificate, lambda: (*only.chain, *only.spare))]
    with closing(openReadOnly(path)) as connection, snapshot(path, connection):
        entries = readEntries(path, connection)
    found = []
    # Most labels have one and the same chain.
    chains: dict[bytes, Callable[[], tuple[Certificate, ...]]] = {}
    for entry in entries:
        with suppress(OperatorError):
            certificate = certificateOf(path, entry)
            above = chains.setdefault(entry.chain, partial(chainOf, path, evolve(entry, key=None)))
            found.append(Held(recordOf(path, entry, certificate), certificate, above))
    return found


def _single(copy: KeyFiles) -> Credential:
    path, data = copy.path, copy.content
    if not data:
        raise operatorError("SSLP348E", source=path)
    if not isPkcs12(path):
        return assemble(DEFAULT_LABEL, parsePem(data, None, path), path)
    password = None if copy.stash is None else passwordOf(copy.stash, stashPath(path))
    bundle = parsePkcs12(data, password, path)
    label = bundle.name.upper()
    return assemble(label if isKeyLabel(label) else DEFAULT_LABEL, bundle, path)
