# -*- test-case-name: tests.live.test_dynamic -*-
"""
For programs that hold a connected TCP socket and want it secure, now, without a TLS library: blocking sockets here,
C{asyncio} in L{sslpool.application.coroutines}, Twisted in L{sslpool.application.endpoints}.  Lives in the program's
process.

The stack's servers do the work; the program gets a socket that carries the
cleartext::

    from sslpool.application import queryTLS, secureServer

    queryTLS("WEBCERT")                      # raises LabelNotRecognized, NotAvailable
    connection, _ = listening.accept()
    with secureServer(connection, "WEBCERT") as secured:
        secured.socket.sendall(b"hello\\n")

docs/application-socket.md has the details, and what is said on the wire.
"""

from __future__ import annotations

from sslpool.application.conversation import (
    LabelNotRecognized,
    NotAuthorized,
    NotAvailable,
    NotCleared,
    NotVerified,
    Refused,
    Secured,
    queryTLS,
    secureClient,
    secureServer,
)
from sslpool.trust import Untrusted
from sslpool.wire.requests import SYSTEM

__all__ = [
    "SYSTEM",
    "LabelNotRecognized",
    "NotAuthorized",
    "NotAvailable",
    "NotCleared",
    "NotVerified",
    "Refused",
    "Secured",
    "Untrusted",
    "queryTLS",
    "secureClient",
    "secureServer",
]
