# -*- test-case-name: tests.commands.test_invocation -*-
"""
What SSLADMIN and NETSTAT share: from the shell's arguments to a request, from the
request to the stack, and from the report to the terminal.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, NoReturn, TextIO

from attrs import field, frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater, react
from twisted.python import usage

from sslpool.commands.guidance import helpLines, messageLines
from sslpool.commands.shelloptions import AnywhereOptions
from sslpool.commands.syntax import Grammar, Options, Request, applyOption, userid
from sslpool.control.client import StackClient, connect
from sslpool.control.paths import searchDirectories
from sslpool.interfaces import IControlReactor
from sslpool.messages import OperatorError, operatorError
from sslpool.reports import serial
from sslpool.reports.units import Times

DEFAULT_STACK = "TCPIP"
_CLEAR_SCREEN = "\x1b[H\x1b[2J"


class ShellOptions(AnywhereOptions):
    """
    The options in the shell's manner; they may stand anywhere.
    """

    optParameters = [
        ["stack", None, None, f"Userid of the stack (default {DEFAULT_STACK})."],
        ["run", None, None, "Directory of the stack's control socket."],
        ["sslserver", None, None, "The server that is meant, or ALL."],
        ["tcpserver", None, None, "Userid of the stack; overrides --stack."],
        ["monitor", None, None, "Repeat a query after so many seconds."],
    ]
    optFlags = [
        ["now", None, "With STOP: close running sessions at once."],
        ["test", None, "With OBEY: change nothing, only say what would be changed."],
        ["json", None, "Print one JSON document."],
    ]

    def __init__(self, program: str) -> None:
        super().__init__()
        self.synopsis = f"Usage: {program} [command] [( options [)]] [shell options]; {program} HELP tells more"


@frozen
class Invocation:
    """
    What the operator wants.

    @ivar request: the command.
    @ivar stack: the userid of the stack it is for.
    @ivar directories: where the stack's socket may be.
    @ivar json: the report is to be JSON.
    """

    request: Request
    stack: str
    directories: tuple[str, ...]
    json: bool


@frozen
class Report:
    """
    What came of it.

    @ivar value: the records, for JSON.
    @ivar lines: the same for people.
    @ivar errors: messages that go to the error output.
    @ivar failed: the command did not do all that it was asked for.
    """

    value: object
    lines: Sequence[str] = ()
    errors: Sequence[str] = ()
    failed: bool = False


@frozen
class Terminal:
    """
    Where reports go.

    @ivar output: for reports.
    @ivar error: for messages.
    """

    output: TextIO = field(factory=lambda: sys.stdout)
    error: TextIO = field(factory=lambda: sys.stderr)

    def show(self, report: Report, invocation: Invocation) -> None:
        """
        Write a report; a repeated one begins on a fresh screen where there is one.
        """
        repeated = invocation.request.options.monitor is not None
        text = self._readable(report, repeated)
        if invocation.json:
            text = serial.toJson(report.value, None if repeated else 2)
        if text:
            print(text, file=self.output, flush=True)
        for message in report.errors:
            print(message, file=self.error, flush=True)

    def _readable(self, report: Report, repeated: bool) -> str:
        """
        Return a report for people; one that is repeated is set off from the last.
        """
        text = "\n".join(report.lines)
        if not repeated:
            return text
        return _CLEAR_SCREEN + text if self.output.isatty() else text + "\n"

    def complain(self, error: OperatorError) -> None:
        """
        Write an error and what to do about it.
        """
        print(error.text, file=self.error)
        print(f"  {error.message.action}", file=self.error, flush=True)


Ask = Callable[[StackClient, Request, Times], Coroutine[Deferred[Any], Any, Report]]
Connect = Callable[[IControlReactor, str, Sequence[str]], Awaitable[StackClient]]


def changeReport(messages: list[str]) -> Report:
    """
    Return the report of a change: its messages, errors apart.
    """
    errors = [message for message in messages if message.partition(" ")[0].endswith("E")]
    lines = [message for message in messages if message not in errors]
    return Report(messages, lines, errors, failed=bool(errors))


def understand(grammar: Grammar, arguments: Sequence[str]) -> Invocation:
    """
    Understand the shell's arguments.

    @raise OperatorError: they are not understood.
    """
    shell = ShellOptions(grammar.program.lower())
    try:
        shell.parseOptions(arguments)
    except usage.UsageError as error:
        raise operatorError("SSLP429E", reason=str(error)) from error
    given = Options(now=bool(shell["now"]), test=bool(shell["test"]))
    for name in ("sslserver", "tcpserver", "monitor"):
        if shell[name] is not None:
            given = applyOption(given, name.upper(), shell[name])
    request = grammar.parse(shell.words, given)
    stack = request.options.stack or userid("--stack", shell["stack"] or DEFAULT_STACK)
    return Invocation(request, stack, searchDirectories(shell["run"]), bool(shell["json"]))


async def conduct(
    reactor: IControlReactor, invocation: Invocation, ask: Ask, terminal: Terminal, join: Connect = connect
) -> int:
    """
    Ask the stack and show the report, again and again where MONITOR says so (with a
    new connection each time, since the stack may be another one by then).

    @return: the exit code.
    """
    monitor = invocation.request.options.monitor
    while True:
        try:
            report = await _askOnce(reactor, invocation, ask, join)
        except OperatorError as error:
            terminal.complain(error)
            return 1
        try:
            terminal.show(report, invocation)
        except BrokenPipeError:
            # Whoever read the output is gone; nothing may be written at exit either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        if monitor is None:
            return 1 if report.failed else 0
        await deferLater(reactor, monitor)


async def _askOnce(reactor: IControlReactor, invocation: Invocation, ask: Ask, join: Connect) -> Report:
    """
    Return one report over one connection.
    """
    client = await join(reactor, invocation.stack, invocation.directories)
    try:
        return await ask(client, invocation.request, Times(time.time()))
    finally:
        await client.close()


def program(grammar: Grammar, ask: Ask, arguments: Sequence[str] | None) -> None:
    """
    Be the program of a grammar: HELP is answered here, all else by the stack.

    @param arguments: the command line, or C{None} for the process's.
    """
    try:
        invocation = understand(grammar, sys.argv[1:] if arguments is None else arguments)
        if invocation.request.form.action == "help":
            word = invocation.request.operand
            print("\n".join(messageLines(word) if word else helpLines(grammar)))
            return
    except OperatorError as error:
        Terminal().complain(error)
        sys.exit(1)
    run(invocation, ask)


def run(invocation: Invocation, ask: Ask) -> NoReturn:
    """
    Do what the operator wants and end the process: exit code 0, or 1 with a message.
    An interrupt is how MONITOR ends; it leaves anything else without its answer.
    """
    terminal = Terminal()
    codes: list[int] = []

    async def work(reactor: Any) -> None:
        conducted = Deferred.fromCoroutine(conduct(reactor, invocation, ask, terminal))
        # An interrupt comes before the reactor's own end, which would look like a lost connection.
        reactor.addSystemEventTrigger("before", "shutdown", conducted.cancel)
        with suppress(CancelledError):
            codes.append(await conducted)

    try:
        react(work)
    except SystemExit as end:
        if end.code:
            raise
    if not codes and invocation.request.options.monitor is None:
        terminal.complain(operatorError("SSLP430E", command=invocation.request.form.title))
        codes.append(1)
    sys.exit(codes[0] if codes else 0)
