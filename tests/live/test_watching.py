"""
A pool that is watched: by a program of the operator's own, and while one of its servers does not answer.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tests.live.applications import Application, echo
from tests.live.configurations import FilesCase
from tests.live.programs import CHECKOUT, Log, environment


class WatchingTests(FilesCase):
    """
    A pool of two servers of one session.
    """

    def setUp(self) -> None:
        """
        Start the pool.
        """
        super().setUp()
        # One that is stopped is to be there for longer than its questions last.
        self.limit(2, 1, "LIVENESS 60")
        self.clients = self.client(self.adapt(Application(self, echo)))
        self.stack = self.serve(*self.options)

    def test_program(self) -> None:
        """
        The program in the documentation sees a session come and go, and says when the stack ends.
        """
        with subprocess.Popen(
            [sys.executable, str(CHECKOUT / "docs" / "examples" / "watch.py"), "TCPIP", self.stack.run],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(),
            text=True,
        ) as watching:
            assert watching.stdout is not None
            self.addCleanup(watching.kill)
            log = Log(watching.stdout)
            log.wait("SSL00001 Active 0")
            (held,) = self.clients.hold(1)
            log.wait("SSL00001 Active 1")
            held.close()
            log.wait("SSL00001 Active 0", count=2)
            self.stack.end()
            log.wait("SSLP40[03]E")
            self.assertEqual(watching.wait(60), 1)

    def test_silentServer(self) -> None:
        """
        A server that does not answer is a message within seconds; the others' answers are there.
        """
        self.clients.hold(2)
        self.stack.waitForSessions(1, 1)
        stopped = self.stack.pid(1)
        os.kill(stopped, signal.SIGSTOP)
        self.addCleanup(os.kill, stopped, signal.SIGCONT)
        message = "DTCSSL2421E SSL00001: Communication error: Connection timed out"
        for words in (("query", "sessions"), ("query", "status", "details")):
            outcome = self.stack.ssladmin(*words)
            self.assertEqual(outcome.code, 1)
            self.assertIn(message, outcome.output + outcome.error)
            self.assertIn("SSL00002", outcome.output)
        self.assertEqual(self.stack.ssladmin("query", "status").code, 0)
