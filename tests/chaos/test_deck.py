"""
Tests for L{tests.chaos.deck}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.chaos.deck import FIRST, QUIET, SPACING, WINDOW, Deal, Kind, deals, lacking


class DealsTests(SynchronousTestCase):
    """
    What is dealt.
    """

    def test_everyKind(self) -> None:
        """
        Whatever the seed, a run of two minutes or more has every kind in every two minutes.
        """
        for seed in range(200):
            for seconds in (120, 150, 600):
                dealt = deals(seed, seconds)
                self.assertEqual(lacking(dealt, dealt, seconds), [], (seed, seconds))

    def test_order(self) -> None:
        """
        They come one after another, and none at the end.
        """
        dealt = deals(1, 150)
        self.assertEqual([deal.at for deal in dealt[:2]], [FIRST, FIRST + SPACING])
        self.assertLessEqual(dealt[-1].at, 150 - QUIET)

    def test_seed(self) -> None:
        """
        The same seed deals the same, another one something else.
        """
        self.assertEqual(deals(7, 300), deals(7, 300))
        self.assertNotEqual(deals(7, 300), deals(8, 300))

    def test_some(self) -> None:
        """
        The deck may be of some kinds only.
        """
        kinds = [Kind.OBEY, Kind.REFRESH]
        dealt = deals(1, 60, kinds)
        self.assertEqual({deal.kind for deal in dealt}, set(kinds))
        self.assertEqual(lacking(dealt, dealt, 60, kinds), [])


class LackingTests(SynchronousTestCase):
    """
    What a run lacks.
    """

    def test_notDone(self) -> None:
        """
        What was dealt and not done is named with its time, in a short run too.
        """
        dealt = deals(3, 30)
        self.assertEqual(lacking(dealt, dealt, 30), [])
        first = dealt[0]
        self.assertEqual(lacking(dealt, dealt[1:], 30), [f"{first.kind.value} at {first.at:.1f} s"])

    def test_gap(self) -> None:
        """
        A kind that does not come for longer than two minutes is lacking: before its first time,
        between two, or after its last.
        """
        for moments in ([WINDOW + 1], [WINDOW, 2 * WINDOW + 1], [1]):
            done = [Deal(moment, Kind.OBEY) for moment in moments]
            lacks = lacking(done, done, 2 * WINDOW + QUIET + 2, [Kind.OBEY])
            self.assertEqual(lacks, ["OBEY within every 120 s"], moments)
        done = [Deal(WINDOW, Kind.OBEY)]
        self.assertEqual(lacking(done, done, 2 * WINDOW + QUIET, [Kind.OBEY]), [])

    def test_never(self) -> None:
        """
        In a run of two minutes a kind that never comes is lacking, in a shorter one it is not.
        """
        self.assertEqual(lacking([], [], WINDOW, [Kind.OBEY]), ["OBEY within every 120 s"])
        self.assertEqual(lacking([], [], WINDOW - 1, [Kind.OBEY]), [])
