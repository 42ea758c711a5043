# -*- test-case-name: tests.commands.test_invocation -*-
"""
What SSLADMIN and NETSTAT share: from the shell's arguments to a request, from the
request to the stack, and from the report to the terminal.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence

from attrs import evolve, field, frozen
from twisted.internet.task import deferLater
from twisted.python import usage

from sslpool.commands.command import Ask, Command, Report
from sslpool.commands.guidance import helpLines, topicLines
from sslpool.commands.options import OPTIONS, Option, Options, applyOption, userid
from sslpool.commands.outcome import DONE, FAILED
from sslpool.commands.shelloptions import AnywhereOptions
from sslpool.commands.streams import carriedOut
from sslpool.commands.syntax import HELP, Form, Grammar, Request
from sslpool.commands.terminal import Terminal
from sslpool.control.client import StackClient, connect
from sslpool.control.paths import DEFAULT_STACK
from sslpool.interfaces import IControlReactor
from sslpool.messages import OperatorError, operatorError
from sslpool.reports.units import Times
from sslpool.rundirectory import searchDirectories


class ShellOptions(AnywhereOptions):
    """
    The options in the shell's manner; they may stand anywhere.

    @cvar provided: those that are also options of commands.
    """

    provided: tuple[Option, ...] = ()
    optParameters = [
        ["stack", None, None, f"User ID of the stack (default {DEFAULT_STACK})."],
        ["run", None, None, "Directory of the stack's control socket."],
        ["remote", None, None, "Address of a stack on another machine, host:port."],
        ["certificate", None, None, "With --remote: file with the operator's certificate and private key."],
        ["authorities", None, None, "With --remote: file with the authorities that certify stacks."],
        ["name", None, None, "With --remote: name in the stack's certificate, if not the host."],
    ]
    optFlags = [
        ["json", None, "Print one JSON document."],
        ["interactive", "i", "Read commands at a prompt, or line by line from standard input."],
    ]

    @classmethod
    def of(cls, program: Program) -> ShellOptions:
        """
        Return those of a program.
        """
        names = {"TCPSERVER", *(name for command in program.commands for name in command.form.takes)}
        provided = tuple(option for option in OPTIONS if option.name in names)
        parameters = [[each.name.lower(), None, None, f"Same as ({each.syntax}"] for each in provided if each.operand]
        flags = [[each.name.lower(), None, f"Same as ({each.syntax}"] for each in provided if not each.operand]

        class Those(cls):  # type: ignore[misc,valid-type]
            synopsis = program.synopsis
            optParameters, optFlags = parameters, flags

        options: ShellOptions = Those()
        options.provided = provided
        return options

    def given(self) -> Options:
        """
        Return those that are also options of commands.

        @raise OperatorError: one is not valid.
        """
        options = Options()
        for option in self.provided:
            value = self[option.name.lower()]
            if value if not option.operand else value is not None:
                options = applyOption(options, option.name, str(value))
        return options


@frozen
class Remote:
    """
    How to reach a stack on another machine.

    @ivar address: C{host:port}.
    @ivar certificate: the file with the operator's certificate.
    @ivar authorities: the file with the authorities' certificates.
    @ivar name: the name that the stack's certificate must have; C{None} is the host.
    """

    address: str
    certificate: str
    authorities: str
    name: str | None


@frozen
class Invocation:
    """
    What the operator wants.

    @ivar request: the command.
    @ivar stack: the userid of the stack it is for.
    @ivar directories: where the stack's socket may be.
    @ivar json: the report is to be JSON.
    @ivar remote: where the stack is, if it is on another machine.
    """

    request: Request
    stack: str
    directories: tuple[str, ...]
    json: bool
    remote: Remote | None = None


@frozen
class Program:
    """
    SSLADMIN, NETSTAT or OBEYFILE.

    @ivar name: its name in upper case.
    @ivar commands: its commands; HELP need not be among them.
    @ivar default: what it does without operands.
    @ivar addressed: C{TCP userid} among the operands names the stack.
    @ivar defaults: returns the targets where none are named.
    @ivar grammar: what it understands.
    """

    name: str
    commands: tuple[Command, ...]
    default: Form
    addressed: bool = False
    defaults: Callable[[], Options] = Options
    grammar: Grammar = field(init=False)

    @grammar.default
    def _makeGrammar(self) -> Grammar:
        forms = tuple(command.form for command in self.commands)
        return Grammar(self.name, (*forms, HELP), self.default, self.addressed)

    @property
    def synopsis(self) -> str:
        """
        How it is called, for C{--help}.
        """
        name, form = self.name.lower(), self.default
        words = "[command]" if form.keywords else form.operand
        return f"Usage: {name} {words} [( options [)]] [shell options]\nSee {name} HELP."

    def understand(self, arguments: Sequence[str]) -> Invocation:
        """
        Understand the shell's arguments.

        @raise OperatorError: they are not understood.
        """
        shell = self._shell(arguments)
        stack = None if shell["stack"] is None else userid("--stack", shell["stack"])

        def defaults() -> Options:
            chosen = self.defaults()
            return chosen if stack is None else evolve(chosen, stack=stack)

        request = self.grammar.parse(shell.words, shell.given(), defaults)
        target = request.options.stack or stack or DEFAULT_STACK
        return Invocation(request, target, searchDirectories(shell["run"]), bool(shell["json"]), _remote(shell))

    def dialogue(self, arguments: Sequence[str]) -> list[str] | None:
        """
        Return the shell's options for each line of a prompt, or C{None} where none is wanted.

        @raise OperatorError: they are not understood, or are not only options.
        """
        shell = self._shell(arguments)
        if not shell["interactive"]:
            return None
        if shell.words:
            raise operatorError("SSLP441E", words=" ".join(shell.words))
        shell.given()
        _remote(shell)
        names = ("stack", "run", "remote", "certificate", "authorities", "name")
        given = [f"--{name}={shell[name]}" for name in names if shell[name] is not None]
        return [*given, "--json"] if shell["json"] else given

    def _shell(self, arguments: Sequence[str]) -> ShellOptions:
        shell = ShellOptions.of(self)
        try:
            shell.parseOptions(arguments)
        except usage.UsageError as error:
            raise operatorError("SSLP429E", reason=str(error)) from error
        return shell

    def command(self, request: Request) -> Command:
        """
        Return the command whose form a request has.
        """
        return next(each for each in self.commands if each.form == request.form)

    def locally(self, request: Request) -> Report | None:
        """
        Return the report of what needs no stack, or C{None} for what does.

        @raise OperatorError: it cannot be done.
        """
        if request.form is HELP:
            known = request.operand or not self.default.keywords
            lines = topicLines(self.grammar, request.operand) if known else helpLines(self.grammar)
            return Report(lines, lines)
        command = self.command(request)
        return None if command.local is None else command.local(request)

    def ask(self, request: Request) -> Ask:
        """
        Return how a stack answers a request.
        """
        command = self.command(request)
        if request.options.monitor is not None and command.watch is not None:
            return command.watch()
        assert command.ask is not None, request.form.title
        return command.ask


Connect = Callable[[IControlReactor, str, Sequence[str]], Awaitable[StackClient]]


async def conduct(
    reactor: IControlReactor, invocation: Invocation, ask: Ask, terminal: Terminal, join: Connect = connect
) -> int:
    """
    Ask the stack and show the report, again and again where MONITOR says so (with a
    new connection each time, since the stack may be another one by then).

    @return: the exit code.
    @raise OutputLost: it cannot be shown.
    """
    monitor = invocation.request.options.monitor
    while True:
        try:
            report = await _askOnce(reactor, invocation, ask, join)
        except OperatorError as error:
            return terminal.complain(error, invocation.json, monitor)
        with carriedOut(report.changed):
            terminal.show(report, invocation.json, monitor)
        if monitor is None:
            return FAILED if report.failed else DONE
        await deferLater(reactor, monitor)


async def _askOnce(reactor: IControlReactor, invocation: Invocation, ask: Ask, join: Connect) -> Report:
    """
    Return one report over one connection.
    """
    client = await joined(reactor, invocation, join)
    try:
        return await ask(client, invocation.request, Times(time.time()))
    finally:
        await client.close()


async def joined(reactor: IControlReactor, invocation: Invocation, join: Connect = connect) -> StackClient:
    """
    Return a connection to the stack that is meant.

    @raise OperatorError: there is none.
    """
    if invocation.remote is None:
        return await join(reactor, invocation.stack, invocation.directories)
    from sslpool.control import remote

    place = invocation.remote
    identity = remote.Identity.read(place.certificate, place.authorities)
    return await remote.connect(reactor, place.address, identity, place.name)


def _remote(shell: ShellOptions) -> Remote | None:
    """
    Return how to reach a stack on another machine, or C{None} for one on this.

    @raise OperatorError: an option is missing, or there without C{--remote}.
    """
    address, certificate, authorities = shell["remote"], shell["certificate"], shell["authorities"]
    if address is None:
        for name in ("certificate", "authorities", "name"):
            if shell[name] is not None:
                raise operatorError("SSLP429E", reason=f"--{name} is only for --remote")
        return None
    if certificate is None or authorities is None:
        raise operatorError("SSLP445E", expected="--certificate and --authorities", found="one of them or neither")
    return Remote(address, certificate, authorities, shell["name"])
