"""
Tests for L{sslpool.manager.identity}.
"""

from __future__ import annotations

import os

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.manager.identity import segmentStatus
from sslpool.pool.segment import PAGE, seatSize
from tests.config.support import current


class SegmentTests(SynchronousTestCase):
    """
    The shared segment as QUERY NSS shows it.
    """

    def test_grows(self) -> None:
        """
        It is as large as the present POOL HIGH has it; its name and pages are those of the files.
        """
        now = current(poolHigh=2, segmentPages="10000-100FF")
        before = segmentStatus(now, 0, 600)
        self.assertEqual((before.name, before.first, before.last), ("TCPIP", "10000", "100FF"))
        self.assertEqual(before.size, 2 * PAGE + 2 * seatSize(600))
        now.configuration = evolve(now.configuration, poolHigh=3, segment="OTHER")
        self.assertEqual(segmentStatus(now, 0, 600).size - before.size, seatSize(600))
        self.assertEqual(segmentStatus(now, 0, 600).number, os.fstat(0).st_ino % 10_000)
