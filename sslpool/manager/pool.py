# -*- test-case-name: tests.manager.test_pool -*-
"""
The pool manager: what happens to members, and what is asked of all of them.  Lives in the stack process.

Events reach members through the table of L{sslpool.pool.states}; this module carries out the actions.  A member has one
process that takes connections.  One that still has sessions when another takes its place goes on beside that, with
counters of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from zope.interface import implementer

from sslpool.config.limits import Limits
from sslpool.interfaces import IAcceptor, IPool, IPorts, IStarter
from sslpool.manager.keylogging import KeyLogs
from sslpool.manager.member import Member, Process
from sslpool.manager.processes import IProcessWatcher, MakeLink, Processes
from sslpool.manager.router import Router
from sslpool.manager.seats import Seats
from sslpool.manager.traces import Traces
from sslpool.manager.vacancy import Vacancy
from sslpool.messages.announce import announce
from sslpool.pool.states import Action, Event, Refusal, State, follow
from sslpool.wire.assignment import Assignment, PortAssignment, TimeLimits


@implementer(IPool, IProcessWatcher)
class Pool(Service):
    """
    All members.

    @ivar members: the members, in the order of their numbers.
    @ivar firstActive: fires when the first member has become Active, and the ports are open.
    @ivar processes: the members' processes.
    @ivar router: who takes the next connection.
    @ivar room: who waits for room.
    @ivar vacancy: says when no server takes connections.
    @param reactor: for delays.
    @param starter: makes processes.
    @param makeLink: makes control connections.
    @param keyFile: absolute path of the key database.
    @param seats: the seats of the shared segment.
    @param traces: what each member traces.
    @param keyLogs: logs keys of members.
    """

    log = Logger()

    def __init__(
        self,
        reactor: IReactorTime,
        members: Sequence[Member],
        starter: IStarter,
        makeLink: MakeLink,
        limits: Limits,
        keyFile: str,
        seats: Seats,
        traces: Traces,
        keyLogs: KeyLogs,
    ) -> None:
        self.members = list(members)
        self.keyFile = keyFile
        self.traces = traces
        self.keyLogs = keyLogs
        self.firstActive: Deferred[None] = Deferred()
        self.router = Router(reactor, self.members, limits, self._activate)
        self.vacancy = Vacancy(self.members, self.router, self.firstActive)
        self.processes = Processes(reactor, self.members, starter, makeLink, self._assignment, self)
        self._reactor = reactor
        self._starter = starter
        self._seats = seats
        self._delayed: dict[int, IDelayedCall] = {}
        self._unsettled: dict[int, list[Deferred[None]]] = {}

    def wire(self, room: IAcceptor, ports: IPorts) -> None:
        """
        Bring the pool together with those in front of it.

        @param room: hears of room, and gets connections back.
        @param ports: what servers are told of.
        """
        self.room = room
        self._ports = ports
        self._seats.wire(room)
        self.processes.wire(ports)

    # IPool

    def userids(self) -> list[str]:
        return [member.userid for member in self.members]

    def pids(self) -> list[int]:
        return [*(agent.pid for agent in self._starter.agents), *self.processes.pids()]

    # The service's life

    def startService(self) -> None:
        """
        Activate the first member (source document, "the first pool member is autologged first").
        """
        super().startService()
        # Not sooner: the agent must be there before any server.
        self._starter.whenReady().addCallback(self._begin)

    def _begin(self, result: None) -> None:
        if self.running:
            self.happen(self.members[0], Event.ACTIVATE, "the stack started")

    def stopService(self) -> Deferred[None]:
        """
        End every server, close_notify first; fires when all have ended.
        """
        super().stopService()
        for call in self._delayed.values():
            if call.active():
                call.cancel()
        ending = []
        for member in self.members:
            for process in list(member.processes):
                self.processes.quiesce(member, process, 0)
            if any(member.processes):
                ending.append(self.whenSettled(member))
        return gatherResults(ending).addCallback(lambda results: None)

    # Events

    def happen(self, member: Member, event: Event, reason: str, quiesce: int | None = None) -> Refusal | None:
        """
        Something happens to a member.

        @param reason: why, as an operator would say it.
        @param quiesce: how long running sessions may go on where its process stops or is
            replaced, in seconds; C{None} is what SSLLIMITS says.
        @return: the refusal, where its state does not allow that.
        """
        outcome = follow(member.state, event)
        if isinstance(outcome, Refusal):
            return outcome
        if outcome.to is not member.state or outcome.action is Action.RENEW:
            member.state = outcome.to
            member.since = self._reactor.seconds()
            member.reason = reason
        if self.running:
            self._act(member, outcome.action, self.router.limits.quiesce if quiesce is None else quiesce)
        self.judge(member)
        return None

    def judge(self, member: Member) -> None:
        """
        Something has changed that decides what a member means to new connections.
        """
        self.router.judge(member)
        if self.firstActive.called and self.running:
            self.vacancy.look()

    def _act(self, member: Member, action: Action, quiesce: int) -> None:
        if action is Action.LAUNCH:
            if member.process is None:
                self._launch(member)
            elif member.process.asked:
                # With a successor that was on its way, which has been asked to end as well.
                while member.process is not None:
                    self._supersede(member)
                self._launch(member)
        elif action is Action.RELAUNCH:
            self._launchLater(member)
        elif action is Action.RENEW:
            self._launchSuccessor(member, quiesce)
        elif action is Action.QUIESCE:
            for process in list(member.processes):
                self.processes.quiesce(member, process, quiesce)

    def _launchSuccessor(self, member: Member, quiesce: int) -> None:
        if member.successor is None:
            self._launch(member)
        if member.successor is not None:
            member.successor.grace = quiesce

    def _supersede(self, member: Member) -> None:
        """
        Another process takes the place of a member's present one.
        """
        assert member.process is not None
        member.former.append(member.process)
        self.router.former.append(member.process)
        member.process, member.successor = member.successor, None

    def _activate(self, member: Member) -> None:
        if self.running:
            self.happen(member, Event.ACTIVATE, "no Active server had room")

    def _launchLater(self, member: Member) -> None:
        earlier = self._delayed.get(member.index)
        if earlier is not None:
            earlier.cancel()
        delay = max(0.0, member.notBefore - self._reactor.seconds())
        self._delayed[member.index] = self._reactor.callLater(delay, self._again, member)

    def _again(self, member: Member) -> None:
        del self._delayed[member.index]
        if member.state is State.ELIGIBLE and self.running:
            self.happen(member, Event.ACTIVATE, "started again after it had died")

    # Processes

    def _launch(self, member: Member) -> None:
        if member.process is None:
            announce(self.log, "SSLP103I", server=member.userid, reason=member.reason)
        else:
            announce(self.log, "SSLP134I", server=member.userid, reason=member.reason, pid=member.process.pid)
        used = {process.seat for process in member.processes}
        seat = self._seats.take(member.index) if member.home in used else member.home
        if seat is None:
            self._notMade(member, "too many former processes still have sessions")
            return
        try:
            process = self.processes.launch(member, seat)
        except OSError as error:
            self._seats.give(seat)
            self._notMade(member, error.strerror or str(error))
            return
        if member.process is None:
            member.process = process
        else:
            member.successor = process
        self.judge(member)

    def _notMade(self, member: Member, reason: str) -> None:
        """
        The system does not give us what a process needs: try again later, unless another goes on.
        """
        if member.process is not None:
            announce(self.log, "SSLP128E", server=member.userid, reason=reason, pid=member.process.pid)
            self._settled(member)
            return
        delay = member.died(self._reactor.seconds(), None, reason)
        announce(self.log, "SSLP126E", server=member.userid, reason=reason, seconds=f"{delay:.0f}")
        self.happen(member, Event.DIED, f"it could not be started: {reason}")
        self._settled(member)

    def _assignment(self, member: Member) -> Assignment:
        trace = self.traces.of(member.userid)
        return Assignment(member.userid, self.keyFile, TimeLimits.of(self.router.limits), trace)

    def ready(self, member: Member, process: Process) -> None:
        now = self._reactor.seconds()
        member.emptySince, member.death = now, ""
        former = member.process
        if process is member.successor and former is not None:
            self._supersede(member)
            self.processes.quiesce(member, former, process.grace)
        self.happen(member, Event.READY, member.reason)
        took = (now - process.began) * 1000
        first = not self.firstActive.called
        if first:
            self._ports.serve()
        announce(self.log, "SSLP100I", server=member.userid, pid=process.pid, milliseconds=f"{took:.0f}")
        if first:
            self.firstActive.callback(None)
        self._settled(member)
        self.keyLogs.joined(member)
        self.room.roomChanged()

    def gone(self, member: Member, process: Process, reason: str) -> None:
        sessions = process.begun
        orphans = process.seat.handoff.end()
        self._vacate(member, process)
        if process is member.successor:
            member.successor = None
            self._notReplaced(member, process, reason)
        elif process is member.process:
            member.process, member.successor = member.successor, None
            if not process.asked:
                self._died(member, process, reason, sessions)
        else:
            member.former.remove(process)
            self.router.former.remove(process)
        if process.asked:
            announce(self.log, "SSLP106I", server=member.userid, pid=process.pid)
        if not any(member.processes):
            self._settled(member)
        self.judge(member)
        self._trim()
        self.room.orphaned(orphans)
        self.room.roomChanged()

    def _vacate(self, member: Member, process: Process) -> None:
        """
        Let others have the seat of a process that has ended.
        """
        if not process.lost:
            process.seat.region.clear()
            self._seats.give(process.seat)
        elif process.seat is member.home:
            member.home = self._seats.take(member.index) or member.home

    def _notReplaced(self, member: Member, process: Process, reason: str) -> None:
        """
        The process that was to take the place of another has ended; the other goes on.
        """
        if not process.asked and member.process is not None:
            announce(self.log, "SSLP128E", server=member.userid, reason=reason, pid=member.process.pid)
        self._settled(member)

    def _died(self, member: Member, process: Process, reason: str, sessions: int) -> None:
        delay = member.died(self._reactor.seconds(), process, reason)
        announce(
            self.log,
            "SSLP104E",
            server=member.userid,
            pid=process.pid,
            reason=reason,
            sessions=sessions,
            seconds=f"{delay:.0f}",
        )
        if self.running:
            self.happen(member, Event.DIED, reason)
            if member.process is not None:
                # What was to be its successor is on its way already.
                self.happen(member, Event.ACTIVATE, reason)

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

    # Changes while it runs

    def setLimits(self, limits: Limits) -> None:
        """
        Take other limits; the time limits among them apply to running sessions too.
        """
        self.router.limits = limits
        for member in self.members:
            for process in member.processes:
                process.link.setLimits(TimeLimits.of(limits))

    def setPort(self, port: PortAssignment) -> None:
        """
        Tell every server of a secure port, new or changed.
        """
        for member in self.members:
            for process in member.processes:
                process.link.setPort(port)

    def add(self, member: Member) -> None:
        """
        Take one more member, the last.
        """
        self.members.append(member)
        self.router.added()

    def want(self, member: Member, wanted: bool) -> None:
        """
        Let a member go, or keep one that was on its way out.
        """
        if wanted and member.leaving:
            member.leaving = False
            self.happen(member, Event.START, "POOL HIGH was raised again")
        elif not wanted and not member.leaving:
            member.leaving = True
            self.happen(member, Event.STOP, "POOL HIGH was lowered")
        self._trim()

    def _trim(self) -> None:
        """
        Forget the last members, as far as they are not wanted and have no process.
        """
        while self.members[-1].leaving and not any(self.members[-1].processes):
            self.members.pop()
            self.router.removed()
