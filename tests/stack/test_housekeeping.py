"""
Tests for L{sslpool.stack.housekeeping}.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator

from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import operatorError, said
from sslpool.stack.housekeeping import INTERVAL, LASTING, Housekeeping, guarded
from tests.logs import texts


class HousekeepingTests(SynchronousTestCase):
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
        self.housekeeping = Housekeeping(self.clock, [lambda: self.tend(self.first), lambda: self.tend(self.second)])
        self.housekeeping.startService()

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
        self.housekeeping.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])


PROGRAM = """
import os, sys
from sslpool.stack.housekeeping import reapOrphans
from twisted.internet import process
known = {}
process.reapProcessHandlers.update(known)
print(reapOrphans())
ours = os.fork()
if ours == 0:
    os._exit(7)
os.waitid(os.P_PID, ours, os.WEXITED | os.WNOWAIT)
process.reapProcessHandlers[ours] = None
reapOrphans()
print(os.waitpid(ours, os.WNOHANG)[1] >> 8)
orphans = []
for _ in range(3):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
alive = os.fork()
if alive == 0:
    import time
    time.sleep(60)
reapOrphans()
with open(f"/proc/{os.getpid()}/task/{os.getpid()}/children") as file:
    print(file.read().split() == [str(alive)])
os.kill(alive, 9)
os.waitpid(alive, 0)
"""


class ReapTests(SynchronousTestCase):
    """
    Children that nobody waits for.
    """

    def test_all(self) -> None:
        """
        All that have ended are reaped, but for those for which Twisted waits: their exit status is
        not taken from it.  Without children there is nothing to do.
        """
        done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.stdout.split("\n"), done.stderr), (["()", "7", "True", ""], ""))
