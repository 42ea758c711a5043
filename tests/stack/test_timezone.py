"""
Tests for L{sslpool.stack.timezone}.
"""

from __future__ import annotations

import os
import time

from twisted.trial.unittest import SynchronousTestCase

from sslpool.stack.timezone import VARIABLE, useZone


class ZoneTests(SynchronousTestCase):
    """
    The time zone of the process.
    """

    def setUp(self) -> None:
        """
        Have the environment's time zone come back.
        """
        self.addCleanup(self.restore, os.environ.get(VARIABLE))

    def restore(self, zone: str | None) -> None:
        """
        Take a time zone.
        """
        os.environ.pop(VARIABLE, None)
        if zone is not None:
            os.environ[VARIABLE] = zone
        time.tzset()

    def hour(self) -> str:
        """
        Return time and zone of a moment in January.
        """
        return time.strftime("%H %Z", time.localtime(1_700_000_000 + 60 * 86400))

    def test_named(self) -> None:
        """
        It is the one that is named, for the process and for those that it starts.
        """
        self.assertEqual(useZone("EST5EDT"), [])
        self.assertEqual((self.hour(), os.environ[VARIABLE]), ("17 EST", "EST5EDT"))

    def test_environment(self) -> None:
        """
        Otherwise that of the environment.
        """
        self.restore("CET-1")
        self.assertEqual(useZone(None), [])
        self.assertEqual((self.hour(), os.environ[VARIABLE]), ("23 CET", "CET-1"))

    def test_impossible(self) -> None:
        """
        One of the environment with which no line of the log could be written gives way to UTC, and that is said.
        """
        for zone in ("UTC+24", "ABC-24DEF", "ABC0DEF-24"):
            self.restore(zone)
            (message,) = useZone(None)
            self.assertIn(f"time zone {zone} of the environment", str(message))
            self.assertEqual(self.hour(), "22 UTC")
