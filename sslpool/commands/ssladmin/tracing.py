# -*- test-case-name: tests.commands.ssladmin.test_main -*-
"""
The commands of SSLADMIN about traces and consoles.
"""

from __future__ import annotations

from attrs import evolve

from sslpool.commands.command import Command, Report, changeReport, changing
from sslpool.commands.syntax import REPEAT, TARGET, Form, Request, named
from sslpool.control.client import StackClient
from sslpool.messages import Said, said
from sslpool.reports.ssladmin import tracesLines
from sslpool.reports.units import Times
from sslpool.tracing.operands import SYNTAX, Unexpected, parseOrder


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
    closed = await client.closeConsole(server)
    lines = await client.readConsole(server)
    if not lines:
        return changeReport([*closed, said("SSLP473E", server=server or client.stack)])
    report = changeReport(closed)
    return evolve(report, value=[*report.lines, *lines], lines=[*report.lines, *lines])


async def trace(client: StackClient, request: Request) -> list[Said]:
    """
    TRACE; say so where the connection that is to be traced is not there.
    """
    server, words = request.options.server, request.operand.split()
    messages = await client.trace(server, words)
    try:
        number = parseOrder(words).trace.selector.number
    except Unexpected:
        return messages  # a later release understands more than this one
    if number is None or number in {each.number for each in await client.sessions(server, [])}:
        return messages
    return [*messages, said("SSLP471W", number=number)]


_TRACE = (
    "NORMal traces successful handshakes. CONNections traces states and results of handshakes; with DATA, also the "
    "first octets of each send and receive. FLOW traces every step, DEBUG everything. The selector is ALL, an "
    "address, :port, address:port (IPv6: address..port), or a connection number. Servers that start later trace the "
    "same. LOG shows the consoles, which have the lines. KEYLOG file seconds, after the selector, writes the keys of "
    "these connections for Wireshark."
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
        changing(trace),
    ),
    Command(
        named(Form(("NOTRAce",), "notrace", "stop tracing")),
        changing(lambda client, request: client.endTrace(request.options.server)),
    ),
    Command(
        named(Form(("CLOSEcon",), "closecon", "close and deliver the consoles of the servers and the stack")),
        changing(lambda client, request: client.closeConsole(request.options.server)),
    ),
    Command(named(Form(("LOG",), "log", "the same, then show the console of the server or stack")), log),
)
