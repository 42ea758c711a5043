"""
Tests for L{sslpool.stack.watch}.
"""

from __future__ import annotations

import os

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sslpool.stack.watch import INTERVAL, DirectoryWatch


class WatchTests(SynchronousTestCase):
    """
    A change of the file is noticed, once.
    """

    def setUp(self) -> None:
        """
        Watch a file.
        """
        self.path = self.mktemp()
        self.write("HIGH 5")
        self.clock = Clock()
        self.changes: list[None] = []
        self.watch = DirectoryWatch(self.clock, self.path, lambda: self.changes.append(None))
        self.watch.startService()

    def write(self, text: str) -> None:
        """
        Write the file.
        """
        with open(self.path, "w", encoding="ascii") as file:
            file.write(text)

    def test_same(self) -> None:
        """
        Nothing is said of a file that stays as it was.
        """
        self.clock.pump([INTERVAL] * 3)
        self.assertEqual(len(self.changes), 0)

    def test_changed(self) -> None:
        """
        Other content, a removed file and a new one are a change each.
        """
        self.write("HIGH 10")
        self.clock.pump([INTERVAL] * 2)
        self.assertEqual(len(self.changes), 1)
        os.unlink(self.path)
        self.clock.pump([INTERVAL] * 2)
        self.assertEqual(len(self.changes), 2)
        self.write("HIGH 5")
        self.clock.pump([INTERVAL] * 2)
        self.assertEqual(len(self.changes), 3)

    def test_stopped(self) -> None:
        """
        Nothing is looked at after the service has stopped.
        """
        self.watch.stopService()
        self.write("HIGH 10")
        self.clock.pump([INTERVAL] * 2)
        self.assertEqual(len(self.changes), 0)
        self.assertEqual(self.clock.getDelayedCalls(), [])
