# -*- test-case-name: tests.keydb.test_generation -*-
"""
Keys and self-signed certificates that are generated here, and what every certificate made here has.
C{gskkyman}; no files.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sslpool.keydb.certificate import Certificate, PublicKey
from sslpool.keydb.labels import checkCertificateLabel, checkKeyLabel
from sslpool.keydb.records import Credential, PrivateKey
from sslpool.messages import operatorError

KEY_KINDS: dict[str, Callable[[], PrivateKey]] = {
    "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ec-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ec-521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "rsa-3072": lambda: rsa.generate_private_key(65537, 3072),
    "rsa-4096": lambda: rsa.generate_private_key(65537, 4096),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}
"""
The kinds of key that can be made, by the names that an operator uses: C{ec} is P-256, C{rsa} 2048 bits.
"""
DAYS = range(1, 10000)
"""
How long a certificate or a password may be valid, in days.
"""
Usage = Literal["server", "client", "authority"]
"""
What a certificate is for.
"""
_PURPOSES = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}
_HOST = re.compile(r"(\*\.)?([a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?\Z", re.I)
_LONGEST_HOST = 253
_LONGEST_COMMON_NAME = 64
_CLOCK_SKEW = timedelta(minutes=5)


def selfSigned(
    label: str,
    subject: str | x509.Name,
    names: Sequence[str],
    *,
    kind: str = "ec",
    days: int = 365,
    now: datetime | None = None,
    usage: Usage = "server",
    key: PrivateKey | None = None,
) -> Credential:
    """
    Make a private key and a certificate for it, signed with it, that a TLS client can be given as a trust anchor.

    @param subject: the subject, or its common name alone; this is cut after 64 characters (RFC 5280, ub-common-name).
    @param names: the DNS names and IP addresses that it is for; an authority has none.
    @param kind: one of L{KEY_KINDS}.
    @param days: how long it is valid after C{now}.
    @param now: the time; C{None} asks the clock.  The certificate is valid from
        five minutes before, for clients whose clock is slow.
    @param usage: what it is for.
    @param key: the private key; C{None} makes a new one.
    @raise sslpool.messages.OperatorError: SSLP330E label, SSLP350E name,
        SSLP351E kind, SSLP352E days, SSLP355E no names.
    """
    (checkCertificateLabel if usage == "authority" else checkKeyLabel)(label)
    alternatives = alternativesOf(names, usage)
    if isinstance(subject, str):
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject[:_LONGEST_COMMON_NAME])])
    checkDays(days)
    key = key or newKey(kind)
    builder = begun(subject, subject, days, now).public_key(key.public_key())
    if alternatives is not None:
        builder = builder.add_extension(alternatives, critical=False)
    certificate = withUsage(builder, key.public_key(), usage).sign(key, signatureHash(key))
    return Credential(label, Certificate.ofStrict(certificate), (), key)


def newKey(kind: str) -> PrivateKey:
    """
    Make a private key.

    @param kind: one of L{KEY_KINDS}.
    @raise sslpool.messages.OperatorError: SSLP351E, another kind.
    """
    if kind not in KEY_KINDS:
        raise operatorError("SSLP351E", kind=kind, kinds=", ".join(KEY_KINDS))
    return KEY_KINDS[kind]()


def checkDays(days: int) -> None:
    """
    @raise sslpool.messages.OperatorError: SSLP352E, nothing is valid that long.
    """
    if days not in DAYS:
        raise operatorError("SSLP352E", days=days)


def begun(
    issuer: x509.Name, subject: x509.Name, days: int, now: datetime | None = None, latest: datetime | None = None
) -> x509.CertificateBuilder:
    """
    Return the beginning of a certificate: its names, a serial number, and how long it is valid.

    @param latest: it is not valid after this; C{None} for no such limit.
    """
    start = (now or datetime.now(UTC)) - _CLOCK_SKEW
    end = start + _CLOCK_SKEW + timedelta(days=days)
    return (
        x509.CertificateBuilder(issuer, subject)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end if latest is None else min(end, latest))
    )


def signatureHash(key: PrivateKey) -> hashes.SHA256 | None:
    """
    Return the hash for signing with C{key}: the EdDSA kinds (RFC 8410) take none.
    """
    return None if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey) else hashes.SHA256()


def alternativesOf(names: Sequence[str], usage: Usage = "server") -> x509.SubjectAlternativeName | None:
    """
    Return DNS names and addresses as a certificate has them; C{None} where there are and need be none.

    @raise sslpool.messages.OperatorError: SSLP350E not a name, SSLP355E a server without any.
    """
    if not names and usage != "server":
        return None
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


def withUsage(builder: x509.CertificateBuilder, key: PublicKey, usage: Usage) -> x509.CertificateBuilder:
    """
    Add what a certificate may be used for.

    Who trusts the certificate of a server trusts nothing that it might sign; an
    authority signs certificates and revocation lists, and is no server.
    """
    authority = usage == "authority"
    purposes = x509.KeyUsage(
        digital_signature=not authority,
        key_encipherment=isinstance(key, rsa.RSAPublicKey) and not authority,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(purposes, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
    if authority:
        return builder
    return builder.add_extension(x509.ExtendedKeyUsage([_PURPOSES[usage]]), critical=False)
