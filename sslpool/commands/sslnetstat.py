# -*- test-case-name: tests.commands.test_sslnetstat -*-
"""
NETSTAT, as far as it is about secure connections: everybody may look; START and STOP
are privileged.  A process of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial

from attrs import evolve

from sslpool.commands.command import Command, Report, changing
from sslpool.commands.invocation import Program, run
from sslpool.commands.options import userid
from sslpool.commands.syntax import NOW, REPEAT, SELECT, TEST, Form, Request
from sslpool.config.profile import STATEMENTS
from sslpool.config.values import upperCase
from sslpool.control.client import StackClient
from sslpool.messages import Said, operatorError
from sslpool.reports.netstat import configurationLines, connectionLines, identityLines
from sslpool.reports.selection import Selector, select, selectors
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
    CONN: secure ports that are open, and sessions that are not ending.
    """
    return await _connections(client, request, lambda state: state not in ("Closed", "Closing"))


async def allConnections(client: StackClient, request: Request, times: Times) -> Report:
    """
    ALLCONN: also ports that could not be opened, and sessions that are ending.
    """
    return await _connections(client, request, lambda state: True)


async def identities(client: StackClient, request: Request, times: Times) -> Report:
    """
    IDENTIFY SSL.
    """
    silent: list[Said] = []
    found = select(await client.connections(silent=silent), _chosen(request))
    return Report(found, identityLines(client.stack, client.release, found), silent, failed=bool(silent))


async def _connections(client: StackClient, request: Request, shown: Callable[[str], bool]) -> Report:
    """
    Return the report about ports and sessions whose state is to be shown.
    """
    chosen, silent = _chosen(request), list[Said]()
    listeners = [each for each in select(await client.listeners(), chosen) if shown(each.state)]
    found = [each for each in select(await client.connections(silent=silent), chosen) if shown(each.state)]
    lines = connectionLines(client.stack, client.release, listeners, found)
    return Report({"listeners": listeners, "connections": found}, lines, silent, failed=bool(silent))


def _chosen(request: Request) -> tuple[Selector, ...]:
    """
    Return what is to be shown, from the operands and from SELECT.
    """
    return selectors((*request.operand.split(), *(request.options.select or ())))


_SELECTION = "[userid|port|address ...]"
_SHOWN = (REPEAT, SELECT)


def _checkSelection(operand: str) -> None:
    selectors(operand.split())


_CONNECTIONS = Form(
    ("CONN",),
    "connections",
    "secure ports and sessions",
    operand=_SELECTION,
    takes=_SHOWN,
    free=True,
    check=_checkSelection,
    more="Of several operands, what fits any of them is shown: the user ID of an application or a server, a port or an "
    "address of either end, or both as in 192.0.2.1..443.",
)

COMMANDS = (
    Command(
        Form(("CONFig", "SSL"), "configuration", "servers and numbers of sessions", takes=(REPEAT,)), configuration
    ),
    Command(_CONNECTIONS, connections),
    Command(
        evolve(
            _CONNECTIONS,
            keywords=("ALLConn",),
            action="allconnections",
            does="the same, with ports that could not be opened and sessions that are ending",
        ),
        allConnections,
    ),
    Command(
        evolve(
            _CONNECTIONS,
            keywords=("IDENTify", "SSL"),
            action="identities",
            does="what secures each session: server, label, protocol, cipher suite",
        ),
        identities,
    ),
    Command(
        Form(
            ("SSL", "STArt"),
            "start",
            "start a server",
            operand="userid",
            takes=(),
            check=partial(userid, "SSL START"),
        ),
        changing(lambda client, request: client.start(upperCase(request.operand))),
    ),
    Command(
        Form(
            ("SSL", "STOp"),
            "stop",
            "stop a server; running sessions may finish within the quiesce time",
            operand="userid",
            takes=(NOW,),
            check=partial(userid, "SSL STOP"),
        ),
        changing(lambda client, request: client.stop(upperCase(request.operand), bool(request.options.now))),
    ),
    Command(
        Form(
            ("OBEY",),
            "obey",
            "follow a statement of PROFILE TCPIP",
            operand="statement",
            takes=(TEST,),
            free=True,
            suggestions=tuple(sorted(STATEMENTS)),
            verbatim=True,
            more="PORT, OBEY and AUTOLOG replace the whole list. OBEY PORT ADD entry adds to it; OBEY PORT REPLACE "
            "entries is needed where ports are dropped; OBEY DELETE PORT n [BIND address] [LABEL label] takes away "
            "single ones. The same for users: OBEY OBEY ADD userid, OBEY DELETE OBEY userid, OBEY AUTOLOG ADD userid, "
            "OBEY DELETE AUTOLOG userid.",
        ),
        changing(lambda client, request: client.obey("NETSTAT", request.operand, bool(request.options.test))),
    ),
    Command(
        Form(
            ("OBEYFILE",),
            "obeyfile",
            "follow a file of such statements, as a whole",
            operand="file",
            takes=(TEST,),
            free=True,
            verbatim=True,
            more="PORT ADD, PORT REPLACE and DELETE are as for OBEY.",
        ),
        changing(lambda client, request: client.obey(*statementsIn(request.operand), bool(request.options.test))),
    ),
)

PROGRAM = Program("SSLNETSTAT", COMMANDS, default=_CONNECTIONS, addressed=True)


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


main = partial(run, PROGRAM)
"""
The program C{sslnetstat}.
"""


if __name__ == "__main__":
    main()
