"""
Tests for L{sslpool.commands.prompt}.
"""

from __future__ import annotations

import json
import os
import pty
import select
import stat
import subprocess
import sys

from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.netstat import main as sslnetstat
from sslpool.commands.prompt import candidates
from sslpool.commands.ssladmin import main as ssladmin
from tests.commands.programs import ProgramCase

USERIDS = ["SSL00001", "SSL00002"]


WITH_TERMINAL = """
import fcntl, sys, termios
from sslpool.commands.entry import ssladmin
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.exit(ssladmin())
"""
"""
Has Ctrl-C on its terminal interrupt the program.
"""


class CompletionTests(SynchronousTestCase):
    """
    What can follow.
    """

    def test_ssladmin(self) -> None:
        """
        Keywords first, options behind the parenthesis, user IDs behind SSLSERVER.
        """
        for line, expected in (
            ("sto", ["STOP"]),
            ("re", ["RESTART", "REFRESH"]),
            ("query s", ["STATUS", "SERVING", "SESSIONS", "SETTINGS"]),
            ("q st d", ["DETAILS"]),
            ("help st", ["START", "STOP"]),
            ("stop (", ["SSLSERVER", "TCPSERVER", "NOW"]),
            ("stop (n", ["NOW"]),
            ("stop (now ", ["SSLSERVER", "TCPSERVER"]),
            ("stop (ssl ", ["SSL00001", "SSL00002", "ALL"]),
            ("stop (sslserver ssl00002", ["SSL00002"]),
            ("(mon", ["MONITOR"]),
            ("stop (tcp ", []),
            ("system q", ["QUERY"]),
            ("trace conn", ["CONNECTIONS"]),
            ("trace connections d", ["DATA", "DEBUG"]),
            ("system query t", ["TIME"]),
            ("system query time (ssls", ["SSLSERVER"]),
            ("bogus ", []),
            ("bogus (", []),
        ):
            self.assertEqual(candidates(ssladmin.PROGRAM.grammar, line, lambda: USERIDS), expected, line)

    def test_netstat(self) -> None:
        """
        User IDs are also operands.
        """
        for line, expected in (
            ("ssl st", ["START", "STOP"]),
            ("ssl stop ", USERIDS),
            ("conn ", USERIDS),
            ("conn webserv ssl00001", ["SSL00001"]),
            ("config ", ["SSL"]),
            ("obey ssll", ["SSLLIMITS"]),
            ("ssl stop ssl00001 ", []),
        ):
            self.assertEqual(candidates(sslnetstat.PROGRAM.grammar, line, lambda: USERIDS), expected, line)

    def test_stackIsNotAskedInVain(self) -> None:
        """
        Where no user ID can follow nobody is asked for them.
        """

        def ask() -> list[str]:
            raise AssertionError

        for line in ("", "q", "stop (", "help "):
            candidates(ssladmin.PROGRAM.grammar, line, ask)


class ScriptTests(ProgramCase):
    """
    C{ssladmin -i} without a terminal: a command in each line.
    """

    program = "ssladmin"

    async def test_lines(self) -> None:
        """
        Each line is a command as on z/VM, without quoting; there is no prompt, an empty
        line and a comment are nothing, and QUIT ends.
        """
        outcome = await self.script(
            "", "* a comment", "stop (ssl ssl00001 now)", "START --sslserver ssl00001", "quit", "stop"
        )
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        self.assertEqual(outcome.output, "SSLP117I SSL00001 is starting\nSSLP117I SSL00001 is starting\n")
        self.assertEqual(self.pool.calls, [("stop", "SSL00001", True), ("start", "SSL00001")])

    async def test_mistakes(self) -> None:
        """
        A mistake ends nothing, but the exit code is 1.
        """
        outcome = await self.script("bogus", "start (ssl ssl00009", "start (ssl ssl00002")
        self.assertEqual((outcome.code, outcome.output), (1, "SSLP117I SSL00002 is starting\n"))
        errors = [line.split()[0] for line in outcome.error.splitlines() if line.startswith("SSLP")]
        self.assertEqual(errors, ["SSLP420E", "SSLP407E"])

    async def test_json(self) -> None:
        """
        Options of the shell hold for every line.
        """
        outcome = await self.script("query status", options=("--json",))
        self.assertEqual(json.loads(outcome.output)["stack"], "TCPIP")

    async def test_settings(self) -> None:
        """
        SET holds for the lines that follow.
        """
        outcome = await self.script("set (ssl ssl00002", "start", "clear", "query settings")
        self.assertEqual(self.pool.calls, [("start", "SSL00002")])
        self.assertTrue(outcome.output.endswith("SSLSERVER ALL\nTCPSERVER not set\n"))

    async def test_withWords(self) -> None:
        """
        A command beside the option is refused.
        """
        outcome = await self.script(options=("stop",))
        self.assertEqual(outcome.code, 2)
        self.assertTrue(outcome.error.startswith("SSLP441E stop cannot follow --interactive"))
        self.assertEqual(self.pool.calls, [])


class TerminalTests(ProgramCase):
    """
    C{ssladmin -i} on a terminal.
    """

    program = "ssladmin"

    def setUp(self) -> None:
        """
        Start it.
        """
        super().setUp()
        self.screen, end = pty.openpty()
        self.addCleanup(os.close, self.screen)
        environment = {
            **os.environ,
            "TERM": "dumb",
            "XDG_STATE_HOME": self.directory,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        command = [sys.executable, "-c", WITH_TERMINAL, "--run", self.directory, "-i"]
        self.process = subprocess.Popen(
            command, stdin=end, stdout=end, stderr=end, env=environment, start_new_session=True
        )
        os.close(end)
        self.addCleanup(self.process.wait, 60)
        self.addCleanup(self.process.kill)
        self.seen = ""

    async def wait(self, text: str) -> None:
        """
        Wait until a text is on the screen, behind what was waited for before.
        """
        self.assertTrue(await self.waited(text, 60), f"{text!r} is not in {self.seen!r}")

    async def waited(self, text: str, seconds: float) -> bool:
        """
        The same; return C{False} where nothing has come for C{seconds}.
        """
        while text not in self.seen:
            ready, _, _ = await deferToThread(select.select, [self.screen], [], [], seconds)
            if not ready:
                return False
            self.seen += os.read(self.screen, 4096).decode()
        self.seen = self.seen.partition(text)[2]
        return True

    async def interrupt(self) -> None:
        """
        Press Ctrl-C until there is a prompt: a signal that comes just before
        readline waits for input, Python hears only with the next key.
        """
        for _ in range(12):
            self.type("\x03")
            if await self.waited("SSLADMIN> ", 5):
                return
        self.fail(f"no prompt in {self.seen!r}")

    def type(self, text: str) -> None:
        """
        Type something.
        """
        os.write(self.screen, text.encode())

    async def test_dialogue(self) -> None:
        """
        TAB completes commands, options and user IDs; Ctrl-C ends MONITOR and a line that is
        being typed, and nothing else; the history is kept, for this user alone.
        """
        await self.wait("SSLADMIN> ")
        self.type("sto\t(ssls\tssl00001\n")
        await self.wait("SSLP117I SSL00001")
        await self.wait("SSLADMIN> ")
        self.type("start (ssl ssl00002\t\n")
        await self.wait("SSLP117I SSL00002")
        await self.wait("SSLADMIN> ")
        self.type("(monitor 3600\n")
        await self.wait("SSL00003")
        await self.wait("Total")
        await self.interrupt()
        self.type("never sent")
        await self.wait("never sent")
        await self.interrupt()
        self.type("quit\n")
        self.assertEqual(await deferToThread(self.process.wait, 60), 0)
        self.assertEqual(self.pool.calls, [("stop", "SSL00001", False), ("start", "SSL00002")])
        history = os.path.join(self.directory, "sslpool", "ssladmin.history")
        with open(history, encoding="utf-8") as file:
            self.assertIn("(monitor 3600", file.read())
        self.assertEqual(stat.S_IMODE(os.stat(history).st_mode), 0o600)
