"""
Tests for L{sslpool.stack.zone}.
"""

from __future__ import annotations

import os
import time

from twisted.trial.unittest import SynchronousTestCase

from sslpool.stack.zone import LogZone


class ZoneTests(SynchronousTestCase):
    """
    The time zone of the process.
    """

    def hour(self) -> str:
        """
        Return time and zone of a moment in January.
        """
        return time.strftime("%H %Z", time.localtime(1_700_000_000 + 60 * 86400))

    def test_whileItRuns(self) -> None:
        """
        It is that of the service while that runs, and the one of before after that.
        """
        before, variable = self.hour(), os.environ.get("TZ")
        service = LogZone("EST5EDT")
        service.startService()
        try:
            self.assertEqual(self.hour(), "17 EST")
        finally:
            service.stopService()
        self.assertEqual((self.hour(), os.environ.get("TZ")), (before, variable))

    def test_variable(self) -> None:
        """
        A zone that the environment names comes back too.
        """
        outer, inner = LogZone("CET-1"), LogZone("EST5EDT")
        outer.startService()
        self.addCleanup(outer.stopService)
        inner.startService()
        inner.stopService()
        self.assertEqual((os.environ["TZ"], self.hour()), ("CET-1", "23 CET"))
