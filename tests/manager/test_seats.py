"""
Tests for L{sslpool.manager.seats}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.manager.seats import Seat, Seats
from sslpool.wire.segment import MEMBERS, SEATS
from tests.doubles.room import FakeHandoff, newSegment


class SeatsTests(SynchronousTestCase):
    """
    Seats of the segment.
    """

    def setUp(self) -> None:
        """
        Have all seats.
        """
        segment = newSegment(1)
        self.seats = Seats(lambda number, woken: Seat(number, segment.region(number), FakeHandoff()))

    def take(self, member: int) -> Seat:
        """
        Take a seat, which must be there.
        """
        seat = self.seats.take(member)
        assert seat is not None
        return seat

    def test_own(self) -> None:
        """
        Each member has a seat of its own, and no process of another ever gets it.
        """
        own = self.seats.own(3)
        self.assertEqual((own.number, self.seats.of(3)), (3, [3]))
        self.seats.give(own)
        self.assertEqual(self.take(4).number, MEMBERS)

    def test_spare(self) -> None:
        """
        A spare seat is nobody else's until it is given back.
        """
        first, second = self.take(0), self.take(0)
        self.assertNotEqual(first.number, second.number)
        self.seats.give(first)
        self.assertIs(self.take(1), first)

    def test_sameAgain(self) -> None:
        """
        A member gets the seat that it has had before, where its books are, if it can be.
        """
        mine, other = self.take(0), self.take(1)
        self.seats.give(mine)
        self.seats.give(other)
        self.assertIs(self.take(0), mine)
        self.assertEqual((self.seats.of(0), self.seats.of(1)), ([0, mine.number], [1, other.number]))

    def test_all(self) -> None:
        """
        There are as many as the segment has, and no more.
        """
        taken = [self.take(0) for _ in range(SEATS - MEMBERS)]
        self.assertIsNone(self.seats.take(0))
        self.seats.give(taken[5])
        self.assertIs(self.seats.take(7), taken[5])
