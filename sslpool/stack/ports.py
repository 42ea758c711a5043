# -*- test-case-name: tests.stack.test_ports -*-
"""
The secure ports: which there are, where their cleartext goes, and whether the
stack listens on them.  Lives in the stack process.
"""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterable, Mapping

from attrs import define, evolve
from twisted.logger import Logger

from sslpool.config.configuration import SecurePort
from sslpool.config.dataconnections import DataConnections
from sslpool.keepalive import keepAlive
from sslpool.messages import OperatorError, operatorError
from sslpool.messages.announce import announce
from sslpool.pool.assignment import Address, PortAssignment
from sslpool.reports.records import ListenerRecord
from sslpool.stack.names import Names, hostAndNumber, waits
from sslpool.stack.neighbours import Neighbours
from sslpool.starttls.protocols import busyWords

BACKLOG = 4096
"""
How many connections the kernel may keep waiting on a listening socket; it takes
less where C{net.core.somaxconn} says so.
"""

FINAL = ("SSLP020E",)
"""
Why ports are closed that do not open by themselves; every other reason may pass.
"""


@define
class Entry:
    """
    A listening socket that there is or should be.

    @ivar port: the statement that asks for it.
    @ivar assignment: what servers are told about it.
    @ivar listening: the socket; C{None} while the stack does not listen.
    @ivar problem: why it could not be opened, or C{None}.
    @ivar served: connections are accepted from the socket.
    """

    port: SecurePort
    assignment: PortAssignment
    listening: socket.socket | None = None
    problem: OperatorError | None = None
    served: bool = False

    @property
    def waits(self) -> bool:
        """
        The name of the application is not known yet: nobody is let in whom nobody could serve.
        A remote host's port is open all the same, since it is this machine that connects to it.
        """
        return not self.assignment.addresses and self.port.remote is None


class Ports:
    """
    All secure ports.

    @ivar names: what is known of the names of applications and remote hosts.
    @param ports: the PORT statements with SECURE.
    """

    log = Logger()

    def __init__(self, ports: Iterable[SecurePort]) -> None:
        self.names = Names()
        self._nextKey = 0
        self._entries: dict[int, Entry] = {}
        self.replace(self.entriesFor(ports))

    def entriesFor(self, ports: Iterable[SecurePort]) -> dict[int, Entry]:
        """
        Return the entries for C{ports}.  Where there is a socket already, its
        key and the socket stay, whatever else changes.
        """
        present = {entry.assignment.local: entry for entry in self._entries.values()}
        entries: dict[int, Entry] = {}
        for port in ports:
            addresses = self.names.addresses(port.address)
            for host in listeningHosts(port):
                local = f"[{host}]:{port.number}" if ":" in host else f"{host}:{port.number}"
                before = present.get(local)
                key = self._newKey() if before is None else before.assignment.key
                kind = (*_onTheWay(port), port.remote, port.policy)
                assignment = PortAssignment(key, local, port.userid, port.label, addresses, *kind)
                entry = entries[key] = Entry(port, assignment)
                if before is not None:
                    entry.listening, entry.problem, entry.served = before.listening, before.problem, before.served
        return entries

    def learn(self, address: str, found: Iterable[Address]) -> list[PortAssignment]:
        """
        Take what is behind a name now; return what servers are to be told.
        """
        addresses = self.names.learn(address, found)
        changed = []
        for entry in self._entries.values():
            if entry.port.address == address and entry.assignment.addresses != addresses:
                entry.assignment = evolve(entry.assignment, addresses=addresses)
                changed.append(entry.assignment)
        return changed

    def replace(self, entries: dict[int, Entry]) -> list[int]:
        """
        Take these entries; return the keys of those that are gone.
        """
        gone = [key for key in self._entries if key not in entries]
        self._entries = entries
        self.names.keep({entry.port.address: entry.port for entry in entries.values()})
        return gone

    def objections(self, entries: Mapping[int, Entry]) -> list[OperatorError]:
        """
        Return why C{entries} cannot take the place of the present ones: why those that are new are
        closed.  A port that is held by one of ours which is to go is free as soon as that is gone.
        """
        leaving = {entry.port.number for key, entry in self._entries.items() if key not in entries and entry.listening}
        return [
            entry.problem
            for key, entry in entries.items()
            if entry.problem is not None
            and key not in self._entries
            and (entry.problem.message.id in FINAL or entry.port.number not in leaving)
        ]

    def unserved(self) -> list[int]:
        """
        Give up the sockets of ports that have come to wait for a name; return their keys.
        """
        waiting = [key for key, entry in self._entries.items() if entry.waits and entry.served]
        for key in waiting:
            self._entries[key].listening, self._entries[key].served = None, False
        return waiting

    def _newKey(self) -> int:
        self._nextKey += 1
        return self._nextKey

    def assignments(self) -> list[PortAssignment]:
        """
        Return what servers are told.
        """
        return [entry.assignment for entry in self._entries.values()]

    def farewell(self, key: int) -> bytes:
        """
        Return what a client of a port is told when no server takes its
        connection: nothing where it expects TLS from the beginning.
        """
        entry = self._entries.get(key)
        if entry is None or not entry.assignment.dynamic or entry.assignment.implicit:
            return b""
        return busyWords(entry.assignment.dynamic, entry.assignment.security)

    def listeners(self) -> list[ListenerRecord]:
        """
        Return the ports on which the stack listens.
        """
        return [record for record in self.records() if record.state == "Listen"]

    def records(self) -> list[ListenerRecord]:
        """
        Return all secure ports, with those that could not be opened.
        """
        return [self._record(entry) for entry in self._entries.values()]

    def _record(self, entry: Entry) -> ListenerRecord:
        closed = entry.listening is None or entry.waits
        port, state = entry.port, "Closed" if closed else "Listen"
        reason = self._reason(entry) if closed else ""
        return ListenerRecord(port.userid, entry.assignment.local, port.label, port.address, state, reason)

    def _reason(self, entry: Entry) -> str:
        """
        Return the message why the stack does not listen, as far as there is one.
        """
        if entry.problem is not None:
            return entry.problem.text
        return waits(entry.port, self.names.unknown.get(entry.port.address, "")) if entry.waits else ""

    def waits(self, key: int) -> bool:
        """
        Whether a port waits for the name of its application.
        """
        return self._entries[key].waits

    def hopeless(self, final: Collection[str]) -> bool:
        """
        Whether no port can be opened by itself.

        @param final: the ids of the reasons that do not pass.
        """
        problems = [entry.problem for entry in self._entries.values()]
        return bool(problems) and all(each is not None and each.message.id in final for each in problems)

    def labelsInUse(self) -> set[str]:
        """
        Return the labels of the ports on which the stack listens.
        """
        ports = [entry.port for entry in self._entries.values() if entry.listening is not None]
        names = {name for port in ports for name in (port.label, *(label.name for label in port.policy.labels))}
        # A port that is never secured on the way has none.
        return names - {""}

    def open(self, labels: Collection[str]) -> tuple[list[tuple[int, socket.socket]], list[OperatorError]]:
        """
        Listen on every port that can be opened and is not open yet.

        @param labels: the labels that the key database has.
        @return: key and socket of each port that has been opened, and why others have not.
        """
        return openEntries(self._entries, labels)

    def retry(self, labels: Collection[str]) -> tuple[list[tuple[int, socket.socket]], list[OperatorError]]:
        """
        Open what could not be opened before; as L{open}, but return only problems that are new.
        """
        said = {entry.problem.text for entry in self._entries.values() if entry.problem is not None}
        opened, problems = self.open(labels)
        return opened, [problem for problem in problems if problem.text not in said]

    def listen(self, key: int, listening: socket.socket) -> None:
        """
        Listen on a socket that has been opened; where another program was
        faster, the port is as if it had not been opened.

        @raise OperatorError: another program was faster.
        """
        entry = self._entries[key]
        try:
            listening.listen(BACKLOG)
        except OSError as error:
            listening.close()
            entry.listening, entry.problem = None, Neighbours().refusal(entry.assignment.local, error)
            raise entry.problem from error
        entry.served = True

    def announceOpen(self, key: int) -> None:
        """
        Log that the stack listens on a port.
        """
        entry = self._entries[key]
        if entry.port.remote is not None:
            announce(
                self.log,
                "SSLP758I",
                local=entry.assignment.local,
                application=entry.port.userid,
                address=entry.port.address,
                name=entry.port.remote.name,
            )
            return
        announce(
            self.log,
            "SSLP023I",
            local=entry.assignment.local,
            label=" ".join(dict.fromkeys((entry.port.label, *(label.name for label in entry.port.policy.labels)))),
            application=entry.port.userid,
            address=entry.port.address,
        )


def openEntries(
    entries: dict[int, Entry], labels: Collection[str]
) -> tuple[list[tuple[int, socket.socket]], list[OperatorError]]:
    """
    Listen for those of C{entries} that have no socket yet; see L{Ports.open}.
    """
    opened: list[tuple[int, socket.socket]] = []
    problems: dict[tuple[SecurePort, str], OperatorError] = {}
    neighbours = Neighbours()
    for key, entry in entries.items():
        if entry.listening is not None:
            continue
        try:
            entry.listening, entry.problem = _open(entry, labels, neighbours), None
        except OperatorError as error:
            entry.problem = error
            # Once for what IPv4 and IPv6 have in common.
            problems.setdefault((entry.port, error.message.id), error)
        else:
            opened.append((key, entry.listening))
    return opened, list(problems.values())


def _open(entry: Entry, labels: Collection[str], neighbours: Neighbours) -> socket.socket:
    checkLabel(entry.port, labels)
    try:
        return boundSocket(*hostAndNumber(entry.assignment.local))
    except (OSError, UnicodeError) as error:
        raise neighbours.refusal(entry.assignment.local, error) from error


def checkLabel(port: SecurePort, labels: Collection[str]) -> None:
    """
    Check that there is a certificate for each label of a port, where it is to have one.

    @raise OperatorError: SSLP020E, there is none.
    """
    own = (port.label,) if port.label or (port.dynamic is None and port.remote is None) else ()
    for name in (*own, *(label.name for label in port.policy.labels)):
        if name not in labels:
            raise operatorError("SSLP020E", port=port.number, label=name)


def _onTheWay(port: SecurePort) -> tuple[str, str, bool, DataConnections | None]:
    """
    Return what makes a port one of dynamic SSL, in the order of L{PortAssignment}.
    """
    dynamic = port.dynamic
    if dynamic is None:
        return "", "", False, None
    return dynamic.protocol, dynamic.security, dynamic.implicit, dynamic.data


def listeningHosts(port: SecurePort) -> tuple[str, ...]:
    """
    Return the addresses to listen on.  Cleartext for a remote host is taken from this
    machine only, unless BIND says otherwise.
    """
    if port.bind:
        return (port.bind,)
    hosts = wildcards()
    return ("127.0.0.1", "::1")[: len(hosts)] if port.inside or port.remote is not None else hosts


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
    Return a socket that listens.

    @param host: a numeric address, IPv4 or IPv6.
    @raise OSError: it cannot be opened.
    """
    listening = boundSocket(host, port)
    try:
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def boundSocket(host: str, port: int) -> socket.socket:
    """
    Return a socket that has its address and does not listen yet.  What is set
    here is inherited by the accepted sockets.

    @param host: a numeric address, IPv4 or IPv6.
    @raise OSError: it cannot be had; also where another socket listens there.
    """
    # Numeric, so nobody is asked; and IPv6 with the zone that it may have (RFC 4007).
    family, kind, _, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST | socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keepAlive(listening)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(address)
    except OSError:
        listening.close()
        raise
    return listening
