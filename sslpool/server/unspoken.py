# -*- test-case-name: tests.server.test_unspoken -*-
"""
Clients that leave before they have sent anything, as the probes of load balancers do: they are counted, and are
worth no line in the log.  Lives in a server process, and is asked when a handshake has failed.
"""

from __future__ import annotations

import socket
import sys

from sslpool.server.outcome import Outcome

_BYTES_RECEIVED = 128
"""
Where C{tcpi_bytes_received} stands in C{struct tcp_info} (linux/tcp.h).
"""


def ofLeaving(client: socket.SocketType, hasEnded: bool) -> Outcome:
    """
    Return how a client left during the handshake.

    @param hasEnded: it has ended its stream, and not reset the connection.
    """
    try:
        information = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_RECEIVED + 8)
    except OSError:
        return Outcome.HANDSHAKE_LEFT  # not TCP
    received = int.from_bytes(information[_BYTES_RECEIVED:], sys.byteorder)
    # The end of the stream counts as one octet; an old kernel does not say.
    unspoken = len(information) == _BYTES_RECEIVED + 8 and received <= hasEnded
    return Outcome.UNSPOKEN if unspoken else Outcome.HANDSHAKE_LEFT
