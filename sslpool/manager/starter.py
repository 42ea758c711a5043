# -*- test-case-name: tests.manager.test_starter -*-
"""
The stack's side of the agent: starts the agent's process, asks it for servers, starts another when it has died, and
puts another in its place whose ticket keys nobody has seen.  Lives in the stack process.
"""

from __future__ import annotations

import os
import signal
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from attrs import define, field
from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sslpool.backoff import Backoff
from sslpool.interfaces import IStackReactor, IStarter, IStarterClient
from sslpool.manager.agent import MADE, VACANT, Agent, ISegmentFiles, cancelled, notMade
from sslpool.manager.endings import Ending
from sslpool.messages import operatorError
from sslpool.messages.announce import announce
from sslpool.wire.launching import Beginning, Ended, Launch, Launched, Ready
from sslpool.wire.segment import AgentWords

DELAYS = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
"""
How long after its death the agent is started again, in seconds; the last one goes on.
"""

FAREWELL = 2.0
"""
How long the agent may take to end, in seconds.
"""

MAKING = 10.0
"""
How long the agent may take to make a server, in seconds.
"""

BEGINNING = 60.0
"""
How long an agent that is to take the place of another may take to be ready, in seconds.
"""

WORD = 0.5
"""
How long the agent may take to say how a server has ended, in seconds.
"""

UNKNOWN = "its process ended, and the agent did not report how"
"""
The reason where it takes longer.
"""


@implementer(IStarter)
@define(eq=False, slots=False)
class AgentStarter(Service):
    """
    Has the agent fork servers.

    @param userid: the agent's name.
    @ivar _files: the parts of the shared segment.
    @ivar _beginning: what each agent is told first.
    @ivar _accepted: returns the descriptor of what a server serves that cannot read the key database, or C{None}.
    """

    _reactor: IStackReactor
    userid: str
    _files: ISegmentFiles
    _beginning: Beginning
    _accepted: Callable[[], int | None] = lambda: None
    _present: Agent | None = field(default=None, init=False)
    _coming: Agent | None = field(default=None, init=False)
    _leaving: list[Agent] = field(factory=list, init=False)
    _launches: int = field(default=0, init=False)
    _waiting: deque[tuple[Launch, int, socket.socket, socket.socket]] = field(factory=deque, init=False)
    _endings: dict[int, Ending] = field(factory=dict, init=False)
    _first: Deferred[None] = field(factory=Deferred, init=False)
    _renewal: Deferred[None] | None = field(default=None, init=False)
    _backoff: Backoff = field(factory=lambda: Backoff(DELAYS), init=False)
    _lacking: tuple[str, ...] = field(default=(), init=False)
    _restart: IDelayedCall | None = field(default=None, init=False)
    _ends: dict[Agent, Deferred[None]] = field(factory=dict, init=False)
    log = Logger()

    def wire(self, client: IStarterClient) -> None:
        """
        Have C{client} hear what becomes of them.
        """
        verifyObject(IStarterClient, client)
        self._client = client

    # The service's life

    def startService(self) -> None:
        """
        Start the agent, before any server.
        """
        super().startService()
        self._spawn()

    def stopService(self) -> Deferred[None] | None:
        """
        Let the agent end, and wait for it.
        """
        super().stopService()
        if self._restart is not None and self._restart.active():
            self._restart.cancel()
        while self._waiting:
            *_, handoff, control = self._waiting.popleft()
            handoff.close()
            control.close()
        for ending in self._endings.values():
            ending.close()
        self._endings.clear()
        ends = [self._end(agent) for agent in self.agents]
        return gatherResults(ends).addCallback(lambda results: None) if ends else None

    @property
    def agents(self) -> list[Agent]:
        """
        All agents that are there, those that come and go included.
        """
        return [agent for agent in (self._present, self._coming, *self._leaving) if agent is not None]

    def _end(self, agent: Agent) -> Deferred[None]:
        """
        Let an agent end; return what fires when it has.
        """
        ended = self._ends[agent] = Deferred()
        agent.close()
        overdue = self._reactor.callLater(FAREWELL, agent.kill)
        return ended.addBoth(lambda _: overdue.cancel() if overdue.active() else None)

    # IStarter

    def whenReady(self) -> Deferred[None]:
        return self._first

    def launch(self, seat: int, handoff: socket.socket, control: socket.socket) -> int:
        self._launches += 1
        self._waiting.append((Launch(self._launches), seat, handoff, control))
        self._send()
        return self._launches

    def tells(self, launch: int) -> bool:
        return launch in self._endings or self._waits(launch) or any(launch in each.entrusted for each in self.agents)

    def kill(self, launch: int, pid: int) -> None:
        ending = self._endings.get(launch)
        with suppress(ProcessLookupError):
            if ending is None:
                os.kill(pid, signal.SIGKILL)
            else:
                ending.kill()

    def renew(self) -> Deferred[None]:
        assert self._coming is None
        present = self._present
        if present is None or not present.ready:
            raise operatorError("DTCSSL2421E", server=self.userid, reason="the agent is not running")
        announce(self.log, "DTCRUN1043I", server=self.userid)
        self._coming = coming = Agent(self, self._reactor)
        try:
            coming.begin(self._files, self._beginning)
        except OSError as error:
            self._coming = None
            raise operatorError("SSLP190E", agent=self.userid, reason=notMade(error)) from error
        renewal: Deferred[None] = Deferred()
        self._renewal = renewal
        overdue = self._reactor.callLater(BEGINNING, coming.kill)
        return renewal.addBoth(cancelled, overdue)

    def isCurrent(self, launch: int) -> bool:
        return self._waits(launch) or (self._present is not None and launch in self._present.entrusted)

    def _waits(self, launch: int) -> bool:
        return any(each.number == launch for each, *_ in self._waiting)

    # Whether the agent gets on

    @property
    def pid(self) -> int:
        """
        The agent's process id, or 0.
        """
        return 0 if self._present is None else self._present.pid

    @property
    def words(self) -> AgentWords:
        """
        The agent's part of the shared segment.
        """
        return VACANT if self._present is None else self._present.words

    @property
    def awaited(self) -> bool:
        """
        Whether servers are to be made now.
        """
        return bool(self._waiting) or (self._present is not None and not self._present.idle)

    @property
    def overdue(self) -> bool:
        """
        Whether the agent has been asked for a server, and has not made it in time.
        """
        limit = self._reactor.seconds() - MAKING
        return self._present is not None and any(since < limit for since in self._present.entrusted.values())

    def replace(self, reason: str) -> None:
        """
        End an agent that cannot be used any more; another takes its place.

        @param reason: why, as an operator would say it.
        """
        if self._present is not None and self.pid:
            announce(self.log, "SSLP139W", server=self.userid, pid=self.pid, reason=reason)
            self._present.kill()

    # The agent's life

    def _spawn(self) -> None:
        announce(self.log, "DTCRUN1043I", server=self.userid)
        self._present = agent = Agent(self, self._reactor)
        try:
            agent.begin(self._files, self._beginning)
        except OSError as error:
            self._present = None
            self._again(notMade(error))

    def _again(self, reason: str) -> None:
        """
        There is no agent any more, or none could be made: start one after a while.
        """
        delay = self._backoff.failed()
        announce(self.log, "SSLP102E", server=self.userid, reason=reason, seconds=f"{delay:.0f}")
        self._restart = self._reactor.callLater(delay, self._spawn)

    def complain(self, line: str) -> None:
        """
        Log a line that the agent or a server has written.
        """
        announce(self.log, "SSLP628E", server=self.userid, line=line)

    def heard(self, agent: Agent, record: object) -> None:
        """
        An agent has said something.
        """
        if isinstance(record, Ready):
            self._isReady(agent, record.lacking)
        elif isinstance(record, Launched):
            self._launched(agent, record.number, record.pid)
        elif isinstance(record, Ended):
            self._hasEnded(record.number, record.reason)
        # It has read something since its buffer was full.
        self._send()
        self._dismiss()

    def _isReady(self, agent: Agent, lacking: tuple[str, ...]) -> None:
        agent.ready = True
        if agent is self._coming:
            before, self._present, self._coming = self._present, agent, None
            if before is not None:
                announce(self.log, "SSLP191I", server=self.userid, pid=agent.pid, former=before.pid)
                self._leaving.append(before)
                # Whoever cannot make what it was asked for before must go all the same.
                self._reactor.callLater(MAKING, before.kill)
        announce(self.log, "SSLP101I", server=self.userid, pid=agent.pid)
        self._announceLacking(lacking)
        if not self._first.called:
            self._first.callback(None)
        if agent is self._present:
            self._renewed(None)

    def _dismiss(self) -> None:
        """
        Let agents go whose place has been taken, as soon as they have made what they were asked for.
        """
        for agent in self._leaving:
            if agent.idle and self.running:
                agent.close()

    def _renewed(self, error: Exception | None) -> None:
        renewal, self._renewal = self._renewal, None
        if renewal is not None and error is None:
            renewal.callback(None)
        elif renewal is not None:
            renewal.errback(error)

    def _announceLacking(self, lacking: tuple[str, ...]) -> None:
        """
        Say what no process of the pool has given up; of later agents what is not the same.
        """
        if lacking and lacking != self._lacking:
            announce(self.log, "SSLP180W", server=self.userid, reasons="; ".join(lacking))
        self._lacking = lacking

    def _launched(self, agent: Agent, launch: int, pid: int) -> None:
        agent.entrusted[launch] = MADE
        with suppress(OSError):  # it has ended already, or the system cannot tell: the agent says so
            self._endings[launch] = Ending(self._reactor, pid, lambda: self._overhear(launch))
        self._client.launched(launch, pid)

    def _overhear(self, launch: int) -> None:
        """
        A server has ended.  The agent knows how, unless it hangs.
        """
        delay = WORD if any(launch in agent.entrusted for agent in self.agents) else 0
        self._reactor.callLater(delay, self._hasEnded, launch, UNKNOWN)

    def _hasEnded(self, launch: int, reason: str) -> None:
        ending = self._endings.pop(launch, None)
        if ending is not None:
            with suppress(OSError):  # as a rule there is nobody any more
                ending.kill()
            ending.close()
        known = [agent.entrusted.pop(launch) for agent in self.agents if launch in agent.entrusted]
        if ending is not None or known:
            self._client.ended(launch, reason)

    def processEnded(self, agent: Agent, reason: str) -> None:
        """
        An agent's process has ended.
        """
        if agent in self._leaving:
            self._leaving.remove(agent)
        elif agent is self._coming:
            self._coming = None
            self._renewed(operatorError("SSLP190E", agent=self.userid, reason=reason))
        elif agent is self._present:
            self._present = None
            if self.running:
                self._succeed(reason)
        if agent in self._ends:
            self._ends.pop(agent).callback(None)
        if self.running:
            self._client.agentEnded()

    def _succeed(self, reason: str) -> None:
        """
        There is no agent any more: the one that was to take its place does so now, or another is started.
        """
        if self._coming is None:
            self._again(reason)
            self._renewed(operatorError("SSLP190E", agent=self.userid, reason=reason))
        else:
            self._present, self._coming = self._coming, None
            announce(self.log, "SSLP194W", server=self.userid, reason=reason, pid=self.pid)

    def _send(self) -> None:
        agent = self._present
        while self._waiting and agent is not None and agent.ready:
            launch, seat, handoff, control = self._waiting[0]
            accepted = self._accepted()
            others = () if accepted is None else (accepted,)
            try:
                agent.send(launch, (handoff.fileno(), control.fileno(), self._files.seat(seat), *others))
            except OSError:
                return  # its buffer is full; or it has gone, and the next one gets it
            self._waiting.popleft()
            agent.entrusted[launch.number] = self._reactor.seconds()
            handoff.close()
            control.close()
            self._backoff.worked()
