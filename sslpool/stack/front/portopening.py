# -*- test-case-name: tests.stack.front.test_ports -*-
"""
Opens the sockets of secure ports, and says why one cannot be opened.  Lives in the stack process.
"""

from __future__ import annotations

import socket
from collections.abc import Collection

from attrs import define

from sslpool.config.configuration import SecurePort
from sslpool.messages import OperatorError
from sslpool.stack.front.destinations import hostAndNumber
from sslpool.stack.front.listeningsockets import boundSocket
from sslpool.stack.front.portlabels import checkServed, lacking
from sslpool.stack.front.portowners import Neighbours
from sslpool.wire.assignment import PortAssignment


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


def openEntries(
    entries: dict[int, Entry], labels: Collection[str], unusable: Collection[str] = (), unread: Collection[str] = ()
) -> tuple[list[tuple[int, socket.socket]], list[OperatorError]]:
    """
    Listen for those of C{entries} that have no socket yet; see L{sslpool.stack.front.ports.Ports.open}.
    """
    opened: list[tuple[int, socket.socket]] = []
    problems: dict[tuple[int, str | None, str], OperatorError] = {}
    neighbours = Neighbours()
    for key, entry in entries.items():
        if entry.listening is not None:
            continue
        try:
            checkServed(entry.port, labels, unusable, unread)
            entry.listening, entry.problem = _open(entry, neighbours), None
        except OperatorError as error:
            entry.problem = error
            # Once for what IPv4 and IPv6 have in common.
            problems.setdefault((entry.port.number, entry.port.bind, error.said.id), error)
        else:
            opened.append((key, entry.listening))
            for name, warning in lacking(entry.port, labels).items():
                problems.setdefault((entry.port.number, entry.port.bind, name), warning)
    return opened, list(problems.values())


def _open(entry: Entry, neighbours: Neighbours) -> socket.socket:
    try:
        return boundSocket(*hostAndNumber(entry.assignment.local))
    except (OSError, UnicodeError) as error:
        raise neighbours.refusal(entry.assignment.local, error) from error
