"""
Tests for L{sslpool.commands.ssladmin.settings}.
"""

from __future__ import annotations

import builtins
import os
import stat
from collections.abc import Sequence

from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.command import Report
from sslpool.commands.ssladmin import main as ssladmin
from sslpool.commands.ssladmin.settings import Settings, readSettings
from sslpool.messages import OperatorError, said
from sslpool.rundirectory import stateDirectory


class SettingsTests(SynchronousTestCase):
    """
    SET, CLEAR and QUERY SETTINGS.
    """

    def setUp(self) -> None:
        """
        Have a home of our own.
        """
        self.home = os.path.abspath(self.mktemp())
        self.patch(os, "environ", {**os.environ, "XDG_STATE_HOME": self.home})
        self.path = os.path.join(self.home, "sslpool", "settings.json")

    def do(self, *words: str) -> Report:
        """
        Issue a command that needs no stack.
        """
        program = ssladmin.PROGRAM
        report = program.locally(program.understand(words).request)
        assert report is not None
        return report

    def shown(self) -> Sequence[str]:
        """
        Return the lines of QUERY SETTINGS.
        """
        return list(map(str, self.do("query", "settings").lines))

    def test_nothing(self) -> None:
        """
        Without SET everything is for all servers; no file is made.
        """
        self.assertEqual(self.shown(), ["SSLSERVER ALL", "TCPSERVER not set"])
        self.assertFalse(os.path.exists(self.home))

    def test_set(self) -> None:
        """
        SET changes what it names, and the commands that follow; the file is the user's own.
        """
        self.assertEqual(self.do("set", "(ssl ssl00002").lines[0], said("SSLP437I"))
        self.do("set", "(tcp tcpip2")
        self.assertEqual(self.shown(), ["SSLSERVER SSL00002", "TCPSERVER TCPIP2"])
        invocation = ssladmin.PROGRAM.understand(["stop"])
        self.assertEqual((invocation.request.options.server, invocation.stack), ("SSL00002", "TCPIP2"))
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(stateDirectory()).st_mode), 0o700)
        self.do("set", "(ssl all")
        self.assertEqual(readSettings(), Settings(None, "TCPIP2"))

    def test_clear(self) -> None:
        """
        CLEAR forgets, also when there is nothing to forget, or when the file is spoilt.
        """
        self.do("set", "(ssl ssl00002")
        for _ in range(2):
            self.assertEqual(self.do("clear").lines[0], said("SSLP438I"))
            self.assertEqual(readSettings(), Settings())
        self.spoil("{")
        self.do("clear")
        self.assertEqual(readSettings(), Settings())

    def spoil(self, text: str) -> None:
        """
        Write something into the file.
        """
        with open(self.path, "w", encoding="ascii") as file:
            file.write(text)

    def test_spoilt(self) -> None:
        """
        A file that is not ours is a message and never a path.
        """
        self.do("set", "(ssl ssl00002")
        for text, messageId in (
            ("", "SSLP435E"),
            ("[]", "SSLP435E"),
            ('{"server": 5, "stack": null}', "SSLP435E"),
            ('{"server": null, "stack": "../../x"}', "SSLP424E"),
        ):
            self.spoil(text)
            error = self.assertRaises(OperatorError, ssladmin.PROGRAM.understand, ["stop"])
            self.assertEqual(error.said.id, messageId)

    def test_anotherUsers(self) -> None:
        """
        A file that this user may not read is not this user's: it counts for nothing.
        """
        self.do("set", "(ssl ssl00002")

        def forbidden(*arguments: object, **keywords: object) -> None:
            raise PermissionError

        self.patch(builtins, "open", forbidden)
        self.assertEqual(readSettings(), Settings())

    def test_withoutTargets(self) -> None:
        """
        SET needs a target.
        """
        error = self.assertRaises(OperatorError, self.do, "set")
        self.assertEqual(error.said.id, "SSLP422E")

    def test_cannotWrite(self) -> None:
        """
        A directory that cannot be used is a message.
        """
        with open(self.home, "w", encoding="ascii"):
            pass
        error = self.assertRaises(OperatorError, self.do, "set", "(ssl ssl00002")
        self.assertEqual(error.said.id, "SSLP436E")
