# -*- test-case-name: tests.stack.test_ports -*-
"""
The secure ports: which there are, where their cleartext goes, and whether the
stack listens on them.  Lives in the stack process.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Collection, Iterable

from attrs import define
from twisted.logger import Logger

from sslpool.config.configuration import SecurePort
from sslpool.messages import OperatorError, operatorError
from sslpool.messages.announce import announce
from sslpool.pool.assignment import Address, PortAssignment
from sslpool.reports.records import ListenerRecord

BACKLOG = 4096
"""
How many connections the kernel may keep waiting on a listening socket; it takes
less where C{net.core.somaxconn} says so.
"""

Resolve = Callable[[str, int], list[Address]]


@define
class Entry:
    """
    A listening socket that there is or should be.

    @ivar port: the statement that asks for it.
    @ivar assignment: what servers are told about it.
    @ivar listening: the socket; C{None} while the stack does not listen.
    """

    port: SecurePort
    assignment: PortAssignment
    listening: socket.socket | None = None


class Ports:
    """
    All secure ports.

    @param ports: the PORT statements with SECURE.
    @param resolve: turns a host and port into addresses.
    @raise OperatorError: the name of an application's host is not known.
    """

    log = Logger()

    def __init__(self, ports: Iterable[SecurePort], resolve: Resolve) -> None:
        self._entries: list[Entry] = []
        for port in ports:
            addresses = tuple(applicationAddresses(port, resolve))
            for host in (port.bind,) if port.bind else wildcards():
                key = len(self._entries)
                local = f"[{host}]:{port.number}" if ":" in host else f"{host}:{port.number}"
                assignment = PortAssignment(key, local, port.userid, port.label, addresses)
                self._entries.append(Entry(port, assignment))

    def assignments(self) -> list[PortAssignment]:
        """
        Return what servers are told.
        """
        return [entry.assignment for entry in self._entries]

    def listeners(self) -> list[ListenerRecord]:
        """
        Return the ports on which the stack listens.
        """
        return [
            ListenerRecord(entry.port.userid, entry.assignment.local, entry.port.label, entry.port.address)
            for entry in self._entries
            if entry.listening is not None
        ]

    def open(self, labels: Collection[str]) -> tuple[list[tuple[int, socket.socket]], list[OperatorError]]:
        """
        Listen on every port that can be opened and is not open yet.

        @param labels: the labels that the key database has.
        @return: key and socket of each port that has been opened, and why others have not.
        """
        opened: list[tuple[int, socket.socket]] = []
        problems: list[OperatorError] = []
        for key, entry in enumerate(self._entries):
            if entry.listening is not None:
                continue
            try:
                entry.listening = self._open(entry, labels)
            except OperatorError as error:
                problems.append(error)
            else:
                opened.append((key, entry.listening))
        return opened, _once(problems)

    def _open(self, entry: Entry, labels: Collection[str]) -> socket.socket:
        port, local = entry.port, entry.assignment.local
        if port.label not in labels:
            raise operatorError("SSLP020E", port=port.number, label=port.label)
        host = port.bind or entry.assignment.local.rpartition(":")[0].strip("[]")
        try:
            return listeningSocket(host, port.number)
        except OSError as error:
            reason = error.strerror or str(error)
            messageId = "SSLP021E" if error.errno == errno.EADDRINUSE else "SSLP022E"
            raise operatorError(messageId, local=local, reason=reason) from error

    def announceOpen(self) -> None:
        """
        Log on which ports the stack listens.
        """
        for entry in self._entries:
            if entry.listening is not None:
                announce(
                    self.log,
                    "SSLP023I",
                    local=entry.assignment.local,
                    label=entry.port.label,
                    application=entry.port.userid,
                    address=entry.port.address,
                )


def _once(problems: list[OperatorError]) -> list[OperatorError]:
    """
    Return the problems without repeating one that IPv4 and IPv6 have in common.
    """
    return list({problem.text: problem for problem in problems}.values())


def wildcards() -> tuple[str, ...]:
    """
    Return the addresses that stand for all, of the families that this machine has.
    """
    return ("0.0.0.0", "::") if socket.has_dualstack_ipv6() or _hasIPv6() else ("0.0.0.0",)


def _hasIPv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def listeningSocket(host: str, port: int) -> socket.socket:
    """
    Return a socket that listens.  What is set here is inherited by the accepted sockets.

    @param host: a numeric address, IPv4 or IPv6.
    @raise OSError: it cannot be opened.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def applicationAddresses(port: SecurePort, resolve: Resolve) -> list[Address]:
    """
    Return the addresses behind C{host:port}, C{[v6]:port} or a path.

    @raise OperatorError: the host's name is not known.
    """
    if port.address.startswith("/"):
        return [Address(socket.AF_UNIX, port.address, 0)]
    host, _, number = port.address.rpartition(":")
    try:
        return resolve(host.strip("[]"), int(number))
    except OSError as error:
        reason = error.strerror or str(error)
        raise operatorError("SSLP024E", application=port.userid, address=port.address, reason=reason) from error


def resolved(host: str, port: int) -> list[Address]:
    """
    Return the addresses of a host, in the order in which they are to be tried
    (RFC 6724, as the system's resolver has it).

    @raise OSError: the name is not known.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [Address(int(family), str(address[0]), int(address[1])) for family, _, _, _, address in found]
