# -*- test-case-name: tests.keydb.test_database -*-
"""
From stored entries to what servers use.  Any process.

An entry that is damaged is left out and named; all others are as they would be without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.chains import Issuers, chained, isAuthority, isOnlyAuthority
from sslpool.keydb.entries import certificateOf, chainOf, keyOf, revocationOf
from sslpool.keydb.labels import isKeyLabel
from sslpool.keydb.records import Authority, Credential, KeyMaterial, describe
from sslpool.keydb.revocationlist import RevocationList
from sslpool.keydb.tables import Entry, damaged
from sslpool.messages import OperatorError, Said
from sslpool.reasons import reasonOf

Found = TypeVar("Found")


def materialOf(
    path: str,
    stored: Sequence[Entry],
    lists: Mapping[str, bytes],
    master: bytes,
    now: float,
    progress: Callable[[], object],
) -> KeyMaterial:
    """
    Return what servers can use of the entries that are trusted; the lists of the others count as well.

    @param lists: the revocation lists by the labels of their authorities.
    @param now: the present, in seconds since the epoch.
    @param progress: called while it lasts.
    """
    unusable: list[tuple[str, Said]] = []

    def each(entries: Iterable[Entry], act: Callable[[Entry], Found]) -> list[Found]:
        return _each(path, entries, act, unusable, progress)

    read = _listsOf(path, lists, unusable, progress)
    trusted = (entry for entry in stored if entry.trusted)
    pairs = each(trusted, lambda entry: (entry, certificateOf(path, entry)))
    unread = lists.keys() - read.keys()
    issuing = each((entry for entry, _ in pairs if entry.label not in unread), lambda entry: _authority(path, entry))
    authorities = [found for found in issuing if found is not None]
    above = Issuers(authority.certificate for authority in authorities)
    # Most labels have one and the same chain.
    pools: dict[bytes, Issuers] = {}

    def serve(entry: Entry) -> Credential:
        if entry.chain not in pools:
            pools[entry.chain] = Issuers(chainOf(path, entry), above)
        return credentialOf(path, entry, master, now, pools[entry.chain])

    serving = [entry for entry, certificate in pairs if _serves(entry, certificate)]
    credentials = each(serving, serve)
    known = dict(_known(path, stored, lists)) if lists else {}
    chains = dict.fromkeys(link for credential in credentials for link in credential.chain if lists)
    return KeyMaterial(
        tuple(credentials),
        tuple(authorities),
        tuple(read.values()),
        tuple(unusable),
        (*known.values(), *chains),
        tuple(certificate for label, certificate in known.items() if label in unread),
    )


def _listsOf(
    path: str, lists: Mapping[str, bytes], unusable: list[tuple[str, Said]], progress: Callable[[], object]
) -> dict[str, RevocationList]:
    """
    Return the revocation lists that are not damaged; name the others.
    """
    found = {}
    for label, octets in lists.items():
        progress()
        try:
            found[label] = revocationOf(path, label, octets, progress)
        except OperatorError as error:
            unusable.append((label, error.said))
    return found


def _known(path: str, stored: Iterable[Entry], lists: Mapping[str, bytes]) -> Iterator[tuple[str, Certificate]]:
    """
    Yield the authorities, trusted or not, by label.
    """
    for entry in stored:
        # One that is damaged has been named if it is in use; its list counts for all of its name.
        with suppress(OperatorError, *MALFORMED):
            certificate = certificateOf(path, entry)
            if entry.label in lists or isAuthority(certificate):
                yield entry.label, certificate


def _each(
    path: str,
    entries: Iterable[Entry],
    act: Callable[[Entry], Found],
    unusable: list[tuple[str, Said]],
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
            unusable.append((entry.label, error.said))
        except MALFORMED as error:
            unusable.append((entry.label, damaged(path, f"certificate {entry.label}: {reasonOf(error)}").said))
    return found


def _authority(path: str, entry: Entry) -> Authority | None:
    """
    Return an authority; C{None} where the entry is none.
    """
    certificate = certificateOf(path, entry)
    if not isAuthority(certificate, entry.key is not None):
        return None
    # All that is looked at later.
    describe(entry.label, certificate, hasKey=False)
    return Authority(entry.label, certificate)


def credentialOf(path: str, entry: Entry, master: bytes, now: float, issuers: Issuers | None = None) -> Credential:
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
