# -*- test-case-name: tests.stack.front.test_acceptor -*-
"""
A listening socket in the reactor.  Lives in the stack process.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

from sslpool.readers import Reader


class Listener(Reader):
    """
    A listening socket in the reactor.

    @ivar port: the key of the secure port.
    @ivar socket: the socket.
    @ivar behind: connections may have waited in its backlog, because of HANDSHAKERATE.
    """

    def __init__(self, port: int, listening: socket.socket, ready: Callable[[Listener], None]) -> None:
        listening.setblocking(False)
        self.port = port
        self.watched = self.socket = listening
        self.behind = False
        self._family = listening.family
        self._ready = ready

    def accept(self) -> tuple[socket.SocketType, Any]:
        """
        Return the next connection, and its client's address, as C{socket.socket.accept} does.

        @raise OSError: there is none, or it has gone, or the system is short of something.
        """
        try:
            # What socket.accept adds, two enumerations and an object of Python's, costs nearly as much as the call.
            descriptor, address = self.socket._accept()  # type: ignore[attr-defined]
        except AttributeError:  # another release of Python
            return self.socket.accept()
        return socket.SocketType(self._family, socket.SOCK_STREAM, 0, descriptor), address

    def doRead(self) -> None:
        """
        Connections are waiting.
        """
        self._ready(self)


def age(client: socket.SocketType) -> float:
    """
    Return for how long the client has said nothing, in seconds: since it has
    been waiting, as far as the kernel knows (C{tcpi_last_ack_recv}, tcp(7)).
    """
    information = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return int(struct.unpack_from("=8B13I", information)[20]) / 1000
