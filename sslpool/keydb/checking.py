# -*- test-case-name: tests.keydb.test_checking -*-
"""
Whether a certificate that comes from elsewhere is fit to be stored.  Pure; C{gskkyman}.
"""

from __future__ import annotations

import time
from collections.abc import Collection

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.chains import Ascent, Issuers, isAuthority, isRoot
from sslpool.messages import OperatorError, operatorError

_LEAST_RSA = 2048
_LEAST_EC = 256

ACCEPTABLE = frozenset(
    {"SSLP372E", "SSLP373E", "SSLP374E", "SSLP375E", "SSLP840E", "SSLP841E", "SSLP850E", "SSLP179E", "SSLP804E"}
)
"""
What an operator may decide to store all the same.
"""


def checkCertificate(certificate: Certificate, now: float) -> None:
    """
    See that clients can accept a certificate at C{now}, in seconds since the epoch.

    @raise OperatorError: SSLP372E expired, SSLP373E not yet valid, SSLP374E weak.
    """
    name = certificate.shown
    start, end = certificate.notBefore, certificate.notAfter
    if now > end:
        raise operatorError("SSLP372E", source=name, date=_date(end))
    if now < start:
        raise operatorError("SSLP373E", source=name, date=_date(start))
    weakness = weaknessOf(certificate)
    if weakness:
        raise operatorError("SSLP374E", source=name, weakness=weakness)


def checkWhole(
    leaf: Certificate, given: Collection[Certificate], authorities: Issuers | None = None, now: float | None = None
) -> None:
    """
    See that nothing is missing between a certificate and its root.  The root
    itself may be, where an intermediate certificate leads to it: clients have it.

    @param given: all certificates that came with it.
    @param authorities: those that the key database has.
    @param now: in seconds since the epoch; the present by default.
    @raise OperatorError: SSLP375E an issuer is missing, SSLP840E those of its name have other keys, SSLP841E
        certificates of authorities came that do not stand above it.
    """
    issuers = Issuers(given, authorities)
    ascent = Ascent(leaf, issuers)
    whole = (leaf, *ascent.chain(time.time() if now is None else now))
    highest = whole[-1]
    if ascent.issuerOf(highest) is not None:
        return
    names = {"lower": highest.shown, "issuer": highest.issuer.shown}
    rest = [each for each in given if each not in whole]
    if any(each.subject == highest.issuer for each in rest) or (highest == leaf and issuers.named(leaf.issuer)):
        raise operatorError("SSLP840E", **names)
    apart = [each for each in rest if each not in ascent.certificates and isAuthority(each)]
    # Where there is a root, something between is missing; else what is apart may be of another chain.
    if highest == leaf or any(map(isRoot, apart)):
        raise operatorError("SSLP375E", **names)
    if apart:
        raise operatorError("SSLP841E", **names, other=apart[0].shown)


def weaknessOf(certificate: Certificate) -> str | None:
    """
    Return why a certificate is too weak to be trusted; C{None} if it is not.
    """
    try:
        key = certificate.publicKey()
    except UnsupportedAlgorithm:
        return "its key type is unknown"
    match key:
        case rsa.RSAPublicKey() if key.key_size < _LEAST_RSA:
            return f"its RSA key has {key.key_size} bits, fewer than {_LEAST_RSA}"
        case ec.EllipticCurvePublicKey() if key.curve.key_size < _LEAST_EC:
            return f"its curve {key.curve.name} has fewer than {_LEAST_EC} bits"
        case dsa.DSAPublicKey():
            return "it has a DSA key"
    weakness = _weakSignature(certificate)
    # The signature of a root on itself proves nothing.
    return None if weakness and isRoot(certificate) else weakness


def _weakSignature(certificate: Certificate) -> str | None:
    try:
        algorithm = certificate.signatureHash
    except (UnsupportedAlgorithm, ValueError):
        return "its signature algorithm is unknown"
    if isinstance(algorithm, hashes.MD5 | hashes.SHA1):
        return f"it is signed with {algorithm.name.upper()}"
    return None


def _date(moment: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


def mayBeAccepted(error: OperatorError) -> bool:
    """
    Whether the operator may decide to store it all the same.
    """
    return error.said.id in ACCEPTABLE
