# -*- test-case-name: tests.keydb.test_database -*-
"""
From stored entries to what servers use.  Any process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cryptography import x509

from sslpool.keydb.chains import completed, isAuthority, isOnlyAuthority
from sslpool.keydb.entries import certificateOf, chainOf, keyOf, revocationOf
from sslpool.keydb.labels import isKeyLabel
from sslpool.keydb.records import Authority, Credential, KeyMaterial
from sslpool.keydb.tables import Entry


def materialOf(path: str, trusted: Sequence[Entry], lists: Mapping[str, bytes], master: bytes) -> KeyMaterial:
    """
    Return what servers can use of the entries that are trusted.

    @param lists: the revocation lists by the labels of their authorities.
    """
    pairs = [(entry, certificateOf(path, entry)) for entry in trusted]
    authorities = tuple(
        Authority(entry.label, certificate)
        for entry, certificate in pairs
        if isAuthority(certificate, entry.key is not None)
    )
    above = [authority.certificate for authority in authorities]
    return KeyMaterial(
        tuple(credentialOf(path, entry, master, above) for entry, certificate in pairs if _serves(entry, certificate)),
        authorities,
        tuple(
            revocationOf(path, authority.label, lists[authority.label])
            for authority in authorities
            if authority.label in lists
        ),
    )


def credentialOf(path: str, entry: Entry, master: bytes, above: Iterable[x509.Certificate] = ()) -> Credential:
    """
    Return an entry with its private key; its chain is continued with what stands above it.
    """
    certificate = certificateOf(path, entry)
    chain = completed(certificate, chainOf(path, entry), above)
    return Credential(entry.label, certificate, chain, keyOf(path, entry, master, certificate), entry.default)


def _serves(entry: Entry, certificate: x509.Certificate) -> bool:
    return entry.key is not None and isKeyLabel(entry.label) and not isOnlyAuthority(certificate)
