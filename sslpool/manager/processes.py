# -*- test-case-name: tests.manager.test_processes -*-
"""
The processes of the members: made by way of the agent, told what to be, and
followed until they have ended.  Lives in the stack process.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

from attrs import define
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import Interface, implementer
from zope.interface.verify import verifyObject

from sslpool.interfaces import IPorts, IServerLink, IStarter, IStarterClient
from sslpool.manager.member import Member, Process
from sslpool.manager.seats import Seat
from sslpool.messages import OperatorError
from sslpool.messages.announce import announce, announceFault
from sslpool.wire.assignment import Assignment

ENDING_TIMEOUT = 5.0
"""
How long a server that has closed its control connection may take to end, and the agent to say so, in seconds.
"""

OVERTIME = 5.0
"""
How long a server may take beyond its quiesce time, in seconds: for close_notify
and the clients' answers to it, and for the last lines of its console.
"""

ORPHANED = "its process ended, and the agent did not report why"
"""
The reason where the agent that forked a server died before it, or hangs.
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
        The process has ended.
        """


@implementer(IStarterClient)
@define(eq=False, slots=False)
class Processes:
    """
    All processes.

    @ivar _reactor: for time limits.
    @ivar _members: all members.
    @ivar _starter: makes processes.
    @ivar _makeLink: makes control connections.
    @ivar _assignment: returns what a member's server is to be.
    @ivar _watcher: hears what becomes of them.
    """

    _reactor: IReactorTime
    _members: Sequence[Member]
    _starter: IStarter
    _makeLink: MakeLink
    _assignment: Callable[[Member], Assignment]
    _watcher: IProcessWatcher
    log = Logger()

    def wire(self, ports: IPorts) -> None:
        """
        Have servers told of these ports, and their labels by what servers serve.
        """
        verifyObject(IPorts, ports)
        self._ports = ports

    def launch(self, member: Member, seat: Seat) -> Process:
        """
        Have a process made for a member; it is in C{seat}, which nobody has.

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
        process = Process(seat, link, self._reactor.seconds())
        seat.region.clear()
        seat.handoff.begin(handoff)
        process.launch = self._starter.launch(seat.number, serversHandoff, serversControl)
        return process

    def quiesce(self, member: Member, process: Process, seconds: int) -> None:
        """
        Ask a process to end when its sessions have, at the latest after C{seconds}; one that has
        not ended L{OVERTIME} later is killed.  Who asks again can only shorten that.
        """
        process.asked = True
        process.link.quiesce(seconds)
        limit = seconds + OVERTIME
        if process.deadline is None or not process.deadline.active():
            process.deadline = self._reactor.callLater(limit, self.expire, member, process)
        elif process.deadline.getTime() > self._reactor.seconds() + limit:
            process.deadline.reset(limit)

    def expire(self, member: Member, process: Process) -> None:
        """
        End a process that has been asked to end and does not.
        """
        announce(self.log, "SSLP127W", server=member.userid, pid=process.pid, sessions=process.begun)
        self.kill(member, process)

    def replace(self, member: Member, process: Process, reason: str) -> None:
        """
        End a process that cannot be used any more; another takes its place.

        @param reason: why, as an operator would say it.
        """
        if process in member.processes:
            process.failure = process.failure or reason
            self.kill(member, process)

    def kill(self, member: Member, process: Process) -> None:
        """
        End a process, and do not wait for the agent's word for ever.
        """
        if process.pid:
            self._starter.kill(process.launch, process.pid)
            self._reactor.callLater(ENDING_TIMEOUT, self._forsake, member, process)
        else:
            self._forsake(member, process)

    def pids(self) -> list[int]:
        """
        Return the process ids that are known, also of processes that quiesce and of successors.
        """
        return [process.pid for _, process in self._all() if process.pid]

    # IStarterClient

    def launched(self, launch: int, pid: int) -> None:
        for member, process in self._launchedAs(launch):
            process.pid = pid
            if not process.asked:
                # Not sooner: the time limit of its answers is not meant for the agent.
                Deferred.fromCoroutine(self._begin(member, process))

    def ended(self, launch: int, reason: str) -> None:
        for member, process in self._launchedAs(launch):
            self._gone(member, process, reason)

    def agentEnded(self) -> None:
        for member, process in self._all():
            if not self._starter.tells(process.launch) and (process.unlinked or not process.pid):
                self._gone(member, process, ORPHANED)

    def _all(self) -> list[tuple[Member, Process]]:
        return [(member, process) for member in self._members for process in member.processes]

    def _launchedAs(self, launch: int) -> list[tuple[Member, Process]]:
        """
        Return the process that has been launched with this number, unless it has gone.
        """
        return [each for each in self._all() if each[1].launch == launch]

    # The beginning

    async def _begin(self, member: Member, process: Process) -> None:
        try:
            read = await process.link.begin(self._assignment(member), self._ports.assignments())
        except OperatorError as error:
            announce(self.log, "SSLP105E", server=member.userid, reason=error.said)
            process.failure = str(error)
            process.link.quiesce(0)
            self._reactor.callLater(OVERTIME, self.replace, member, process, str(error))
        except ConnectionError:
            # Where it has gone its end is heard elsewhere; where it hangs it must go.
            self._giveUp(member, process)
        except Exception:
            announceFault(self.log, f"{member.userid} was begun", Failure(), member.userid)
            self._giveUp(member, process)
        else:
            self._ports.learn(member.userid, read)
            if process in member.processes and not process.asked:
                self._watcher.ready(member, process)

    def _giveUp(self, member: Member, process: Process) -> None:
        process.link.close()
        self._reactor.callLater(ENDING_TIMEOUT, self.replace, member, process, SILENT)

    # The end

    def _unlinked(self, member: Member, process: Process) -> None:
        process.unlinked = True
        if process not in member.processes:
            return
        if self._starter.tells(process.launch):
            # It is said how it ended.  Should it not have, it cannot be reached any more.
            self._reactor.callLater(ENDING_TIMEOUT, self.replace, member, process, ORPHANED)
        else:
            if process.pid:
                self._starter.kill(process.launch, process.pid)
            self._gone(member, process, ORPHANED)

    def _forsake(self, member: Member, process: Process) -> None:
        if process in member.processes:
            process.lost = bool(process.pid)
            if process.lost:
                announce(self.log, "SSLP129E", server=member.userid, pid=process.pid)
            self._gone(member, process, ORPHANED)

    def _gone(self, member: Member, process: Process, reason: str) -> None:
        if process.deadline is not None and process.deadline.active():
            process.deadline.cancel()
        process.link.close()
        self._watcher.gone(member, process, process.failure or reason)
