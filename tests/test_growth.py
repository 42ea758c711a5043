# -*- test-case-name: tests.test_growth -*-
"""
Tests for L{tests.growth}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.growth import assertLinear


class GrowthTests(SynchronousTestCase):
    """
    What grows faster than its size is found, and nothing else.
    """

    def test_linear(self) -> None:
        """
        Twice as much may take twice as long.
        """
        assertLinear(lambda size: sum(each * each for each in range(size)), 80_000)

    def test_quadratic(self) -> None:
        """
        It may not take four times as long.
        """

        def quadratic(size: int) -> None:
            for each in range(size):
                sum(range(each))

        error = self.assertRaises(AssertionError, assertLinear, quadratic, 1600)
        self.assertIn("8 times as much takes", str(error))
