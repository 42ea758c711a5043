# -*- test-case-name: tests.commands.test_sslnetstat -*-
"""
NETSTAT, as far as it is about secure connections: everybody may look; START and STOP
are privileged.  A process of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import partial

from sslpool.commands.command import Command, Report, changeReport
from sslpool.commands.invocation import Program, run
from sslpool.commands.options import userid
from sslpool.commands.syntax import NOW, REPEAT, TEST, Form, Request
from sslpool.control.client import StackClient
from sslpool.messages import operatorError
from sslpool.reports.netstat import configurationLines, connectionLines
from sslpool.reports.units import Times

LONGEST_FILE = 131_072
"""
The longest file of statements, in octets.
"""


async def configuration(client: StackClient, request: Request, times: Times) -> Report:
    """
    CONFIG SSL.
    """
    status = await client.configuration()
    return Report(status, configurationLines(status, client.release))


async def connections(client: StackClient, request: Request, times: Times) -> Report:
    """
    CONN.
    """
    listeners = await client.listeners()
    found = await client.connections()
    lines = connectionLines(client.stack, client.release, listeners, found)
    return Report({"listeners": listeners, "connections": found}, lines)


async def start(client: StackClient, request: Request, times: Times) -> Report:
    """
    SSL START.
    """
    return changeReport(await client.start(request.operand.upper()))


async def stop(client: StackClient, request: Request, times: Times) -> Report:
    """
    SSL STOP.
    """
    return changeReport(await client.stop(request.operand.upper(), bool(request.options.now)))


async def obey(client: StackClient, request: Request, times: Times) -> Report:
    """
    OBEY.
    """
    return changeReport(await client.obey("NETSTAT", request.operand, bool(request.options.test)))


async def obeyFile(client: StackClient, request: Request, times: Times) -> Report:
    """
    OBEYFILE.
    """
    name, text = statementsIn(request.operand)
    return changeReport(await client.obey(name, text, bool(request.options.test)))


_CONNECTIONS = Form(("CONN",), "connections", "secure ports and sessions", takes=(REPEAT,))

COMMANDS = (
    Command(
        Form(("CONFig", "SSL"), "configuration", "servers and numbers of sessions", takes=(REPEAT,)), configuration
    ),
    Command(_CONNECTIONS, connections),
    Command(
        Form(
            ("SSL", "STArt"),
            "start",
            "start a server",
            operand="userid",
            takes=(),
            check=partial(userid, "SSL START"),
        ),
        start,
    ),
    Command(
        Form(
            ("SSL", "STOp"),
            "stop",
            "stop a server",
            operand="userid",
            takes=(NOW,),
            check=partial(userid, "SSL STOP"),
        ),
        stop,
    ),
    Command(
        Form(
            ("OBEY",), "obey", "follow a statement of PROFILE TCPIP", operand="statement", takes=(TEST,), free=True
        ),
        obey,
    ),
    Command(
        Form(
            ("OBEYFILE",),
            "obeyfile",
            "follow a file of such statements, as a whole",
            operand="file",
            takes=(TEST,),
            free=True,
        ),
        obeyFile,
    ),
    *(Command(Form(keywords, "", supported=False)) for keywords in (("ALLConn",), ("IDENTify",))),
)

PROGRAM = Program("SSLNETSTAT", COMMANDS, default=_CONNECTIONS, addressed=True)
GRAMMAR = PROGRAM.grammar


def statementsIn(path: str) -> tuple[str, str]:
    """
    Return name and text of a file of statements.  It is read by the command, with
    the rights of whoever issues it.

    @raise OperatorError: it cannot be read, or is too long.
    """
    try:
        with open(path, "rb") as file:
            octets = file.read(LONGEST_FILE + 1)
    except OSError as error:
        raise operatorError("SSLP433E", path=path, reason=error.strerror) from error
    if len(octets) > LONGEST_FILE:
        raise operatorError("SSLP433E", path=path, reason=f"it has more than {LONGEST_FILE} octets")
    try:
        return os.path.basename(path), octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise operatorError("SSLP433E", path=path, reason="it is not UTF-8 text") from error


def obeyfile() -> None:
    """
    The program C{obeyfile}: C{sslnetstat OBEYFILE} by its name on z/VM.
    """
    main(["OBEYFILE", *sys.argv[1:]])


def main(arguments: Sequence[str] | None = None) -> None:
    """
    The program C{sslnetstat}.

    @param arguments: the command line where it is not the process's.
    """
    run(PROGRAM, arguments)


if __name__ == "__main__":
    main()
