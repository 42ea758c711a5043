# -*- test-case-name: tests.agent.test_segment -*-
"""
The memory of the shared segment: one file without a name for each part, made by
the stack, and mapped by those who write or read it.

A process can write its own part, and no other's: a server is given the file of
its seat alone, and the stack's part can be written by nobody who maps it later.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os

from sslpool.wire.segment import PAGE, AgentWords, SeatWords, Segment, StackWords, seatSize

_SIZED = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
"""
A file that is cut short would kill whoever looks at it.
"""

_FUTURE_WRITE = 0x10
"""
F_SEAL_FUTURE_WRITE (Linux 5.1, fcntl(2)), which Python 3.11 has no name for: what is
mapped already can be written, and nothing else.
"""


class SegmentFiles:
    """
    The files, in the stack's process.

    @ivar segment: the segment.
    @ivar descriptor: that of the stack's part.
    @param name: what C{/proc} shows; the stack's userid, as a DCSS is named.
    @param slots: sessions for each process that there is room for.
    """

    def __init__(self, name: str, slots: int) -> None:
        self._name = name
        self._slots = slots
        self._seats: dict[int, int] = {}
        self.descriptor = _make(name, PAGE)
        self.segment = Segment(_map(self.descriptor, PAGE), self._seat)
        _close(self.descriptor)

    def _seat(self, number: int) -> SeatWords:
        self._seats[number] = _make(f"{self._name}.{number + 1}", seatSize(self._slots))
        # A server that sealed it against writing would leave a seat that no other can have.
        fcntl.fcntl(self._seats[number], fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL)
        return mapSeat(self._seats[number], self._slots)

    def seat(self, number: int) -> int:
        """
        Return the descriptor of a seat's file.
        """
        self.segment.region(number)
        return self._seats[number]

    def newAgent(self) -> tuple[int, AgentWords]:
        """
        Make the part of another agent.

        @return: the descriptor of its file, which the caller closes, and what the agent writes there.
        @raise OSError: there is no descriptor or no memory for it.
        """
        descriptor = _make(f"{self._name}.agent", PAGE)
        return descriptor, AgentWords(_map(descriptor, PAGE, mmap.PROT_READ))

    def close(self) -> None:
        """
        Close the files; what is mapped stays.
        """
        for descriptor in (self.descriptor, *self._seats.values()):
            os.close(descriptor)
        self._seats.clear()


def mapStack(descriptor: int) -> StackWords:
    """
    Return the stack's part, which this process and those that it forks can read.
    """
    return StackWords(_map(descriptor, PAGE, mmap.PROT_READ))


def mapAgent(descriptor: int) -> AgentWords:
    """
    Return the part of this agent, which no process that it forks has.
    """
    memory = mmap.mmap(descriptor, PAGE)
    memory.madvise(mmap.MADV_DONTFORK)
    _close(descriptor)
    return AgentWords(memoryview(memory))


def mapSeat(descriptor: int, slots: int) -> SeatWords:
    """
    Return a seat.
    """
    return SeatWords(_map(descriptor, seatSize(slots)), slots)


def _make(name: str, size: int) -> int:
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.ftruncate(descriptor, size)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SIZED)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _map(descriptor: int, size: int, protection: int = mmap.PROT_READ | mmap.PROT_WRITE) -> memoryview:
    return memoryview(mmap.mmap(descriptor, size, prot=protection))


def _close(descriptor: int) -> None:
    """
    Let nobody else write to a file.
    """
    try:
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _FUTURE_WRITE | fcntl.F_SEAL_SEAL)
    except OSError as error:
        if error.errno != errno.EINVAL:  # an older kernel does not know it
            raise
