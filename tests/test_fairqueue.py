"""
Tests for L{sslpool.fairqueue}.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sslpool.fairqueue import AT_ONCE, AT_ONCE_OF_ALL, BURST, LONGEST, RATE, RATE_OF_ALL, SHARE, Arrivals, FairQueue


class FairQueueTests(SynchronousTestCase):
    """
    L{Turns} with work that takes time.
    """

    def setUp(self) -> None:
        """
        Make the queue.
        """
        self.clock = Clock()
        self.turns = FairQueue(self.clock)
        self.begun: list[object] = []

    def taking(self, seconds: float, name: object = None) -> Callable[[], None]:
        """
        Return work that takes so long.
        """

        def work() -> None:
            self.begun.append(name)
            self.clock.rightNow += seconds

        return work

    def hold(self, done: Deferred[None]) -> None:
        """
        Begin work that ends with C{done}.
        """
        self.turns.wait("a", lambda: done)
        self.clock.advance(0)

    def loop(self, asker: str, seconds: float) -> None:
        """
        Have an asker ask again whenever he was answered.
        """

        def work() -> None:
            self.taking(seconds, asker)()
            self.clock.callLater(0, self.turns.wait, asker, work)

        self.turns.wait(asker, work)

    def test_atOnce(self) -> None:
        """
        Where nobody waits it is one's turn at once, but not before that is known to the asker.
        """
        self.turns.wait("a", self.taking(0, "a"))
        self.assertEqual((self.begun, self.turns.waiting), ([], 1))
        self.clock.advance(0)
        self.assertEqual((self.begun, self.turns.waiting), (["a"], 0))

    def test_oneAtATime(self) -> None:
        """
        What is not done yet keeps the others waiting, whosever it is; then the reactor has its turn first.
        """
        done: Deferred[None] = Deferred()
        self.hold(done)
        self.turns.wait("a", self.taking(0, "a"))
        self.turns.wait("b", self.taking(0, "b"))
        self.clock.advance(1)
        self.assertEqual((self.begun, self.turns.waiting), ([], 2))
        done.callback(None)
        self.assertEqual(self.begun, [])
        self.clock.pump([0, 0])
        self.assertEqual(self.begun, ["a", "b"])

    def test_fair(self) -> None:
        """
        Askers take turns, however much each of them asks.
        """
        done: Deferred[None] = Deferred()
        self.hold(done)
        for name in ("a1", "a2", "a3", "b1", "b2", "c1"):
            self.turns.wait(name[0], self.taking(0, name))
        done.callback(None)
        self.clock.pump([0] * 6)
        self.assertEqual(self.begun, ["a1", "b1", "c1", "a2", "b2", "a3"])

    def test_share(self) -> None:
        """
        Those who ask in a loop have their share of the time between them and no more, once the burst
        is over; each as much as the others.
        """
        for asker in ("a", "b", "c"):
            self.loop(asker, 0.01)
        while self.clock.seconds() < 100:
            self.clock.advance(0.001)
        work = 0.01 * len(self.begun)
        self.assertLess(work, BURST + 100 * SHARE + 0.02)
        self.assertGreater(work, 100 * SHARE * 0.9)
        counts = [self.begun.count(asker) for asker in ("a", "b", "c")]
        self.assertLessEqual(max(counts) - min(counts), 1)

    def test_burst(self) -> None:
        """
        After a rest some work is done without a pause.
        """
        self.clock.advance(1000)
        done: Deferred[None] = Deferred()
        self.hold(done)
        for _ in range(100):
            self.turns.wait("a", self.taking(0.01))
        done.callback(None)
        self.clock.pump([0] * 100)
        self.assertLess(abs(0.01 * len(self.begun) - BURST), 0.03)

    def test_longest(self) -> None:
        """
        What was left without an answer does not keep others away for long.
        """
        done: Deferred[None] = Deferred()
        self.hold(done)
        for _ in range(2):
            self.turns.wait("b", self.taking(LONGEST, "b"))
        self.clock.advance(600)
        done.callback(None)
        self.clock.advance(0)
        self.assertEqual(len(self.begun), 1)
        self.clock.advance(LONGEST / SHARE)
        self.assertEqual(len(self.begun), 2)

    def test_leave(self) -> None:
        """
        Who has left is passed over, and nothing is left to be called when all have.
        """
        done: Deferred[None] = Deferred()
        self.hold(done)
        first, second = self.turns.wait("b", self.taking(0, "b")), self.turns.wait("c", self.taking(0, "c"))
        self.turns.leave(first)
        done.callback(None)
        self.turns.leave(second)
        self.turns.leave(second)
        self.assertEqual((self.clock.getDelayedCalls(), self.turns.waiting), ([], 0))

    def test_fault(self) -> None:
        """
        A fault of ours is logged, and the next one has its turn.
        """

        def fault() -> None:
            raise ZeroDivisionError

        self.turns.wait("a", fault)
        self.turns.wait("a", self.taking(0, "a"))
        self.clock.pump([0, 0])
        self.assertEqual((self.begun, len(self.flushLoggedErrors(ZeroDivisionError))), (["a"], 1))


class ArrivalsTests(SynchronousTestCase):
    """
    L{Arrivals} bounds how often strangers come.
    """

    def setUp(self) -> None:
        """
        Make the books.
        """
        self.clock = Clock()
        self.arrivals = Arrivals(self.clock)

    def test_one(self) -> None:
        """
        One may come so often at once, and then so often in a second; this is nothing to another.
        """
        self.assertEqual(sum(self.arrivals.admit("a") for _ in range(1000)), AT_ONCE)
        self.assertTrue(self.arrivals.admit("b"))
        admitted = 0
        for _ in range(10_000):
            self.clock.advance(0.001)
            admitted += self.arrivals.admit("a")
        self.assertLessEqual(abs(admitted - 10 * RATE), 1)

    def test_all(self) -> None:
        """
        All together may do so as well, and the books stay small.
        """
        admitted = 0
        for asker in range(10_000):
            self.clock.advance(0.001)
            admitted += self.arrivals.admit(asker)
        self.assertLessEqual(abs(admitted - AT_ONCE_OF_ALL - 10 * RATE_OF_ALL), 1)
        self.assertLessEqual(len(self.arrivals._each), AT_ONCE_OF_ALL + 4 * RATE_OF_ALL)

    @given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 2))))
    def test_never(self, steps: list[tuple[int, float]]) -> None:
        """
        In whatever rhythm they come, nobody comes more often than that.
        """
        clock = Clock()
        arrivals, admitted = Arrivals(clock), dict.fromkeys(range(4), 0)
        for asker, pause in steps:
            clock.advance(pause)
            admitted[asker] += arrivals.admit(asker)
        self.assertTrue(all(count <= AT_ONCE + RATE * clock.seconds() for count in admitted.values()))
