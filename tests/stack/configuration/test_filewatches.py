"""
Tests for L{sslpool.stack.configuration.filewatches}.
"""

from __future__ import annotations

import os

from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import Said, said
from sslpool.stack.configuration.filewatches import (
    AGAIN,
    INTERVAL,
    KEY_INTERVAL,
    MOST_LOOKS,
    SETTLED,
    DirectoryWatch,
    KeyWatch,
    keyWatch,
)
from tests.logs import texts


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


class KeyWatchTests(SynchronousTestCase):
    """
    A change of the key database is followed when it has settled.
    """

    def setUp(self) -> None:
        """
        Watch two files, the second of which is not there.
        """
        self.path = self.mktemp()
        self.write("one")
        self.clock = Clock()
        self.changes: list[float] = []
        self.stash = self.path + ".sth"
        self.watch = KeyWatch(self.clock, [self.path, self.stash], lambda: self.changes.append(self.clock.seconds()))
        self.watch.startService()
        self.addCleanup(self.watch.stopService)

    def write(self, text: str, suffix: str = "") -> None:
        """
        Write a file.
        """
        with open(self.path + suffix, "w", encoding="ascii") as file:
            file.write(text)

    def let(self, seconds: int) -> None:
        """
        Let time pass.
        """
        self.clock.pump([KEY_INTERVAL] * seconds)

    def test_settled(self) -> None:
        """
        It is followed once, some looks after the last change.
        """
        self.let(5)
        self.assertEqual(self.changes, [])
        self.write("more")
        self.let(2)
        self.write("even more", ".sth")
        self.let(2)
        self.assertEqual(self.changes, [])
        self.let(60)
        self.assertEqual(self.changes, [5 + 2 + 1 + SETTLED])

    def test_neverSettles(self) -> None:
        """
        What changes all the time is followed all the same, now and then.
        """
        for index in range(2 * MOST_LOOKS):
            self.write("x" * index)
            self.let(1)
        self.assertEqual(len(self.changes), 2)

    def test_again(self) -> None:
        """
        What could not be followed is followed again, less and less often; the next change is followed as every other.
        """
        self.watch.again()
        self.let(int(AGAIN[0]))
        self.watch.again()
        self.let(int(AGAIN[1]))
        self.assertEqual(self.changes, [AGAIN[0], AGAIN[0] + AGAIN[1]])
        for _ in range(10):
            self.watch.again()
        self.let(int(AGAIN[-1]) - 1)
        self.assertEqual(len(self.changes), 2)
        self.write("more")
        self.let(SETTLED + 1)
        self.assertEqual(len(self.changes), 3)
        self.let(int(AGAIN[-1]))
        self.assertEqual(len(self.changes), 3)

    def test_undone(self) -> None:
        """
        A file that is gone is not followed; one that is there again is, unless it is the same.
        """
        os.rename(self.path, self.path + ".aside")
        self.let(10)
        os.rename(self.path + ".aside", self.path)
        self.let(10)
        self.assertEqual(self.changes, [])
        os.remove(self.path)
        self.let(10)
        self.assertEqual(self.changes, [])
        self.write("another")
        self.let(10)
        self.assertEqual(len(self.changes), 1)


class FollowTests(SynchronousTestCase):
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
