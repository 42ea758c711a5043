# -*- test-case-name: tests.sessions.test_origin -*-
"""
From which address a server connects to an application whose C{:source.} says so.  Lives in a server process.

An application sees that address as its client's; otherwise the system takes the one it connects to,
127.0.0.1 as a rule, which many applications trust.
"""

from __future__ import annotations

import os
import socket
from errno import EAFNOSUPPORT

from sslpool.sessions.session import Host
from sslpool.wire.assignment import PortAssignment

_BIND_ADDRESS_NO_PORT = getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24)
"""
The option of ip(7), which Python has a name for since 3.12: the port is chosen by C{connect}, which may take
one that another connection to another application has; C{bind} would need one for itself.
"""


def comeFrom(connection: socket.SocketType, port: PortAssignment, host: Host) -> int:
    """
    Have a socket connect to the application of C{port} from its C{source}.

    @return: the number of the error why that is not possible, which has been said; 0 where it is.
    """
    try:
        connection.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
        connection.bind((port.source, 0))
    except OSError as error:
        # An IPv4 address for an IPv6 socket is an error of getaddrinfo, whose numbers are negative.
        code = error.errno if error.errno and error.errno > 0 else EAFNOSUPPORT
        host.sourceUnusable(port, os.strerror(code))
        return code
    return 0
