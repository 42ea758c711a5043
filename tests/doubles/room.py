# -*- test-case-name: tests.manager.test_fakes -*-
"""
What stands around the pool in its tests: the shared segment, the way to a server, and whoever waits for room.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from socket import socket

from zope.interface import implementer

from sslpool.interfaces import Arrival, IAcceptor, IHandoff
from sslpool.pool.peers import Peer
from sslpool.wire.segment import PAGE, SeatWords, Segment, seatSize


def newSegment(slots: int = 16) -> Segment:
    """
    Return an empty segment of this process's own memory.
    """
    return Segment(_memory(PAGE), lambda seat: SeatWords(_memory(seatSize(slots)), slots))


def _memory(size: int) -> memoryview:
    return memoryview(bytearray(size))


@implementer(IHandoff)
class FakeHandoff:
    """
    The way to a server that takes what it is handed, while there is one.

    @ivar handed: the connections that were handed over and not taken.
    @ivar received: those that the server has received, and not begun to read.
    @ivar full: it takes nothing at the moment.
    @ivar watched: somebody asks what the server has.
    @ivar adopted: what came of that.
    @ivar stuck: how many offers the server has received, while others wait.
    """

    def __init__(self) -> None:
        self.pair: socket | None = None
        self.handed: list[Arrival] = []
        self.received: list[Arrival] = []
        self.full = False
        self.stuck: int | None = None
        self.watched = False
        self.adopted: list[tuple[int, Peer | None]] = []
        self._withdrawn: list[Arrival] = []

    @property
    def refuses(self) -> bool:
        """
        Whether it takes nothing.
        """
        return self.full or self.pair is None

    @property
    def untaken(self) -> int:
        """
        How many connections were not taken.
        """
        return len(self.handed) + len(self.received)

    @property
    def holding(self) -> bool:
        """
        Whether there are connections that were not taken.
        """
        return bool(self.handed)

    def hand(self, arrival: Arrival) -> bool:
        """
        Keep a connection.
        """
        if self.refuses:
            return False
        self.handed.append(arrival)
        return True

    def release(self) -> list[Arrival]:
        """
        Nothing: tests take out of C{handed} what is taken.
        """
        return []

    def settle(self) -> None:
        """
        Nothing: nothing is counted here.
        """

    def watch(self) -> None:
        """
        Keep in mind that somebody asks.
        """
        self.watched = True

    def adopt(self, found: Iterable[tuple[int, Peer | None]]) -> None:
        """
        Keep what is to be counted.
        """
        self.adopted += found

    def withdraw(self) -> None:
        """
        The server takes nothing of what is here now.
        """
        self._withdrawn, self.handed = self.handed, []

    def withdrawn(self) -> list[Arrival]:
        """
        Give that back.
        """
        return self._withdrawn

    def begin(self, pair: socket) -> None:
        """
        Keep the pair.
        """
        self.pair = pair

    def end(self) -> list[Arrival]:
        """
        Give back what was not taken.
        """
        assert self.pair is not None
        self.pair.close()
        self.pair = None
        orphans = [*self.received, *self.handed]
        self.received, self.handed = [], []
        return orphans


@implementer(IAcceptor)
class FakeRoom:
    """
    Somebody who waits for room.

    @ivar changes: how often there was news.
    @ivar orphans: the connections that came back.
    """

    def __init__(self) -> None:
        self.changes = 0
        self.orphans: list[Arrival] = []

    def roomChanged(self) -> None:
        """
        Count.
        """
        self.changes += 1

    def woken(self, returned: Sequence[Arrival]) -> None:
        """
        Keep what comes back, and count.
        """
        self.orphaned(returned)
        self.roomChanged()

    def orphaned(self, arrivals: Sequence[Arrival]) -> None:
        """
        Keep what comes back.
        """
        self.orphans += arrivals
