# -*- test-case-name: tests.sessions.test_sockets -*-
"""
What the kernel tells of a connection, and how one is reset.  Server processes.
"""

from __future__ import annotations

import socket
import struct
import sys
from array import array
from contextlib import suppress
from fcntl import ioctl
from termios import FIONREAD, TIOCOUTQ

_RESET = struct.pack("ii", 1, 0)

_BYTES_RECEIVED = 128
"""
Where C{tcpi_bytes_received} stands in C{struct tcp_info} (linux/tcp.h).
"""


def resetAtEnd(connection: socket.SocketType) -> None:
    """
    Have a connection be reset when it is closed.
    """
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def queued(connection: socket.SocketType) -> int:
    """
    Return how many octets the other end has not acknowledged; our end of the stream counts as one (tcp(7)).
    """
    answer = array("i", [0])
    ioctl(connection.fileno(), TIOCOUTQ, answer)
    return answer[0]


def waiting(connection: socket.SocketType) -> int:
    """
    Return how many octets have come and have not been read.
    """
    answer = array("i", [0])
    ioctl(connection.fileno(), FIONREAD, answer)
    return answer[0]


def hasSpoken(client: socket.SocketType, hasEnded: bool) -> bool:
    """
    Tell whether any octet has ever come from a client.

    @param hasEnded: it has ended its stream, and not reset the connection.
    """
    try:
        information = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_RECEIVED + 8)
    except OSError:
        return True  # not TCP
    # The end of the stream counts as one octet; an old kernel does not say.
    received = int.from_bytes(information[_BYTES_RECEIVED:], sys.byteorder)
    return len(information) < _BYTES_RECEIVED + 8 or received > hasEnded
