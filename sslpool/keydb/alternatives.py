# -*- test-case-name: tests.keydb.test_alternatives -*-
"""
Alternative names of certificates (RFC 5280 section 4.2.1.6), each read by itself: one that is of a rare
kind, or not ASCII, spoils no other.  Pure; any process.
"""

from __future__ import annotations

from ipaddress import ip_address
from itertools import islice

from attrs import frozen

from sslpool.keydb.armor import elements
from sslpool.keydb.names import Name, dotted

DNS, URI, ADDRESS = "DNS", "URI", "IP"
"""
The kinds that something is decided by.
"""

_KINDS = {
    0xA0: "otherName",
    0x81: "email",
    0x82: DNS,
    0xA3: "X400Name",
    0xA4: "dirName",
    0xA5: "EdiPartyName",
    0x86: URI,
    0x87: ADDRESS,
    0x88: "RID",
}
"""
What OpenSSL calls the kinds, by their tags (RFC 5280 appendix A.2).
"""

_TEXTS = frozenset({"email", DNS, URI})
_SEQUENCE = 0x30


@frozen
class Alternative:
    """
    One alternative name.

    @ivar tag: its tag, which says its kind.
    @ivar octets: what is in it.
    """

    tag: int
    octets: bytes

    @property
    def kind(self) -> str:
        """
        What OpenSSL calls its kind; empty where it is of none.
        """
        return _KINDS.get(self.tag, "")

    @property
    def value(self) -> str | None:
        """
        The name as something is decided by it; C{None} where it is of a kind by which nothing is, or
        holds what it may not.
        """
        if self.kind == ADDRESS:
            try:
                return str(ip_address(self.octets))
            except ValueError:
                return None
        if self.kind not in _TEXTS or not self.octets.isascii():
            return None
        text = self.octets.decode("ascii")
        return text if text.isprintable() and text.strip() else None

    @property
    def shown(self) -> str:
        """
        Kind and name; the name in hexadecimal where it is no text.
        """
        return f"{self.kind or f'[{self.tag & 0x1F}]'}:{self._text() or f'#{self.octets.hex()}'}"

    def _text(self) -> str:
        try:
            match self.kind:
                case "dirName":
                    return Name(self.octets).text
                case "RID":
                    return dotted(self.octets)
        except ValueError:
            return ""
        return self.value or ""


def alternativesOf(octets: bytes, most: int | None = None) -> tuple[Alternative, ...]:
    """
    Return the names of a subjectAltName.

    @param octets: what is in the extension.
    @param most: how many; C{None} for all.
    @raise ValueError: they are not a list of names.
    """
    try:
        [(tag, names)] = elements(octets)
        found = tuple(Alternative(*each) for each in islice(elements(names), most))
    except (IndexError, ValueError):
        tag, found = 0, ()
    if tag != _SEQUENCE:
        raise ValueError("the alternative names are damaged")
    return found
