# -*- test-case-name: tests.commands.ssladmin.test_main -*-
"""
SSLADMIN: administers the servers of a running stack.  A process of its own.
"""

from __future__ import annotations

from functools import partial

from attrs import evolve

from sslpool.commands.command import Command, Report, changing
from sslpool.commands.invocation import Program
from sslpool.commands.runner import run
from sslpool.commands.ssladmin import sessioncache, settings, tracing
from sslpool.commands.ssladmin.monitor import WatchedSessions, WatchedSummary
from sslpool.commands.syntax import NOW, REPEAT, TARGET, Form, Request, named
from sslpool.control.client import StackClient
from sslpool.messages import Said, operatorError
from sslpool.reports.admission import StackDetails, stackLines
from sslpool.reports.cp import KNOWN
from sslpool.reports.ssladmin import detailsLines, servingLines, sessionsLines, summaryLines, trustLines
from sslpool.reports.units import Times


async def summary(client: StackClient, request: Request, times: Times) -> Report:
    """
    QUERY STATUS SUMMARY.

    @raise OperatorError: there is no such member.
    """
    server, status = request.options.server, await client.status()
    shown = tuple(each for each in status.servers if server in (None, each.userid))
    if server is not None and not shown:
        raise operatorError("SSLP407E", server=server, stack=status.stack)
    return Report(evolve(status, servers=shown), summaryLines(status, times, server))


async def details(client: StackClient, request: Request, times: Times) -> Report:
    """
    QUERY STATUS DETAILS.
    """
    server = request.options.server
    found = await client.details(server)
    silent = [each for each in found if isinstance(each, Said)]
    known = [each for each in found if not isinstance(each, Said)]
    lines, failed = detailsLines(known, times) if known or not silent else [], bool(silent)
    if server is not None:
        return Report(found, lines, silent, failed)
    status = await client.status()
    lines = [*lines, *trustLines(status.trust)]
    if status.admission.silent:
        return Report(found, lines, silent, failed)
    stack = StackDetails(status.stack, status.admission)
    return Report([*found, stack], [*lines, "", *stackLines(stack)], silent, failed)


def portOperand(text: str) -> None:
    """
    Check the operand of QUERY SERVING.

    @raise OperatorError: SSLP421E, it is no port number.
    """
    if text and not (text.isascii() and text.isdecimal() and 0 < int(text[:6]) < 65_536):
        raise operatorError("SSLP421E", word=text, command="QUERY SERVING")


async def serving(client: StackClient, request: Request, times: Times) -> Report:
    """
    QUERY SERVING: it fails where no new client is served.
    """
    status = await client.serving(int(request.operand) if request.operand else None)
    return Report(status, servingLines(status), failed=not status.serving)


async def sessions(client: StackClient, request: Request, times: Times) -> Report:
    """
    QUERY SESSIONS.
    """
    silent: list[Said] = []
    found = await client.sessions(request.options.server, silent)
    # Of what could not be asked nobody can say that it has none.
    lines = sessionsLines(found, times) if found or not silent else []
    return Report(found, lines, silent, failed=bool(silent))


async def system(client: StackClient, request: Request, times: Times) -> Report:
    """
    SYSTEM.
    """
    lines = await client.system(request.options.server, request.operand)
    return Report(lines, lines)


_QUERY = (TARGET, REPEAT)
_SUMMARY = Form(("Query", "STatus", "SUMmary"), "summary", "pool and servers", takes=_QUERY)

QUERIES = (
    Command(_SUMMARY, summary, WatchedSummary),
    Command(
        Form(("Query", "STatus", "DETails"), "details", "each server in detail, and refused connections", takes=_QUERY),
        details,
    ),
    Command(
        Form(
            ("Query", "SERVing"),
            "serving",
            "whether a new client is served now; if not, why",
            operand="[port]",
            takes=(REPEAT,),
            check=portOperand,
            more="The stack tries to connect to the applications, so that the answer holds now. The exit status is 0 "
            "where a new client is served, on the port or on any, and otherwise 1: use it as a health check.",
        ),
        serving,
    ),
    Command(Form(("Query", "SESSions"), "sessions", "secure sessions", takes=_QUERY), sessions, WatchedSessions),
    Command(Form(("Query", "STatus"), "summary", takes=_QUERY), summary, WatchedSummary),
    Command(Form(("Query",), "summary", takes=_QUERY), summary, WatchedSummary),
)

CHANGES = (
    Command(
        named(Form(("STArt",), "start", "start servers that are Eligible or Stopped")),
        changing(lambda client, request: client.start(request.options.server)),
    ),
    Command(
        named(
            Form(
                ("STOp",),
                "stop",
                "stop servers; running sessions may finish within the quiesce time",
                takes=(TARGET, NOW),
                more="NOW does not wait for them. Only START starts a stopped server again.",
            )
        ),
        changing(lambda client, request: client.stop(request.options.server, bool(request.options.now))),
    ),
    Command(
        named(
            Form(
                ("RESTart",),
                "restart",
                "replace the processes of servers, one server after another",
                more="Each Active server gets a new process. When that is Active too, the old one takes no new "
                "sessions; running ones may finish within the quiesce time.",
            )
        ),
        changing(lambda client, request: client.restart(request.options.server)),
    ),
    Command(
        named(
            Form(
                ("REFresh",),
                "refresh",
                "read the key database again; sessions continue",
                more="If it cannot be read, all certificates stay. A label that cannot be used keeps its certificate.",
            )
        ),
        changing(lambda client, request: client.refresh(request.options.server)),
    ),
)

SYSTEM = Command(
    Form(
        ("SYStem",),
        "system",
        "answer a CP query about a server; nothing is run",
        operand="query",
        free=True,
        suggestions=(
            "QUERY",
            "INDICATE",
            "IDENTIFY",
            "TIME",
            "NSS",
            "NAME",
            "USERS",
            "NAMES",
            "CPLEVEL",
            "LOAD",
            "USER",
        ),  # fmt: skip
        more=f"Queries: {KNOWN}.",
    ),
    system,
)

PROGRAM = Program(
    "SSLADMIN",
    (*QUERIES, *settings.COMMANDS, *CHANGES, *sessioncache.COMMANDS, *tracing.COMMANDS, SYSTEM),
    default=_SUMMARY,
    defaults=settings.defaults,
)
"""
All commands; a table of further ones has its place in front of those that are not provided.
"""

main = partial(run, PROGRAM)
"""
The program C{ssladmin}.
"""
