# -*- test-case-name: tests.server.test_reactor -*-
"""
Tests for L{sslpool.server.reactor}: sessions and Twisted in one loop, and neither starves the other.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from select import EPOLLIN
from time import monotonic

from twisted.internet.interfaces import IReactorFDSet, IReactorThreads, IReactorTime
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.readers import Reader
from sslpool.server.reactor import ServerReactor
from sslpool.server.relay import EVENTS, Relay
from sslpool.wire.cachebook import CacheBook
from tests.doubles.room import newSegment
from tests.server.scene import SLOTS, Observer, anchors

GUARD = 10.0
"""
After so many seconds a reactor that has not stopped is taken for one that never will.
"""


class Counted(ServerReactor):
    """
    A reactor that counts Twisted's turns.

    @ivar turns: how many there were.
    """

    turns = 0

    def runUntilCurrent(self) -> None:
        """
        Take a turn.
        """
        self.turns += 1
        super().runUntilCurrent()


def closing(test: SynchronousTestCase, reactor: ServerReactor) -> None:
    """
    Close the descriptors of a reactor at the end of a test.
    """
    test.addCleanup(reactor.waker.connectionLost, None)
    test.addCleanup(reactor._poller.close)


class Own(Reader):
    """
    A descriptor of Twisted's own.

    @ivar lost: Twisted watches it no longer.
    """

    def __init__(self, watched: socket.socket, read: Callable[[], None]) -> None:
        self.watched = watched
        self._read = read
        self.lost = False

    def doRead(self) -> None:
        """
        There is something to read.
        """
        self._read()

    def connectionLost(self, reason: Failure) -> None:
        """
        Take note of the end.
        """
        super().connectionLost(reason)
        self.lost = True


class LoopTests(SynchronousTestCase):
    """
    A reactor that runs, with a relay.  What is watched instead of sessions is always ready.
    """

    def setUp(self) -> None:
        """
        Have both.
        """
        self.reactor = Counted()
        closing(self, self.reactor)
        self.stack, handoff = self.pair()
        segment, self.observer = newSegment(SLOTS), Observer()
        self.region = segment.region(0)
        book = CacheBook(segment.cache(0), 60, 100, 1, monotonic())
        self.relay = Relay(handoff, segment, self.region, anchors(), book, self.observer)
        self.addCleanup(self.relay.close)
        self.reactor.serve(self.relay)
        self.events = 0

    def pair(self) -> tuple[socket.socket, socket.socket]:
        """
        Return two sockets that are connected.
        """
        pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for each in pair:
            each.setblocking(False)
            self.addCleanup(each.close)
        return pair

    def readable(self) -> socket.socket:
        """
        Return a socket with something to read.
        """
        near, far = self.pair()
        far.send(b"x")
        return near

    def session(self, most: int = 0) -> None:
        """
        Have the relay watch something that is always ready.

        @param most: after how many events it stops the reactor.
        """

        def ready(events: int) -> None:
            self.events += 1
            if self.events == most:
                self.reactor.stop()

        self.relay.watch(self.readable().fileno(), 0, EPOLLIN, ready)

    def once(self, act: Callable[[], object]) -> None:
        """
        Have it watch something that is ready once, and does C{act}.
        """
        near = self.readable()

        def ready(events: int) -> None:
            near.recv(1)
            act()

        self.relay.watch(near.fileno(), 0, EPOLLIN, ready)

    def fault(self) -> None:
        """
        Make a mistake.
        """
        raise ZeroDivisionError

    def runToStop(self, guarded: bool = True) -> None:
        """
        Run until something stops the reactor, and fail where only the guard does.

        @param guarded: otherwise no timed call is ahead.
        """
        late: list[bool] = []

        def guard() -> None:
            late.append(True)
            self.reactor.stop()

        if guarded:
            self.reactor.callLater(GUARD, guard)
        self.reactor.run(installSignalHandlers=False)
        self.assertEqual(late, [])

    def test_interfaces(self) -> None:
        """
        It is a reactor as Twisted's others are, and counts by the monotonic clock.
        """
        for interface in (IReactorTime, IReactorFDSet, IReactorThreads):
            verifyObject(interface, self.reactor)
        before = monotonic()
        self.assertTrue(before <= self.reactor.seconds() <= monotonic())

    def test_sessionsAlone(self) -> None:
        """
        Events of sessions cost Twisted no turn.
        """
        self.session(1000)
        self.runToStop()
        # One before, the one that ends it, and none for each event.
        self.assertLess(self.reactor.turns, 5)

    def test_timedCall(self) -> None:
        """
        A timed call comes when it is due, whether sessions are busy or silent, and no sooner.
        """
        for busy in (False, True):
            with self.subTest(busy=busy):
                self.setUp()
                if busy:
                    self.session()
                due = monotonic() + 0.02
                self.reactor.callLater(0.02, self.reactor.stop)
                self.runToStop()
                self.assertGreaterEqual(monotonic(), due)
                self.assertLess(self.reactor.turns, 20)

    def test_calledBySession(self) -> None:
        """
        A timed call that a session makes comes in time, also where nothing else would wake the reactor.
        """
        self.once(lambda: self.reactor.callLater(0.01, self.reactor.stop))
        self.runToStop()

    def test_movedBySession(self) -> None:
        """
        So does one that a session moves sooner.
        """
        call = self.reactor.callLater(GUARD * 2, self.reactor.stop)
        self.once(lambda: call.reset(0.01))
        self.runToStop()

    def test_stoppedBySession(self) -> None:
        """
        A session can stop the reactor, and what is to be done at its shutdown is.
        """
        done: list[bool] = []
        self.reactor.addSystemEventTrigger("before", "shutdown", done.append, True)
        self.once(self.reactor.stop)
        self.runToStop()
        self.assertEqual(done, [True])

    def test_fromThread(self) -> None:
        """
        A call from a thread wakes the reactor, also where no timed call is ahead.
        """
        thread = threading.Thread(target=lambda: self.reactor.callFromThread(self.reactor.stop))
        self.once(thread.start)
        self.runToStop(guarded=False)
        thread.join()

    def test_fromThreadBySession(self) -> None:
        """
        So does one that a session makes.
        """
        self.once(lambda: self.reactor.callFromThread(self.reactor.stop))
        self.runToStop()

    def test_signal(self) -> None:
        """
        A signal has its handler called while the reactor waits.
        """
        before = signal.signal(signal.SIGUSR1, lambda *_: self.reactor.callFromThread(self.reactor.stop))
        self.addCleanup(signal.signal, signal.SIGUSR1, before)
        thread = threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGUSR1))
        self.once(thread.start)
        self.runToStop()
        thread.join()

    def test_own(self) -> None:
        """
        Twisted's own descriptors are watched, from before and those that are added while it runs.
        """
        read: list[str] = []

        def secondRead() -> None:
            read.append("second")
            self.reactor.stop()

        second = Own(self.readable(), secondRead)

        def firstRead() -> None:
            read.append("first")
            self.reactor.removeReader(first)
            self.reactor.addReader(second)

        first = Own(self.readable(), firstRead)
        self.reactor.addReader(first)
        self.runToStop()
        self.assertEqual(read, ["first", "second"])

    def test_busySessions(self) -> None:
        """
        However many sessions are always ready, Twisted's descriptors and calls have their turns.
        """
        seen: list[int] = []
        count = 3 * EVENTS
        for _ in range(count):
            self.session()
        reader = Own(self.readable(), lambda: seen.append(self.events))
        self.reactor.addReader(reader)
        self.reactor.callLater(0.05, self.reactor.stop)
        self.runToStop()
        # Its turn comes with theirs, again and again.
        gaps = [after - before for before, after in zip([0, *seen], seen, strict=False)]
        self.assertGreater(len(gaps), 1)
        self.assertLessEqual(max(gaps), count + EVENTS)

    def test_busyTwisted(self) -> None:
        """
        Sessions have their turns however busy Twisted is: with calls that are always due, and with a descriptor.
        """

        def again() -> None:
            self.reactor.callLater(0, again)

        again()
        self.reactor.addReader(Own(self.readable(), lambda: None))
        self.session(100)
        self.runToStop()
        self.assertLess(self.reactor.turns, 300)

    def test_faults(self) -> None:
        """
        A fault of a session or of a reader costs that one, and is told.
        """
        wrong = Own(self.readable(), self.fault)
        self.reactor.addReader(wrong)
        self.relay.watch(self.readable().fileno(), 0, EPOLLIN, lambda events: self.fault())
        self.once(lambda: self.reactor.callLater(0.02, self.reactor.stop))
        self.runToStop()
        self.assertEqual([type(fault) for fault in self.observer.faults], [ZeroDivisionError])
        self.assertTrue(wrong.lost)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_faultyCall(self) -> None:
        """
        So does that of a timed call.
        """
        self.reactor.callLater(0, self.fault)
        self.reactor.callLater(0.01, self.reactor.stop)
        self.runToStop()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_handoff(self) -> None:
        """
        What the stack offers is taken in the same loop: here the stack has gone, and its end is read once.
        """
        self.relay.serve()
        self.reactor.callLater(0, self.stack.close)
        self.reactor.callLater(0.02, self.reactor.stop)
        self.runToStop()
        self.assertEqual(self.relay.descriptorsOf(self.relay.intake), [])
        self.assertLess(self.reactor.turns, 20)


class WithoutTests(SynchronousTestCase):
    """
    A reactor before it has a relay, and the process's own.
    """

    def test_noRelay(self) -> None:
        """
        Without a relay it is Twisted's.
        """
        reactor = ServerReactor()
        closing(self, reactor)
        called: list[str] = []
        reactor.callLater(0, called.append, "called")
        reactor.callLater(0.01, reactor.stop)
        reactor.run(installSignalHandlers=False)
        self.assertEqual(called, ["called"])

    def test_install(self) -> None:
        """
        It becomes the reactor of a process.
        """
        program = (
            "from sslpool.server.reactor import install\n"
            "made = install()\n"
            "from twisted.internet import reactor\n"
            "print(reactor is made)"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout, "True\n")
