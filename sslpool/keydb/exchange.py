# -*- test-case-name: tests.keydb.test_exchange -*-
"""
The forms in which certificates and keys go to other programs.  Pure; C{gskkyman}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)

from sslpool.keydb.armor import PKCS12, armored, sequenceOf
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.records import Credential
from sslpool.messages import operatorError


def exportPem(certificates: Iterable[Certificate]) -> bytes:
    """
    Return C{certificates} as PEM, one after the other.
    """
    return b"".join(certificate.pem for certificate in certificates)


def exportPkcs12(
    credential: Credential,
    password: str,
    encrypted: Callable[[bytes], KeySerializationEncryption] = BestAvailableEncryption,
) -> bytes:
    """
    Return C{credential} as a PKCS #12 file, named by its label.

    @param password: to encrypt it with; not empty.
    @param encrypted: makes of the password how it is encrypted.
    """
    encryption = encrypted(password.encode("utf-8", "surrogateescape"))
    name = credential.label.encode()
    certificate, chain = credential.certificate.strict, [each.strict for each in credential.chain]
    return pkcs12.serialize_key_and_certificates(name, credential.key, certificate, chain, encryption)


def _pkcs7(certificates: Sequence[Certificate], encoding: Encoding) -> bytes:
    return pkcs7.serialize_certificates([each.strict for each in certificates], encoding)


CERTIFICATE_FORMATS: dict[str, Callable[[Sequence[Certificate]], bytes]] = {
    "pem": exportPem,
    "der": lambda certificates: certificates[0].der,
    "pkcs7": lambda certificates: _pkcs7(certificates, Encoding.DER),
    "pkcs7-pem": lambda certificates: _pkcs7(certificates, Encoding.PEM),
}
"""
How certificates are written: PEM and PKCS #7 with those above, DER without.
"""

KEY_FORMATS = ("pkcs12", "pkcs12-legacy", "pkcs12-base64", "pkcs12-legacy-base64")
"""
How a private key is written: with AES-256, or for old programs with triple DES; binary or as text.
"""

GROUPS = {"ffdhe2048": (2048, 560316), "ffdhe3072": (3072, 2625351), "ffdhe4096": (4096, 5736041)}
"""
The groups of RFC 7919: bits, and the number that makes their prime.
"""


def exportCertificates(certificates: Sequence[Certificate], form: str) -> bytes:
    """
    Return certificates in one of L{CERTIFICATE_FORMATS}.

    @param certificates: the certificate, and those above it.
    @raise sslpool.messages.OperatorError: SSLP397E, another form.
    """
    if form not in CERTIFICATE_FORMATS:
        raise operatorError("SSLP397E", kind=form, kinds=", ".join(CERTIFICATE_FORMATS))
    return CERTIFICATE_FORMATS[form](certificates)


def exportKey(credential: Credential, password: str, form: str) -> bytes:
    """
    Return a certificate with its private key in one of L{KEY_FORMATS}.

    @param password: to encrypt it with; not empty.
    @raise sslpool.messages.OperatorError: SSLP397E, another form.
    """
    if form not in KEY_FORMATS:
        raise operatorError("SSLP397E", kind=form, kinds=", ".join(KEY_FORMATS))
    content = exportPkcs12(credential, password, _legacy if "legacy" in form else BestAvailableEncryption)
    return armored(PKCS12, content) if "base64" in form else content


def _legacy(password: bytes) -> KeySerializationEncryption:
    return (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(50000)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())  # noqa: S303 - what programs of that age know
        .build(password)
    )


def parameters(group: str) -> bytes:
    """
    Return the Diffie-Hellman parameters of one of L{GROUPS} as PEM.

    @raise sslpool.messages.OperatorError: SSLP397E, another group.
    """
    if group not in GROUPS:
        raise operatorError("SSLP397E", kind=group, kinds=", ".join(GROUPS))
    bits, number = GROUPS[group]
    prime = (1 << bits) - (1 << bits - 64) + (_euler(bits - 130) + number << 64) - 1
    return armored(b"DH PARAMETERS", sequenceOf(prime, 2))


def _euler(bits: int) -> int:
    # Euler's number times 2**bits, cut to a whole number (RFC 7919 appendix A); 64 more bits take up the rounding.
    total, term, divisor = 0, 1 << bits + 64, 1
    while term:
        total += term
        term //= divisor
        divisor += 1
    return total >> 64
