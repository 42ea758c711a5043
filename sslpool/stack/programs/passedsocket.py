# -*- test-case-name: tests.stack.programs.test_passedsocket -*-
"""
Sockets that a program passes: received with its message, and looked at before
anybody uses them.  Lives in the stack process.
"""

from __future__ import annotations

import os
import socket
import stat

from attrs import frozen

from sslpool.wire.descriptors import receiveDescriptors
from sslpool.wire.requests import LONGEST

MOST_DESCRIPTORS = 8
"""
The most descriptors that are taken from a message, to be closed; the kernel closes any more.
"""

_ESTABLISHED = 1
"""
C{TCP_ESTABLISHED}, the first octet of C{struct tcp_info} (linux/tcp.h).
"""


class BadSocket(ValueError):
    """
    What was passed cannot be secured; its text says why.
    """


@frozen
class Passed:
    """
    A message and what came with it.

    @ivar message: the message; one octet longer than L{LONGEST} where it was longer than that.
    @ivar descriptors: the descriptors that came with it.
    """

    message: bytes
    descriptors: tuple[int, ...]

    def close(self) -> None:
        """
        Close the descriptors.
        """
        for descriptor in self.descriptors:
            os.close(descriptor)


def receive(conversation: socket.socket) -> Passed:
    """
    Return the next message of a conversation; an empty one is the end.

    @raise BlockingIOError: there is none yet.
    @raise OSError: the other end has gone.
    """
    message, descriptors = receiveDescriptors(conversation, LONGEST + 1, MOST_DESCRIPTORS)
    return Passed(message, tuple(descriptors))


def connectedSocket(passed: Passed) -> socket.socket:
    """
    Return the one socket that came with a message, whose descriptor it has from then on.

    @raise BadSocket: there is not just one, or it is no connected TCP socket; the descriptors are still to be closed.
    """
    if len(passed.descriptors) != 1:
        raise BadSocket(f"{len(passed.descriptors) or 'no'} descriptors came with the request, not one")
    descriptor = passed.descriptors[0]
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        raise BadSocket("the descriptor is not a socket")
    connection = socket.socket(fileno=descriptor)
    try:
        _check(connection)
    except BadSocket:
        connection.detach()
        raise
    except OSError as error:
        connection.detach()
        raise BadSocket(f"the socket cannot be used: {error.strerror}") from error
    return connection


def _check(connection: socket.socket) -> None:
    if connection.family not in (socket.AF_INET, socket.AF_INET6) or connection.type != socket.SOCK_STREAM:
        raise BadSocket("the socket is not a TCP socket")
    if connection.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL) != socket.IPPROTO_TCP:
        raise BadSocket("the socket is not a TCP socket")
    if connection.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise BadSocket("the socket is a listening one")
    if connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != _ESTABLISHED:
        raise BadSocket("the socket is not connected, or one side has closed it")


def addressOf(name: tuple[str, int]) -> str:
    """
    Return C{address:port} of what C{getsockname} or C{getpeername} returns, IPv6 in brackets.
    """
    host, port = hostOf(name), name[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def hostOf(name: tuple[str, int]) -> str:
    """
    Return the address without the zone of a link-local one.
    """
    return name[0].partition("%")[0]
