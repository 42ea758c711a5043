# -*- test-case-name: tests.control.test_client -*-
"""
The commands' end of the control socket: finds the stack, asks, and turns whatever
goes wrong into a message.  Lives in the processes of SSLADMIN and NETSTAT.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.error import ConnectError, ConnectionClosed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import ClientCreator, connectionDone
from twisted.protocols import amp
from twisted.python.failure import Failure

from sslpool import __version__
from sslpool.control import vocabulary
from sslpool.control.paths import socketPath
from sslpool.control.vocabulary import PAGE, PROTOCOL, AdministrationCommand, Refused
from sslpool.interfaces import IControlReactor
from sslpool.messages import CATALOGUE, OperatorError, operatorError
from sslpool.reports.records import (
    CacheStatus,
    ConnectionRecord,
    ListenerRecord,
    PoolStatus,
    ServerDetails,
    SessionRecord,
)

CONNECT_LIMIT = 5.0
"""
Seconds for the connection and the exchange of versions.
"""

QUERY_LIMIT = 30.0
"""
Seconds for the answer to a query.
"""

CHANGE_LIMIT = 900.0
"""
Seconds for the answer to a change: STOP waits for running sessions.
"""

_ABSENT = (errno.ENOENT, errno.ECONNREFUSED, errno.ENOTDIR)

Numbered = TypeVar("Numbered", SessionRecord, ConnectionRecord)


class Line(amp.AMP):
    """
    A connection to the stack.  It answers nothing.

    @ivar lost: fires when the connection is closed.
    """

    def __init__(self) -> None:
        super().__init__(locator=amp.CommandLocator())
        self.lost: Deferred[None] = Deferred()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        Let those know who wait for answers, and who waits for the end.
        """
        super().connectionLost(reason)
        self.lost.callback(None)

    def hangUp(self) -> None:
        """
        End the connection; there may be none any more.
        """
        if self.transport is not None:
            self.transport.loseConnection()


class StackClient:
    """
    What may be asked of a running stack.  Each method raises L{OperatorError} where
    the stack refuses, or cannot be reached any more.

    @ivar stack: the stack's userid.
    @ivar release: the stack's release.
    """

    release = ""

    def __init__(self, clock: IReactorTime, line: Line, stack: str) -> None:
        self.stack = stack
        self._clock = clock
        self._line = line

    async def exchangeVersion(self) -> None:
        """
        Make sure that both sides speak the same vocabulary.

        @raise OperatorError: they do not.
        """
        answer = await self._ask(vocabulary.ExchangeVersion, CONNECT_LIMIT, protocol=PROTOCOL, release=__version__)
        self.release = answer["release"]
        if answer["protocol"] != PROTOCOL:
            raise operatorError(
                "SSLP404E", stack=self.stack, reason=f"its release is {self.release}, the command's {__version__}"
            )

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

    async def details(self, server: str | None) -> list[ServerDetails | str]:
        """
        Return what C{server}, or each, says of itself; a string says why it cannot.
        """
        answer = await self._ask(vocabulary.QueryDetails, QUERY_LIMIT, server=server)
        return cast("list[ServerDetails | str]", answer["details"])

    async def sessions(self, server: str | None) -> list[SessionRecord]:
        """
        Return the secure sessions of C{server}, or all.
        """

        async def page(after: int) -> list[SessionRecord]:
            answer = await self._ask(vocabulary.QuerySessions, QUERY_LIMIT, server=server, after=after, limit=PAGE)
            return cast("list[SessionRecord]", answer["sessions"])

        return await self._collect(page)

    async def connections(self) -> list[ConnectionRecord]:
        """
        Return of all secure sessions what everybody may know.
        """

        async def page(after: int) -> list[ConnectionRecord]:
            answer = await self._ask(vocabulary.QueryConnections, QUERY_LIMIT, after=after, limit=PAGE)
            return cast("list[ConnectionRecord]", answer["connections"])

        return await self._collect(page)

    async def listeners(self) -> list[ListenerRecord]:
        """
        Return the secure ports.
        """
        return cast("list[ListenerRecord]", (await self._ask(vocabulary.QueryListeners, QUERY_LIMIT))["listeners"])

    async def start(self, server: str | None) -> list[str]:
        """
        Start C{server}, or all; return the messages.
        """
        return await self._change(vocabulary.StartServer, server=server)

    async def stop(self, server: str | None, now: bool) -> list[str]:
        """
        Stop C{server}, or all; return the messages.
        """
        return await self._change(vocabulary.StopServer, server=server, now=now)

    async def restart(self, server: str | None) -> list[str]:
        """
        Restart C{server}, or all; return the messages.
        """
        return await self._change(vocabulary.RestartServer, server=server)

    async def refresh(self, server: str | None) -> list[str]:
        """
        Have C{server}, or all, read the key database again; return the messages.
        """
        return await self._change(vocabulary.RefreshServer, server=server)

    async def cache(self, server: str | None) -> CacheStatus:
        """
        Return the books of the session cache, of C{server} or all.
        """
        return cast(CacheStatus, (await self._ask(vocabulary.QueryCache, QUERY_LIMIT, server=server))["cache"])

    async def refreshKeys(self, now: bool) -> list[str]:
        """
        Have all servers take another ticket key; return the messages.
        """
        return await self._change(vocabulary.RefreshKeys, now=now)

    async def obey(self, name: str, text: str, test: bool) -> list[str]:
        """
        Have statements of PROFILE TCPIP followed, or looked at; return the messages.
        """
        return await self._change(vocabulary.Obey, name=name, text=text, test=test)

    async def close(self) -> None:
        """
        End the connection.
        """
        self._line.hangUp()
        await self._line.lost

    async def _change(self, command: type[AdministrationCommand], **arguments: object) -> list[str]:
        """
        Ask for a change.
        """
        return cast("list[str]", (await self._ask(command, CHANGE_LIMIT, **arguments))["messages"])

    async def _collect(self, page: Callable[[int], Any]) -> list[Numbered]:
        """
        Return all pages in one list.  The number must grow with each page, or the
        end would never come.
        """
        records: list[Numbered] = []
        last = 0
        while found := await page(last):
            if found[-1].number <= last:
                raise operatorError("SSLP404E", stack=self.stack, reason="its pages are not in order")
            records.extend(found)
            last = found[-1].number
        return records

    async def _ask(self, command: type[AdministrationCommand], seconds: float, **arguments: object) -> dict[str, Any]:
        """
        Ask one thing and return the answer.
        """
        question: Deferred[dict[str, Any]] = self._line.callRemote(command, **arguments)
        question.addTimeout(seconds, self._clock)
        try:
            return await question
        except Refused as error:
            raise refusal(str(error)) from error
        except TimeoutError as error:
            raise operatorError("SSLP402E", stack=self.stack, command=command.title, seconds=seconds) from error
        except ConnectionClosed as error:
            raise operatorError("SSLP403E", stack=self.stack, command=command.title) from error
        except (amp.AmpError, ValueError, KeyError) as error:
            raise operatorError("SSLP404E", stack=self.stack, reason=str(error)) from error


def refusal(text: str) -> OperatorError:
    """
    Return the stack's message as the error that it was there.
    """
    messageId = text.partition(" ")[0]
    return OperatorError(CATALOGUE.get(messageId, CATALOGUE["SSLP432E"]), text)


async def connect(reactor: IControlReactor, stack: str, directories: Sequence[str]) -> StackClient:
    """
    Connect to a running stack: the first found in C{directories}.

    @raise OperatorError: it is not running, cannot be reached, or is of another
        release.
    """
    paths = [socketPath(directory, stack) for directory in directories]
    for path in paths:
        line = await _connectTo(reactor, path)
        if line is not None:
            client = StackClient(reactor, line, stack)
            await client.exchangeVersion()
            return client
    raise operatorError("SSLP400E", stack=stack, paths=" and ".join(paths))


async def _connectTo(reactor: IControlReactor, path: str) -> Line | None:
    """
    Return a connection to the socket at C{path}, or C{None} where nobody listens.

    @raise OperatorError: the socket may not be used.
    """
    try:
        return cast(Line, await ClientCreator(reactor, Line).connectUNIX(path, timeout=int(CONNECT_LIMIT)))
    except ConnectError as error:
        if error.osError in _ABSENT:
            return None
        reason = os.strerror(error.osError) if error.osError else str(error)
        raise operatorError("SSLP401E", path=path, reason=reason) from error
