# -*- test-case-name: tests.server.test_session -*-
"""
The way of a session to its application: one target after another is connected to, within the limit
CONNECT.  Lives in a server process; the hot path.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from errno import EAGAIN, EINPROGRESS
from select import EPOLLIN, EPOLLOUT

from sslpool.keepalive import isDistant, keepAlive
from sslpool.pool.segment import Shortage
from sslpool.pool.visitors import visitorName
from sslpool.server.origin import comeFrom
from sslpool.server.outcome import Outcome
from sslpool.server.sides import Phase, Sides

_CONNECTING, _ESTABLISHED, _CLOSING = Phase.CONNECTING, Phase.ESTABLISHED, Phase.CLOSING


class Dialling(Sides):
    """
    A session that connects to its application; its attributes are those of L{Sides}.
    """

    __slots__ = ()

    def _connect(self) -> None:
        self.phase = _CONNECTING
        self.deadline = self._relay.now + self._relay.limits.connect
        self._dial()

    def _dial(self) -> None:
        address = self.port.addresses[self._attempt]
        try:
            application = socket.SocketType(address.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError:
            # No descriptor is left: the sweep tries again while there is time.
            self._relay.intake.lack(Shortage.DESCRIPTORS)
            self._watchClient(0)
            return
        self._application = application
        if address.port:
            application.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if isDistant(address.host):
                keepAlive(application)
            code = comeFrom(application, self.port, self._relay) if self.port.source else 0
            code = code or application.connect_ex((address.host, address.port))
        else:
            if self.port.inside:
                with suppress(OSError):  # somebody has the name: it goes without
                    application.bind(visitorName(self.number, self.client))
            code = application.connect_ex(address.host)
        if code in (0, EINPROGRESS):
            # Not waiting for writability: on the same machine the connection stands already.
            self._watchClient(0 if self._toApplication or self._clientEnded else EPOLLIN)
            self._watchApplication(EPOLLIN | EPOLLOUT if self._toApplication or self._clientEnded else EPOLLIN)
        elif code == EAGAIN:
            # The backlog of a UNIX socket is full, and nothing will tell when that changes: the sweep tries again.
            self._hangUp()
            self._watchClient(0)
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

    def _sweepConnecting(self, now: float) -> None:
        if now <= self.deadline:
            if self._application is None:
                self._dial()
            else:
                # Neither side may have anything to say for a long time.
                self._connected()
            return
        if self._application is None and self._relay.intake.shortage:
            self._leave(Outcome.DESCRIPTORS)
            return
        if self._application is not None and self._connected():
            return
        # Unless that has just failed, and the session has gone on to the next target or to its end.
        if self.phase is _CONNECTING and now > self.deadline:
            self._connectFailed(Outcome.APPLICATION_TIMEOUT, "no answer")

    def _connectFailed(self, outcome: Outcome, detail: str) -> None:
        self._hangUp()
        self._attempt += 1
        if self._attempt < len(self.port.addresses):
            self._connect()
        else:
            self._leave(outcome, detail)
