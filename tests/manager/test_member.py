"""
Tests for L{sslpool.manager.member}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.interfaces import IChosen
from sslpool.manager.member import DELAYS, HEALTHY, Member, Process
from sslpool.manager.seats import Seat
from sslpool.pool.states import State
from sslpool.wire.records import ServerStatus
from sslpool.wire.segment import Region
from tests.doubles.room import FakeHandoff, newSegment
from tests.doubles.servers import FakeLink


class MemberTests(SynchronousTestCase):
    """
    One member by itself.
    """

    def setUp(self) -> None:
        """
        Make a member.
        """
        self.seat = Seat(1, newSegment().region(1), FakeHandoff())
        self.member = Member(1, "SSL00002", self.seat, 1_700_000_000.0)

    def process(self, began: float) -> Process:
        """
        Return a process that was begun then.
        """
        link: FakeLink = None  # type: ignore[assignment]
        return Process(self.seat, link, began)

    def test_new(self) -> None:
        """
        A new member is Eligible, empty and without a process.
        """
        self.assertTrue(verifyObject(IChosen, self.member))
        self.assertIs(self.member.state, State.ELIGIBLE)
        expected = ServerStatus(
            "SSL00002", "Eligible", 0, 600, 0, 0, 0, False, 1_700_000_000.0, "not needed so far", "ok", 1_700_000_000.0
        )
        self.assertEqual(self.member.status(600), expected)

    def test_counted(self) -> None:
        """
        Total counts every session, peak the most at once.
        """
        self.member.process = self.process(0.0)
        region = self.member.region
        for _ in range(3):
            region.handed += 1
            self.member.counted(region.sessions)
        region.words[Region.FINISHED] += 2
        region.handed += 1
        self.member.counted(region.sessions)
        self.assertEqual((self.member.sessions, self.member.peak, self.member.total), (2, 3, 4))

    def test_delays(self) -> None:
        """
        The first death costs nothing, the next ones twice as much each, and none more than a minute.
        """
        delays = [self.member.died(now, self.process(now - 1), "signal 9") for now in range(10, 20)]
        self.assertEqual(delays, [0, 1, 2, 4, 8, 16, 32, DELAYS[-1], DELAYS[-1], DELAYS[-1]])
        self.assertEqual(self.member.notBefore, 19 + DELAYS[-1])

    def test_healthy(self) -> None:
        """
        A death after a healthy life is the first of a series.
        """
        for now in range(5):
            self.member.died(now, self.process(now), "signal 9")
        self.assertGreater(self.member.died(1000, self.process(1000 - HEALTHY), "signal 9"), 0)
        self.assertEqual(self.member.died(2000, self.process(2000 - HEALTHY - 1), "signal 9"), 0)
        self.assertEqual(self.member.backoff.failures, 1)

    def test_notMade(self) -> None:
        """
        A process that could not be made is a death in the series.
        """
        self.assertEqual([self.member.died(now, None, "too many") for now in range(3)], [0, 1, 2])

    def test_quiescing(self) -> None:
        """
        A member quiesces while its process has been asked to end; its pid is reported.
        """
        self.member.process = process = self.process(0)
        process.pid = 4711
        self.assertFalse(self.member.status(1).quiescing)
        process.asked = True
        self.assertTrue(self.member.status(1).quiescing)
        self.assertEqual(self.member.status(1).pid, 4711)
