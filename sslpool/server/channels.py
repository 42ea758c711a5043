# -*- test-case-name: tests.server.test_ftp -*-
"""
The data connections of one FTP control session: where they are expected, who may make them, and
how many there can be.  Lives in a server process.

A data connection comes from the control connection's own client or application, and goes to the
other of the two, never to a third.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from errno import EINPROGRESS
from itertools import chain, islice
from secrets import randbelow
from select import EPOLLIN
from typing import TYPE_CHECKING

from attrs import evolve

from sslpool.config.dataconnections import DataConnections
from sslpool.keepalive import isDistant, keepAlive
from sslpool.pool.segment import Shortage
from sslpool.server.binding import Bound
from sslpool.server.data import openData
from sslpool.server.origin import comeFrom
from sslpool.server.outcome import Outcome
from sslpool.server.sides import Phase, Sides
from sslpool.starttls.contract import Listen
from sslpool.starttls.ftp import Ftp
from sslpool.starttls.ftpaddresses import sameHost

if TYPE_CHECKING:
    from sslpool.pool.assignment import PortAssignment
    from sslpool.server.relay import Relay

MOST = 8
"""
The most data connections that one control session may have.
"""

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

NUMBERED = 1 << 32
"""
Data connections have their control session's number, and a multiple of this.
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
        relay: Relay,
        listening: socket.socket,
        hosts: tuple[str, ...],
        deadline: float,
        accepted: Callable[[socket.socket, tuple[str, int]], None],
    ) -> None:
        self._relay = relay
        self._listening = listening
        self._hosts = hosts
        self._accepted = accepted
        self._strangers = 0
        self.deadline = deadline
        relay.intake.carry(1)
        relay.watch(listening.fileno(), 0, EPOLLIN, self.event)

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
            self._relay.intake.lack(Shortage.DESCRIPTORS)
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
        self._relay.outcomes[Outcome.STRANGER] += 1
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
            self._relay.watch(self._listening.fileno(), EPOLLIN, 0, self.event)
            self._listening.close()
            self._relay.intake.carry(-1)


class Channels:
    """
    The data connections of one control session.

    @ivar closed: the control session has ended.
    @ivar bound: what they must resume, where they must.
    @param control: the control session.
    @param terms: what the application's entry says about them.
    @param dialogue: the dialogue from which they come.
    """

    def __init__(self, relay: Relay, control: Sides, terms: DataConnections, dialogue: Ftp) -> None:
        self._relay = relay
        self._dialogue = dialogue
        self._control = control
        self._terms = terms
        self._expected: Expected | None = None
        self._open: set[Sides] = set()
        self._count = 0
        self.closed = False
        self.bound: Bound | None = None

    @property
    def reuse(self) -> bool:
        """
        Data connections have to resume the control connection's TLS session.
        """
        return self._terms.reuse

    @property
    def busy(self) -> bool:
        """
        Data is under way.
        """
        return bool(self._open)

    @property
    def uploading(self) -> bool:
        """
        The client is about to send and not to receive.
        """
        return self._dialogue.uploading

    def expect(self, listen: Listen, client: tuple[str, str], application: tuple[str, str]) -> tuple[str, int] | None:
        """
        Expect a data connection instead of any that is still expected.

        @param client: our own host on the client's side, and the client's.
        @param application: our own host on the application's side, and the application's.
        @return: where it is expected, as the other side is to be told, or C{None} where it cannot be.
        """
        self.forget()
        if self._isFull() or (listen.protected and self._control.port.label not in self._relay.labels):
            return None
        ours, theirs = client if listen.passive else application
        first, last = (self._terms.first, self._terms.last) if listen.passive else (0, 0)
        try:
            listening = _listening(ours, first, last)
        except OSError:
            self._relay.intake.lack(Shortage.DESCRIPTORS)
            return None
        if listening is None:
            return None
        port: int = listening.getsockname()[1]
        local = f"[{client[0]}]" if ":" in client[0] else client[0]

        def accepted(connection: socket.socket, address: tuple[str, int]) -> None:
            self._expected = None
            if listen.passive:
                other = _toApplication(application[1], listen.port, self._control.port, self._relay)
                self._carry(listen, connection, other, address, f"{local}:{port}")
            else:
                other = _toClient(client[1], listen.port, client[0])
                self._carry(listen, other, connection, (client[1], listen.port), local)

        # An application that chooses no address comes from the one that it connects to, where that is our own.
        source = self._control.port.source
        hosts = (theirs,) if listen.passive or not source else (theirs, source)
        self._expected = Expected(self._relay, listening, hosts, self._relay.now + EXPECTED, accepted)
        announced = self._terms.address if listen.passive and self._terms.address else ours
        return announced, port

    def _isFull(self) -> bool:
        """
        Tell whether there can be no more data connections, of this session or in this server.
        """
        full = self._relay.intake.full
        if full:
            self._relay.observer.dataFull()
        elif len(self._open) < MOST:
            return False
        self._relay.outcomes[Outcome.DATA_FULL] += 1
        return True

    def _carry(
        self,
        listen: Listen,
        client: socket.socket | None,
        application: socket.socket | None,
        peer: tuple[str, int],
        local: str,
    ) -> None:
        """
        Both sides of a data connection are there, unless one could not be reached.
        """
        if client is not None and application is not None:
            self._count += 1
            number = self._control.number + self._count * NUMBERED
            port = evolve(self._control.port, local=local)
            with suppress(KeyError):  # the label has gone from the key database meanwhile
                session = openData(
                    self._relay,
                    self,
                    number,
                    port,
                    client,
                    application,
                    peer,
                    listen.protected,
                    not listen.passive,
                )
                self._open.add(session)
                self._relay.intake.carry(1)
                return
        for each in (client, application):
            if each is not None:
                each.close()

    def dataEnded(self, session: Sides) -> None:
        """
        A data connection has ended.
        """
        self._open.discard(session)
        self._relay.intake.carry(-1)

    def sweep(self, now: float) -> None:
        """
        Look at the time limit.
        """
        if self._expected is not None and now > self._expected.deadline:
            self.forget()

    def forget(self) -> None:
        """
        Wait for no data connection any more.
        """
        expected, self._expected = self._expected, None
        if expected is not None:
            expected.close()

    def close(self, inOrder: bool) -> None:
        """
        The control session has ended, and with it ends what belongs to it; a transfer that is under
        way when both sides have ended in order is completed (RFC 959 section 4.1.1, QUIT).
        """
        self.closed = True
        self.forget()
        for session in list(self._open):
            if not inOrder or session.phase in (Phase.HANDSHAKE, Phase.CONNECTING):
                session.end(Outcome.CONTROL_ENDED)


def _listening(host: str, first: int, last: int) -> socket.socket | None:
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


def _toClient(host: str, port: int, source: str) -> socket.socket | None:
    """
    Return a socket that connects to a client from the host that it knows, or C{None} where that has
    failed at once.
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


def _toApplication(host: str, port: int, control: PortAssignment, relay: Relay) -> socket.socket | None:
    """
    Return a socket that connects to an application, from where its control connection comes, or
    C{None} where that has failed at once.
    """
    connection = _connectionTo(host)
    if connection is None:
        return None
    if control.source and comeFrom(connection, control, relay):
        connection.close()
        return None
    return _connecting(connection, host, port)


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
