# -*- test-case-name: tests.keydb.test_armor -*-
"""
Just enough of PEM (RFC 7468) and DER (X.690) to write a text form, to see what a file holds before a
library opens it, and to say which kind of RSA key one is.  Pure; any process.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

PKCS12 = b"PKCS12"
_LINE = 64
_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30
_DEEPEST = 24
_CONSTRUCTED, _INDEFINITE = 0x20, 0x80
_VERSION_0 = bytes([_INTEGER, 1, 0])
_EXPLICIT = 0xA0


def armored(kind: bytes, content: bytes) -> bytes:
    """
    Return C{content} as PEM.

    @param kind: what stands after C{BEGIN}.
    """
    text = base64.b64encode(content)
    lines = (text[at : at + _LINE] + b"\n" for at in range(0, len(text), _LINE))
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (kind, b"".join(lines), kind)


def unarmoredBody(part: bytes) -> bytes:
    """
    Return what one part of PEM holds.

    @raise ValueError: it is not base64.
    """
    lines = part.strip().splitlines()
    return base64.b64decode(b"".join(map(bytes.strip, lines[1:-1])), validate=True)


def unarmoredBodies(content: bytes) -> Iterator[bytes]:
    """
    Yield what each part of PEM holds that L{armored} has written.

    @raise ValueError: it is no PEM, or not base64.
    """
    before, *parts = content.split(b"-----BEGIN ")
    if before:
        raise ValueError("it does not start like PEM")
    yield from map(unarmoredBody, parts)


def endsEarly(content: bytes) -> bool:
    """
    Whether less of C{content} is there than its first octets say.
    """
    count = content[1] & 0x7F if content[1] & 0x80 else 0
    length = int.from_bytes(content[2 : 2 + count], "big") if count else content[1] & 0x7F
    return 2 + count + length > len(content)


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
            raise ValueError("it has an indefinite length")
        length = int.from_bytes(content[start : start + count], "big")
        start += count
    if start + length > len(content):
        raise ValueError("an element is longer than the one around it")
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


def definite(content: bytes) -> bytes:
    """
    Return BER (X.690) as DER has it: every length is definite, and strings of octets are in one piece.

    @raise ValueError: it is malformed; C{IndexError} likewise.
    """
    octets, end = _definite(content, 0, 0)
    return octets + content[end:]


def _definite(content: bytes, at: int, depth: int) -> tuple[bytes, int]:
    if depth > _DEEPEST:
        raise ValueError("it is nested too deeply")
    tag, open_ = content[at], content[at + 1] == _INDEFINITE
    if open_:
        start, end = at + 2, len(content)
    else:
        _, start, end = element(content, at)
    if not tag & _CONSTRUCTED:
        return enclosed(tag, content[start:end]), end
    parts: list[bytes] = []
    while start < end:
        if open_ and content[start : start + 2] == b"\0\0":
            end = start + 2
            break
        part, start = _definite(content, start, depth + 1)
        parts.append(part)
    else:
        if open_:
            raise ValueError("an element is incomplete")
    if tag == _OCTETS | _CONSTRUCTED:
        return enclosed(_OCTETS, b"".join(body for part in parts for _, body in elements(part))), end
    return enclosed(tag, b"".join(parts)), end


def bodyOf(single: bytes) -> bytes:
    """
    Return the body of one element.

    @raise ValueError: see L{element}; C{IndexError} likewise.
    """
    [(_, body)] = elements(single)
    return body


def childrenOf(single: bytes) -> list[bytes]:
    """
    Return the elements that one element is made of.

    @raise ValueError: see L{element}; C{IndexError} likewise.
    """
    return [enclosed(tag, body) for tag, body in elements(bodyOf(single))]
