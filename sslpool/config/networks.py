# -*- test-case-name: tests.config.test_networks -*-
"""
Networks as an operator writes them, and whether an address is in one.  Pure; used in the stack
process and by C{sslpool check}.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TypeAlias

Address: TypeAlias = tuple[int, int]
"""
The version of IP, and the address as a number.
"""

NETWORK = "an IP address or a network, such as 192.0.2.0/24, 192.0.2.0/255.255.255.0 or 2001:db8::/32"
"""
What is expected, as messages put it.
"""

_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_LONGEST = 100


def network(text: str) -> str:
    """
    Return a network in its usual form, C{address/length}.  One of IPv4 addresses that are mapped
    to IPv6 (RFC 4291 section 2.5.5.2) is one of IPv4.

    @param text: an address, C{address/length} or C{address/mask}; IPv6 with or without brackets.
    @raise ValueError: it is none, or there are bits behind the mask; the text says why.
    """
    bare = text[1:].replace("]", "", 1) if text.startswith("[") else text
    if len(bare) > _LONGEST or "%" in bare:
        raise ValueError("it has another form")
    if isMask(bare):
        raise ValueError("it is a mask without its network")
    try:
        found = ipaddress.ip_network(bare)
    except ValueError as error:
        if "host bits" in str(error):
            right = ipaddress.ip_network(bare, strict=False)
            raise ValueError(f"it is an address in a network, which is {right}") from error
        raise ValueError("it has another form") from error
    if isinstance(found, ipaddress.IPv6Network) and found.subnet_of(_MAPPED):
        inner = int(found.network_address) & 0xFFFFFFFF
        return str(ipaddress.IPv4Network((inner, found.prefixlen - _MAPPED.prefixlen)))
    return str(found)


def isMask(text: str) -> bool:
    """
    Whether C{text} is the mask of a network of IPv4, such as C{255.255.255.0}, and no address that a client could have.
    """
    try:
        return text.startswith("255.") and ipaddress.IPv4Network(f"0.0.0.0/{text}").prefixlen > 0
    except ValueError:
        return False


def addressOf(host: str) -> Address:
    """
    Return the address of a socket's other end: without its zone (RFC 4007), and that of IPv4 where
    it is mapped to IPv6.

    @param host: numeric, as the system has it.
    """
    if ":" not in host:
        # As for every connection that is accepted, by hand: it takes a third of the library's time.
        first, second, third, fourth = host.split(".")
        return 4, int(first) << 24 | int(second) << 16 | int(third) << 8 | int(fourth)
    address = ipaddress.IPv6Address(host.partition("%")[0])
    mapped = address.ipv4_mapped
    return (6, int(address)) if mapped is None else (4, int(mapped))


class Networks:
    """
    Some networks.  How long a look takes depends on how many lengths of prefix there are, and
    not on the number of networks.

    @param texts: the networks, as L{network} returns them.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._known: dict[int, dict[int, set[int]]] = {4: {}, 6: {}}
        for text in texts:
            each = ipaddress.ip_network(text)
            shift = each.max_prefixlen - each.prefixlen
            self._known[each.version].setdefault(shift, set()).add(int(each.network_address) >> shift)

    def __contains__(self, address: Address) -> bool:
        version, number = address
        return any(number >> shift in known for shift, known in self._known[version].items())
