# -*- test-case-name: tests.tls.test_ciphers -*-
"""
Which cipher suites the TLS library provides, and which are in use.  Stack, agent,
servers and C{sslpool check}; the table is L{sslpool.config.suites}.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import PublicKeyAlgorithmOID
from OpenSSL import SSL

from sslpool.config.suites import STRENGTHS, SUITES, Suite, suiteOf
from sslpool.keydb.certificate import Certificate

__all__ = ["STRENGTHS", "SUITES", "Suite", "isProvided", "suiteOf", "suitesInUse"]

EVERYTHING = b"ALL:COMPLEMENTOFALL:@SECLEVEL=0"
"""
OpenSSL's words for all that it can do up to TLS 1.2, however weak.
"""


def isProvided(suite: Suite) -> bool:
    """
    Tell whether the TLS library has C{suite}.  The library is asked, once.
    """
    return suite.library in _provided()


@cache
def _provided() -> frozenset[str]:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_cipher_list(EVERYTHING)
    modern = (suite.library for suite in SUITES if suite.tls13)
    return frozenset((*SSL.Connection(context).get_cipher_list(), *filter(_hasModern, modern)))


def _hasModern(name: str) -> bool:
    """
    Suites of TLS 1.3 that are off by default are listed only where they are asked for.
    """
    context = SSL.Context(SSL.TLS_METHOD)
    try:
        context.set_tls13_ciphersuites(name.encode("ascii"))
    except SSL.Error:
        return False
    return name in SSL.Connection(context).get_cipher_list()


def fits(suite: Suite, certificate: Certificate) -> bool:
    """
    Tell whether a server with C{certificate} can use C{suite}.
    """
    # A key for RSASSA-PSS alone encrypts nothing (RFC 4055 section 1.2).
    isPss = certificate.keyAlgorithm == PublicKeyAlgorithmOID.RSASSA_PSS
    return fitsKey(suite, certificate.publicKey()) and not (isPss and suite.iana.startswith("TLS_RSA_"))


def fitsKey(suite: Suite, key: object) -> bool:
    """
    Tell whether a server with the public key C{key} can use C{suite}.
    """
    if suite.tls13:
        return not isinstance(key, dsa.DSAPublicKey)
    if "_DSS_" in suite.iana:
        return isinstance(key, dsa.DSAPublicKey)
    if "_ECDSA_" in suite.iana:
        return isinstance(key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey)
    return isinstance(key, rsa.RSAPublicKey)


def suitesInUse(
    exempt: Iterable[str] = (), exemptStrength: str | None = None, enable: Iterable[str] = ()
) -> tuple[Suite, ...]:
    """
    Return the suites in use, in order of preference.

    @param exempt: names of suites that are not to be used.
    @param exemptStrength: a strength of which none, and none weaker, is to be used.
    @param enable: names of suites to be used beyond the default ones.
    """
    without, extra = frozenset(exempt), frozenset(enable)
    return tuple(
        suite
        for suite in SUITES
        if (suite.default or suite.name in extra)
        and suite.name not in without
        and not isExemptBy(suite, exemptStrength)
        and isProvided(suite)
    )


def isExemptBy(suite: Suite, exemptStrength: str | None) -> bool:
    """
    Tell whether exempting a strength exempts C{suite}.
    """
    return exemptStrength is not None and STRENGTHS.index(suite.strength) <= STRENGTHS.index(exemptStrength)
