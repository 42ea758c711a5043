# -*- test-case-name: tests.tls.test_labels -*-
"""
Label contexts: certificate, key and cipher suites of each label.  Servers; C{sslpool check}
and C{gskkyman}, which find out with it what a server can use.

A label context is built, never changed; REFRESH builds new ones and swaps the
mapping, and a session keeps the one that it began with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import NoReturn

from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from sslpool.keydb import chains
from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.records import Credential
from sslpool.messages import OperatorError, operatorError
from sslpool.reasons import reasonOf
from sslpool.tls.contexts import NO_STAPLES, makeContext
from sslpool.tls.groups import hasCurve
from sslpool.tls.naming import NamedLabel
from sslpool.tls.peercertificates import toOpenSSL
from sslpool.tls.policy import Policy
from sslpool.tls.stapling import Staple
from sslpool.wire.records import LabelStatus


@frozen
class Label:
    """
    A label that is ready for use.

    @ivar context: the context that connections are switched to.
    @ivar status: what is reported about it.
    @ivar credential: what it was built from.
    @ivar policy: what it was built under.
    @ivar staple: its OCSP response, if there is a file for one.
    """

    context: SSL.Context
    status: LabelStatus
    credential: Credential = field(repr=False)
    policy: Policy
    staple: Staple | None = None


def _refuse(label: str, error: OperatorError) -> NoReturn:
    raise error


def buildLabels(
    credentials: Iterable[Credential],
    policy: Policy,
    generation: int,
    staples: Mapping[str, Staple] = NO_STAPLES,
    refuse: Callable[[str, OperatorError], None] = _refuse,
    progress: Callable[[], object] = lambda: None,
) -> dict[str, Label]:
    """
    Build a context for each credential that can be used.

    @param generation: the number of this reading of the key database.
    @param staples: the OCSP responses by label.
    @param refuse: takes each label that cannot be used, and the message why; without it the first one is raised.
    @param progress: called before each: thousands take seconds.
    """
    labels = {}
    for credential in credentials:
        progress()
        try:
            labels[credential.label] = buildLabel(credential, policy, generation, staples.get(credential.label))
        except OperatorError as error:
            refuse(credential.label, error)
    return labels


def buildLabel(credential: Credential, policy: Policy, generation: int = 1, staple: Staple | None = None) -> Label:
    """
    Build the context of a credential, and look at all that is looked at later.

    @raise sslpool.messages.OperatorError: SSLP130E the library does not accept its certificate
        or key, SSLP140E MODE does not permit it, SSLP163E its chain is broken.
    """
    staples = NO_STAPLES if staple is None else {credential.label: staple}
    try:
        chains.checkChain(credential)
        policy.check((credential,))
        _checkCurve(credential)
        NamedLabel.of(credential)
        context = makeContext([credential], policy, sessionScope(credential), staples=staples)
        status = _status(credential.label, credential.certificate, generation)
    except MALFORMED as error:
        raise operatorError("SSLP130E", label=credential.label, reason=reasonOf(error)) from error
    return Label(context, status, credential, policy, staple)


def rechained(label: Label, now: float) -> Label:
    """
    Return a label with its chain at C{now}, in seconds since the epoch: itself, where it has that.

    @raise sslpool.messages.OperatorError: as L{buildLabel}.
    """
    found = chains.rechained(label.credential, now)
    if found is label.credential:
        return label
    return buildLabel(found, label.policy, label.status.generation, label.staple)


def _checkCurve(credential: Credential) -> None:
    key = credential.certificate.publicKey()
    if isinstance(key, ec.EllipticCurvePublicKey) and not hasCurve(key.curve.name):
        reason = f"the TLS library does not have its curve {key.curve.name}"
        raise operatorError("SSLP130E", label=credential.label, reason=reason)


def rehearse(found: Credential | Certificate) -> None:
    """
    See that a server could use a credential, unless its VMSSL operands forbid it, or the certificate of an authority.

    @raise sslpool.messages.OperatorError: as L{buildLabel}.
    """
    if isinstance(found, Certificate):
        toOpenSSL(found)
    else:
        buildLabel(found, Policy())


def sessionScope(credential: Credential) -> bytes:
    """
    Return what a resumed session must agree in: the label and its certificate.  Without it a session that was begun
    under one label would open another (RFC 8446 section 4.2.11; CVE-2025-23419).  The same in every server, and the
    same after a REFRESH that changed nothing.
    """
    digest = sha256(credential.label.encode("utf-8"))
    digest.update(b"\0")
    digest.update(credential.certificate.fingerprint)
    return digest.digest()


def _status(label: str, certificate: Certificate, generation: int) -> LabelStatus:
    fingerprint = certificate.fingerprint.hex(":").upper()
    expires = certificate.notAfter
    return LabelStatus(label, certificate.shown, expires, fingerprint, generation)
