# -*- test-case-name: tests.server.test_outbound -*-
"""
The secure client: sessions in which the other side is the TLS server.  Lives in
a server process.

The side that speaks TLS is the remote host; it is in the place of the client of
other sessions.  The cleartext side, in the place of the application, is whoever
has connected to a port of ours (L{Outbound}), or the program that handed its
connection over (L{sslpool.server.requested}).  The remote host is dialled,
asked for TLS where the protocol wants that, and must show who it is before
anything is relayed.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from errno import EINPROGRESS
from select import EPOLLIN, EPOLLOUT

from OpenSSL import SSL

from sslpool.config import securing
from sslpool.config.securing import Remote
from sslpool.keepalive import keepAlive
from sslpool.messages import OperatorError
from sslpool.pool.offer import peerText
from sslpool.reasons import reasonOf
from sslpool.server.outcome import Outcome, ofHandshake
from sslpool.server.session import Session
from sslpool.server.sides import Phase
from sslpool.starttls.asking import ASKING, Asking, Declined
from sslpool.tls.facts import Facts, wasResumed
from sslpool.tls.outbound import Target, objectionOf

_UNSECURED = (Phase.CONNECTING, Phase.CLEARTEXT, Phase.HANDSHAKE)


class Outgoing(Session):
    """
    What is common to sessions with a remote host.  They have attributes of their
    own, and are none of the hot path's until they relay.
    """

    def _begin(self) -> None:
        """
        Begin as soon as the sockets are looked at.
        """
        self._asking: Asking | None = None
        self._hasKept = False
        self._target = Target(self.remote, self.port.label, self._remotePort())
        # Until there is one for the remote host: it agrees upon nothing.
        self.connection = SSL.Connection(self._relay.anchor, None)
        self.phase = Phase.CONNECTING
        self.deadline = self._relay.now + self._relay.limits.connect

    @property
    def remote(self) -> Remote:
        """
        The remote host.
        """
        assert isinstance(self.port.securing, securing.Outbound)
        return self.port.securing.remote

    def _remotePort(self) -> int:
        """
        Return the port of the remote host.
        """
        return int.from_bytes(self._peer[:2], "big")

    @property
    def facts(self) -> Facts:
        return Facts("", "", False) if self.phase in _UNSECURED else super().facts

    # Events

    def clientEvent(self, events: int) -> None:
        """
        The remote host's socket is ready for C{events}.
        """
        try:
            if self.phase is Phase.CONNECTING:
                self._answered()
            elif self.phase is Phase.CLEARTEXT:
                self._converse()
            else:
                super().clientEvent(events)
        except OSError as error:
            self._remoteFailed(Outcome.REMOTE_DOWN, reasonOf(error))

    def sweep(self, now: float) -> None:
        if self.phase not in _UNSECURED:
            super().sweep(now)
            self._keep()
        elif now > self.deadline:
            if self.phase is Phase.CONNECTING:
                self._remoteFailed(Outcome.REMOTE_TIMEOUT, "no answer")
            else:
                self.end(Outcome.REMOTE_TIMEOUT, "handshake not complete")

    def stop(self) -> None:
        if self.phase in _UNSECURED:
            self.end(Outcome.STOPPED)
        else:
            super().stop()

    def end(self, outcome: Outcome, detail: str = "") -> None:
        if self.phase not in (*_UNSECURED, Phase.ENDED):
            self._keep(last=True)
        super().end(outcome, detail)

    # The remote host answers

    def _answered(self) -> None:
        code = self._client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._remoteFailed(Outcome.REMOTE_DOWN, os.strerror(code))
            return
        try:
            self._client.getpeername()
        except OSError:
            return  # not yet
        if self._slot >= 0:
            # What is said to the remote host can be said only once.
            self._markTaken()
        self.deadline = self._relay.now + self._relay.limits.handshake
        if self.remote.startTLS:
            self.phase = Phase.CLEARTEXT
            self._asking = ASKING[self.remote.startTLS]()
            self._watchClient(EPOLLIN)
            self._tellRemote(self._asking.BEGIN)
        else:
            self._shakeRemote()

    def _remoteFailed(self, outcome: Outcome, detail: str) -> None:
        self.end(outcome, detail)

    # The dialogue before TLS

    def _converse(self) -> None:
        assert self._asking is not None
        try:
            octets = self._client.recv(4096)
        except BlockingIOError:
            return
        if not octets:
            self.end(Outcome.REMOTE_REFUSED, "it has ended the connection")
            return
        try:
            said = self._asking.heard(octets)
        except Declined as declined:
            self.end(Outcome.REMOTE_REFUSED, str(declined))
            return
        self._tellRemote(said)
        if self._asking.agreed and self.phase is Phase.CLEARTEXT:
            self._shakeRemote()

    def _tellRemote(self, octets: bytes) -> None:
        # So little goes into an empty buffer, or the other side has not read for long.
        if octets and self._client.send(octets) < len(octets):
            self.end(Outcome.REMOTE_REFUSED, "it does not read")

    # The handshake

    def _shakeRemote(self) -> None:
        self.phase = Phase.HANDSHAKE
        # It is us who shake hands: no stranger keeps the place.
        self._relay.passed(self)
        try:
            self._secureRemote()
        except OperatorError as error:
            self.end(Outcome.AUTHORITY_MISSING, str(error))
            return
        self._shake()

    def _secureRemote(self) -> None:
        """
        Make the TLS connection with the remote host.
        """
        client = self._client
        assert isinstance(client, socket.socket)
        self.connection = self._relay.outbound.connect(client, self._target, self._relay.now)

    def _shake(self) -> None:
        relay = self._relay
        try:
            code = relay.records.handshake(self.connection)
        except (SSL.Error, OSError) as error:
            self.end(*self._objection(error))
            return
        if code == 0:
            # The books of the session cache are about our own tickets.
            relay.resumed += wasResumed(self.connection)
            self._connect()
        else:
            self._watchClient(EPOLLOUT if code == -2 else EPOLLIN)

    def _objection(self, error: Exception) -> tuple[Outcome, str]:
        """
        Return how a handshake ended that raised C{error}.
        """
        objection = objectionOf(self.connection)
        if objection:
            return Outcome.REMOTE_UNVERIFIED, objection
        outcome, reason = ofHandshake(error)
        if outcome is Outcome.HANDSHAKE_LEFT:
            return Outcome.REMOTE_FAILED, "it has ended the connection"
        return Outcome.REMOTE_FAILED, reason

    def _keep(self, last: bool = False) -> None:
        """
        Keep the session to be resumed: soon after the handshake, when its tickets have come
        (RFC 8446 section 4.6.1), and at the end.
        """
        if last or not self._hasKept:
            self._hasKept = True
            self._relay.outbound.keep(self._target, self.connection, self._relay.now)


class Outbound(Outgoing):
    """
    A session of a port with SECURECLIENT.
    """

    kind = "Outbound"

    def _begin(self) -> None:
        """
        See L{Outgoing._begin}.  What the stack hands over is the cleartext side.
        """
        super()._begin()
        self._application = self._client
        self._dialled = False
        self._watchApplication(EPOLLOUT)

    @property
    def client(self) -> str:
        """
        The remote host's address; what the profile says where there is none.
        """
        addresses = self.port.addresses
        if self._attempt >= len(addresses):
            return self.port.target
        address = addresses[self._attempt]
        return peerText(address.port.to_bytes(2, "big") + address.host.encode("ascii"))

    def _remotePort(self) -> int:
        return self.port.addresses[0].port if self.port.addresses else 0

    def applicationEvent(self, events: int) -> None:
        if self.phase not in _UNSECURED:
            super().applicationEvent(events)
        elif not self._dialled:
            self._dialled = True
            # Nothing is read before there is somebody to tell it to.
            self._watchApplication(0)
            self._dialRemote()

    def _dialRemote(self) -> None:
        addresses = self.port.addresses
        if not addresses:
            self.end(Outcome.REMOTE_DOWN, "its name is unknown")
            return
        address = addresses[self._attempt]
        try:
            remote = socket.socket(address.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            self.end(Outcome.DESCRIPTORS, reasonOf(error))
            return
        self._client = remote
        remote.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        keepAlive(remote)
        self.deadline = self._relay.now + self._relay.limits.connect
        code = remote.connect_ex((address.host, address.port))
        if code in (0, EINPROGRESS):
            self._watchClient(EPOLLOUT)
        else:
            self._remoteFailed(Outcome.REMOTE_DOWN, os.strerror(code))

    def _remoteFailed(self, outcome: Outcome, detail: str) -> None:
        """
        Go on to the next address, while nothing has been said.
        """
        if self.phase is not Phase.CONNECTING or self._attempt + 1 >= len(self.port.addresses):
            self.end(outcome, detail)
            return
        self._watchClient(0)
        self._client.close()
        self._attempt += 1
        self._dialRemote()

    def _connect(self) -> None:
        """
        The remote host is who it should be: relay.
        """
        self._establish()
        greeting = b"" if self._asking is None else self._asking.greeting
        if greeting:
            self._toApplication = greeting
            self._watchClient(0)
            self._watchApplication(EPOLLIN | EPOLLOUT)
        else:
            self._watchClient(EPOLLIN)
            self._watchApplication(EPOLLIN)

    def end(self, outcome: Outcome, detail: str = "") -> None:
        if self.phase in _UNSECURED and self._application is not None:
            # The stack may still hold a duplicate, so closing alone would not end the connection.
            with suppress(OSError):
                self._application.shutdown(socket.SHUT_RDWR)
        super().end(outcome, detail)
