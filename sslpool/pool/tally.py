# -*- test-case-name: tests.pool.test_tally -*-
"""
The counters of a server's process as the stack believes them.  Pure; used in the stack process.

A server can write every word of its seat, those of the stack included, and somebody may have
made it his own.  So the stack keeps what it counts itself in its own memory as well, and of what the
server says believes no more than an honest one could say: whoever lies there has other
sessions than it should, and nobody else has fewer.
"""

from __future__ import annotations

from sslpool.pool.segment import Region, Shortage


class Tally(Region):
    """
    The counters of one process.

    @ivar sent: how many offers have been sent.
    @ivar withdrawn: up to which of these the process is to take none any more.
    """

    __slots__ = ("_finished", "_handed", "_sent", "_withdrawn")

    def __init__(self, words: memoryview) -> None:
        super().__init__(words)
        self._handed = self._finished = self._sent = self._withdrawn = 0

    @property
    def handed(self) -> int:
        """
        See L{Region.handed}.
        """
        return self._handed

    @handed.setter
    def handed(self, count: int) -> None:
        self._handed = self.words[Region.HANDED] = count

    @property
    def finished(self) -> int:
        """
        See L{Region.finished}; a count that goes back, or is greater than what was handed over, is none.
        """
        said = self.words[Region.FINISHED]
        if self._finished <= said <= self._handed:
            self._finished = said
        return self._finished

    @property
    def sessions(self) -> int:
        """
        See L{Region.sessions}.
        """
        return max(0, self._handed - self.finished)

    @property
    def pending(self) -> int:
        """
        See L{Region.pending}: at most as many as there are sessions.
        """
        return max(0, min(self._handed - self.words[Region.PASSED], self.sessions))

    @property
    def shortage(self) -> Shortage:
        """
        See L{Region.shortage}.
        """
        said = self.words[Region.SHORTAGE]
        return Shortage(said) if said < Shortage.UNKNOWN else Shortage.UNKNOWN

    @shortage.setter
    def shortage(self, shortage: Shortage) -> None:
        self.words[Region.SHORTAGE] = shortage

    @property
    def data(self) -> int:
        """
        See L{Region.data}: at most as many as there can be sessions.
        """
        return min(self.words[Region.DATA], self.slots)

    @data.setter
    def data(self, count: int) -> None:
        self.words[Region.DATA] = count

    @property
    def sent(self) -> int:
        """
        See L{Region.sent}.
        """
        return self._sent

    @sent.setter
    def sent(self, count: int) -> None:
        self._sent = self.words[Region.SENT] = count

    @property
    def withdrawn(self) -> int:
        """
        See L{Region.withdrawn}.
        """
        return self._withdrawn

    @withdrawn.setter
    def withdrawn(self, count: int) -> None:
        self._withdrawn = self.words[Region.WITHDRAWN] = count

    def clear(self) -> None:
        """
        See L{Region.clear}.
        """
        super().clear()
        self._handed = self._finished = self._sent = self._withdrawn = 0
