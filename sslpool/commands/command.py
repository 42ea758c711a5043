# -*- test-case-name: tests.commands.ssladmin.test_main -*-
"""
What a command of SSLADMIN or NETSTAT is: a form, and how it is answered.  Each table
of commands has a module of its own; the programs put them together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from attrs import evolve, frozen
from twisted.internet.defer import Deferred

from sslpool.commands.syntax import Form, Request
from sslpool.control.client import StackClient
from sslpool.messages import Said, Severity
from sslpool.reports.units import Times


@frozen
class Report:
    """
    The result of a command.

    @ivar value: the records, for JSON.
    @ivar lines: the same for people.
    @ivar errors: messages that go to the error output.
    @ivar failed: the command did not do all that it was asked for.
    @ivar changed: something is not as it was, and the report is the answer to that.
    """

    value: object
    lines: Sequence[Said | str] = ()
    errors: Sequence[Said] = ()
    failed: bool = False
    changed: bool = False


Ask = Callable[[StackClient, Request, Times], Coroutine[Deferred[Any], Any, Report]]
"""
Asks the stack for what the operator wants and returns the report; raises
L{sslpool.messages.OperatorError} where the stack refuses or cannot be reached.
"""

Local = Callable[[Request], Report]
"""
Answers a command without a stack.
"""


@frozen
class Command:
    """
    A command.

    @ivar form: how it is written.
    @ivar ask: how a stack answers it.
    @ivar watch: makes what asks for it under MONITOR, where that is more than asking again.
    @ivar local: how it is answered here; then no stack is asked.
    """

    form: Form
    ask: Ask | None = None
    watch: Callable[[], Ask] | None = None
    local: Local | None = None


def changeReport(messages: list[Said]) -> Report:
    """
    Return the report of a change: its messages, errors apart.
    """
    errors = [message for message in messages if message.severity is Severity.ERROR]
    lines = [message for message in messages if message not in errors]
    return Report(messages, lines, errors, failed=bool(errors))


def changing(change: Callable[[StackClient, Request], Awaitable[list[Said]]]) -> Ask:
    """
    Return what asks for a change and reports its messages.

    @param change: asks the stack, and returns what it says about the change.
    """

    async def ask(client: StackClient, request: Request, times: Times) -> Report:
        report = changeReport(await change(client, request))
        return evolve(report, changed=not (report.failed or request.options.test))

    return ask
