# -*- test-case-name: tests.manager.test_processes -*-
"""
The processes of the members: made by way of the agent, told what to be, and
followed until they have ended.  Lives in the stack process.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import Interface, implementer

from sslpool.interfaces import IServerLink, IStarter, IStarterClient
from sslpool.manager.member import Member, Process
from sslpool.messages import OperatorError
from sslpool.messages.announce import announce, announceFault
from sslpool.pool.assignment import Assignment, PortAssignment
from sslpool.reports.records import LabelsRead

PATIENCE = 5.0
"""
How long a server that has closed its control connection may take to end, and
the agent to say so, in seconds.
"""

ORPHANED = "its process has gone, after the agent that could say why"
"""
The reason where the agent that forked a server died before it.
"""

SILENT = "it did not answer in time"
"""
The reason where a server has not begun to serve.
"""

MakeLink = Callable[[socket.socket, Callable[[], None]], IServerLink]
"""
Makes the stack's end of a control connection from its half of the socket pair;
the second argument is called once when the server has gone.
"""


class IProcessWatcher(Interface):
    """
    Who hears what becomes of the processes: the pool.
    """

    def ready(member: Member, process: Process) -> None:
        """
        The member's process serves.
        """

    def gone(member: Member, process: Process, reason: str) -> None:
        """
        The process has ended, and the member has none any more.
        """


@implementer(IStarterClient)
class Processes:
    """
    All processes.

    @param reactor: for time limits.
    @param members: all members.
    @param starter: makes processes.
    @param makeLink: makes control connections.
    @param assignment: returns what a member's server is to be.
    @param ports: returns the secure ports as they are now.
    @param watcher: hears what becomes of them.
    @ivar learned: takes a member's name and the labels that its process serves when it has begun.
    """

    log = Logger()

    def __init__(
        self,
        reactor: IReactorTime,
        members: Sequence[Member],
        starter: IStarter,
        makeLink: MakeLink,
        assignment: Callable[[Member], Assignment],
        ports: Callable[[], Sequence[PortAssignment]],
        watcher: IProcessWatcher,
    ) -> None:
        self._reactor = reactor
        self._members = members
        self._starter = starter
        self._makeLink = makeLink
        self._assignment = assignment
        self._ports = ports
        self._watcher = watcher
        self.learned: Callable[[str, LabelsRead], None] = lambda userid, read: None

    def launch(self, member: Member) -> None:
        """
        Have a process made for a member that has none.

        @raise OSError: the system does not give us what it needs.
        """
        pairs: list[socket.socket] = []
        try:
            pairs += socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            pairs += socket.socketpair()
            link = self._makeLink(pairs[2], lambda: self._unlinked(member, process))
        except OSError:
            for each in pairs:
                each.close()
            raise
        handoff, serversHandoff, _, serversControl = pairs
        process = Process(link, self._reactor.seconds())
        member.process = process
        member.region.clear()
        member.handoff.begin(handoff)
        process.launch = self._starter.launch(member.index, serversHandoff, serversControl)

    def quiesce(self, member: Member, seconds: int) -> None:
        """
        Ask the member's process to end when its sessions have, at the latest
        after C{seconds}.
        """
        process = member.process
        assert process is not None
        process.asked = True
        process.link.quiesce(seconds)

    def replace(self, member: Member, process: Process, reason: str) -> None:
        """
        Kill a process that does not do what it should, unless the member has another one
        already; what becomes of that is heard as of any other that dies.

        @param reason: why, as an operator would say it; an earlier failure counts more.
        """
        if member.process is process:
            process.failure = process.failure or reason
            self.kill(member)

    def kill(self, member: Member) -> None:
        """
        End the member's process, and do not wait for the agent's word for ever.
        """
        process = member.process
        assert process is not None
        if process.pid:
            self._kill(process)
            self._reactor.callLater(PATIENCE, self._forsake, member, process)
        else:
            self._forsake(member, process)

    # IStarterClient

    def launched(self, launch: int, pid: int) -> None:
        """
        See L{IStarterClient.launched}.
        """
        member = self._launchedAs(launch)
        if member is not None and member.process is not None:
            member.process.pid = pid
            if not member.process.asked:
                # Not sooner: the time limit of its answers is not meant for the agent.
                Deferred.fromCoroutine(self._begin(member, member.process))

    def ended(self, launch: int, reason: str) -> None:
        """
        See L{IStarterClient.ended}.
        """
        member = self._launchedAs(launch)
        if member is not None:
            self._gone(member, reason)

    def agentEnded(self) -> None:
        """
        See L{IStarterClient.agentEnded}.
        """
        for member in self._members:
            process = member.process
            if process is None or self._starter.tells(process.launch):
                continue
            if process.unlinked or not process.pid:
                self._gone(member, ORPHANED)

    def _launchedAs(self, launch: int) -> Member | None:
        """
        Return the member whose process has been launched with this number.
        """
        for member in self._members:
            if member.process is not None and member.process.launch == launch:
                return member
        return None

    # The beginning

    async def _begin(self, member: Member, process: Process) -> None:
        try:
            read = await process.link.begin(self._assignment(member), self._ports())
        except OperatorError as error:
            announce(self.log, "SSLP105E", server=member.userid, reason=error.text)
            process.failure = error.text
            process.link.quiesce(0)
        except ConnectionError:
            # Where it has gone its end is heard elsewhere; where it hangs it must go.
            self._giveUp(member, process)
        except Exception:
            announceFault(self.log, f"{member.userid} was begun", Failure())
            self._giveUp(member, process)
        else:
            self.learned(member.userid, read)
            if member.process is process and not process.asked:
                self._watcher.ready(member, process)

    def _giveUp(self, member: Member, process: Process) -> None:
        process.link.close()
        self._reactor.callLater(PATIENCE, self.replace, member, process, SILENT)

    # The end

    def _unlinked(self, member: Member, process: Process) -> None:
        process.unlinked = True
        if member.process is not process:
            return
        if self._starter.tells(process.launch):
            # The agent says how it ended.  Should it not have, it cannot be reached any more.
            self._reactor.callLater(PATIENCE, self.replace, member, process, ORPHANED)
        else:
            self._kill(process)
            self._gone(member, ORPHANED)

    def _forsake(self, member: Member, process: Process) -> None:
        if member.process is process:
            self._gone(member, ORPHANED)

    def _gone(self, member: Member, reason: str) -> None:
        process = member.process
        assert process is not None
        member.process = None
        process.link.close()
        self._watcher.gone(member, process, process.failure or reason)

    def _kill(self, process: Process) -> None:
        if process.pid:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
