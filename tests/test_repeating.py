"""
Tests for L{sslpool.repeating}.
"""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from sslpool.repeating import Repeating
from tests.logs import ids

INTERVAL = 3.0


class RepeatingTests(SynchronousTestCase):
    """
    What is done again and again.
    """

    def setUp(self) -> None:
        """
        Do something, which meets faults as long as there are any.
        """
        self.clock = Clock()
        self.turns: list[float] = []
        self.faults: list[Exception] = []
        self.repeating = Repeating(self.clock, INTERVAL, self.turn, "it was done")
        self.repeating.startService()

    def turn(self) -> None:
        """
        Do it once.
        """
        self.turns.append(self.clock.seconds())
        if self.faults:
            raise self.faults.pop(0)

    def test_again(self) -> None:
        """
        It is done in each interval, and not before the first one is over, until the service stops.
        """
        self.assertEqual(self.turns, [])
        self.clock.pump([INTERVAL] * 3)
        self.assertEqual(self.turns, [INTERVAL, 2 * INTERVAL, 3 * INTERVAL])
        self.repeating.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_first(self) -> None:
        """
        The first time may be at once.
        """
        repeating = Repeating(self.clock, 2 * INTERVAL, self.turn, "it was done", atOnce=True)
        repeating.startService()
        self.assertEqual(self.turns, [0.0])
        self.clock.advance(2 * INTERVAL)
        self.assertEqual(self.turns.count(2 * INTERVAL), 2)

    def test_held(self) -> None:
        """
        Of the turns that a process has missed, since it was held, one is made up for.
        """
        self.clock.advance(10.5 * INTERVAL)
        self.assertEqual(self.turns, [10.5 * INTERVAL])
        self.clock.advance(0.5 * INTERVAL)
        self.assertEqual(len(self.turns), 2)

    def test_fault(self) -> None:
        """
        A fault of ours does not end it; it is told once while it lasts, and again when it comes back.
        """
        self.faults += [RuntimeError("a"), RuntimeError("a"), RuntimeError("b")]
        with capturedLogs() as events:
            self.clock.pump([INTERVAL] * 4)
            self.faults.append(RuntimeError("b"))
            self.clock.pump([INTERVAL] * 2)
        self.assertEqual(len(self.turns), 6)
        self.assertEqual(ids(events), ["SSLP198E"] * 3)
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 3)
