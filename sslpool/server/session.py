# -*- test-case-name: tests.server.test_session -*-
"""
One secure session: handshake, and relay in both directions.  How it comes to its application is
in L{sslpool.server.dialling}, how it ends in L{sslpool.server.sides}.  Lives in a server process; the hot path.

A session works on its two sockets directly and is driven by the L{Relay
<sslpool.server.relay.Relay>}'s epoll.  It never waits: each method does a
bounded amount of work and returns.  Every method tolerates an event that turns
out to mean nothing, since a descriptor's number may have been used again since
the event was reported.
"""

from __future__ import annotations

import os
from select import EPOLLIN, EPOLLOUT, EPOLLRDHUP

from OpenSSL import SSL

from sslpool.reasons import reasonOf
from sslpool.server.dialling import Dialling
from sslpool.server.keeping import readLast
from sslpool.server.outcome import Outcome, isEnd, ofHandshake
from sslpool.server.sides import Phase
from sslpool.server.silence import sweepSilent
from sslpool.server.unspoken import ofLeaving
from sslpool.tls.contexts import keysOf
from sslpool.tls.records import CLOSED, RECORD, WANT_READ, WANT_WRITE

BUFFER = 8 * RECORD
"""
The most that a session moves in one direction for one event, so that one that
floods cannot starve the others.
"""

BULK = 3 * RECORD
"""
A client that sends more than this at once is read from in bulk, which costs
nothing for each record and a little for each time.
"""

_HANDSHAKE, _CONNECTING, _ESTABLISHED, _CLOSING = Phase.HANDSHAKE, Phase.CONNECTING, Phase.ESTABLISHED, Phase.CLOSING


class Session(Dialling):
    """
    One secure session; its attributes are those of L{Sides}.
    """

    __slots__ = ()

    def clientEvent(self, events: int) -> None:
        """
        The client's socket is ready for C{events}.
        """
        try:
            phase = self.phase
            if phase is _ESTABLISHED and events == EPOLLIN:
                if self._clientMask & EPOLLIN:
                    self._readClient()
                return
            if phase is _HANDSHAKE:
                self._shake()
                return
            if phase is _CLOSING and self._lingering():
                self._drain()
                return
            if events & EPOLLOUT:
                if self._readWaits:
                    self._readWaits = False
                    events |= EPOLLIN
                self._clientWritable()
            if events & ~EPOLLOUT and self._clientMask & EPOLLIN:
                if events & EPOLLRDHUP:
                    self._readLast()
                else:
                    self._readClient()
        except (SSL.Error, OSError) as error:
            self._clientFailed(error)

    def applicationEvent(self, events: int) -> None:
        """
        The application's socket is ready for C{events}.
        """
        try:
            phase = self.phase
            if phase is _ESTABLISHED and events == EPOLLIN:
                if self._applicationMask & EPOLLIN:
                    self._readApplication()
                return
            if phase is _CONNECTING and not self._connected():
                return
            if events & EPOLLOUT:
                self._applicationWritable()
            if events & ~EPOLLOUT and self._applicationMask & EPOLLIN:
                self._readApplication()
        except SSL.Error as error:
            self._clientFailed(error)
        except OSError as error:
            self._leave(Outcome.APPLICATION_RESET, reasonOf(error))

    def sweep(self, now: float) -> None:
        """
        Look at the time limits.

        @param now: the present, by the relay's clock.
        """
        phase = self.phase
        if phase is _ESTABLISHED:
            if now - self.active > self._relay.patience:
                sweepSilent(self, now)
        elif phase is _HANDSHAKE:
            if now > self.deadline:
                self.end(Outcome.HANDSHAKE_TIMEOUT)
        elif phase is _CONNECTING:
            self._sweepConnecting(now)
        elif phase is _CLOSING:
            self._sweepClosing(now)

    # Handshake

    def _shake(self) -> None:
        relay = self._relay
        try:
            code = relay.records.handshake(self.connection)
        except (SSL.Error, OSError) as error:
            outcome, detail = ofHandshake(error, keysOf(self.connection))
            if outcome is Outcome.HANDSHAKE_LEFT:
                outcome = ofLeaving(self._client, isEnd(error))
            self.end(outcome, detail)
            return
        if self._slot >= 0:
            self._markTaken()
        if code == 0:
            relay.handshakeDone(self)
            self._connect()
        else:
            self._watchClient(EPOLLIN if code == WANT_READ else EPOLLOUT)

    # From the client to the application

    def _readClient(self) -> None:
        if self._bulk and not self._toClient:
            code = self._readBulk()
        else:
            code = self._relay.records.read(self.connection, 0)
            if 0 < code < RECORD:
                # The last of what the client had to say, and mostly all of it.
                self._sendApplication(code)
            else:
                code = self._readFull(code)
        if code == CLOSED:
            self._clientEnd()
        elif code == WANT_WRITE:
            self._readWaits = True
            self._watchClient(self._clientMask | EPOLLOUT)
        elif self._toClient and not self._clientMask & EPOLLOUT:
            # A write had to wait for what has just been read.
            self._clientWritable()

    def _readLast(self) -> None:
        readLast(self)

    def _readFull(self, code: int) -> int:
        """
        Relay a record that is full, and those behind it while they are.

        @param code: what reading it has returned.
        @return: what reading the last one has returned.
        """
        read, connection = self._relay.records.read, self.connection
        length = max(code, 0)
        try:
            while code == RECORD and length <= BUFFER - RECORD:
                code = read(connection, length)
                if code > 0:
                    length += code
        finally:
            # What came before an error was received all the same.
            if length:
                self._sendApplication(length)
        self._bulk = length > BULK
        return code

    def _readBulk(self) -> int:
        """
        Relay what one reception brings; return what reading has returned at its end.
        """
        before = self.received
        code = self._relay.records.fill(self.connection, self._client, self._sendApplication)
        self._bulk = self.received - before > BULK
        return code

    def _sendApplication(self, length: int) -> None:
        relay = self._relay
        self.received += length
        self.active = relay.now
        try:
            sent = 0 if self._application is None else self._application.send(relay.view[:length])
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._sendFailed(bytes(relay.view[:length]), error)
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
                self._sendFailed(self._toApplication, error)
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

    def _sendFailed(self, unsent: bytes, error: OSError) -> None:
        """
        The application does not take C{unsent}: where the connection had never
        stood, the next target gets it.
        """
        if self.phase is _CONNECTING:
            self._toApplication = unsent
            self._connectFailed(Outcome.APPLICATION_DOWN, os.strerror(error.errno or 0))
        else:
            self._applicationDeaf(error)

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
                if code == WANT_WRITE:
                    self._watchClient(self._clientMask | EPOLLOUT)
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
