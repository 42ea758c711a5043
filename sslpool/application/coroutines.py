# -*- test-case-name: tests.live.test_dynamic -*-
"""
The same for programs with C{asyncio}.  Lives in the program's process.

A L{Secured <sslpool.application.Secured>} has its cleartext on a socket, for
C{asyncio.open_connection(sock=secured.socket)}.  A connection that already has
a reader and a writer is handed over with L{startTLS}.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import closing
from typing import Any

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
from sslpool.wire.requests import Asked, Request

__all__ = ["Streams", "clearSecure", "queryTLS", "secureClient", "secureDetail", "secureServer", "startTLS"]

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def queryTLS(
    label: str = "", *, path: str | None = None, stack: str = STACK, timeout: float = ANSWER_TIMEOUT
) -> None:
    """
    As L{sslpool.application.queryTLS}.
    """
    with closing(await opened(path, stack, asyncio.sleep)) as conversation:
        conversation.ask(Request(Asked.QUERY_TLS, label))
        await _readable(conversation, timeout)
        conversation.answer()


async def secureServer(
    connection: socket.socket,
    label: str,
    clientCertificate: str = "NONE",
    *,
    path: str | None = None,
    stack: str = STACK,
    timeout: float = ANSWER_TIMEOUT,
) -> Secured:
    """
    As L{sslpool.application.secureServer}.
    """
    return await _secure(connection, serverRequest(label, clientCertificate), path, stack, timeout)


async def secureClient(
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
    As L{sslpool.application.secureClient}.
    """
    request = clientRequest(name, authorities, label, protocols, startTLS)
    return await _secure(connection, request, path, stack, timeout)


async def startTLS(
    writer: asyncio.StreamWriter,
    label: str,
    clientCertificate: str = "NONE",
    *,
    path: str | None = None,
    stack: str = STACK,
    timeout: float = ANSWER_TIMEOUT,
) -> Streams:
    """
    Have a connection secured, as the TLS server, that has been in use in cleartext:
    what was written is sent first.  Return reader and writer for what follows.

    @raise Refused: as for L{sslpool.application.secureServer}; the connection is as it was.
    """
    transport = writer.transport
    assert isinstance(transport, asyncio.ReadTransport)
    # Before anything is waited for: the next octets are not for us.
    transport.pause_reading()
    transport.set_write_buffer_limits(high=0)
    await writer.drain()
    handed = socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))
    try:
        secured = await _secure(handed, serverRequest(label, clientCertificate), path, stack, timeout)
    except BaseException:
        handed.close()
        transport.resume_reading()
        raise
    # Closes its descriptor and no more: the connection is the server's.
    transport.close()
    secured.socket.setblocking(False)
    return await asyncio.open_connection(sock=secured.socket)


async def secureDetail(secured: Secured, timeout: float = ANSWER_TIMEOUT) -> dict[str, Any]:
    """
    As L{Secured.secureDetail <sslpool.application.Secured.secureDetail>}.
    """
    secured.conversation.ask(Request(Asked.SECURE_DETAIL))
    await _readable(secured.conversation, timeout)
    return secured.answeredDetail()


async def clearSecure(secured: Secured, timeout: float = ANSWER_TIMEOUT) -> socket.socket:
    """
    As L{Secured.clearSecure <sslpool.application.Secured.clearSecure>}.
    """
    secured.conversation.ask(Request(Asked.CLEAR_SECURE))
    await _readable(secured.conversation, timeout)
    return secured.answeredClear()


async def _secure(connection: socket.socket, request: Request, path: str | None, stack: str, timeout: float) -> Secured:
    conversation = await opened(path, stack, asyncio.sleep)
    try:
        conversation.ask(request, connection.fileno())
        await _readable(conversation, timeout)
        secured = begun(conversation)
    except BaseException:
        conversation.close()
        raise
    connection.close()
    secured.socket.setblocking(False)
    return secured


async def _readable(conversation: StackConversation, timeout: float) -> None:
    loop = asyncio.get_running_loop()
    readable: asyncio.Future[None] = loop.create_future()
    loop.add_reader(conversation.fileno(), _fulfil, readable)
    try:
        async with asyncio.timeout(timeout):
            await readable
    finally:
        loop.remove_reader(conversation.fileno())


def _fulfil(readable: asyncio.Future[None]) -> None:
    if not readable.done():
        readable.set_result(None)
