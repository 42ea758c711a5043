"""
Tests for L{sslpool.manager.growth}.
"""

from __future__ import annotations

from twisted.logger import capturedLogs

from sslpool.manager.growth import RETIREMENT, Retirement
from tests.doubles.servers import STEP
from tests.logs import ids
from tests.manager.pools import PoolCase


class RetirementTests(PoolCase):
    """
    Members that are empty.
    """

    def setUp(self) -> None:
        """
        Have a pool that is looked at.
        """
        super().setUp()
        retirement = Retirement(self.clock, self.pool)
        retirement.startService()
        self.addCleanup(retirement.stopService)

    def test_retire(self) -> None:
        """
        A member that was empty for ten minutes goes back to Eligible; the first one never.
        """
        self.start()
        self.fill(0)
        self.spend(3 * STEP)
        self.fill(1, 1)
        self.finish(1)
        self.finish(0, 2)
        with capturedLogs() as events:
            self.spend(RETIREMENT - 60)
            self.assertEqual(self.states(), ["Active", "Active", "Eligible"])
            self.spend(240)
        self.assertEqual(self.states(), ["Active", "Eligible", "Eligible"])
        self.assertEqual(ids(events), ["SSLP107I", "SSLP106I"])
        self.assertEqual([server.member for server in self.starter.running], [0])

    def test_usedIsNotRetired(self) -> None:
        """
        A member that has a session now and then stays, though it is empty most of the time.
        """
        self.start()
        self.fill(0)
        self.spend(3 * STEP)
        for _ in range(5):
            self.fill(1, 1)
            self.finish(1)
            self.spend(RETIREMENT - 120)
        self.assertEqual(self.states()[1], "Active")
