"""
Tests for L{sslpool.stack.reopening}.
"""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from sslpool.stack.reopening import RETRY, Reopening
from sslpool.testing.logs import ids


class ReopeningTests(SynchronousTestCase):
    """
    Ports are tried again and again.
    """

    def test_again(self) -> None:
        """
        Every few seconds as long as the stack runs, also after a fault.
        """
        clock, tried = Clock(), list[float]()

        def retry() -> None:
            tried.append(clock.seconds())
            if len(tried) == 1:
                raise RuntimeError("a fault of ours")

        reopening = Reopening(clock, retry)
        reopening.startService()
        self.assertEqual(tried, [])
        with capturedLogs() as events:
            clock.pump([RETRY] * 3)
        self.assertEqual(tried, [RETRY, 2 * RETRY, 3 * RETRY])
        self.assertEqual([each for each in ids(events) if each], ["SSLP198E"])
        self.flushLoggedErrors(RuntimeError)
        reopening.stopService()
        self.assertEqual(clock.getDelayedCalls(), [])
