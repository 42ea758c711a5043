# -*- test-case-name: tests.stack.test_descriptors -*-
"""
The limit of open files: what the configuration needs, and raising it.  Lives in the
stack process; agent and servers inherit it.
"""

from __future__ import annotations

import resource
from collections.abc import Iterable
from contextlib import suppress
from functools import partial

from attrs import frozen
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sslpool.config.configuration import Configuration
from sslpool.config.securing import Dynamic, Implicit
from sslpool.interfaces import IPool, IReconfigurable, Preparation
from sslpool.messages import Said, operatorError, said
from sslpool.stack.front.listeningsockets import listeningHosts
from sslpool.stack.programs.limits import MOST_TRUSTED as CONVERSATIONS

LEAST = 32
"""
What the stack has open besides listening sockets and servers before anybody has come: logs,
segment, control and application sockets, the agent, and what it needs to start a server.
"""

RESERVE = 256
"""
Descriptors for everything else: control connections, conversations of strangers, watched files, libraries.
"""

PER_MEMBER = 6
"""
What the stack has open for each server: the handoff, the control connection, what tells of the
end of its process, the console, and twice (to map it and to hand it on) its seat of the segment.
"""

PER_SUCCESSOR = 5
"""
What it has open besides for a process that takes the place of another.
"""

PER_APPLICATION = 3
"""
What it has open for each application that it has started.
"""

PER_CONVERSATION = 2
"""
A program that asks, and the connection that it hands over.
"""

PER_SESSION = 3
"""
What a server has open for a session: the client's side, the application's, and a third
where a program has handed its connection over.
"""

PER_DATA_CONNECTION = 3
"""
What it has open for a data connection of FTP: where it listens, and both sides.
"""


@frozen
class Needed:
    """
    How many descriptors are needed.

    @ivar listeners: listening sockets: each port, times its addresses.
    @ivar least: without which the stack cannot work at all.
    @ivar stack: what the stack may need when its limits are reached.
    @ivar server: what a server may need then.
    """

    listeners: int
    least: int
    stack: int
    server: int

    @property
    def most(self) -> int:
        """
        What the process may need that needs most: the limit is the same for all.
        """
        return max(self.stack, self.server)


def descriptorsNeeded(configuration: Configuration) -> Needed:
    """
    Return how many descriptors a configuration needs.  The stack has one for each connection that
    its server has not yet read from, so at the worst one for each session.
    """
    limits = configuration.limits
    listeners = sum(len(listeningHosts(port)) for port in configuration.ports)
    least = listeners + PER_MEMBER * len(configuration.members) + LEAST
    programs = PER_CONVERSATION * CONVERSATIONS + PER_APPLICATION * len(configuration.autolog)
    successors = PER_SUCCESSOR * len(configuration.members)
    stack = least + RESERVE + successors + programs + limits.maxSessions
    server = RESERVE + PER_SESSION * limits.maxPerServer + PER_DATA_CONNECTION * _dataConnections(configuration)
    return Needed(listeners, least, stack, server)


def _dataConnections(configuration: Configuration) -> int:
    """
    Return how many data connections a server may have: one for each session, where there is FTP.
    """
    ftp = any(isinstance(each.securing, Dynamic | Implicit) and each.securing.data for each in configuration.ports)
    return configuration.limits.maxPerServer if ftp else 0


def raiseDescriptorLimit(configuration: Configuration, pids: Iterable[int] = ()) -> Said | None:
    """
    Raise the limit of open files to what is needed, as far as the system lets us.

    @param pids: the processes that have inherited it already.
    @return: a message where that is not enough, or C{None}.
    @raise OperatorError: SSLP029E, it is not even enough for the stack to work.
    """
    needed = descriptorsNeeded(configuration)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed.most:
        for ceiling in (max(hard, needed.most), hard):
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed.most, ceiling), ceiling))
                break
            except (ValueError, OSError):
                continue  # raising the hard limit takes a privilege
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        for pid in filter(None, pids):
            # Who is gone, or belongs to somebody else, keeps what he has.
            with suppress(ValueError, OSError):
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
    if soft >= needed.most:
        return None
    fields = {"limit": soft, "needed": needed.most, "listeners": needed.listeners}
    if soft < needed.least:
        raise operatorError("SSLP029E", servers=len(configuration.members), least=needed.least, **fields)
    return said("SSLP007W", stack=needed.stack, server=needed.server, **fields)


@implementer(IReconfigurable)
class DescriptorLimit:
    """
    Has the limit of open files follow the configuration.  It is only ever raised.

    @ivar notes: what is to be said of it at the start.
    @param configuration: what the stack starts with.
    @raise OperatorError: SSLP029E, it is not even enough for the stack to work.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._shortage = raiseDescriptorLimit(configuration)
        self.notes = [] if self._shortage is None else [self._shortage]

    def wire(self, pool: IPool) -> None:
        """
        Have the processes of C{pool}, which have inherited it, follow.
        """
        verifyObject(IPool, pool)
        self._pool = pool

    def prepare(self, configuration: Configuration) -> Preparation:
        """
        See L{IReconfigurable.prepare}: it is raised before ports are opened.  That it is too low is said once.
        """
        shortage = raiseDescriptorLimit(configuration, self._pool.pids())
        notes = () if shortage is None or shortage == self._shortage else (shortage,)
        return Preparation(partial(self._keep, shortage), notes=notes)

    def _keep(self, shortage: Said | None) -> None:
        self._shortage = shortage
