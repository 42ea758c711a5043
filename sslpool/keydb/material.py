# -*- test-case-name: tests.keydb.test_database -*-
"""
From stored entries to what servers use.  Any process.

An entry that is damaged is left out and named; all others are as they would be
without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from cryptography import x509

from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.chains import Issuers, chained, isAuthority, isOnlyAuthority
from sslpool.keydb.entries import certificateOf, chainOf, keyOf, revocationOf
from sslpool.keydb.labels import isKeyLabel
from sslpool.keydb.records import Authority, Credential, KeyMaterial, Unusable, describe
from sslpool.keydb.tables import Entry, damaged
from sslpool.messages import OperatorError
from sslpool.reasons import reasonOf

Found = TypeVar("Found")


def materialOf(
    path: str,
    trusted: Sequence[Entry],
    lists: Mapping[str, bytes],
    master: bytes,
    now: float,
    progress: Callable[[], object],
) -> KeyMaterial:
    """
    Return what servers can use of the entries that are trusted.

    @param lists: the revocation lists by the labels of their authorities.
    @param now: the present, in seconds since the epoch.
    @param progress: called while it lasts.
    """
    unusable: list[Unusable] = []

    def each(entries: Iterable[Entry], act: Callable[[Entry], Found]) -> list[Found]:
        return _each(path, entries, act, unusable, progress)

    pairs = each(trusted, lambda entry: (entry, certificateOf(path, entry)))
    issuing = each((entry for entry, _ in pairs), lambda entry: _authority(path, entry, lists))
    authorities = [found for found in issuing if found is not None]
    above = Issuers(authority.certificate for authority, _ in authorities)
    # Most labels have one and the same chain.
    pools: dict[bytes, Issuers] = {}

    def serve(entry: Entry) -> Credential:
        if entry.chain not in pools:
            pools[entry.chain] = Issuers(chainOf(path, entry), above)
        return credentialOf(path, entry, master, now, pools[entry.chain])

    serving = [entry for entry, certificate in pairs if _serves(entry, certificate)]
    return KeyMaterial(
        tuple(each(serving, serve)),
        tuple(authority for authority, _ in authorities),
        tuple(revocations for _, revocations in authorities if revocations is not None),
        tuple(unusable),
    )


def _each(
    path: str,
    entries: Iterable[Entry],
    act: Callable[[Entry], Found],
    unusable: list[Unusable],
    progress: Callable[[], object],
) -> list[Found]:
    """
    Return what comes of the entries that are not damaged; name the others.
    """
    found = []
    for entry in entries:
        progress()
        try:
            found.append(act(entry))
        except OperatorError as error:
            unusable.append(Unusable(entry.label, error.text))
        except MALFORMED as error:
            unusable.append(Unusable(entry.label, damaged(path, f"certificate {entry.label}: {reasonOf(error)}").text))
    return found


def _authority(
    path: str, entry: Entry, lists: Mapping[str, bytes]
) -> tuple[Authority, x509.CertificateRevocationList | None] | None:
    """
    Return an authority with its revocation list: without that, where there is one, nobody
    would know whom it does not vouch for any more.
    """
    certificate = certificateOf(path, entry)
    if not isAuthority(certificate, entry.key is not None):
        return None
    # All that is looked at later.
    describe(entry.label, certificate, hasKey=False)
    octets = lists.get(entry.label)
    return Authority(entry.label, certificate), None if octets is None else revocationOf(path, entry.label, octets)


def credentialOf(
    path: str, entry: Entry, master: bytes, now: float, issuers: Issuers | None = None
) -> Credential:
    """
    Return an entry with its private key, and its chain at C{now}.

    @param issuers: what was stored with it, and beyond them other authorities.
    """
    certificate = certificateOf(path, entry)
    issuers = issuers or Issuers(chainOf(path, entry))
    stored, key = tuple(issuers.own), keyOf(path, entry, master, certificate)
    credential = Credential(entry.label, certificate, stored, key, entry.default)
    found = chained(credential, issuers, now)
    # What does not stand above it was not stored by us: it stays, so that it is found to be broken.
    return found if {*found.chain, *found.spare} >= {*stored} else credential


def _serves(entry: Entry, certificate: Certificate) -> bool:
    return entry.key is not None and isKeyLabel(entry.label) and not isOnlyAuthority(certificate)
