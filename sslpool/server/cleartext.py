# -*- test-case-name: tests.server.test_cleartext -*-
"""
Dynamic SSL in a session: the dialogue in cleartext before TLS, and the change to TLS.  Lives in a
server process.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from math import inf
from select import EPOLLIN, EPOLLOUT
from typing import ClassVar

from sslpool.config.portpolicy import PLAIN
from sslpool.config.securing import Dynamic
from sslpool.server.negotiation import Negotiated
from sslpool.server.outcome import Outcome
from sslpool.server.reception import ask
from sslpool.server.session import BUFFER, Session
from sslpool.server.sides import LINGER, Phase
from sslpool.server.silence import sweepSilent
from sslpool.starttls.contract import Refusal, Security, StartTls
from sslpool.starttls.protocols import negotiatorFor
from sslpool.tls.facts import Facts

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


class Cleartext(Negotiated):
    """
    A session whose client side is in cleartext, until its negotiator begins TLS.

    @cvar secured: what it becomes then.
    """

    __slots__ = ()

    secured: ClassVar[type[Session]] = Negotiated

    @property
    def label(self) -> str:
        """
        Nothing is secured by a label yet.
        """
        return ""

    @property
    def facts(self) -> Facts:
        """
        Nothing has been agreed yet.
        """
        return Facts("", "", False)

    def _begin(self) -> None:
        """
        Begin as soon as the client's socket is looked at: the application is connected first,
        since it speaks first in most of these protocols.
        """
        securing = self.port.securing
        assert isinstance(securing, Dynamic)
        self.negotiator = negotiatorFor(securing.protocol, securing.security)
        self.phase = Phase.CONNECTING
        self.deadline = self._relay.now + self._relay.limits.connect
        self._watchClient(EPOLLOUT)

    def sweep(self, now: float) -> None:
        if self._isOverdue(now):
            self._perform(self.negotiator.late())
            self._leave(Outcome.NEGOTIATION_LATE)
        elif self.phase is not Phase.CLEARTEXT:
            super().sweep(now)
        elif now > self.deadline:
            self._perform(self.negotiator.late())
            self._limitTime(True)
            self._settle()
        elif now - self.active > self._relay.patience:
            sweepSilent(self, now)

    def _isOverdue(self, now: float) -> bool:
        """
        Tell whether TLS is required and has not begun in all the time that there is for it.
        """
        if self.negotiator.security is not Security.REQUIRED or self.phase is Phase.CONNECTING or self._isOver():
            return False
        limits = self._relay.limits
        return now - self.started > DIALOGUE * limits.handshake + limits.connect * len(self.port.addresses)

    # The application is connected first

    def _establish(self) -> None:
        if self._slot >= 0:
            self._markTaken()
        self._relay.applicationReached(self.port)
        if self.negotiator.security is not Security.REQUIRED:
            # It may go on as it is for good.
            self._relay.passed(self)
        self.phase = Phase.CLEARTEXT
        self.active = self._relay.now
        self._perform(self.negotiator.begin())
        self._limitTime(True)
        self._settle()

    def clientEvent(self, events: int) -> None:
        try:
            if self.phase is Phase.CONNECTING:
                self._watchClient(0)
                if self._application is None:
                    self._connect()
            elif self._lingering():
                self._drain()
            else:
                super().clientEvent(events)
        except OSError as error:
            self._clientFailed(error)

    def _connect(self) -> None:
        Session._connect(self)

    # The client's side without TLS

    def _readClient(self) -> None:
        """
        Look at what has come before taking it: the end of it may be the beginning of TLS.
        """
        negotiator = self.negotiator
        known = negotiator.transparent
        octets = self._client.recv(BUFFER if known else LOOK, 0 if known else socket.MSG_PEEK)
        if not octets:
            self._clientEnd()
            return
        actions = negotiator.fromClient(octets)
        if not known:
            unread = negotiator.start.unread if negotiator.start is not None else 0
            octets = self._client.recv(len(octets) - unread) if len(octets) > unread else b""
        self.received += len(octets)
        self.active = self._relay.now
        self._perform(actions)
        self._limitTime(bool(actions))

    def _readApplication(self) -> None:
        super()._readApplication()
        self._limitTime(False)

    def _limitTime(self, progress: bool) -> None:
        """
        Give the client its time for what it has begun.
        """
        if self.phase is Phase.CLEARTEXT:
            if not self.negotiator.waiting:
                self.deadline = inf
            elif progress or self.deadline == inf:
                self.deadline = self._relay.now + self._relay.limits.handshake

    def _say(self, octets: bytes) -> None:
        sent = 0
        if not self._toClient:
            with suppress(BlockingIOError):
                sent = self._client.send(octets)
        self.sent += sent
        self._toClient += octets[sent:]

    def _shutClient(self) -> None:
        if not self._clientShut:
            self._clientShut = True
            with suppress(OSError):  # it has gone
                self._client.shutdown(socket.SHUT_WR)
        self._endWhenBothEnded()

    def _leave(self, outcome: Outcome, detail: str = "") -> None:
        """
        Close of our own accord, with last words where there is a protocol for them.
        """
        if self._isOver():
            return
        negotiator = self.negotiator
        words = b"" if negotiator.over or self._clientShut else negotiator.lastWords(_WORDS.get(outcome, Refusal.GONE))
        self._outcome, self._detail = outcome, detail
        self._hangUp()
        self._clientEnded = self._applicationEnded = self._applicationShut = self._clientShut = True
        unsent, self._toApplication, self._toClient = self._toClient + words, b"", b""
        self.phase = Phase.CLOSING
        self.deadline = self._relay.now + LINGER
        try:
            if unsent:
                self.sent += self._client.send(unsent)
            self._client.shutdown(socket.SHUT_WR)
            self._watchClient(EPOLLIN)
        except OSError:
            self.end(outcome, detail)

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            if not self._client.recv_into(self._relay.buffer):
                self.end(self._outcome, self._detail)

    # TLS begins

    def _startTls(self, start: StartTls) -> None:
        if self.port.label in self._relay.labels:
            self._say(start.accepted)
        else:
            self._relay.labelMissing(self.port)
            self._say(start.unavailable)
            self._perform(self.negotiator.unavailable())

    def _settle(self) -> None:
        start = self.negotiator.start
        if start is not None and not self._toClient and self.phase is Phase.CLEARTEXT:
            self._beginHandshake(start)
        else:
            super()._settle()

    def _beginHandshake(self, start: StartTls) -> None:
        self._watchClient(0)
        if start.anew:
            self._hangUp()
            self._toApplication = b""
            self._attempt = 0
        else:
            self._watchApplication(0)
        self.become(self.secured)
        self.phase = Phase.HANDSHAKE
        self.deadline = self._relay.now + self._relay.limits.handshake
        self._secure()
        if self.port.policy != PLAIN:
            ask(self, self._relay)
        self._watchClient(EPOLLIN)
