# -*- test-case-name: tests.server.test_reception -*-
"""
Sessions of ports with several labels, ALPN, or certificates of clients: how they begin.
Lives in a server process.

Such a session looks at the client's first message before the TLS library does, chooses the
context, and goes on as any other; the port that asks for nothing of the kind does not pay
for it.  What a session is at each moment says its class.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from select import EPOLLRDHUP
from time import time
from typing import TYPE_CHECKING

from OpenSSL import SSL

from sslpool.server.outcome import Outcome
from sslpool.server.session import Session
from sslpool.server.sides import Phase
from sslpool.server.unspoken import ofLeaving
from sslpool.tls import verification
from sslpool.tls.certificates import peerOf
from sslpool.tls.clienthello import NAMELESS, WIDEST, Hello, readHello
from sslpool.tls.contexts import servedBy
from sslpool.tls.facts import wasResumed
from sslpool.tls.peers import objectionTo, reasonFor

if TYPE_CHECKING:
    from sslpool.server.relay import Relay
    from sslpool.server.sides import Sides

UNRECOGNIZED_NAME, DECODE_ERROR = (bytes((21, 3, 3, 0, 2, 2, alert)) for alert in (112, 50))
"""
The alerts, fatal and in records of their own (RFC 6066 section 3, RFC 8446 section 6).
"""

class ReceivedSession(Session):
    """
    A session whose client has not yet said what it asks for.
    """

    __slots__ = ()

    def clientEvent(self, events: int) -> None:
        """
        The client's socket is ready for C{events}.
        """
        if self.phase is not Phase.HANDSHAKE:
            super().clientEvent(events)
            return
        try:
            octets = self._client.recv(WIDEST, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            self.end(ofLeaving(self._client, hasEnded=False))
            return
        hello = readHello(octets)
        if not octets:
            self.end(ofLeaving(self._client, hasEnded=True))
        elif hello.needed and events & EPOLLRDHUP:
            self.end(Outcome.HANDSHAKE_LEFT)
        elif hello.needed:
            self._waitFor(hello.needed)
        elif hello.tooLong:
            self._refuse(DECODE_ERROR, len(octets), Outcome.HANDSHAKE_LENGTH)
        else:
            self._receive(hello, len(octets))
            if self.phase is Phase.HANDSHAKE:
                self.clientEvent(events)

    def _waitFor(self, needed: int) -> None:
        """
        Be woken when so many octets are there, not again and again for each that comes.
        """
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, needed)
        self._become(WaitingSession)

    def _receive(self, hello: Hello, length: int) -> None:
        """
        Choose the context for a client whose first C{length} octets are known.
        """
        context = self._relay.receptions.of(self.port).contextFor(hello, time())
        if context is not None:
            self._beginWith(context)
        else:
            self._refuse(UNRECOGNIZED_NAME, length, Outcome.HANDSHAKE_NAME, hello.name or "none")

    def _refuse(self, alert: bytes, length: int, outcome: Outcome, detail: str = "") -> None:
        with suppress(OSError):  # the client was faster
            # What has been read cannot reset the connection before the alert is there.
            self._client.recv(length)
            self._client.send(alert)
        self.end(outcome, detail)

    def _beginWith(self, context: SSL.Context) -> None:
        self.connection.set_context(context)
        self._become(CheckedSession if demandFor(self.connection) else Session)

    def _become(self, kind: type[Session]) -> None:
        """
        Be what the session is from now on, also to those who have learned where its events go.
        """
        self.become(kind)
        self._relay.redirect(self._client.fileno(), self.clientEvent)


class WaitingSession(ReceivedSession):
    """
    A session whose client has said only half of what it asks for.
    """

    __slots__ = ()

    def _receive(self, hello: Hello, length: int) -> None:
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        super()._receive(hello, length)


class CheckedSession(Session):
    """
    A session in whose handshake the client is asked for its certificate.
    """

    __slots__ = ()

    def _connect(self) -> None:
        """
        The handshake is complete.
        """
        self.become(Session)
        if admitted(self, self._relay, self._leave):
            self._connect()


def ask(session: Session, relay: Relay) -> None:
    """
    Let a session that becomes secure on the way ask its client for a certificate, where its
    port does.  It has no name to choose by: its label is that of the application's entry.
    """
    context = relay.receptions.of(session.port).contextFor(NAMELESS, time())
    if context is not None:
        session.connection.set_context(context)
    demandFor(session.connection)


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


def admitted(session: Session, relay: Relay, refuse: Callable[[Outcome, str], None]) -> bool:
    """
    Tell whether a client may go on whose handshake is complete.  The library has seen to that,
    but not in a handshake that resumes an earlier session.

    @param refuse: called where it may not, with the outcome and why.
    """
    served = servedBy(session.connection)
    if served is None or served.check is None:
        return True
    certificate = peerOf(session.connection)
    objection = "" if certificate is None else objectionTo(session.connection, certificate)
    if served.check.required and (certificate is None or objection):
        outcome = Outcome.HANDSHAKE_NO_CERTIFICATE if certificate is None else Outcome.HANDSHAKE_CERTIFICATE
        refuse(outcome, objection)
        return False
    if certificate is not None and objection and not wasResumed(session.connection):
        relay.receptions.doubtful(session, f"{certificate.shown}: {objection}")
    return True


def explained(session: Sides, detail: str) -> str:
    """
    Return what was wrong with the certificate of a client whose handshake has failed by it.

    @param detail: what is known where the library does not say.
    """
    error = verification.result(session.connection)
    return reasonFor(error) if error else detail
