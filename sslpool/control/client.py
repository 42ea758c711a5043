# -*- test-case-name: tests.control.test_client -*-
"""
What may be asked of a running stack: finds it, asks, and turns whatever goes wrong into a message.  Lives in the
processes of SSLADMIN and NETSTAT, and in programs of operators' own, which begin with L{connect}.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.error import ConnectionClosed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import ServerFactory
from twisted.protocols import amp

from sslpool import __version__
from sslpool.control.clientprotocol import ClientProtocol
from sslpool.control.paths import DEFAULT_STACK, socketPath
from sslpool.interfaces import IControlReactor
from sslpool.messages import OperatorError, Said, operatorError
from sslpool.rundirectory import searchDirectories
from sslpool.trust import Untrusted, believedAt, limitSending, verifyListener
from sslpool.wire.errors import Refused, refusal
from sslpool.wire.records import ConnectionRecord, SessionRecord
from sslpool.wire.vocabulary import OLDEST, PAGE, PROTOCOL, AdministrationCommand, ExchangeVersion, Words

CONNECT_LIMIT = 5.0
"""
Seconds for the connection and the exchange of versions.
"""

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

_ABSENT = (errno.ENOENT, errno.ECONNREFUSED, errno.ENOTDIR)

Numbered = TypeVar("Numbered", SessionRecord, ConnectionRecord)


class StackClient(Words):
    """
    What may be asked of a running stack: each of L{Words}, and more than one page.  Each method raises
    L{OperatorError} where the stack refuses, or cannot be reached any more.

    @ivar stack: the stack's user ID.
    @ivar release: the stack's release.
    """

    release = ""

    def __init__(self, clock: IReactorTime, line: ClientProtocol, stack: str) -> None:
        self.stack = stack
        self._clock = clock
        self._line = line

    async def exchangeVersion(self) -> None:
        """
        Make sure that both sides understand each other, and begin to watch the line.

        @raise OperatorError: they do not.
        """
        ours = {"protocol": PROTOCOL, "release": __version__, "oldest": OLDEST}
        answer = await self._ask(ExchangeVersion, ours, CONNECT_LIMIT)
        self.release, self.stack = answer["release"], answer["stack"]
        theirs, oldest = answer["protocol"], answer["oldest"]
        if theirs < OLDEST or (theirs if oldest is None else oldest) > PROTOCOL:
            raise operatorError(
                "SSLP404E", stack=self.stack, reason=f"its release is {self.release}, the command's {__version__}"
            )
        self._line.watch(self._clock)

    async def sessions(self, server: str | None = None, silent: list[Said] | None = None) -> list[SessionRecord]:
        """
        Return the secure sessions, in the order of their numbers.

        @param silent: gets the messages of servers that do not answer; without it the first such message is raised.
        """
        return await self._collect(self.sessionPage, server, silent)

    async def connections(self, server: str | None = None, silent: list[Said] | None = None) -> list[ConnectionRecord]:
        """
        Return of secure sessions what everybody may know; otherwise as L{sessions}.
        """
        return await self._collect(self.connectionPage, server, silent)

    async def readConsole(self, server: str | None) -> list[str]:
        """
        Return the lines of the console that was closed last, of C{server} or of the stack.
        """
        lines: list[str] = []
        offset = 0
        while text := await self.consolePart(server, offset):
            lines += text.splitlines()
            offset += len(text.encode("utf-8"))
        return lines

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

    async def _collect(
        self,
        page: Callable[[str | None, int, int], Coroutine[Any, Any, list[Numbered]]],
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
        self, page: Callable[[int, int], Coroutine[Any, Any, list[Numbered]]], records: list[Numbered]
    ) -> None:
        """
        Add the pages of one server, as far as they come, to C{records}.  The number must grow with
        each page, or the end would never come.
        """
        last = 0
        while found := await page(last, PAGE):
            if found[-1].number <= last:
                raise operatorError("SSLP404E", stack=self.stack, reason="its pages are not in order")
            records += found
            last = found[-1].number

    async def ask(self, command: type[AdministrationCommand], arguments: dict[str, Any]) -> dict[str, Any]:
        """
        Ask with a word; return the answer.
        """
        return await self._ask(command, arguments, QUERY_LIMIT if command.audited is None else CHANGE_LIMIT)

    async def _ask(
        self, command: type[AdministrationCommand], arguments: dict[str, Any], seconds: float
    ) -> dict[str, Any]:
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


def _reach(reactor: IControlReactor, path: str) -> ClientProtocol | None:
    """
    Return a connection to the socket at C{path}, or C{None} where nobody listens.

    @raise OperatorError: the socket may not be used.
    @raise Untrusted: it is not the socket of one who is believed.
    """
    try:
        connection = _connected(path)
    except Untrusted:
        raise
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise operatorError("SSLP401E", path=path, reason=error.strerror) from error
    line = ClientProtocol()
    factory = ServerFactory.forProtocol(lambda: line)
    reactor.adoptStreamConnection(connection.fileno(), socket.AF_UNIX, factory)  # type: ignore[arg-type]
    # The reactor has its own descriptor of it.
    connection.close()
    return line


def _connected(path: str) -> socket.socket:
    """
    Return a connection to one who is believed.  It is waited for where others are before us, for which
    the kernel keeps an order: a reactor's socket, which never waits, would be refused.
    """
    believed = believedAt(path)
    connection = socket.socket(socket.AF_UNIX)
    try:
        limitSending(connection, CONNECT_LIMIT)
        connection.connect(path)
        verifyListener(connection, path, believed)
        connection.setblocking(False)
    except OSError:
        connection.close()
        raise
    return connection


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
            line = _reach(reactor, path)
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
