# -*- test-case-name: tests.commands.netstat.test_main -*-
"""
NETSTAT, as far as it is about secure connections: everybody may look; START and STOP
are privileged.  A process of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from attrs import evolve

from sslpool.commands.command import Command, Report, changing
from sslpool.commands.invocation import Program
from sslpool.commands.netstat import unsupported
from sslpool.commands.netstat.history import HISTORY_COMMANDS
from sslpool.commands.options import userid
from sslpool.commands.runner import run
from sslpool.commands.syntax import NOW, REPEAT, SELECT, TEST, Form, Request
from sslpool.config.dynamicrules import INTERNAL
from sslpool.config.profile import STATEMENTS
from sslpool.config.values import upperCase
from sslpool.control.client import StackClient
from sslpool.messages import Said, operatorError
from sslpool.reports.netstat import (
    clientLines,
    configurationLines,
    connectionLines,
    headLines,
    homeLines,
    homePorts,
    identityLines,
    servedClients,
    upLines,
)
from sslpool.reports.selection import Selector, select, selectors
from sslpool.reports.units import Times
from sslpool.wire.history import TYPED
from sslpool.wire.records import ConnectionRecord, ListenerRecord

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


async def clients(client: StackClient, request: Request, times: Times) -> Report:
    """
    CLIENTS: the applications, and who is connected to them.
    """
    listeners, found, silent = await _chosenOnes(client, request)
    served = servedClients(listeners, found)
    return Report(served, clientLines(client.stack, client.release, served), silent, failed=bool(silent))


async def telnet(client: StackClient, request: Request, times: Times) -> Report:
    """
    TELNET: the ports and sessions of INTCLIEN.
    """
    return await _connections(client, evolve(request, operand=INTERNAL), lambda state: True)


async def home(client: StackClient, request: Request, times: Times) -> Report:
    """
    HOME: the local addresses of the secure ports that are open.
    """
    ports = homePorts(await client.listeners())
    return Report(ports, homeLines(client.stack, client.release, ports))


async def up(client: StackClient, request: Request, times: Times) -> Report:
    """
    UP: when the stack started.
    """
    status = await client.configuration()
    return Report(status, upLines(status, client.release, times))


async def level(client: StackClient, request: Request, times: Times) -> Report:
    """
    LEVEL: the stack's release.
    """
    lines = headLines(client.stack, client.release)[:1]
    return Report(lines, lines)


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
    chosen, sessions, silent = await _chosenOnes(client, request)
    listeners = [each for each in chosen if shown(each.state)]
    found = [each for each in sessions if shown(each.state)]
    lines = connectionLines(client.stack, client.release, listeners, found)
    return Report({"listeners": listeners, "connections": found}, lines, silent, failed=bool(silent))


async def _chosenOnes(
    client: StackClient, request: Request
) -> tuple[list[ListenerRecord], list[ConnectionRecord], list[Said]]:
    """
    Return the ports and sessions that are to be shown, and the messages of servers that do not answer.
    """
    chosen, silent = _chosen(request), list[Said]()
    listeners = select(await client.listeners(), chosen)
    return listeners, select(await client.connections(silent=silent), chosen), silent


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
    more="Shows what matches any of the operands: the user ID of an application or a server, a port or an address of "
    "either end, or both, as in 192.0.2.1..443.",
)

COMMANDS = (
    Command(
        Form(("CONFig", "SSL"), "configuration", "servers, limits, and session counts", takes=(REPEAT,)), configuration
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
            does="server, label, protocol, and cipher suite of each session",
        ),
        identities,
    ),
    Command(
        evolve(
            _CONNECTIONS,
            keywords=("INTerval",),
            does="repeat CONN until you interrupt it, as with MONITOR",
            operand="seconds",
            free=False,
            check=None,
            fills=REPEAT,
            more="",
        ),
        connections,
    ),
    Command(
        evolve(
            _CONNECTIONS,
            keywords=("CLients",),
            action="clients",
            does="the applications, their ports and sessions, and how many hosts are connected",
        ),
        clients,
    ),
    Command(Form(("TELnet",), "telnet", "ports and sessions of INTCLIEN", takes=(REPEAT,)), telnet),
    Command(Form(("HOme",), "home", "local addresses of the secure ports", takes=(REPEAT,)), home),
    Command(Form(("UP",), "up", "when the stack started", takes=(REPEAT,)), up),
    Command(Form(("LEVel",), "level", "the stack's release", takes=()), level),
    Command(
        Form(
            ("SSL", "STArt"), "start", "start a server", operand="userid", takes=(), check=partial(userid, "SSL START")
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
            "change the configuration by a PROFILE TCPIP statement",
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
        changing(lambda client, request: client.obey(TYPED, request.operand, bool(request.options.test))),
    ),
    Command(
        Form(
            ("OBEYFILE",),
            "obeyfile",
            "apply a file of PROFILE TCPIP statements, all or nothing",
            operand="file | fn [ft [fm]]",
            takes=(TEST,),
            free=True,
            verbatim=True,
            more="PORT ADD, PORT REPLACE and DELETE are as for OBEY. fn ft is the file FN.FT; without ft it is "
            "FN.TCPIP if there is no file fn. A file with exactly the name that you type comes first. "
            "fm has no meaning here.",
        ),
        changing(lambda client, request: client.obey(*statementsIn(request.operand), bool(request.options.test))),
    ),
    *HISTORY_COMMANDS,
)

PROGRAM = Program("SSLNETSTAT", (*COMMANDS, *unsupported.COMMANDS), default=_CONNECTIONS, addressed=True)


_FILES = tuple(
    evolve(each, form=evolve(each.form, keywords=())) for each in COMMANDS if each.form.keywords == ("OBEYFILE",)
)

OBEYFILE = Program("OBEYFILE", _FILES, default=next(each.form for each in _FILES if not each.form.mark))
"""
The forms of OBEYFILE as a program, by its name on z/VM.
"""


def fileOf(operand: str) -> str:
    """
    Return the path of the file that OBEYFILE means: as it stands, else in the manner of CMS, in the current directory.

    @param operand: a path, or C{fn [ft [fm]]}.
    """
    words = operand.split()
    if os.path.lexists(operand) or len(words) > 3 or "/" in operand:
        return operand
    named = ".".join([*words, "TCPIP"][:2])
    return next((path for path in (named, named.upper()) if os.path.lexists(path)), operand)


def statementsIn(operand: str) -> tuple[str, str]:
    """
    Return name and text of a file of statements.  It is read by the command, with the rights of whoever issues it.

    @param operand: as for L{fileOf}.
    @raise OperatorError: it cannot be read, or is too long.
    """
    path = fileOf(operand)
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


main = partial(run, PROGRAM)
"""
The program C{sslnetstat}.
"""

obeyfile = partial(run, OBEYFILE)
"""
The program C{obeyfile}.
"""
