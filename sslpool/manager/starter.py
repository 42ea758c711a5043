# -*- test-case-name: tests.manager.test_starter -*-
"""
The stack's side of the agent: starts the agent's process, asks it for servers,
and starts another when it has died.  Lives in the stack process.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from math import inf

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from zope.interface import implementer

from sslpool.interfaces import IStackReactor, IStarter, IStarterClient
from sslpool.manager.agentpair import AgentPair, AgentProtocol
from sslpool.manager.endings import Ending
from sslpool.messages.announce import announce
from sslpool.pool.launching import Beginning, Ended, Launch, Launched, Ready
from sslpool.signals import held

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

MADE = inf
"""
Stands for the time when a server was asked for, once it has been made.
"""

WORD = 0.5
"""
How long the agent may take to say how a server has ended, in seconds.
"""

UNKNOWN = "its process has ended, and the agent does not say how"
"""
The reason where it takes longer.
"""


@implementer(IStarter)
class AgentStarter(Service):
    """
    Has the agent fork servers.

    @ivar client: hears what becomes of them; set before the service starts.
    @ivar pid: the agent's process id, or 0.
    @param userid: the agent's name.
    @param segment: descriptor of the shared segment.
    @param beginning: what each agent is told first.
    @param accepted: returns the descriptor of what a new server serves where it cannot read the key
        database; C{None} where there is none.
    """

    log = Logger()
    client: IStarterClient

    def __init__(
        self,
        reactor: IStackReactor,
        userid: str,
        segment: int,
        beginning: Beginning,
        accepted: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._reactor = reactor
        self.userid = userid
        self._segment = segment
        self._beginning = beginning
        self._accepted = accepted
        self.pid = 0
        self._pair: AgentPair | None = None
        self._launches = 0
        self._waiting: deque[tuple[Launch, socket.socket, socket.socket]] = deque()
        self._entrusted: dict[int, float] = {}
        self._endings: dict[int, Ending] = {}
        self._ready = False
        self._first: Deferred[None] = Deferred()
        self._deaths = 0
        self._lacking: tuple[str, ...] = ()
        self._restart: IDelayedCall | None = None
        self._ended: Deferred[None] | None = None

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
        self._forget()
        for ending in self._endings.values():
            ending.close()
        self._endings.clear()
        if self._pair is None:
            return None
        self._ended = Deferred()
        self._drop()
        overdue = self._reactor.callLater(FAREWELL, self._kill)
        self._ended.addBoth(lambda _: overdue.cancel() if overdue.active() else None)
        return self._ended

    # IStarter

    def whenReady(self) -> Deferred[None]:
        """
        See L{IStarter.whenReady}.
        """
        return self._first

    def launch(self, seat: int, handoff: socket.socket, control: socket.socket) -> int:
        """
        See L{IStarter.launch}.
        """
        self._launches += 1
        self._waiting.append((Launch(self._launches, seat), handoff, control))
        self._send()
        return self._launches

    def tells(self, launch: int) -> bool:
        """
        See L{IStarter.tells}.
        """
        known = launch in self._entrusted or launch in self._endings
        return known or any(each.number == launch for each, _, _ in self._waiting)

    def kill(self, launch: int, pid: int) -> None:
        """
        See L{IStarter.kill}.
        """
        ending = self._endings.get(launch)
        with suppress(ProcessLookupError):
            if ending is None:
                os.kill(pid, signal.SIGKILL)
            else:
                ending.kill()

    # Whether the agent gets on

    @property
    def awaited(self) -> bool:
        """
        Whether servers are to be made now.
        """
        return bool(self._waiting) or any(since < MADE for since in self._entrusted.values())

    @property
    def overdue(self) -> bool:
        """
        Whether the agent has been asked for a server, and has not made it in time.
        """
        limit = self._reactor.seconds() - MAKING
        return any(since < limit for since in self._entrusted.values())

    def replace(self, reason: str) -> None:
        """
        End an agent that cannot be used any more; another takes its place.

        @param reason: why, as an operator would say it.
        """
        if self.pid:
            announce(self.log, "SSLP139W", server=self.userid, pid=self.pid, reason=reason)
            self._kill()

    # The agent's life

    def _spawn(self) -> None:
        announce(self.log, "DTCRUN1043I", server=self.userid)
        try:
            mine, agents = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._pair = pair = AgentPair(self, self._reactor, mine)
            with agents:
                pid = self._spawnWith(agents)
        except OSError as error:
            self._drop()
            self._again(f"its process could not be made: {error.strerror}")
            return
        if self._pair is pair:
            self.pid = pid
            with suppress(OSError):  # it has died already, which is heard elsewhere
                pair.send(self._beginning)

    def _spawnWith(self, agents: socket.socket) -> int:
        """
        Make the agent's process with its end of the pair; return its process id.
        """
        with held(), open(os.devnull, "rb") as nothing:
            process = self._reactor.spawnProcess(
                AgentProtocol(self),
                sys.executable,
                # Nothing is imported from the directory in which the stack happens to run.
                [sys.executable, "-P", "-m", "sslpool.ssldcssm"],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                childFDs={0: nothing.fileno(), 1: "r", 2: "r", 3: agents.fileno(), 4: self._segment},
            )
        return process.pid or 0

    def _again(self, reason: str) -> None:
        """
        There is no agent any more, or none could be made: start one after a while.
        """
        delay = DELAYS[min(self._deaths, len(DELAYS) - 1)]
        self._deaths += 1
        announce(self.log, "SSLP102E", server=self.userid, reason=reason, seconds=f"{delay:.0f}")
        self._restart = self._reactor.callLater(delay, self._spawn)

    def complain(self, line: str) -> None:
        """
        Log a line that the agent or a server has written.
        """
        announce(self.log, "SSLP628E", server=self.userid, line=line)

    def heard(self, record: object) -> None:
        """
        The agent has said something.
        """
        if isinstance(record, Ready):
            self._ready = True
            announce(self.log, "SSLP101I", server=self.userid, pid=self.pid)
            self._lament(record.lacking)
            if not self._first.called:
                self._first.callback(None)
        elif isinstance(record, Launched):
            self._launched(record.number, record.pid)
        elif isinstance(record, Ended):
            self._hasEnded(record.number, record.reason)
        # It has read something since its buffer was full.
        self._send()

    def _lament(self, lacking: tuple[str, ...]) -> None:
        """
        Say what no process of the pool has given up; of later agents what is not the same.
        """
        if lacking and lacking != self._lacking:
            announce(self.log, "SSLP180W", server=self.userid, reasons="; ".join(lacking))
        self._lacking = lacking

    def _launched(self, launch: int, pid: int) -> None:
        self._entrusted[launch] = MADE
        with suppress(OSError):  # it has ended already, or the system cannot tell: the agent says so
            self._endings[launch] = Ending(self._reactor, pid, lambda: self._overhear(launch))
        self.client.launched(launch, pid)

    def _overhear(self, launch: int) -> None:
        """
        A server has ended.  The agent knows how, unless it hangs.
        """
        delay = WORD if launch in self._entrusted else 0
        self._reactor.callLater(delay, self._hasEnded, launch, UNKNOWN)

    def _hasEnded(self, launch: int, reason: str) -> None:
        ending = self._endings.pop(launch, None)
        if ending is not None:
            ending.close()
        known = self._entrusted.pop(launch, None)
        if ending is not None or known is not None:
            self.client.ended(launch, reason)

    def processEnded(self, reason: str) -> None:
        """
        The agent's process has ended.
        """
        if self._pair is not None:
            # What it said before it died counts.
            self._pair.drain()
        self._drop()
        self._ready = False
        self.pid = 0
        self._entrusted.clear()
        if self._ended is not None:
            self._ended.callback(None)
        if self.running:
            self._again(reason)
            self.client.agentEnded()

    def _drop(self) -> None:
        if self._pair is not None:
            self._pair.close()
        self._pair = None

    def _send(self) -> None:
        while self._waiting and self._ready and self._pair is not None:
            launch, handoff, control = self._waiting[0]
            accepted = self._accepted()
            others = () if accepted is None else (accepted,)
            try:
                self._pair.send(launch, (handoff.fileno(), control.fileno(), *others))
            except OSError:
                return  # its buffer is full; or it has gone, and the next one gets it
            self._waiting.popleft()
            self._entrusted[launch.number] = self._reactor.seconds()
            handoff.close()
            control.close()
            self._deaths = 0

    def _forget(self) -> None:
        while self._waiting:
            _, handoff, control = self._waiting.popleft()
            handoff.close()
            control.close()

    def _kill(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
