# -*- test-case-name: tests.keydb.test_operations -*-
"""
What is done with certificates beside storing them: make, import and export.
C{gskkyman}; no files.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sslpool.keydb.labels import checkKeyLabel
from sslpool.keydb.parsing import assemble, parse, parseCertificates, parsePem, parsePkcs12
from sslpool.keydb.records import Credential, PrivateKey
from sslpool.messages import operatorError

KEY_KINDS: dict[str, Callable[[], PrivateKey]] = {
    "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ec-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ec-521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "rsa-3072": lambda: rsa.generate_private_key(65537, 3072),
    "rsa-4096": lambda: rsa.generate_private_key(65537, 4096),
}
"""
The kinds of key that can be made, by the names that an operator uses: C{ec} is P-256, C{rsa} 2048 bits.
"""
DAYS = range(1, 10000)
"""
How long a certificate or a password may be valid, in days.
"""
_HOST = re.compile(r"(\*\.)?([a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?\Z", re.I)
_LONGEST_HOST = 253
_LONGEST_COMMON_NAME = 64
_CLOCK_SKEW = timedelta(minutes=5)


def selfSigned(
    label: str, commonName: str, names: Sequence[str], *, kind: str = "ec", days: int = 365, now: datetime | None = None
) -> Credential:
    """
    Make a private key and a certificate for it, signed with it, that a TLS
    client can be given as a trust anchor.

    @param commonName: the subject's name; cut after 64 characters (RFC 5280, ub-common-name).
    @param names: the DNS names and IP addresses that it is for.
    @param kind: one of L{KEY_KINDS}.
    @param days: how long it is valid after C{now}.
    @param now: the time; C{None} asks the clock.  The certificate is valid from
        five minutes before, for clients whose clock is slow.
    @raise sslpool.messages.OperatorError: SSLP330E label, SSLP350E name,
        SSLP351E kind, SSLP352E days, SSLP355E no names.
    """
    checkKeyLabel(label)
    if kind not in KEY_KINDS:
        raise operatorError("SSLP351E", kind=kind, kinds=", ".join(KEY_KINDS))
    if days not in DAYS:
        raise operatorError("SSLP352E", days=days)
    alternatives = _alternatives(names)
    key = KEY_KINDS[kind]()
    start = (now or datetime.now(UTC)) - _CLOCK_SKEW
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, commonName[:_LONGEST_COMMON_NAME])])
    builder = (
        x509.CertificateBuilder(subject, subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _CLOCK_SKEW + timedelta(days=days))
        .add_extension(alternatives, critical=False)
    )
    return Credential(label, _serverExtensions(builder, key).sign(key, signatureHash(key)), (), key)


def signatureHash(key: PrivateKey) -> hashes.SHA256 | None:
    """
    Return the hash for signing with C{key}: the EdDSA kinds (RFC 8410) take none.
    """
    return None if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey) else hashes.SHA256()


def importPem(text: str, label: str, password: str | None = None, source: str = "The PEM text") -> Credential:
    """
    Return what PEM text holds: a private key, its certificate and those above it.

    @param password: for the private key, if it is encrypted.
    @param source: what to call it in messages.
    @raise sslpool.messages.OperatorError: it cannot be used; see L{sslpool.keydb.parsing}.
    """
    checkKeyLabel(label)
    return assemble(label, parsePem(text.encode("utf-8", "replace"), password, source), source)


def importPkcs12(data: bytes, label: str, password: str | None = None, source: str = "The PKCS #12 file") -> Credential:
    """
    Return what a PKCS #12 file holds: a private key, its certificate and those above it.

    @param password: the file's password.
    @param source: what to call it in messages.
    @raise sslpool.messages.OperatorError: it cannot be used; see L{sslpool.keydb.parsing}.
    """
    checkKeyLabel(label)
    return assemble(label, parsePkcs12(data, password, source), source)


def importAny(data: bytes, label: str, password: str | None, source: str) -> Credential:
    """
    As L{importPem} or L{importPkcs12}, whichever C{data} is.
    """
    checkKeyLabel(label)
    return assemble(label, parse(data, password, source), source)


def importCertificate(data: bytes, source: str) -> x509.Certificate:
    """
    Return the one certificate, PEM or DER, that C{data} holds.

    @raise sslpool.messages.OperatorError: SSLP340E none, SSLP345E not a
        certificate, SSLP354E several.
    """
    found = parseCertificates(data, source)
    if len(found) > 1:
        raise operatorError("SSLP354E", source=source, count=len(found))
    return found[0]


def exportPem(certificates: Iterable[x509.Certificate]) -> bytes:
    """
    Return C{certificates} as PEM, one after the other.
    """
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def exportPkcs12(credential: Credential, password: str) -> bytes:
    """
    Return C{credential} as a PKCS #12 file, named by its label.

    @param password: to encrypt it with; not empty.
    """
    encryption = BestAvailableEncryption(password.encode("utf-8", "surrogateescape"))
    name = credential.label.encode("ascii")
    return pkcs12.serialize_key_and_certificates(
        name, credential.key, credential.certificate, credential.chain, encryption
    )


def _alternatives(names: Sequence[str]) -> x509.SubjectAlternativeName:
    if not names:
        raise operatorError("SSLP355E")
    return x509.SubjectAlternativeName([_alternative(name) for name in names])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    if len(name) > _LONGEST_HOST or not name.isascii() or not _HOST.match(name):
        raise operatorError("SSLP350E", name=name)
    return x509.DNSName(name)


def _serverExtensions(builder: x509.CertificateBuilder, key: PrivateKey) -> x509.CertificateBuilder:
    # Not an authority: who trusts it trusts this server and nothing that it might sign.
    usage = x509.KeyUsage(
        digital_signature=True,
        key_encipherment=isinstance(key, rsa.RSAPrivateKey),
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
