# -*- test-case-name: tests.keydb.test_fitness -*-
"""
The form that RFC 5280 asks of certificates and most clients do not insist on.  Pure; any process.

It is what OpenSSL looks at with C{X509_V_FLAG_X509_STRICT} (C{check_extensions} in its C{crypto/x509/x509_vfy.c}).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from cryptography import x509

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.chains import isRoot
from sslpool.keydb.faults import criticalities, valueIn

_AUTHORITIES = 256


def violations(certificate: Certificate, above: Sequence[Certificate]) -> list[str]:
    """
    Return where a server's certificate and those above it do not have that form.

    @raise ValueError: the extensions of one are malformed.
    """
    if isRoot(certificate):
        # What is trusted itself is not looked at.
        return []
    found = [("it", tuple(_ofLeaf(certificate)))]
    found += [(upper.shown, _ofAuthority(upper)) for upper in above]
    return [f"{name} {' and '.join(faults)}" for name, faults in found if faults]


def _ofLeaf(certificate: Certificate) -> Iterator[str]:
    if not criticalities(certificate):
        return
    basic, usage = valueIn(certificate, x509.BasicConstraints), valueIn(certificate, x509.KeyUsage)
    names = valueIn(certificate, x509.SubjectAlternativeName)
    isAuthority = basic is not None and basic.ca
    if isAuthority and usage is None:
        yield "is an authority without keyUsage"
    if usage is not None and usage.key_cert_sign and not isAuthority:
        yield "has keyCertSign in keyUsage but is not an authority"
    if names is not None and not list(names):
        yield "has an empty subjectAltName"
    if _lacksIssuerKey(certificate):
        yield "has no authorityKeyIdentifier"


@lru_cache(maxsize=_AUTHORITIES)
def _ofAuthority(certificate: Certificate) -> tuple[str, ...]:
    return tuple(_violationsAbove(certificate))


def _violationsAbove(certificate: Certificate) -> Iterator[str]:
    isCritical = criticalities(certificate)
    if not isCritical:
        return
    if not isCritical.get(x509.BasicConstraints.oid, True):
        yield "has basicConstraints that are not critical"
    if x509.KeyUsage.oid not in isCritical:
        yield "has no keyUsage"
    if x509.SubjectKeyIdentifier.oid not in isCritical:
        yield "has no subjectKeyIdentifier"
    if _lacksIssuerKey(certificate):
        yield "has no authorityKeyIdentifier"


def _lacksIssuerKey(certificate: Certificate) -> bool:
    return valueIn(certificate, x509.AuthorityKeyIdentifier) is None and not isRoot(certificate)
