"""
Tests for L{sslpool.clocks}.
"""

from __future__ import annotations

import time

from twisted.internet.base import ReactorBase
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.pollreactor import PollReactor
from twisted.internet.selectreactor import SelectReactor
from twisted.internet.task import Clock, LoopingCall
from twisted.trial.unittest import SynchronousTestCase

from sslpool.clocks import Epoch, countMonotonic


class ReactorTests(SynchronousTestCase):
    """
    A reactor that is not run: what it would do next is asked for.
    """

    def reactor(self, kind: type[ReactorBase]) -> tuple[ReactorBase, Clock]:
        """
        Return a reactor, and the clock by which it counts.
        """
        reactor, clock = kind(), Clock()
        for reader in reactor.removeAll():
            reader.connectionLost(None)  # type: ignore[arg-type]
        countMonotonic(reactor, clock.seconds)
        return reactor, clock

    def test_everyReactor(self) -> None:
        """
        Whichever of Twisted's reactors it is, a call comes when its time has passed by the
        clock that it was given, and the reactor sleeps until then.
        """
        for kind in (EPollReactor, PollReactor, SelectReactor):
            reactor, clock = self.reactor(kind)
            called: list[str] = []
            reactor.callLater(10, called.append, "called")
            self.assertEqual(reactor.timeout(), 10)
            clock.advance(9)
            reactor.runUntilCurrent()
            self.assertEqual((called, reactor.timeout()), ([], 1))
            clock.advance(1)
            reactor.runUntilCurrent()
            self.assertEqual((called, reactor.timeout()), (["called"], None))

    def test_moved(self) -> None:
        """
        A call that is put off, or moved sooner, goes by the same clock.
        """
        reactor, clock = self.reactor(EPollReactor)
        sooner, later = reactor.callLater(100, lambda: None), reactor.callLater(100, lambda: None)
        reactor.timeout()
        clock.advance(50)
        sooner.reset(5)
        self.assertEqual((sooner.getTime(), reactor.timeout()), (55, 5))
        later.delay(10)
        self.assertEqual(later.getTime(), 110)
        later.reset(200)
        self.assertEqual(later.getTime(), 250)

    def test_loop(self) -> None:
        """
        So does what is called again and again.
        """
        reactor, clock = self.reactor(EPollReactor)
        calls: list[float] = []
        loop = LoopingCall(lambda: calls.append(clock.seconds()))
        loop.clock = reactor
        loop.start(2, now=False)
        self.addCleanup(loop.stop)
        for _ in range(4):
            clock.advance(1)
            reactor.runUntilCurrent()
        self.assertEqual(calls, [2, 4])

    def test_monotonic(self) -> None:
        """
        Unless it is told otherwise a reactor counts by the monotonic clock.
        """
        reactor = EPollReactor()
        for reader in reactor.removeAll():
            reader.connectionLost(None)
        countMonotonic(reactor)
        self.assertIs(reactor.seconds, time.monotonic)


class EpochTests(SynchronousTestCase):
    """
    Moments as people read them.
    """

    def setUp(self) -> None:
        """
        Have two clocks.
        """
        self.counted, self.wall = Clock(), Clock()
        self.wall.advance(1_700_000_000)
        self.epoch = Epoch(self.counted.seconds, self.wall.seconds)

    def test_drift(self) -> None:
        """
        While the wall clock is only kept exact, a moment stays what it was to the last digit.
        """
        before = self.epoch()
        self.assertEqual(before, 1_700_000_000)
        self.counted.advance(1000)
        self.wall.advance(1000.9)
        self.assertEqual(self.epoch(), before)

    def test_step(self) -> None:
        """
        When the wall clock is set, moments follow it: how long ago they were stays the same.
        """
        began = self.counted.seconds()
        for seconds in (3600, -7200):
            self.counted.advance(60)
            self.wall.advance(60 + seconds)
            ago = self.wall.seconds() - (self.epoch() + began)
            self.assertEqual(ago, self.counted.seconds() - began)
