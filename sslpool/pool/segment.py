# -*- test-case-name: tests.pool.test_segment -*-
"""
The layout of the shared segment: counters with one writer each.

It is in parts, each of which has one process that writes it, or a stack and one
server that write words of their own; these processes map it and look at it
through these views, so that limits are exact without a lock or a message.  Every
field is an aligned 64-bit word, which the machine reads and writes as a whole.

- The stack's part says what the stack wants of everybody.
- Each agent has a part of its own.
- Each process of a server has a I{seat}: counters, and books of the session cache.
  The counters are cleared by the stack while nobody has the seat; the books
  (L{sslpool.pool.cachebook}) are not.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from attrs import astuple, frozen

from sslpool.pool import cachebook

WORD = 8
PAGE = 4096
"""
The size of the stack's part, and of an agent's, in octets.
"""

MEMBERS = 256
SEATS = 2 * MEMBERS
"""
Places for processes: one for each member, and as many for what replaces a
process that still has sessions.
"""

BEAT = 0.25
"""
How often, in seconds, agent and servers report progress.
"""

_WAITING, _TURNS, _FORGOTTEN = range(3)
"""
The words of the stack's part.
"""

_KEYS, _AGENT = 0, 8
"""
The words of an agent's part: those of L{KeyFacts}, and its progress.
"""

_HANDED, _FINISHED, _PROGRESS, _SHORTAGE, _DATA, _ARRIVED, _WITHDRAWN, _SENT, _PASSED, _SLOTS = range(10)

RETURNED = 1 << 63
"""
What a server adds to the number of a connection in its slot when it gives the
connection back, without having read from it.
"""


class Shortage(IntEnum):
    """
    What a server has run out of.

    @cvar UNKNOWN: it says something that no server says.
    """

    NONE = 0
    DESCRIPTORS = 1
    MEMORY = 2
    UNKNOWN = 3


LACKING = {
    Shortage.NONE: "nothing",
    Shortage.DESCRIPTORS: "descriptors",
    Shortage.MEMORY: "memory",
    Shortage.UNKNOWN: "resource that the stack knows",
}
"""
What a server has run out of, as an operator would say it.
"""


def seatSize(slots: int) -> int:
    """
    Return the size of a seat in octets, for a process of at most C{slots} sessions.
    """
    return (_regionWords(slots) + cachebook.WORDS) * WORD


def _regionWords(slots: int) -> int:
    # As many again for the numbers of those that have ended last.
    octets = (_SLOTS + 2 * slots) * WORD
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


class StackWords:
    """
    The stack's part.  Agent and servers read it.

    @param memory: L{PAGE} octets, writable in the stack.
    """

    def __init__(self, memory: memoryview) -> None:
        self._words = memory.cast("B").cast("Q")

    @property
    def waiting(self) -> bool:
        """
        The stack waits for room; a server that finishes a session wakes it.
        """
        return self._words[_WAITING] != 0

    @waiting.setter
    def waiting(self, waits: bool) -> None:
        self._words[_WAITING] = 1 if waits else 0

    @property
    def turns(self) -> int:
        """
        How often operators have asked for another ticket key.
        """
        return int(self._words[_TURNS])

    @property
    def forgotten(self) -> int:
        """
        How often that was to be without the keys before.
        """
        return int(self._words[_FORGOTTEN])

    def turn(self, forget: bool) -> None:
        """
        Ask for another ticket key.

        @param forget: tickets of the keys before are not accepted any more.
        """
        if forget:
            self._words[_FORGOTTEN] += 1
        self._words[_TURNS] += 1


class AgentWords:
    """
    An agent's part.  The stack reads it.

    @param memory: L{PAGE} octets, writable in the agent.
    """

    def __init__(self, memory: memoryview) -> None:
        self._words = memory.cast("B").cast("Q")

    @property
    def keys(self) -> KeyFacts:
        """
        What it says of its ticket keys.
        """
        return KeyFacts(*self._words[_KEYS : _KEYS + 5])

    @keys.setter
    def keys(self, facts: KeyFacts) -> None:
        for index, word in enumerate(astuple(facts)):
            self._words[_KEYS + index] = word

    @property
    def progress(self) -> int:
        """
        How often it has come round its loop.
        """
        return int(self._words[_AGENT])

    @progress.setter
    def progress(self, count: int) -> None:
        self._words[_AGENT] = count


class SeatWords:
    """
    A seat.

    @ivar region: its counters.
    @ivar books: its books of the session cache, written by the server that has it.
    @param memory: writable memory of L{seatSize} octets.
    @param slots: as for L{seatSize}.
    """

    def __init__(self, memory: memoryview, slots: int) -> None:
        words = memory.cast("B").cast("Q")
        self.region = Region(words[: _SLOTS + 2 * slots])
        self.books = words[_regionWords(slots) :]


class Segment(StackWords):
    """
    The segment as the stack has it: its own part, and all seats.

    @param memory: its own part.
    @param makeSeat: makes the seat with a number, which is asked for once.
    """

    def __init__(self, memory: memoryview, makeSeat: Callable[[int], SeatWords]) -> None:
        super().__init__(memory)
        self._makeSeat = makeSeat
        self._seats: dict[int, SeatWords] = {}

    def _seat(self, number: int) -> SeatWords:
        if number not in self._seats:
            self._seats[number] = self._makeSeat(number)
        return self._seats[number]

    def region(self, seat: int) -> Region:
        """
        Return the counters of a seat; 0 is that of the first member.
        """
        return self._seat(seat).region

    def cache(self, seat: int) -> memoryview:
        """
        Return the books of a seat.
        """
        return self._seat(seat).books


class Region:
    """
    The counters of one process.

    @ivar words: the words themselves.  A server writes some directly, since it does so for every connection:
        C{ARRIVED} (offers received), C{PASSED} (past their handshake, or ended before), C{FINISHED}, the slots.
    @ivar slots: how many connections can be on their way to the process at once.
    """

    HANDED = _HANDED
    FINISHED = _FINISHED
    DATA = _DATA
    ARRIVED = _ARRIVED
    WITHDRAWN = _WITHDRAWN
    SENT = _SENT
    SHORTAGE = _SHORTAGE
    PASSED = _PASSED
    SLOTS = _SLOTS

    __slots__ = ("slots", "words")

    def __init__(self, words: memoryview) -> None:
        self.words = words
        self.slots = (len(words) - _SLOTS) // 2

    @property
    def handed(self) -> int:
        """
        Sessions handed to the process.  Written by the stack.
        """
        return int(self.words[_HANDED])

    @handed.setter
    def handed(self, count: int) -> None:
        self.words[_HANDED] = count

    @property
    def finished(self) -> int:
        """
        Sessions that the process has ended.  Written by the server.
        """
        return int(self.words[_FINISHED])

    def finish(self, number: int) -> None:
        """
        A session has ended: leave its number for the stack, and count it.  Called by the server.

        @param number: the connection number.
        """
        words = self.words
        finished = words[_FINISHED]
        words[_SLOTS + self.slots + finished % self.slots] = number
        words[_FINISHED] = finished + 1

    def ended(self, first: int, last: int) -> list[int]:
        """
        Return the numbers of sessions that have ended, as far as they have not been overwritten
        by those of later ones.

        @param first: L{finished} before the first of them.
        @param last: L{finished} after the last one.
        """
        words, slots = self.words, self.slots
        return [words[_SLOTS + slots + count % slots] for count in range(max(first, last - slots), last)]

    @property
    def pending(self) -> int:
        """
        Connections that have neither completed their handshake nor ended.
        """
        return int(self.words[_HANDED] - self.words[_PASSED])

    @property
    def sessions(self) -> int:
        """
        Sessions that count against the limits now.
        """
        return int(self.words[_HANDED] - self.words[_FINISHED])

    @property
    def sent(self) -> int:
        """
        How many offers have been sent.  Written by the stack.
        """
        return int(self.words[_SENT])

    @sent.setter
    def sent(self, count: int) -> None:
        self.words[_SENT] = count

    @property
    def withdrawn(self) -> int:
        """
        Up to which offer the process takes none any more.  Written by the stack.
        """
        return int(self.words[_WITHDRAWN])

    @withdrawn.setter
    def withdrawn(self, count: int) -> None:
        self.words[_WITHDRAWN] = count

    @property
    def progress(self) -> int:
        """
        How often the process has come round its loop, or on with long work.  Written by the server.
        """
        return int(self.words[_PROGRESS])

    @progress.setter
    def progress(self, count: int) -> None:
        self.words[_PROGRESS] = count

    @property
    def shortage(self) -> Shortage:
        """
        What the process has run out of: it can take no connection.  Written by the server.
        """
        return Shortage(self.words[_SHORTAGE])

    @shortage.setter
    def shortage(self, shortage: Shortage) -> None:
        self.words[_SHORTAGE] = shortage

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
        read in C{slot}; with L{RETURNED}, that it has given back.  Written by the server.
        """
        return int(self.words[_SLOTS + slot])

    def clear(self) -> None:
        """
        Set everything to zero, for the next process.  Written by the stack,
        which calls this only while no process has the seat.
        """
        octets = self.words.cast("B")
        octets[:] = bytes(len(octets))
