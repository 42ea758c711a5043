# -*- test-case-name: tests.wire.test_vocabulary -*-
"""
What may be said over the control socket and the remote port: AMP commands, and no
behavior.  Spoken between the stack and its clients, SSLADMIN and NETSTAT among them.
"""

from __future__ import annotations

from typing import ClassVar

from twisted.protocols import amp

from sslpool.messages import Said
from sslpool.wire.arguments import Document
from sslpool.wire.cachestatus import CacheStatus
from sslpool.wire.errors import ERRORS
from sslpool.wire.history import AcceptedRecord
from sslpool.wire.records import (
    ConnectionRecord,
    ListenerRecord,
    PoolStatus,
    ServerDetails,
    ServingStatus,
    SessionRecord,
    TraceStatus,
)

PROTOCOL = 8
"""
The version of this vocabulary: raised with every change of a command, an argument
or a record.
"""

OLDEST = 3
"""
The oldest version that this one still understands, and is understood by.  Raised to
L{PROTOCOL} where something is removed or means something else.  A command, an optional
argument, or a record's field with a default can be added without that: the other end
ignores what it does not know.
"""

PAGE = 100
"""
The most sessions or connections in one answer.
"""


class AdministrationCommand(amp.Command):
    """
    What all commands have in common.

    @cvar privileged: only administrators, the OBEY list and the stack's own user
        may use it.
    @cvar title: the command as the operator types it.
    """

    privileged: ClassVar[bool] = True
    title: ClassVar[str] = ""
    errors: ClassVar[dict[type[Exception], bytes]] = ERRORS


def _answer(name: bytes, document: Document) -> list[tuple[bytes, amp.Argument]]:
    """
    Return the response of a command that answers one document.
    """
    return [(name, document)]


_SERVER = (b"server", amp.Unicode(optional=True))
_PAGE = [(b"after", amp.Integer()), (b"limit", amp.Integer())]
_MESSAGES = _answer(b"messages", Document(list[Said]))


class ExchangeVersion(AdministrationCommand):
    """
    The first command of each connection: each side says which vocabulary
    (L{PROTOCOL}) and which release it has, and back to which vocabulary it
    understands (L{OLDEST}; without it, none but its own); the stack also its user ID.
    The two understand each other if neither is older than what the other understands.
    """

    privileged = False
    title = "VERSION"
    arguments = [
        (b"protocol", amp.Integer()),
        (b"release", amp.Unicode()),
        (b"oldest", amp.Integer(optional=True)),
    ]
    response = [
        (b"protocol", amp.Integer()),
        (b"release", amp.Unicode()),
        (b"stack", amp.Unicode()),
        (b"oldest", amp.Integer(optional=True)),
    ]


class NoOp(AdministrationCommand):
    """
    Nothing, in both directions: whoever answers is there.  The stack sends it to a
    client that has been silent, and ends the connection if nothing comes back.
    """

    privileged = False
    title = "NOOP"


class QueryStatus(AdministrationCommand):
    """
    SSLADMIN QUERY STATUS SUMMARY.
    """

    title = "QUERY STATUS"
    response = _answer(b"status", Document(PoolStatus))


class QueryDetails(AdministrationCommand):
    """
    SSLADMIN QUERY STATUS DETAILS of a server, or without C{server} of all.  A
    server that cannot answer is the message that says why.
    """

    title = "QUERY STATUS DETAILS"
    arguments = [_SERVER]
    response = _answer(b"details", Document(list[ServerDetails | Said]))


class QueryServing(AdministrationCommand):
    """
    SSLADMIN QUERY SERVING: whether a new client is served now, on the ports with
    this number, or without C{port} on any.  The stack tries to connect to the
    applications before it answers.
    """

    title = "QUERY SERVING"
    arguments = [(b"port", amp.Integer(optional=True))]
    response = _answer(b"serving", Document(ServingStatus))


class QuerySessions(AdministrationCommand):
    """
    SSLADMIN QUERY SESSIONS: at most C{limit} sessions (never more than L{PAGE})
    whose number is greater than C{after}.  An empty answer is the end.  Without
    C{server} the sessions of all servers; the error C{DTCSSL2421E} where one of them does
    not answer, or answers with a fault.
    """

    title = "QUERY SESSIONS"
    arguments = [_SERVER, *_PAGE]
    response = _answer(b"sessions", Document(list[SessionRecord]))


class QueryConfiguration(AdministrationCommand):
    """
    NETSTAT CONFIG SSL: as L{QueryStatus}, without process ids and reasons.
    """

    privileged = False
    title = "CONFIG SSL"
    response = _answer(b"status", Document(PoolStatus))


class QueryConnections(AdministrationCommand):
    """
    NETSTAT CONN, ALLCONN and IDENTIFY SSL: as L{QuerySessions}, without what is
    nobody else's business.
    """

    privileged = False
    title = "CONN"
    arguments = [_SERVER, *_PAGE]
    response = _answer(b"connections", Document(list[ConnectionRecord]))


class QueryListeners(AdministrationCommand):
    """
    NETSTAT CONN and ALLCONN: the secure ports.
    """

    privileged = False
    title = "CONN"
    response = _answer(b"listeners", Document(list[ListenerRecord]))


class StartServer(AdministrationCommand):
    """
    SSLADMIN START, NETSTAT SSL START.
    """

    title = "START"
    arguments = [_SERVER]
    response = _MESSAGES


class StopServer(AdministrationCommand):
    """
    SSLADMIN STOP, NETSTAT SSL STOP.  Answered when the servers are Stopped.
    """

    title = "STOP"
    arguments = [_SERVER, (b"now", amp.Boolean())]
    response = _MESSAGES


class RestartServer(AdministrationCommand):
    """
    SSLADMIN RESTART.  Answered when the work has begun.
    """

    title = "RESTART"
    arguments = [_SERVER]
    response = _MESSAGES


class RefreshServer(AdministrationCommand):
    """
    SSLADMIN REFRESH.
    """

    title = "REFRESH"
    arguments = [_SERVER]
    response = _MESSAGES


class QueryCache(AdministrationCommand):
    """
    SSLADMIN QUERY CACHE: the books of a server, or without C{server} of all.
    """

    title = "QUERY CACHE"
    arguments = [_SERVER]
    response = _answer(b"cache", Document(CacheStatus))


class RefreshKeys(AdministrationCommand):
    """
    SSLADMIN REFRESH KEYS: another ticket key in all servers; with C{now}, one that no process
    has had, and sessions that have begun before are not resumed any more.
    """

    title = "REFRESH KEYS"
    arguments = [(b"now", amp.Boolean())]
    response = _MESSAGES


class System(AdministrationCommand):
    """
    SSLADMIN SYSTEM: one of a fixed set of queries in the manner of CP, about a server
    or without C{server} about all that are Active.  Nothing is run.
    """

    title = "SYSTEM"
    arguments = [_SERVER, (b"query", amp.Unicode())]
    response = _answer(b"lines", Document(list[str]))


class SetTrace(AdministrationCommand):
    """
    SSLADMIN TRACE; C{words} are those behind it.
    """

    title = "TRACE"
    arguments = [_SERVER, (b"words", Document(list[str]))]
    response = _MESSAGES


class EndTrace(AdministrationCommand):
    """
    SSLADMIN NOTRACE.
    """

    title = "NOTRACE"
    arguments = [_SERVER]
    response = _MESSAGES


class QueryTrace(AdministrationCommand):
    """
    SSLADMIN QUERY TRACE.
    """

    title = "QUERY TRACE"
    arguments = [_SERVER]
    response = _answer(b"traces", Document(list[TraceStatus]))


class CloseConsole(AdministrationCommand):
    """
    SSLADMIN CLOSECON and LOG: close the console of a server, of the agent or of the stack, or
    without C{server} all of them.
    """

    title = "CLOSECON"
    arguments = [_SERVER]
    response = _MESSAGES


class ReadConsole(AdministrationCommand):
    """
    SSLADMIN LOG: whole lines of the console that was closed last, of a server, of the agent or
    of the stack, and without C{server} of the stack, from C{offset} in octets.  An empty answer
    is the end.
    """

    title = "LOG"
    arguments = [_SERVER, (b"offset", amp.Integer())]
    response = _answer(b"text", Document(str))


class Obey(AdministrationCommand):
    """
    OBEYFILE, NETSTAT OBEY: statements of PROFILE TCPIP, to be followed as a
    whole or not at all; with C{test}, only to be looked at.
    """

    title = "OBEY"
    arguments = [(b"name", amp.Unicode()), (b"text", Document(str)), (b"test", amp.Boolean())]
    response = _MESSAGES


class QueryHistory(AdministrationCommand):
    """
    OBEYFILE with HISTORY: the configurations that the stack has accepted last, the oldest first and without their
    texts; with C{number} that one alone, with them.
    """

    title = "OBEYFILE (HISTORY"
    arguments = [(b"number", amp.Integer(optional=True))]
    response = _answer(b"history", Document(list[AcceptedRecord]))


class RollBack(AdministrationCommand):
    """
    OBEYFILE with ROLLBACK: an earlier configuration is followed as a whole or not at all, without C{number} the one
    before the one in effect; with C{test}, it is only looked at.  No file is written.
    """

    title = "OBEYFILE (ROLLBACK"
    arguments = [(b"number", amp.Integer(optional=True)), (b"test", amp.Boolean())]
    response = _MESSAGES


COMMANDS: tuple[type[AdministrationCommand], ...] = (
    ExchangeVersion,
    NoOp,
    QueryStatus,
    QueryDetails,
    QueryServing,
    QuerySessions,
    QueryConfiguration,
    QueryConnections,
    QueryListeners,
    StartServer,
    StopServer,
    RestartServer,
    RefreshServer,
    QueryCache,
    RefreshKeys,
    System,
    SetTrace,
    EndTrace,
    QueryTrace,
    CloseConsole,
    ReadConsole,
    Obey,
    QueryHistory,
    RollBack,
)
