"""
Tests for L{sslpool.backoff}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.backoff import Backoff

DELAYS = (0.0, 1.0, 5.0)


class BackoffTests(SynchronousTestCase):
    """
    Series of failures.
    """

    def test_longer(self) -> None:
        """
        Each failure in a row costs more, up to the last; what has worked begins anew.
        """
        backoff = Backoff(DELAYS)
        self.assertEqual([backoff.failed() for _ in range(5)], [0.0, 1.0, 5.0, 5.0, 5.0])
        backoff.worked()
        self.assertEqual((backoff.failures, backoff.failed()), (0, 0.0))

    @given(st.lists(st.booleans()))
    def test_any(self, events: list[bool]) -> None:
        """
        Whatever comes, the delay is that for the number of failures since it has worked.
        """
        backoff, row = Backoff(DELAYS), 0
        for worked in events:
            if worked:
                backoff.worked()
                row = 0
            else:
                self.assertEqual(backoff.failed(), DELAYS[min(row, 2)])
                row += 1
