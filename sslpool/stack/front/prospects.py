# -*- test-case-name: tests.stack.front.test_prospects -*-
"""
What new clients meet before a server has them: whether the stack can accept connections, whether their port is
open, lets clients in and has a label, and whether the application can be reached.  Lives in the stack process.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from attrs import define
from zope.interface import implementer

from sslpool.config.configuration import SecurePort
from sslpool.config.networks import Networks, addressOf
from sslpool.interfaces import IProspects
from sslpool.messages import Said, said
from sslpool.pool.serving import PortFacts
from sslpool.reasons import reasonOf
from sslpool.stack.front.admission import LOOPBACK
from sslpool.stack.front.destinations import hostAndNumber
from sslpool.stack.front.portlabels import labelsOf
from sslpool.stack.front.portopening import Entry
from sslpool.stack.front.ports import Ports
from sslpool.stack.front.reachability import Reachability

EVERYBODY = ("0.0.0.0/0", "::/0")
"""
The networks that a port without ALLOW lets in.
"""

_OWN = Networks(LOOPBACK)


@implementer(IProspects)
@define(eq=False, slots=False)
class Prospects:
    """
    Knows ports and applications.

    @ivar _ports: the secure ports.
    @ivar _labels: returns the labels that servers can use.
    @ivar _reaching: knows which applications can be reached.
    @ivar _shut: returns the message why no connection is let in, or C{None}; it is not about remote hosts' ports.
    """

    _ports: Ports
    _labels: Callable[[], Collection[str]]
    _reaching: Reachability
    _shut: Callable[[], Said | None]

    @property
    def shortage(self) -> str:
        try:
            socket.socket().close()
        except OSError as error:
            return reasonOf(error)
        return ""

    def ports(self) -> Sequence[PortFacts]:
        barred = barredPorts(self._ports.entries())
        return [self._facts(entry, barred.get(entry.port, "")) for entry in self._ports.entries()]

    async def look(self, suspects: bool = False, port: int | None = None) -> None:
        await self._reaching.look(
            entry.assignment
            for entry in self._ports.entries()
            if port in (None, entry.port.number)
            and not (suspects and self._reaching.problem(entry.port.userid) is None)
        )

    def _facts(self, entry: Entry, barred: str) -> PortFacts:
        closed = entry.listening is None or entry.waits or not entry.served
        problem = self._closed(entry) if closed else self._open(entry, barred)
        port = entry.port
        return PortFacts(entry.assignment.local, port.number, port.userid, not closed, problem, port.bind)

    def _closed(self, entry: Entry) -> Said | None:
        reason = self._ports.reason(entry)
        return reason if isinstance(reason, Said) else None

    def _open(self, entry: Entry, barred: str) -> Said | None:
        """
        Return why clients are not let in, or let in and not served, if so.

        @param barred: the list that lets nobody in, or empty.
        """
        if barred:
            return said("SSLP476W", port=entry.port.number, list=barred)
        names = labelsOf(entry.port)
        if names and not set(names) & set(self._labels()):
            return said("SSLP464E", port=entry.port.number, label=names[0])
        if entry.port.remote is not None:
            return None
        refused = None if _isOwn(entry) else self._shut()
        return refused or self._reaching.problem(entry.port.userid)


def _isOwn(entry: Entry) -> bool:
    """
    Whether only this machine's own clients can come, who are always exempt.
    """
    return addressOf(hostAndNumber(entry.assignment.local)[0]) in _OWN


def barredPorts(entries: Collection[Entry]) -> dict[SecurePort, str]:
    """
    Return the ports that let nobody in, each with the list, C{ALLOW} or C{DENY}, because of which.  A network
    of one version of IP says nothing about the socket of the other, which another client may use.
    """
    versions: dict[SecurePort, set[int]] = {}
    for entry in entries:
        versions.setdefault(entry.port, set()).add(6 if entry.assignment.local.startswith("[") else 4)
    return {port: word for port, each in versions.items() if (word := _bar(port, each))}


def _bar(port: SecurePort, versions: Collection[int]) -> str:
    allowed = [each for each in map(ip_network, port.allow or EVERYBODY) if each.version in versions]
    if not allowed:
        return "ALLOW"
    four = [each for each in map(ip_network, port.deny) if isinstance(each, IPv4Network)]
    six = [each for each in map(ip_network, port.deny) if isinstance(each, IPv6Network)]
    # Halves of a network are as good as the whole.
    denied: set[IPv4Network | IPv6Network] = {*collapse_addresses(four), *collapse_addresses(six)}
    return "DENY" if all(_isWithin(each, denied) for each in allowed) else ""


def _isWithin(network: IPv4Network | IPv6Network, others: Collection[IPv4Network | IPv6Network]) -> bool:
    """
    Whether one of C{others}, of which none can be joined with another, has all of C{network}.
    """
    return any(network.supernet(new_prefix=length) in others for length in range(network.prefixlen + 1))
