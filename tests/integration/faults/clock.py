"""
The wall clock is set while the pool runs: an hour back, and an hour forward.  Time
limits come when they are due, none of them sooner, and no session ends.
"""

from __future__ import annotations

import os
import signal
import time

from tests.integration.faults.strangers import closedAfter, helloOf
from tests.live.applications import Application, echo
from tests.live.clients import exchange, finish
from tests.live.configurations import FilesCase
from tests.live.installed import lacking
from tests.live.programs import LIMIT
from tests.live.running import until
from tests.live.wallclock import HOUR, PACKAGE, WallClock

HANDSHAKE = 3
WAIT = 40


class ClockTests(FilesCase):
    """
    Two servers of two sessions.
    """

    skip = lacking(PACKAGE)

    def setUp(self) -> None:
        """
        Start the pool.
        """
        super().setUp()
        self.limit(4, 2, f"HANDSHAKE {HANDSHAKE} WAIT {WAIT}")
        self.clients = self.client(self.adapt(Application(self, echo)))
        # The faked time is in a file, which all processes read again and again.
        self.files.sandbox("NO")
        self.clock = WallClock(self.path("clock"))
        self.stack = self.serve(*self.options, launcher=self.clock.launcher)
        self.addCleanup(self.clock.forget, self.stack.process.pid)

    def ageOf(self, moment: float) -> float:
        """
        Return how long ago a moment was by the clock of the stack's processes, in seconds.
        """
        return time.time() + self.clock.offset - moment

    def test_handshake(self) -> None:
        """
        An hour back: HANDSHAKE ends half a ClientHello, from before as well as from after.
        """
        hello = helloOf(self.clients.context)
        before, after = self.clients.dial(), self.clients.dial()
        began = time.monotonic()
        before.sendall(hello[: len(hello) // 2])
        self.stack.waitForSessions(2)
        self.clock.set(-HOUR)
        after.sendall(hello[: len(hello) // 2])
        lives = [closedAfter(each, began) for each in (before, after)]
        self.assertGreater(min(lives), HANDSHAKE - 0.1)
        self.assertLess(max(lives), HANDSHAKE + 10)
        self.stack.waitForSessions(0)

    def test_restart(self) -> None:
        """
        An hour back: a server that is to be started again in some seconds is, though the clock was set meanwhile.
        """
        for count in (1, 2, 3):
            pid = self.stack.pid(1)
            os.kill(pid, signal.SIGKILL)
            self.stack.log.wait("SSLP104E SSL00001", count)
            if count < 3:
                until(lambda gone=pid: self.stack.pid(1) not in (0, gone), "another process")  # type: ignore[misc]
                self.stack.waitForState(1, "Active")
        self.clock.set(-HOUR)
        self.assertRegex(self.stack.log.found("SSLP104E")[-1], "again in [1-9]")
        self.stack.log.wait("SSLP100I SSL00001", 4)

    def test_forward(self) -> None:
        """
        An hour forward: sessions go on, who waits for room is neither refused nor forgotten,
        and what is said of how long something has been so does not jump.
        """
        held = self.clients.hold(4)
        waiting = self.clients.dial()
        self.stack.log.wait("SSLP108W")
        began = self.ageOf(self.stack.status().started)
        since = time.monotonic()
        self.clock.set(HOUR)
        status, sessions = self.stack.status(), self.stack.sessions()
        for moment in (status.started, status.servers[0].since, sessions[0].started):
            self.assertLess(self.ageOf(moment), began + time.monotonic() - since + 2)
        for _ in range(20):
            for each in held:
                exchange(each)
            time.sleep(0.1)
        self.assertEqual(self.stack.log.found("SSLP115W|SSLP104E|SSLP107I"), [])
        finish(held.pop())
        secured = self.clients.secure(waiting)
        exchange(secured)
        for each in (*held, secured):
            finish(each)
        self.assertLess(time.monotonic() - since, LIMIT)
