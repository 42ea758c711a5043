# -*- test-case-name: tests.sessions.test_handshake -*-
"""
The stage at which a session connects to its application: one address after another is tried, within the limit
CONNECT.  Lives in a server process; the hot path.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from errno import EAGAIN, EINPROGRESS
from select import EPOLLIN, EPOLLOUT

from OpenSSL import SSL

from sslpool.keepalive import isDistant, keepAlive
from sslpool.sessions.origin import comeFrom
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Event, Phase
from sslpool.sessions.relaying import Relaying
from sslpool.wire.manhole import visitorName
from sslpool.wire.segment import Shortage

_STREAM = int(socket.SOCK_STREAM) | int(socket.SOCK_NONBLOCK)
_TCP, _NODELAY = int(socket.IPPROTO_TCP), int(socket.TCP_NODELAY)
_DIALLING = Phase.DIALLING


class Dialling(Relaying):
    """
    Connects, and sends what the client says meanwhile: on the same machine the connection stands already.
    """

    __slots__ = ()

    def dial(self) -> None:
        """
        Begin with the present address.
        """
        session = self.session
        session.deadline = session.host.now + session.host.limits.connect
        self.connect()

    def connect(self) -> None:
        """
        Connect to the present address.
        """
        session = self.session
        self.step("connects to the application")
        address = session.port.addresses[session.attempt]
        try:
            application = socket.SocketType(address.family, _STREAM)
        except OSError:
            # No descriptor is left: the sweep tries again while there is time.
            session.host.lack(Shortage.DESCRIPTORS)
            session.watchClient(0)
            return
        session.applicationSocket = application
        if address.port:
            application.setsockopt(_TCP, _NODELAY, 1)
            if isDistant(address.host):
                keepAlive(application)
            code = comeFrom(application, session.port, session.host) if session.port.source else 0
            code = code or application.connect_ex((address.host, address.port))
        else:
            if session.port.manhole:
                with suppress(OSError):  # somebody has the name: it goes without
                    application.bind(visitorName(session.number, session.client))
            code = application.connect_ex(address.host)
        if code in (0, EINPROGRESS):
            self.dialled()
        elif code == EAGAIN:
            # The backlog of a UNIX socket is full, and nothing will tell when that changes: the sweep tries again.
            session.hangUp()
            session.watchClient(0)
        else:
            self.failed(Outcome.APPLICATION_DOWN, os.strerror(code))

    def dialled(self) -> None:
        """
        The connection is on its way, or stands; not waiting for writability: on the same machine it stands.
        """
        session = self.session
        waits = session.toApplication or session.clientEnded
        session.watchClient(0 if waits else EPOLLIN)
        session.watchApplication(EPOLLIN | EPOLLOUT if waits else EPOLLIN)

    def clientEvent(self, events: int) -> None:
        try:
            self.clientReady(events)
        except (SSL.Error, OSError) as error:
            self.clientFailed(error)

    def applicationEvent(self, events: int) -> None:
        if self.isConnected():
            self.session.stage.applicationEvent(events)

    def isConnected(self) -> bool:
        """
        Find out whether the connection stands, and go on where it does; where it has failed, with the next address.
        """
        session = self.session
        self.step("checks the connection to the application")
        application = session.applicationSocket
        assert application is not None
        code = application.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self.failed(Outcome.APPLICATION_DOWN, os.strerror(code))
            return False
        try:
            application.getpeername()
        except OSError:
            return False
        session.kind.reached(session)
        return True

    def sweep(self, now: float) -> None:
        session = self.session
        if now <= session.deadline:
            if session.applicationSocket is None:
                self.connect()
            else:
                # Neither side may have anything to say for a long time.
                self.isConnected()
        elif session.applicationSocket is None and session.host.isShort:
            self.leave(Outcome.DESCRIPTORS)
        elif (session.applicationSocket is None or not self.isConnected()) and (
            # Unless that has just failed, and the session has gone on to the next address or to its end.
            session.phase is _DIALLING and now > session.deadline
        ):
            self.failed(Outcome.APPLICATION_TIMEOUT, "no answer")

    def failed(self, outcome: Outcome, detail: str) -> None:
        """
        Go on to the next address, where there is one.
        """
        session = self.session
        self.step("cannot connect to the application", outcome, detail)
        session.hangUp()
        session.attempt += 1
        if session.attempt < len(session.port.addresses):
            session.come(Event.DIAL)
            self.dial()
        else:
            self.leave(outcome, detail)

    def sendApplication(self, length: int) -> None:
        super().sendApplication(length)
        session = self.session
        if session.stage is self and session.phase is _DIALLING and len(session.toApplication) < length:
            session.kind.reached(session)

    def sendFailed(self, unsent: bytes, error: OSError) -> None:
        """
        The connection had never stood: the next address gets C{unsent}.
        """
        self.session.toApplication = unsent
        self.failed(Outcome.APPLICATION_DOWN, os.strerror(error.errno or 0))
