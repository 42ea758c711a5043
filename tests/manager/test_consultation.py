"""
Tests for L{sslpool.manager.consultation}.
"""

from __future__ import annotations

import os

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.manager.consultation import consult, host, usageOf
from sslpool.messages import OperatorError
from sslpool.wire.cachestatus import SegmentStatus
from tests.doubles.administration import poolStatus, serverStatus

SEGMENT = SegmentStatus("TCPIP", 9539, "10000", "100FF", 1 << 20, ())
MINE = evolve(serverStatus(1), pid=os.getpid())
STATUS = poolStatus([MINE, serverStatus(2, "Eligible"), evolve(MINE, userid="SSL00003")])


class ConsultationTests(SynchronousTestCase):
    """
    What is looked up, on this machine.
    """

    def test_usage(self) -> None:
        """
        A process has used what the system says; one that is gone nothing.
        """
        usage = usageOf(os.getpid())
        assert usage is not None
        times = os.times()
        self.assertAlmostEqual(usage.total, times.user + times.system, delta=1)
        self.assertGreater(usage.resident, 1 << 20)
        self.assertIsNone(usageOf(0))

    def test_host(self) -> None:
        """
        The machine has a name, processors and memory.
        """
        found = host()
        self.assertTrue(found.name and found.processors)
        self.assertGreater(found.memory, found.available)

    def test_one(self) -> None:
        """
        One server answers by itself.
        """
        self.assertIn("CONNECT=", consult("SSL00001", "query time", STATUS, SEGMENT)[1])

    def test_all(self) -> None:
        """
        All that are Active answer, each behind its name.
        """
        lines = consult(None, "indicate user", STATUS, SEGMENT)
        self.assertEqual([line for line in lines if not line.startswith(" ")], ["SSL00001:", "SSL00003:"])

    def test_notActive(self) -> None:
        """
        A server that is not Active does not answer.
        """
        error = self.assertRaises(OperatorError, consult, "SSL00002", "query time", STATUS, SEGMENT)
        self.assertEqual(str(error), "DTCSSL2421E SSL00002: Communication error: the server is Eligible")
        nobody = poolStatus([serverStatus(1, "Stopped")])
        self.assertRaises(OperatorError, consult, None, "query time", nobody, SEGMENT)
