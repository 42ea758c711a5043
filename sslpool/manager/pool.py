# -*- test-case-name: tests.manager.test_pool -*-
"""
The pool manager: what happens to members, and what is asked of all of them.
Lives in the stack process.

Events reach members through the table of L{sslpool.pool.states}; this module
carries out the actions.  A member has one process at a time: a new one is made
when the old one has ended, so that its counters have one writer.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import time

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from sslpool.config.configuration import Limits
from sslpool.interfaces import IHandoff, IRoom, IRouter, IServerLink, IStarter, IStarterClient
from sslpool.manager.member import Member, Process
from sslpool.messages import OperatorError
from sslpool.messages.announce import announce
from sslpool.pool.assignment import Assignment, PortAssignment, TimeLimits
from sslpool.pool.routing import choose, toActivate
from sslpool.pool.states import Action, Event, Refusal, State, follow

RETIREMENT = 600.0
"""
How long a member may be empty before its process goes, in seconds; never the first one.
"""

PATIENCE = 5.0
"""
How long the agent may take to say that a server has ended, in seconds.
"""

ORPHANED = "its process has gone, after the agent that could say why"
"""
The reason where the agent that forked a server died before it.
"""

LAST_CALL = 8.0
"""
How long servers may take to end when the stack ends, in seconds.
"""

MakeLink = Callable[[socket.socket, Callable[[], None]], IServerLink]
"""
Makes the stack's end of a control connection from its half of the socket pair;
the second argument is called once when the server has gone.
"""


@implementer(IRouter, IStarterClient)
class Pool(Service):
    """
    All members.

    @ivar members: the members, in the order of their numbers.
    @ivar limits: the limits in force.
    @ivar peak: the most sessions at once.
    @ivar firstActive: fires when the first member has become Active.
    @param reactor: for delays.
    @param starter: makes processes.
    @param makeLink: makes control connections.
    @param keyFile: absolute path of the key database.
    @param ports: returns the secure ports as they are now.
    """

    log = Logger()
    room: IRoom

    def __init__(
        self,
        reactor: IReactorTime,
        members: Sequence[Member],
        starter: IStarter,
        makeLink: MakeLink,
        limits: Limits,
        keyFile: str,
        ports: Callable[[], Sequence[PortAssignment]],
    ) -> None:
        self.members = list(members)
        self.limits = limits
        self.keyFile = keyFile
        self.peak = 0
        self.firstActive: Deferred[None] = Deferred()
        self._reactor = reactor
        self._starter = starter
        self._makeLink = makeLink
        self._ports = ports
        self._states = [member.state for member in self.members]
        self._delayed: dict[int, IDelayedCall] = {}
        self._retiring: IDelayedCall | None = None
        self._unsettled: dict[int, list[Deferred[None]]] = {}

    # The service's life

    def startService(self) -> None:
        """
        Activate the first member (source document, "the first pool member is autologged first").
        """
        super().startService()
        self._retiring = self._reactor.callLater(RETIREMENT / 10, self._retire)
        self.happen(self.members[0], Event.ACTIVATE, "the stack has started")

    def stopService(self) -> Deferred[None]:
        """
        End every server, close_notify first; fires when all have ended.
        """
        super().stopService()
        for call in (*self._delayed.values(), self._retiring):
            if call is not None and call.active():
                call.cancel()
        ending = []
        for member in self.members:
            member.relaunch = False
            if member.process is not None:
                self._quiesce(member, 0)
                ending.append(self.whenSettled(member))
        overdue = self._reactor.callLater(LAST_CALL, self._killAll)

        def ended(results: object) -> None:
            if overdue.active():
                overdue.cancel()

        return DeferredList(ending).addCallback(ended)

    def _killAll(self) -> None:
        for member in self.members:
            if member.process is not None:
                self._kill(member.process)

    # Routing

    @property
    def sessions(self) -> int:
        """
        Sessions that count against MAXSESSIONS.
        """
        return sum(member.region.sessions for member in self.members)

    @property
    def handoffs(self) -> list[IHandoff]:
        """
        See L{IRouter}.
        """
        return [member.handoff for member in self.members]

    @property
    def exhausted(self) -> bool:
        """
        See L{IRouter}.
        """
        if self.choose() is not None or State.STARTING in self._states:
            return False
        return self.sessions >= self.limits.maxSessions or State.ELIGIBLE not in self._states

    def choose(self) -> Member | None:
        """
        Return the member that takes the next connection, or C{None}.
        """
        index = choose(self._states, [member.region.sessions for member in self.members], self.limits)
        return None if index is None else self.members[index]

    def handed(self, index: int) -> None:
        """
        See L{IRouter.handed}.  When it was its last, one more
        member is activated, so that the next connection need not wait for that.
        """
        member = self.members[index]
        member.counted()
        self.peak = max(self.peak, self.sessions)
        if member.region.sessions >= self.limits.maxPerServer:
            self.prompt()

    def prompt(self) -> None:
        """
        Activate a member, if that is called for.
        """
        now = self._reactor.seconds()
        states = [
            State.STOPPED if member.state is State.ELIGIBLE and member.notBefore > now else member.state
            for member in self.members
        ]
        index = toActivate(states, [member.region.sessions for member in self.members], self.limits)
        if index is not None and self.running:
            self.happen(self.members[index], Event.ACTIVATE, "all active servers are full")

    # Events

    def happen(self, member: Member, event: Event, reason: str, quiesce: int | None = None) -> Refusal | None:
        """
        Something happens to a member.

        @param reason: why, as an operator would say it.
        @param quiesce: how long running sessions may go on where it stops, in
            seconds; C{None} is what SSLLIMITS says.
        @return: the refusal, where its state does not allow that.
        """
        outcome = follow(member.state, event)
        if isinstance(outcome, Refusal):
            return outcome
        if outcome.to is not member.state:
            member.state = self._states[member.index] = outcome.to
            member.since = time()
            member.reason = reason
        self._act(member, outcome.action, self.limits.quiesce if quiesce is None else quiesce)
        return None

    def _act(self, member: Member, action: Action, quiesce: int) -> None:
        if action is Action.LAUNCH:
            if member.process is None:
                self._launch(member)
            else:
                member.relaunch = True
        elif action is Action.RELAUNCH:
            delay = max(0.0, member.notBefore - self._reactor.seconds())
            self._delayed[member.index] = self._reactor.callLater(delay, self._again, member)
        elif action in (Action.QUIESCE, Action.RENEW):
            member.relaunch = action is Action.RENEW
            if member.process is not None:
                self._quiesce(member, quiesce)

    def _again(self, member: Member) -> None:
        del self._delayed[member.index]
        if member.state is State.ELIGIBLE and self.running:
            self.happen(member, Event.ACTIVATE, "started again after it had died")

    # Processes

    def _launch(self, member: Member) -> None:
        handoff, serversHandoff = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control, serversControl = socket.socketpair()
        link = self._makeLink(control, lambda: self._unlinked(member, process))
        process = Process(link, self._starter.generation, self._reactor.seconds())
        member.process = process
        member.region.clear()
        member.handoff.begin(handoff)
        self._starter.launch(member.index, serversHandoff.fileno(), serversControl.fileno())
        serversHandoff.close()
        serversControl.close()
        announce(self.log, "SSLP103I", server=member.userid, reason=member.reason)
        Deferred.fromCoroutine(self._begin(member, process)).addErrback(self._faulty)

    async def _begin(self, member: Member, process: Process) -> None:
        assignment = Assignment(member.userid, self.keyFile, TimeLimits.of(self.limits))
        try:
            await process.link.begin(assignment, self._ports())
        except OperatorError as error:
            announce(self.log, "SSLP105E", server=member.userid, reason=error.text)
            process.failure = error.text
            process.link.quiesce(0)
        except ConnectionError:
            pass  # the end of its process is heard elsewhere
        else:
            self._ready(member, process)

    def _ready(self, member: Member, process: Process) -> None:
        if member.process is not process:
            return
        took = (self._reactor.seconds() - process.began) * 1000
        member.emptySince = self._reactor.seconds()
        self.happen(member, Event.READY, member.reason)
        if member.state is State.ACTIVE:
            announce(self.log, "SSLP100I", server=member.userid, pid=process.pid, milliseconds=f"{took:.0f}")
            if not self.firstActive.called:
                self.firstActive.callback(None)
            self._settled(member)
            self.room.roomChanged()

    def _faulty(self, failure: Failure) -> None:
        self.log.failure("SSLP198E A server could not be begun", failure)

    def _quiesce(self, member: Member, seconds: int) -> None:
        process = member.process
        assert process is not None
        process.asked = True
        process.link.quiesce(seconds)

    def _kill(self, process: Process) -> None:
        if process.pid:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)

    # IStarterClient

    def launched(self, member: int, pid: int) -> None:
        """
        See L{IStarterClient.launched}.
        """
        process = self.members[member].process
        if process is not None:
            process.pid = pid
            process.generation = self._starter.generation

    def ended(self, member: int, pid: int, reason: str) -> None:
        """
        See L{IStarterClient.ended}.
        """
        process = self.members[member].process
        if process is not None and process.pid == pid:
            self._gone(self.members[member], reason)

    def agentEnded(self) -> None:
        """
        See L{IStarterClient.agentEnded}.
        """
        for member in self.members:
            if member.process is not None and member.process.unlinked:
                self._gone(member, ORPHANED)

    def _unlinked(self, member: Member, process: Process) -> None:
        process.unlinked = True
        if member.process is not process:
            return
        if self._starter.alive and process.generation == self._starter.generation:
            # The agent says how it ended.  Should it not have, it cannot be reached any more.
            self._reactor.callLater(PATIENCE, self._stillThere, member, process)
        else:
            self._kill(process)
            self._gone(member, ORPHANED)

    def _stillThere(self, member: Member, process: Process) -> None:
        if member.process is process:
            self._kill(process)

    def _gone(self, member: Member, reason: str) -> None:
        process = member.process
        assert process is not None
        sessions = member.region.sessions
        now = self._reactor.seconds()
        if not process.asked:
            delay = member.died(now)
            why = process.failure or reason
            announce(
                self.log,
                "SSLP104E",
                server=member.userid,
                pid=process.pid,
                reason=why,
                sessions=sessions,
                seconds=f"{delay:.0f}",
            )
        member.process = None
        process.link.close()
        orphans = member.handoff.end()
        member.region.clear()
        if process.asked:
            announce(self.log, "SSLP106I", server=member.userid, pid=process.pid)
        elif self.running:
            self.happen(member, Event.DIED, why)
        if member.relaunch and self.running:
            member.relaunch = False
            self._launch(member)
        else:
            self._settled(member)
        self.room.orphaned(orphans)
        self.room.roomChanged()

    def whenSettled(self, member: Member) -> Deferred[None]:
        """
        Return what fires when the member has become Active, or has no process any more.
        """
        settled: Deferred[None] = Deferred()
        self._unsettled.setdefault(member.index, []).append(settled)
        return settled

    def _settled(self, member: Member) -> None:
        for waiting in self._unsettled.pop(member.index, []):
            waiting.callback(None)

    # Retirement

    def _retire(self) -> None:
        now = self._reactor.seconds()
        for member in self.members[1:]:
            if member.state is not State.ACTIVE:
                continue
            if member.sessions or member.total != member.totalSeen:
                member.totalSeen = member.total
                member.emptySince = now
            elif now - member.emptySince >= RETIREMENT:
                announce(self.log, "SSLP107I", server=member.userid, minutes=f"{RETIREMENT / 60:.0f}")
                self.happen(member, Event.RETIRE, "was not needed any more")
        self._retiring = self._reactor.callLater(RETIREMENT / 10, self._retire)
