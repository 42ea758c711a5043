# -*- test-case-name: tests.pool.test_exits -*-
"""
Tests for L{sslpool.pool.exits}.
"""

from __future__ import annotations

import os
import signal
import sys

from twisted.trial.unittest import SynchronousTestCase

from sslpool.pool.exits import exitReason


class ExitTests(SynchronousTestCase):
    """
    How a process ended.
    """

    def reasonOf(self, program: str) -> str:
        """
        Run a Python program and return how it ended.
        """
        pid = os.posix_spawn(sys.executable, [sys.executable, "-S", "-c", program], os.environ)
        return exitReason(os.waitpid(pid, 0)[1])

    def test_byItself(self) -> None:
        """
        Status 0 is an ordinary end.
        """
        self.assertEqual(self.reasonOf("pass"), "ended by itself")

    def test_status(self) -> None:
        """
        Any other status is named.
        """
        self.assertEqual(self.reasonOf("raise SystemExit(3)"), "ended with exit status 3")

    def test_signal(self) -> None:
        """
        A signal is named by number and name.
        """
        killed = self.reasonOf("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
        self.assertEqual(killed, "killed by signal 9 (SIGKILL)")

    def test_coreDump(self) -> None:
        """
        That there was a core dump does not change the signal.
        """
        self.assertEqual(exitReason(signal.SIGSEGV | 0x80), "killed by signal 11 (SIGSEGV)")

    def test_realTime(self) -> None:
        """
        A signal without a name is a real-time signal.
        """
        self.assertEqual(exitReason(40), "killed by signal 40 (a real-time signal)")
