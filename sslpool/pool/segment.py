# -*- test-case-name: tests.pool.test_segment -*-
"""
The layout of the shared segment: counters with one writer each.

The agent owns the memory; stack and servers map it and look at it through
these views, so that limits are exact without a lock or a message.  Every field
is an aligned 64-bit word, which the machine reads and writes as a whole.

A member's counters are cleared by the stack while the member has no process.
"""

from __future__ import annotations

WORD = 8
PAGE = 4096
MEMBERS = 256

_WAITING = 0

_HANDED, _FINISHED, _SLOTS = 0, 1, 8


def segmentSize(slots: int) -> int:
    """
    Return the size of a segment in octets, for members of at most C{slots} sessions each.
    """
    return PAGE + MEMBERS * _regionWords(slots) * WORD


def _regionWords(slots: int) -> int:
    octets = (_SLOTS + slots) * WORD
    return -(-octets // PAGE) * PAGE // WORD


class Segment:
    """
    The whole segment.

    @param memory: writable memory of L{segmentSize} octets.
    @param slots: as for L{segmentSize}; the same in every process.
    """

    def __init__(self, memory: memoryview, slots: int) -> None:
        self._words = memory.cast("B").cast("Q")
        self._slots = slots

    @property
    def waiting(self) -> bool:
        """
        The stack waits for room; a server that finishes a session wakes it.
        Written by the stack.
        """
        return self._words[_WAITING] != 0

    @waiting.setter
    def waiting(self, waits: bool) -> None:
        self._words[_WAITING] = 1 if waits else 0

    def region(self, index: int) -> Region:
        """
        Return the counters of the member with this index; 0 is the first member.
        """
        first = PAGE // WORD + index * _regionWords(self._slots)
        return Region(self._words[first : first + _SLOTS + self._slots])


class Region:
    """
    The counters of one member.

    @ivar words: the words themselves.  The relay writes C{words[FINISHED]} and
        the slots directly, since it does so for every session.
    """

    FINISHED = _FINISHED
    SLOTS = _SLOTS

    __slots__ = ("words",)

    def __init__(self, words: memoryview) -> None:
        self.words = words

    @property
    def slots(self) -> int:
        """
        How many connections can be on their way to the member at once.
        """
        return len(self.words) - _SLOTS

    @property
    def handed(self) -> int:
        """
        Sessions handed to the member's process.  Written by the stack.
        """
        return int(self.words[_HANDED])

    @handed.setter
    def handed(self, count: int) -> None:
        self.words[_HANDED] = count

    @property
    def finished(self) -> int:
        """
        Sessions that the member's process has ended.  Written by the server.
        """
        return int(self.words[_FINISHED])

    @property
    def sessions(self) -> int:
        """
        Sessions that count against the limits now.
        """
        return int(self.words[_HANDED] - self.words[_FINISHED])

    def taken(self, slot: int) -> int:
        """
        Return the number of the connection that the server has last begun to
        read in C{slot}.  Written by the server.
        """
        return int(self.words[_SLOTS + slot])

    def clear(self) -> None:
        """
        Set everything to zero, for the next process.  Written by the stack,
        which calls this only while the member has no process.
        """
        octets = self.words.cast("B")
        octets[:] = bytes(len(octets))
