# -*- test-case-name: tests.tls.test_ticketless -*-
"""
Connections on which the server is not to send session tickets.  Servers.

A client that only sends may close its connection without having read what the server has sent.
Its system then resets the connection, and what was still on its way is lost.  With TLS 1.3 the
tickets come after the handshake, and neither pyOpenSSL nor an option of the library can do
without them (C{SSL_CTX_set_num_tickets}, SSL_CTX_set_num_tickets(3)); with TLS 1.2 they are a part
of the handshake, which every client reads.
"""

from __future__ import annotations

from OpenSSL import SSL


def avoidTickets(connection: SSL.Connection) -> bool:
    """
    Have a connection, whose handshake has not begun, use TLS 1.2 where that is permitted; return
    whether it is.
    """
    permitted = not connection.set_options(0) & SSL.OP_NO_TLSv1_2
    if permitted:
        connection.set_options(SSL.OP_NO_TLSv1_3)
    return permitted
