# -*- test-case-name: tests.sessions.test_joined -*-
"""
Two sides that belong together: how each of them ends, and what becomes of the other.  Lives in a server process;
the hot path.

Half-close is kept in both directions: the client's close_notify becomes the end of the application's input and the
other way round; the session ends when both directions have.  What one side had said before it failed is still
delivered to the other, and a side that was reset resets the other: it is not to take for the whole what it has got.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from errno import ECONNRESET
from select import EPOLLET, EPOLLIN, EPOLLOUT

from OpenSSL import SSL

from sslpool.reasons import reasonOf
from sslpool.sessions.draining import Aborting, SecuredDraining, drain, endStream
from sslpool.sessions.outcome import Outcome, ofCut, ofSession
from sslpool.sessions.phases import Event, Phase
from sslpool.sessions.session import Stage
from sslpool.sessions.silence import HALF_CLOSED, isSilent
from sslpool.tls.records import WANT_WRITE

_DIALLING, _CLOSING, _DRAINING, _ENDED = Phase.DIALLING, Phase.CLOSING, Phase.DRAINING, Phase.ENDED
_BY_BOTH = (Outcome.FINISHED, Outcome.TRUNCATED, Outcome.LEFT_AT_ONCE)


class Joined(Stage):
    """
    A stage at which there are both sides, or one is on its way.
    """

    __slots__ = ()

    @property
    def isOver(self) -> bool:
        """
        Whether the session has come to its end meanwhile.
        """
        return self.session.phase is _DRAINING or self.session.phase is _ENDED

    def leave(self, outcome: Outcome, detail: str = "") -> None:
        if not self.isOver:
            session = self.session
            aborts = session.applicationReset and not session.clientShut
            drain(Aborting(session) if aborts else SecuredDraining(session), outcome, detail)

    @property
    def hasMoved(self) -> bool:
        """
        Whether anything has been said since the handshake, or there is nobody to say it.
        """
        session = self.session
        hasMoved = session.received or session.sent or session.applicationEnded or session.clientEnded
        return bool(hasMoved or not hasattr(session, "connection"))

    @property
    def hasAll(self) -> bool:
        """
        Whether the application has ended, and the client got all that it had said.
        """
        session = self.session
        return session.applicationEnded and session.clientShut and not session.toClient

    def step(self, step: str, *reasons: Outcome | str | Exception) -> None:
        """
        Tell whoever traces the session of a step.
        """
        if self.session.tap is not None:
            self.session.tap.step(self.session, step, *reasons)

    # The end of one direction

    def half(self) -> None:
        """
        One side has ended.
        """
        phase = self.session.phase
        if phase is not _CLOSING and phase is not _DIALLING:
            self.session.come(Event.HALF)

    def clientEnd(self) -> None:
        """
        The client has said that nothing more comes from it.
        """
        self.step("received the client's close_notify")
        self.clientOver()

    def clientOver(self) -> None:
        """
        Nothing more comes from the client.
        """
        session = self.session
        if session.clientEnded:
            return
        session.clientEnded = True
        session.watchClient(session.clientMask & ~EPOLLIN)
        if session.phase is _DIALLING:
            session.watchApplication(session.applicationMask | EPOLLOUT)
            return
        self.half()
        if not session.toApplication:
            self.shutApplication()

    def clientCut(self) -> None:
        """
        The client has ended its stream without saying so (RFC 8446 section 6.1).  That is its end, unless the
        port says that it could be an attacker's; where it has got all that there was, it is of no interest.
        """
        session = self.session
        self.step("lost the client", "unexpected end")
        if not self.hasAll:
            session.outcome, session.detail = ofCut(self.hasMoved)
        if session.port.reset and not session.clientEnded:
            session.aborted = True
            session.end(session.outcome, session.detail)
        else:
            self.clientOver()

    def applicationEnd(self) -> None:
        """
        The application has ended its output.
        """
        session = self.session
        self.step("received the end of the application's output")
        if session.applicationReset:
            # It had reset the connection, and this is all that it had still said.
            self.leave(session.outcome, session.detail)
            return
        session.applicationEnded = True
        self.half()
        self.shutClient()
        if not self.isOver:
            # A reset is still of interest: it has closed both directions.
            session.watchApplication(session.applicationMask & ~EPOLLIN | EPOLLET)

    def shutApplication(self) -> None:
        """
        Tell the application that nothing more comes.
        """
        session = self.session
        self.step("tells the application that the client ended")
        if not session.applicationShut:
            session.applicationShut = True
            assert session.applicationSocket is not None
            with suppress(OSError):  # it has gone; reading says so
                session.applicationSocket.shutdown(socket.SHUT_WR)
        self.endWhenBothEnded()

    def shutClient(self) -> None:
        """
        Tell the client that nothing more comes: close_notify (RFC 8446 section 6.1), and the end of the TCP stream
        for those who do not know it.
        """
        session = self.session
        self.step("tells the client that the application ended")
        if not session.clientShut:
            try:
                if session.host.records.shutdown(session.connection) == WANT_WRITE:
                    session.watchClient(session.clientMask | EPOLLOUT)
                    return
                if not (session.applicationShut and session.clientEnded):
                    # Otherwise this is the end of the session, which shuts both directions.
                    self.endClientStream()
            except (SSL.Error, OSError) as error:
                if not session.clientEnded:
                    self.clientFailed(error)
                    return
                # The client had said its last word and gone without waiting for ours.
            session.clientShut = True
        self.endWhenBothEnded()

    def endClientStream(self) -> None:
        """
        End our side of the client's stream.
        """
        endStream(self.session)

    def endWhenBothEnded(self) -> None:
        """
        End the session when both directions have.
        """
        session = self.session
        if session.applicationShut and session.clientShut and not session.toClient:
            if session.outcome in _BY_BOTH and not session.applicationReset:
                session.end(session.outcome, session.detail)
            else:
                self.leave(session.outcome, session.detail)

    # A side that has failed

    def clientFailed(self, error: Exception) -> None:
        """
        The client's side has failed: what was read from it is still delivered.
        There is no more, since the library reads nothing after a write has failed.
        """
        session = self.session
        self.step("lost the client", error)
        if session.phase is _ENDED:
            return
        if session.outcome is Outcome.FINISHED and not self.hasAll:
            session.outcome, session.detail = ofSession(error, self.hasMoved)
            session.aborted = not session.clientEnded
        session.clientEnded = session.applicationEnded = session.clientShut = True
        session.toClient = b""
        session.watchClient(0)
        if session.toApplication:
            self.half()
            session.watchApplication(EPOLLOUT)
        else:
            session.end(session.outcome, session.detail)

    def applicationFailed(self, error: OSError) -> None:
        """
        The application has reset the connection.
        """
        self.session.applicationReset = error.errno == ECONNRESET
        self.leave(Outcome.APPLICATION_RESET, reasonOf(error))

    def applicationDeaf(self, error: OSError) -> None:
        """
        The application takes no more.  What it has still said is relayed first.
        """
        session = self.session
        self.step("finds that the application accepts no more data", error)
        session.applicationReset = session.applicationEnded or error.errno == ECONNRESET
        if not session.applicationEnded:
            session.outcome, session.detail = Outcome.APPLICATION_RESET, reasonOf(error)
        elif self.hasAll:
            # It has closed both directions, and what has just come is for nobody.
            self.leave(session.outcome, session.detail)
            return
        session.toApplication = b""
        session.clientEnded = session.applicationShut = True
        self.half()
        session.watchClient(session.clientMask & ~EPOLLIN)
        session.watchApplication(session.applicationMask & ~EPOLLOUT)

    def sweepClosing(self, now: float) -> None:
        """
        Look at the limit of silence of a session one of whose sides has ended.
        """
        idle = self.session.host.limits.idle
        if isSilent(self.session, now, min(idle, HALF_CLOSED) if idle else HALF_CLOSED):
            self.leave(Outcome.IDLE)
