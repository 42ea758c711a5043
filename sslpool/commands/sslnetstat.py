# -*- test-case-name: tests.commands.test_sslnetstat -*-
"""
NETSTAT, as far as it is about secure connections: everybody may look; START and STOP
are privileged.  A process of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from sslpool.commands.invocation import Report, changeReport, program
from sslpool.commands.syntax import HELP, Form, Grammar, Request, userid
from sslpool.control.client import StackClient
from sslpool.messages import operatorError
from sslpool.reports.netstat import configurationLines, connectionLines
from sslpool.reports.units import Times

LONGEST_FILE = 131_072
"""
The longest file of statements, in octets.
"""

_CONNECTIONS = Form(("CONN",), "connections", "secure ports and sessions", targets=False, repeats=True)

GRAMMAR = Grammar(
    "SSLNETSTAT",
    (
        Form(("CONFig", "SSL"), "configuration", "servers and numbers of sessions", targets=False, repeats=True),
        _CONNECTIONS,
        Form(("SSL", "STArt"), "start", "start a server", operand="userid", targets=False),
        Form(("SSL", "STOp"), "stop", "stop a server", operand="userid", targets=False, stops=True),
        Form(
            ("OBEY",),
            "obey",
            "follow a statement of PROFILE TCPIP",
            operand="statement",
            targets=False,
            tests=True,
            free=True,
        ),
        Form(
            ("OBEYFILE",),
            "obeyfile",
            "follow a file of such statements, as a whole",
            operand="file",
            targets=False,
            tests=True,
            free=True,
        ),
        HELP,
        *(Form(keywords, "", supported=False) for keywords in (("ALLConn",), ("IDENTify",))),
    ),
    default=_CONNECTIONS,
    addressed=True,
)


async def ask(client: StackClient, request: Request, times: Times) -> Report:
    """
    Ask the stack for what the operator wants and return the report.

    @raise OperatorError: the stack refuses, or cannot be reached any more.
    """
    match request.form.action:
        case "configuration":
            status = await client.configuration()
            return Report(status, configurationLines(status, client.release))
        case "connections":
            listeners = await client.listeners()
            connections = await client.connections()
            lines = connectionLines(client.stack, client.release, listeners, connections)
            return Report({"listeners": listeners, "connections": connections}, lines)
        case "start":
            return changeReport(await client.start(userid("SSL START", request.operand)))
        case "stop":
            return changeReport(await client.stop(userid("SSL STOP", request.operand), request.options.now))
        case "obey":
            return changeReport(await client.obey("NETSTAT", request.operand, request.options.test))
        case "obeyfile":
            name, text = statementsIn(request.operand)
            return changeReport(await client.obey(name, text, request.options.test))
        case action:
            raise ValueError(f"no such action: {action}")


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
    program(GRAMMAR, ask, arguments)


if __name__ == "__main__":
    main()
