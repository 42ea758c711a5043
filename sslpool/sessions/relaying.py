# -*- test-case-name: tests.sessions.test_relaying -*-
"""
The stage at which what one side sends goes to the other.  Lives in a server process; the hot path.

A small record, which is what most of the events are about, is moved by the event's own method.
"""

from __future__ import annotations

import os
import socket
from errno import ECONNRESET
from select import EPOLLERR, EPOLLIN, EPOLLOUT, EPOLLRDHUP

from OpenSSL import SSL

from sslpool.sessions.joined import Joined
from sslpool.sessions.phases import Phase
from sslpool.sessions.silence import sweepSilent
from sslpool.tls.records import CLOSED, RECORD, WANT_WRITE
from sslpool.tls.renegotiation import REFUSED, takeRefused

BUFFER = 8 * RECORD
"""
The most that a session moves in one direction for one event, so that one that floods cannot starve the others.
"""

BULK = 3 * RECORD
"""
A client that sends more than this at once is read from in bulk, which costs
nothing for each record and a little for each time.
"""

_IN = int(EPOLLIN)
_RELAYING, _CLOSING = Phase.RELAYING, Phase.CLOSING


class Relaying(Joined):
    """
    Relays.
    """

    __slots__ = ()

    def clientEvent(self, events: int) -> None:
        session = self.session
        try:
            if events == _IN and session.clientMask == _IN and session.tap is None and not session.bulk:
                host = session.host
                length = host.records.read(session.connection, 0)
                if 0 < length < RECORD and not session.toClient:
                    session.received += length
                    session.active = host.now
                    try:
                        sent = session.applicationSocket.send(host.view[:length])  # type: ignore[union-attr]
                    except BlockingIOError:
                        sent = 0
                    except OSError as error:
                        self.sendFailed(bytes(host.view[:length]), error)
                        return
                    if sent != length:
                        self.applicationFull(sent, length)
                else:
                    self.hasRead(self.readOn(length))
            else:
                self.clientReady(events)
        except (SSL.Error, OSError) as error:
            self.clientFailed(error)

    def clientReady(self, events: int) -> None:
        """
        See L{clientEvent}: the same for all that is no small record.
        """
        session = self.session
        if events & EPOLLOUT:
            if session.readWaits:
                session.readWaits = False
                events |= EPOLLIN
            self.clientWritable()
        if events & ~EPOLLOUT and session.clientMask & EPOLLIN:
            if events & EPOLLRDHUP:
                self.readLast()
            else:
                self.readClient()

    def applicationEvent(self, events: int) -> None:
        session = self.session
        try:
            if events == _IN:
                if session.applicationMask & _IN:
                    self.readApplication()
                return
            if events & EPOLLERR and session.applicationEnded:
                self.applicationDeaf(ConnectionResetError(ECONNRESET, os.strerror(ECONNRESET)))
                return
            if events & EPOLLOUT:
                self.applicationWritable()
            if events & ~EPOLLOUT and session.applicationMask & EPOLLIN:
                self.readApplication()
        except SSL.Error as error:
            self.clientFailed(error)
        except OSError as error:
            self.applicationFailed(error)

    def sweep(self, now: float) -> None:
        session = self.session
        if session.phase is _CLOSING:
            self.sweepClosing(now)
        elif now - session.active > session.host.patience:
            sweepSilent(session, now)

    # From the client to the application

    def readClient(self) -> None:
        """
        Relay what has come.
        """
        self.step("reads from the client")
        session = self.session
        if session.bulk and not session.toClient:
            self.hasRead(self.readBulk())
            return
        self.hasRead(self.readOn(session.host.records.read(session.connection, 0)))

    def readOn(self, code: int) -> int:
        """
        Relay a record, and those behind it where it is full.

        @param code: what reading it has returned.
        @return: what reading the last one has returned.
        """
        if code > 0:
            self.sendApplication(code)
            session = self.session
            if code == RECORD and session.clientMask & EPOLLIN and not session.toClient:
                code = self.readBulk()
        return code

    def readBulk(self) -> int:
        """
        Relay what one reception brings; return what reading has returned at its end.
        """
        session = self.session
        before = session.received
        code = session.host.records.fill(session.connection, session.clientSocket, self.sendApplication)
        session.bulk = session.received - before > BULK
        return code

    def readLast(self) -> None:
        """
        Relay a record from a client that has ended its stream, which the library never meets unprepared: it would
        neither write any more, nor keep the session to be resumed.
        """
        session = self.session
        try:
            hasMore = session.clientSocket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return  # the event meant nothing
        if hasMore:
            self.step("reads from the client")
            code = session.host.records.read(session.connection, 0)
            if code > 0:
                self.sendApplication(code)
            self.hasRead(code)
        else:
            self.clientCut()

    def hasRead(self, code: int) -> None:
        """
        Go on after reading.

        @param code: what reading has returned.
        """
        session = self.session
        if REFUSED and takeRefused(session.connection):
            session.host.renegotiationRefused(session)
        if code == CLOSED:
            self.clientEnd()
        elif code == WANT_WRITE:
            session.readWaits = True
            session.watchClient(session.clientMask | EPOLLOUT)
        elif session.toClient and not session.clientMask & EPOLLOUT:
            # A write had to wait for what has just been read.
            self.clientWritable()

    def sendApplication(self, length: int) -> None:
        """
        Send the first C{length} octets of the host's buffer to the application.
        """
        session = self.session
        host = session.host
        if session.tap is not None:
            session.tap.moved(session, "received", host.view[:length])
        session.received += length
        session.active = host.now
        application = session.applicationSocket
        try:
            sent = 0 if application is None else application.send(host.view[:length])
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self.sendFailed(bytes(host.view[:length]), error)
            return
        if sent != length:
            self.applicationFull(sent, length)

    def applicationFull(self, sent: int, length: int) -> None:
        """
        Keep what the application does not take.
        """
        session = self.session
        session.toApplication = bytes(session.host.view[sent:length])
        session.watchClient(session.clientMask & ~EPOLLIN)
        session.watchApplication(session.applicationMask | EPOLLOUT)

    def applicationWritable(self) -> None:
        """
        The application takes more.
        """
        session = self.session
        self.step("can write to the application again")
        application = session.applicationSocket
        assert application is not None
        if session.toApplication:
            try:
                sent = application.send(session.toApplication)
            except BlockingIOError:
                return
            except OSError as error:
                self.sendFailed(session.toApplication, error)
                return
            session.active = session.host.now
            session.toApplication = session.toApplication[sent:]
            if session.toApplication:
                return
        session.watchApplication(session.applicationMask & ~EPOLLOUT)
        if session.clientEnded:
            self.shutApplication()
        else:
            session.watchClient(session.clientMask | EPOLLIN)

    def sendFailed(self, unsent: bytes, error: OSError) -> None:
        """
        The application does not take C{unsent}.
        """
        self.applicationDeaf(error)

    # From the application to the client

    def readApplication(self) -> None:
        """
        Relay what has come.
        """
        session = self.session
        self.step("reads from the application")
        host = session.host
        assert session.applicationSocket is not None
        try:
            length = session.applicationSocket.recv_into(host.buffer)
        except BlockingIOError:
            return
        if length:
            session.active = host.now
            self.sendClient(length)
        else:
            self.applicationEnd()

    def sendClient(self, length: int) -> None:
        """
        Encrypt the first C{length} octets of the host's buffer to the client.
        """
        session = self.session
        host = session.host
        write, connection = host.records.write, session.connection
        done = 0
        while done < length:
            code = write(connection, done, length - done)
            if code <= 0:
                session.toClient = bytes(host.view[done:length])
                session.watchApplication(session.applicationMask & ~EPOLLIN)
                if code == WANT_WRITE:
                    session.watchClient(session.clientMask | EPOLLOUT)
                break
            done += code
        if done and session.tap is not None:
            session.tap.moved(session, "sent", host.view[:done])
        session.sent += done

    def clientWritable(self) -> None:
        """
        The client takes more.
        """
        session = self.session
        self.step("can write to the client again")
        unsent = session.toClient
        if unsent:
            session.toClient = b""
            host = session.host
            host.view[: len(unsent)] = unsent
            session.active = host.now
            self.sendClient(len(unsent))
            if session.toClient:
                return
        session.watchClient(session.clientMask & ~EPOLLOUT)
        if session.applicationEnded:
            self.shutClient()
        else:
            session.watchApplication(session.applicationMask | EPOLLIN)
