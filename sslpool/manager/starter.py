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
from contextlib import suppress

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.interfaces import IDelayedCall, IReadDescriptor
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from sslpool.datagrams import receiveRecord, sendRecord
from sslpool.interfaces import IStackReactor, IStarter, IStarterClient
from sslpool.messages.announce import announce
from sslpool.pool.exits import exitReason
from sslpool.pool.launching import Beginning, Ended, Launch, Launched, Ready
from sslpool.signals import held

DELAYS = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
"""
How long after its death the agent is started again, in seconds; the last one goes on.
"""

LONGEST_LINE = 16384
"""
The most of a line without end that is kept, in octets.
"""

FAREWELL = 2.0
"""
How long the agent may take to end, in seconds.
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
    """

    log = Logger()
    client: IStarterClient

    def __init__(self, reactor: IStackReactor, userid: str, segment: int, beginning: Beginning) -> None:
        self._reactor = reactor
        self.userid = userid
        self._segment = segment
        self._beginning = beginning
        self.pid = 0
        self._pair: _Pair | None = None
        self._launches = 0
        self._waiting: deque[tuple[Launch, socket.socket, socket.socket]] = deque()
        self._entrusted: set[int] = set()
        self._ready = False
        self._first: Deferred[None] = Deferred()
        self._deaths = 0
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

    def launch(self, member: int, handoff: socket.socket, control: socket.socket) -> int:
        """
        See L{IStarter.launch}.
        """
        self._launches += 1
        self._waiting.append((Launch(self._launches, member), handoff, control))
        self._send()
        return self._launches

    def tells(self, launch: int) -> bool:
        """
        See L{IStarter.tells}.
        """
        return launch in self._entrusted or any(each.number == launch for each, _, _ in self._waiting)

    # The agent's life

    def _spawn(self) -> None:
        announce(self.log, "DTCRUN1043I", server=self.userid)
        try:
            mine, agents = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._pair = pair = _Pair(self, self._reactor, mine)
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
                _AgentProtocol(self),
                sys.executable,
                [sys.executable, "-m", "sslpool.ssldcssm"],
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
            if not self._first.called:
                self._first.callback(None)
        elif isinstance(record, Launched):
            self.client.launched(record.number, record.pid)
        elif isinstance(record, Ended):
            self._entrusted.discard(record.number)
            self.client.ended(record.number, record.reason)
        # It has read something since its buffer was full.
        self._send()

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
            try:
                self._pair.send(launch, (handoff.fileno(), control.fileno()))
            except OSError:
                return  # its buffer is full; or it has gone, and the next one gets it
            self._waiting.popleft()
            self._entrusted.add(launch.number)
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


@implementer(IReadDescriptor)
class _Pair:
    """
    The stack's end of the pair that it shares with the agent.
    """

    def __init__(self, starter: AgentStarter, reactor: IStackReactor, pair: socket.socket) -> None:
        pair.setblocking(False)
        self._starter = starter
        self._reactor = reactor
        self._pair = pair
        reactor.addReader(self)

    def send(self, record: object, descriptors: tuple[int, ...] = ()) -> None:
        """
        Send a record.

        @raise OSError: the agent has gone, or its buffer is full.
        """
        sendRecord(self._pair, record, descriptors)

    def close(self) -> None:
        """
        Let go of the pair; the agent then ends.
        """
        if self._pair.fileno() >= 0:
            self._reactor.removeReader(self)
            self._pair.close()

    def fileno(self) -> int:
        """
        The descriptor to watch.
        """
        return self._pair.fileno()

    def doRead(self) -> None:
        """
        Pass on what the agent says.
        """
        with suppress(BlockingIOError):
            if not self._hear():
                # Its process ends as well, and that is when it counts.
                self._reactor.removeReader(self)

    def drain(self) -> None:
        """
        Pass on everything that a dead agent has said.
        """
        with suppress(BlockingIOError):
            while self._pair.fileno() >= 0 and self._hear():
                pass

    def _hear(self) -> bool:
        """
        Pass on one record; C{False} where there will be none any more.

        @raise BlockingIOError: there is none yet.
        """
        try:
            received = receiveRecord(self._pair, Ready | Launched | Ended)
        except ConnectionError:
            return True  # it died without reading what it was sent; its own words come after that
        if received is None:
            return False
        self._starter.heard(received[0])
        return True

    def connectionLost(self, reason: Failure) -> None:
        """
        The reactor has lost the descriptor.
        """
        self.close()

    def logPrefix(self) -> str:
        """
        How the reactor calls this reader.
        """
        return "agent"


class _AgentProtocol(ProcessProtocol):
    """
    The agent's process: its last words and its end.  Servers inherit its
    standard error output, so that theirs arrive here as well.
    """

    def __init__(self, starter: AgentStarter) -> None:
        self._starter = starter
        self._partial = b""

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """
        Something unforeseen was written, by the agent or by a server.
        """
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._starter.complain(line.decode("utf-8", "replace"))
        if len(self._partial) > LONGEST_LINE:
            self._starter.complain(self._partial.decode("utf-8", "replace"))
            self._partial = b""

    def processExited(self, reason: Failure) -> None:
        """
        The agent has ended.  Its output may stay open in servers for longer.
        """
        ended = reason.value
        assert isinstance(ended, (ProcessDone, ProcessTerminated))
        self._starter.processEnded(exitReason(ended.status))
