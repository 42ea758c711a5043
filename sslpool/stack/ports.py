# -*- test-case-name: tests.stack.test_ports -*-
"""
The secure ports: which there are, where their cleartext goes, and whether the
stack listens on them.  Lives in the stack process.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Collection, Iterable, Sequence

from attrs import define, evolve
from twisted.logger import Logger

from sslpool.config.configuration import SecurePort
from sslpool.config.dataconnections import DataConnections
from sslpool.messages import OperatorError, operatorError
from sslpool.messages.announce import announce
from sslpool.pool.assignment import Address, PortAssignment
from sslpool.reports.records import ListenerRecord
from sslpool.stack.portlabels import checkServed, labelsOf
from sslpool.starttls.protocols import busyWords

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
        self._resolve = resolve
        self._nextKey = 0
        self._entries: dict[int, Entry] = {}
        self._entries = self.entriesFor(ports)

    def entriesFor(self, ports: Iterable[SecurePort]) -> dict[int, Entry]:
        """
        Return the entries for C{ports}.  Where there is a socket already, its
        key and the socket stay, whatever else changes.

        @raise OperatorError: the name of an application's host is not known.
        """
        present = {entry.assignment.local: entry for entry in self._entries.values()}
        entries: dict[int, Entry] = {}
        for port in ports:
            addresses = tuple(self._addresses(port))
            for host in _hosts(port):
                local = f"[{host}]:{port.number}" if ":" in host else f"{host}:{port.number}"
                before = present.get(local)
                key = self._newKey() if before is None else before.assignment.key
                kind = (*_onTheWay(port), port.remote, port.policy)
                assignment = PortAssignment(key, local, port.userid, port.label, addresses, *kind)
                entries[key] = Entry(port, assignment, None if before is None else before.listening)
        return entries

    def _addresses(self, port: SecurePort) -> list[Address]:
        """
        Return where connections go.  A remote host may be looked up later.
        """
        try:
            return applicationAddresses(port, self._resolve)
        except OperatorError:
            if port.remote is None:
                raise
            return []

    def remotes(self) -> list[SecurePort]:
        """
        Return the ports from which TLS goes to remote hosts.
        """
        return [entry.port for entry in self._entries.values() if entry.port.remote is not None]

    def renew(self, port: SecurePort, addresses: Sequence[Address]) -> list[PortAssignment]:
        """
        Take the addresses of a remote host as they are now; return what servers are to be told.
        """
        changed = []
        for entry in self._entries.values():
            if entry.port == port and entry.assignment.addresses != tuple(addresses):
                entry.assignment = evolve(entry.assignment, addresses=tuple(addresses))
                changed.append(entry.assignment)
        return changed

    def replace(self, entries: dict[int, Entry]) -> list[int]:
        """
        Take these entries; return the keys of those that are gone.
        """
        gone = [key for key in self._entries if key not in entries]
        self._entries = entries
        return gone

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
        return [
            ListenerRecord(
                entry.port.userid,
                entry.assignment.local,
                entry.port.label,
                entry.port.address,
                "Closed" if entry.listening is None else "Listen",
            )
            for entry in self._entries.values()
        ]

    def labelsInUse(self) -> set[str]:
        """
        Return the labels of the ports on which the stack listens.
        """
        ports = [entry.port for entry in self._entries.values() if entry.listening is not None]
        names = {name for port in ports for name in (port.label, *(label.name for label in port.policy.labels))}
        # A port that is never secured on the way has none.
        return names - {""}

    def open(
        self, labels: Collection[str], unusable: Collection[str] = ()
    ) -> tuple[list[tuple[int, socket.socket]], list[OperatorError]]:
        """
        Listen on every port that can be opened and is not open yet.

        @param labels: the labels that the key database has.
        @param unusable: those that no server can use.
        @return: key and socket of each port that has been opened, and why others have not.
        """
        return openEntries(self._entries, labels, unusable)

    def checkServed(self, key: int, labels: Collection[str], unusable: Collection[str]) -> None:
        """
        See that servers have a label for a port that has been opened before any could say so;
        without one it is as if it had not been opened.

        @raise OperatorError: SSLP175E, they have none.
        """
        entry = self._entries[key]
        try:
            checkServed(entry.port, labels, unusable)
        except OperatorError:
            entry.listening = None
            raise

    def listen(self, key: int, listening: socket.socket) -> None:
        """
        Listen on a socket that has been opened; where another program was
        faster, the port is as if it had not been opened.

        @raise OperatorError: another program was faster.
        """
        try:
            listening.listen(BACKLOG)
        except OSError as error:
            listening.close()
            self._entries[key].listening = None
            raise _cannotListen(self._entries[key].assignment.local, error) from error

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
    entries: dict[int, Entry], labels: Collection[str], unusable: Collection[str] = ()
) -> tuple[list[tuple[int, socket.socket]], list[OperatorError]]:
    """
    Listen for those of C{entries} that have no socket yet; see L{Ports.open}.
    """
    opened: list[tuple[int, socket.socket]] = []
    problems: dict[tuple[SecurePort, str], OperatorError] = {}
    for key, entry in entries.items():
        if entry.listening is not None:
            continue
        try:
            checkServed(entry.port, labels, unusable)
            entry.listening = _open(entry)
        except OperatorError as error:
            # Once for what IPv4 and IPv6 have in common.
            problems.setdefault((entry.port, error.message.id), error)
        else:
            opened.append((key, entry.listening))
            for name in labelsOf(entry.port):
                if name not in labels:
                    lacking = operatorError("SSLP178W", port=entry.port.number, label=name)
                    problems.setdefault((entry.port, name), lacking)
    return opened, list(problems.values())


def _open(entry: Entry) -> socket.socket:
    port, local = entry.port, entry.assignment.local
    try:
        return boundSocket(local.rpartition(":")[0].strip("[]"), port.number)
    except (OSError, UnicodeError) as error:
        raise _cannotListen(local, error) from error


def _cannotListen(local: str, error: OSError | UnicodeError) -> OperatorError:
    messageId = "SSLP021E" if getattr(error, "errno", None) == errno.EADDRINUSE else "SSLP022E"
    return operatorError(messageId, local=local, reason=_reason(error))


def _onTheWay(port: SecurePort) -> tuple[str, str, bool, DataConnections | None]:
    """
    Return what makes a port one of dynamic SSL, in the order of L{PortAssignment}.
    """
    dynamic = port.dynamic
    if dynamic is None:
        return "", "", False, None
    return dynamic.protocol, dynamic.security, dynamic.implicit, dynamic.data


def _hosts(port: SecurePort) -> tuple[str, ...]:
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
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((host, port))
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
    except (OSError, UnicodeError) as error:
        raise operatorError(
            "SSLP024E", application=port.userid, address=port.address, reason=_reason(error)
        ) from error


def _reason(error: OSError | UnicodeError) -> str:
    """
    Return why an address cannot be used.  A name that is longer than names can
    be is a C{UnicodeError} of its encoding.
    """
    return getattr(error, "strerror", None) or str(error)


def resolved(host: str, port: int) -> list[Address]:
    """
    Return the addresses of a host, in the order in which they are to be tried
    (RFC 6724, as the system's resolver has it).

    @raise OSError: the name is not known.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [Address(int(family), str(address[0]), int(address[1])) for family, _, _, _, address in found]
