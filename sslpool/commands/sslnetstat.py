# -*- test-case-name: tests.commands.test_sslnetstat -*-
"""
NETSTAT, as far as it is about secure connections: everybody may look; START and STOP
are privileged.  A process of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from sslpool.commands.invocation import Report, changeReport, program
from sslpool.commands.syntax import HELP, Form, Grammar, Request, userid
from sslpool.control.client import StackClient
from sslpool.reports.netstat import configurationLines, connectionLines
from sslpool.reports.units import Times

_CONNECTIONS = Form(("CONN",), "connections", "secure ports and sessions", targets=False, repeats=True)

GRAMMAR = Grammar(
    "SSLNETSTAT",
    (
        Form(("CONFig", "SSL"), "configuration", "servers and numbers of sessions", targets=False, repeats=True),
        _CONNECTIONS,
        Form(("SSL", "STArt"), "start", "start a server", operand="userid", targets=False),
        Form(("SSL", "STOp"), "stop", "stop a server", operand="userid", targets=False, stops=True),
        HELP,
        *(Form(keywords, "", supported=False) for keywords in (("ALLConn",), ("IDENTify",), ("OBEY",))),
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
        case action:
            raise ValueError(f"no such action: {action}")


def main(arguments: Sequence[str] | None = None) -> None:
    """
    The program C{sslnetstat}.

    @param arguments: the command line where it is not the process's.
    """
    program(GRAMMAR, ask, arguments)


if __name__ == "__main__":
    main()
