# -*- test-case-name: tests.control.test_client -*-
"""
What may be asked of a running stack: finds it, asks, and turns whatever goes wrong
into a message.  Lives in the processes of SSLADMIN and NETSTAT, and in programs of
operators' own, which begin with L{connect}.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.error import ConnectionClosed
from twisted.internet.interfaces import IReactorTime
from twisted.protocols import amp

from sslpool import __version__
from sslpool.control import vocabulary
from sslpool.control.errors import Refused, refusal
from sslpool.control.line import Line
from sslpool.control.paths import DEFAULT_STACK, searchDirectories, socketPath
from sslpool.control.reaching import CONNECT_LIMIT, reach
from sslpool.control.vocabulary import OLDEST, PAGE, PROTOCOL, AdministrationCommand
from sslpool.interfaces import IControlReactor
from sslpool.messages import OperatorError, Said, operatorError
from sslpool.reports.cachestatus import CacheStatus
from sslpool.reports.history import AcceptedRecord
from sslpool.reports.records import (
    ConnectionRecord,
    ListenerRecord,
    PoolStatus,
    ServerDetails,
    ServingStatus,
    SessionRecord,
    TraceStatus,
)
from sslpool.trust import Untrusted

__all__ = ["StackClient", "connect"]

QUERY_LIMIT = 30.0
"""
Seconds for the answer to a query.
"""

CHANGE_LIMIT = 900.0
"""
Seconds for the answer to a change: REFRESH waits for servers to read large key databases, OBEY for name services.  STOP
and RESTART are answered before running sessions have ended.
"""

Numbered = TypeVar("Numbered", SessionRecord, ConnectionRecord)


class StackClient:
    """
    What may be asked of a running stack.  Each method raises L{OperatorError} where
    the stack refuses, or cannot be reached any more.  C{server} is a member's user ID,
    or C{None} for all.

    @ivar stack: the stack's user ID.
    @ivar release: the stack's release.
    """

    release = ""

    def __init__(self, clock: IReactorTime, line: Line, stack: str) -> None:
        self.stack = stack
        self._clock = clock
        self._line = line

    async def exchangeVersion(self) -> None:
        """
        Make sure that both sides understand each other, and begin to watch the line.

        @raise OperatorError: they do not.
        """
        answer = await self._ask(
            vocabulary.ExchangeVersion, CONNECT_LIMIT, protocol=PROTOCOL, release=__version__, oldest=OLDEST
        )
        self.release, self.stack = answer["release"], answer["stack"]
        theirs, oldest = answer["protocol"], answer["oldest"]
        if theirs < OLDEST or (theirs if oldest is None else oldest) > PROTOCOL:
            raise operatorError(
                "SSLP404E", stack=self.stack, reason=f"its release is {self.release}, the command's {__version__}"
            )
        self._line.watch(self._clock)

    async def status(self) -> PoolStatus:
        """
        Return pool and members.
        """
        return cast(PoolStatus, (await self._ask(vocabulary.QueryStatus, QUERY_LIMIT))["status"])

    async def configuration(self) -> PoolStatus:
        """
        Return of pool and members what everybody may know.
        """
        return cast(PoolStatus, (await self._ask(vocabulary.QueryConfiguration, QUERY_LIMIT))["status"])

    async def details(self, server: str | None = None) -> list[ServerDetails | Said]:
        """
        Return what C{server}, or each, says of itself; a message says why it cannot.
        """
        answer = await self._ask(vocabulary.QueryDetails, QUERY_LIMIT, server=server)
        return cast("list[ServerDetails | Said]", answer["details"])

    async def serving(self, port: int | None = None) -> ServingStatus:
        """
        Return whether a new client is served, on C{port} or at all.
        """
        return cast(ServingStatus, (await self._ask(vocabulary.QueryServing, QUERY_LIMIT, port=port))["serving"])

    async def sessions(self, server: str | None = None, silent: list[Said] | None = None) -> list[SessionRecord]:
        """
        Return the secure sessions, in the order of their numbers.

        @param silent: gets the messages of servers that do not answer; without it
            the first such message is raised.
        """

        async def page(server: str, after: int) -> list[SessionRecord]:
            answer = await self._ask(vocabulary.QuerySessions, QUERY_LIMIT, server=server, after=after, limit=PAGE)
            return cast("list[SessionRecord]", answer["sessions"])

        return await self._collect(page, server, silent)

    async def connections(self, server: str | None = None, silent: list[Said] | None = None) -> list[ConnectionRecord]:
        """
        Return of secure sessions what everybody may know; otherwise as L{sessions}.
        """

        async def page(server: str, after: int) -> list[ConnectionRecord]:
            answer = await self._ask(vocabulary.QueryConnections, QUERY_LIMIT, server=server, after=after, limit=PAGE)
            return cast("list[ConnectionRecord]", answer["connections"])

        return await self._collect(page, server, silent)

    async def listeners(self) -> list[ListenerRecord]:
        """
        Return the secure ports.
        """
        return cast("list[ListenerRecord]", (await self._ask(vocabulary.QueryListeners, QUERY_LIMIT))["listeners"])

    async def start(self, server: str | None = None) -> list[Said]:
        """
        Start C{server}, or all; return the messages.
        """
        return await self._change(vocabulary.StartServer, server=server)

    async def stop(self, server: str | None = None, now: bool = False) -> list[Said]:
        """
        Stop C{server}, or all; return the messages.
        """
        return await self._change(vocabulary.StopServer, server=server, now=now)

    async def restart(self, server: str | None = None) -> list[Said]:
        """
        Restart C{server}, or all; return the messages.
        """
        return await self._change(vocabulary.RestartServer, server=server)

    async def refresh(self, server: str | None = None) -> list[Said]:
        """
        Have C{server}, or all, read the key database again; return the messages.
        """
        return await self._change(vocabulary.RefreshServer, server=server)

    async def cache(self, server: str | None = None) -> CacheStatus:
        """
        Return the books of the session cache, of C{server} or all.
        """
        return cast(CacheStatus, (await self._ask(vocabulary.QueryCache, QUERY_LIMIT, server=server))["cache"])

    async def refreshKeys(self, now: bool = False) -> list[Said]:
        """
        Have all servers take another ticket key; return the messages.
        """
        return await self._change(vocabulary.RefreshKeys, now=now)

    async def system(self, server: str | None, query: str) -> list[str]:
        """
        Return the answer to one of the queries of SYSTEM.
        """
        answer = await self._ask(vocabulary.System, QUERY_LIMIT, server=server, query=query)
        return cast("list[str]", answer["lines"])

    async def trace(self, server: str | None, words: Sequence[str]) -> list[Said]:
        """
        Have C{server}, or all, trace what the words behind TRACE say; return the messages.
        """
        return await self._change(vocabulary.SetTrace, server=server, words=list(words))

    async def endTrace(self, server: str | None) -> list[Said]:
        """
        Have C{server}, or all, trace nothing; return the messages.
        """
        return await self._change(vocabulary.EndTrace, server=server)

    async def traces(self, server: str | None) -> list[TraceStatus]:
        """
        Return what C{server}, or each server, traces.
        """
        answer = await self._ask(vocabulary.QueryTrace, QUERY_LIMIT, server=server)
        return cast("list[TraceStatus]", answer["traces"])

    async def closeConsole(self, server: str | None) -> list[Said]:
        """
        Have the console of C{server} closed, or all; return the messages.
        """
        return await self._change(vocabulary.CloseConsole, server=server)

    async def readConsole(self, server: str | None) -> list[str]:
        """
        Return the lines of the console that was closed last, of C{server} or of the stack.
        """
        lines: list[str] = []
        offset = 0
        while text := (await self._ask(vocabulary.ReadConsole, QUERY_LIMIT, server=server, offset=offset))["text"]:
            lines += text.splitlines()
            offset += len(text.encode("utf-8"))
        return lines

    async def obey(self, name: str, text: str, test: bool = False) -> list[Said]:
        """
        Have statements of PROFILE TCPIP followed, or looked at; return the messages.
        """
        return await self._change(vocabulary.Obey, name=name, text=text, test=test)

    async def history(self, number: int | None = None) -> list[AcceptedRecord]:
        """
        Return the configurations that the stack has accepted last, the oldest first and without their texts; or the
        one with this number, with them.
        """
        answer = await self._ask(vocabulary.QueryHistory, QUERY_LIMIT, number=number)
        return cast("list[AcceptedRecord]", answer["history"])

    async def rollback(self, number: int | None = None, test: bool = False) -> list[Said]:
        """
        Have an earlier configuration followed, or looked at; return the messages.
        """
        return await self._change(vocabulary.RollBack, number=number, test=test)

    @property
    def lost(self) -> Deferred[None]:
        """
        What fires when the connection has ended, by whomever.
        """
        return self._line.lost

    async def close(self) -> None:
        """
        End the connection.
        """
        self._line.hangUp()
        await self._line.lost

    async def _change(self, command: type[AdministrationCommand], **arguments: object) -> list[Said]:
        """
        Ask for a change.
        """
        return cast("list[Said]", (await self._ask(command, CHANGE_LIMIT, **arguments))["messages"])

    async def _collect(
        self,
        page: Callable[[str, int], Coroutine[Any, Any, list[Numbered]]],
        server: str | None,
        silent: list[Said] | None,
    ) -> list[Numbered]:
        """
        Return all pages of all servers that have some in one list.  Each server is
        asked by itself, so that one which does not answer does not keep back the others.
        """
        records: list[Numbered] = []
        for each in [server] if server else await self._serversWithSessions():
            try:
                await self._pages(partial(page, each), records)
            except OperatorError as error:
                if silent is None or server is not None or error.said.id != "DTCSSL2421E":
                    raise
                silent.append(error.said)
        return sorted(records, key=lambda record: record.number)

    async def _serversWithSessions(self) -> list[str]:
        """
        Return the servers that may have sessions.
        """
        status = await self.configuration()
        return [each.userid for each in status.servers if each.sessions or each.state == "Active"]

    async def _pages(
        self, page: Callable[[int], Coroutine[Any, Any, list[Numbered]]], records: list[Numbered]
    ) -> None:
        """
        Add the pages of one server, as far as they come, to C{records}.  The number must grow with
        each page, or the end would never come.
        """
        last = 0
        while found := await page(last):
            if found[-1].number <= last:
                raise operatorError("SSLP404E", stack=self.stack, reason="its pages are not in order")
            records += found
            last = found[-1].number

    async def _ask(self, command: type[AdministrationCommand], seconds: float, **arguments: object) -> dict[str, Any]:
        """
        Ask one thing and return the answer.
        """
        question: Deferred[dict[str, Any]] = self._line.callRemote(command, **arguments)
        question.addTimeout(seconds, self._clock)
        try:
            try:
                return await question
            except Refused as error:
                # What cannot be read there is no more than what cannot be read elsewhere.
                raise refusal(error) from error
        except TimeoutError as error:
            raise operatorError("SSLP402E", stack=self.stack, command=command.title, seconds=seconds) from error
        except ConnectionClosed as error:
            raise operatorError("SSLP403E", stack=self.stack, command=command.title) from error
        except amp.UnhandledCommand as error:
            reason = f"its release, {self.release}, does not have {command.title}"
            raise operatorError("SSLP404E", stack=self.stack, reason=reason) from error
        except (amp.AmpError, ValueError, KeyError) as error:
            raise operatorError("SSLP404E", stack=self.stack, reason=str(error)) from error


async def connect(
    reactor: IControlReactor, stack: str = DEFAULT_STACK, directories: Sequence[str] | None = None
) -> StackClient:
    """
    Connect to a running stack on this machine: the first found in C{directories}.

    @param stack: the stack's user ID.
    @param directories: where its socket may be; otherwise where the commands look.
    @raise OperatorError: it is not running, cannot be reached, or is of a release that does not
        understand this one; or what is there may be somebody else's (L{sslpool.trust}).
    """
    paths = [socketPath(each, stack) for each in (searchDirectories(None) if directories is None else directories)]
    refused: Untrusted | None = None
    for path in paths:
        try:
            line = reach(reactor, path)
        except Untrusted as error:
            refused = refused or error
            if error.foreign:
                continue  # it is no stack of ours: the next may be
            break
        if line is not None:
            return await begin(StackClient(reactor, line, stack))
    if refused is not None:
        raise OperatorError(refused.said) from refused
    raise operatorError("SSLP400E", stack=stack, paths=" and ".join(paths))


async def begin(client: StackClient) -> StackClient:
    """
    Exchange versions, and return the client; a connection that cannot be used is closed.
    """
    try:
        await client.exchangeVersion()
    except BaseException:
        await client.close()
        raise
    return client
