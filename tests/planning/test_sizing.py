"""
Tests for L{sslpool.planning.sizing}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import OperatorError
from sslpool.planning.sizing import MOST_SESSIONS, PoolSize, recommended, sized


class RecommendationTests(SynchronousTestCase):
    """
    The sizing rule.
    """

    def test_rule(self) -> None:
        """
        The source document's three cases, at their borders.
        """
        for sessions, size in (
            (1, PoolSize(1, 100, 100)),
            (100, PoolSize(1, 100, 100)),
            (101, PoolSize(5, 600, 120)),
            (600, PoolSize(5, 600, 120)),
            (601, PoolSize(5, 3000, 600)),
            (3000, PoolSize(5, 3000, 600)),
        ):
            self.assertEqual(recommended(sessions), size, sessions)

    def test_beyond(self) -> None:
        """
        Beyond the document's last case there are more servers, and only then more sessions for each.
        """
        self.assertEqual(recommended(3001), PoolSize(6, 3600, 600))
        self.assertEqual(recommended(256 * 600), PoolSize(256, 153600, 600))
        self.assertEqual(recommended(256 * 600 + 1), PoolSize(256, 256 * 601, 601))

    @given(st.integers(1, MOST_SESSIONS))
    def test_suffices(self, sessions: int) -> None:
        """
        What is recommended has room for the sessions, is possible, and divides evenly.
        """
        size = recommended(sessions)
        self.assertGreaterEqual(size.sessions, sessions)
        self.assertTrue(1 <= size.servers <= 256 and 1 <= size.maxPerServer <= 1000)
        self.assertEqual(size.maxSessions, size.servers * size.maxPerServer)
        self.assertEqual(size, sized(size.servers, sessions))

    def test_tooMany(self) -> None:
        """
        More than the largest pool has room for is refused.
        """
        error = self.assertRaises(OperatorError, recommended, MOST_SESSIONS + 1)
        self.assertEqual(error.said.id, "SSLP553E")


class SizedTests(SynchronousTestCase):
    """
    The limits of a pool whose number of servers is given.
    """

    def test_usual(self) -> None:
        """
        Without a number of sessions each server has the usual 600.
        """
        self.assertEqual(sized(5), PoolSize(5, 3000, 600))
        self.assertEqual(sized(1), PoolSize(1, 600, 600))

    def test_given(self) -> None:
        """
        Few servers take more sessions each, up to 1000.
        """
        self.assertEqual(sized(2, 2000), PoolSize(2, 2000, 1000))
        error = self.assertRaises(OperatorError, sized, 2, 2001)
        self.assertEqual(error.said.id, "SSLP517E")

    def test_room(self) -> None:
        """
        The room is bounded by what the servers can do.
        """
        self.assertEqual(PoolSize(2, 3000, 600).sessions, 1200)
