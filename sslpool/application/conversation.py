# -*- test-case-name: tests.application.test_conversation -*-
"""
Conversations with the application socket, for programs with blocking sockets.  Lives in the program's process.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from types import TracebackType
from typing import Any

from sslpool.rundirectory import applicationPath, programDirectories
from sslpool.trust import Untrusted, believedAt, limitSending, verifyListener
from sslpool.wire.descriptors import receiveDescriptors
from sslpool.wire.requests import Asked, Code, Reply, Request, packRequest, unpackReply

STACK = "TCPIP"
"""
The userid of a stack that has no other.
"""

ANSWER_TIMEOUT = 60.0
"""
How long an answer may take, in seconds: a connection may wait for room in the
pool, and the other side has some time for its part of the handshake.
"""

ATTEMPTS, PAUSE = 100, 0.05
"""
How often programs that may not wait try to connect where too many others do, and the seconds between.
"""

LONGEST_REPLY = 65536


class Refused(Exception):
    """
    What was asked for is not done.

    @ivar code: why.
    @ivar id: the id of the message, see docs/messages.md.
    @ivar text: the message without its id.
    """

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"{reply.id} {reply.text}".strip())
        self.code = reply.code
        self.id = reply.id
        self.text = reply.text


class LabelNotRecognized(Refused):
    """
    The key database has no such label.
    """


class NotAvailable(Refused):
    """
    No server is available.
    """


class NotAuthorized(Refused):
    """
    The program's user may not have connections secured.
    """


class NotVerified(Refused):
    """
    The certificate of the remote host is not accepted.
    """


class NotCleared(Refused):
    """
    The connection could not return to cleartext, and was closed.
    """


_KINDS: dict[Code, type[Refused]] = {
    Code.LABEL: LabelNotRecognized,
    Code.NO_SERVER: NotAvailable,
    Code.NOT_AUTHORIZED: NotAuthorized,
    Code.NOT_VERIFIED: NotVerified,
    Code.NOT_CLEARED: NotCleared,
}


def socketPath(path: str | None = None, stack: str = STACK) -> str:
    """
    Return the path of the application socket: the one given, else that of the stack in the
    system's run directory, else in the user's own.

    @raise Untrusted: there is one, but it may be somebody else's.
    """
    if path is not None:
        return path
    refused: Untrusted | None = None
    candidates = [applicationPath(directory, stack) for directory in programDirectories()]
    for each in candidates:
        try:
            believedAt(each)
        except Untrusted as error:
            refused = refused or error
        except OSError:
            continue
        else:
            return each
    if refused is not None:
        raise refused
    return candidates[0]


class StackConversation:
    """
    A conversation with the stack, and later with the server that has the connection.

    @param path: the path of the application socket.
    @param timeout: how long an answer may take, in seconds; 0 is not to wait.
    @raise Untrusted: who listens is not believed; nothing is sent.
    @raise OSError: no stack is there.
    """

    def __init__(self, path: str, timeout: float) -> None:
        believed = believedAt(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            # Where others are before us the kernel keeps an order among those who wait, and only them.
            self._socket.setblocking(timeout > 0)
            limitSending(self._socket, timeout)
            self._socket.connect(path)
            self._socket.settimeout(timeout)
            verifyListener(self._socket, path, believed)
        except OSError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """
        The descriptor, readable when there is an answer.
        """
        return self._socket.fileno()

    def ask(self, request: Request, *descriptors: int) -> None:
        """
        Send a request.
        """
        socket.send_fds(self._socket, [packRequest(request)], descriptors)

    def answer(self) -> tuple[Reply, socket.socket | None]:
        """
        Return the answer, and the socket that came with it.

        @raise Refused: the answer is no.
        @raise ConnectionError: stack or server have gone.
        @raise OSError: it took too long.
        """
        message, descriptors = receiveDescriptors(self._socket, LONGEST_REPLY, 1)
        came = [socket.socket(fileno=each) for each in descriptors]
        if not message:
            raise ConnectionError("the stack, or the server with the connection, has gone")
        reply = unpackReply(message)
        if reply.code is not Code.OK:
            raise _KINDS.get(reply.code, Refused)(reply)
        return reply, came[0] if came else None

    def close(self) -> None:
        """
        End the conversation.  A session that it has begun goes on.
        """
        self._socket.close()


async def opened(path: str | None, stack: str, pause: Callable[[float], Awaitable[object]]) -> StackConversation:
    """
    Return a conversation of a program that may not wait; where the socket's backlog is full, try again a little later.

    @param path: as for L{socketPath}, and so C{stack}.
    @param pause: waits for so many seconds.
    @raise OSError: as L{StackConversation}.
    """
    found = socketPath(path, stack)
    for _ in range(ATTEMPTS):
        try:
            return StackConversation(found, 0)
        except BlockingIOError:
            await pause(PAUSE)
    return StackConversation(found, 0)


class Secured:
    """
    A secure session.

    @ivar socket: carries the cleartext; its end is the end of the session.
    @ivar conversation: the conversation with the server that has the connection.
    @ivar number: the connection number, as SSLADMIN and NETSTAT show it.
    @ivar detail: what was agreed, see docs/application-socket.md.
    """

    def __init__(self, conversation: StackConversation, reply: Reply, cleartext: socket.socket) -> None:
        self.conversation = conversation
        self.socket = cleartext
        self.number: int = reply.more["number"]
        self.detail: dict[str, Any] = reply.more["detail"]

    def secureDetail(self) -> dict[str, Any]:
        """
        Ask anew for what was agreed.

        @raise ConnectionError: the session has ended.
        """
        self.conversation.ask(Request(Asked.SECURE_DETAIL))
        return self.answeredDetail()

    def answeredDetail(self) -> dict[str, Any]:
        """
        Return the answer to SecureDetail that is there.
        """
        self.detail = self.conversation.answer()[0].more["detail"]
        return self.detail

    def clearSecure(self) -> socket.socket:
        """
        End TLS and return the connection, which goes on in cleartext, where the protocol is such that both sides know
        of this.  What was written to L{socket} before is sent first; what had come is still to be read from it.

        @raise NotCleared: the other side did not take part; the connection is closed.
        """
        self.conversation.ask(Request(Asked.CLEAR_SECURE))
        return self.answeredClear()

    def answeredClear(self) -> socket.socket:
        """
        Return the connection from the answer to ClearSecure that is there.
        """
        try:
            _, connection = self.conversation.answer()
        finally:
            self.conversation.close()
        if connection is None:
            raise ConnectionError("the answer came without a socket: this process may have no descriptor left")
        return connection

    def close(self) -> None:
        """
        End the session: what was written is sent, then close_notify.
        """
        self.socket.close()
        self.conversation.close()

    def __enter__(self) -> Secured:
        """
        C{with} closes it.
        """
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """
        Close it.
        """
        self.close()


def queryTLS(label: str = "", *, path: str | None = None, stack: str = STACK, timeout: float = ANSWER_TIMEOUT) -> None:
    """
    Make sure that a server is available and knows a label.

    @param label: the label; empty is any.
    @param path: the path of the application socket, where it is not the stack's usual one.
    @raise LabelNotRecognized: it is not in the key database.
    @raise NotAvailable: there is no server.
    @raise Untrusted: it is not certain whose stack this is; nothing was sent.
    @raise OSError: there is no stack.
    """
    with closing(StackConversation(socketPath(path, stack), timeout)) as conversation:
        conversation.ask(Request(Asked.QUERY_TLS, label))
        conversation.answer()


def secureServer(
    connection: socket.socket,
    label: str,
    clientCertificate: str = "NONE",
    *,
    path: str | None = None,
    stack: str = STACK,
    timeout: float = ANSWER_TIMEOUT,
) -> Secured:
    """
    Have a connection secured as the TLS server.

    @param connection: a connected TCP socket.  It is closed where this succeeds; where
        it is refused before anything was sent, it is as it was.
    @param label: the label of the certificate.
    @param clientCertificate: C{NONE}, C{PREFERRED} or C{REQUIRED}.
    @raise Refused: see its subclasses.
    @raise Untrusted: it is not certain whose stack this is; nothing was sent.
    @raise OSError: there is no stack, or it took too long.
    """
    request = serverRequest(label, clientCertificate)
    return _secure(connection, request, socketPath(path, stack), timeout)


def secureClient(
    connection: socket.socket,
    name: str,
    *,
    authorities: Sequence[str] = (),
    label: str = "",
    protocols: Sequence[str] = (),
    startTLS: str = "",
    path: str | None = None,
    stack: str = STACK,
    timeout: float = ANSWER_TIMEOUT,
) -> Secured:
    """
    Have a connection secured as the TLS client.

    @param connection: as for L{secureServer}.
    @param name: the name, or IP address, that the certificate of the remote host must have.
    @param authorities: labels of the authorities that are trusted; none is all of the
        key database, L{SYSTEM <sslpool.wire.requests.SYSTEM>} those of the system.
    @param label: our own certificate, where the remote host wants one.
    @param protocols: the application protocols to offer (ALPN), best first.
    @param startTLS: the protocol in which the remote host is asked for TLS first.
    @raise Refused: see its subclasses.
    @raise Untrusted: it is not certain whose stack this is; nothing was sent.
    @raise OSError: there is no stack, or it took too long.
    """
    request = clientRequest(name, authorities, label, protocols, startTLS)
    return _secure(connection, request, socketPath(path, stack), timeout)


def serverRequest(label: str, clientCertificate: str = "NONE") -> Request:
    """
    Return the request of L{secureServer}.
    """
    return Request(Asked.SECURE_SERVER, label, clientCertificate)


def clientRequest(
    name: str, authorities: Sequence[str] = (), label: str = "", protocols: Sequence[str] = (), startTLS: str = ""
) -> Request:
    """
    Return the request of L{secureClient}.
    """
    return Request(
        Asked.SECURE_CLIENT,
        label,
        name=name,
        authorities=tuple(authorities),
        protocols=tuple(protocols),
        startTLS=startTLS,
    )


def _secure(connection: socket.socket, request: Request, path: str, timeout: float) -> Secured:
    conversation = StackConversation(path, timeout)
    try:
        conversation.ask(request, connection.fileno())
        secured = begun(conversation)
    except BaseException:
        conversation.close()
        raise
    connection.close()
    return secured


def begun(conversation: StackConversation) -> Secured:
    """
    Return the session that has begun, from the answer that is there.

    @raise Refused: it has not.
    """
    reply, cleartext = conversation.answer()
    if cleartext is None:
        raise ConnectionError("the answer came without a socket: this process may have no descriptor left")
    return Secured(conversation, reply, cleartext)
