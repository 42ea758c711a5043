# -*- test-case-name: tests.stack.test_prospects -*-
"""
What new clients meet before a server has them: whether the stack can accept connections, whether their port is
open and has a label, and whether the application can be reached.  Lives in the stack process.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Sequence

from zope.interface import implementer

from sslpool.interfaces import IProspects
from sslpool.messages import Said, said
from sslpool.pool.serving import PortFacts
from sslpool.reasons import reasonOf
from sslpool.stack.opening import Entry
from sslpool.stack.portlabels import labelsOf
from sslpool.stack.ports import Ports
from sslpool.stack.reaching import Reaching


@implementer(IProspects)
class Prospects:
    """
    Knows ports and applications.

    @param ports: the secure ports.
    @param labels: returns the labels that servers can use.
    @param reaching: knows which applications can be reached.
    """

    def __init__(self, ports: Ports, labels: Callable[[], Collection[str]], reaching: Reaching) -> None:
        self._ports = ports
        self._labels = labels
        self._reaching = reaching

    @property
    def shortage(self) -> str:
        try:
            socket.socket().close()
        except OSError as error:
            return reasonOf(error)
        return ""

    def ports(self) -> Sequence[PortFacts]:
        return [self._facts(entry) for entry in self._ports.entries()]

    async def look(self, suspects: bool = False, port: int | None = None) -> None:
        await self._reaching.look(
            entry.assignment
            for entry in self._ports.entries()
            if port in (None, entry.port.number)
            and not (suspects and self._reaching.problem(entry.port.userid) is None)
        )

    def _facts(self, entry: Entry) -> PortFacts:
        closed = entry.listening is None or entry.waits or not entry.served
        problem = self._closed(entry) if closed else self._open(entry)
        port = entry.port
        return PortFacts(entry.assignment.local, port.number, port.userid, not closed, problem, port.bind)

    def _closed(self, entry: Entry) -> Said | None:
        reason = self._ports.reason(entry)
        return reason if isinstance(reason, Said) else None

    def _open(self, entry: Entry) -> Said | None:
        """
        Return why clients are let in and not served, if so.
        """
        names = labelsOf(entry.port)
        if names and not set(names) & set(self._labels()):
            return said("SSLP464E", port=entry.port.number, label=names[0])
        return None if entry.port.remote is not None else self._reaching.problem(entry.port.userid)
