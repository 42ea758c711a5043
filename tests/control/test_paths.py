"""
Tests for L{sslpool.control.paths}.
"""

from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from sslpool.control.paths import LONGEST_PATH, socketPath
from sslpool.messages import OperatorError
from sslpool.rundirectory import runDirectory, searchDirectories

XDG = {"XDG_RUNTIME_DIR": "/run/user/1000"}


class RunDirectoryTests(SynchronousTestCase):
    """
    L{runDirectory} and L{searchDirectories} agree where sockets are.
    """

    def test_order(self) -> None:
        """
        The option, the environment, root's directory, the user's, and the last resort, in this order.
        """
        chosen = {**XDG, "SSLPOOL_RUN": "/srv/run"}
        self.assertEqual(runDirectory("/opt/run", chosen, 0), "/opt/run")
        self.assertEqual(runDirectory(None, chosen, 0), "/srv/run")
        self.assertEqual(runDirectory(None, XDG, 0), "/run/sslpool")
        self.assertEqual(runDirectory(None, XDG, 1000), "/run/user/1000/sslpool")
        self.assertEqual(runDirectory(None, {}, 1000), "/tmp/sslpool-1000")

    def test_absolute(self) -> None:
        """
        The path does not depend on where the stack goes later.
        """
        self.assertEqual(runDirectory("run", {}, 0), os.path.abspath("run"))

    def test_ownEnvironment(self) -> None:
        """
        Without arguments the process's own environment and user count.
        """
        self.patch(os, "environ", {"SSLPOOL_RUN": "/srv/mine"})
        self.assertEqual(runDirectory(None), "/srv/mine")
        self.assertEqual(searchDirectories(None), ("/srv/mine",))
        self.patch(os, "environ", {})
        self.patch(os, "geteuid", lambda: 77)
        self.assertEqual(runDirectory(None), "/tmp/sslpool-77")

    def test_search(self) -> None:
        """
        A user without a stack of the user's own finds the system's; a chosen directory is the only one.
        """
        self.assertEqual(searchDirectories(None, XDG, 1000), ("/run/user/1000/sslpool", "/run/sslpool"))
        self.assertEqual(searchDirectories(None, XDG, 0), ("/run/sslpool",))
        self.assertEqual(searchDirectories("/x", XDG, 1000), ("/x",))
        self.assertEqual(searchDirectories(None, {**XDG, "SSLPOOL_RUN": "/y"}, 1000), ("/y",))


class SocketPathTests(SynchronousTestCase):
    """
    L{socketPath} names a stack's socket.
    """

    def test_path(self) -> None:
        """
        The socket is called after the stack.
        """
        self.assertEqual(socketPath("/run/sslpool", "TCPIP"), "/run/sslpool/TCPIP.sock")

    def test_limit(self) -> None:
        """
        The longest path that the system takes is taken, the next is a clear error (octets count, not characters).
        """
        room = LONGEST_PATH - len("/" + "/S.sock")
        self.assertEqual(len(socketPath("/" + "d" * room, "S")), LONGEST_PATH)
        error = self.assertRaises(OperatorError, socketPath, "/" + "d" * (room + 1), "S")
        self.assertIn("has 108 octets", str(error))
        self.assertRaises(OperatorError, socketPath, "/" + "é" * (room // 2 + 1), "S")
