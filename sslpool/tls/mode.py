# -*- test-case-name: tests.tls.test_mode -*-
"""
What MODE leaves: groups, signature algorithms and keys that NIST approves.  Stack, agent,
servers and C{sslpool check}; protocol versions and suites are marked in L{sslpool.config.suites}.

Sources: NIST SP 800-52 Rev. 2 sections 3.1 to 3.4, SP 800-131A Rev. 2 sections 3 and 6, SP 800-186.  None of it makes
the TLS library a validated module, which is said wherever MODE is shown.
"""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.chains import isRoot
from sslpool.keydb.records import Credential, keyTypeOf
from sslpool.messages import operatorError

GROUPS = ("SecP256r1MLKEM768", "P-256", "P-384", "P-521", "ffdhe2048", "ffdhe3072")
"""
The groups of key exchange; the first is ML-KEM (FIPS 203) together with P-256.
"""

_DIGESTS_OF_SIGNATURES = ("SHA256", "SHA384", "SHA512")
SIGNATURES = (
    *(f"{kind}+{digest}" for kind in ("ECDSA", "RSA-PSS") for digest in _DIGESTS_OF_SIGNATURES),
    # With keys that are for RSASSA-PSS alone, which have a name of their own (RFC 8446 section 4.2.3).
    *(f"rsa_pss_pss_{digest.lower()}" for digest in _DIGESTS_OF_SIGNATURES),
    *(f"RSA+{digest}" for digest in _DIGESTS_OF_SIGNATURES),
)
"""
The signature algorithms: not SHA-1, not DSA, not Ed25519.
"""

_CURVES = {"secp256r1", "secp384r1", "secp521r1"}
_DIGESTS = {"sha224", "sha256", "sha384", "sha512", "sha3-224", "sha3-256", "sha3-384", "sha3-512"}
_SHORTEST_RSA = 2048


def checkCredentials(credentials: Iterable[Credential], mode: str | None) -> None:
    """
    See that MODE, where there is one, permits each label's certificate, its key, and the certificates above it.

    @raise sslpool.messages.OperatorError: SSLP140E, it does not.
    """
    if mode is not None:
        for credential in credentials:
            _checkCredential(credential, mode)


def _checkCredential(credential: Credential, mode: str) -> None:
    for certificate in (credential.certificate, *credential.chain):
        reason = objection(certificate)
        if reason:
            if certificate is not credential.certificate:
                reason = f"in its chain, {certificate.shown}: {reason}"
            raise operatorError("SSLP140E", label=credential.label, mode=mode, reason=reason)


def objection(certificate: Certificate) -> str:
    """
    Return what speaks against a certificate; empty where nothing does.
    """
    key = certificate.publicKey()
    isGood = (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES) or (
        isinstance(key, rsa.RSAPublicKey) and key.key_size >= _SHORTEST_RSA
    )
    if not isGood:
        return f"its key is {keyTypeOf(certificate)}"
    if isRoot(certificate):
        # Nobody relies on what a root says of itself.
        return ""
    digest = certificate.signatureHash
    name = "none of its own" if digest is None else digest.name
    return "" if name in _DIGESTS else f"the digest of its signature is {name.upper()}"
