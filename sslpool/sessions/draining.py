# -*- test-case-name: tests.sessions.test_draining -*-
"""
The stage at which we have closed: what the client still sends is dropped, so that it can read our last words.
Lives in a server process.

Closing a socket with unread data resets it, and the client would lose what it has not read.  A client that only
writes never reads them, and learns of the end by a reset alone: what comes after our last octets have been
acknowledged is answered by one.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from errno import ENOTCONN
from select import EPOLLIN, EPOLLOUT

from OpenSSL import SSL

from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Event
from sslpool.sessions.session import Session, Stage
from sslpool.sessions.sockets import queued, resetAtEnd
from sslpool.tls.records import CLOSED, WANT_WRITE

LINGER = 2.0
"""
How long the client's end is waited for, in seconds.
"""

UNREAD = -1
"""
What reading has returned: nothing has come.
"""


class Draining(Stage):
    """
    The same where nothing is secured, or nothing more can be read: it drops octets as they come.

    @cvar resets: who goes on sending gets a reset, and the octets that are dropped are counted.
    """

    __slots__ = ("_dropped",)

    resets = True

    def __init__(self, session: Session) -> None:
        self.session = session
        self._dropped = 0

    def bid(self, words: bytes) -> int:
        """
        Say our last words; return what is to be watched then.

        @raise OSError: the client has left.
        """
        session = self.session
        if words:
            session.sent += session.clientSocket.send(words)
        endStream(session)
        return EPOLLIN

    def read(self) -> int:
        """
        Return how many octets have been dropped, L{UNREAD} or L{CLOSED}.
        """
        session = self.session
        try:
            return session.clientSocket.recv_into(session.host.buffer) or CLOSED
        except BlockingIOError:
            return UNREAD

    def clientEvent(self, events: int) -> None:
        session = self.session
        if session.tap is not None:
            session.tap.step(session, "waits for the client to close")
        try:
            code = self.read()
            if code > 0:
                self._dropped += code
                if self.resets and (session.applicationReset or not queued(session.clientSocket)):
                    resetAtEnd(session.clientSocket)
                    code = CLOSED
        except (SSL.Error, OSError):
            code = CLOSED
        if code == CLOSED:
            self._end()

    def sweep(self, now: float) -> None:
        if now > self.session.deadline:
            self._end()

    def leave(self, outcome: Outcome, detail: str = "") -> None:
        """
        It is on its way.
        """

    def _end(self) -> None:
        session = self.session
        dropped = f"octets dropped: {self._dropped}" if self._dropped and self.resets else ""
        session.end(session.outcome, "; ".join(filter(None, (session.detail, dropped))))


class Refusing(Draining):
    """
    The same after a handshake that has failed: the client is to read why, whatever it sends meanwhile.
    """

    __slots__ = ()

    resets = False


class SecuredDraining(Draining):
    """
    The same where the client's side is secured: its close_notify is the end.
    """

    __slots__ = ()

    def bid(self, words: bytes) -> int:
        session = self.session
        if session.clientShut:
            if session.applicationReset and not queued(session.clientSocket):
                # It has had our end, and goes on sending to an application that is not there any more.
                resetAtEnd(session.clientSocket)
                raise ConnectionAbortedError
            endStream(session)
            return EPOLLIN
        session.clientShut = True
        if session.host.records.shutdown(session.connection) == WANT_WRITE:
            # The client does not read; it learns from the missing close_notify that something is missing.
            raise BlockingIOError
        endStream(session)
        return EPOLLIN

    def read(self) -> int:
        session = self.session
        return session.host.records.read(session.connection, 0)


class Aborting(Draining):
    """
    The same where the client is told by an alert that it has not got all.
    """

    __slots__ = ("_unsent",)

    def bid(self, words: bytes) -> int:
        session = self.session
        session.clientShut = True
        self._unsent = session.host.records.abort(session.connection, session.clientSocket)
        if self._unsent:
            return EPOLLIN | EPOLLOUT
        endStream(session)
        return EPOLLIN

    def clientEvent(self, events: int) -> None:
        session = self.session
        if events & EPOLLOUT and self._unsent:
            with suppress(OSError):  # reading says so
                self._unsent = self._unsent[session.clientSocket.send(self._unsent) :]
                if not self._unsent:
                    endStream(session)
                    session.watchClient(EPOLLIN)
        if events & ~EPOLLOUT:
            super().clientEvent(events)


def drain(stage: Draining, outcome: Outcome, detail: str = "", words: bytes = b"") -> None:
    """
    Let the application go, say our last words, and give the client a little time to end its side.

    @param stage: how that is done.
    """
    session = stage.session
    if session.tap is not None:
        session.tap.step(session, "closes on its own", outcome, detail)
    session.outcome, session.detail = outcome, detail
    session.kind.leaving(session, outcome, detail)
    session.hangUp()
    session.host.passed(session)
    session.clientEnded = session.applicationEnded = session.applicationShut = True
    session.toApplication = session.toClient = b""
    session.deadline = session.host.now + LINGER
    session.come(Event.LEAVE, stage)
    try:
        session.watchClient(stage.bid(words))
    except (SSL.Error, OSError):
        session.end(outcome, detail)


def endStream(session: Session) -> None:
    """
    End our side of the client's stream.

    @raise OSError: the client has failed.
    """
    try:
        session.clientSocket.shutdown(socket.SHUT_WR)
    except OSError as error:
        if error.errno != ENOTCONN:  # else the client has left altogether: what it had said tells how
            raise
