"""
Tests for L{sslpool.commands.invocation}.
"""

from __future__ import annotations

import errno
import io
import json
import os
from collections.abc import Sequence
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.command import Report, changeReport, changing
from sslpool.commands.invocation import Program, conduct
from sslpool.commands.netstat import main as sslnetstat
from sslpool.commands.options import Options
from sslpool.commands.ssladmin import main as ssladmin
from sslpool.commands.streams import OutputLost
from sslpool.commands.terminal import Terminal
from sslpool.messages import OperatorError, Said, operatorError

PROGRAM = Program("SSLADMIN", (*ssladmin.QUERIES, *ssladmin.CHANGES), ssladmin.PROGRAM.default)
"""
SSLADMIN without what the user has SET.
"""


class Screen(io.StringIO):
    """
    An output that is a terminal.
    """

    def isatty(self) -> bool:
        """
        It is.
        """
        return True


@define
class Stack:
    """
    Whom commands connect to: counts connections, and may not be there.

    @ivar opened: stacks that were connected to.
    @ivar closed: how many connections were closed.
    @ivar absent: the stack is not running.
    """

    opened: list[str] = field(factory=list)
    closed: int = 0
    absent: bool = False

    async def connect(self, reactor: object, stack: str, directories: Sequence[str]) -> Any:
        """
        Connect, or not.
        """
        if self.absent:
            raise operatorError("SSLP400E", stack=stack, paths="/x")
        self.opened.append(stack)
        return self

    async def close(self) -> None:
        """
        Disconnect.
        """
        self.closed += 1


class UnderstandTests(SynchronousTestCase):
    """
    L{Program.understand} reads what the shell passes.
    """

    def test_shellOptions(self) -> None:
        """
        Options with hyphens may stand anywhere.
        """
        for arguments in (
            ["--json", "--stack", "tcpip2", "--run", "/r", "stop", "--now", "--sslserver=ssl00001"],
            ["stop", "--run=/r", "--now", "--sslserver", "ssl00001", "--stack", "tcpip2", "--json"],
        ):
            invocation = PROGRAM.understand(arguments)
            self.assertEqual((invocation.stack, invocation.directories, invocation.json), ("TCPIP2", ("/r",), True))
            expected = ssladmin.PROGRAM.grammar.parse(["stop (ssl ssl00001 tcp tcpip2 now"], Options())
            self.assertEqual(invocation.request, expected)

    def test_stack(self) -> None:
        """
        TCPSERVER in either manner overrides C{--stack}; without both it is TCPIP.
        """
        for arguments, stack in (
            ([], "TCPIP"),
            (["--stack", "a"], "A"),
            (["--stack", "a", "--tcpserver", "b"], "B"),
            (["--stack", "a", "(tcp c"], "C"),
        ):
            self.assertEqual(PROGRAM.understand(arguments).stack, stack)

    def test_stackWasSet(self) -> None:
        """
        C{--stack} and TCPSERVER are stronger than what was SET.
        """
        program = Program("P", ssladmin.QUERIES, ssladmin.PROGRAM.default, defaults=lambda: Options("SSL00002", "T2"))
        for arguments, stack in (([], "T2"), (["--stack", "a"], "A"), (["(tcp c"], "C")):
            self.assertEqual(program.understand(arguments).stack, stack)
        self.assertEqual(program.understand([]).request.options.server, "SSL00002")

    def test_errors(self) -> None:
        """
        What is not understood is a message.
        """
        for arguments, messageId in (
            (["--bogus"], "SSLP429E"),
            (["--stack"], "SSLP429E"),
            (["--stack", "../../x"], "SSLP424E"),
            (["--monitor", "x"], "SSLP424E"),
            (["--sslserver", "a", "(ssl b"], "SSLP425E"),
            (["--now"], "SSLP426E"),
        ):
            error = self.assertRaises(OperatorError, PROGRAM.understand, arguments)
            self.assertEqual(error.said.id, messageId)


class ConductTests(SynchronousTestCase):
    """
    L{conduct} asks, shows and returns the exit code.
    """

    def setUp(self) -> None:
        """
        Have a stack, a clock and a terminal.
        """
        self.clock = Clock()
        self.stack = Stack()
        self.output, self.error = io.StringIO(), io.StringIO()
        self.report = Report({"a": 1}, ["line 1", "line 2"])

    async def ask(self, client: object, request: object, times: object) -> Report:
        """
        Answer what the test has prepared.
        """
        return self.report

    def conduct(self, *arguments: str, output: io.StringIO | None = None) -> Deferred[int]:
        """
        Conduct SSLADMIN with the given arguments.
        """
        terminal = Terminal(output or self.output, self.error)
        invocation = PROGRAM.understand(arguments)
        work = conduct(self.clock, invocation, self.ask, terminal, self.stack.connect)  # type: ignore[arg-type]
        return Deferred.fromCoroutine(work)

    def test_report(self) -> None:
        """
        The report goes to the output, the exit code is 0, the connection is closed.
        """
        self.assertEqual(self.successResultOf(self.conduct("--stack", "T2")), 0)
        self.assertEqual((self.output.getvalue(), self.error.getvalue()), ("line 1\nline 2\n", ""))
        self.assertEqual((self.stack.opened, self.stack.closed), (["T2"], 1))

    def test_json(self) -> None:
        """
        With C{--json} there is one document and nothing else.
        """
        self.successResultOf(self.conduct("--json"))
        self.assertEqual(json.loads(self.output.getvalue()), {"a": 1})

    def test_failed(self) -> None:
        """
        Errors go to the error output and make the exit code 1.
        """
        self.report = changeReport([Said("SSLP111I", wording="good"), Said("SSLP112E", wording="bad")])
        self.assertEqual(self.successResultOf(self.conduct("start")), 1)
        self.assertEqual((self.output.getvalue(), self.error.getvalue()), ("SSLP111I good\n", "SSLP112E bad\n"))

    def test_lost(self) -> None:
        """
        An answer that cannot be written is that of a change which the stack has made, or of anything else.
        """

        class Full(io.StringIO):
            def flush(self) -> None:
                raise OutputLost(errno.ENOSPC, "No space left on device")

        answer = [Said("SSLP111I", wording="good")]

        async def changed(client: object, request: object) -> list[Said]:
            return answer

        self.ask = changing(changed)  # type: ignore[method-assign, assignment]
        for made in (True, False):
            lost = self.failureResultOf(self.conduct("start", output=Full()), OutputLost).value
            self.assertEqual(lost.carriedOut, made)
            answer.append(Said("SSLP112E", wording="bad"))
        del self.ask
        lost = self.failureResultOf(self.conduct(output=Full()), OutputLost).value
        self.assertFalse(lost.carriedOut)

    def test_onlyTested(self) -> None:
        """
        With TEST nothing has been changed.
        """

        async def changed(client: object, request: object) -> list[Said]:
            return []

        for option, made in (((), True), (("--test",), False)):
            request = sslnetstat.PROGRAM.understand(["obeyfile", "x", *option]).request
            asked: Any = changing(changed)(None, request, None)  # type: ignore[arg-type]
            self.assertEqual(self.successResultOf(Deferred.fromCoroutine(asked)).changed, made)

    def test_notRunning(self) -> None:
        """
        An error is its message and what to do, and makes the exit code 1.
        """
        self.stack.absent = True
        self.assertEqual(self.successResultOf(self.conduct()), 1)
        first, second = self.error.getvalue().splitlines()
        self.assertEqual(first, "SSLP400E Stack TCPIP is not running: nothing answers at /x")
        self.assertTrue(second.startswith("  Start the stack"))
        self.assertEqual(self.output.getvalue(), "")

    def test_refused(self) -> None:
        """
        An error while asking closes the connection, too.
        """

        async def refuse(*arguments: object) -> Report:
            raise operatorError("SSLP405E")

        self.patch(self, "ask", refuse)
        self.assertEqual(self.successResultOf(self.conduct()), 1)
        self.assertEqual(self.stack.closed, 1)

    def test_monitor(self) -> None:
        """
        MONITOR asks again after the given time, with a new connection each time.
        """
        working = self.conduct("(mon 5")
        self.clock.pump([4.0, 1.0, 5.0])
        self.assertNoResult(working)
        self.assertEqual((len(self.stack.opened), self.stack.closed), (3, 3))
        self.assertEqual(self.output.getvalue(), "line 1\nline 2\n\n" * 3)
        working.addErrback(lambda failure: None).cancel()

    def test_monitorOnScreen(self) -> None:
        """
        On a terminal the first report clears the screen, the next ones are written over it; JSON never does either.
        """
        self.patch(os, "environ", {**os.environ, "TERM": "xterm"})
        screen = Screen()
        working = self.conduct("(mon 5", output=screen)
        first = screen.getvalue()
        self.assertTrue(first.startswith("\x1b[?25l\x1b[H\x1b[2J"))
        self.assertIn("line 1\x1b[K\nline 2\x1b[K\x1b[J", first)
        self.clock.advance(5)
        self.assertTrue(screen.getvalue().removeprefix(first).startswith("\x1b[H"))
        self.assertEqual(screen.getvalue().count("\x1b[2J"), 1)
        working.addErrback(lambda failure: None).cancel()
        screen = Screen()
        self.conduct("--json", "(mon 5", output=screen).addErrback(lambda failure: None).cancel()
        self.assertEqual(screen.getvalue(), '{"a":1}\n')

    def test_dumbScreen(self) -> None:
        """
        A terminal that cannot move its cursor, or of which nobody knows whether it can, gets plain lines.
        """
        for name in ("dumb", ""):
            self.patch(os, "environ", {**os.environ, "TERM": name})
            screen = Screen()
            working = self.conduct("(mon 5", output=screen)
            self.clock.advance(5)
            working.addErrback(lambda failure: None).cancel()
            self.assertEqual(screen.getvalue(), "line 1\nline 2\n\n" * 2)

    def test_jsonError(self) -> None:
        """
        With C{--json} an error is a document, too, with MONITOR on one line; people see the message all the same.
        """
        self.stack.absent = True
        for arguments, count in (((), 7), (("(mon 5",), 1)):
            self.output, self.error = io.StringIO(), io.StringIO()
            self.assertEqual(self.successResultOf(self.conduct("--json", *arguments)), 1)
            error = json.loads(self.output.getvalue())["error"]
            self.assertEqual(f"{error['id']} {error['text']}", self.error.getvalue().splitlines()[0])
            self.assertEqual(error["id"], "SSLP400E")
            self.assertTrue(error["action"].startswith("Start the stack"))
            self.assertEqual(self.output.getvalue().count("\n"), count)

    def test_smallScreen(self) -> None:
        """
        What does not fit on the screen is cut off, and said.
        """
        self.patch(os, "environ", {**os.environ, "TERM": "xterm", "LINES": "6", "COLUMNS": "10"})
        self.report = Report(None, [f"{number} and much more" for number in range(9)])
        screen = Screen()
        self.conduct("(mon 5", output=screen).addErrback(lambda failure: None).cancel()
        rows = screen.getvalue().removesuffix("\x1b[J").split("\x1b[K")
        self.assertEqual(rows[2:], ["\n0 and muc", "\n1 and muc", "\n(7 more l", ""])

    def test_monitorEnds(self) -> None:
        """
        When the stack goes away MONITOR ends with its message and exit code 1.
        """
        working = self.conduct("(mon 5")
        self.stack.absent = True
        self.clock.advance(5)
        self.assertEqual(self.successResultOf(working), 1)
        self.assertIn("SSLP400E", self.error.getvalue())
