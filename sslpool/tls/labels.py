# -*- test-case-name: tests.tls.test_labels -*-
"""
Label contexts: certificate, key and cipher suites of each label.  Servers.

A label context is built, never changed; REFRESH builds new ones and swaps the
mapping, and a session keeps the one that it began with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from attrs import field, frozen
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import Certificate
from OpenSSL import SSL

from sslpool.keydb.records import Credential
from sslpool.reports.records import LabelStatus
from sslpool.tls.contexts import NO_STAPLES, makeContext
from sslpool.tls.policy import Policy
from sslpool.tls.stapling import Staple


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


def buildLabels(
    credentials: Iterable[Credential], policy: Policy, generation: int, staples: Mapping[str, Staple] = NO_STAPLES
) -> dict[str, Label]:
    """
    Build a context for each credential.

    @param generation: the number of this reading of the key database.
    @param staples: the OCSP responses by label.
    @raise sslpool.messages.OperatorError: the library does not accept a
        certificate or key, or MODE does not permit it.
    """
    credentials = tuple(credentials)
    policy.check(credentials)
    return {credential.label: _build(credential, policy, generation, staples) for credential in credentials}


def _build(credential: Credential, policy: Policy, generation: int, staples: Mapping[str, Staple]) -> Label:
    context = makeContext([credential], policy, sessionScope(credential), staples=staples)
    status = _status(credential.label, credential.certificate, generation)
    return Label(context, status, credential, policy, staples.get(credential.label))


def sessionScope(credential: Credential) -> bytes:
    """
    Return what a resumed session must agree in: the label and its certificate.
    Without it a session that was begun under one label would open another
    (RFC 8446 section 4.2.11; CVE-2025-23419).  The same in every server, and
    the same after a REFRESH that changed nothing.
    """
    digest = sha256(credential.label.encode("utf-8"))
    digest.update(b"\0")
    digest.update(credential.certificate.fingerprint(hashes.SHA256()))
    return digest.digest()


def _status(label: str, certificate: Certificate, generation: int) -> LabelStatus:
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    expires = certificate.not_valid_after_utc.timestamp()
    return LabelStatus(label, certificate.subject.rfc4514_string(), expires, fingerprint, generation)
