"""
When the pool is full, connections wait, but not for ever: what has waited for WAIT seconds is closed, and messages say
so.  A server is Active in a fraction of the time in which a program that is not forked has only imported what it needs.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time

from tests.live.applications import Application, echo
from tests.live.clients import exchange, finish
from tests.live.configurations import FilesCase
from tests.live.programs import LIMIT
from tests.test_layers import ROOT

FRESH = "import sslpool.server.service, sslpool.control.serverlink, OpenSSL.SSL, twisted.internet.reactor"
"""
What a server that was not forked would begin with.
"""


class LimitTests(FilesCase):
    """
    Two servers of one session.
    """

    def setUp(self) -> None:
        """
        Start the pool.
        """
        super().setUp()
        self.limit(2, 1, "WAIT 1")
        self.clients = self.client(self.adapt(Application(self, echo)))
        self.stack = self.serve(*self.options)

    def test_waitEnds(self) -> None:
        """
        The third connection is closed after WAIT; sessions do not notice.  When one
        has ended, another connection is served.
        """
        held = self.clients.hold(2)
        began = time.monotonic()
        third = self.clients.dial()
        self.stack.log.wait("SSLP108W The pool is full .sessions: 2.")
        third.settimeout(LIMIT)
        with contextlib.suppress(ConnectionResetError):
            self.assertEqual(third.recv(1), b"")
        waited = time.monotonic() - began
        self.assertGreater(waited, 0.9)
        self.assertLess(waited, 10)
        self.stack.log.wait("SSLP115W Connections closed because no room was found within 1 s: 1 since")
        for each in held:
            exchange(each)
        finish(held.pop())
        self.stack.waitForSessions(1, 0)
        self.clients.hold(1)

    def test_readySoon(self) -> None:
        """
        SSL00002 is Active soon after SSL00001 was full: it is forked, and imports nothing.
        """
        self.clients.hold(1)
        took = int(self.stack.log.wait(r"SSLP100I SSL00002 is Active: .* ready in (\d+) ms").group(1))
        began = time.monotonic()
        subprocess.run([sys.executable, "-c", FRESH], check=True, cwd=ROOT)
        fresh = round((time.monotonic() - began) * 1000)
        print(f"\nSSL00002 was Active {took} ms after the decision; a fresh process has only imported after {fresh} ms")
        self.assertLess(took, 2 * fresh)
