# -*- test-case-name: tests.tls.test_renegotiation -*-
"""
Renegotiation (RFC 5246 section 7.4.1), which the library refuses with a warning and without a word to us.  Servers.

The alert by which it does so is what is noticed.
"""

from __future__ import annotations

from OpenSSL import SSL

from sslpool.tls.binding import alertCallback, tellAlerts

REFUSED: set[SSL.Connection] = set()
"""
The connections whose client has been refused it, until L{takeRefused} is asked.
"""

_NO_RENEGOTIATION = 100


def watch(connection: SSL.Connection) -> None:
    """
    Notice when a client asks for renegotiation, which only those of TLS 1.2 and earlier can.
    """
    tellAlerts(connection, _callback)


def takeRefused(connection: SSL.Connection) -> bool:
    """
    Tell, once, whether a client has been refused renegotiation.
    """
    isRefused = connection in REFUSED
    REFUSED.discard(connection)
    return isRefused


def _sent(connection: SSL.Connection, alert: int) -> None:
    if alert == _NO_RENEGOTIATION:
        REFUSED.add(connection)


_callback = alertCallback(_sent)
