# -*- test-case-name: tests.pool.test_segment -*-
"""
The layout of the shared segment: counters with one writer each.

The agent owns the memory; stack and servers map it and look at it through
these views, so that limits are exact without a lock or a message.  Every field
is an aligned 64-bit word, which the machine reads and writes as a whole.

A member's counters are cleared by the stack while the member has no process; its
books of the session cache (L{sslpool.pool.cachebook}) are not.
"""

from __future__ import annotations

from attrs import astuple, frozen

from sslpool.pool import cachebook

WORD = 8
PAGE = 4096
MEMBERS = 256

_WAITING, _TURNS, _FORGOTTEN, _KEYS = 0, 1, 2, 8
"""
The words of the first page: the first three are written by the stack, those of
L{KeyFacts} by the agent.
"""

_HANDED, _FINISHED, _SLOTS = 0, 1, 8
_DATA = 4


def segmentSize(slots: int) -> int:
    """
    Return the size of a segment in octets, for members of at most C{slots} sessions each.
    """
    return PAGE + MEMBERS * (_regionWords(slots) + cachebook.WORDS) * WORD


def _regionWords(slots: int) -> int:
    octets = (_SLOTS + slots) * WORD
    return -(-octets // PAGE) * PAGE // WORD


@frozen
class KeyFacts:
    """
    What the agent says of its ticket keys.

    @ivar ring: the number of this set of keys; another agent has another one.
    @ivar began: since when it has been in use, monotonic, in milliseconds.
    @ivar period: how long each key is in use, in seconds.
    @ivar size: how many keys there are, used and unused.
    @ivar base: L{Segment.turns} when they were made.
    """

    ring: int = 0
    began: int = 0
    period: int = 0
    size: int = 0
    base: int = 0


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

    @property
    def turns(self) -> int:
        """
        How often operators have asked for another ticket key.  Written by the stack.
        """
        return int(self._words[_TURNS])

    @property
    def forgotten(self) -> int:
        """
        How often that was to be without the keys before.  Written by the stack.
        """
        return int(self._words[_FORGOTTEN])

    def turn(self, forget: bool) -> None:
        """
        Ask for another ticket key.  Called by the stack.

        @param forget: tickets of the keys before are not accepted any more.
        """
        if forget:
            self._words[_FORGOTTEN] += 1
        self._words[_TURNS] += 1

    @property
    def keys(self) -> KeyFacts:
        """
        What the agent says of its ticket keys.  Written by the agent.
        """
        return KeyFacts(*self._words[_KEYS : _KEYS + 5])

    @keys.setter
    def keys(self, facts: KeyFacts) -> None:
        for index, word in enumerate(astuple(facts)):
            self._words[_KEYS + index] = word

    def cache(self, index: int) -> memoryview:
        """
        Return the books of the member with this index.  Written by its server.
        """
        first = PAGE // WORD + index * cachebook.WORDS
        return self._words[first : first + cachebook.WORDS]

    def region(self, index: int) -> Region:
        """
        Return the counters of the member with this index; 0 is the first member.
        """
        first = PAGE // WORD + MEMBERS * cachebook.WORDS + index * _regionWords(self._slots)
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

    @property
    def data(self) -> int:
        """
        FTP's data connections that the member's process has or expects.  Written by the server.
        """
        return int(self.words[_DATA])

    @data.setter
    def data(self, count: int) -> None:
        self.words[_DATA] = count

    @property
    def load(self) -> int:
        """
        What takes room in the member's process.
        """
        return self.sessions + self.data

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
