# -*- test-case-name: tests.wire.test_segment -*-
"""
Tests for L{sslpool.wire.segment}, over memory that is looked at more than once.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.wire import cachebook
from sslpool.wire.segment import PAGE, WORD, AgentWords, KeyFacts, Region, SeatWords, Segment, StackWords, seatSize

SLOTS = 1000


class SegmentTests(SynchronousTestCase):
    """
    A segment as the stack and a server see it.
    """

    def setUp(self) -> None:
        """
        Have a stack's part, and seats as they are asked for.
        """
        part = bytearray(PAGE)
        self.seats: dict[int, bytearray] = {}
        self.stack = Segment(memoryview(part), self._made)
        self.server = StackWords(memoryview(part))

    def _made(self, number: int) -> SeatWords:
        self.assertNotIn(number, self.seats)
        self.seats[number] = bytearray(seatSize(SLOTS))
        return SeatWords(memoryview(self.seats[number]), SLOTS)

    def seat(self, number: int) -> SeatWords:
        """
        Return a seat as its server has it.
        """
        self.stack.region(number)
        return SeatWords(memoryview(self.seats[number]), SLOTS)

    def test_size(self) -> None:
        """
        A seat has whole pages, and room for what it is made for.
        """
        books = cachebook.WORDS * WORD
        for slots in (1, 500, 505, SLOTS):
            self.assertEqual(seatSize(slots) % PAGE, 0)
            self.assertGreaterEqual(seatSize(slots) - books, (2 * slots + Region.SLOTS) * WORD)

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
        ours, theirs = self.stack.region(3), self.seat(3).region
        ours.handed += 5
        theirs.words[Region.FINISHED] += 2
        for region in (ours, theirs):
            self.assertEqual((region.handed, region.finished, region.sessions), (5, 2, 3))

    def test_load(self) -> None:
        """
        Data connections are part of the load, and no sessions.
        """
        region = self.stack.region(1)
        region.handed, self.seat(1).region.data = 3, 2
        self.assertEqual((region.sessions, region.data, region.load), (3, 2, 5))

    def test_taken(self) -> None:
        """
        The stack sees in a slot the number that the server has written there.
        """
        ours, theirs = self.stack.region(0), self.seat(0).region
        self.assertEqual((ours.slots, theirs.slots), (SLOTS, SLOTS))
        theirs.words[Region.SLOTS + SLOTS - 1] = 1 << 60
        theirs.words[Region.SLOTS] = 7
        self.assertEqual((ours.taken(0), ours.taken(1), ours.taken(SLOTS - 1)), (7, 0, 1 << 60))

    def test_ended(self) -> None:
        """
        The stack reads which sessions have ended, as many as there are slots, and no slot changes.
        """
        ours, theirs = self.stack.region(0), self.seat(0).region
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
        ours, theirs = self.stack.region(2), self.seat(2).region
        ours.handed = 5
        theirs.words[Region.PASSED] += 3
        self.assertEqual(ours.pending, 2)

    def test_clear(self) -> None:
        """
        Clearing sets the counters of one seat to zero; neither its books nor another seat.
        """
        for number in (4, 5):
            for words in (self.seat(number).region.words, self.seat(number).books):
                words.cast("B")[:] = b"\xff" * words.nbytes
        self.stack.region(5).clear()
        self.assertEqual(set(self.seat(5).region.words.tolist()), {0})
        self.assertEqual(set(bytes(self.seat(5).books)), {0xFF})
        self.assertEqual(set(bytes(self.seat(4).region.words)), {0xFF})

    def test_aligned(self) -> None:
        """
        A word lies at a multiple of its size: the machine writes it as a whole.
        """
        seat = self.seat(0)
        seat.region.words[Region.FINISHED] = seat.books[0] = 0x0101010101010101
        changed = [place for place, octet in enumerate(self.seats[0]) if octet]
        self.assertEqual((len(changed), changed[0] % WORD, changed[WORD] % WORD), (2 * WORD, 0, 0))

    def test_books(self) -> None:
        """
        Each seat has books of its own, of which no word is one of its counters.
        """
        for number in (0, 511):
            books = self.seat(number).books
            self.assertEqual((len(books), set(books.tolist())), (cachebook.WORDS, {0}))
            books[0] = books[-1] = number + 1
        self.assertEqual([self.stack.cache(number)[0] for number in (0, 511)], [1, 512])
        self.assertEqual(set(self.stack.region(0).words.tolist()), {0})

    def test_rotations(self) -> None:
        """
        The stack asks for another key, with or without keeping those before.
        """
        self.stack.rotate(forget=False)
        self.assertEqual((self.server.rotations, self.server.forgotten), (1, 0))
        self.stack.rotate(forget=True)
        self.assertEqual((self.server.rotations, self.server.forgotten), (2, 1))
        self.assertFalse(self.server.waiting)

    def test_keys(self) -> None:
        """
        The agent says what there is to know of its keys, and that it gets on.
        """
        part = bytearray(PAGE)
        agent, stack = AgentWords(memoryview(part)), AgentWords(memoryview(part))
        self.assertEqual((stack.keys, stack.progress), (KeyFacts(), 0))
        facts = KeyFacts(2**63 - 1, 1234567, 86400, 400, 3)
        agent.keys, agent.progress = facts, 5
        self.assertEqual((stack.keys, stack.progress), (facts, 5))
