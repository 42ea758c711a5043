# -*- test-case-name: tests.keydb.test_standing -*-
"""
What clients refuse of the labels in use, as they are in a key file: the stack says it when it starts and at
REFRESH, C{sslpool check} beforehand.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache

from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.chains import chainAbove, issued
from sslpool.keydb.faults import Fault
from sslpool.keydb.fitness import faultsOf, mustStaple
from sslpool.keydb.sources import Held
from sslpool.keydb.stapling import LARGEST, Unusable, staplePath, validUntil
from sslpool.messages import OperatorError, render

MOST = 50
"""
How many lines the stack says at most: more than that nobody reads.
"""


def remarks(keyFile: str, held: Iterable[Held], labels: Collection[str], now: float) -> list[str]:
    """
    Return the messages about what clients refuse.

    @param keyFile: the name of the key file; files with OCSP responses are beside it.
    @param held: what it holds.
    @param labels: those that servers show to clients.
    @param now: in seconds since the epoch.
    """
    every = list(held)
    known = tuple(each.certificate for each in every if each.record.authority and each.record.trusted)
    found: list[str] = []
    for each in every:
        if each.record.hasKey and each.record.label in labels:
            found += (fault.text for fault in _faults(keyFile, each, known, now))
    return found


def notAuthorities(held: Iterable[Held]) -> list[str]:
    """
    Return the messages about certificates without private keys that are none of authorities.
    """
    records = [each.record for each in held if not each.record.hasKey and each.record.trusted]
    return [render("SSLP870W", label=record.label) for record in records if not record.authority]


def limited(found: list[str]) -> list[str]:
    """
    Return as many messages as the stack says.
    """
    return found if len(found) <= MOST else [*found[:MOST], render("SSLP873W", count=len(found) - MOST)]


def _faults(keyFile: str, held: Held, authorities: tuple[Certificate, ...], now: float) -> Iterator[Fault]:
    label, certificate = held.record.label, held.certificate
    try:
        above = pathAbove(certificate, held.above(), authorities)
    except OperatorError:
        # The servers name it.
        return
    yield from faultsOf(label, certificate, above)
    yield from stapleFaults(label, certificate, above, staplePath(keyFile, label), now)


def pathAbove(
    certificate: Certificate, chain: tuple[Certificate, ...], authorities: tuple[Certificate, ...]
) -> tuple[Certificate, ...]:
    """
    Return what stands above a certificate, its root included where that is known.

    @param chain: what came with it, its issuer first.
    """
    return (*chain, *_aboveTop(chain[-1], authorities)) if chain else chainAbove(certificate, authorities)


@lru_cache(maxsize=64)
def _aboveTop(highest: Certificate, authorities: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    # Thousands of labels have the same few issuers.
    return chainAbove(highest, authorities)


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
            raise Unusable("there is no such file")
        with open(path, "rb") as file:
            validUntil(file.read(LARGEST), certificate, issuer, datetime.fromtimestamp(now, UTC))
    except OSError as error:
        yield Fault.of("SSLP859W", name=name, path=path, reason=error.strerror or str(error))
    except (Unusable, *MALFORMED) as error:
        yield Fault.of("SSLP859W", name=name, path=path, reason=str(error))
