# -*- test-case-name: tests.starttls.test_ldap -*-
"""
As much of BER as LDAP messages need (RFC 4511 section 5.1: definite lengths, one octet of tag).
Pure; used in the servers.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

BOOLEAN, INTEGER, OCTETS, ENUMERATED, SEQUENCE, SET = 0x01, 0x02, 0x04, 0x0A, 0x30, 0x31


class Malformed(ValueError):
    """
    It is not BER, or not what was expected.
    """


@frozen
class Element:
    """
    An element.

    @ivar tag: its tag.
    @ivar begin: where its content begins.
    @ivar length: the length of its content.
    """

    tag: int
    begin: int
    length: int

    @property
    def end(self) -> int:
        """
        Where the next one begins.
        """
        return self.begin + self.length


def head(octets: bytes, at: int = 0) -> Element | None:
    """
    Return the element that begins at C{at}, or C{None} where its length has not come yet.

    @raise Malformed: its length is indefinite or has more than four octets.
    """
    if len(octets) < at + 2:
        return None
    short = octets[at + 1]
    if short < 0x80:
        return Element(octets[at], at + 2, short)
    count = short & 0x7F
    if not 1 <= count <= 4:
        raise Malformed("length")
    if len(octets) < at + 2 + count:
        return None
    return Element(octets[at], at + 2 + count, int.from_bytes(octets[at + 2 : at + 2 + count], "big"))


def whole(octets: bytes, at: int, end: int) -> Element:
    """
    Return the element at C{at}, which must end at C{end} or before.

    @raise Malformed: it does not.
    """
    element = head(octets, at)
    if element is None or element.end > end:
        raise Malformed("element")
    return element


def parts(octets: bytes, within: Element) -> Iterator[Element]:
    """
    Yield the elements in C{within}.

    @raise Malformed: there is something else.
    """
    at = within.begin
    while at < within.end:
        element = whole(octets, at, within.end)
        yield element
        at = element.end


def content(octets: bytes, element: Element) -> bytes:
    """
    Return the content of an element.
    """
    return octets[element.begin : element.end]


def encoded(tag: int, *contents: bytes) -> bytes:
    """
    Return an element.
    """
    octets = b"".join(contents)
    length = len(octets)
    if length < 0x80:
        return bytes([tag, length]) + octets
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + octets
