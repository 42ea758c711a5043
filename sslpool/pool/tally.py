# -*- test-case-name: tests.pool.test_tally -*-
"""
The counters of a server's process as the stack believes them.  Pure; used in the stack process.

A server can write every word of its seat, those of the stack included, and somebody may have made it his own.  So the
stack keeps what it counts itself in its own memory as well, and of what the server says believes no more than an honest
one could say: whoever lies there has other sessions than it should, and nobody else has fewer.
"""

from __future__ import annotations

from typing import cast

from sslpool.wire.segment import Region


def own(index: int) -> int:
    """
    Return a word as L{word <sslpool.wire.segment.word>} does, which the stack writes and does not read back.
    """

    def read(tally: Tally) -> int:
        return tally.own[index]

    def write(tally: Tally, value: int) -> None:
        tally.own[index] = tally.words[index] = value

    return cast(int, property(read, write))


class Tally(Region):
    """
    The counters of one process.

    @ivar own: what the stack itself has counted, or last believed, in the order of the words.
    """

    handed = own(Region.HANDED)
    sent = own(Region.SENT)
    withdrawn = own(Region.WITHDRAWN)

    def __init__(self, words: memoryview) -> None:
        super().__init__(words)
        self.own = [0] * Region.SLOTS

    @property
    def finished(self) -> int:
        """
        See L{Region.finished}; a count that goes back, or is greater than what was handed over, is none.
        """
        own, said = self.own, self.words[Region.FINISHED]
        if own[Region.FINISHED] <= said <= own[Region.HANDED]:
            own[Region.FINISHED] = said
        return own[Region.FINISHED]

    @property
    def sessions(self) -> int:
        return max(0, self.own[Region.HANDED] - self.finished)

    def offer(self, change: int) -> int:
        """
        Count an offer, and the session that comes of it: 1 more, or 1 fewer (-1) that could not be sent.

        @return: how many offers have been sent.
        """
        own, words = self.own, self.words
        own[Region.HANDED] = words[Region.HANDED] = own[Region.HANDED] + change
        own[Region.SENT] = words[Region.SENT] = sent = own[Region.SENT] + change
        return sent

    @property
    def pending(self) -> int:
        """
        See L{Region.pending}: at most as many as there are sessions.
        """
        return max(0, min(self.handed - self.words[Region.PASSED], self.sessions))

    @property
    def data(self) -> int:
        """
        See L{Region.data}: at most as many as there can be sessions.
        """
        return min(self.words[Region.DATA], self.slots)

    @data.setter
    def data(self, count: int) -> None:
        self.words[Region.DATA] = count

    def clear(self) -> None:
        super().clear()
        self.own = [0] * Region.SLOTS
