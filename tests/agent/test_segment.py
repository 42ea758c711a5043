"""
Tests for L{sslpool.agent.segment}.
"""

from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from sslpool.agent.segment import createSegmentFile, mapSegment
from sslpool.pool.segment import Region, segmentSize

SLOTS = 8


class SegmentFileTests(SynchronousTestCase):
    """
    The memory that all processes share.
    """

    def setUp(self) -> None:
        """
        Make a segment.
        """
        self.descriptor = createSegmentFile("TCPIP", SLOTS)
        self.addCleanup(os.close, self.descriptor)

    def test_file(self) -> None:
        """
        It has its full size, is not inherited, and is named after the stack where the system shows it.
        """
        self.assertEqual(os.fstat(self.descriptor).st_size, segmentSize(SLOTS))
        self.assertFalse(os.get_inheritable(self.descriptor))
        self.assertIn("TCPIP", os.readlink(f"/proc/self/fd/{self.descriptor}"))

    def test_shared(self) -> None:
        """
        What one mapping writes the other reads.
        """
        ours, theirs = mapSegment(self.descriptor, SLOTS), mapSegment(self.descriptor, SLOTS)
        ours.waiting = True
        ours.region(255).handed = 7
        theirs.region(255).words[Region.FINISHED] = 3
        self.assertTrue(theirs.waiting)
        self.assertEqual((theirs.region(255).handed, ours.region(255).sessions), (7, 4))

    def test_acrossFork(self) -> None:
        """
        A forked process writes to the same memory.
        """
        segment = mapSegment(self.descriptor, SLOTS)
        pid = os.fork()
        if pid == 0:
            segment.region(1).words[Region.FINISHED] = 42
            os._exit(0)
        os.waitpid(pid, 0)
        self.assertEqual(segment.region(1).finished, 42)
        self.assertEqual(segment.region(0).finished, 0)
