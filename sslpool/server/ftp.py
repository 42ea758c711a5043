# -*- test-case-name: tests.server.test_ftp -*-
"""
FTP control sessions: their dialogue is understood to the end, also over TLS, and they own their data
connections.  Lives in a server process.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from OpenSSL import SSL

from sslpool.config.portpolicy import PLAIN
from sslpool.config.securing import DataConnections, Dynamic, Implicit
from sslpool.server.binding import bind
from sslpool.server.channels import Channels
from sslpool.server.cleartext import Cleartext
from sslpool.server.negotiation import Negotiated
from sslpool.server.outcome import Outcome
from sslpool.server.reception import admitted, ask
from sslpool.server.session import Session
from sslpool.server.sides import Phase
from sslpool.server.silence import HALF_CLOSED, isSilent
from sslpool.starttls.contract import Action, DataStep, Listen, Security
from sslpool.starttls.ftp import Ftp

if TYPE_CHECKING:
    from sslpool.server.relay import Relay

_HERE = "127.0.0.1"


class FtpDialogue(Ftp):
    """
    A dialogue, and the data connections that come of it.

    @ivar channels: the data connections.
    """

    def __init__(self, session: FtpControl, relay: Relay) -> None:
        securing = session.port.securing
        control = Security(securing.security) if isinstance(securing, Dynamic) else Security.REQUIRED
        terms = session.port.data or DataConnections()
        super().__init__(control, Security(terms.security), isinstance(securing, Implicit))
        self.channels = Channels(relay, session, terms, self)
        self.client = session.clientHosts()[1]


class FtpControl(Negotiated):
    """
    An FTP control session.
    """

    __slots__ = ()

    def clientHosts(self) -> tuple[str, str]:
        """
        Return our own host on the client's side, and the client's.
        """
        return _hosts(self._client)

    @property
    def channels(self) -> Channels:
        """
        The data connections.
        """
        return self.dialogue.channels

    def _listen(self, listen: Listen) -> None:
        place = None
        if self._application is not None:
            place = self.channels.expect(listen, self.clientHosts(), _hosts(self._application))
        if place is None:
            self._perform(self.negotiator.notListening())
        else:
            self._perform(self.negotiator.listening(*place))

    def _met(self) -> None:
        """
        The application is connected.
        """
        assert self._application is not None
        self.dialogue.application = _hosts(self._application)[1]

    def _step(self, step: DataStep) -> None:
        self.channels.step(step)

    def follow(self, actions: list[Action]) -> None:
        """
        See L{sslpool.server.channels.Control.follow}.
        """
        try:
            self._perform(actions)
            self._settle()
        except (SSL.Error, OSError) as error:
            self._clientFailed(error)

    def _readApplication(self) -> None:
        self.channels.look()
        super()._readApplication()

    @property
    def dialogue(self) -> FtpDialogue:
        """
        The dialogue.
        """
        assert isinstance(self.negotiator, FtpDialogue)
        return self.negotiator

    def sweep(self, now: float) -> None:
        """
        See L{Session.sweep}.  Who transfers data is not idle.
        """
        if self.channels.busy:
            self.active = now
        self.channels.sweep(now)
        if self.dialogue.owing and isSilent(self, now, HALF_CLOSED):
            self.follow(self.dialogue.overdue())
        super().sweep(now)

    def end(self, outcome: Outcome, detail: str = "") -> None:
        if self.phase is not Phase.ENDED:
            self.channels.close(outcome is Outcome.FINISHED)
        super().end(outcome, detail)


class FtpSecured(FtpControl):
    """
    A control session whose client side is secured.
    """

    __slots__ = ()

    def _shake(self) -> None:
        channels = self.channels
        if channels.reuse and channels.bound is None:
            channels.bound = bind(self, self._relay)
        super()._shake()


class FtpCleartext(FtpControl, Cleartext):
    """
    A control session in cleartext, until the client asks for TLS.
    """

    __slots__ = ()

    secured = FtpSecured

    def _begin(self) -> None:
        super()._begin()
        self.negotiator = FtpDialogue(self, self._relay)

    def _establish(self) -> None:
        self._met()
        super()._establish()


class FtpImplicit(FtpSecured):
    """
    A control session that is secure from the beginning.
    """

    __slots__ = ()

    def _begin(self) -> None:
        self.negotiator = FtpDialogue(self, self._relay)
        super()._begin()

    def _secure(self) -> None:
        super()._secure()
        if self.port.policy != PLAIN:
            ask(self, self._relay)

    def _connect(self) -> None:
        """
        The handshake is complete.
        """
        if self.port.policy == PLAIN or admitted(self, self._relay, self._leave):
            Session._connect(self)

    def _dial(self) -> None:
        super()._dial()
        if self.phase is Phase.CONNECTING:
            # The application speaks first.
            self._watchClient(0)

    def _establish(self) -> None:
        Session._establish(self)
        self._met()
        self._perform(self.negotiator.begin())
        self._settle()


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
