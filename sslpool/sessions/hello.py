# -*- test-case-name: tests.sessions.test_hello -*-
"""
The stage at which the client's first message is looked at, without being taken from the socket: it chooses the
context where a port has several labels, ALPN or certificates of clients, and the ticket key for CACHELIFE after a
change of keys.  Lives in a server process; the hot path.

As long as nothing has been taken another server can have the connection.  Nothing is set on the socket either,
which that one would inherit.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from select import EPOLLET, EPOLLIN
from time import time

from OpenSSL import SSL

from sslpool.sessions.draining import Refusing, drain
from sslpool.sessions.handshake import ofLeaving, sweepHandshake
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Event
from sslpool.sessions.session import Session, Stage
from sslpool.sessions.sockets import waiting
from sslpool.tls.clienthello import NAMELESS, WIDEST, Hello, isWhole, readHello
from sslpool.tls.contexts import servedBy

_IN, _PEEK = int(EPOLLIN), int(socket.MSG_PEEK)

UNRECOGNIZED_NAME, DECODE_ERROR = (bytes((21, 3, 3, 0, 2, 2, alert)) for alert in (112, 50))
"""
Alerts, fatal and in a record of their own (RFC 6066 section 3, RFC 8446 section 6).
"""


class Looking(Stage):
    """
    Waits for the first message, and begins the handshake.
    """

    __slots__ = ("_byName", "_hello", "_isPlain")

    def __init__(self, session: Session, byName: bool) -> None:
        self.session = session
        self._byName = byName
        self._hello = NAMELESS
        # Only the ticket is of interest, which nearly nobody has.
        self._isPlain = session.port.isPlain

    def clientEvent(self, events: int) -> None:
        session = self.session
        host, client = session.host, session.clientSocket
        hasEnded = events != _IN
        try:
            if self._hello.needed and not hasEnded and waiting(client) < self._hello.needed:
                return
            length = client.recv_into(host.buffer, WIDEST, _PEEK)
        except BlockingIOError:
            return
        except OSError:
            session.end(*ofLeaving(session, hasEnded=False))
            return
        octets = host.view[:length]
        if self._isPlain and isWhole(octets):
            self._begin(NAMELESS, octets)
            return
        self._hello = hello = readHello(bytes(octets), self._hello)
        if not length:
            session.end(*ofLeaving(session, hasEnded=True))
        elif hello.needed and not hasEnded:
            # Be woken when more comes, not again and again because of what is there.
            session.watchClient(EPOLLIN | EPOLLET)
        elif hello.tooLong and not self._isPlain:
            self._refuse(Outcome.HANDSHAKE_LENGTH, "", DECODE_ERROR, length)
        else:
            self._begin(hello, octets)

    def _begin(self, hello: Hello, octets: memoryview) -> None:
        session = self.session
        host, port = session.host, session.port
        if port.label not in host.labels:
            # It has gone meanwhile.
            host.labelMissing(port)
            session.end(Outcome.LABEL_MISSING)
            return
        context = self._choose(hello)
        if context is None:
            self._refuse(Outcome.HANDSHAKE_NAME, hello.name or "none", UNRECOGNIZED_NAME, len(octets))
            return
        anchor = host.anchors.anchorFor(bytes(octets), hello) if host.anchors.former else None
        shake(session, anchor or host.anchor, context)
        session.watchClient(EPOLLIN)
        session.stage.clientEvent(EPOLLIN)

    def _choose(self, hello: Hello) -> SSL.Context | None:
        """
        Return the context for a client; C{None} where it is to be refused.
        """
        host, port = self.session.host, self.session.port
        if self._isPlain or (self._byName and not hello.understood):
            # The library has the words for it.
            return host.labels[port.label].context
        return host.receptionOf(port).contextFor(hello if self._byName else NAMELESS, time())

    def _refuse(self, outcome: Outcome, detail: str, alert: bytes, length: int) -> None:
        session = self.session
        if session.slot >= 0:
            session.markTaken()
        with suppress(OSError):  # the client was faster
            # What has been read cannot reset the connection before the alert is there.
            session.clientSocket.recv(length)
        drain(Refusing(session), outcome, detail, alert)

    def sweep(self, now: float) -> None:
        sweepHandshake(self.session, now)


def beginTls(session: Session, byName: bool = True) -> None:
    """
    Begin TLS with a client, from which nothing of it has been taken.

    @param byName: the server name that it asks for chooses the label.
    """
    session.come(Event.LOOK, Looking(session, byName))
    session.watchClient(EPOLLIN)


def shake(session: Session, anchor: SSL.Context, context: SSL.Context) -> None:
    """
    Begin the handshake.
    """
    session.come(Event.BEGIN, session.kind.handshake(session))
    session.secureWith(anchor, context)
    if not session.port.isPlain:
        session.asked = demandFor(session.connection)


def demandFor(connection: SSL.Connection) -> bool:
    """
    Ask the client for its certificate in the handshake that is about to begin, where the
    context says so; return whether it does.
    """
    served = servedBy(connection)
    if served is None or served.check is None:
        return False
    served.check.demand(connection)
    return True
