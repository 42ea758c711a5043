# -*- test-case-name: tests.pool.test_segment -*-
"""
Tests for L{sslpool.pool.segment}, over memory that is mapped more than once.
"""

from __future__ import annotations

import os
from mmap import mmap

from twisted.trial.unittest import SynchronousTestCase

from sslpool.pool import cachebook
from sslpool.pool.segment import PAGE, SEATS, WORD, KeyFacts, Region, Segment, segmentSize

SLOTS = 1000
BOOKS = SEATS * cachebook.WORDS * WORD


class SegmentTests(SynchronousTestCase):
    """
    A segment as two processes see it.
    """

    def setUp(self) -> None:
        """
        Map the same memory twice.
        """
        self.size = segmentSize(SLOTS)
        descriptor = os.memfd_create("segment")
        os.ftruncate(descriptor, self.size)
        self.memory = mmap(descriptor, self.size)
        self.stack = Segment(memoryview(self.memory), SLOTS)
        self.server = Segment(memoryview(mmap(descriptor, self.size)), SLOTS)
        os.close(descriptor)

    def test_size(self) -> None:
        """
        Every seat has whole pages of its own, and the sizes add up.
        """
        for slots in (1, 251, 252, SLOTS):
            rest = segmentSize(slots) - PAGE
            self.assertEqual(rest % (SEATS * PAGE), 0)
            self.assertGreaterEqual(rest // SEATS, (2 * slots + Region.SLOTS) * WORD)
        self.assertEqual(segmentSize(251) - PAGE - BOOKS, SEATS * PAGE)
        self.assertEqual(segmentSize(252) - PAGE - BOOKS, SEATS * PAGE * 2)

    def test_waiting(self) -> None:
        """
        The server sees that the stack waits, and that it does not.
        """
        self.assertFalse(self.server.waiting)
        self.stack.waiting = True
        self.assertTrue(self.server.waiting)
        self.stack.waiting = False
        self.assertFalse(self.server.waiting)

    def test_counters(self) -> None:
        """
        Each side counts what it writes; both see the difference.
        """
        ours, theirs = self.stack.region(3), self.server.region(3)
        ours.handed += 5
        theirs.words[Region.FINISHED] += 2
        for region in (ours, theirs):
            self.assertEqual((region.handed, region.finished, region.sessions), (5, 2, 3))

    def test_load(self) -> None:
        """
        Data connections are part of the load, and no sessions.
        """
        region = self.stack.region(1)
        region.handed, self.server.region(1).data = 3, 2
        self.assertEqual((region.sessions, region.data, region.load), (3, 2, 5))

    def test_taken(self) -> None:
        """
        The stack sees in a slot the number that the server has written there.
        """
        ours, theirs = self.stack.region(0), self.server.region(0)
        self.assertEqual((ours.slots, theirs.slots), (SLOTS, SLOTS))
        theirs.words[Region.SLOTS + SLOTS - 1] = 1 << 60
        theirs.words[Region.SLOTS] = 7
        self.assertEqual((ours.taken(0), ours.taken(1), ours.taken(SLOTS - 1)), (7, 0, 1 << 60))

    def test_ended(self) -> None:
        """
        The stack reads which sessions have ended, as many as there are slots, and no slot changes.
        """
        ours, theirs = self.stack.region(0), self.server.region(0)
        theirs.words[Region.SLOTS + SLOTS - 1] = 9
        for number in range(100, 100 + SLOTS + 2):
            theirs.finish(number)
        self.assertEqual(ours.finished, SLOTS + 2)
        self.assertEqual(ours.ended(0, SLOTS + 2), list(range(102, 102 + SLOTS)))
        self.assertEqual(ours.ended(SLOTS, SLOTS + 2), [100 + SLOTS, 101 + SLOTS])
        self.assertEqual((ours.taken(SLOTS - 1), ours.taken(0)), (9, 0))
        self.assertEqual(self.stack.region(1).finished, 0)

    def test_pending(self) -> None:
        """
        Handed over and not past the handshake.
        """
        ours, theirs = self.stack.region(2), self.server.region(2)
        ours.handed = 5
        theirs.words[Region.PASSED] += 3
        self.assertEqual(ours.pending, 2)

    def test_apart(self) -> None:
        """
        No two regions share a word, neither with each other nor with the flag.
        """
        for index in range(SEATS):
            region = self.stack.region(index)
            for word in range(len(region.words)):
                self.assertEqual(region.words[word], 0)
            region.words.cast("B")[:] = b"\xff" * len(region.words.cast("B"))
        self.assertFalse(self.server.waiting)

    def test_lastSeat(self) -> None:
        """
        The last seat's region lies within the memory, and there is none after it.
        """
        self.assertEqual(len(self.stack.region(SEATS - 1).words), Region.SLOTS + 2 * SLOTS)
        self.assertLess(len(self.stack.region(SEATS).words), Region.SLOTS + 2 * SLOTS)

    def test_clear(self) -> None:
        """
        Clearing sets one seat's words to zero, for everybody, and no other's.
        """
        for index in (4, 5, 6):
            region = self.server.region(index)
            region.words.cast("B")[:] = b"\xff" * len(region.words.cast("B"))
        self.stack.region(5).clear()
        self.assertEqual(bytes(self.server.region(5).words.cast("B")).strip(b"\0"), b"")
        for index in (4, 6):
            self.assertEqual(set(bytes(self.server.region(index).words.cast("B"))), {0xFF})

    def test_aligned(self) -> None:
        """
        A word lies at a multiple of its size: the machine writes it as a whole.
        """
        for index, expected in ((0, PAGE + BOOKS), (1, PAGE + BOOKS + (self.size - PAGE - BOOKS) // SEATS)):
            before = bytes(self.memory)
            self.server.region(index).words[0] = 0x0102030405060708
            after = bytes(self.memory)
            changed = [place for place in range(expected, expected + WORD) if before[place] != after[place]]
            self.assertEqual(changed, list(range(expected, expected + WORD)))

    def test_books(self) -> None:
        """
        Each seat has books of its own, which clearing its counters does not touch.
        """
        for index in range(SEATS):
            self.assertEqual(set(self.server.cache(index).tolist()), {0})
            self.server.cache(index)[0] = self.server.cache(index)[-1] = index + 1
        self.stack.region(7).clear()
        for index in range(SEATS):
            words = self.stack.cache(index)
            self.assertEqual((len(words), words[0], words[-1]), (cachebook.WORDS, index + 1, index + 1))
            self.assertEqual(set(self.stack.region(index).words.tolist()), {0})

    def test_turns(self) -> None:
        """
        The stack asks for another key, with or without keeping those before.
        """
        self.stack.turn(forget=False)
        self.assertEqual((self.server.turns, self.server.forgotten), (1, 0))
        self.stack.turn(forget=True)
        self.assertEqual((self.server.turns, self.server.forgotten), (2, 1))
        self.assertFalse(self.server.waiting)

    def test_keys(self) -> None:
        """
        The agent says what there is to know of its keys.
        """
        self.assertEqual(self.stack.keys, KeyFacts())
        facts = KeyFacts(2**63 - 1, 1234567, 86400, 400, 3)
        self.server.keys = facts
        self.assertEqual(self.stack.keys, facts)
        self.assertEqual((self.stack.turns, self.stack.waiting), (0, False))
