"""
Tests for L{sslpool.pool.tally}.
"""

from __future__ import annotations

import random

from twisted.trial.unittest import SynchronousTestCase

from sslpool.pool.tally import Tally
from sslpool.wire.segment import WORD, Region, Shortage

SLOTS = 5
WILD = (0, 1, 2, 3, 7, (1 << 63) - 1, 1 << 63, (1 << 64) - 2, (1 << 64) - 1)
"""
What somebody may write who wants to see what comes of it.
"""


class TallyTests(SynchronousTestCase):
    """
    The counters of one process as the stack believes them, and as its server has them.
    """

    def setUp(self) -> None:
        """
        Make a seat.
        """
        memory = memoryview(bytearray(WORD * (Region.SLOTS + 2 * SLOTS))).cast("Q")
        self.ours, self.theirs = Tally(memory), Region(memory)

    def test_honest(self) -> None:
        """
        Both sides see what the other counts.
        """
        self.ours.handed += 4
        self.ours.sent += 4
        self.ours.withdrawn = 3
        self.theirs.words[Region.PASSED] += 3
        self.theirs.finish(11)
        self.theirs.data = 2
        self.theirs.shortage = Shortage.MEMORY
        for region in (self.ours, self.theirs):
            self.assertEqual((region.handed, region.finished, region.sessions, region.pending), (4, 1, 3, 1))
            self.assertEqual((region.sent, region.withdrawn, region.data, region.load), (4, 3, 2, 5))
            self.assertIs(region.shortage, Shortage.MEMORY)

    def test_offer(self) -> None:
        """
        An offer counts as a session on its way, until it turns out that it could not be sent.
        """
        self.assertEqual([self.ours.offer(1), self.ours.offer(1), self.ours.offer(-1)], [1, 2, 1])
        for region in (self.ours, self.theirs):
            self.assertEqual((region.handed, region.sent), (1, 1))

    def test_neverBack(self) -> None:
        """
        What has ended has ended: sessions that are claimed again do not count.
        """
        self.ours.handed = 10
        self.theirs.words[Region.FINISHED] = 8
        self.assertEqual(self.ours.sessions, 2)
        self.theirs.words[Region.FINISHED] = 0
        self.assertEqual((self.ours.finished, self.ours.sessions), (8, 2))

    def test_neverMore(self) -> None:
        """
        No more sessions end than there are, so that nobody makes room in the pool that there is not.
        """
        self.ours.handed = 3
        self.theirs.words[Region.FINISHED] = 4
        self.assertEqual((self.ours.finished, self.ours.sessions), (0, 3))

    def test_ownWords(self) -> None:
        """
        What the stack counts cannot be changed by others.
        """
        self.ours.handed = self.ours.sent = self.ours.withdrawn = 2
        for word in WILD:
            self.theirs.handed = self.theirs.sent = self.theirs.withdrawn = word
            self.assertEqual((self.ours.handed, self.ours.sent, self.ours.withdrawn, self.ours.sessions), (2,) * 4)

    def test_clear(self) -> None:
        """
        The next process begins from nothing.
        """
        self.ours.handed = self.ours.sent = self.ours.withdrawn = 2
        self.theirs.words[Region.FINISHED] = 2
        self.assertEqual(self.ours.finished, 2)
        self.ours.clear()
        self.assertEqual((self.ours.handed, self.ours.sent, self.ours.withdrawn, self.ours.finished), (0,) * 4)

    def test_shortage(self) -> None:
        """
        A shortage is what a server can have run out of, and one that the stack does not know is that.
        """
        self.theirs.shortage = Shortage.MEMORY
        self.assertIs(self.ours.shortage, Shortage.MEMORY)
        self.theirs.words[Region.SHORTAGE] = 77
        self.assertIs(self.ours.shortage, Shortage.UNKNOWN)

    def test_anyWords(self) -> None:
        """
        Whatever stands in the seat, the counters are what they can be.
        """
        chance = random.Random(183)
        finished = 0
        for _ in range(2000):
            self.theirs.words[chance.randrange(len(self.theirs.words))] = chance.choice(WILD)
            self.ours.handed += chance.randrange(2)
            self.assertTrue(finished <= self.ours.finished <= self.ours.handed)
            finished = self.ours.finished
            self.assertEqual(self.ours.sessions, self.ours.handed - finished)
            self.assertTrue(0 <= self.ours.pending <= self.ours.sessions)
            self.assertTrue(0 <= self.ours.data <= SLOTS)
            self.assertIn(self.ours.shortage, Shortage)
            self.assertLessEqual(len(self.ours.ended(0, self.ours.finished)), SLOTS)
