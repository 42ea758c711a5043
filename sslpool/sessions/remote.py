# -*- test-case-name: tests.sessions.test_remote -*-
"""
The secure client: sessions in which the other side is the TLS server.  Lives in a server process.

The side that speaks TLS is the remote host; it is in the place of the client of other sessions.  The cleartext side, in
the place of the application, is whoever has connected to a port of ours (L{Outbound}), or the program that handed its
connection over (L{sslpool.sessions.requested}).  The remote host is dialled, asked for TLS where the protocol wants
that, and must show who it is before anything is relayed.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from errno import EINPROGRESS
from select import EPOLLIN, EPOLLOUT
from typing import cast

from OpenSSL import SSL

from sslpool.config import securing
from sslpool.config.securing import Remote
from sslpool.keepalive import keepAlive
from sslpool.messages import OperatorError
from sslpool.reasons import reasonOf
from sslpool.sessions.outcome import Outcome, ofHandshake
from sslpool.sessions.phases import Event
from sslpool.sessions.relaying import Relaying
from sslpool.sessions.session import Kind, Session, Stage, kindOf
from sslpool.starttls.asking import ASKING, Asking, Declined
from sslpool.tls.binding import wasResumed
from sslpool.tls.outbound import Target, objectionOf
from sslpool.tls.records import WANT_WRITE
from sslpool.wire.offer import peerText


class Outgoing(Kind):
    """
    What is common to sessions with a remote host.

    @ivar asking: the dialogue before TLS, where there is one.
    @ivar target: the remote host.
    @cvar dials: it is us who connect to the remote host.
    """

    asking: Asking | None = None
    target: Target
    dials = False
    _isSecured = _hasKept = False

    def reach(self, session: Session, port: int) -> None:
        """
        Begin, as soon as the sockets are looked at.

        @param port: the port of the remote host.
        """
        self.target = Target(remoteOf(session), session.port.label, port)
        session.come(Event.DIAL, Reaching(session))
        session.deadline = session.host.now + session.host.limits.connect

    def handshake(self, session: Session) -> Stage:
        return RemoteHandshake(session)

    def secured(self, session: Session) -> None:
        self._isSecured = True

    def sweep(self, session: Session, now: float) -> None:
        if not self._hasKept:
            self._keep(session)

    def ending(self, session: Session, outcome: Outcome, detail: str) -> Outcome:
        self._keep(session)
        return outcome

    def _keep(self, session: Session) -> None:
        """
        Keep the session to be resumed: soon after the handshake, when its tickets have come
        (RFC 8446 section 4.6.1), and at the end.
        """
        if self._isSecured:
            self._hasKept = True
            session.host.outbound.keep(self.target, session.connection, session.host.now)


class Outbound(Outgoing):
    """
    Sessions of a port with SECURECLIENT.
    """

    shown = "Outbound"
    sharesApplication = True
    dials = True

    def begin(self, session: Session) -> None:
        """
        See L{Kind.begin}.  What the stack hands over is the cleartext side.
        """
        addresses = session.port.addresses
        self.reach(session, addresses[0].port if addresses else 0)
        session.applicationSocket = session.clientSocket
        session.watchApplication(EPOLLOUT)

    def secured(self, session: Session) -> None:
        """
        See L{Kind.secured}.  The remote host is who it should be: relay.
        """
        super().secured(session)
        session.come(Event.RELAY, Relaying(session))
        session.active = session.host.now
        session.host.applicationReached(session.port)
        greeting = b"" if self.asking is None else self.asking.greeting
        session.toApplication = greeting
        session.watchClient(0 if greeting else EPOLLIN)
        session.watchApplication(EPOLLIN | EPOLLOUT if greeting else EPOLLIN)

    def addressOf(self, session: Session) -> str:
        """
        Return the remote host's address; what the profile says where there is none.
        """
        addresses = session.port.addresses
        if session.attempt >= len(addresses):
            return session.port.target
        address = addresses[session.attempt]
        return peerText(address.port.to_bytes(2, "big") + address.host.encode("ascii"))

    def ending(self, session: Session, outcome: Outcome, detail: str) -> Outcome:
        if not self._isSecured and session.applicationSocket is not None:
            # The stack may still hold a duplicate, so closing alone would not end the connection.
            with suppress(OSError):
                session.applicationSocket.shutdown(socket.SHUT_RDWR)
        return super().ending(session, outcome, detail)


class Unsecured(Stage):
    """
    A stage before the remote host is known to be who it should be.
    """

    __slots__ = ()

    def sweep(self, now: float) -> None:
        if now > self.session.deadline:
            self.session.end(Outcome.REMOTE_TIMEOUT, "handshake not complete")

    def shake(self) -> None:
        """
        Begin TLS with the remote host.
        """
        session = self.session
        session.come(Event.BEGIN, session.kind.handshake(session))
        # It is us who shake hands: no stranger keeps the place.
        session.host.passed(session)
        try:
            client, target = cast(socket.socket, session.clientSocket), kindOf(session, Outgoing).target
            session.connection = session.host.outbound.connect(client, target, session.host.now)
        except OperatorError as error:
            session.end(Outcome.AUTHORITY_MISSING, str(error))
            return
        if session.tap is not None:
            session.tap.begun(session)
        session.stage.clientEvent(EPOLLOUT)


class Reaching(Unsecured):
    """
    Connects to the remote host.
    """

    __slots__ = ()

    def applicationEvent(self, events: int) -> None:
        """
        Begin; nothing is read before there is somebody to tell it to.
        """
        self.session.watchApplication(0)
        if kindOf(self.session, Outgoing).dials:
            self._dial()

    def clientEvent(self, events: int) -> None:
        try:
            self._answered()
        except OSError as error:
            self._failed(Outcome.REMOTE_DOWN, reasonOf(error))

    def sweep(self, now: float) -> None:
        if now > self.session.deadline:
            self._failed(Outcome.REMOTE_TIMEOUT, "no answer")

    def _dial(self) -> None:
        session = self.session
        addresses = session.port.addresses
        if not addresses:
            session.end(Outcome.REMOTE_DOWN, "its name is unknown")
            return
        address = addresses[session.attempt]
        try:
            remote = socket.socket(address.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            session.end(Outcome.DESCRIPTORS, reasonOf(error))
            return
        session.clientSocket = remote
        remote.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        keepAlive(remote)
        session.deadline = session.host.now + session.host.limits.connect
        code = remote.connect_ex((address.host, address.port))
        if code in (0, EINPROGRESS):
            session.watchClient(EPOLLOUT)
        else:
            self._failed(Outcome.REMOTE_DOWN, os.strerror(code))

    def _failed(self, outcome: Outcome, detail: str) -> None:
        """
        Go on to the next address, while nothing has been said.
        """
        session = self.session
        isLast = session.attempt + 1 >= len(session.port.addresses)
        if session.stage is not self or isLast or not kindOf(self.session, Outgoing).dials:
            session.end(outcome, detail)
            return
        session.watchClient(0)
        session.clientSocket.close()
        session.attempt += 1
        self._dial()

    def _answered(self) -> None:
        session = self.session
        code = session.clientSocket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._failed(Outcome.REMOTE_DOWN, os.strerror(code))
            return
        try:
            session.clientSocket.getpeername()
        except OSError:
            return  # not yet
        if session.slot >= 0:
            # What is said to the remote host can be said only once.
            session.markTaken()
        session.deadline = session.host.now + session.host.limits.handshake
        asks = remoteOf(session).startTLS
        if not asks:
            self.shake()
            return
        kindOf(self.session, Outgoing).asking = asking = ASKING[asks]()
        stage = AsksForTls(session)
        session.come(Event.CONVERSE, stage)
        session.watchClient(EPOLLIN)
        stage.say(asking.BEGIN)


class AsksForTls(Unsecured):
    """
    Talks with the remote host before TLS.
    """

    __slots__ = ()

    def clientEvent(self, events: int) -> None:
        session, asking = self.session, kindOf(self.session, Outgoing).asking
        assert asking is not None
        try:
            octets = session.clientSocket.recv(4096)
            if not octets:
                session.end(Outcome.REMOTE_REFUSED, "it has ended the connection")
                return
            self.say(asking.heard(octets))
        except BlockingIOError:
            return
        except OSError as error:
            session.end(Outcome.REMOTE_DOWN, reasonOf(error))
        except Declined as declined:
            session.end(Outcome.REMOTE_REFUSED, str(declined))
        else:
            if asking.agreed and session.stage is self:
                self.shake()

    def say(self, octets: bytes) -> None:
        """
        Say something in cleartext.
        """
        # So little goes into an empty buffer, or the other side has not read for long.
        if octets and self.session.clientSocket.send(octets) < len(octets):
            self.session.end(Outcome.REMOTE_REFUSED, "it does not read")


class RemoteHandshake(Unsecured):
    """
    Shakes hands with the remote host.
    """

    __slots__ = ()

    def clientEvent(self, events: int) -> None:
        session = self.session
        host, tap = session.host, session.tap
        if tap is not None:
            tap.step(session, "continues the handshake")
            tap.shakes(session)
        try:
            code = host.records.handshake(session.connection)
        except (SSL.Error, OSError) as error:
            session.end(*self._objection(error))
            return
        if code == 0:
            # The books of the session cache are about our own tickets.
            host.resumed += wasResumed(session.connection)
            if tap is not None:
                tap.secured(session)
            session.kind.secured(session)
        else:
            session.watchClient(EPOLLOUT if code == WANT_WRITE else EPOLLIN)

    def _objection(self, error: Exception) -> tuple[Outcome, str]:
        """
        Return how a handshake ended that raised C{error}.
        """
        objection = objectionOf(self.session.connection)
        if objection:
            return Outcome.REMOTE_UNVERIFIED, objection
        outcome, reason = ofHandshake(error)
        if outcome is Outcome.HANDSHAKE_LEFT:
            return Outcome.REMOTE_FAILED, "it has ended the connection"
        return Outcome.REMOTE_FAILED, reason


def remoteOf(session: Session) -> Remote:
    """
    Return the remote host of a session.
    """
    assert isinstance(session.port.securing, securing.Outbound)
    return session.port.securing.remote
