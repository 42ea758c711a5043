# -*- test-case-name: tests.control.test_client -*-
"""
How a client on this machine gets to the socket of a stack, and makes sure whose it is.  Lives in the
processes of SSLADMIN and NETSTAT, and in programs of operators' own.
"""

from __future__ import annotations

import errno
import socket

from twisted.internet.protocol import ServerFactory

from sslpool.control.clientprotocol import Line
from sslpool.interfaces import IControlReactor
from sslpool.messages import operatorError
from sslpool.trust import Untrusted, believedAt, limitSending, verifyListener

CONNECT_LIMIT = 5.0
"""
Seconds for the connection and the exchange of versions.
"""

_ABSENT = (errno.ENOENT, errno.ECONNREFUSED, errno.ENOTDIR)


def reach(reactor: IControlReactor, path: str) -> Line | None:
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
    line = Line()
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
