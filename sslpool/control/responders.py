# -*- test-case-name: tests.control.test_responders -*-
"""
The stack's answers to L{sslpool.wire.vocabulary}, for one caller.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from typing import Any, TypeAlias, TypeVar

from attrs import evolve
from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger
from twisted.protocols.amp import CommandLocator
from twisted.python.failure import Failure

from sslpool import __version__
from sslpool.config.values import upperCase
from sslpool.control.access import AccessControl, Caller
from sslpool.control.complaints import REFUSED, Complaints
from sslpool.interfaces import IPoolAdministration
from sslpool.messages import OperatorError, Said, operatorError, said
from sslpool.messages.announce import announce, announceFault
from sslpool.wire.errors import Faulted, Refused, Unauthorized, description
from sslpool.wire.records import ConnectionRecord, ListenerRecord, PoolStatus, SessionRecord
from sslpool.wire.vocabulary import COMMANDS, OLDEST, PAGE, PROTOCOL, AdministrationCommand, ExchangeVersion, NoOp

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


def _answers(command: type[AdministrationCommand]) -> None:
    """
    Have a word answered by its method: that of L{AdministrationResponders} where there is one, and otherwise of
    L{IPoolAdministration}.
    """
    ((name, _),) = command.response

    @responds(command)
    async def answer(self: AdministrationResponders, **arguments: Any) -> Answer:
        method = getattr(self, command.method, None) or getattr(self._administration, command.method)
        return {name.decode("ascii"): await maybeDeferred(method, **self._prepared(command, arguments))}


class AdministrationResponders(CommandLocator):
    """
    Answers the commands of one caller.

    @ivar log: where our own faults and the use of privileged commands are written.
    """

    log = Logger()

    def __init__(
        self, administration: IPoolAdministration, caller: Caller, authority: AccessControl, complaints: Complaints
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

    @responds(ExchangeVersion)
    async def exchangeVersion(self, protocol: int, release: str, oldest: int | None) -> Answer:
        """
        Say who we are; the client decides whether it can speak with us.
        """
        self._protocol = protocol
        stack = self._administration.status().stack
        return {"protocol": PROTOCOL, "release": __version__, "stack": stack, "oldest": OLDEST}

    @responds(NoOp)
    async def noOp(self) -> Answer:
        """
        Answer that the stack is there.
        """
        return {}

    for _command in COMMANDS.values():
        if _command.method:
            _answers(_command)

    async def status(self) -> PoolStatus:
        """
        Return pool and members, and what there was to be said of callers.
        """
        status = await self._administration.latest()
        return evolve(status, control=dict(self._complaints.counts))

    def configuration(self) -> PoolStatus:
        """
        Return of the pool what everybody may know: neither process ids nor reasons, nor what became of strangers.
        """
        status = self._administration.status()
        servers = tuple(evolve(each, pid=0, reason="") for each in status.servers)
        closed = tuple(evolve(each, reason="") for each in status.closed)
        admission = evolve(status.admission, refused={}, pending=0, addresses=0, uncounted=0)
        return evolve(status, agentPid=0, servers=servers, closed=closed, admission=admission, serving=None)

    def listeners(self) -> list[ListenerRecord]:
        """
        Return the secure ports, for everybody and so without reasons.
        """
        return [evolve(each, reason="") for each in self._administration.listeners()]

    async def sessionPage(self, server: str | None, after: int, limit: int) -> list[SessionRecord]:
        """
        Return one page of sessions, whatever limit the caller wishes.
        """
        return await self._administration.sessions(server, after, min(max(limit, 1), PAGE))

    async def connectionPage(self, server: str | None, after: int, limit: int) -> list[ConnectionRecord]:
        """
        Return of a page of sessions what everybody may know.
        """
        return [_public(each) for each in await self.sessionPage(server, after, limit)]

    async def trace(self, server: str | None, words: Sequence[str]) -> list[Said]:
        """
        Have members trace something for this caller.
        """
        owner = self._caller.uid == self._authority.owner
        return await self._administration.trace(server, words, str(self._caller), owner)

    def consolePart(self, server: str | None, offset: int) -> str:
        """
        Return a part of a closed console, without C{server} the stack's.
        """
        return self._administration.readConsole(server or self._administration.status().stack, max(offset, 0))

    async def obey(self, name: str, text: str, test: bool) -> list[Said]:
        """
        Follow this caller's statements of PROFILE TCPIP.
        """
        return await self._administration.obey(name, text, test, str(self._caller))

    async def rollback(self, number: int | None, test: bool) -> list[Said]:
        """
        Follow an earlier configuration for this caller.
        """
        return await self._administration.rollback(number, test, str(self._caller))

    def _prepared(self, command: type[AdministrationCommand], arguments: Answer) -> Answer:
        """
        Return the arguments with the server as the pool spells it, and write to the log who changes what.
        """
        server = arguments.get("server")
        if server is not None:
            arguments["server"] = server = self._machine(server) if command.machines else self._member(server)
        if command.audited is not None and (used := command.audited(arguments)):
            announce(self.log, "SSLP412I", caller=self._caller, command=used, server=server or "ALL")
        return arguments

    def _authorize(self, command: type[AdministrationCommand]) -> None:
        """
        @raise OperatorError: the caller may not use C{command}.
        """
        wanted = command.privileged or self._caller.remote
        if wanted and not self._authority.admits(self._caller):
            self._complaints.say(REFUSED, caller=self._caller, command=command.title)
            raise operatorError("SSLP406E", caller=self._caller, command=command.title)

    def _member(self, server: str) -> str:
        """
        Return C{server} as the pool spells it.

        @raise OperatorError: it is not in the pool.
        """
        status = self._administration.status()
        if upperCase(server) not in {each.userid for each in status.servers}:
            raise operatorError("SSLP407E", server=server, stack=status.stack)
        return upperCase(server)

    def _machine(self, server: str) -> str:
        """
        Return C{server} in upper case where it has a console: a member, the agent or the stack.

        @raise OperatorError: it has none.
        """
        status = self._administration.status()
        return upperCase(server) if upperCase(server) in (status.agent, status.stack) else self._member(server)


def _public(session: SessionRecord) -> ConnectionRecord:
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
