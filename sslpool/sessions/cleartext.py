# -*- test-case-name: tests.sessions.test_cleartext -*-
"""
The stages before TLS where it begins on the way (dynamic SSL): the application is connected to, and the dialogue in
cleartext is understood.  Lives in a server process.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from math import inf
from select import EPOLLIN, EPOLLOUT

from sslpool.config import securing
from sslpool.sessions.dialling import Dialling
from sslpool.sessions.dialogue import Conversing, Dialogue, SecuredDialling
from sslpool.sessions.draining import Draining, drain
from sslpool.sessions.handshake import Handshake
from sslpool.sessions.hello import beginTls
from sslpool.sessions.joined import Joined
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Event, Phase
from sslpool.sessions.relaying import BUFFER
from sslpool.sessions.session import Session, Stage
from sslpool.sessions.silence import sweepSilent
from sslpool.starttls.contract import Refusal, Security, StartTls
from sslpool.starttls.protocols import negotiatorFor

DIALOGUE = 6
"""
How many times HANDSHAKE the whole dialogue before TLS may last where TLS is required, whatever the
client says meanwhile: a minute by default.  The application has its part in it, so it is not HANDSHAKE itself.
"""

LOOK = 8192
"""
How much of what a client has sent is looked at before it is taken, in octets: few, since each line
of it may get an answer.
"""

_WORDS = {Outcome.IDLE: Refusal.LATE, Outcome.NEGOTIATION_LATE: Refusal.LATE}


class Dynamic(Conversing):
    """
    Sessions that become secure on the way.
    """

    def begin(self, session: Session) -> None:
        """
        See L{Kind.begin}.
        """
        how = session.port.securing
        assert isinstance(how, securing.Dynamic)
        session.negotiator = negotiatorFor(how.protocol, how.security)
        self.open(session)

    def open(self, session: Session) -> None:
        """
        Connect to the application first, which speaks first in most of these protocols, as soon as the client's
        socket is looked at.
        """
        session.come(Event.DIAL, ClearDialling(session))
        session.deadline = session.host.now + session.host.limits.connect
        session.watchClient(EPOLLOUT)

    def reached(self, session: Session) -> None:
        session.host.applicationReached(session.port)
        if session.negotiator.start is not None:
            # It has been connected anew.
            self.goOn(session)
            return
        if session.slot >= 0:
            session.markTaken()
        if session.negotiator.security is not Security.REQUIRED:
            # It may go on as it is for good.
            session.host.passed(session)
        stage = Cleartext(session)
        session.come(Event.CONVERSE, stage)
        session.active = session.host.now
        stage.perform(session.negotiator.begin())
        stage.limitTime(True)
        stage.settle()

    def handshake(self, session: Session) -> Stage:
        return Handshake(session)

    def secured(self, session: Session) -> None:
        """
        The application has been connected before, unless it is to be anew.
        """
        start = session.negotiator.start
        if start is not None and start.alpn and session.connection.get_alpn_proto_negotiated() != start.alpn:
            SecuredDialling(session).leave(Outcome.NEGOTIATION_ALPN)
        elif session.applicationSocket is None:
            stage = SecuredDialling(session)
            session.come(Event.DIAL, stage)
            stage.dial()
        else:
            self.goOn(session)


class Clear(Joined):
    """
    A stage at which the client's side is in cleartext.
    """

    __slots__ = ()

    def leave(self, outcome: Outcome, detail: str = "") -> None:
        """
        Close of our own accord, with last words where there is a protocol for them.
        """
        if self.isOver:
            return
        session = self.session
        negotiator = session.negotiator
        words = session.toClient
        if not negotiator.over and not session.clientShut:
            words += negotiator.lastWords(_WORDS.get(outcome, Refusal.GONE))
        drain(Draining(session), outcome, detail, words)

    def shutClient(self) -> None:
        session = self.session
        self.step("tells the client that the application ended")
        if not session.clientShut:
            session.clientShut = True
            with suppress(OSError):  # it has gone
                session.clientSocket.shutdown(socket.SHUT_WR)
        self.endWhenBothEnded()


class ClearDialling(Clear, Dialling):
    """
    Connects to the application before anybody says anything.
    """

    __slots__ = ()

    def clientEvent(self, events: int) -> None:
        self.session.watchClient(0)
        if self.session.applicationSocket is None:
            self.dial()

    def dialled(self) -> None:
        self.session.watchClient(0)
        self.session.watchApplication(EPOLLIN | EPOLLOUT)


class Cleartext(Clear, Dialogue):
    """
    Hears both sides in cleartext, until TLS begins.
    """

    __slots__ = ()

    def sweep(self, now: float) -> None:
        session = self.session
        if self._isOverdue(now):
            self.perform(session.negotiator.late())
            self.leave(Outcome.NEGOTIATION_LATE)
        elif session.phase is not Phase.CLEARTEXT:
            super().sweep(now)
        elif now > session.deadline:
            self.perform(session.negotiator.late())
            self.limitTime(True)
            self.settle()
        elif now - session.active > session.host.patience:
            sweepSilent(session, now)

    def _isOverdue(self, now: float) -> bool:
        """
        Tell whether TLS is required and has not begun in all the time that there is for it.
        """
        session = self.session
        limits = session.host.limits
        most = DIALOGUE * limits.handshake + limits.connect * len(session.port.addresses)
        return session.negotiator.security is Security.REQUIRED and now - session.started > most

    # The client's side without TLS

    def readClient(self) -> None:
        """
        Look at what has come before taking it: the end of it may be the beginning of TLS.
        """
        session = self.session
        self.step("reads from the client")
        negotiator = session.negotiator
        known = negotiator.transparent
        octets = session.clientSocket.recv(BUFFER if known else LOOK, 0 if known else socket.MSG_PEEK)
        if not octets:
            self.clientEnd()
            return
        actions = negotiator.fromClient(octets)
        if not known:
            unread = negotiator.start.unread if negotiator.start is not None else 0
            octets = session.clientSocket.recv(len(octets) - unread) if len(octets) > unread else b""
        session.received += len(octets)
        session.active = session.host.now
        self.perform(actions)
        self.limitTime(bool(actions))

    def readLast(self) -> None:
        self.readClient()

    def readApplication(self) -> None:
        super().readApplication()
        self.limitTime(False)

    def limitTime(self, progress: bool) -> None:
        """
        Give the client its time for what it has begun.
        """
        session = self.session
        if session.phase is Phase.CLEARTEXT:
            if not session.negotiator.waiting:
                session.deadline = inf
            elif progress or session.deadline == inf:
                session.deadline = session.host.now + session.host.limits.handshake

    def tell(self, octets: bytes) -> None:
        session = self.session
        if session.tap is not None:
            session.tap.moved(session, "received in cleartext", memoryview(octets))
        super().tell(octets)

    def say(self, octets: bytes) -> None:
        session = self.session
        if session.tap is not None:
            session.tap.moved(session, "sent in cleartext", memoryview(octets))
        sent = 0
        if not session.toClient:
            with suppress(BlockingIOError):
                sent = session.clientSocket.send(octets)
        session.sent += sent
        session.toClient += octets[sent:]

    # TLS begins

    def startTls(self, start: StartTls) -> None:
        session = self.session
        self.step("was asked for TLS")
        if session.port.label in session.host.labels:
            self.say(start.accepted)
        else:
            session.host.labelMissing(session.port)
            self.say(start.unavailable)
            self.perform(session.negotiator.unavailable())

    def settle(self) -> None:
        session = self.session
        start = session.negotiator.start
        if start is not None and not session.toClient and session.phase is Phase.CLEARTEXT:
            self._beginHandshake(start)
        else:
            super().settle()

    def _beginHandshake(self, start: StartTls) -> None:
        session = self.session
        self.step("begins TLS")
        if session.port.label not in session.host.labels:
            # It has gone while the client took its time.
            session.host.labelMissing(session.port)
            self.leave(Outcome.LABEL_MISSING)
            return
        if start.anew:
            session.hangUp()
            session.toApplication = b""
            session.attempt = 0
        else:
            session.watchApplication(0)
        session.deadline = session.host.now + session.host.limits.handshake
        beginTls(session, byName=False)
