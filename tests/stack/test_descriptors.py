"""
Tests for L{sslpool.stack.descriptors}.
"""

from __future__ import annotations

import resource

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.limits import Limits
from sslpool.stack.descriptors import RESERVE, descriptorsNeeded, raiseDescriptorLimit


class DescriptorTests(SynchronousTestCase):
    """
    The limit of open files, with a system played by the test.
    """

    def setUp(self) -> None:
        """
        Let the system allow 256, at most 1024.
        """
        self.limit = (256, 1024)
        self.privileged = False
        self.patch(resource, "getrlimit", lambda which: self.limit)
        self.patch(resource, "setrlimit", self.set)

    def set(self, which: int, limit: tuple[int, int]) -> None:
        """
        Stands for the system.
        """
        if limit[1] > self.limit[1] and not self.privileged:
            raise ValueError("not allowed to raise maximum limit")
        self.limit = limit

    def test_needed(self) -> None:
        """
        A server needs three for each of its sessions, and two for as many data connections; the stack one for
        each of all.
        """
        self.assertEqual(descriptorsNeeded(Limits(maxSessions=3000, maxPerServer=600)), 3000 + RESERVE)
        self.assertEqual(descriptorsNeeded(Limits(maxSessions=1000, maxPerServer=1000)), 5000 + RESERVE)

    def test_enough(self) -> None:
        """
        Where it is enough nothing is changed.
        """
        self.assertIsNone(raiseDescriptorLimit(Limits(maxSessions=100, maxPerServer=25)))
        self.assertEqual(self.limit, (256, 1024))

    def test_raised(self) -> None:
        """
        It is raised to what is needed, not further.
        """
        self.assertIsNone(raiseDescriptorLimit(Limits(maxSessions=500, maxPerServer=100)))
        self.assertEqual(self.limit, (500 + RESERVE, 1024))

    def test_privileged(self) -> None:
        """
        A privileged user's maximum is raised as well.
        """
        self.privileged = True
        self.assertIsNone(raiseDescriptorLimit(Limits(maxSessions=3000, maxPerServer=600)))
        self.assertEqual(self.limit, (3000 + RESERVE, 3000 + RESERVE))

    def test_short(self) -> None:
        """
        Where that is not possible as much as possible is taken, and a message says what is missing.
        """
        message = raiseDescriptorLimit(Limits(maxSessions=3000, maxPerServer=600))
        self.assertEqual(message, f"SSLP007W The limit of open files is 1024, but 3000 sessions need {3000 + RESERVE}")
        self.assertEqual(self.limit, (1024, 1024))
