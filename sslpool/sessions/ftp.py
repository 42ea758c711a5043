# -*- test-case-name: tests.sessions.test_ftp -*-
"""
FTP control sessions: their dialogue is understood to the end, also over TLS, and they own their data
connections.  Lives in a server process.
"""

from __future__ import annotations

import socket

from sslpool.config.securing import DataConnections, Dynamic, Implicit
from sslpool.sessions import cleartext
from sslpool.sessions.binding import bind
from sslpool.sessions.channels import Channels
from sslpool.sessions.dialogue import Dialogue, SecuredDialling
from sslpool.sessions.handshake import Handshake
from sslpool.sessions.hello import beginTls
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Event
from sslpool.sessions.session import Session, Stage, kindOf
from sslpool.sessions.silence import HALF_CLOSED, isSilent
from sslpool.starttls.contract import Action, DataStep, Listen, Security
from sslpool.starttls.ftp import Ftp
from sslpool.wire.assignment import PortAssignment

_HERE = "127.0.0.1"


class Control(cleartext.Dynamic):
    """
    An FTP control session.

    @ivar channels: its data connections.
    @ivar dialogue: its dialogue.
    """

    dialogue: Ftp
    channels: Channels
    _session: Session

    def begin(self, session: Session) -> None:
        port, how = session.port, session.port.securing
        terms = port.data or DataConnections()
        isImplicit = isinstance(how, Implicit)
        control = Security(how.security) if isinstance(how, Dynamic) else Security.REQUIRED
        self._session = session
        self._held: list[Action] = []
        self.dialogue = Ftp(control, Security(terms.security), isImplicit)
        self.dialogue.client = _hosts(session.clientSocket)[1]
        self.channels = Channels(session.host, self, terms, self.dialogue)
        session.negotiator = self.dialogue
        if isImplicit:
            beginTls(session, byName=False)
        else:
            self.open(session)

    @property
    def number(self) -> int:
        """
        See L{sslpool.sessions.channels.Control}.
        """
        return self._session.number

    @property
    def port(self) -> PortAssignment:
        """
        See L{sslpool.sessions.channels.Control}.
        """
        return self._session.port

    def follow(self, actions: list[Action]) -> None:
        """
        See L{sslpool.sessions.channels.Control.follow}.  Nothing is said while hands are shaken.
        """
        stage = self._session.stage
        if isinstance(stage, Dialogue):
            stage.follow(actions)
        else:
            self._held += actions

    def goOn(self, session: Session) -> None:
        super().goOn(session)
        held, self._held = self._held, []
        self.follow(held)

    def handshake(self, session: Session) -> Stage:
        return ControlHandshake(session)

    def secured(self, session: Session) -> None:
        if self.dialogue.secure:
            stage = SecuredDialling(session)
            session.come(Event.DIAL, stage)
            stage.dial()
        else:
            super().secured(session)

    def reached(self, session: Session) -> None:
        assert session.applicationSocket is not None
        self.dialogue.application = _hosts(session.applicationSocket)[1]
        if not self.dialogue.secure:
            super().reached(session)
            return
        session.host.applicationReached(session.port)
        session.active = session.host.now
        stage = Dialogue(session)
        session.come(Event.GO_ON, stage)
        stage.follow(self.dialogue.begin())

    def look(self) -> None:
        self.channels.look()

    def listen(self, session: Session, listen: Listen) -> list[Action]:
        place = None
        if session.applicationSocket is not None:
            place = self.channels.expect(listen, _hosts(session.clientSocket), _hosts(session.applicationSocket))
        return self.dialogue.notListening() if place is None else self.dialogue.listening(*place)

    def step(self, step: DataStep) -> None:
        self.channels.step(step)

    def sweep(self, session: Session, now: float) -> None:
        """
        See L{Kind.sweep}.  Who transfers data is not idle.
        """
        if self.channels.busy:
            session.active = now
        self.channels.sweep(now)
        if self.dialogue.owing and isSilent(session, now, HALF_CLOSED):
            self.follow(self.dialogue.overdue())

    def ending(self, session: Session, outcome: Outcome, detail: str) -> Outcome:
        self.channels.close(outcome is Outcome.FINISHED)
        return outcome


class ControlHandshake(Handshake):
    """
    Secures a control session.
    """

    __slots__ = ()

    def shake(self) -> None:
        channels = kindOf(self.session, Control).channels
        if channels.reuse and channels.bound is None:
            channels.bound = bind(self.session)
        super().shake()


def _hosts(connection: socket.SocketType) -> tuple[str, str]:
    """
    Return the hosts of a connection, ours first, with the zone that they may have.  What is reached by a path is
    on this machine.
    """
    try:
        ours, theirs = connection.getsockname(), connection.getpeername()
    except OSError:
        return _HERE, _HERE
    if isinstance(ours, tuple) and isinstance(theirs, tuple):
        return _zoned(*ours), _zoned(*theirs)
    return _HERE, _HERE


def _zoned(host: str, port: int, flow: int = 0, zone: int = 0) -> str:
    """
    Return the numeric host of a socket's address; one of IPv6 may mean nothing without its zone (RFC 4007 section 11).
    """
    return f"{host}%{zone}" if zone else host
