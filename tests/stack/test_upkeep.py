"""
Tests for L{sslpool.stack.upkeep}.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import operatorError, said
from sslpool.stack.upkeep import INTERVAL, LASTING, Upkeep, guarded
from tests.logs import texts


class UpkeepTests(SynchronousTestCase):
    """
    What others may remove.
    """

    def setUp(self) -> None:
        """
        Look after two things.
        """
        self.clock = Clock()
        self.first: list[str | Exception] = []
        self.second: list[str | Exception] = []
        self.upkeep = Upkeep(self.clock, [lambda: self.tend(self.first), lambda: self.tend(self.second)])
        self.upkeep.startService()

    def tend(self, missing: list[str | Exception]) -> Iterator[str]:
        """
        Make again what is missing; an exception stays until the test takes it away.
        """
        while missing:
            each = missing[0]
            if isinstance(each, Exception):
                raise each
            yield missing.pop(0)  # type: ignore[misc]

    def look(self, times: int = 1) -> list[str]:
        """
        Let it look so many times; return what it says.
        """
        with capturedLogs() as events:
            for _ in range(times):
                self.clock.advance(INTERVAL)
        return texts(events)

    def test_madeAgain(self) -> None:
        """
        What is made again is said; what is there is not.
        """
        self.first += ["/run/x", "/run/x/lock"]
        self.assertEqual(self.look(), [str(said("SSLP008W", path=each)) for each in ("/run/x", "/run/x/lock")])
        self.assertEqual(self.look(3), [])

    def test_trouble(self) -> None:
        """
        What cannot be made again is said once when that lasts, others are looked after meanwhile,
        and what was made before it failed is said.
        """
        self.first += ["/run/x", FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), "/run/x/sock")]
        self.second.append("/y")
        told = self.look(LASTING + 3)
        trouble = said("SSLP009E", reason="/run/x/sock: File exists")
        expected = [said("SSLP008W", path="/run/x"), said("SSLP008W", path="/y"), trouble]
        self.assertEqual(told, [str(each) for each in expected])
        self.first.clear()
        self.assertEqual(self.look(), [])
        self.first.append(operatorError("SSLP408E", stack="S", path="/s"))
        self.assertEqual(self.look(LASTING - 1), [], "another process may be asking")
        self.assertEqual([text.split()[0] for text in self.look(LASTING)], ["SSLP009E"])

    def test_fault(self) -> None:
        """
        A fault of ours has its traceback once, and nothing stops.
        """
        self.first.append(ZeroDivisionError())
        self.look(LASTING + 3)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.second.append("/y")
        self.assertEqual(len(self.look()), 1)

    def test_guarded(self) -> None:
        """
        What is guarded is looked after while the guard says so.
        """
        guards = [False, True]
        tend = guarded(lambda: guards.pop(0), lambda: ["/x"])
        self.assertEqual([list(tend()), list(tend())], [[], ["/x"]])

    def test_stopped(self) -> None:
        """
        After the end nobody looks.
        """
        self.upkeep.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])
