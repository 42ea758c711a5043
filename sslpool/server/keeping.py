# -*- test-case-name: tests.server.test_sessionIds -*-
"""
Sessions that the library keeps in memory, for clients of TLS 1.2 that take no tickets.  Lives in
a server process.

The library forgets a session whose connection has not ended with our close_notify, or has met
its client's end without one.  TLS asks for neither since 1.1 (RFC 4346 section 7.2.1): many
clients end that way, and would never resume.  A connection that counts as closed by us keeps it.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from OpenSSL import SSL

from sslpool.tls.facts import isModern
from sslpool.tls.records import CLOSED

if TYPE_CHECKING:
    from sslpool.server.session import Session
    from sslpool.server.sides import Sides


def keepSession(session: Sides) -> None:
    """
    Have the library keep a session; nothing more is written on its connection.
    """
    with suppress(AttributeError):  # nothing was secured
        session.connection.set_shutdown(session.connection.get_shutdown() | SSL.SENT_SHUTDOWN)


def prepareForEnd(session: Sides) -> None:
    """
    Do that where the client has ended its stream, and everything before that has been read, so that
    reading meets the end.

    @raise OSError: the client's side has failed.
    """
    with suppress(BlockingIOError):
        if not session._client.recv(1, socket.MSG_PEEK):
            keepSession(session)


def readLast(session: Session) -> None:
    """
    Read from a client that has ended its stream: record by record, so that the library never
    meets the end unprepared.

    @raise OSError: the client's side has failed.
    @raise OpenSSL.SSL.Error: likewise.
    """
    if isModern(session.connection):
        session._readClient()
        return
    prepareForEnd(session)
    code = session._relay.records.read(session.connection, 0)
    if code > 0:
        session._sendApplication(code)
    elif code == CLOSED:
        session._clientEnd()
