# -*- test-case-name: tests.keydb.test_labelfaults -*-
"""
What clients refuse of the labels in use, as they are in a key file: the stack says it when it starts and at
REFRESH, C{sslpool check} beforehand.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.chains import Ascent, Issuers, issued
from sslpool.keydb.faults import Fault
from sslpool.keydb.fitness import faultsOf, mustStaple
from sslpool.keydb.sources import HeldCertificate
from sslpool.keydb.stapling import LARGEST, Unusable, staplePath, validUntil
from sslpool.messages import OperatorError, Said, said

MOST_LINES = 50
"""
How many lines the stack says at most: more than that nobody reads.
"""


def remarks(keyFile: str, held: Iterable[HeldCertificate], labels: Collection[str], now: float) -> list[Said]:
    """
    Return the messages about what clients refuse.

    @param keyFile: the name of the key file; files with OCSP responses are beside it.
    @param held: what it holds.
    @param labels: those that servers show to clients.
    @param now: in seconds since the epoch.
    """
    every = list(held)
    known = Issuers(each.certificate for each in every if each.record.authority and each.record.trusted)
    # Thousands of labels have the same few issuers.
    issuers: dict[Callable[[], object], Issuers] = {}
    found: list[Said] = []
    for each in every:
        if not (each.record.hasKey and each.record.label in labels):
            continue
        with suppress(OperatorError):
            # What is damaged is named by the servers.
            if each.above not in issuers:
                issuers[each.above] = Issuers(each.above(), known)
            found += (fault.said for fault in _faults(keyFile, each, issuers[each.above], now))
    return found


def notAuthorities(held: Iterable[HeldCertificate]) -> list[Said]:
    """
    Return the messages about certificates without private keys that are none of authorities.
    """
    records = [each.record for each in held if not each.record.hasKey and each.record.trusted]
    return [said("SSLP870W", label=record.label) for record in records if not record.authority]


def limited(found: list[Said]) -> list[Said]:
    """
    Return as many messages as the stack says.
    """
    return found if len(found) <= MOST_LINES else [*found[:MOST_LINES], said("SSLP873W", count=len(found) - MOST_LINES)]


def _faults(keyFile: str, held: HeldCertificate, issuers: Issuers, now: float) -> Iterator[Fault]:
    label, certificate = held.record.label, held.certificate
    above = Ascent(certificate, issuers).chain(now)
    yield from faultsOf(label, certificate, above)
    yield from stapleFaults(label, certificate, above, staplePath(keyFile, label), now)


def stapleFaults(
    name: str, certificate: Certificate, above: Iterable[Certificate], path: str, now: float
) -> Iterator[Fault]:
    """
    Yield that a certificate demands an OCSP response and has none that can be stapled.

    @param path: the file for it.
    @param now: in seconds since the epoch.
    """
    if not mustStaple(certificate):
        return
    issuer = next((each for each in above if issued(each, certificate)), None)
    try:
        if not os.path.lexists(path):
            raise Unusable("the file does not exist")
        with open(path, "rb") as file:
            validUntil(file.read(LARGEST), certificate, issuer, datetime.fromtimestamp(now, UTC))
    except OSError as error:
        yield Fault(said("SSLP859W", name=name, path=path, reason=error.strerror or str(error)))
    except (Unusable, *MALFORMED) as error:
        yield Fault(said("SSLP859W", name=name, path=path, reason=str(error)))
