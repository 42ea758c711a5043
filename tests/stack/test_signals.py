"""
Tests for L{sslpool.stack.signals}, with real signals to this process.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import said
from sslpool.signals import HARMLESS, hold
from sslpool.stack.signals import FOLLOWED, Signals
from tests.logs import texts


class ThreadReactor(MemoryReactorClock):
    """
    A reactor that does at once what a signal has it do.
    """

    def callFromThread(self, function: Callable[..., object], *arguments: object) -> None:
        """
        Call it.
        """
        function(*arguments)


class SignalsTests(SynchronousTestCase):
    """
    What follows from a signal.
    """

    def setUp(self) -> None:
        """
        Follow signals; everything is restored in the end.
        """
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        self.addCleanup(signal.pthread_sigmask, signal.SIG_SETMASK, mask)
        for number in HARMLESS:
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        self.reloads: list[Deferred[None]] = []
        self.reopened: list[str] = []
        self.rotated: list[int] = []
        self.ready: Deferred[None] = Deferred()
        signal.signal(signal.SIGUSR1, lambda number, frame: self.rotated.append(number))
        signal.signal(signal.SIGUSR2, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        hold()
        reactor = ThreadReactor()
        self.signals = Signals(reactor, self.reload, self.reopened.append, self.ready)  # type: ignore[arg-type]

    async def reload(self) -> None:
        """
        Reload, until the test says that it is done.
        """
        self.reloads.append(Deferred())
        await self.reloads[-1]

    def send(self, *numbers: int) -> None:
        """
        Send signals to this process.
        """
        for number in numbers:
            os.kill(os.getpid(), number)

    def serving(self) -> None:
        """
        Start, and be ready.
        """
        self.signals.startService()
        self.ready.callback(None)

    def test_reopen(self) -> None:
        """
        SIGUSR1 and SIGUSR2 open log files again; who followed one of them before goes on.
        """
        self.serving()
        self.send(signal.SIGUSR1, signal.SIGUSR2)
        self.assertEqual((self.reopened, self.rotated), (["SIGUSR1", "SIGUSR2"], [signal.SIGUSR1]))

    def test_heldBack(self) -> None:
        """
        A signal of the time before is followed.
        """
        self.send(signal.SIGUSR2)
        self.assertEqual(self.reopened, [])
        self.signals.startService()
        self.assertEqual(self.reopened, ["SIGUSR2"])

    def test_reload(self) -> None:
        """
        SIGHUP reloads; any number of them that come meanwhile reload once more.
        """
        self.serving()
        self.send(signal.SIGHUP)
        self.assertEqual(len(self.reloads), 1)
        self.send(signal.SIGHUP, signal.SIGHUP, signal.SIGHUP)
        self.assertEqual(len(self.reloads), 1)
        self.reloads[0].callback(None)
        self.assertEqual(len(self.reloads), 2)
        self.reloads[1].callback(None)
        self.assertEqual(len(self.reloads), 2)

    def test_early(self) -> None:
        """
        One that comes before the pool serves is said to be done later, and is.
        """
        self.send(signal.SIGHUP)
        with capturedLogs() as events:
            self.signals.startService()
        self.assertEqual((texts(events), self.reloads), ([str(said("SSLP010I"))], []))
        self.ready.callback(None)
        self.assertEqual(len(self.reloads), 1)

    def test_fault(self) -> None:
        """
        A fault of ours is logged, and the next one reloads again.
        """
        self.serving()
        self.send(signal.SIGHUP)
        self.reloads[0].errback(ZeroDivisionError())
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.send(signal.SIGHUP)
        self.assertEqual(len(self.reloads), 2)

    def test_stopped(self) -> None:
        """
        At the end none does anything, not even one whose turn would come then.
        """
        self.serving()
        self.send(signal.SIGHUP, signal.SIGHUP)
        self.signals.stopService()
        self.send(*FOLLOWED)
        self.reloads[0].callback(None)
        self.assertEqual((len(self.reloads), self.reopened, self.rotated), (1, [], []))

    def test_others(self) -> None:
        """
        Each of the others does nothing.
        """
        self.serving()
        self.send(*(HARMLESS - set(FOLLOWED)))
        self.assertEqual((self.reloads, self.reopened), ([], []))
