# -*- test-case-name: tests.manager.test_starter -*-
"""
A reactor for tests of the stack's parts: time is a clock, processes are
records, and descriptors are real but looked at only when a test says so.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Mapping, Sequence
from typing import cast

from attrs import define, field
from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.internet.interfaces import IProcessProtocol, IProcessTransport, IReadDescriptor, IWriteDescriptor
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure

TURNS = 1000
"""
After so many turns a reader that is always readable is taken for a mistake.
"""


@define(eq=False)
class FakeProcess:
    """
    A process that was asked for.

    @ivar descriptors: duplicates of the descriptors that it was given, by number.
    @ivar signals: the signals that it was sent.
    """

    protocol: IProcessProtocol
    executable: str
    arguments: Sequence[str]
    environment: Mapping[str, str] | None
    descriptors: dict[int, int]
    pid: int | None
    signals: list[str] = field(factory=list)

    def end(self, status: int = 0) -> None:
        """
        End with what C{waitpid} says.
        """
        self.pid = None
        self.closeDescriptors()
        reason = ProcessDone(status) if status == 0 else ProcessTerminated(status=status)
        if os.WIFSIGNALED(status):
            reason = ProcessTerminated(signal=os.WTERMSIG(status), status=status)
        self.protocol.processExited(Failure(reason))

    def closeDescriptors(self) -> None:
        """
        Close what it was given.
        """
        while self.descriptors:
            os.close(self.descriptors.popitem()[1])

    def signalProcess(self, signalID: str | int) -> None:
        """
        Take note of a signal.
        """
        if self.pid is None:
            raise ProcessExitedAlready()
        self.signals.append(str(signalID))


class FakeReactor(MemoryReactorClock):
    """
    The reactor.

    @ivar processes: every process that was asked for.
    @ivar spawnFailure: is raised when a process is asked for, if given.
    """

    def __init__(self) -> None:
        super().__init__()
        self.processes: list[FakeProcess] = []
        self.spawnFailure: OSError | None = None

    def spawnProcess(
        self,
        processProtocol: IProcessProtocol,
        executable: str,
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        path: str | None = None,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: bool = False,
        childFDs: Mapping[int, int | str] | None = None,
    ) -> IProcessTransport:
        """
        Take note of a process.
        """
        if self.spawnFailure is not None:
            raise self.spawnFailure
        given = {number: each for number, each in (childFDs or {}).items() if isinstance(each, int)}
        descriptors = {number: os.dup(each) for number, each in given.items()}
        pid = 500 + len(self.processes)
        process = FakeProcess(processProtocol, executable, args, env, descriptors, pid)
        self.processes.append(process)
        transport = cast(IProcessTransport, process)
        processProtocol.makeConnection(transport)
        return transport

    def turn(self) -> None:
        """
        Let every reader read until none has anything to read, and every writer write.
        """
        for _ in range(TURNS):
            ready = self._readable()
            writable = self._writable()
            if not ready and not writable:
                return
            for reader in ready:
                if reader in self.getReaders():
                    reader.doRead()
            for writer in writable:
                if writer in self.getWriters():
                    writer.doWrite()
        raise AssertionError(f"always ready: {ready} {writable}")

    def _writable(self) -> list[IWriteDescriptor]:
        writers = {writer.fileno(): writer for writer in self.getWriters()}
        poll = select.poll()
        for descriptor in writers:
            poll.register(descriptor, select.POLLOUT)
        return [writers[descriptor] for descriptor, _ in poll.poll(0)]

    def _readable(self) -> list[IReadDescriptor]:
        readers = {reader.fileno(): reader for reader in self.getReaders()}
        poll = select.poll()
        for descriptor in readers:
            poll.register(descriptor, select.POLLIN)
        return [readers[descriptor] for descriptor, _ in poll.poll(0)]


def signalled(number: signal.Signals) -> int:
    """
    Return the C{waitpid} status of a process that a signal has ended.
    """
    return int(number)
