# -*- test-case-name: tests.live.test_dynamic -*-
"""
The same for programs in Twisted: L{startTLS} for a connection that has been in
use, and endpoints that wrap other endpoints.  Lives in the program's process.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any, Generic, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IDelayedCall,
    IListeningPort,
    IProtocol,
    IProtocolFactory,
    IPullProducer,
    IReactorFDSet,
    IReactorSocket,
    IReactorTime,
    IStreamClientEndpoint,
    IStreamServerEndpoint,
    ITransport,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.internet.tcp import Connection
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from sslpool.application.conversation import (
    ANSWER_TIMEOUT,
    STACK,
    Secured,
    StackConversation,
    begun,
    clientRequest,
    opened,
    serverRequest,
)
from sslpool.messages.announce import announceSaid
from sslpool.readers import Reader
from sslpool.trust import Untrusted
from sslpool.wire.requests import Asked, Request

__all__ = [
    "SecureClientEndpoint",
    "SecureServerEndpoint",
    "clientRequest",
    "queryTLS",
    "secureDetail",
    "serverRequest",
    "startTLS",
]


class IApplicationReactor(IReactorFDSet, IReactorSocket, IReactorTime):
    """
    What is wanted of a reactor.
    """


class _Answer(Reader):
    """
    Waits for an answer.
    """

    def __init__(self, reactor: IApplicationReactor, conversation: StackConversation, timeout: float) -> None:
        self._reactor = reactor
        self.watched = conversation
        self.arrived: Deferred[None] = Deferred(lambda _: self._stop())
        self._limit: IDelayedCall = reactor.callLater(timeout, self._late)
        reactor.addReader(self)

    def _stop(self) -> None:
        self._reactor.removeReader(self)
        if self._limit.active():
            self._limit.cancel()

    def _late(self) -> None:
        self._stop()
        self.arrived.errback(TimeoutError("no answer from the stack"))

    def doRead(self) -> None:
        """
        It is there.
        """
        self._stop()
        self.arrived.callback(None)


async def queryTLS(
    reactor: IApplicationReactor,
    label: str = "",
    *,
    path: str | None = None,
    stack: str = STACK,
    timeout: float = ANSWER_TIMEOUT,
) -> None:
    """
    As L{sslpool.application.queryTLS}.
    """
    with closing(await opened(path, stack, partial(deferLater, reactor))) as conversation:
        conversation.ask(Request(Asked.QUERY_TLS, label))
        await _Answer(reactor, conversation, timeout).arrived
        conversation.answer()


async def secureDetail(
    reactor: IApplicationReactor, secured: Secured, timeout: float = ANSWER_TIMEOUT
) -> dict[str, Any]:
    """
    As L{Secured.secureDetail <sslpool.application.Secured.secureDetail>}.
    """
    secured.conversation.ask(Request(Asked.SECURE_DETAIL))
    await _Answer(reactor, secured.conversation, timeout).arrived
    return secured.answeredDetail()


async def startTLS(
    reactor: IApplicationReactor,
    transport: ITransport,
    request: Request,
    protocol: IProtocol | None = None,
    *,
    path: str | None = None,
    stack: str = STACK,
    timeout: float = ANSWER_TIMEOUT,
) -> Secured:
    """
    Have the connection of a TCP transport secured.  From then on its protocol has
    another transport; C{connectionMade} is not called again.

    What the protocol has written before is sent first.  It must not have kept
    anything that came behind the command: that is not from within the secure session.

    @param request: of L{serverRequest} or L{clientRequest}.
    @param protocol: begins on the secure connection, instead of the present one.
    @raise Refused: see its subclasses; the connection is as it was where nothing was sent.
    @raise OSError: there is no stack.
    """
    connection = cast(Connection, transport)
    # Before anything is waited for: the next octets are not for us.
    connection.stopReading()
    try:
        await _Flush(connection).done
        secured = await _secure(reactor, connection.fileno(), request, path, stack, timeout)
    except BaseException:
        if connection.connected:
            connection.startReading()
        raise
    former = connection.protocol
    assert former is not None
    _letGo(connection)
    successor = _Successor(former) if protocol is None else cast(Protocol, protocol)
    secured.socket.setblocking(False)
    factory = Factory.forProtocol(lambda: successor)
    reactor.adoptStreamConnection(secured.socket.fileno(), socket.AF_UNIX, factory)  # type: ignore[arg-type]
    # The reactor has its own descriptor of it.
    secured.socket.close()
    return secured


async def _secure(
    reactor: IApplicationReactor, descriptor: int, request: Request, path: str | None, stack: str, timeout: float
) -> Secured:
    conversation = await opened(path, stack, partial(deferLater, reactor))
    try:
        conversation.ask(request, descriptor)
        await _Answer(reactor, conversation, timeout).arrived
        return begun(conversation)
    except BaseException:
        conversation.close()
        raise


@implementer(IPullProducer)
class _Flush:
    """
    Waits until a transport has sent what was written.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._registered = False
        self.done: Deferred[None] = Deferred()
        connection.registerProducer(self, False)
        self._registered = True
        # Says so also where there is nothing to be sent.
        connection.startWriting()

    def resumeProducing(self) -> None:
        """
        At once when registered, and then when all has been sent.
        """
        if self._registered:
            self._connection.unregisterProducer()
            self.done.callback(None)

    def stopProducing(self) -> None:
        """
        The connection has been lost.
        """
        self.done.errback(ConnectionError("the connection was lost"))


def _letGo(connection: Connection) -> None:
    """
    Have a transport end without touching the connection, which is the server's
    now: a transport shuts its socket down, so it gets another one first.
    """
    connection.stopReading()
    connection.stopWriting()
    other, end = socket.socketpair()
    end.close()
    os.dup2(other.fileno(), connection.fileno(), inheritable=False)
    other.close()
    connection.protocol = Protocol()
    connection.loseConnection()


class _Successor(Protocol):
    """
    Gives a protocol another transport.
    """

    def __init__(self, former: IProtocol) -> None:
        self._former = former

    def connectionMade(self) -> None:
        """
        The secure connection stands.
        """
        cast(Any, self._former).transport = self.transport

    def dataReceived(self, data: bytes) -> None:
        self._former.dataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._former.connectionLost(reason)


class _SecuringProtocol(Protocol):
    """
    Has a new connection secured, and then lets the real protocol begin.
    """

    def __init__(
        self, reactor: IApplicationReactor, request: Request, path: str | None, factory: IProtocolFactory
    ) -> None:
        self._reactor = reactor
        self._request = request
        self._path = path
        self._factory = factory
        self.secured: Deferred[IProtocol] = Deferred()

    def connectionMade(self) -> None:
        """
        The connection stands, in cleartext.
        """
        assert self.transport is not None
        Deferred.fromCoroutine(self._secure(self.transport)).addErrback(self._failed)

    async def _secure(self, transport: ITransport) -> None:
        protocol = self._factory.buildProtocol(transport.getPeer())
        if protocol is None:
            raise ConnectionError("the factory wants no connection")
        secured = await startTLS(self._reactor, transport, self._request, protocol, path=self._path)
        secured.conversation.close()
        self.secured.callback(protocol)

    def _failed(self, failure: Failure) -> None:
        assert self.transport is not None
        self.transport.loseConnection()
        self.secured.errback(failure)


class _SecuringFactory(Factory):
    """
    Makes a protocol that secures for each connection.
    """

    noisy = False
    log = Logger()

    def __init__(self, securing: Callable[[], _SecuringProtocol]) -> None:
        self._securing = securing

    def buildProtocol(self, addr: object) -> _SecuringProtocol:
        securing = self._securing()
        securing.secured.addErrback(self._failed)
        return securing

    def _failed(self, failure: Failure) -> None:
        # Of connections that are not secured the stack's log tells, but not of its being refused.
        if isinstance(failure.value, Untrusted):
            announceSaid(self.log, failure.value.said)


_Endpoint = TypeVar("_Endpoint")


class _SecureEndpoint(Generic[_Endpoint]):
    """
    Has connections of another endpoint secured.
    """

    def __init__(self, reactor: object, endpoint: _Endpoint, request: Request, path: str | None = None) -> None:
        self._endpoint = endpoint
        self._securing = partial(_SecuringProtocol, cast(IApplicationReactor, reactor), request, path)


@implementer(IStreamServerEndpoint)
class SecureServerEndpoint(_SecureEndpoint[IStreamServerEndpoint]):
    """
    Listens as another endpoint does; each connection is secured before its protocol begins.

    @param endpoint: a TCP endpoint.
    @param request: of L{serverRequest}.
    @param path: the path of the application socket; C{None} is that of the usual stack.
    """

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        return self._endpoint.listen(_SecuringFactory(partial(self._securing, protocolFactory)))


@implementer(IStreamClientEndpoint)
class SecureClientEndpoint(_SecureEndpoint[IStreamClientEndpoint]):
    """
    Connects as another endpoint does, and has the connection secured.

    @param endpoint: a TCP endpoint.
    @param request: of L{clientRequest}.
    @param path: as for L{SecureServerEndpoint}.
    """

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        securing = self._securing(protocolFactory)
        connected = self._endpoint.connect(Factory.forProtocol(lambda: securing))
        return connected.addCallback(lambda _: securing.secured)
