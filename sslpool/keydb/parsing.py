# -*- test-case-name: tests.keydb.test_parsing -*-
"""
Certificates and private keys out of PEM, PKCS #7 and PKCS #12.  Pure; any process.

What is found is a L{Bundle}; L{assemble} says which certificate is the key's
and which stand above it, whatever their order was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from attrs import frozen
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs7, pkcs12

from sslpool.keydb.armour import endsEarly, isPkcs12, keysIn, unarmoured, unarmouredBody
from sslpool.keydb.certificate import MALFORMED, Certificate, extensionsOf
from sslpool.keydb.chains import Issuers, belongs, chained
from sslpool.keydb.records import Credential, PrivateKey, describeRevocations, examine
from sslpool.messages import OperatorError, operatorError
from sslpool.reasons import reasonOf

_CERTIFICATES = (b"CERTIFICATE", b"X509 CERTIFICATE")
_KEY = b"PRIVATE KEY"
_REVOCATIONS = b"X509 CRL"
_PKCS7 = b"PKCS7"
_BEGIN = b"-----BEGIN "
_END = b"-----END "
_DASHES = b"-----"


@frozen
class Bundle:
    """
    What a file holds.

    @ivar certificates: the certificates, in the file's order.
    @ivar key: the private key, or C{None}.
    @ivar name: the name that the file gives it, or empty.
    """

    certificates: tuple[Certificate, ...]
    key: PrivateKey | None
    name: str = ""


@frozen
class _Block:
    kind: bytes
    text: bytes


def isPem(data: bytes) -> bool:
    """
    Whether C{data} looks like PEM (RFC 7468) rather than binary.
    """
    return _BEGIN in data


def parse(data: bytes, password: str | None, source: str) -> Bundle:
    """
    Read PEM or PKCS #12, whichever C{data} is; or certificates without a
    private key, in DER or PKCS #7.

    @param password: for the private key or the file, if it is encrypted.
    @param source: what to call it in messages.
    @raise sslpool.messages.OperatorError: SSLP340-SSLP353, it cannot be read.
    """
    if not data.strip():
        raise operatorError("SSLP348E", source=source)
    data = unarmoured(data)
    if isPem(data):
        return parsePem(data, password, source)
    without = _withoutKey(data, source)
    return Bundle(without, None) if without else parsePkcs12(data, password, source)


def parsePem(data: bytes, password: str | None, source: str) -> Bundle:
    """
    Read PEM: certificates and at most one private key in any order; other
    parts and text between the parts are passed over.

    @raise sslpool.messages.OperatorError: SSLP343E to SSLP348E.
    """
    if not data.strip():
        raise operatorError("SSLP348E", source=source)
    blocks = list(_blocks(data, source))
    if not blocks:
        raise operatorError("SSLP345E", source=source, detail="there is no part that begins with -----BEGIN")
    keys = [block for block in blocks if block.kind.endswith(_KEY)]
    if len(keys) > 1:
        raise operatorError("SSLP346E", source=source, count=len(keys))
    return Bundle(tuple(_certificatesIn(blocks, source)), _pemKey(keys[0], password, source) if keys else None)


def parsePkcs12(data: bytes, password: str | None, source: str) -> Bundle:
    """
    Read PKCS #12 (RFC 7292).

    @param password: its password; C{None} and empty are the same.
    @raise sslpool.messages.OperatorError: SSLP345E not PKCS #12, SSLP347E type
        of key, SSLP353E not the password.
    """
    if not isPkcs12(data):
        raise operatorError("SSLP345E", source=source, detail="it is neither PEM nor PKCS #12")
    if endsEarly(data):
        raise operatorError("SSLP345E", source=source, detail="its end is missing")
    if keysIn(data) > 1:
        raise operatorError("SSLP346E", source=source, count=keysIn(data))
    content = _openPkcs12(data, password, source)
    entries = ([content.cert] if content.cert else []) + content.additional_certs
    certificates = tuple(_usable(Certificate.ofStrict(entry.certificate), source) for entry in entries)
    key = None if content.key is None else _usableKey(content.key, source)
    name = content.cert.friendly_name if content.cert else None
    return Bundle(certificates, key, (name or b"").decode("utf-8", "replace"))


def parseCertificates(data: bytes, source: str) -> tuple[Certificate, ...]:
    """
    Read certificates alone: PEM, PKCS #7, or one in DER; private keys are not looked at.

    @raise sslpool.messages.OperatorError: SSLP340E none, SSLP345E, SSLP348E.
    """
    if not data.strip():
        raise operatorError("SSLP348E", source=source)
    if not isPem(data):
        return _pkcs7(data, pkcs7.load_der_pkcs7_certificates, source) or (_loaded(data, source),)
    found = tuple(_certificatesIn(_blocks(data, source), source))
    if not found:
        raise operatorError("SSLP340E", source=source)
    return found


def parseRevocations(data: bytes, source: str) -> x509.CertificateRevocationList | None:
    """
    Read a revocation list, PEM or DER; return C{None} where C{data} is something else.

    @raise sslpool.messages.OperatorError: SSLP345E, it is a damaged one.
    """
    try:
        if not isPem(data):
            return _usableList(x509.load_der_x509_crl(data), source)
        for block in _blocks(data, source):
            if block.kind == _REVOCATIONS:
                return _usableList(x509.load_pem_x509_crl(block.text), source)
    except (ValueError, x509.InvalidVersion) as error:
        if isPem(data):
            raise operatorError("SSLP345E", source=source, detail=reasonOf(error)) from None
    return None


def _usableList(found: x509.CertificateRevocationList, source: str) -> x509.CertificateRevocationList:
    # It is decoded piece by piece when it is looked at; look at all that is used later.
    try:
        describeRevocations("", found)
        for _ in (*extensionsOf(found), *found):
            pass
    except (ValueError, x509.InvalidVersion) as error:
        raise operatorError("SSLP345E", source=source, detail=reasonOf(error)) from None
    return found


def assemble(label: str, bundle: Bundle, source: str) -> Credential:
    """
    Return the credential in C{bundle}: the certificate that belongs to the
    private key, and those above it in order.  Other certificates are left out.

    @raise sslpool.messages.OperatorError: SSLP340E no certificate, SSLP341E no
        private key, SSLP342E they do not belong together.
    """
    if not bundle.certificates:
        raise operatorError("SSLP340E", source=source)
    key = bundle.key
    if key is None:
        raise operatorError("SSLP341E", source=source)
    leaf = next((certificate for certificate in bundle.certificates if belongs(key, certificate)), None)
    if leaf is None:
        raise operatorError("SSLP342E", source=source)
    return chained(Credential(label, leaf, (), key), Issuers(bundle.certificates), time.time())


def _blocks(data: bytes, source: str) -> Iterator[_Block]:
    kind = b""
    lines: list[bytes] = []
    for line in map(bytes.strip, data.splitlines()):
        if line.startswith(_BEGIN) and line.endswith(_DASHES):
            kind, lines = line[len(_BEGIN) : -len(_DASHES)], []
        lines.append(line)
        if kind and line == _END + kind + _DASHES:
            yield _Block(kind, b"\n".join(lines) + b"\n")
            kind = b""
    if kind:
        name = kind.decode("ascii", "replace")
        raise operatorError("SSLP345E", source=source, detail=f"the part {name!r} has no end")


def _certificatesIn(blocks: Iterable[_Block], source: str) -> Iterator[Certificate]:
    for block in blocks:
        if block.kind in _CERTIFICATES:
            yield _certificate(block, source)
        elif block.kind == _PKCS7:
            yield from _pkcs7(block.text, pkcs7.load_pem_pkcs7_certificates, source)


def _pkcs7(
    data: bytes, load: Callable[[bytes], list[x509.Certificate]], source: str
) -> tuple[Certificate, ...]:
    try:
        return tuple(_usable(Certificate.ofStrict(each), source) for each in load(data))
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        return ()


def _withoutKey(data: bytes, source: str) -> tuple[Certificate, ...]:
    if isPkcs12(data):
        return ()
    try:
        return _pkcs7(data, pkcs7.load_der_pkcs7_certificates, source) or (_loaded(data, source),)
    except OperatorError:
        return ()


def _certificate(block: _Block, source: str) -> Certificate:
    try:
        return _usable(Certificate.of(unarmouredBody(block.text)), source)
    except (ValueError, x509.InvalidVersion) as error:
        raise operatorError("SSLP345E", source=source, detail=reasonOf(error)) from None


def _loaded(data: bytes, source: str) -> Certificate:
    try:
        return _usable(Certificate.of(data), source)
    except (ValueError, x509.InvalidVersion) as error:
        raise operatorError("SSLP345E", source=source, detail=reasonOf(error)) from None


def _usable(certificate: Certificate, source: str) -> Certificate:
    # A certificate is decoded piece by piece when it is looked at; look at all that is shown later.
    try:
        examine(certificate)
    except MALFORMED as error:
        raise operatorError("SSLP345E", source=source, detail=reasonOf(error)) from None
    return certificate


def _pemKey(block: _Block, password: str | None, source: str) -> PrivateKey:
    encrypted = block.kind.startswith(b"ENCRYPTED") or b"ENCRYPTED" in block.text
    if encrypted and not password:
        raise operatorError("SSLP343E", source=source)
    try:
        key = load_pem_private_key(block.text, _octets(password) if encrypted else None)
    except UnsupportedAlgorithm as error:
        raise operatorError("SSLP347E", source=source, kind=reasonOf(error)) from None
    except (ValueError, TypeError) as error:
        if encrypted:
            raise operatorError("SSLP344E", source=source) from None
        raise operatorError("SSLP345E", source=source, detail=reasonOf(error)) from None
    return _usableKey(key, source)


def _usableKey(key: object, source: str) -> PrivateKey:
    if isinstance(key, PrivateKey):
        return key
    raise operatorError("SSLP347E", source=source, kind=type(key).__name__.removesuffix("PrivateKey"))


def _openPkcs12(data: bytes, password: str | None, source: str) -> pkcs12.PKCS12KeyAndCertificates:
    try:
        return pkcs12.load_pkcs12(data, _octets(password) if password else None)
    except UnsupportedAlgorithm as error:
        raise operatorError("SSLP345E", source=source, detail=reasonOf(error)) from None
    except (ValueError, TypeError):
        raise operatorError("SSLP353E", source=source) from None


def _octets(password: str | None) -> bytes:
    return (password or "").encode("utf-8", "surrogateescape")
