# -*- test-case-name: tests.keydb.test_revocations -*-
"""
Revocation lists (CRLs) in a key database: each stands with the certificate of
the authority that signed it.  Any process; C{gskkyman} changes them.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from sslpool.keydb import entries, tables
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.names import Name
from sslpool.keydb.records import RevocationRecord, describeRevocations
from sslpool.messages import operatorError

if TYPE_CHECKING:
    from sslpool.keydb.database import Database


def listRevocations(database: Database) -> list[RevocationRecord]:
    """
    Return what is known of the revocation lists of a key database, in the order of the labels.
    """
    with database.reading() as connection:
        stored = tables.readRevocations(database.path, connection)
    return [
        describeRevocations(label, entries.revocationOf(database.path, label, octets))
        for label, octets in stored.items()
    ]


def addRevocations(database: Database, found: x509.CertificateRevocationList, source: str) -> RevocationRecord:
    """
    Store a revocation list with the authority that signed it, in the place of an older one.

    @param source: what to call it in messages.
    @raise sslpool.messages.OperatorError: SSLP362E the authority is not there,
        SSLP363E a newer one is there, SSLP364E one of a kind that is not used.
    """
    _checkKind(found, source)
    with database.changing() as connection:
        label = _signerIn(database.path, connection, found)
        if label is None:
            issuer = Name(found.issuer.public_bytes()).text
            raise operatorError("SSLP362E", source=source, issuer=issuer, path=database.path)
        stored = tables.readRevocations(database.path, connection).get(label)
        if stored is not None:
            present = entries.revocationOf(database.path, label, stored)
            if present.last_update_utc > found.last_update_utc:
                raise operatorError("SSLP363E", source=source, label=label)
        tables.writeRevocation(connection, label, found.public_bytes(Encoding.DER))
    return describeRevocations(label, found)


def removeRevocations(database: Database, label: str) -> None:
    """
    Remove the revocation list of the authority C{label}.

    @raise sslpool.messages.OperatorError: SSLP365E, it has none.
    """
    with database.changing() as connection:
        if label not in tables.readRevocations(database.path, connection):
            raise operatorError("SSLP365E", label=label, path=database.path)
        tables.removeRevocation(connection, label)


def keepIssued(path: str, connection: sqlite3.Connection, entry: tables.Entry) -> None:
    """
    Drop the revocation list of an entry whose new certificate has not signed it.
    """
    stored = tables.readRevocations(path, connection).get(entry.label)
    if stored is None:
        return
    found = entries.revocationOf(path, entry.label, stored)
    if not _signed(entries.certificateOf(path, entry), found):
        tables.removeRevocation(connection, entry.label)


def _signerIn(path: str, connection: sqlite3.Connection, found: x509.CertificateRevocationList) -> str | None:
    every = tables.readEntries(path, connection)
    return next((entry.label for entry in every if _signed(entries.certificateOf(path, entry), found)), None)


def _signed(authority: Certificate, found: x509.CertificateRevocationList) -> bool:
    if authority.subject != Name(found.issuer.public_bytes()):
        return False
    try:
        return found.is_signature_valid(authority.publicKey())  # type: ignore[arg-type]
    except (UnsupportedAlgorithm, ValueError, TypeError):
        return False


def _checkKind(found: x509.CertificateRevocationList, source: str) -> None:
    # Who applied a list of changes, or one of some certificates only, as a whole one would let others in.
    for extension in found.extensions:
        if _isPartial(extension.value):
            raise operatorError("SSLP364E", source=source)


def _isPartial(value: x509.ExtensionType) -> bool:
    match value:
        case x509.DeltaCRLIndicator():
            return True
        case x509.IssuingDistributionPoint() as scope:
            kinds = (scope.only_contains_user_certs, scope.only_contains_ca_certs, scope.only_contains_attribute_certs)
            return any(kinds) or scope.indirect_crl or scope.only_some_reasons is not None
    return False
