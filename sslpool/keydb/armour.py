# -*- test-case-name: tests.keydb.test_armour -*-
"""
Just enough of PEM (RFC 7468) and DER (X.690) to write a text form, to see what a
PKCS #12 file holds before the library opens it, and to say which kind of RSA key one is.  Pure; any process.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

PKCS12 = b"PKCS12"
_LINE = 64
_INTEGER, _OCTETS, _OBJECT_IDENTIFIER, _SEQUENCE = 0x02, 0x04, 0x06, 0x30
_KEY_BAGS = tuple(bytes.fromhex("2a864886f70d010c0a01") + bytes([number]) for number in (1, 2))
_DEEPEST = 24
_VERSION_0 = bytes([_INTEGER, 1, 0])
_VERSION_3 = bytes([_INTEGER, 1, 3])
_EXPLICIT = 0xA0


def armoured(kind: bytes, content: bytes) -> bytes:
    """
    Return C{content} as PEM.

    @param kind: what stands after C{BEGIN}.
    """
    text = base64.b64encode(content)
    lines = (text[at : at + _LINE] + b"\n" for at in range(0, len(text), _LINE))
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (kind, b"".join(lines), kind)


def unarmoured(content: bytes) -> bytes:
    """
    Return PKCS #12 that was written as text, with such lines or without, as it
    is; anything else unchanged.
    """
    body = content.strip().removeprefix(b"-----BEGIN %b-----" % PKCS12).removesuffix(b"-----END %b-----" % PKCS12)
    if b"-----" in body or not body.strip().startswith(b"MI"):
        return content
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        return content


def unarmouredBody(part: bytes) -> bytes:
    """
    Return what one part of PEM holds.

    @raise ValueError: it is not base64.
    """
    lines = part.strip().splitlines()
    return base64.b64decode(b"".join(map(bytes.strip, lines[1:-1])), validate=True)


def unarmouredBodies(content: bytes) -> Iterator[bytes]:
    """
    Yield what each part of PEM holds that L{armoured} has written.

    @raise ValueError: it is no PEM, or not base64.
    """
    before, *parts = content.split(b"-----BEGIN ")
    if before:
        raise ValueError("it does not begin as PEM")
    yield from map(unarmouredBody, parts)


def isPkcs12(content: bytes) -> bool:
    """
    Whether C{content} begins as PKCS #12 does (RFC 7292): a sequence whose first
    part is the number 3.  A certificate, PKCS #7 and a bare key begin otherwise.
    """
    if content[:1] != bytes([_SEQUENCE]) or len(content) < 2:
        return False
    start = 2 + (content[1] & 0x7F if content[1] & 0x80 else 0)
    return content[start : start + len(_VERSION_3)] == _VERSION_3


def endsEarly(content: bytes) -> bool:
    """
    Whether less of C{content} is there than its first octets say.
    """
    count = content[1] & 0x7F if content[1] & 0x80 else 0
    length = int.from_bytes(content[2 : 2 + count], "big") if count else content[1] & 0x7F
    return 2 + count + length > len(content)


def keysIn(content: bytes) -> int:
    """
    Return how many private keys a PKCS #12 file holds, as far as that can be
    seen without its password: the library would take one of them.
    """
    try:
        return sum(1 for identifier in _identifiers(content, 0) if identifier in _KEY_BAGS)
    except (IndexError, ValueError):
        return 0


def sequenceOf(*numbers: int) -> bytes:
    """
    Return a sequence of positive numbers as DER.
    """
    return enclosed(_SEQUENCE, b"".join(map(_integer, numbers)))


def keyAlgorithm(tbs: bytes) -> bytes:
    """
    Return what a certificate says of the kind of its key: the AlgorithmIdentifier of its
    subjectPublicKeyInfo, with its parameters, as DER (RFC 5280 section 4.1).

    @param tbs: the part of the certificate that is signed.
    """
    _, at, _ = element(tbs, 0)
    if tbs[at] == _EXPLICIT:
        at = element(tbs, at)[2]
    for _field in ("serialNumber", "signature", "issuer", "validity", "subject"):
        at = element(tbs, at)[2]
    _, start, _ = element(tbs, at)
    return tbs[start : element(tbs, start)[2]]


def privateKeyInfo(algorithm: bytes, key: bytes) -> bytes:
    """
    Return a private key as PKCS #8 (RFC 5958 section 2).

    @param algorithm: its AlgorithmIdentifier.
    @param key: the key in the form that the algorithm has.
    """
    return enclosed(_SEQUENCE, _VERSION_0 + algorithm + enclosed(_OCTETS, key))


def _integer(number: int) -> bytes:
    return enclosed(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def enclosed(tag: int, body: bytes) -> bytes:
    """
    Return an element as DER.
    """
    length = len(body)
    if length < 0x80:
        return bytes([tag, length]) + body
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + body


def _identifiers(content: bytes, depth: int) -> Iterator[bytes]:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    at = 0
    while at < len(content):
        tag, start, end = element(content, at)
        body = content[start:end]
        if tag == _OBJECT_IDENTIFIER:
            yield body
        elif tag & 0x20 or (tag == _OCTETS and body[:1] == bytes([_SEQUENCE])):
            yield from _opaque(body, depth + 1) if tag == _OCTETS else _identifiers(body, depth + 1)
        at = end


def _opaque(body: bytes, depth: int) -> Iterator[bytes]:
    # Octets that begin like a sequence need not be one.
    try:
        yield from list(_identifiers(body, depth))
    except (IndexError, ValueError):
        return


def element(content: bytes, at: int) -> tuple[int, int, int]:
    """
    Return the tag of the element at C{at}, and where its body begins and ends.

    @raise ValueError: its length is indefinite, or more than there is.
    @raise IndexError: less than its head is there.
    """
    tag, length, start = content[at], content[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4:
            raise ValueError("a length that is not definite")
        length = int.from_bytes(content[start : start + count], "big")
        start += count
    if start + length > len(content):
        raise ValueError("longer than what holds it")
    return tag, start, start + length


def elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """
    Yield tag and body of each of the elements that C{content} is a row of.

    @raise ValueError: see L{element}; C{IndexError} likewise.
    """
    at = 0
    while at < len(content):
        tag, start, at = element(content, at)
        yield tag, content[start:at]
