"""
Tests for L{sslpool.signals}.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

from sslpool.signals import HARMLESS, held, hold, ignore, release

ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGKILL}
FAULTS = {signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGSEGV, signal.SIGSYS}

PROGRAM = """
import os, signal, sys
from sslpool.signals import ignore
ignore()
os.kill(os.getpid(), int(sys.argv[1]))
"""


class SetTests(SynchronousTestCase):
    """
    Which signals are meant.
    """

    def test_complete(self) -> None:
        """
        Every signal that ends a process by default is one of them, ends it by intent, or reports a
        fault: the system is asked, with a process for each.
        """
        ended = set()
        for number in sorted(signal.valid_signals()):
            source = f"import os, signal; signal.signal({number}, signal.SIG_DFL); os.kill(os.getpid(), {number})"
            if number in {signal.SIGKILL, signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}:
                continue
            done = subprocess.run([sys.executable, "-S", "-c", source], check=False, timeout=60)
            if done.returncode == -number:
                ended.add(number)
        self.assertEqual(ended, (HARMLESS | FAULTS | ENDING) - {signal.SIGKILL})


class MaskTests(SynchronousTestCase):
    """
    Kept back, ignored.
    """

    def setUp(self) -> None:
        """
        Have the mask restored.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        self.addCleanup(signal.pthread_sigmask, signal.SIG_SETMASK, before)

    def test_hold(self) -> None:
        """
        What is kept back comes when it is released.
        """
        seen: list[int] = []
        before = signal.signal(signal.SIGUSR2, lambda number, frame: seen.append(number))
        self.addCleanup(signal.signal, signal.SIGUSR2, before)
        hold()
        os.kill(os.getpid(), signal.SIGUSR2)
        self.assertEqual(seen, [])
        release()
        self.assertEqual(seen, [signal.SIGUSR2])

    def test_held(self) -> None:
        """
        For a while: the mask is afterwards what it was.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        with held():
            self.assertLessEqual(HARMLESS, signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        self.assertEqual(signal.pthread_sigmask(signal.SIG_BLOCK, ()), before)

    def test_ignore(self) -> None:
        """
        A process that ignores them survives each.
        """
        for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGRTMIN, signal.SIGRTMAX):
            done = subprocess.run([sys.executable, "-c", PROGRAM, str(int(number))], check=False, timeout=60)
            self.assertEqual(done.returncode, 0, number)

    def test_arranged(self) -> None:
        """
        What has been arranged for one stays, and so do those that are excepted.
        """
        self.addCleanup(signal.signal, signal.SIGPWR, signal.signal(signal.SIGPWR, self.arranged))
        for number in HARMLESS - {signal.SIGPWR, signal.SIGUSR1}:
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        ignore([signal.SIGUSR1])
        self.assertEqual(signal.getsignal(signal.SIGPWR), self.arranged)
        self.assertNotEqual(signal.getsignal(signal.SIGUSR1), signal.SIG_IGN)
        self.assertEqual(signal.getsignal(signal.SIGPROF), signal.SIG_IGN)

    def arranged(self, number: int, frame: object) -> None:
        """
        Nothing.
        """
