# -*- test-case-name: tests.tls.test_usable -*-
"""
What the TLS library makes of a key file: each label and each authority is tried by itself, so that one which cannot be
used costs itself alone.  Servers, and C{sslpool check}, which finds out with it what servers will find.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from attrs import frozen
from OpenSSL import SSL, crypto

from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.records import KeyMaterial
from sslpool.messages import OperatorError, Said, operatorError
from sslpool.tls.labels import Label, buildLabels
from sslpool.tls.peercertificates import reasonOf, refusalOf
from sslpool.tls.peers import Trust
from sslpool.tls.policy import Policy
from sslpool.tls.stapling import Staple, stapleFor


@frozen
class Usable:
    """
    What can be used of a key file.

    @ivar labels: the labels by name.
    @ivar trust: whose word counts about clients.
    @ivar reasons: why other labels cannot be used, as messages.
    """

    labels: dict[str, Label]
    trust: Trust
    reasons: dict[str, Said]


def tried(
    material: KeyMaterial,
    keyFile: str,
    policy: Policy,
    generation: int = 1,
    progress: Callable[[], object] = lambda: None,
) -> Usable:
    """
    Build all that can be built.

    @param keyFile: the name of the key file; files with OCSP responses are beside it.
    @param generation: the number of this reading.
    @param progress: called while it lasts.
    """
    reasons = dict(material.unusable)

    def refuse(label: str, error: OperatorError) -> None:
        reasons[label] = error.said

    trust = _trust(material, reasons)
    staples = _staples(material, keyFile, trust)
    labels = buildLabels(material.credentials, policy, generation, staples, refuse, progress)
    return Usable(labels, trust, reasons)


def _trust(material: KeyMaterial, reasons: dict[str, Said]) -> Trust:
    authorities: list[Certificate] = []
    for authority in material.authorities:
        certificate = authority.certificate
        reason = refusalOf(certificate)
        try:
            if not reason:
                Trust((certificate,)).give(SSL.Context(SSL.TLS_SERVER_METHOD))
        except (SSL.Error, crypto.Error) as error:
            reason = reasonOf(error)
        if reason:
            reasons[authority.label] = operatorError("SSLP130E", label=authority.label, reason=reason).said
        else:
            authorities.append(certificate)
    return Trust.of(material, authorities)


def _staples(material: KeyMaterial, keyFile: str, trust: Trust) -> dict[str, Staple]:
    staples = {}
    for credential in material.credentials:
        # One that is malformed is named when its label is built.
        with suppress(*MALFORMED):
            staple = stapleFor(credential, keyFile, trust.authorities)
            if staple is not None:
                staples[credential.label] = staple
    return staples
