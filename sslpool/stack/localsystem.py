# -*- test-case-name: tests.stack.test_localsystem -*-
"""
What this machine says about a configuration: who runs it, and which addresses there are to connect
from.  Lives in the stack process and in C{sslpool check}.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import socket
import struct
from collections.abc import Iterator

from attrs import evolve

from sslpool.config.configuration import Assembly, Configuration
from sslpool.config.exposure import LocalSystem, exposures
from sslpool.config.values import ipAddress
from sslpool.messages import Finding

IF_INET6 = "/proc/self/net/if_inet6"
"""
Where the kernel lists its own IPv6 addresses.
"""

HOSTS = "/etc/hosts"
"""
Where this machine names itself, without asking anybody.
"""

_SIOCGIFADDR = 0x8915
_IFREQ = struct.Struct("16s2xH4s16x")
"""
The address of an interface, netdevice(7): its name, and a C{sockaddr_in}.
"""


def exposed(assembly: Assembly) -> Assembly:
    """
    Return what came of reading a configuration, with what is to be said of whom its applications trust.
    """
    configuration = assembly.configuration
    if configuration is None:
        return assembly
    return evolve(assembly, findings=(*assembly.findings, *standingFindings(configuration)))


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
    lacking = frozenset(each for each in sources if not _isHere(each))
    return LocalSystem(os.geteuid() == 0, others(), lacking, ownNames(_read(HOSTS)))


def others() -> dict[int, str]:
    """
    Return an address of this machine for each version of IP that has one from which applications of this
    machine can be connected to, other than its loopback and link-local addresses.
    """
    found: dict[int, str] = {}
    for address in (*_ownIPv4(), *ownIPv6(_read(IF_INET6))):
        own = ipaddress.ip_address(address)
        if own.version not in found and not (own.is_loopback or own.is_link_local) and _isHere(address):
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
    found: dict[str, str] = {}
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        own = ipAddress(address)
        if own is not None and ipaddress.ip_address(own).is_loopback:
            for name in names:
                found.setdefault(name.lower(), own)
    return found


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:  # such as with a kernel without IPv6
        return ""


def _isHere(address: str) -> bool:
    """
    Whether one can connect from an address.
    """
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
