# -*- test-case-name: tests.commands.test_ssladmin -*-
"""
SSLADMIN: administers the servers of a running stack.  A process of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from sslpool.commands.invocation import Report, changeReport, program
from sslpool.commands.syntax import HELP, Form, Grammar, Request
from sslpool.control.client import StackClient
from sslpool.messages import operatorError
from sslpool.reports.records import PoolStatus
from sslpool.reports.ssladmin import detailsLines, sessionsLines, summaryLines
from sslpool.reports.units import Times

_SUMMARY = Form(("Query", "STatus", "SUMmary"), "summary", "pool and servers", repeats=True)
_LATER = (
    ("Query", "CAChe"),
    ("Query", "TRAce"),
    ("Query", "SETtings"),
    ("TRAce",),
    ("NOTRace",),
    ("CLOSEcon",),
    ("LOG",),
    ("SET",),
    ("CLEar",),
    ("SYStem",),
)

GRAMMAR = Grammar(
    "SSLADMIN",
    (
        _SUMMARY,
        Form(("Query", "STatus", "DETails"), "details", "what servers say of themselves", repeats=True),
        Form(("Query", "SESSions"), "sessions", "secure sessions", repeats=True),
        Form(("Query", "STatus"), "summary", repeats=True),
        Form(("Query",), "summary", repeats=True),
        Form(("STArt",), "start", "start servers that are Eligible or Stopped"),
        Form(("STOp",), "stop", "stop servers; running sessions may finish within the quiesce time", stops=True),
        Form(("RESTart",), "restart", "quiesce and start again, one server after another"),
        Form(("REFresh",), "refresh", "read the key database again; no session is touched"),
        HELP,
        *(Form(keywords, "", supported=False) for keywords in _LATER),
    ),
    default=_SUMMARY,
)


async def ask(client: StackClient, request: Request, times: Times) -> Report:
    """
    Ask the stack for what the operator wants and return the report.

    @raise OperatorError: the stack refuses, or cannot be reached any more.
    """
    server = request.options.server
    match request.form.action:
        case "summary":
            return _summary(await client.status(), server, times)
        case "details":
            details = await client.details(server)
            return Report(details, detailsLines(details, times), failed=any(isinstance(each, str) for each in details))
        case "sessions":
            sessions = await client.sessions(server)
            return Report(sessions, sessionsLines(sessions, times))
        case action:
            return changeReport(await _change(client, action, server, request.options.now))


def main(arguments: Sequence[str] | None = None) -> None:
    """
    The program C{ssladmin}.

    @param arguments: the command line where it is not the process's.
    """
    program(GRAMMAR, ask, arguments)


async def _change(client: StackClient, action: str, server: str | None, now: bool) -> list[str]:
    """
    Have the stack change something, and return its messages.
    """
    match action:
        case "start":
            return await client.start(server)
        case "stop":
            return await client.stop(server, now)
        case "restart":
            return await client.restart(server)
        case "refresh":
            return await client.refresh(server)
        case _:
            raise ValueError(f"no such action: {action}")


def _summary(status: PoolStatus, server: str | None, times: Times) -> Report:
    """
    Return the report about the pool, or one member.

    @raise OperatorError: there is no such member.
    """
    shown = tuple(each for each in status.servers if server in (None, each.userid))
    if server is not None and not shown:
        raise operatorError("SSLP407E", server=server, stack=status.stack)
    return Report(evolve(status, servers=shown), summaryLines(status, times, server))


if __name__ == "__main__":
    main()
