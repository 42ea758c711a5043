# -*- test-case-name: tests.keydb.test_keykinds -*-
"""
What a piece of DER is, by its structure alone: the names of files, and of the parts of PEM, are often wrong.
Pure; any process.
"""

from __future__ import annotations

from enum import Enum

from sslpool.keydb.armor import elements

_INTEGER, _ENUMERATED = 0x02, 0x0A
_TIMES = frozenset({0x17, 0x18})
_CONTEXT = 0xA0
_SEQUENCE = 0x30
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_VERSION_PFX = b"\x03"
_EXTENDED = {_CONTEXT, _CONTEXT + 1}


class Kind(Enum):
    """
    The kinds.
    """

    CERTIFICATE = "a certificate"
    REVOCATIONS = "a revocation list"
    REQUEST = "a certificate request"
    PKCS12 = "PKCS #12"
    PKCS7 = "PKCS #7"
    MESSAGE = "a signed or encrypted message (CMS)"
    KEY = "a private key (PKCS #8)"
    ENCRYPTED_KEY = "an encrypted private key (PKCS #8)"
    RSA_KEY = "an RSA private key"
    EC_KEY = "an EC private key"
    DSA_KEY = "a DSA private key"
    PUBLIC_KEY = "a public key"
    RESPONSE = "an OCSP response"
    OTHER = "something else"


PRIVATE_KEYS = {
    Kind.KEY: b"PRIVATE KEY",
    Kind.ENCRYPTED_KEY: b"ENCRYPTED PRIVATE KEY",
    Kind.RSA_KEY: b"RSA PRIVATE KEY",
    Kind.EC_KEY: b"EC PRIVATE KEY",
    Kind.DSA_KEY: b"DSA PRIVATE KEY",
}
"""
The kinds of private keys, with their right names in PEM (RFC 7468 section 10, RFC 5915 section 4).
"""

_PAIRS: dict[tuple[int, ...], Kind] = {(0x30, 0x04): Kind.ENCRYPTED_KEY, (0x30, 0x03): Kind.PUBLIC_KEY}
"""
What two elements make.
"""


def kindOf(octets: bytes) -> Kind:
    """
    Return what one element of DER is.
    """
    try:
        [(tag, body)] = elements(octets)
        parts = list(elements(body))
        return _kindOf(parts) if tag == _SEQUENCE and parts else Kind.OTHER
    except (IndexError, ValueError):
        return Kind.OTHER


def _kindOf(parts: list[tuple[int, bytes]]) -> Kind:
    tags = tuple(tag for tag, _ in parts)
    match tags:
        case (0x02, *_):
            return _numbered(tags, parts[0][1])
        case (0x06, *_):
            return Kind.PKCS7 if parts[0][1] == _SIGNED_DATA else Kind.MESSAGE
        case (0x30, 0x30, 0x03):
            return _signed(tuple(tag for tag, _ in elements(parts[0][1])))
    return _PAIRS.get(tags, Kind.RESPONSE if tags[0] == _ENUMERATED else Kind.OTHER)


def _numbered(tags: tuple[int, ...], version: bytes) -> Kind:
    """
    What begins with a version.
    """
    match tags[1:]:
        case (0x30, *rest) if version == _VERSION_PFX and len(rest) < 2:
            return Kind.PKCS12
        case (0x30, 0x04, *_):
            return Kind.KEY
        case (0x04, *rest) if set(rest) <= _EXTENDED:
            return Kind.EC_KEY
    if set(tags) == {_INTEGER}:
        return {6: Kind.DSA_KEY, 9: Kind.RSA_KEY}.get(len(tags), Kind.OTHER)
    return Kind.RSA_KEY if len(tags) == 10 and set(tags[:9]) == {_INTEGER} else Kind.OTHER


def _signed(tags: tuple[int, ...]) -> Kind:
    """
    What somebody has signed.
    """
    if _TIMES.intersection(tags[:5]):
        return Kind.REVOCATIONS
    match tags:
        case (0xA0, 0x02, 0x30, *_) | (0x02, 0x30, 0x30, 0x30, 0x30, 0x30, *_):
            return Kind.CERTIFICATE
        case (0x02, 0x30, 0x30, 0xA0):
            return Kind.REQUEST
    return Kind.OTHER
