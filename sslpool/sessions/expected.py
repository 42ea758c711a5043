# -*- test-case-name: tests.sessions.test_ftp -*-
"""
How a data connection of FTP comes about: it is expected on one side, and made on the other.  Lives in a server process.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from errno import EINPROGRESS
from itertools import chain, islice
from secrets import randbelow
from select import EPOLLIN

from sslpool.keepalive import isDistant, keepAlive
from sslpool.sessions.origin import comeFrom
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.session import Host
from sslpool.sessions.sockets import resetAtEnd
from sslpool.starttls.ftpaddresses import sameHost
from sslpool.wire.assignment import PortAssignment
from sslpool.wire.segment import Shortage

EXPECTED = 120.0
"""
How long a data connection is waited for, in seconds.
"""

STRANGERS = 100
"""
So many connections of others are refused before the client's is no longer waited for.
"""

ATTEMPTS = 256
"""
The most ports of a range that are tried.
"""


class Expected:
    """
    A listening socket for one connection.

    @param hosts: from where it may come.
    @param deadline: how long it is waited for.
    @param accepted: takes the connection and its address.
    """

    def __init__(
        self,
        host: Host,
        listening: socket.socket,
        hosts: tuple[str, ...],
        deadline: float,
        accepted: Callable[[socket.socket, tuple[str, int]], None],
    ) -> None:
        self._host = host
        self._listening = listening
        self._hosts = hosts
        self._accepted = accepted
        self._strangers = 0
        self.deadline = deadline
        host.carry(1)
        host.watch(listening.fileno(), 0, EPOLLIN, self.event)

    def event(self, events: int) -> None:
        """
        Somebody has connected.
        """
        if self._listening.fileno() < 0:
            return
        try:
            connection, address = self._listening.accept()
        except (BlockingIOError, ConnectionError):
            return
        except OSError:
            # No descriptor is left: whoever waits there learns it.
            self.close()
            self._host.lack(Shortage.DESCRIPTORS)
            return
        try:
            self._decide(connection, address)
        except BaseException:
            connection.close()
            raise

    def _decide(self, connection: socket.socket, address: tuple[str, int]) -> None:
        if any(sameHost(address[0], host) for host in self._hosts):
            self.close()
            connection.setblocking(False)
            self._accepted(connection, (address[0], address[1]))
            return
        connection.close()
        self._host.outcomes[Outcome.STRANGER] += 1
        self._strangers += 1
        if self._strangers >= STRANGERS:
            self.close()

    def fail(self) -> None:
        """
        There was a fault of ours: whoever waits for the connection learns that it is not to be had.
        """
        self.close()

    def close(self) -> None:
        """
        Wait no longer.
        """
        if self._listening.fileno() >= 0:
            self._host.watch(self._listening.fileno(), EPOLLIN, 0, self.event)
            self._listening.close()
            self._host.carry(-1)


def drop(connection: socket.socket) -> None:
    """
    Close a connection that comes to nothing, so that its end is not taken for that of an empty file.
    """
    resetAtEnd(connection)
    connection.close()


def listening(host: str, first: int, last: int) -> socket.socket | None:
    """
    Return a socket that listens on a free port of a range, or on any; C{None} where there is none.

    @raise OSError: no descriptor is left.
    """
    for port in _ports(first, last):
        # A socket that is bound stays so, though it could not listen: each port has another.
        listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        try:
            listening.setblocking(False)
            keepAlive(listening)
            listening.bind((host, port))
            listening.listen(1)
        except OSError:
            listening.close()
        else:
            return listening
    return None


def _ports(first: int, last: int) -> Iterator[int]:
    if not first:
        return iter([0])
    start = first + randbelow(last + 1 - first)
    return islice(chain(range(start, last + 1), range(first, start)), ATTEMPTS)


def toClient(host: str, port: int, source: str) -> socket.socket | None:
    """
    Return a socket that connects to a client from the host that it knows, or C{None} where that has failed at once.
    """
    connection = _connectionTo(host)
    if connection is None:
        return None
    try:
        connection.bind((source, 0))
    except OSError:
        connection.close()
        return None
    return _connecting(connection, host, port)


def toApplication(where: str, port: int, control: PortAssignment, host: Host) -> socket.socket | None:
    """
    Return a socket that connects to an application, from where its control connection comes, or
    C{None} where that has failed at once.
    """
    connection = _connectionTo(where)
    if connection is None:
        return None
    if control.source and comeFrom(connection, control, host):
        connection.close()
        return None
    return _connecting(connection, where, port)


def _connectionTo(host: str) -> socket.socket | None:
    try:
        connection = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError:
        return None
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if isDistant(host):
        keepAlive(connection)
    return connection


def _connecting(connection: socket.socket, host: str, port: int) -> socket.socket | None:
    if connection.connect_ex((host, port)) in (0, EINPROGRESS):
        return connection
    connection.close()
    return None
