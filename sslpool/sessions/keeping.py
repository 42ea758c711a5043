# -*- test-case-name: tests.sessions.test_sessionIds -*-
"""
Sessions that the library keeps in memory, for clients of TLS 1.2 that take no tickets.  Lives in
a server process.

The library forgets a session whose connection has not ended with our close_notify, or has met
its client's end without one.  TLS asks for neither since 1.1 (RFC 4346 section 7.2.1): many
clients end that way, and would never resume.  A connection that counts as closed by us keeps it.
"""

from __future__ import annotations

from OpenSSL import SSL


def keepSession(connection: SSL.Connection) -> None:
    """
    Have the library keep a connection's session; nothing more is written on it.
    """
    shutdown = connection.get_shutdown()
    if not shutdown & SSL.SENT_SHUTDOWN:
        connection.set_shutdown(shutdown | SSL.SENT_SHUTDOWN)
