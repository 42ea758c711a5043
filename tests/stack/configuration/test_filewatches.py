"""
Tests for L{sslpool.stack.configuration.filewatches}.
"""

from __future__ import annotations

import os

from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import Said, said
from sslpool.stack.configuration.filewatches import keyWatch
from sslpool.stack.configuration.watch import KEY_INTERVAL, SETTLED
from tests.logs import texts


class KeyWatchTests(SynchronousTestCase):
    """
    A key database that is watched.
    """

    def setUp(self) -> None:
        """
        Watch one.
        """
        self.path = self.mktemp() + ".kdb"
        self.write(self.path, "one")
        self.clock = Clock()
        self.asked: list[str | None] = []
        self.failure: Exception | None = None
        self.refused = True
        self.watch = keyWatch(self.clock, self.path, self.refresh)
        self.watch.startService()
        self.addCleanup(self.watch.stopService)

    async def refresh(self, server: str | None) -> list[Said]:
        """
        Be the pool.
        """
        self.asked.append(server)
        if self.failure is not None:
            raise self.failure
        refused = said("SSLP161E", kept="no server has certificates", reasons="it is locked")
        leftOut = said("SSLP172E", label="WEAK", reason="it is weak")
        return [said("SSLP119I", server="SSL00001", labels=2), refused if self.refused else leftOut]

    def write(self, path: str, text: str) -> None:
        """
        Write a file.
        """
        with open(path, "w", encoding="ascii") as file:
            file.write(text)

    def let(self) -> list[str]:
        """
        Let time pass; return what is logged.
        """
        with capturedLogs() as events:
            self.clock.pump([KEY_INTERVAL] * (SETTLED + 2))
        return texts(events)

    def test_changed(self) -> None:
        """
        All servers are refreshed, and the log has what an operator would be told.
        """
        self.assertEqual(self.let(), [])
        self.write(self.path, "another")
        told = self.let()
        self.assertEqual(self.asked, [None])
        self.assertEqual([text.split()[0] for text in told], ["SSLP171I", "SSLP119I", "SSLP161E"])

    def test_again(self) -> None:
        """
        What was refused as a whole, such as for a lock, is tried again until it is not; a label that is
        left out is no reason to.
        """
        self.write(self.path, "another")
        self.let()
        self.assertEqual(len(self.asked), 1)
        self.refused = False
        with capturedLogs():
            self.clock.pump([KEY_INTERVAL] * 600)
        self.assertEqual(len(self.asked), 2)

    def test_stash(self) -> None:
        """
        The stash belongs to it.
        """
        self.write(os.path.splitext(self.path)[0] + ".sth", "stash")
        self.let()
        self.assertEqual(self.asked, [None])

    def test_fault(self) -> None:
        """
        A mistake of ours on the way is logged, and the next change is followed.
        """
        self.failure = ZeroDivisionError("unforeseen")
        self.write(self.path, "another")
        self.assertIn("SSLP198E", " ".join(self.let()))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.failure = None
        self.write(self.path, "yet another")
        self.let()
        self.assertEqual(len(self.asked), 2)
