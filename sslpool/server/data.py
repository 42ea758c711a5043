# -*- test-case-name: tests.server.test_ftp -*-
"""
Data connections of FTP: sessions that belong to another session, secured or in cleartext as the
client has asked.  Lives in a server process.

The client's side and the application's are there before the first octet, and the handshake waits
for the client: most begin it when the application has said that the transfer begins.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from select import EPOLLIN, EPOLLOUT
from typing import TYPE_CHECKING, Protocol

from sslpool.config.portpolicy import PLAIN
from sslpool.reasons import reasonOf
from sslpool.server.cleartext import Cleartext
from sslpool.server.outcome import Outcome
from sslpool.server.reception import admitted, ask, demandFor
from sslpool.server.session import Session
from sslpool.server.sides import Phase, Sides
from sslpool.server.silence import HALF_CLOSED, isSilent
from sslpool.starttls.contract import Plain
from sslpool.tls.facts import wasResumed
from sslpool.tls.ticketless import avoidTickets

if TYPE_CHECKING:
    from sslpool.pool.assignment import PortAssignment
    from sslpool.server.binding import Bound
    from sslpool.server.relay import Relay

PATIENCE = 300.0
"""
How long a client has to begin the handshake of a data connection, in seconds: it may well wait for
the application to begin.
"""

_RESET = struct.pack("ii", 1, 0)


class Owner(Protocol):
    """
    Whom data connections belong to.

    @ivar closed: it has ended, and does not look after them any more.
    @ivar bound: what they must resume, where they must.
    @ivar uploading: the client is about to send and not to receive.
    """

    closed: bool
    bound: Bound | None

    @property
    def uploading(self) -> bool:
        """
        See above.
        """
        ...

    def dataEnded(self, session: Sides) -> None:
        """
        One has ended.
        """


class _Data(Session):
    """
    What both kinds have in common.
    """

    kind = "Data"
    handed = False

    __slots__ = ()

    _owner: Owner

    def _begin(self) -> None:
        """
        Nothing before L{join}.
        """

    def sweep(self, now: float) -> None:
        """
        See L{Session.sweep}.  What outlives its control session has to get on.
        """
        if self._owner.closed and isSilent(self, now, HALF_CLOSED):
            self.end(Outcome.CONTROL_ENDED)
        else:
            super().sweep(now)

    def end(self, outcome: Outcome, detail: str = "") -> None:
        """
        See L{Sides.end}.
        """
        if self.phase is not Phase.ENDED:
            super().end(outcome, detail)
            self._owner.dataEnded(self)

    def _hangUp(self) -> None:
        """
        Let the application go.  Where the client's end has not come, it must not take what it got for all there is.
        """
        if self._application is not None and not self._applicationShut:
            with suppress(OSError):
                self._application.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        super()._hangUp()

    def _connectFailed(self, outcome: Outcome, detail: str) -> None:
        self._leave(outcome, detail)


class DataSession(_Data, Session):
    """
    A data connection whose client side is secured.
    """

    __slots__ = ("_begun", "_owner")

    def join(self, owner: Owner, application: socket.socket, connecting: bool) -> None:
        """
        Both sides are there.

        @param connecting: it is us who connect to the client.
        """
        self._owner = owner
        self._application = application
        self._begun = False
        self.deadline = self._relay.now + PATIENCE
        self._secure()
        self._watchClient(EPOLLOUT if connecting else EPOLLIN)

    def _secure(self) -> None:
        bound = self._owner.bound
        if bound is not None:
            self.secureWith(bound.anchor, bound.context)
            demandFor(self.connection)
            return
        super()._secure()
        if self.port.policy != PLAIN:
            ask(self, self._relay)

    def _shake(self) -> None:
        if not self._begun:
            try:
                self._client.recv(1, socket.MSG_PEEK)
            except BlockingIOError:
                # It is connected, and waits for the application to begin.
                self._watchClient(EPOLLIN)
                return
            except OSError as error:
                self.end(Outcome.HANDSHAKE_LEFT, reasonOf(error))
                return
            self._clientBegins()
        super()._shake()

    def _clientBegins(self) -> None:
        self._begun = True
        self.deadline = self._relay.now + self._relay.limits.handshake
        if self._owner.uploading and self._owner.bound is None:
            avoidTickets(self.connection)

    def _connect(self) -> None:
        """
        The handshake is complete.  The connection to the application has been begun before.
        """
        if self.port.policy != PLAIN and not admitted(self, self._relay, self._leave):
            return
        if self._owner.bound is not None and not wasResumed(self.connection):
            self._leave(Outcome.NOT_RESUMED)
            return
        self.phase = Phase.CONNECTING
        self.deadline = self._relay.now + self._relay.limits.connect
        self._watchClient(EPOLLIN)
        self._watchApplication(EPOLLIN)

    def _clientFailed(self, error: Exception) -> None:
        """
        See L{Sides._clientFailed}.  Who has got all, our close_notify included, may leave as he likes.
        """
        if self._clientShut and not self._toClient and not self._lingering() and self.phase is not Phase.ENDED:
            self._applicationShut = True
            self.end(Outcome.FINISHED)
        else:
            super()._clientFailed(error)


class ClearData(_Data, Cleartext):
    """
    A data connection in cleartext.
    """

    __slots__ = ("_owner",)

    def join(self, owner: Owner, application: socket.socket, connecting: bool) -> None:
        """
        Both sides are there.

        @param connecting: it is us who connect to the client.
        """
        self._owner = owner
        self._application = application
        self.negotiator = Plain()
        self.phase = Phase.CONNECTING
        self.deadline = self._relay.now + self._relay.limits.connect
        self._watchApplication(EPOLLIN | EPOLLOUT)

    def _establish(self) -> None:
        super()._establish()
        self._limitTime(True)


def openData(
    relay: Relay,
    owner: Owner,
    number: int,
    port: PortAssignment,
    client: socket.socket,
    application: socket.socket,
    peer: tuple[str, int],
    protected: bool,
    connecting: bool,
) -> Session:
    """
    Begin to carry a data connection.

    @param number: its number.
    @param port: the port of its control session, with the data connection's own address.
    @param peer: the client's address.
    @param protected: the client's side is to be secured.
    @param connecting: it is us who connect to the client.
    @raise KeyError: the label has gone from the key database.
    """
    packed = peer[1].to_bytes(2, "big") + peer[0].encode("ascii")
    kind: type[DataSession | ClearData] = DataSession if protected else ClearData
    if relay.traced is not None:
        kind = relay.traced.kindBefore(kind, number, packed, port)
    session = kind(relay, number, -1, port, client, packed)
    relay.sessions[number] = session
    try:
        session.join(owner, application, connecting)
    except BaseException:
        del relay.sessions[number]
        raise
    return session
