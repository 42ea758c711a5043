# -*- test-case-name: tests.manager.test_starter -*-
"""
One agent process, as the stack has it: from its start to its end.  Lives in the stack process.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import inf
from typing import Protocol

from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from sslpool import __version__
from sslpool.interfaces import IStackReactor
from sslpool.manager.agentpair import AgentPair, AgentProtocol
from sslpool.messages.announce import announce
from sslpool.reasons import reasonOf
from sslpool.signals import held
from sslpool.tls.library import settingsFor
from sslpool.wire.launching import Beginning, Ended, Launched
from sslpool.wire.segment import PAGE, AgentWords

LARGEST = 1 << 22
"""
What process ids are less than (C{PID_MAX_LIMIT}, proc(5)).
"""

MADE = inf
"""
Stands for the time when a server was asked for, once it has been made.
"""

VACANT = AgentWords(memoryview(bytes(PAGE)))
"""
The part of the segment where there is no agent.
"""


SETTINGS = "OPENSSL_CONF"
"""
The variable with the name of the TLS library's settings.  Where the stack has it, an operator's file counts.
"""


@contextmanager
def _readable(content: bytes) -> Iterator[int]:
    """
    Give the descriptor of a file, which never leaves memory, with C{content}.
    """
    with open(os.memfd_create("settings"), "w+b", buffering=0) as file:
        file.write(content)
        file.seek(0)
        yield file.fileno()


class ISegmentFiles(Protocol):
    """
    Where the parts of the shared segment are.
    """

    @property
    def descriptor(self) -> int:
        """
        The descriptor of the stack's part.
        """

    def seat(self, number: int) -> int:
        """
        Return the descriptor of a seat.
        """

    def newAgent(self) -> tuple[int, AgentWords]:
        """
        Make the part of another agent; return its descriptor, which the caller closes, and the part.
        """


class IAgentOwner(Protocol):
    """
    Who has agents: the starter.
    """

    @property
    def userid(self) -> str:
        """
        The agent's name.
        """

    def heard(self, agent: Agent, record: object) -> None:
        """
        An agent has said something.
        """

    def complain(self, line: str) -> None:
        """
        An agent or a server has written a line.
        """

    def processEnded(self, agent: Agent, reason: str) -> None:
        """
        An agent's process has ended.
        """


class Agent:
    """
    An agent.

    @ivar pid: its process id, or 0 where it has none (any more).
    @ivar words: its part of the shared segment.
    @ivar ready: it can make servers.
    @ivar entrusted: the numbers of the launches that it has been asked for, with the time of the
        stack's clock, in seconds, or C{MADE}.
    @param owner: hears of it.
    @param reactor: makes its process, and watches the pair.
    """

    log = Logger()

    def __init__(self, owner: IAgentOwner, reactor: IStackReactor) -> None:
        self._owner = owner
        self._reactor = reactor
        self._pair: AgentPair | None = None
        self._ended = False
        self.pid = 0
        self.words = VACANT
        self.ready = False
        self.entrusted: dict[int, float] = {}

    def begin(self, files: ISegmentFiles, beginning: Beginning) -> None:
        """
        Make its process.

        @param beginning: what it is told first.
        @raise OSError: the system does not give us what it needs.
        """
        mine, agents = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._pair = pair = AgentPair(self, self._reactor, mine)
        try:
            with agents:
                pid = self._spawn(agents, files, settingsFor(beginning.parameters.cacheLife))
        except OSError:
            self.close()
            raise
        if self._pair is pair:
            self.pid = pid
            with suppress(OSError):  # it has died already, which is heard elsewhere
                pair.send(beginning)

    def _spawn(self, agents: socket.socket, files: ISegmentFiles, settings: bytes) -> int:
        """
        Make the process with its end of the pair; return its process id.

        @param settings: what its TLS library reads as it begins, from the standard input; empty for nothing.
        """
        part, self.words = files.newAgent()
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        if settings:
            environment.setdefault(SETTINGS, "/proc/self/fd/0")
        try:
            with held(), _readable(settings) as first:
                process = self._reactor.spawnProcess(
                    AgentProtocol(self),
                    sys.executable,
                    # Nothing is imported from the directory in which the stack happens to run.
                    [sys.executable, "-P", "-m", "sslpool.ssldcssm"],
                    env=environment,
                    childFDs={0: first, 1: "r", 2: "r", 3: agents.fileno(), 4: files.descriptor, 5: part},
                )
        finally:
            os.close(part)
        return process.pid or 0

    def send(self, record: object, descriptors: tuple[int, ...]) -> None:
        """
        Send a record.

        @raise OSError: it has gone, or its buffer is full.
        """
        if self._pair is None:
            raise BrokenPipeError
        self._pair.send(record, descriptors)

    def close(self) -> None:
        """
        Let go of the pair; the agent then ends, and its servers go on.
        """
        if self._pair is not None:
            self._pair.close()
        self._pair = None

    def kill(self) -> None:
        """
        End its process.
        """
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)

    @property
    def idle(self) -> bool:
        """
        Whether it has made all the servers that it was asked for.
        """
        return all(since == MADE for since in self.entrusted.values())

    # IAgentListener

    def heard(self, record: object) -> None:
        """
        It has said something, which counts where it is about what it was asked for.
        """
        if isinstance(record, Launched):
            if self.entrusted.get(record.number, MADE) == MADE:
                return
            if not self._made(record.pid):
                self.garbled(f"process {record.pid} is none that it has made")
                return
        elif isinstance(record, Ended):
            if record.number not in self.entrusted:
                return
        elif self.ready:
            return
        self._owner.heard(self, record)

    def garbled(self, reason: str) -> None:
        """
        It has said what cannot be: end it, before somebody else's process is taken for one of its own.
        """
        announce(self.log, "SSLP183W", server=self._owner.userid, pid=self.pid, reason=reason)
        self._dismiss()

    def differs(self, release: str) -> None:
        """
        It is of another build, whose segment and records are others: end it.
        """
        fields = {"release": release, "own": __version__}
        announce(self.log, "SSLP195E", server=self._owner.userid, pid=self.pid, **fields)
        self._dismiss()

    def _dismiss(self) -> None:
        if not self._ended:
            with suppress(ProcessLookupError):
                self.kill()
        self.close()

    def _made(self, pid: int) -> bool:
        """
        Tell whether a process may be one of its own: these are in its session, where they remain when it has ended.
        """
        try:
            return pid > 1 and os.getsid(pid) == self.pid
        except (ProcessLookupError, OverflowError):
            return 0 < pid < LARGEST  # it has ended already

    def complain(self, line: str) -> None:
        """
        It has written a line, or a server.
        """
        self._owner.complain(line)

    def processEnded(self, reason: str) -> None:
        """
        Its process has ended.  What it said before counts.
        """
        self._ended = True
        if self._pair is not None:
            self._pair.drain()
        self.close()
        self.ready = False
        self.pid = 0
        self.entrusted.clear()
        self._owner.processEnded(self, reason)


def notMade(error: OSError) -> str:
    """
    Return why there is no agent.
    """
    return f"its process could not be created: {reasonOf(error)}"


def cancelled(result: object, call: IDelayedCall) -> object:
    """
    Pass a result on, and forget what was to be done without it.
    """
    if call.active():
        call.cancel()
    return result
