# -*- test-case-name: tests.wire.test_segment -*-
"""
The layout of the shared segment: counters with one writer each.

It is in parts, each of which has one process that writes it, or a stack and one server that write words of their own;
these processes map it and look at it through these views, so that limits are exact without a lock or a message.  Every
field is an aligned 64-bit word, which the machine reads and writes as a whole.

    - The stack's part says what the stack wants of everybody.
    - Each agent has a part of its own.
    - Each process of a server has a I{seat}: counters, and books of the session cache.
      The counters are cleared by the stack while nobody has the seat; the books
      (L{sslpool.wire.cachebook}) are not.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from functools import cache
from typing import cast

from attrs import astuple, frozen

from sslpool.wire import cachebook

WORD = 8
PAGE = 4096
"""
The size of the stack's part, and of an agent's, in octets.
"""

MEMBERS = 256
SEATS = 2 * MEMBERS
"""
Places for processes: one for each member, and as many for what replaces a process that still has sessions.
"""

BEAT = 0.25
"""
How often, in seconds, agent and servers report progress.
"""

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

    @classmethod
    def _missing_(cls, value: object) -> Shortage:
        return cls.UNKNOWN


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
    octets = (Region.SLOTS + 2 * slots) * WORD
    return -(-octets // PAGE) * PAGE // WORD


@frozen
class KeyFacts:
    """
    What the agent says of its ticket keys.

    @ivar ring: the number of this set of keys; another agent has another one.
    @ivar began: since when it has been in use, monotonic, in milliseconds.
    @ivar period: how long each key is in use, in seconds.
    @ivar size: how many keys there are, used and unused.
    @ivar base: L{Segment.rotations} when they were made.
    """

    ring: int = 0
    began: int = 0
    period: int = 0
    size: int = 0
    base: int = 0


class Part:
    """
    Words of the segment that belong together.

    @ivar words: the words.
    @param words: aligned ones of 64 bits.
    """

    def __init__(self, words: memoryview) -> None:
        self.words = words


def word(index: int) -> int:
    """
    Return the word with an index as an attribute of its L{Part}: a property, which costs no more than one written out.
    """

    def read(part: Part) -> int:
        return part.words[index]

    def write(part: Part, value: int) -> None:
        part.words[index] = value

    return cast(int, property(read, write))


class StackWords(Part):
    """
    The stack's part.  Agent and servers read it.

    @ivar waiting: whether the stack waits for room; a server that finishes a session wakes it.
    @ivar rotations: how often operators have asked for another ticket key.
    @ivar forgotten: how often that was to be without the keys before.
    @param memory: L{PAGE} octets, writable in the stack.
    """

    waiting, rotations, forgotten = word(0), word(1), word(2)

    def __init__(self, memory: memoryview) -> None:
        super().__init__(memory.cast("B").cast("Q"))

    def rotate(self, forget: bool) -> None:
        """
        Ask for another ticket key.

        @param forget: tickets of the keys before are not accepted any more.
        """
        if forget:
            self.forgotten += 1
        self.rotations += 1


class AgentWords(Part):
    """
    An agent's part.  The stack reads it.

    @ivar progress: how often it has come round its loop.
    @param memory: L{PAGE} octets, writable in the agent.
    """

    progress = word(8)

    def __init__(self, memory: memoryview) -> None:
        super().__init__(memory.cast("B").cast("Q"))

    @property
    def keys(self) -> KeyFacts:
        """
        What it says of its ticket keys.
        """
        return KeyFacts(*self.words[:5])

    @keys.setter
    def keys(self, facts: KeyFacts) -> None:
        for index, word in enumerate(astuple(facts)):
            self.words[index] = word


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
        self.region = Region(words[: Region.SLOTS + 2 * slots])
        self.books = words[_regionWords(slots) :]


class Segment(StackWords):
    """
    The segment as the stack has it: its own part, and all seats.

    @param memory: its own part.
    @param makeSeat: makes the seat with a number, which is asked for once.
    """

    def __init__(self, memory: memoryview, makeSeat: Callable[[int], SeatWords]) -> None:
        super().__init__(memory)
        self._seat = cache(makeSeat)

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


class Region(Part):
    """
    The counters of one process.

    @ivar words: the words themselves.  A server writes some directly, since it does so for every connection:
        C{ARRIVED} (offers received), C{PASSED} (past their handshake, or ended before), C{FINISHED}, the slots.
    @ivar slots: how many connections can be on their way to the process at once.
    @ivar handed: sessions handed to the process.  Written by the stack.
    @ivar sent: how many offers have been sent.  Written by the stack.
    @ivar withdrawn: up to which offer the process takes none any more.  Written by the stack.
    @ivar progress: how often the process has come round its loop, or on with long work.  Written by the server.
    @ivar data: FTP's data connections that the member's process has or expects.  Written by the server.
    """

    HANDED, FINISHED, PROGRESS, SHORTAGE, DATA, ARRIVED, WITHDRAWN, SENT, PASSED, SLOTS = range(10)

    handed = word(HANDED)
    progress = word(PROGRESS)
    data = word(DATA)
    withdrawn = word(WITHDRAWN)
    sent = word(SENT)

    def __init__(self, words: memoryview) -> None:
        super().__init__(words)
        self.slots = (len(words) - Region.SLOTS) // 2

    @property
    def finished(self) -> int:
        """
        Sessions that the process has ended.  Written by the server.
        """
        return self.words[Region.FINISHED]

    def finish(self, number: int) -> None:
        """
        A session has ended: leave its number for the stack, and count it.  Called by the server.

        @param number: the connection number.
        """
        words = self.words
        finished = words[Region.FINISHED]
        words[Region.SLOTS + self.slots + finished % self.slots] = number
        words[Region.FINISHED] = finished + 1

    def ended(self, first: int, last: int) -> list[int]:
        """
        Return the numbers of sessions that have ended, as far as they have not been overwritten by those of later ones.

        @param first: L{finished} before the first of them.
        @param last: L{finished} after the last one.
        """
        words, slots = self.words, self.slots
        return [words[Region.SLOTS + slots + count % slots] for count in range(max(first, last - slots), last)]

    @property
    def pending(self) -> int:
        """
        Connections that have neither completed their handshake nor ended.
        """
        return self.handed - self.words[Region.PASSED]

    @property
    def sessions(self) -> int:
        """
        Sessions that count against the limits now.
        """
        return self.handed - self.finished

    @property
    def shortage(self) -> Shortage:
        """
        What the process has run out of: it can take no connection.  Written by the server.
        """
        return Shortage(self.words[Region.SHORTAGE])

    @shortage.setter
    def shortage(self, shortage: Shortage) -> None:
        self.words[Region.SHORTAGE] = shortage

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
        return self.words[Region.SLOTS + slot]

    def clear(self) -> None:
        """
        Set everything to zero, for the next process.  Written by the stack,
        which calls this only while no process has the seat.
        """
        octets = self.words.cast("B")
        octets[:] = bytes(len(octets))
