# -*- test-case-name: tests.keydb.test_sources -*-
"""
What a KEYFILE may be: a key database, PKCS #12, or PEM.  The servers read
credentials from it; the stack, which holds no private keys, only records.
"""

from __future__ import annotations

import os
from contextlib import closing

from sslpool.keydb.database import Database
from sslpool.keydb.entries import recordOf
from sslpool.keydb.files import DATABASE_SUFFIX, readFile, stashPath
from sslpool.keydb.labels import DEFAULT_LABEL, isKeyLabel
from sslpool.keydb.parsing import assemble, parsePem, parsePkcs12
from sslpool.keydb.passwords import passwordIn
from sslpool.keydb.records import CertificateRecord, Credential, KeyMaterial, describe
from sslpool.keydb.tables import openReadOnly, readEntries, snapshot
from sslpool.messages import operatorError

PKCS12_SUFFIXES = (".p12", ".pfx")


def readMaterial(path: str) -> KeyMaterial:
    """
    Return what a server can use of C{path}: the trusted entries of a key
    database and its revocation lists, opened through its stash; or the one
    credential of a PKCS #12 or PEM file.

    A C{.p12} or C{.pfx} takes its password from the first line of the file of
    the same name with the ending C{.sth}, and has none if there is no such
    file; its label is its friendly name in upper case, where that is a label.
    Any other label is L{DEFAULT_LABEL}.

    @raise sslpool.messages.OperatorError: it cannot be read or used.
    """
    if _endsWith(path, DATABASE_SUFFIX):
        with Database.openStashed(path) as database:
            return database.material()
    return KeyMaterial((_single(path),))


def readCertificates(path: str) -> list[CertificateRecord]:
    """
    Return what is known of the certificates in C{path}.  Of a key database no
    private key is decrypted and no stash is needed; all its entries are
    returned, also those that a server does not use.

    @raise sslpool.messages.OperatorError: it cannot be read or used.
    """
    if not _endsWith(path, DATABASE_SUFFIX):
        only = _single(path)
        return [describe(only.label, only.certificate, hasKey=True, default=True)]
    with closing(openReadOnly(path)) as connection:
        with snapshot(path, connection):
            entries = readEntries(path, connection)
        return [recordOf(path, entry) for entry in entries]


def _single(path: str) -> Credential:
    data = readFile(path)
    if not data:
        raise operatorError("SSLP348E", source=path)
    if not _endsWith(path, *PKCS12_SUFFIXES):
        return assemble(DEFAULT_LABEL, parsePem(data, None, path), path)
    stash = stashPath(path)
    bundle = parsePkcs12(data, passwordIn(stash) if os.path.lexists(stash) else None, path)
    label = bundle.name.upper()
    return assemble(label if isKeyLabel(label) else DEFAULT_LABEL, bundle, path)


def _endsWith(path: str, *suffixes: str) -> bool:
    return path.lower().endswith(suffixes)
