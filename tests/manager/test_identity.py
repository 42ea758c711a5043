"""
Tests for L{sslpool.manager.identity}.
"""

from __future__ import annotations

import os

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.manager.identity import CP_PAGE, segmentStatus
from sslpool.wire.segment import PAGE, seatSize
from tests.config.support import current


class SegmentTests(SynchronousTestCase):
    """
    The shared segment as QUERY NSS shows it.
    """

    def test_grows(self) -> None:
        """
        It is as large as the present POOL HIGH has it; its name and first page are those of the files.
        """
        now = current(poolHigh=2, segmentPages="0F000-0F0FF")
        before = segmentStatus(now, 0, 600)
        self.assertEqual((before.name, before.first), ("TCPIP", "0F000"))
        self.assertEqual(before.size, 2 * PAGE + 2 * seatSize(600))
        now.configuration = evolve(now.configuration, poolHigh=3, segment="OTHER")
        self.assertEqual(segmentStatus(now, 0, 600).size - before.size, seatSize(600))
        for status in (before, segmentStatus(now, 0, 600)):
            pages = int(status.last, 16) - int(status.first, 16) + 1
            self.assertEqual((pages, len(status.last)), (-(-status.size // CP_PAGE), 5))
        self.assertEqual(segmentStatus(now, 0, 600).number, os.fstat(0).st_ino % 10_000)
