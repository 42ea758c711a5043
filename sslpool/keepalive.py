# -*- test-case-name: tests.test_keepalive -*-
"""
How soon a peer that has vanished is found: one whose machine, or the way to it, is gone says
nothing, neither an end nor a reset.  Used in the stack and in server processes.

There is no C{TCP_USER_TIMEOUT}: it would also cut a peer that is there and does not read for a while.  What is under
way to somebody who has vanished is given up by the kernel (C{tcp_retries2}, a quarter of an hour).
"""

from __future__ import annotations

import socket

AFTER = 120
"""
After how many seconds without a word from the peer it is asked whether it is there.
"""

INTERVAL = 30
"""
How often it is asked then, in seconds.
"""

TIMES = 6
"""
How often it is asked before the connection is given up: five minutes after its last word.
"""


def keepAlive(connection: socket.SocketType) -> None:
    """
    Have the kernel look after the peer of a TCP connection; of a listening socket, all that it accepts.
    """
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, AFTER)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, INTERVAL)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, TIMES)


def isDistant(host: str) -> bool:
    """
    Tell whether a host, a numeric address or a path, can vanish: what is on this machine ends its connections.
    """
    return not host.startswith(("127.", "/")) and host != "::1"
