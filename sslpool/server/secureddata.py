# -*- test-case-name: tests.server.test_ftp,tests.server.test_ftpends -*-
"""
Data connections of FTP whose client side is secured.  Lives in a server process.

The handshake waits for the client: most begin it when they have been told that the transfer begins.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from select import EPOLLIN, EPOLLOUT
from typing import TYPE_CHECKING

from OpenSSL import SSL

from sslpool.config.portpolicy import PLAIN
from sslpool.reasons import reasonOf
from sslpool.server.data import ClearData, Data, Owner, unreached
from sslpool.server.outcome import Outcome, ofHandshake, ofSession
from sslpool.server.reception import admitted, ask, demandFor
from sslpool.server.session import BUFFER, Session
from sslpool.server.sides import Phase
from sslpool.server.silence import HALF_CLOSED
from sslpool.starttls.ftpdata import FtpData
from sslpool.tls.facts import isAnew, isModern, wasResumed
from sslpool.tls.records import CLOSED, RECORD

if TYPE_CHECKING:
    from sslpool.pool.assignment import PortAssignment
    from sslpool.server.relay import Relay

PATIENCE = 300.0
"""
How long a client has to begin the handshake, in seconds: it may well wait for the application to begin.
"""

PIECE = BUFFER - RECORD
"""
The most that is received at once: it decrypts to less, and with it comes the rest of one record at most.
"""


class DataSession(Data, Session):
    """
    A data connection whose client side is secured.

    The client's side is there before the first octet, and mostly the application's.  An upload is withheld from the
    application until the handshake is complete, and no data goes before it is ready.
    """

    __slots__ = ("_anchor", "_begun", "_held", "_left", "_owner", "_reaching", "_waiting")

    def join(self, owner: Owner, application: socket.socket | None, connecting: bool) -> None:
        """
        The client's side is there.

        @param application: the application's side, where that is there already.
        @param connecting: it is us who connect to the client.
        """
        self._owner = owner
        self._application = application
        self._begun = self._left = self._waiting = False
        self._reaching = connecting
        self._held = b""
        self.deadline = self._relay.now + PATIENCE
        self._secure()
        self._watchClient(EPOLLOUT if connecting else EPOLLIN)

    def meet(self, application: socket.socket) -> None:
        """
        The application's side is there, too.
        """
        self._application = application
        if self.phase is Phase.CONNECTING and not self._waiting:
            self._carry()

    @property
    def begun(self) -> bool:
        """
        The client has begun the handshake, be it that nobody has looked yet.
        """
        if not self._begun and not self._reaching and self.phase is Phase.HANDSHAKE:
            self._shake()
        return self._begun

    def _secure(self) -> None:
        bound = self._owner.bound
        if bound is not None:
            self.secureWith(bound.anchor, bound.context)
            demandFor(self.connection)
            return
        super()._secure()
        if self.port.policy != PLAIN:
            ask(self, self._relay)

    def secureWith(self, anchor: SSL.Context, label: SSL.Context) -> None:
        self._anchor = anchor
        super().secureWith(anchor, label)

    def _shake(self) -> None:
        if self._begun:
            self._shakeOn()
            return
        try:
            # Why it cannot be reached is said once, and whoever looks for tickets may have heard it.
            _ = self._client.recv(1, socket.MSG_PEEK) or self._client.getpeername()
        except BlockingIOError:
            # It is connected, and waits for the application to begin.
            self._reaching = False
            self._watchClient(EPOLLIN)
        except OSError as error:
            if self._reaching:
                self._owner.dataFollows(self, unreached)
            self.end(Outcome.HANDSHAKE_LEFT, reasonOf(error))
        else:
            self._clientBegins()
            self._shake()

    def _shakeOn(self) -> None:
        """
        Go on with the handshake.  Where it has to resume, the end of what is said waits until it is known whether it
        does: the client could answer before the library has looked for more.
        """
        if self._owner.bound is None:
            super()._shake()
            return
        self._cork(1)
        super()._shake()
        self._resumes()
        if self.phase is not Phase.ENDED:
            self._cork(0)

    def _cork(self, value: int) -> None:
        with suppress(OSError):  # the client was faster
            self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, value)

    def _resumes(self) -> None:
        """
        End where a handshake does not resume what it has to: before the client gets tickets to resume with next time.
        """
        if self._owner.bound is not None and self.phase is Phase.HANDSHAKE and isAnew(self.connection):
            self.end(Outcome.NOT_RESUMED)

    def _clientBegins(self) -> None:
        self._begun = True
        self.deadline = self._relay.now + self._relay.limits.handshake
        if self._owner.uploading:
            label = self.connection.get_context()
            self.become(UploadSession)
            # With what has been chosen, be it for a ticket of a former key; nothing has been read yet.
            self.secureWith(self._anchor, label)
            demandFor(self.connection)

    def _connect(self) -> None:
        """
        The handshake is complete.
        """
        if self.port.policy != PLAIN and not admitted(self, self._relay, self._leave):
            return
        if self._owner.bound is not None:
            # Who has got tickets of this scope all the same could resume next time.
            self._owner.exposed |= not wasResumed(self.connection)
            if self._owner.exposed:
                self.end(Outcome.NOT_RESUMED)
                return
        self.phase = Phase.CONNECTING
        self._waiting = self._owner.withholding
        self.deadline = self._relay.now + HALF_CLOSED
        self._watchClient(0)
        self._owner.dataFollows(self, FtpData.dataSecured)
        if not self._waiting:
            self._carry()

    def proceed(self) -> None:
        if self._waiting:
            self._waiting = False
            self._carry()

    def refuse(self) -> None:
        """
        See L{Data.refuse}.  The client is given time to notice.
        """
        Session._leave(self, Outcome.FINISHED)

    def _carry(self) -> None:
        """
        Data may go; the connection to the application has been begun before, or is still to come.
        """
        self.deadline = self._relay.now + self._relay.limits.connect
        self._watchClient(0 if self._toApplication or self._clientEnded else EPOLLIN)
        self._watchApplication(EPOLLIN | EPOLLOUT if self._toApplication or self._clientEnded else EPOLLIN)

    def _sweepConnecting(self, now: float) -> None:
        if self._application is not None and not self._waiting:
            super()._sweepConnecting(now)
        elif now > self.deadline:
            self.end(Outcome.APPLICATION_TIMEOUT, "no answer")

    def _sendClient(self, length: int) -> None:
        if self._left:
            self.end(self._outcome, self._detail)
            return
        try:
            super()._sendClient(length)
        except (SSL.Error, OSError):
            self._toClient = bytes(self._relay.view[:length])
            raise

    def _applicationEnd(self) -> None:
        if self._left:
            self._applicationEnded = self._applicationShut = True
            self.end(Outcome.FINISHED)
        else:
            super()._applicationEnd()

    def _clientFailed(self, error: Exception) -> None:
        """
        See L{Sides._clientFailed}.  A client that fetches a file may know how long it is, and leave as soon as it has
        that, before our close_notify or the application's end: whether it has, the application's next word shows.
        """
        phase = self.phase
        isFailure = self._toClient or self._owner.uploading or self.received or self._left
        if isFailure or self._lingering() or phase not in (Phase.ESTABLISHED, Phase.CLOSING):
            super()._clientFailed(error)
            return
        self._outcome, self._detail = ofSession(error)
        self._left = self._clientEnded = self._clientShut = True
        self.phase = Phase.CLOSING
        self._watchClient(0)
        if self._applicationEnded:
            self._applicationEnd()
        else:
            self._watchApplication(EPOLLIN)
            self._readApplication()


class UploadSession(DataSession):
    """
    One on which the client is about to send.  What the library says of its own accord after the handshake, the
    session tickets of TLS 1.3 above all, waits for the client's end: a client that only sends may close its
    connection without having read it.  Its system would then reset the connection, and what was still on its way
    would be lost.  So the library works in memory here.
    """

    __slots__ = ()

    def secureWith(self, anchor: SSL.Context, label: SSL.Context) -> None:
        self.connection = SSL.Connection(anchor, None)
        self.connection.set_context(label)
        self.connection.set_accept_state()

    def _take(self, most: int) -> bool | None:
        """
        Have the library get what has come; return whether there was any, C{None} at the end of the stream.
        """
        try:
            octets = self._client.recv(most)
        except BlockingIOError:
            return False
        if not octets:
            return None
        self.connection.bio_write(octets)
        return True

    def _give(self) -> None:
        """
        Send what the library has said: little after the handshake, and all that the client gets.
        """
        self._keep()
        try:
            sent = self._client.send(self._held) if self._held else 0
        except BlockingIOError:
            return
        except OSError:
            sent = len(self._held)  # the client has gone, and reading says so
        self._held = self._held[sent:]

    def _keep(self) -> None:
        with suppress(SSL.WantReadError):
            self._held += self.connection.bio_read(PIECE)

    def _shake(self) -> None:
        try:
            # With what comes behind the handshake there has to be room for a piece.
            came = self._take(RECORD)
        except OSError as error:
            self.end(*ofHandshake(error))
            return
        if came is None:
            self.end(Outcome.HANDSHAKE_LEFT)
        elif came:
            Session._shake(self)
            self._resumes()
        if self.phase is Phase.HANDSHAKE:
            self._give()
            self._watchClient(EPOLLIN | EPOLLOUT if self._held else EPOLLIN)

    def _connect(self) -> None:
        if not isModern(self.connection):
            # The server's last word is a part of the handshake.
            self._give()
        super()._connect()

    def _carry(self) -> None:
        super()._carry()
        # The library may have it already.
        self.clientEvent(EPOLLIN)

    def _readClient(self) -> None:
        relay = self._relay
        came = self._take(PIECE)
        length = code = 0
        try:
            while (code := relay.records.read(self.connection, length)) > 0:
                length += code
        finally:
            if length:
                self._sendApplication(length)
        self._keep()
        if len(self._held) > RECORD:
            self._give()
            if len(self._held) > BUFFER:
                self.end(Outcome.PROTOCOL, "more new keys asked for than read")
                return
        if code == CLOSED:
            self._clientEnd()
        elif came is None:
            raise SSL.SysCallError(-1, "Unexpected EOF")

    def _readLast(self) -> None:
        self._readClient()

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            if not self._client.recv_into(self._relay.buffer):
                self.end(self._outcome, self._detail)

    def _sendClient(self, length: int) -> None:
        self.end(Outcome.APPLICATION_RESET, "data on an upload")

    def _clientFailed(self, error: Exception) -> None:
        Session._clientFailed(self, error)

    def _endStream(self) -> None:
        self._give()
        super()._endStream()

    def end(self, outcome: Outcome, detail: str = "") -> None:
        if self.phase is Phase.HANDSHAKE or (self.phase is not Phase.ENDED and self._clientShut):
            self._give()
        super().end(outcome, detail)


def openData(
    relay: Relay,
    owner: Owner,
    number: int,
    port: PortAssignment,
    client: socket.socket,
    application: socket.socket | None,
    peer: tuple[str, int],
    protected: bool,
    connecting: bool,
) -> DataSession | ClearData:
    """
    Begin to carry a data connection.

    @param number: its number.
    @param application: where it is still to come, the client's side is to be secured.
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
