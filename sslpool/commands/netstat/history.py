# -*- test-case-name: tests.commands.netstat.test_history -*-
"""
NETSTAT OBEYFILE with HISTORY and ROLLBACK: what the last configurations were like, and the way back.  Used by
C{sslnetstat}.
"""

from __future__ import annotations

from functools import partial

from sslpool.commands.command import Command, Report, changing
from sslpool.commands.syntax import HISTORY, ROLLBACK, TEST, Form, Request
from sslpool.config.values import number
from sslpool.control.client import StackClient
from sslpool.messages import operatorError
from sslpool.reports.history import configurationLines, historyLines
from sslpool.reports.units import Times

_LARGEST = 2**31


def numberIn(option: str, operand: str) -> int | None:
    """
    Return the number of a configuration, or C{None} where none is given.

    @raise sslpool.messages.OperatorError: it is no number.
    """
    found = number(operand, 1, _LARGEST)
    if operand and found is None:
        raise operatorError("SSLP424E", option=option, expected="the number of a configuration", word=operand)
    return found


async def history(client: StackClient, request: Request, times: Times) -> Report:
    """
    OBEYFILE with HISTORY.
    """
    records = await client.history()
    wanted = numberIn(HISTORY, request.operand)
    if wanted is None:
        return Report(records, historyLines(client.stack, records, times))
    [record] = await client.history(wanted)
    [present] = await client.history(records[-1].number)
    return Report([record], configurationLines(client.stack, record, present, times))


HISTORY_COMMANDS = (
    Command(
        Form(
            ("OBEYFILE",),
            "history",
            "show the last accepted configurations, or one of them",
            operand="[number]",
            takes=(HISTORY,),
            free=True,
            mark=HISTORY,
            check=partial(numberIn, HISTORY),
            more="The stack keeps the last ten configurations that it has accepted. With a number, this shows what "
            "that one was like and how it differs from the one in effect.",
        ),
        history,
    ),
    Command(
        Form(
            ("OBEYFILE",),
            "rollback",
            "restore an earlier configuration as a whole",
            operand="[number]",
            takes=(ROLLBACK, TEST),
            free=True,
            mark=ROLLBACK,
            check=partial(numberIn, ROLLBACK),
            more="Without a number, it is the one before the one in effect. The configuration files are not changed.",
        ),
        changing(
            lambda client, request: client.rollback(numberIn(ROLLBACK, request.operand), bool(request.options.test))
        ),
    ),
)
