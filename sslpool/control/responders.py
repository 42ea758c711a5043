# -*- test-case-name: tests.control.test_responders -*-
"""
The stack's answers to L{sslpool.wire.vocabulary}, for one caller.  Lives in the
stack process.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeAlias, TypeVar

from attrs import evolve
from twisted.logger import Logger
from twisted.protocols.amp import CommandLocator
from twisted.python.failure import Failure

from sslpool import __version__
from sslpool.config.values import upperCase
from sslpool.control.authority import Authority, Caller
from sslpool.control.complaints import REFUSED, Complaints
from sslpool.interfaces import IPoolAdministration
from sslpool.messages import OperatorError, operatorError, said
from sslpool.messages.announce import announce, announceFault
from sslpool.wire import vocabulary
from sslpool.wire.errors import Faulted, Refused, Unauthorized, description
from sslpool.wire.records import ConnectionRecord, PoolStatus, SessionRecord
from sslpool.wire.vocabulary import OLDEST, PAGE, PROTOCOL, AdministrationCommand

Answer: TypeAlias = dict[str, Any]
Responder = TypeVar("Responder", bound=Callable[..., Coroutine[Any, Any, Answer]])


def responds(command: type[AdministrationCommand]) -> Callable[[Responder], Responder]:
    """
    Declare a method of L{AdministrationResponders} to be the one that answers
    C{command}: it is called for those who may, and its errors become L{Refused}.
    """

    def decorate(method: Responder) -> Responder:
        @wraps(method)
        async def guarded(self: AdministrationResponders, **arguments: Any) -> Answer:
            try:
                self._authorize(command)
                return await method(self, **arguments)
            except OperatorError as error:
                kind = Unauthorized if error.said.id == "SSLP406E" else Refused
                raise kind(description(error.said, self._protocol)) from error
            except Exception as error:
                announceFault(self.log, f"{command.title} was answered", Failure())
                self._complaints.faulted()
                raise Faulted(description(said("SSLP405E"), self._protocol)) from error

        command.responder(guarded)
        return method

    return decorate


def _changing(command: type[AdministrationCommand], name: str) -> Callable[..., Coroutine[Any, Any, Answer]]:
    """
    Return what answers a command that has members change, by the method C{name} of L{IPoolAdministration}.
    """

    async def change(self: AdministrationResponders, server: str | None) -> Answer:
        """
        Have a member, or all of them, change.
        """
        member = self._change(command.title, server)
        return {"messages": await getattr(self._administration, name)(member)}

    return responds(command)(change)


class AdministrationResponders(CommandLocator):
    """
    Answers the commands of one caller.

    @ivar log: where our own faults and the use of privileged commands are written.
    """

    log = Logger()

    def __init__(
        self,
        administration: IPoolAdministration,
        caller: Caller,
        authority: Authority,
        complaints: Complaints,
    ) -> None:
        """
        @param authority: says who may.
        @param complaints: takes who may not, and counts our faults.
        """
        super().__init__()
        self._administration = administration
        self._caller = caller
        self._authority = authority
        self._complaints = complaints
        self._protocol = OLDEST

    @responds(vocabulary.ExchangeVersion)
    async def exchangeVersion(self, protocol: int, release: str, oldest: int | None) -> Answer:
        """
        Say who we are; the client decides whether it can speak with us.
        """
        self._protocol = protocol
        stack = self._administration.status().stack
        return {"protocol": PROTOCOL, "release": __version__, "stack": stack, "oldest": OLDEST}

    @responds(vocabulary.NoOp)
    async def noOp(self) -> Answer:
        """
        Be there.
        """
        return {}

    @responds(vocabulary.QueryStatus)
    async def queryStatus(self) -> Answer:
        """
        Return pool and members.
        """
        status = await self._administration.latest()
        return {"status": evolve(status, control=dict(self._complaints.counts))}

    @responds(vocabulary.QueryDetails)
    async def queryDetails(self, server: str | None) -> Answer:
        """
        Return what servers say of themselves.
        """
        return {"details": await self._administration.details(self._member(server))}

    @responds(vocabulary.QueryServing)
    async def queryServing(self, port: int | None) -> Answer:
        """
        Return whether a new client is served.
        """
        return {"serving": await self._administration.serving(port)}

    @responds(vocabulary.QuerySessions)
    async def querySessions(self, server: str | None, after: int, limit: int) -> Answer:
        """
        Return a page of sessions.
        """
        return {"sessions": await self._page(self._member(server), after, limit)}

    @responds(vocabulary.QueryConfiguration)
    async def queryConfiguration(self) -> Answer:
        """
        Return of the pool what everybody may know.
        """
        return {"status": _publicStatus(self._administration.status())}

    @responds(vocabulary.QueryConnections)
    async def queryConnections(self, server: str | None, after: int, limit: int) -> Answer:
        """
        Return of a page of sessions what everybody may know.
        """
        page = await self._page(self._member(server), after, limit)
        return {"connections": [_publicSession(each) for each in page]}

    @responds(vocabulary.QueryListeners)
    async def queryListeners(self) -> Answer:
        """
        Return the secure ports, for everybody and so without reasons.
        """
        return {"listeners": [evolve(each, reason="") for each in self._administration.listeners()]}

    startServer = _changing(vocabulary.StartServer, "start")
    restartServer = _changing(vocabulary.RestartServer, "restart")
    refreshServer = _changing(vocabulary.RefreshServer, "refresh")
    endTrace = _changing(vocabulary.EndTrace, "endTrace")

    @responds(vocabulary.StopServer)
    async def stopServer(self, server: str | None, now: bool) -> Answer:
        """
        Stop members.
        """
        member = self._change("STOP NOW" if now else "STOP", server)
        return {"messages": await self._administration.stop(member, now)}

    @responds(vocabulary.QueryCache)
    async def queryCache(self, server: str | None) -> Answer:
        """
        Return the books of the session cache.
        """
        return {"cache": self._administration.cache(self._member(server))}

    @responds(vocabulary.RefreshKeys)
    async def refreshKeys(self, now: bool) -> Answer:
        """
        Have all servers take another ticket key.
        """
        self._change("REFRESH KEYS NOW" if now else "REFRESH KEYS", None)
        return {"messages": await self._administration.refreshKeys(now)}

    @responds(vocabulary.System)
    async def system(self, server: str | None, query: str) -> Answer:
        """
        Answer a query in the manner of CP.
        """
        return {"lines": await self._administration.system(self._member(server), query)}

    @responds(vocabulary.SetTrace)
    async def setTrace(self, server: str | None, words: list[str]) -> Answer:
        """
        Have members trace something.
        """
        member = self._change(" ".join(("TRACE", *words)), server)
        owner = self._caller.uid == self._authority.owner
        return {"messages": await self._administration.trace(member, words, str(self._caller), owner)}

    @responds(vocabulary.QueryTrace)
    async def queryTrace(self, server: str | None) -> Answer:
        """
        Return what members trace.
        """
        return {"traces": self._administration.traces(self._member(server))}

    @responds(vocabulary.CloseConsole)
    async def closeConsole(self, server: str | None) -> Answer:
        """
        Close consoles, those of stack and agent among them.
        """
        machine = self._machine(server)
        announce(self.log, "SSLP412I", caller=self._caller, command="CLOSECON", server=machine or "ALL")
        return {"messages": await self._administration.closeConsole(machine)}

    @responds(vocabulary.ReadConsole)
    async def readConsole(self, server: str | None, offset: int) -> Answer:
        """
        Return a part of a closed console.
        """
        userid = self._machine(server) or self._administration.status().stack
        return {"text": self._administration.readConsole(userid, max(offset, 0))}

    @responds(vocabulary.Obey)
    async def obey(self, name: str, text: str, test: bool) -> Answer:
        """
        Follow statements of PROFILE TCPIP.
        """
        if not test:
            self._change(f"OBEY {name}", None)
        return {"messages": await self._administration.obey(name, text, test, str(self._caller))}

    @responds(vocabulary.QueryHistory)
    async def queryHistory(self, number: int | None) -> Answer:
        """
        Return the configurations that were accepted, or one of them.
        """
        return {"history": self._administration.history(number)}

    @responds(vocabulary.RollBack)
    async def rollBack(self, number: int | None, test: bool) -> Answer:
        """
        Follow an earlier configuration.
        """
        if not test:
            self._change("ROLLBACK" if number is None else f"ROLLBACK {number}", None)
        return {"messages": await self._administration.rollback(number, test, str(self._caller))}

    def _authorize(self, command: type[AdministrationCommand]) -> None:
        """
        @raise OperatorError: the caller may not use C{command}.
        """
        wanted = command.privileged or self._caller.remote
        if wanted and not self._authority.admits(self._caller):
            self._complaints.say(REFUSED, caller=self._caller, command=command.title)
            raise operatorError("SSLP406E", caller=self._caller, command=command.title)

    def _member(self, server: str | None) -> str | None:
        """
        Return C{server} as the pool spells it, or C{None} for all.

        @raise OperatorError: it is not in the pool.
        """
        if server is None:
            return None
        status = self._administration.status()
        if upperCase(server) not in {each.userid for each in status.servers}:
            raise operatorError("SSLP407E", server=server, stack=status.stack)
        return upperCase(server)

    def _machine(self, server: str | None) -> str | None:
        """
        Return C{server} in upper case where it has a console: a member, the agent or the stack.

        @raise OperatorError: it has none.
        """
        status = self._administration.status()
        isOther = server is not None and upperCase(server) in (status.agent, status.stack)
        return upperCase(server) if server is not None and isOther else self._member(server)

    def _change(self, command: str, server: str | None) -> str | None:
        """
        Write to the log who changes what, and return the member.
        """
        member = self._member(server)
        announce(self.log, "SSLP412I", caller=self._caller, command=command, server=member or "ALL")
        return member

    async def _page(self, member: str | None, after: int, limit: int) -> list[SessionRecord]:
        """
        Return one page of sessions, whatever limit the caller wishes.
        """
        return await self._administration.sessions(member, after, min(max(limit, 1), PAGE))


def _publicStatus(status: PoolStatus) -> PoolStatus:
    """
    Return C{status} without process ids and reasons, and without what became of strangers.
    """
    servers = tuple(evolve(each, pid=0, reason="") for each in status.servers)
    closed = tuple(evolve(each, reason="") for each in status.closed)
    admission = evolve(status.admission, refused={}, pending=0, addresses=0, uncounted=0)
    return evolve(status, agentPid=0, servers=servers, closed=closed, admission=admission, serving=None)


def _publicSession(session: SessionRecord) -> ConnectionRecord:
    """
    Return what NETSTAT shows of a session.
    """
    return ConnectionRecord(
        session.number,
        session.userid,
        session.local,
        session.client,
        session.state,
        session.server,
        session.label,
        session.protocol,
        session.cipher,
    )
