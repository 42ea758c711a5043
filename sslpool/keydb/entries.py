# -*- test-case-name: tests.keydb.test_database -*-
"""
Between the stored form of an entry and certificates and keys.  Any process.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress

from attrs import evolve
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from sslpool.keydb.armor import unarmoredBodies
from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.chains import isAuthority, isOnlyAuthority
from sslpool.keydb.labels import checkCertificateLabel, checkKeyLabel
from sslpool.keydb.records import CertificateRecord, Credential, PrivateKey, describe
from sslpool.keydb.revocationlist import RevocationList
from sslpool.keydb.sealing import SealBroken, sealPrivateKey, unsealPrivateKey
from sslpool.keydb.tables import Entry, damaged, readEntries
from sslpool.messages import OperatorError
from sslpool.reasons import reasonOf


def certificateEntry(label: str, certificate: Certificate) -> Entry:
    """
    Return the stored form of a certificate without a private key.
    """
    return Entry(label, certificate.der, b"", None, trusted=True, default=False)


def credentialEntry(master: bytes, credential: Credential) -> Entry:
    """
    Return the stored form of C{credential}, its private key sealed under C{master}.
    """
    octets = credential.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    fingerprint = credential.certificate.fingerprint
    return evolve(
        certificateEntry(credential.label, credential.certificate),
        chain=b"".join(link.pem for link in (*credential.chain, *credential.spare)),
        key=sealPrivateKey(master, octets, credential.label, fingerprint),
    )


def checkLabelOf(credential: Credential) -> None:
    """
    See that the label of a certificate with its private key is right: servers have short ones, authorities any.

    @raise sslpool.messages.OperatorError: SSLP330E or SSLP331E.
    """
    check = checkCertificateLabel if isOnlyAuthority(credential.certificate) else checkKeyLabel
    check(credential.label)


def renamed(path: str, entry: Entry, label: str, master: bytes) -> Entry:
    """
    Return C{entry} under another label.

    @raise sslpool.messages.OperatorError: SSLP330E or SSLP331E, it cannot have that label.
    """
    if entry.key is None:
        checkCertificateLabel(label)
        return evolve(entry, label=label)
    certificate = certificateOf(path, entry)
    found = Credential(label, certificate, chainOf(path, entry), keyOf(path, entry, master, certificate))
    checkLabelOf(found)
    return evolve(credentialEntry(master, found), trusted=entry.trusted, default=entry.default)


def resealed(path: str, entry: Entry, old: bytes, new: bytes) -> Entry:
    """
    Return C{entry} with its private key, if it has one, sealed under another master key.

    @raise sslpool.messages.OperatorError: SSLP316E, it does not open.
    """
    if entry.key is None:
        return entry
    fingerprint = certificateOf(path, entry).fingerprint
    return evolve(entry, key=sealPrivateKey(new, _octetsOf(path, entry, old, fingerprint), entry.label, fingerprint))


def recordOf(path: str, entry: Entry, certificate: Certificate | None = None) -> CertificateRecord:
    """
    Return what is known of C{entry} of the key database C{path}.

    @param certificate: its certificate, where that has been read.
    @raise sslpool.messages.OperatorError: SSLP316E, it is not a certificate.
    """
    certificate = certificate or certificateOf(path, entry)
    hasKey = entry.key is not None
    try:
        record = describe(entry.label, certificate, hasKey=hasKey, default=entry.default, trusted=entry.trusted)
        issues = isAuthority(certificate, hasKey)
        return evolve(record, authority=isOnlyAuthority(certificate) if hasKey else issues, issues=issues)
    except MALFORMED as error:
        raise damaged(path, f"certificate {entry.label}: {reasonOf(error)}") from None


def certificateOf(path: str, entry: Entry) -> Certificate:
    """
    Return the certificate of C{entry}.

    @raise sslpool.messages.OperatorError: SSLP316E, it is not a certificate.
    """
    try:
        return Certificate.of(entry.certificate)
    except MALFORMED as error:
        raise damaged(path, f"certificate {entry.label}: {reasonOf(error)}") from None


def certificatesIn(path: str, connection: sqlite3.Connection) -> dict[str, Certificate]:
    """
    Return the certificates in a key database by their labels, but for those that are damaged.
    """
    found = {}
    for entry in readEntries(path, connection):
        with suppress(OperatorError):
            found[entry.label] = certificateOf(path, entry)
    return found


def chainOf(path: str, entry: Entry) -> tuple[Certificate, ...]:
    """
    Return the certificates that were stored as standing above C{entry}.

    @raise sslpool.messages.OperatorError: SSLP316E, they are not certificates.
    """
    try:
        return tuple(map(Certificate.of, unarmoredBodies(entry.chain)))
    except MALFORMED as error:
        raise damaged(path, f"chain of {entry.label}: {reasonOf(error)}") from None


def revocationOf(path: str, label: str, octets: bytes, progress: Callable[[], object] = lambda: None) -> RevocationList:
    """
    Return the revocation list of the authority C{label}.

    @param progress: called while it is read.
    @raise sslpool.messages.OperatorError: SSLP316E, it is not one, or not a whole one: fewer kinds were refused
        at import once.
    """
    try:
        found = RevocationList(octets, progress)
        reason = found.limits()
    except MALFORMED as error:
        raise damaged(path, f"revocation list of {label}: {reasonOf(error)}") from None
    if reason:
        raise damaged(path, f"revocation list of {label}: {reason}")
    return found


def keyOf(path: str, entry: Entry, master: bytes, certificate: Certificate) -> PrivateKey:
    """
    Return the private key of C{entry}, whose certificate is C{certificate}.

    @raise sslpool.messages.OperatorError: SSLP316E, it is not the one that was stored with this label and certificate.
    """
    octets = _octetsOf(path, entry, master, certificate.fingerprint)
    try:
        # The seal says that it is the key that was checked when it was stored; checking RSA takes long.
        key = load_der_private_key(octets, None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise damaged(path, f"private key of {entry.label}: {reasonOf(error)}") from None
    assert isinstance(key, PrivateKey)
    return key


def _octetsOf(path: str, entry: Entry, master: bytes, fingerprint: bytes) -> bytes:
    try:
        return unsealPrivateKey(master, entry.key or b"", entry.label, fingerprint)
    except SealBroken:
        raise damaged(path, f"the private key of {entry.label} is not the one that was stored there") from None
