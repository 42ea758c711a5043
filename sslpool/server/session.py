# -*- test-case-name: tests.server.test_session -*-
"""
One secure session: handshake, connection to the application, relay in both
directions, close.  Lives in a server process; the hot path.

A session works on its two sockets directly and is driven by the L{Relay
<sslpool.server.relay.Relay>}'s epoll.  It never waits: each method does a
bounded amount of work and returns.  Every method tolerates an event that turns
out to mean nothing, since a descriptor's number may have been used again since
the event was reported.

Half-close is kept in both directions: the client's close_notify becomes the end
of the application's input and the other way round; the session ends when both
directions have.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from enum import Enum
from errno import EINPROGRESS
from select import EPOLLIN, EPOLLOUT
from typing import TYPE_CHECKING

from OpenSSL import SSL

from sslpool.pool.offer import peerText
from sslpool.server.outcome import Outcome, ofHandshake, ofSession
from sslpool.tls.records import CLOSED, WANT_READ, WANT_WRITE

if TYPE_CHECKING:
    from sslpool.pool.assignment import PortAssignment
    from sslpool.server.relay import Relay

RECORD = 16384
"""
The most plaintext in a TLS record, in octets (RFC 8446 section 5.1).
"""

BUFFER = 4 * RECORD
"""
The most that a session moves in one direction for one event, so that one that
floods cannot starve the others.
"""

LINGER = 2.0
"""
How long a session that we close waits for the client's end, in seconds: closing
a socket with unread data resets it, and the client would not see our last words.
"""

HALF_CLOSED = 300.0
"""
How long a session with one direction closed may be silent, in seconds.
"""


class Phase(Enum):
    """
    Where a session is in its life; the value is what reports show.
    """

    HANDSHAKE = "Handshake"
    CONNECTING = "Connecting"
    ESTABLISHED = "Established"
    CLOSING = "Closing"
    ENDED = "Ended"


_HANDSHAKE, _CONNECTING, _ESTABLISHED, _CLOSING, _ENDED = Phase


class Session:
    """
    One secure session.

    @ivar number: the connection number.
    @ivar port: the secure port it came in by.
    @ivar phase: where it is in its life.
    @ivar connection: the TLS connection.
    @ivar deadline: when it ends unless it gets on, by the relay's clock;
        meaningful in the phases Handshake and Connecting, and while lingering.
    @ivar started: when it came from the stack, by the relay's clock.
    @ivar active: when it last moved data, by the relay's clock.
    @ivar received: octets received from the client, decrypted.
    @ivar sent: octets sent to the client, before encryption.
    """

    __slots__ = (
        "_application",
        "_applicationEnded",
        "_applicationMask",
        "_applicationShut",
        "_attempt",
        "_client",
        "_clientEnded",
        "_clientMask",
        "_clientShut",
        "_detail",
        "_outcome",
        "_peer",
        "_relay",
        "_slot",
        "_toApplication",
        "_toClient",
        "active",
        "connection",
        "deadline",
        "number",
        "phase",
        "port",
        "received",
        "sent",
        "started",
    )

    def __init__(
        self, relay: Relay, number: int, slot: int, port: PortAssignment, client: socket.socket, peer: bytes
    ) -> None:
        self._relay = relay
        self.number = number
        self._slot = slot
        self.port = port
        self._peer = peer
        self._client = client
        self.phase = _HANDSHAKE
        self.started = self.active = relay.now
        self.deadline = relay.now + relay.limits.handshake
        self.received = self.sent = 0
        self._application: socket.socket | None = None
        self._attempt = 0
        self._toApplication = self._toClient = b""
        self._clientEnded = self._applicationEnded = False
        self._clientShut = self._applicationShut = False
        self._clientMask = self._applicationMask = 0
        self._outcome = Outcome.FINISHED
        self._detail = ""
        self.connection = SSL.Connection(relay.anchor, client)
        self.connection.set_context(relay.contextOf(port))
        self.connection.set_accept_state()
        self._watchClient(EPOLLIN)

    # What the relay calls

    @property
    def client(self) -> str:
        """
        The client's address, C{address:port}.
        """
        return peerText(self._peer)

    def clientEvent(self, events: int) -> None:
        """
        The client's socket is ready for C{events}.
        """
        try:
            if self.phase is _HANDSHAKE:
                self._shake()
                return
            if self._lingering():
                self._drain()
                return
            if events & EPOLLOUT:
                self._clientWritable()
            if events & ~EPOLLOUT and self._clientMask & EPOLLIN:
                self._readClient()
        except (SSL.Error, OSError) as error:
            self._clientFailed(error)

    def applicationEvent(self, events: int) -> None:
        """
        The application's socket is ready for C{events}.
        """
        try:
            if self.phase is _CONNECTING and not self._connected():
                return
            if events & EPOLLOUT:
                self._applicationWritable()
            if events & ~EPOLLOUT and self._applicationMask & EPOLLIN:
                self._readApplication()
        except SSL.Error as error:
            self._clientFailed(error)
        except OSError as error:
            self._leave(Outcome.APPLICATION_RESET, str(error))

    def sweep(self, now: float) -> None:
        """
        Look at the time limits.

        @param now: the present, by the relay's clock.
        """
        phase = self.phase
        if phase is _ESTABLISHED:
            limit = self._relay.limits.idle
            if limit and now - self.active > limit:
                self._leave(Outcome.IDLE)
        elif phase is _HANDSHAKE:
            if now > self.deadline:
                self.end(Outcome.HANDSHAKE_TIMEOUT)
        elif phase is _CONNECTING:
            if now > self.deadline and not self._connected():
                self._connectFailed(Outcome.APPLICATION_TIMEOUT, "no answer")
        elif phase is _CLOSING:
            self._sweepClosing(now)

    def stop(self) -> None:
        """
        Close with close_notify, whatever is going on: the server stops.
        """
        if self.phase is _HANDSHAKE:
            self.end(Outcome.STOPPED)
        else:
            self._leave(Outcome.STOPPED)

    def end(self, outcome: Outcome, detail: str = "") -> None:
        """
        Let go of both sockets and report; further calls do nothing.
        """
        if self.phase is _ENDED:
            return
        self.phase = _ENDED
        relay = self._relay
        self._watchClient(0)
        if self._application is not None:
            self._watchApplication(0)
            self._application.close()
        # The stack may still hold a duplicate, so closing alone would not end the connection.
        with suppress(OSError):  # the client was faster
            self._client.shutdown(socket.SHUT_RDWR)
        self._client.close()
        relay.sessionEnded(self, self._slot, outcome, detail)

    # Handshake

    def _shake(self) -> None:
        relay = self._relay
        try:
            code = relay.records.handshake(self.connection)
        except (SSL.Error, OSError) as error:
            self.end(*ofHandshake(error))
            return
        relay.taken(self._slot, self.number)
        if code == 0:
            relay.handshakeDone(self)
            self._connect()
        else:
            self._watchClient(EPOLLIN if code == WANT_READ else EPOLLOUT)

    # Connection to the application

    def _connect(self) -> None:
        self.phase = _CONNECTING
        self.deadline = self._relay.now + self._relay.limits.connect
        address = self.port.addresses[self._attempt]
        application = socket.socket(address.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._application = application
        if address.port:
            application.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            code = application.connect_ex((address.host, address.port))
        else:
            code = application.connect_ex(address.host)
        if code in (0, EINPROGRESS):
            # Not waiting for writability: on the same machine the connection stands already.
            self._watchClient(0 if self._toApplication or self._clientEnded else EPOLLIN)
            self._watchApplication(EPOLLIN | EPOLLOUT if self._toApplication or self._clientEnded else EPOLLIN)
        else:
            self._connectFailed(Outcome.APPLICATION_DOWN, os.strerror(code))

    def _connected(self) -> bool:
        """
        Find out whether the connection stands; where it has failed, go on to the next target.
        """
        application = self._application
        assert application is not None
        code = application.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._connectFailed(Outcome.APPLICATION_DOWN, os.strerror(code))
            return False
        try:
            application.getpeername()
        except OSError:
            return False
        self._establish()
        return True

    def _establish(self) -> None:
        self.phase = _CLOSING if self._clientEnded or self._applicationEnded else _ESTABLISHED
        self.active = self._relay.now
        self._relay.applicationReached(self.port)

    def _connectFailed(self, outcome: Outcome, detail: str) -> None:
        assert self._application is not None
        self._watchApplication(0)
        self._application.close()
        self._application = None
        self._attempt += 1
        if self._attempt < len(self.port.addresses):
            self._connect()
        else:
            self._leave(outcome, detail)

    # From the client to the application

    def _readClient(self) -> None:
        relay = self._relay
        read, connection = relay.records.read, self.connection
        length = code = 0
        try:
            while True:
                code = read(connection, length)
                if code <= 0:
                    break
                length += code
                if code < RECORD or length > BUFFER - RECORD:
                    break
        finally:
            # What came before an error was received all the same.
            if length:
                self._sendApplication(length)
        if code == CLOSED:
            self._clientEnd()
        elif code == WANT_WRITE:
            self._watchClient(self._clientMask | EPOLLOUT)

    def _sendApplication(self, length: int) -> None:
        relay = self._relay
        self.received += length
        self.active = relay.now
        try:
            sent = 0 if self._application is None else self._application.send(relay.view[:length])
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._applicationDeaf(bytes(relay.view[:length]), error)
            return
        if sent:
            if self.phase is _CONNECTING:
                self._establish()
            if sent == length:
                return
        self._toApplication = bytes(relay.view[sent:length])
        self._watchClient(self._clientMask & ~EPOLLIN)
        self._watchApplication(self._applicationMask | EPOLLOUT)

    def _applicationWritable(self) -> None:
        application = self._application
        assert application is not None
        if self._toApplication:
            try:
                sent = application.send(self._toApplication)
            except BlockingIOError:
                return
            except OSError as error:
                self._applicationDeaf(self._toApplication, error)
                return
            self.active = self._relay.now
            self._toApplication = self._toApplication[sent:]
            if self._toApplication:
                return
        self._watchApplication(self._applicationMask & ~EPOLLOUT)
        if self._clientEnded:
            self._shutApplication()
        else:
            self._watchClient(self._clientMask | EPOLLIN)

    def _applicationDeaf(self, unsent: bytes, error: OSError) -> None:
        """
        The application takes no more.  What it has still said is relayed first;
        where the connection had never stood, the next target gets the data.
        """
        if self.phase is _CONNECTING:
            self._toApplication = unsent
            self._connectFailed(Outcome.APPLICATION_DOWN, os.strerror(error.errno or 0))
            return
        if self._applicationEnded:
            self._leave(Outcome.FINISHED)
            return
        self._toApplication = b""
        self._clientEnded = self._applicationShut = True
        self._outcome, self._detail = Outcome.APPLICATION_RESET, str(error)
        self.phase = _CLOSING
        self._watchClient(self._clientMask & ~EPOLLIN)
        self._watchApplication(self._applicationMask & ~EPOLLOUT)

    def _clientEnd(self) -> None:
        """
        The client has sent close_notify: nothing more comes from it.
        """
        if self._clientEnded:
            return
        self._clientEnded = True
        self._watchClient(self._clientMask & ~EPOLLIN)
        if self.phase is _CONNECTING:
            self._watchApplication(self._applicationMask | EPOLLOUT)
            return
        self.phase = _CLOSING
        if not self._toApplication:
            self._shutApplication()

    def _shutApplication(self) -> None:
        if not self._applicationShut:
            self._applicationShut = True
            assert self._application is not None
            with suppress(OSError):  # it has gone; reading says so
                self._application.shutdown(socket.SHUT_WR)
        self._endWhenBothEnded()

    def _clientFailed(self, error: Exception) -> None:
        """
        The client's side has failed: what it had sent is still delivered.
        """
        outcome, detail = ofSession(error)
        if self.phase is _ENDED:
            return
        if self._lingering():
            self.end(self._outcome, self._detail)
            return
        self._outcome, self._detail = outcome, detail
        self._clientEnded = self._applicationEnded = self._clientShut = True
        self._toClient = b""
        self._watchClient(0)
        if self._toApplication and self._application is not None:
            if self.phase is not _CONNECTING:
                self.phase = _CLOSING
            self._watchApplication(EPOLLOUT)
        else:
            self.end(outcome, detail)

    # From the application to the client

    def _readApplication(self) -> None:
        relay = self._relay
        assert self._application is not None
        try:
            length = self._application.recv_into(relay.buffer)
        except BlockingIOError:
            return
        if length:
            self.active = relay.now
            self._sendClient(length)
        else:
            self._applicationEnd()

    def _sendClient(self, length: int) -> None:
        """
        Encrypt the first C{length} octets of the relay's buffer to the client.
        """
        relay = self._relay
        write, connection = relay.records.write, self.connection
        done = 0
        while done < length:
            code = write(connection, done, length - done)
            if code <= 0:
                self._toClient = bytes(relay.view[done:length])
                self._watchApplication(self._applicationMask & ~EPOLLIN)
                self._watchClient(self._clientMask | (EPOLLOUT if code == WANT_WRITE else EPOLLIN))
                break
            done += code
        self.sent += done

    def _clientWritable(self) -> None:
        waiting = self._toClient
        if waiting:
            self._toClient = b""
            relay = self._relay
            relay.view[: len(waiting)] = waiting
            self.active = relay.now
            self._sendClient(len(waiting))
            if self._toClient:
                return
        self._watchClient(self._clientMask & ~EPOLLOUT)
        if self._applicationEnded:
            self._shutClient()
        else:
            self._watchApplication(self._applicationMask | EPOLLIN)

    def _applicationEnd(self) -> None:
        """
        The application has ended its output.
        """
        self._applicationEnded = True
        self._watchApplication(self._applicationMask & ~EPOLLIN)
        self.phase = _CLOSING
        self._shutClient()

    def _shutClient(self) -> None:
        """
        Tell the client that nothing more comes: close_notify (RFC 8446 section
        6.1), and the end of the TCP stream for those who do not know it.
        """
        if self._clientShut:
            self._endWhenBothEnded()
            return
        try:
            self.connection.shutdown()
            self._client.shutdown(socket.SHUT_WR)
        except SSL.WantWriteError:
            self._watchClient(self._clientMask | EPOLLOUT)
            return
        except (SSL.Error, OSError):
            if not self._clientEnded:
                raise
            # The client had said its last word and gone without waiting for ours.
        self._clientShut = True
        self._endWhenBothEnded()

    # The end

    def _endWhenBothEnded(self) -> None:
        if self._applicationShut and self._clientShut and not self._toClient:
            if self._outcome is Outcome.FINISHED:
                self.end(Outcome.FINISHED)
            else:
                self._leave(self._outcome, self._detail)

    def _lingering(self) -> bool:
        return self.phase is _CLOSING and self._application is None

    def _leave(self, outcome: Outcome, detail: str = "") -> None:
        """
        Close of our own accord: the application is let go, the client gets
        close_notify and a little time to end its side.
        """
        if self.phase is _ENDED:
            return
        self._outcome, self._detail = outcome, detail
        if self._application is not None:
            self._watchApplication(0)
            self._application.close()
            self._application = None
        self._clientEnded = self._applicationEnded = self._applicationShut = True
        self._toApplication = self._toClient = b""
        self.phase = _CLOSING
        self.deadline = self._relay.now + LINGER
        try:
            if not self._clientShut:
                self._clientShut = True
                self.connection.shutdown()
                self._client.shutdown(socket.SHUT_WR)
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
        if now - self.active > (min(idle, HALF_CLOSED) if idle else HALF_CLOSED):
            self._leave(Outcome.IDLE)

    # Masks

    def _watchClient(self, mask: int) -> None:
        if mask != self._clientMask:
            self._relay.watch(self._client.fileno(), self._clientMask, mask, self.clientEvent)
            self._clientMask = mask

    def _watchApplication(self, mask: int) -> None:
        if mask != self._applicationMask and self._application is not None:
            self._relay.watch(self._application.fileno(), self._applicationMask, mask, self.applicationEvent)
            self._applicationMask = mask
