# -*- test-case-name: tests.server.test_console -*-
"""
Tests for L{sslpool.server.console}.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import Said, said
from sslpool.server.console import BATCH, LONGEST_LINE, PAUSE, ROOM, Console


class ConsoleTests(SynchronousTestCase):
    """
    Lines on their way to the stack.
    """

    def setUp(self) -> None:
        """
        Have a console whose lines are taken when the test says so.
        """
        self.clock = Clock()
        self.sent: list[tuple[list[float], list[Said | str]]] = []
        self.travelling: Deferred[object] = Deferred()
        self.console = Console(self.clock, lambda: 1000.0 + self.clock.seconds(), self.send)

    def send(self, times: list[float], lines: list[Said | str]) -> Deferred[object]:
        """
        Take a batch.
        """
        self.sent.append((times, lines))
        self.travelling = Deferred()
        return self.travelling

    def arrive(self) -> None:
        """
        Have the batch arrive, and the next one sent.
        """
        self.travelling.callback(None)
        self.clock.advance(0)

    def test_together(self) -> None:
        """
        Lines wait a little for others, and go together with their times.
        """
        self.console.write("one")
        self.clock.advance(PAUSE / 2)
        self.console.writeAll(("two", "three"))
        self.assertEqual(self.sent, [])
        self.clock.advance(PAUSE / 2)
        self.assertEqual(self.sent, [([1000.0, 1000.05, 1000.05], ["one", "two", "three"])])

    def test_oneAtATime(self) -> None:
        """
        While a batch travels, nothing else does.
        """
        self.console.write("one")
        self.clock.advance(PAUSE)
        self.console.write("two")
        self.clock.advance(10)
        self.assertEqual(len(self.sent), 1)
        self.arrive()
        self.assertEqual([lines for _, lines in self.sent], [["one"], ["two"]])
        self.arrive()
        self.console.write("three")
        self.clock.advance(PAUSE)
        self.assertEqual(len(self.sent), 3)

    def test_bounded(self) -> None:
        """
        What there is no room for is left out, and how much that was is said behind the rest.
        """
        line = "x" * LONGEST_LINE
        fitting = ROOM // LONGEST_LINE + 1
        for _ in range(fitting + 10):
            self.console.write(line + "more")
        self.assertEqual(self.console.omitted, 10)
        self.clock.advance(PAUSE)
        while not self.travelling.called:
            self.assertLess(sum(len(str(each)) for each in self.sent[-1][1]), BATCH + LONGEST_LINE + 200)
            self.arrive()
        lines = [each for _, batch in self.sent for each in batch]
        self.assertEqual(lines.count(line), fitting)
        self.assertEqual(lines[-1], said("SSLP627W", count=10))
        self.assertEqual(len(lines), fitting + 1)

    def test_tooLong(self) -> None:
        """
        Of a line that is too long the beginning is shown; a message is still one.
        """
        message = said("SSLP647I", number=1, what="x" * LONGEST_LINE)
        self.console.writeAll((message, "y" * (LONGEST_LINE + 1)))
        self.clock.advance(PAUSE)
        (shown, line) = self.sent[0][1]
        assert isinstance(shown, Said)
        self.assertEqual((shown.id, str(shown)), (message.id, str(message)[:LONGEST_LINE]))
        self.assertEqual(line, "y" * LONGEST_LINE)

    def test_stackGone(self) -> None:
        """
        A batch that does not arrive is lost, and the next one is tried.
        """
        self.console.write("one")
        self.clock.advance(PAUSE)
        self.travelling.errback(ConnectionError("gone"))
        self.console.write("two")
        self.clock.advance(PAUSE)
        self.assertEqual(self.sent[-1][1], ["two"])

    def test_flush(self) -> None:
        """
        At the end nothing waits.
        """
        self.assertIsNone(self.console.flush())
        self.console.write("last")
        self.assertIs(self.console.flush(), self.travelling)
        self.assertEqual(self.sent[-1][1], ["last"])
        self.assertEqual(self.clock.getDelayedCalls(), [])
