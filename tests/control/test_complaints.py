"""
Tests for L{sslpool.control.complaints}.
"""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from sslpool.control.complaints import CUT_OFF, FAULTS, LINES, PERIOD, REFUSED, Complaints


class ComplaintsTests(SynchronousTestCase):
    """
    A flood is counted, not logged.
    """

    def setUp(self) -> None:
        """
        Have a clock.
        """
        self.clock = Clock()
        self.complaints = Complaints(self.clock)

    def logged(self, count: int, advance: float) -> list[str]:
        """
        Complain so often, let time pass, and return the ids that were logged.
        """
        with capturedLogs() as events:
            for _ in range(count):
                self.complaints.say(CUT_OFF, caller="MALLORY", reason="it does not speak AMP")
            self.clock.advance(advance)
        return [event["messageId"] for event in events]

    def test_few(self) -> None:
        """
        A few are logged as they come, and nothing follows.
        """
        self.assertEqual(self.logged(LINES, PERIOD), [CUT_OFF] * LINES)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_flood(self) -> None:
        """
        The rest is a count at the end of the period; the next one begins anew.
        """
        for _ in range(2):
            self.assertEqual(self.logged(1000, PERIOD), [*[CUT_OFF] * LINES, "SSLP440W"])
        self.assertEqual(self.complaints.counts, {CUT_OFF: 2000})

    def test_kinds(self) -> None:
        """
        One kind does not silence another.
        """
        self.logged(100, 0)
        with capturedLogs() as events:
            self.complaints.say(REFUSED, caller="MALLORY", command="STOP")
        self.assertEqual([formatEvent(event) for event in events], ["SSLP439W MALLORY was denied STOP"])
        self.complaints.faulted()
        self.assertEqual(self.complaints.counts, {CUT_OFF: 100, REFUSED: 1, FAULTS: 1})

    def test_close(self) -> None:
        """
        At the end the count is said, and nothing is left behind.
        """
        self.logged(LINES + 2, 0)
        with capturedLogs() as events:
            self.complaints.close()
        expected = "SSLP440W Further messages like SSLP413W not logged: 2"
        self.assertEqual([formatEvent(event) for event in events], [expected])
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.complaints.close()
