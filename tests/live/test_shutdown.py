"""
The end of the stack.  SIGTERM with running sessions: each gets close_notify, and all processes end.  C{kill -9} of the
stack: agent and servers end by themselves, idle ones at once and the others when their sessions have; a stack that is
started after that finds nothing in its way.
"""

from __future__ import annotations

import signal
import time

from tests.live.applications import Application, echo
from tests.live.clients import exchange, finish, receive
from tests.live.configurations import FilesCase
from tests.live.running import until

AT_ONCE = 10
"""
For how many seconds a server that has nothing to do may be there without a stack, on a machine with other work.
"""


class ShutdownTests(FilesCase):
    """
    Three servers of two sessions.
    """

    def setUp(self) -> None:
        """
        Start the pool.
        """
        super().setUp()
        self.limit(6, 2)
        self.clients = self.client(self.adapt(Application(self, echo)))
        self.stack = self.serve(*self.options)

    def test_sigterm(self) -> None:
        """
        Sessions on two servers end in good order, and one in its handshake does not
        hold anything up; stack, agent and all three servers are gone.
        """
        held = self.clients.hold(3)
        self.clients.dial()
        self.stack.waitForSessions(2, 2)
        self.stack.log.wait("SSLP100I SSL00003")
        self.assertEqual(len(self.stack.processes()), 5)
        self.stack.signal(signal.SIGTERM)
        self.assertEqual([receive(each, 1) for each in held], [b"", b"", b""])
        for each in held:
            each.close()
        self.assertIn(self.stack.wait(), (0, -signal.SIGTERM))
        self.stack.log.wait("SSLP002I")
        self.assertNothingLeft(self.stack)
        self.assertRaises(ConnectionRefusedError, self.clients.dial)

    def test_killedIdle(self) -> None:
        """
        Without sessions everything ends at once, and the next stack starts in spite of
        the socket that the dead one has left.
        """
        began = time.monotonic()
        self.stack.signal(signal.SIGKILL)
        self.assertEqual(self.stack.wait(), -signal.SIGKILL)
        self.assertLess(time.monotonic() - began, AT_ONCE)
        self.assertEqual(self.stack.processes(), [])
        self.serve(*self.options)
        self.clients.hold(1)

    def test_killedWithSession(self) -> None:
        """
        A running session goes on without the stack; its server ends after it, and
        the agent and the idle server do not wait for it.
        """
        held = self.clients.hold(3)
        self.stack.waitForSessions(2, 1)
        idle = self.stack.pid(2)
        finish(held.pop())
        self.stack.waitForSessions(2, 0)
        busy = self.stack.pid(1)
        self.stack.signal(signal.SIGKILL)
        until(lambda: self.stack.processes() == [busy], f"the end of all but {busy}")
        self.assertNotEqual(idle, busy)
        for each in held:
            exchange(each)
            finish(each)
        self.stack.waitForEnd()
