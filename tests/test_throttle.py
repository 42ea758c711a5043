"""
Tests for L{sslpool.throttle}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.throttle import Throttle


class ThrottleTests(SynchronousTestCase):
    """
    Lines of some groups, about some things.
    """

    def test_period(self) -> None:
        """
        The first lines about each thing are written; the others are counted by group, until the period ends.
        """
        throttle: Throttle[str] = Throttle()
        self.assertEqual([throttle.admits("A", 2, "x") for _ in range(4)], [True, True, False, False])
        self.assertEqual([throttle.admits("A", 1, "y") for _ in range(2)], [True, False])
        self.assertTrue(throttle.admits("B", 1))
        self.assertEqual(throttle.renew(), {"A": 3})
        self.assertTrue(throttle.admits("A", 1, "x"))
        self.assertEqual(throttle.renew(), {})

    @given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("xy"))))
    def test_all(self, lines: list[tuple[str, str]]) -> None:
        """
        What is written and what is left unsaid are all there were.
        """
        throttle: Throttle[str] = Throttle()
        written = sum(throttle.admits(group, 3, about) for group, about in lines)
        self.assertEqual(written + sum(throttle.renew().values()), len(lines))
