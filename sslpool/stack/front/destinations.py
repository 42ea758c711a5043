# -*- test-case-name: tests.stack.front.test_destinations -*-
"""
Where the cleartext of a port goes: addresses as they stand in the configuration, and
those behind a name.  Lives in the stack process and in C{sslpool check}.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping

from sslpool.config.configuration import SecurePort
from sslpool.config.values import isLocalhost
from sslpool.messages import Said, said
from sslpool.stack.front.listeningsockets import loopbacks
from sslpool.wire.assignment import Address

Resolve = Callable[[str, int], list[Address]]

_NONEXISTENT = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class Names:
    """
    What is known of names.

    @ivar wanted: the ports whose addresses have names, one for each address.
    @ivar unknown: why names are not known, by address.
    """

    def __init__(self) -> None:
        self.wanted: dict[str, SecurePort] = {}
        self.unknown: dict[str, str] = {}
        self._known: dict[str, tuple[Address, ...]] = {}

    def addresses(self, address: str) -> tuple[Address, ...]:
        """
        Return where connections go; nothing as long as a name is not known.
        """
        plain = plainAddresses(address)
        return self.known(address) if plain is None else tuple(plain)

    def known(self, address: str) -> tuple[Address, ...]:
        """
        Return what was found behind a name the last time that it was known.
        """
        return self._known.get(address, ())

    def learn(self, address: str, found: Iterable[Address]) -> tuple[Address, ...]:
        """
        Take what is behind a name now, and return it.
        """
        self.unknown.pop(address, None)
        addresses = self._known[address] = tuple(found)
        return addresses

    def keep(self, ports: Mapping[str, SecurePort]) -> None:
        """
        Forget all but the names of these ports, which are there by address.
        """
        self.wanted = {address: port for address, port in ports.items() if plainAddresses(address) is None}
        self._known = {address: found for address, found in self._known.items() if address in self.wanted}
        self.unknown = {address: reason for address, reason in self.unknown.items() if address in self.wanted}


def resolved(host: str, port: int, flags: int = 0) -> list[Address]:
    """
    Return the addresses of a host, in the order in which they are to be tried (RFC 6724, as the system's resolver has
    it).  May take long.  C{localhost} has both loopback addresses, whatever the resolver says (RFC 6761 section 6.3).

    @raise OSError: the name is not known.
    """
    if not flags and isLocalhost(host):
        return [each for own in loopbacks() for each in resolved(own, port, socket.AI_NUMERICHOST)]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [Address(int(family), str(address[0]), int(address[1])) for family, _, _, _, address in found]


def plainAddresses(address: str) -> list[Address] | None:
    """
    Return what is behind C{address} where nobody has to be asked: where it is a path or
    numeric; C{None} where it has a name.
    """
    if address.startswith("/"):
        return [Address(socket.AF_UNIX, address, 0)]
    try:
        return resolved(*hostAndNumber(address), socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None


def namedAddresses(address: str, resolve: Resolve) -> list[Address]:
    """
    Return the addresses behind C{host:port} or C{[v6]:port}.  May take long.

    @raise OSError: the name is not known.
    @raise UnicodeError: it is longer than names can be.
    """
    return resolve(*hostAndNumber(address))


def fitting(addresses: tuple[Address, ...], source: str) -> tuple[Address, ...]:
    """
    Return those addresses to which one can connect from C{source}: all where it is empty, or where there
    are none of its family, so that whoever tries says so.
    """
    if not source:
        return addresses
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    return tuple(each for each in addresses if each.family == family) or addresses


def waits(port: SecurePort, reason: str) -> Said:
    """
    Return the message about a port that waits for a name.

    @param reason: why it is not known; empty where that is being found out.
    """
    reason = reason or "it is being looked up"
    return said("SSLP050W", address=port.address, application=port.userid, reason=reason)


def isNonexistent(error: OSError | UnicodeError) -> bool:
    """
    Whether there is no such name; otherwise the name service could not say.
    """
    return isinstance(error, UnicodeError) or error.errno in _NONEXISTENT


def hostAndNumber(address: str) -> tuple[str, int]:
    """
    Return what C{host:port} or C{[v6]:port} is made of.
    """
    host, _, number = address.rpartition(":")
    return host.strip("[]"), int(number)
