# -*- test-case-name: tests.stack.front.test_localsystem -*-
"""
What this machine says about a configuration: who runs it, which addresses there are to connect
from, and what would come back to it.  Lives in the stack process and in C{sslpool check}.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import socket
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from attrs import astuple, evolve

from sslpool.config.configuration import Assembly, Configuration
from sslpool.config.exposure import LocalSystem, exposures
from sslpool.config.portrules import circular
from sslpool.config.values import ipAddress, loopback, overlap
from sslpool.messages import Finding, finding
from sslpool.stack.front.destinations import resolved
from sslpool.wire.assignment import Address

IF_INET6 = "/proc/self/net/if_inet6"
"""
Where the kernel lists its own IPv6 addresses.
"""

HOSTS = "/etc/hosts"
"""
Where this machine names itself, without asking anybody.
"""

_NLMSGHDR, _RTMSG, _RTATTR = struct.Struct("=IHHII"), struct.Struct("=BB5xB4x"), struct.Struct("=HH")
_RTM_NEWROUTE, _RTM_GETROUTE, _NLM_F_REQUEST, _RTA_DST, _RTN_LOCAL = 24, 26, 1, 1, 2
"""
A question about a route, and what it needs, netlink(7) and rtnetlink(7).
"""

_SIOCGIFADDR = 0x8915
_IFREQ = struct.Struct("16s2xH4s16x")
"""
The address of an interface, netdevice(7): its name, and a C{sockaddr_in}.
"""


def exposed(assembly: Assembly) -> Assembly:
    """
    Return what came of reading a configuration, with what is to be said of whom its applications trust, and
    where cleartext would come back.  That is an error, but for a stack that runs already it may be none of its
    making: the addresses of this machine change.
    """
    configuration = assembly.configuration
    if configuration is None:
        return assembly
    found = loopFindings(configuration) or standingFindings(configuration)
    return evolve(assembly, findings=(*assembly.findings, *found))


def loopFindings(configuration: Configuration) -> list[Finding]:
    """
    Return which ports have cleartext that goes to a port of the configuration itself, by any address or
    name of this machine that it knows without asking anybody.
    """
    found = [
        finding("SSLP223E", *astuple(port.position), port=port.number, userid=port.userid, address=port.address)
        for port in circular(configuration.ports, _ownAddresses)
    ]
    # A name that is listened on has several addresses.
    return [*dict.fromkeys(found)]


def _ownAddresses(host: str) -> list[str]:
    """
    Return the addresses of C{host} that are this machine's.
    """
    found: Sequence[str] = loopback(host) or _names(_read(HOSTS)).get(host.lower(), ())
    if not found:
        with suppress(OSError, UnicodeError):
            found = [each.host for each in resolved(host, 0, socket.AI_NUMERICHOST)]
    return [own for address in found for own in loopback(address) or (address,) if isOwn(own)]


def leadsBack(found: Iterable[Address], listening: Mapping[int, Iterable[str]]) -> bool:
    """
    Whether an address that a name has is one on which this stack listens.

    @param listening: the hosts on which it listens, by port.
    """
    own = [(each.port, host) for each in found for host in loopback(each.host) or (each.host,)]
    return any(overlap(each, host) and isOwn(host) for port, host in own for each in listening.get(port, ()))


def isHere(address: str) -> bool:
    """
    Whether one can listen on an address, and connect from it.
    """
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def isOwn(address: str) -> bool:
    """
    Whether a connection to an address comes back to this machine: what the kernel's routes say, rtnetlink(7).

    @param address: numeric.
    """
    host = ipaddress.ip_address(address.partition("%")[0])
    family = socket.AF_INET6 if host.version == 6 else socket.AF_INET
    route = _RTMSG.pack(family, host.max_prefixlen, 0) + _RTATTR.pack(_RTATTR.size + len(host.packed), _RTA_DST)
    request = route + host.packed
    header = _NLMSGHDR.pack(_NLMSGHDR.size + len(request), _RTM_GETROUTE, _NLM_F_REQUEST, 1, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
            kernel.send(header + request)
            answer = kernel.recv(4096)
    except OSError:
        return isHere(address)
    if _NLMSGHDR.unpack_from(answer)[1] != _RTM_NEWROUTE:  # there is no route
        return False
    kind: int = _RTMSG.unpack_from(answer, _NLMSGHDR.size)[2]
    return kind == _RTN_LOCAL


def standingFindings(configuration: Configuration) -> list[Finding]:
    """
    Return what is to be said of whom the applications of a configuration trust, on this machine.
    """
    return exposures(configuration, localSystem(configuration))


def localSystem(configuration: Configuration) -> LocalSystem:
    """
    Return what there is around a configuration now.
    """
    sources = {port.source for port in configuration.ports if port.source}
    lacking = frozenset(each for each in sources if not isHere(each))
    return LocalSystem(os.geteuid() == 0, others(), lacking, ownNames(_read(HOSTS)))


def others() -> dict[int, str]:
    """
    Return an address of this machine for each version of IP that has one from which applications of this
    machine can be connected to, other than its loopback and link-local addresses.
    """
    found: dict[int, str] = {}
    for address in (*_ownIPv4(), *ownIPv6(_read(IF_INET6))):
        own = ipaddress.ip_address(address)
        if own.version not in found and not (own.is_loopback or own.is_link_local) and isHere(address):
            found[own.version] = address
    return found


def _ownIPv4() -> Iterator[str]:
    """
    Yield the first address of each interface.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(asking, _SIOCGIFADDR, struct.pack("40s", name.encode()))
            except OSError:  # it has none
                continue
            yield socket.inet_ntoa(_IFREQ.unpack(answer)[2])


def ownIPv6(text: str) -> Iterator[str]:
    """
    Yield the addresses of this machine.

    @param text: the content of L{IF_INET6}: an address, 32 hexadecimal digits, begins each line.
    """
    for line in text.splitlines():
        yield str(ipaddress.IPv6Address(int(line.split()[0], 16)))


def ownNames(text: str) -> dict[str, str]:
    """
    Return loopback addresses by their names, in lower case.

    @param text: the content of L{HOSTS}, hosts(5); of several addresses the first counts.
    """
    return {name: own for name, found in _names(text).items() for own in reversed(found) if loopback(own)}


def _names(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if own := ipAddress(address):
            for name in names:
                found.setdefault(name.lower(), []).append(own)
    return found


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:  # such as with a kernel without IPv6
        return ""
