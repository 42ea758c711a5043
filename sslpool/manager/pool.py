# -*- test-case-name: tests.manager.test_pool -*-
"""
The pool manager: what happens to members, and what is asked of all of them.
Lives in the stack process.

Events reach members through the table of L{sslpool.pool.states}; this module
carries out the actions.  A member has one process at a time: a new one is made
when the old one has ended, so that its counters have one writer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from zope.interface import implementer

from sslpool.config.configuration import Limits
from sslpool.interfaces import IHandoff, IRoom, IRouter, IStarter
from sslpool.manager.member import Member, Process
from sslpool.manager.processes import IProcessWatcher, MakeLink, Processes
from sslpool.manager.traces import Traces
from sslpool.messages.announce import announce
from sslpool.pool.assignment import Assignment, PortAssignment, TimeLimits
from sslpool.pool.routing import choose, toActivate
from sslpool.pool.states import Action, Event, Refusal, State, follow

RETIREMENT = 600.0
"""
How long a member may be empty before its process goes, in seconds; never the first one.
"""

LAST_CALL = 8.0
"""
How long servers may take to end when the stack ends, in seconds.
"""


@implementer(IRouter, IProcessWatcher)
class Pool(Service):
    """
    All members.

    @ivar members: the members, in the order of their numbers.
    @ivar limits: the limits in force.
    @ivar peak: the most sessions at once.
    @ivar firstActive: fires when the first member has become Active.
    @ivar processes: the members' processes.
    @ivar traces: what each member traces.
    @ivar joined: is called with each member that has become Active, before it gets connections.
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
        self.traces = Traces()
        self.joined: Callable[[Member], None] = lambda member: None
        self.firstActive: Deferred[None] = Deferred()
        self.processes = Processes(reactor, self.members, starter, makeLink, self._assignment, ports, self)
        self._reactor = reactor
        self._starter = starter
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
        # Not sooner: the agent must be there before any server.
        self._starter.whenReady().addCallback(self._begin)

    def _begin(self, result: None) -> None:
        if self.running:
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
                self.processes.quiesce(member, 0)
                ending.append(self.whenSettled(member))
        overdue = self._reactor.callLater(LAST_CALL, self._killAll)

        def ended(results: object) -> None:
            if overdue.active():
                overdue.cancel()

        return DeferredList(ending).addCallback(ended)

    def _killAll(self) -> None:
        for member in self.members:
            if member.process is not None:
                self.processes.kill(member)

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
            member.since = self._reactor.seconds()
            member.reason = reason
        if self.running:
            self._act(member, outcome.action, self.limits.quiesce if quiesce is None else quiesce)
        return None

    def _act(self, member: Member, action: Action, quiesce: int) -> None:
        if action is Action.LAUNCH:
            if member.process is None:
                self._launch(member)
            else:
                member.relaunch = True
        elif action is Action.RELAUNCH:
            self._launchLater(member)
        elif action in (Action.QUIESCE, Action.RENEW):
            member.relaunch = action is Action.RENEW
            if member.process is not None:
                self.processes.quiesce(member, quiesce)

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
        announce(self.log, "SSLP103I", server=member.userid, reason=member.reason)
        try:
            self.processes.launch(member)
        except OSError as error:
            self._notMade(member, error.strerror or str(error))

    def _notMade(self, member: Member, reason: str) -> None:
        """
        The system does not give us what a process needs: try again later.
        """
        delay = member.died(self._reactor.seconds(), None)
        announce(self.log, "SSLP126E", server=member.userid, reason=reason, seconds=f"{delay:.0f}")
        self.happen(member, Event.DIED, f"it could not be started: {reason}")
        self._settled(member)

    def _assignment(self, member: Member) -> Assignment:
        trace = self.traces.of(member.userid)
        return Assignment(member.userid, self.keyFile, TimeLimits.of(self.limits), trace)

    def ready(self, member: Member, process: Process) -> None:
        """
        See L{IProcessWatcher.ready}.
        """
        now = self._reactor.seconds()
        member.emptySince = now
        self.happen(member, Event.READY, member.reason)
        took = (now - process.began) * 1000
        if not self.firstActive.called:
            self.firstActive.callback(None)
        announce(self.log, "SSLP100I", server=member.userid, pid=process.pid, milliseconds=f"{took:.0f}")
        self._settled(member)
        self.joined(member)
        self.room.roomChanged()

    def gone(self, member: Member, process: Process, reason: str) -> None:
        """
        See L{IProcessWatcher.gone}.
        """
        orphans = member.handoff.end()
        sessions = member.region.sessions - len(orphans)
        member.region.clear()
        if process.asked:
            announce(self.log, "SSLP106I", server=member.userid, pid=process.pid)
        else:
            self._died(member, process, reason, sessions)
        if member.relaunch and self.running:
            member.relaunch = False
            self._launch(member)
        else:
            self._settled(member)
        self._trim()
        self.room.orphaned(orphans)
        self.room.roomChanged()

    def _died(self, member: Member, process: Process, reason: str, sessions: int) -> None:
        delay = member.died(self._reactor.seconds(), process)
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
        self.limits = limits
        for member in self.members:
            if member.process is not None:
                member.process.link.setLimits(TimeLimits.of(limits))

    def setPort(self, port: PortAssignment) -> None:
        """
        Tell every server of a secure port, new or changed.
        """
        for member in self.members:
            if member.process is not None:
                member.process.link.setPort(port)

    def add(self, member: Member) -> None:
        """
        Take one more member, the last.
        """
        self.members.append(member)
        self._states.append(member.state)

    def want(self, member: Member, wanted: bool) -> None:
        """
        Let a member go, or keep one that was on its way out.
        """
        if wanted and member.leaving:
            member.leaving = False
            self.happen(member, Event.START, "POOL HIGH is higher again")
        elif not wanted and not member.leaving:
            member.leaving = True
            self.happen(member, Event.STOP, "POOL HIGH is lower now")
        self._trim()

    def _trim(self) -> None:
        """
        Forget the last members, as far as they are not wanted and have no process.
        """
        while self.members[-1].leaving and self.members[-1].process is None:
            self.members.pop()
            self._states.pop()

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
