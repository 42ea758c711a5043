# -*- test-case-name: tests.tracing.test_selectors -*-
"""
Which connections are traced: all, or those of an address, a port, both, or one by
its number.  Stack and server processes; pure.

Source: the source document, "Tracing", and z/VM 7.4 "VMSSL command syntax", where C{..}
stands before a port as well as C{:}, so that an IPv6 address can be told from it.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from attrs import frozen

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_CONNECTION = re.compile(r"[0-9]{1,18}|[0-9]{1,10}\.[0-9]{1,6}", re.ASCII)
_HIGHEST_PORT = 65535


@frozen
class Selector:
    """
    What a connection must have to be traced; C{None} is anything.

    @ivar address: the client's address, as C{ipaddress} writes it.
    @ivar port: the secure port that the client connected to, or the client's own.
    @ivar number: the connection number.
    """

    address: str | None = None
    port: int | None = None
    number: int | None = None

    def matches(self, number: int, client: str, local: str) -> bool:
        """
        Tell whether a connection is meant.

        @param client: the client's C{address:port}, IPv6 in brackets.
        @param local: the secure address that it connected to, likewise.
        """
        if self.number is not None:
            return number == self.number
        host, _, port = client.rpartition(":")
        if self.port is not None and self.port not in (int(port), int(local.rpartition(":")[2])):
            return False
        return self.address is None or _plain(host.strip("[]")) == self.address

    def __str__(self) -> str:
        """
        The selector as operators type it.
        """
        if self.number is not None:
            control, count = self.number % (1 << 32), self.number >> 32
            return f"{control}.{count}" if count else str(control)
        if self.port is None:
            return self.address or "ALL"
        separator = ".." if self.address is not None and ":" in self.address else ":"
        return f"{self.address or ''}{separator}{self.port}"


ALL = Selector()


def parseSelector(word: str) -> Selector | None:
    """
    Return what C{word} selects, or C{None} where it selects nothing that there could be.
    """
    if word.upper() == "ALL":
        return ALL
    if _CONNECTION.fullmatch(word):
        # That of a data connection of FTP is the number of its control session, and a count.
        control, _, count = word.partition(".")
        return Selector(number=int(control) + (int(count or 0) << 32))
    whole = _plain(word.strip("[]")) if not word.startswith("..") else None
    if whole is not None:
        return Selector(address=whole)
    host, separator, portWord = word.rpartition("..")
    if not separator:
        host, separator, portWord = word.rpartition(":")
    address = _plain(host.strip("[]")) or _plain(host.removesuffix(":"))
    if not separator or not _NUMBER.fullmatch(portWord) or not 0 < int(portWord) <= _HIGHEST_PORT:
        return None
    if host not in ("", ":") and address is None:
        return None
    return Selector(address, int(portWord))


def _plain(text: str) -> str | None:
    """
    Return an address as C{ipaddress} writes it, an IPv4 address in IPv6's dress without it; or C{None}.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
