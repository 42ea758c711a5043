"""
Tests for L{sslpool.observe.manhole}.
"""

from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import operatorError
from sslpool.observe.manhole import ManholeCommands, verified
from sslpool.passwordfile import PASSWORD_FILE, setPassword
from tests.doubles.administration import FakeAdministration


class ManholeCommandsTests(SynchronousTestCase):
    """
    What the prompt knows.
    """

    def test_functions(self) -> None:
        """
        The functions show what SSLADMIN shows, as lines.
        """
        names = ManholeCommands(FakeAdministration(), "OPER").namespace({"pool": self})
        self.assertIs(names["pool"], self)
        self.assertEqual(names["stack"], {"pool": self})
        commands = ManholeCommands(FakeAdministration(), "OPER")
        self.assertIn("SSL00001 Active", repr(commands.servers()))
        self.assertIn("Stack", repr(commands.status()))
        self.assertIn("secure session", repr(self.successResultOf(commands.sessions())))
        self.assertIn("Trace", repr(self.successResultOf(commands.trace())))
        for name in ("status", "servers", "sessions", "trace", "notrace"):
            self.assertIn(f"{name}(", repr(commands.help()))
            self.assertIn(name, names)

    def test_sessionsIncomplete(self) -> None:
        """
        A server that cannot tell its sessions is named.
        """
        error = operatorError("DTCSSL2421E", server="SSL00001", reason="Connection timed out")
        commands = ManholeCommands(FakeAdministration(failure=error), "OPER")
        self.assertIn("DTCSSL2421E SSL00001", repr(self.successResultOf(commands.sessions())))


class VerifyingTests(SynchronousTestCase):
    """
    Passwords in the configuration directory.
    """

    def test_verified(self) -> None:
        """
        The right password of a known user is accepted, and nothing else, also without a file.
        """
        directory = self.mktemp()
        self.assertFalse(verified(directory, "OPER", b"secret"))
        os.mkdir(directory)
        setPassword(os.path.join(directory, PASSWORD_FILE), "OPER", b"secret")
        self.assertTrue(verified(directory, "OPER", b"secret"))
        self.assertFalse(verified(directory, "OPER", b"wrong"))
        self.assertFalse(verified(directory, "MAINT", b"secret"))
