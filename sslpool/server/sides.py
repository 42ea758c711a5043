# -*- test-case-name: tests.server.test_sides -*-
"""
The two sides of a session, client and application: what is watched on each, and
how they are closed.  Lives in a server process; the hot path.

Half-close is kept in both directions: the client's close_notify becomes the end
of the application's input and the other way round; the session ends when both
directions have.  What one side had said before it failed is still delivered to
the other.
"""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from contextlib import suppress
from enum import Enum
from errno import ENOTCONN
from select import EPOLLIN, EPOLLOUT, EPOLLRDHUP
from typing import TYPE_CHECKING, cast

from OpenSSL import SSL

from sslpool.pool.offer import peerText
from sslpool.reasons import reasonOf
from sslpool.server.keeping import keepSession
from sslpool.server.outcome import Outcome, ofSession
from sslpool.server.silence import HALF_CLOSED, isSilent
from sslpool.tls.contexts import labelOf
from sslpool.tls.facts import Facts, factsOf
from sslpool.tls.records import CLOSED, WANT_WRITE

if TYPE_CHECKING:
    from sslpool.pool.assignment import PortAssignment
    from sslpool.server.relay import Relay
    from sslpool.starttls.contract import Negotiator

LINGER = 2.0
"""
How long a session that we close waits for the client's end, in seconds: closing
a socket with unread data resets it, and the client would not see our last words.
"""

_NEVER = (-1.0, 0)


class Phase(Enum):
    """
    Where a session is in its life; the value is what reports show.
    """

    HANDSHAKE = "Handshake"
    CONNECTING = "Connecting"
    ESTABLISHED = "Established"
    CLOSING = "Closing"
    ENDED = "Ended"
    CLEARTEXT = "Cleartext"


class Sides(ABC):
    """
    The two sides of one secure session.

    @ivar number: the connection number.
    @ivar port: the secure port it came in by.
    @ivar phase: where it is in its life.
    @ivar connection: the TLS connection.
    @ivar negotiator: what understands the dialogue of a dynamic session; others have none.
    @ivar deadline: when it ends unless it gets on, by the relay's clock;
        meaningful in the phases Handshake and Connecting, and while lingering.
    @ivar pending: it came from the stack and has not completed its handshake.
    @ivar started: when it came from the stack, by the relay's clock.
    @ivar active: when it last moved data, by the relay's clock.
    @ivar received: octets received from the client, decrypted.
    @ivar sent: octets sent to the client, before encryption.
    @cvar kind: what reports call sessions of this kind.
    @cvar handed: it came from the stack, which waits for its end.
    """

    kind = "Static"
    handed = True

    __slots__ = (
        "_application",
        "_applicationEnded",
        "_applicationMask",
        "_applicationShut",
        "_attempt",
        "_bulk",
        "_client",
        "_clientEnded",
        "_clientMask",
        "_clientShut",
        "_detail",
        "_looked",
        "_outcome",
        "_peer",
        "_readWaits",
        "_relay",
        "_slot",
        "_toApplication",
        "_toClient",
        "active",
        "connection",
        "deadline",
        "negotiator",
        "number",
        "pending",
        "phase",
        "port",
        "received",
        "sent",
        "started",
    )

    negotiator: Negotiator

    def __init__(
        self, relay: Relay, number: int, slot: int, port: PortAssignment, client: socket.SocketType, peer: bytes
    ) -> None:
        self._relay = relay
        self.number = number
        self._slot = slot
        self.port = port
        self._peer = peer
        self._client = client
        self.phase = Phase.HANDSHAKE
        self.pending = self.handed
        self.started = self.active = relay.now
        self.deadline = relay.now + relay.limits.handshake
        self.received = self.sent = 0
        self._application: socket.SocketType | None = None
        self._attempt = 0
        self._toApplication = self._toClient = b""
        self._clientEnded = self._applicationEnded = False
        self._clientShut = self._applicationShut = False
        self._readWaits = self._bulk = False
        self._clientMask = self._applicationMask = 0
        self._looked = _NEVER
        self._outcome = Outcome.FINISHED
        self._detail = ""
        self._begin()

    def _begin(self) -> None:
        """
        The session has its client: begin.
        """
        self._secure()
        self._watchClient(EPOLLIN)

    def _secure(self) -> None:
        """
        Make the TLS connection.
        """
        relay = self._relay
        self.secureWith(relay.anchor, relay.contextOf(self.port))
        if relay.lookBack is not None:
            relay.lookBack(self)

    def secureWith(self, anchor: SSL.Context, label: SSL.Context) -> None:
        """
        Make the TLS connection.

        @param anchor: the context that has the ticket keys.
        @param label: the context that has the certificate.
        """
        self.connection = SSL.Connection(anchor, cast(socket.socket, self._client))
        self.connection.set_context(label)
        self.connection.set_accept_state()

    @property
    def label(self) -> str:
        """
        The label that secures the client's side; empty while nothing does.
        """
        return labelOf(self.connection) or self.port.label

    @property
    def facts(self) -> Facts:
        """
        What has been agreed with the client.
        """
        return factsOf(self.connection)

    @property
    def client(self) -> str:
        """
        The client's address, C{address:port}.
        """
        return peerText(self._peer)

    # What an event means is decided where data moves

    @abstractmethod
    def clientEvent(self, events: int) -> None:
        """
        The client's socket is ready for C{events}.
        """

    @abstractmethod
    def applicationEvent(self, events: int) -> None:
        """
        The application's socket is ready for C{events}.
        """

    def become(self, kind: type[Sides]) -> None:
        """
        Be a session of another class, or what that is where the session is traced.
        """
        traced = self._relay.traced
        self.__class__ = kind if traced is None else traced.kindOf(self, kind)

    # The end of the session

    def stop(self) -> None:
        """
        Close with close_notify, whatever is going on: the server stops.
        """
        if self.phase is Phase.HANDSHAKE:
            self.end(Outcome.STOPPED)
        elif not self._lingering():
            self._leave(Outcome.STOPPED)

    def end(self, outcome: Outcome, detail: str = "") -> None:
        """
        Let go of both sockets and report; further calls do nothing.
        """
        if self.phase is Phase.ENDED:
            return
        if self._slot >= 0:
            self._markTaken()
        self._watchClient(0)
        self._hangUp()
        self.phase = Phase.ENDED
        # The stack may still hold a duplicate, so closing alone would not end the connection.
        with suppress(OSError):  # the client was faster
            self._client.shutdown(socket.SHUT_RDWR)
        self._client.close()
        keepSession(self)
        self._relay.sessionEnded(self, outcome, detail)

    def fail(self) -> None:
        """
        End: there was a fault of ours.
        """
        self.end(Outcome.FAULT)

    def _markTaken(self) -> None:
        """
        Tell the stack, once, that the client's first octets have been read.
        From then on the slot belongs to another connection.
        """
        slot, self._slot = self._slot, -1
        self._relay.taken(slot, self.number)

    def _endWhenBothEnded(self) -> None:
        if self._applicationShut and self._clientShut and not self._toClient:
            if self._outcome is Outcome.FINISHED:
                self.end(Outcome.FINISHED)
            else:
                self._leave(self._outcome, self._detail)

    # The end of one direction

    def _shutApplication(self) -> None:
        if not self._applicationShut:
            self._applicationShut = True
            assert self._application is not None
            with suppress(OSError):  # it has gone; reading says so
                self._application.shutdown(socket.SHUT_WR)
        self._endWhenBothEnded()

    def _shutClient(self) -> None:
        """
        Tell the client that nothing more comes: close_notify (RFC 8446 section
        6.1), and the end of the TCP stream for those who do not know it.
        """
        if not self._clientShut:
            try:
                if self._relay.records.shutdown(self.connection) == WANT_WRITE:
                    self._watchClient(self._clientMask | EPOLLOUT)
                    return
                if not (self._applicationShut and self._clientEnded):
                    # Otherwise this is the end of the session, which shuts both directions.
                    self._endStream()
            except (SSL.Error, OSError) as error:
                if not self._clientEnded:
                    self._clientFailed(error)
                    return
                # The client had said its last word and gone without waiting for ours.
            self._clientShut = True
        self._endWhenBothEnded()

    def _endStream(self) -> None:
        try:
            self._client.shutdown(socket.SHUT_WR)
        except OSError as error:
            if error.errno != ENOTCONN:  # else the client has left altogether: what it had said tells how
                raise

    # A side that has failed

    def _clientFailed(self, error: Exception) -> None:
        """
        The client's side has failed: what was read from it is still delivered.
        There is no more, since the library reads nothing after a write has failed.
        """
        if self.phase is Phase.ENDED:
            return
        if self._lingering():
            self.end(self._outcome, self._detail)
            return
        if self._outcome is Outcome.FINISHED:
            self._outcome, self._detail = ofSession(error)
        self._clientEnded = self._applicationEnded = self._clientShut = True
        self._toClient = b""
        self._watchClient(0)
        if self._toApplication:
            if self.phase is not Phase.CONNECTING:
                self.phase = Phase.CLOSING
            self._watchApplication(EPOLLOUT)
        else:
            self.end(self._outcome, self._detail)

    def _applicationDeaf(self, error: OSError) -> None:
        """
        The application takes no more.  What it has still said is relayed first.
        """
        if self._applicationEnded:
            self._leave(self._outcome, self._detail)
            return
        self._toApplication = b""
        self._clientEnded = self._applicationShut = True
        self._outcome, self._detail = Outcome.APPLICATION_RESET, reasonOf(error)
        self.phase = Phase.CLOSING
        self._watchClient(self._clientMask & ~EPOLLIN)
        self._watchApplication(self._applicationMask & ~EPOLLOUT)

    # Closing of our own accord

    def _hangUp(self) -> None:
        if self._application is not None:
            self._watchApplication(0)
            self._application.close()
            self._application = None

    def _lingering(self) -> bool:
        return self.phase is Phase.CLOSING and self._application is None

    def _leave(self, outcome: Outcome, detail: str = "") -> None:
        """
        Close of our own accord: the application is let go, the client gets
        close_notify and a little time to end its side.
        """
        if self.phase is Phase.ENDED:
            return
        self._outcome, self._detail = outcome, detail
        self._hangUp()
        self._clientEnded = self._applicationEnded = self._applicationShut = True
        self._toApplication = self._toClient = b""
        self.phase = Phase.CLOSING
        self.deadline = self._relay.now + LINGER
        try:
            if not self._clientShut:
                self._clientShut = True
                if self._relay.records.shutdown(self.connection) == WANT_WRITE:
                    # The client does not read; it learns from the missing close_notify that something is missing.
                    self.end(outcome, detail)
                    return
                self._endStream()
            self._watchClient(EPOLLIN)
        except (SSL.Error, OSError):
            self.end(outcome, detail)

    def _drain(self) -> None:
        if self._relay.records.read(self.connection, 0) == CLOSED:
            self.end(self._outcome, self._detail)

    def _sweepClosing(self, now: float) -> None:
        if self._lingering():
            if now > self.deadline:
                self.end(self._outcome, self._detail)
            return
        idle = self._relay.limits.idle
        if isSilent(self, now, min(idle, HALF_CLOSED) if idle else HALF_CLOSED):
            self._leave(Outcome.IDLE)

    # Masks

    def _watchClient(self, mask: int) -> None:
        if mask != self._clientMask and self.phase is not Phase.ENDED:
            # That the client has ended its stream has to be known before the library meets it.
            asked = mask | EPOLLRDHUP if mask & EPOLLIN else mask
            self._relay.watch(self._client.fileno(), self._clientMask, asked, self.clientEvent)
            self._clientMask = mask

    def _watchApplication(self, mask: int) -> None:
        if mask != self._applicationMask and self._application is not None:
            self._relay.watch(self._application.fileno(), self._applicationMask, mask, self.applicationEvent)
            self._applicationMask = mask
