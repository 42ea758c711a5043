# -*- test-case-name: tests.wire.test_vocabulary -*-
"""
What may be said over the control socket and the remote port, each word once: a method of L{Words} is the command, with
its arguments, its answer and its manual.  Spoken between the stack and its clients, SSLADMIN and NETSTAT among them.

A new word is a method here, one of the same name in L{sslpool.interfaces.IPoolAdministration} with who carries it
out, and the command that asks for it.
"""

# mypy: disable-error-code="empty-body"
# The body of a word is that of words.asking.

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, TypeAlias

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
from sslpool.wire.words import Word, answerOf, argumentsOf, asking

PROTOCOL = 8
"""
The version of this vocabulary: raised with every change of a command, an argument or a record.
"""

OLDEST = 3
"""
The oldest version that this one still understands, and is understood by.  Raised to L{PROTOCOL} where something is
removed or means something else.  A command, an optional argument, or a record's field with a default can be added
without that: the other end ignores what it does not know.
"""

PAGE = 100
"""
The most sessions or connections in one answer.
"""


Audit: TypeAlias = Callable[[Mapping[str, Any]], str]
"""
Returns what the log says that the caller used, by the arguments; nothing is logged where it is empty.
"""


class AdministrationCommand(amp.Command):
    """
    What all commands have in common.

    @cvar privileged: only administrators, the OBEY list and the stack's own user may use it.
    @cvar title: the command as the operator types it.
    @cvar method: the method of L{Words} that asks for it; one with the same name answers it.
    @cvar audited: of a change, what is logged of it.
    @cvar machines: C{server} may also be the agent or the stack, and not only a member.
    """

    privileged: ClassVar[bool] = True
    title: ClassVar[str] = ""
    method: ClassVar[str] = ""
    audited: ClassVar[Audit | None] = None
    machines: ClassVar[bool] = False
    errors: ClassVar[dict[type[Exception], bytes]] = ERRORS


class ExchangeVersion(AdministrationCommand):
    """
    The first command of each connection: each side says which vocabulary (L{PROTOCOL}) and which release it has, and
    back to which vocabulary it understands (L{OLDEST}; without it, none but its own); the stack also its user ID.  The
    two understand each other if neither is older than what the other understands.
    """

    privileged = False
    title = "VERSION"
    arguments = [(b"protocol", amp.Integer()), (b"release", amp.Unicode()), (b"oldest", amp.Integer(optional=True))]
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


COMMANDS: dict[str, type[AdministrationCommand]] = {"ExchangeVersion": ExchangeVersion, "NoOp": NoOp}
"""
All commands by their names: the two of the protocol itself, and a word's each.
"""


def query(name: str, title: str, answer: str, privileged: bool = True, machines: bool = False) -> Word:
    """
    Declare a method to be a word that asks for something.

    @param name: the name of its command.
    @param answer: the name of what the method returns.
    """

    def declare(method: Callable[..., Any]) -> Any:
        class Query(AdministrationCommand):
            __doc__ = method.__doc__
            commandName = name.encode("ascii")
            arguments = argumentsOf(method)
            response = answerOf(method, answer)

        Query.privileged, Query.title, Query.method, Query.machines = privileged, title, method.__name__, machines
        COMMANDS[name] = Query
        return asking(method, Query)

    return declare


def change(name: str, title: str, audited: Audit | None = None, machines: bool = False) -> Word:
    """
    Declare a method to be a word that changes something: it returns messages.

    @param name: the name of its command.
    @param audited: what is logged; otherwise C{title}, with C{NOW} where that is an argument.
    """

    def declare(method: Callable[..., Any]) -> Any:
        asks = query(name, title, "messages", machines=machines)(method)
        COMMANDS[name].audited = audited or (lambda given: f"{title} NOW" if given.get("now") else title)
        return asks

    return declare


def _rollBackAudited(given: Mapping[str, Any]) -> str:
    if given["test"]:
        return ""
    return "ROLLBACK" if given["number"] is None else f"ROLLBACK {given['number']}"


class Words:
    """
    The words.  C{server} is a member's user ID, or C{None} for all.
    """

    @query("QueryStatus", "QUERY STATUS", "status")
    async def status(self) -> PoolStatus:
        """
        SSLADMIN QUERY STATUS SUMMARY.
        """

    @query("QueryDetails", "QUERY STATUS DETAILS", "details")
    async def details(self, server: str | None = None) -> list[ServerDetails | Said]:
        """
        SSLADMIN QUERY STATUS DETAILS of a server, or without C{server} of all.  A
        server that cannot answer is the message that says why.
        """

    @query("QueryServing", "QUERY SERVING", "serving")
    async def serving(self, port: int | None = None) -> ServingStatus:
        """
        SSLADMIN QUERY SERVING: whether a new client is served now, on the ports with this number, or without C{port} on
        any.  The stack tries to connect to the applications before it answers.
        """

    @query("QuerySessions", "QUERY SESSIONS", "sessions")
    async def sessionPage(self, server: str | None, after: int, limit: int) -> list[SessionRecord]:
        """
        SSLADMIN QUERY SESSIONS: at most C{limit} sessions (never more than L{PAGE}) whose number is greater than
        C{after}.  An empty answer is the end.  Without C{server} the sessions of all servers; the error C{DTCSSL2421E}
        where one of them does not answer, or answers with a fault.
        """

    @query("QueryConfiguration", "CONFIG SSL", "status", privileged=False)
    async def configuration(self) -> PoolStatus:
        """
        NETSTAT CONFIG SSL: as C{QueryStatus}, without process ids and reasons.
        """

    @query("QueryConnections", "CONN", "connections", privileged=False)
    async def connectionPage(self, server: str | None, after: int, limit: int) -> list[ConnectionRecord]:
        """
        NETSTAT CONN, ALLCONN and IDENTIFY SSL: as C{QuerySessions}, without what is nobody else's business.
        """

    @query("QueryListeners", "CONN", "listeners", privileged=False)
    async def listeners(self) -> list[ListenerRecord]:
        """
        NETSTAT CONN and ALLCONN: the secure ports.
        """

    @change("StartServer", "START")
    async def start(self, server: str | None = None) -> list[Said]:
        """
        SSLADMIN START, NETSTAT SSL START.
        """

    @change("StopServer", "STOP")
    async def stop(self, server: str | None = None, now: bool = False) -> list[Said]:
        """
        SSLADMIN STOP, NETSTAT SSL STOP.  Answered when the servers are Stopped.
        """

    @change("RestartServer", "RESTART")
    async def restart(self, server: str | None = None) -> list[Said]:
        """
        SSLADMIN RESTART.  Answered when the work has begun.
        """

    @change("RefreshServer", "REFRESH")
    async def refresh(self, server: str | None = None) -> list[Said]:
        """
        SSLADMIN REFRESH.
        """

    @query("QueryCache", "QUERY CACHE", "cache")
    async def cache(self, server: str | None = None) -> CacheStatus:
        """
        SSLADMIN QUERY CACHE: the books of a server, or without C{server} of all.
        """

    @change("RefreshKeys", "REFRESH KEYS")
    async def refreshKeys(self, now: bool = False) -> list[Said]:
        """
        SSLADMIN REFRESH KEYS: another ticket key in all servers; with C{now}, one that no process
        has had, and sessions that have begun before are not resumed any more.
        """

    @query("System", "SYSTEM", "lines")
    async def system(self, server: str | None, query: str) -> list[str]:
        """
        SSLADMIN SYSTEM: one of a fixed set of queries in the manner of CP, about a server
        or without C{server} about all that are Active.  Nothing is run.
        """

    @change("SetTrace", "TRACE", lambda given: " ".join(("TRACE", *given["words"])))
    async def trace(self, server: str | None, words: Annotated[Sequence[str], Document(list[str])]) -> list[Said]:
        """
        SSLADMIN TRACE; C{words} are those behind it.
        """

    @change("EndTrace", "NOTRACE")
    async def endTrace(self, server: str | None = None) -> list[Said]:
        """
        SSLADMIN NOTRACE.
        """

    @query("QueryTrace", "QUERY TRACE", "traces")
    async def traces(self, server: str | None = None) -> list[TraceStatus]:
        """
        SSLADMIN QUERY TRACE.
        """

    @change("CloseConsole", "CLOSECON", machines=True)
    async def closeConsole(self, server: str | None = None) -> list[Said]:
        """
        SSLADMIN CLOSECON and LOG: close the console of a server, of the agent or of the stack, or
        without C{server} all of them.
        """

    @query("ReadConsole", "LOG", "text", machines=True)
    async def consolePart(self, server: str | None, offset: int) -> str:
        """
        SSLADMIN LOG: whole lines of the console that was closed last, of a server, of the agent or of the stack, and
        without C{server} of the stack, from C{offset} in octets.  An empty answer is the end.
        """

    @change("Obey", "OBEY", lambda given: "" if given["test"] else f"OBEY {given['name']}")
    async def obey(self, name: str, text: Annotated[str, Document(str)], test: bool = False) -> list[Said]:
        """
        OBEYFILE, NETSTAT OBEY: statements of PROFILE TCPIP, to be followed as a
        whole or not at all; with C{test}, only to be looked at.
        """

    @query("QueryHistory", "OBEYFILE (HISTORY", "history")
    async def history(self, number: int | None = None) -> list[AcceptedRecord]:
        """
        OBEYFILE with HISTORY: the configurations that the stack has accepted last, the oldest first and without their
        texts; with C{number} that one alone, with them.
        """

    @change("RollBack", "OBEYFILE (ROLLBACK", _rollBackAudited)
    async def rollback(self, number: int | None = None, test: bool = False) -> list[Said]:
        """
        OBEYFILE with ROLLBACK: an earlier configuration is followed as a whole or not at all, without C{number} the one
        before the one in effect; with C{test}, it is only looked at.  No file is written.
        """
