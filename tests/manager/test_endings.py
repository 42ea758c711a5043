"""
Tests for L{sslpool.manager.endings}: with real processes.
"""

from __future__ import annotations

import os
import signal
import time
from typing import cast

from twisted.internet.interfaces import IReactorFDSet
from twisted.trial.unittest import SynchronousTestCase

from sslpool.manager.endings import Ending
from tests.doubles.reactor import FakeReactor
from tests.openfiles import openDescriptors

PATIENCE = 10.0


class EndingTests(SynchronousTestCase):
    """
    The end of a process that is not waited for.
    """

    def setUp(self) -> None:
        """
        Make a process that does nothing until it is ended.
        """
        self.reactor = FakeReactor()
        self.ended = 0
        self.pid = os.fork()
        if not self.pid:
            signal.pause()
            os._exit(0)
        self.addCleanup(self._reap)

    def _reap(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)

    def note(self) -> None:
        """
        Count.
        """
        self.ended += 1

    def test_zombie(self) -> None:
        """
        The end is heard though nobody has waited for the process, once.
        """
        ending = Ending(cast(IReactorFDSet, self.reactor), self.pid, self.note)
        self.reactor.turn()
        self.assertEqual(self.ended, 0)
        ending.kill()
        limit = time.monotonic() + PATIENCE
        while not self.ended and time.monotonic() < limit:
            self.reactor.turn()
        self.reactor.turn()
        self.assertEqual((self.ended, self.reactor.getReaders()), (1, []))
        with open(f"/proc/{self.pid}/stat", "rb") as file:
            self.assertEqual(file.read().rpartition(b")")[2].split()[0], b"Z")

    def test_close(self) -> None:
        """
        After closing nothing is heard, and no descriptor is left.
        """
        before = openDescriptors()
        ending = Ending(cast(IReactorFDSet, self.reactor), self.pid, self.note)
        ending.close()
        ending.close()
        self.assertEqual((self.reactor.getReaders(), openDescriptors()), ([], before))

    def test_gone(self) -> None:
        """
        A process that is not there any more is an error.
        """
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        gone, self.pid = self.pid, 0
        self.assertRaises(ProcessLookupError, Ending, self.reactor, gone, self.note)
