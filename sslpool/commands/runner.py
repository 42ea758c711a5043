# -*- test-case-name: tests.commands.test_invocation -*-
"""
SSLADMIN and NETSTAT as processes: what the shell calls, from the command line to the exit code.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import react

from sslpool.clocks import countMonotonic
from sslpool.commands.command import Ask
from sslpool.commands.entry import INTERRUPTED
from sslpool.commands.invocation import Invocation, Program, conduct
from sslpool.commands.outcome import DONE, wantsJson
from sslpool.commands.streams import OutputLost
from sslpool.commands.terminal import Terminal
from sslpool.messages import OperatorError, operatorError


@define
class Interrupts:
    """
    What Ctrl-C does while a reactor works for a command, from when it is entered until it is left: it cancels
    that.  An exception instead would end in the reactor's hands.  Where interrupts are ignored they stay so.
    """

    _happened: bool = field(default=False, init=False)
    _cancel: Callable[[], object] | None = field(default=None, init=False)
    _installed: bool = field(default=False, init=False)

    def __enter__(self) -> Interrupts:
        self._installed = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._installed:
            signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *error: object) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def cancelling(self, cancel: Callable[[], object]) -> None:
        """
        Say what an interrupt does; one that has come before does it at once.
        """
        self._cancel = cancel
        if self._happened:
            cancel()

    def _interrupt(self, number: int, frame: object) -> None:
        self._happened = True
        if self._cancel is not None:
            self._cancel()


def run(program: Program, arguments: Sequence[str] | None = None) -> int:
    """
    Be a program: what needs no stack is answered here, all else by the stack.

    @param arguments: the command line, or C{None} for the process's.
    @return: the exit code.
    @raise OutputLost: it cannot be shown.
    """
    words = sys.argv[1:] if arguments is None else arguments
    terminal = Terminal()
    try:
        if (given := program.dialogue(words)) is not None:
            # It loads the line editor, which scripts do not need.
            from sslpool.commands.prompt import prompt

            return prompt(program, given)
        invocation = program.understand(words)
        report = program.locally(invocation.request)
    except OperatorError as error:
        return terminal.complain(error, wantsJson(words))
    if report is None:
        return _runWithStack(invocation, program.ask(invocation.request), terminal)
    terminal.show(report, invocation.json, None)
    return DONE


def _runWithStack(invocation: Invocation, ask: Ask, terminal: Terminal) -> int:
    """
    Do what the operator wants; return the exit code.  An interrupt is how MONITOR
    ends; it leaves anything else without its answer.
    """
    codes: list[int] = []
    lost: list[OutputLost] = []
    interrupts = Interrupts()

    async def work(reactor: Any) -> None:
        countMonotonic(reactor)
        conducted = Deferred.fromCoroutine(conduct(reactor, invocation, ask, terminal))
        interrupts.cancelling(partial(reactor.callFromThread, conducted.cancel))
        # The reactor's own end would look like a lost connection.
        reactor.addSystemEventTrigger("before", "shutdown", conducted.cancel)
        with suppress(CancelledError):
            try:
                codes.append(await conducted)
            except OutputLost as error:
                lost.append(error)

    with interrupts:
        try:
            react(work)
        except SystemExit as end:
            if end.code:
                raise
    if lost:
        raise lost[0]
    terminal.finish()
    if codes:
        return codes[0]
    if invocation.request.options.monitor is not None:
        return DONE
    terminal.complain(operatorError("SSLP430E", command=invocation.request.form.title), invocation.json)
    return INTERRUPTED
