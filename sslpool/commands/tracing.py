# -*- test-case-name: tests.commands.test_ssladmin -*-
"""
The commands of SSLADMIN about traces and consoles.
"""

from __future__ import annotations

from sslpool.commands.command import Command, Report, changeReport, changing
from sslpool.commands.syntax import REPEAT, TARGET, Form, Request, named
from sslpool.control.client import StackClient
from sslpool.reports.ssladmin import tracesLines
from sslpool.reports.units import Times
from sslpool.tracing.operands import SYNTAX


async def traces(client: StackClient, request: Request, times: Times) -> Report:
    """
    QUERY TRACE.
    """
    found = await client.traces(request.options.server)
    return Report(found, tracesLines(found))


async def log(client: StackClient, request: Request, times: Times) -> Report:
    """
    LOG.
    """
    server = request.options.server
    closed = changeReport(await client.closeConsole(server))
    lines = [*closed.lines, *await client.readConsole(server)]
    return Report(lines, lines, closed.errors, closed.failed)


_TRACE = (
    "NORMal records successful handshakes, CONNections states and results of handshakes, with DATA also the first "
    "octets of each send and receive, FLOW every step, DEBUG everything. What is traced is ALL, an address, :port, "
    "address:port (with .. before the port for IPv6) or a connection number. Servers that are started later trace "
    "the same. The lines are in the servers' consoles, which LOG shows. KEYLOG file seconds behind the selector writes "
    "the keys of these connections for Wireshark."
)

COMMANDS = (
    Command(Form(("Query", "TRAce"), "traces", "what servers trace", takes=(TARGET, REPEAT)), traces),
    Command(
        Form(
            ("TRAce",),
            "trace",
            "trace connections",
            operand=SYNTAX.removeprefix("TRACE "),
            free=True,
            suggestions=("NORMAL", "CONNECTIONS", "NODATA", "DATA", "FLOW", "DEBUG", "ALL", "KEYLOG"),
            more=_TRACE,
        ),
        changing(lambda client, request: client.trace(request.options.server, request.operand.split())),
    ),
    Command(
        named(Form(("NOTRAce",), "notrace", "trace nothing")),
        changing(lambda client, request: client.endTrace(request.options.server)),
    ),
    Command(
        named(Form(("CLOSEcon",), "closecon", "close the consoles of servers and stack, and deliver them")),
        changing(lambda client, request: client.closeConsole(request.options.server)),
    ),
    Command(named(Form(("LOG",), "log", "the same, and show the lines of a server's, or of the stack's")), log),
)
