# -*- test-case-name: tests.sessions.test_ftpends -*-
"""
Data connections of FTP on which the client is about to send.  Lives in a server process.

What the library says of its own accord after the handshake, the session tickets of TLS 1.3 above all, waits for the
client's end: a client that only sends may close its connection without having read it.  Its system would then reset
the connection, and what was still on its way would be lost.  So the library works in memory here.
"""

from __future__ import annotations

from contextlib import suppress
from select import EPOLLIN, EPOLLOUT

from OpenSSL import SSL

from sslpool.sessions.data import DataEnds
from sslpool.sessions.dialling import Dialling
from sslpool.sessions.draining import Draining, SecuredDraining, endStream
from sslpool.sessions.handshake import Handshake
from sslpool.sessions.joined import Joined
from sslpool.sessions.outcome import Outcome, ofHandshake
from sslpool.sessions.phases import Phase
from sslpool.sessions.relaying import BUFFER, Relaying
from sslpool.sessions.secureddata import DataDialling, DataHandshake, DataRelaying, SecuredData
from sslpool.sessions.session import Session, Stage, kindOf
from sslpool.tls.binding import isModern
from sslpool.tls.records import CLOSED, RECORD

PIECE = BUFFER - RECORD
"""
The most that is received at once: it decrypts to less, and with it comes the rest of one record at most.
"""


class Transfer(SecuredData):
    """
    A data connection that is secured in memory where the client is about to send.

    @ivar uploading: it is.
    """

    uploading = False
    _held = b""

    def handshake(self, session: Session) -> Stage:
        self.uploading = self.owner.uploading
        return UploadHandshake(session) if self.uploading else super().handshake(session)

    def dialling(self, session: Session) -> Dialling:
        return UploadDialling(session) if self.uploading else super().dialling(session)

    def relaying(self, session: Session) -> Relaying:
        return UploadRelaying(session) if self.uploading else super().relaying(session)

    def draining(self) -> SecuredDraining:
        return UploadDraining(self.session) if self.uploading else super().draining()

    def take(self, most: int) -> bool | None:
        """
        Have the library get what has come; return whether there was any, C{None} at the end of the stream.
        """
        try:
            octets = self.session.clientSocket.recv(most)
        except BlockingIOError:
            return False
        if not octets:
            return None
        self.session.connection.bio_write(octets)
        return True

    def give(self) -> None:
        """
        Send what the library has said: little after the handshake, and all that the client gets.
        """
        self.keep()
        try:
            sent = self.session.clientSocket.send(self._held) if self._held else 0
        except BlockingIOError:
            return
        except OSError:
            sent = len(self._held)  # the client has gone, and reading says so
        self._held = self._held[sent:]

    def keep(self) -> int:
        """
        Take what the library has said; return how much has not been sent.
        """
        with suppress(SSL.WantReadError):
            self._held += self.session.connection.bio_read(PIECE)
        return len(self._held)


class UploadHandshake(DataHandshake):
    """
    Shakes hands.
    """

    __slots__ = ()

    overSocket = False

    def shake(self) -> None:
        session, data = self.session, kindOf(self.session, Transfer)
        try:
            # With what comes behind the handshake there has to be room for a piece.
            came = data.take(RECORD)
        except OSError as error:
            session.end(*ofHandshake(error))
            return
        if came is None:
            session.end(Outcome.HANDSHAKE_LEFT)
        elif came:
            Handshake.shake(self)
            self.resumes()
        if session.phase is Phase.HANDSHAKE:
            data.give()
            session.watchClient(EPOLLIN | EPOLLOUT if data.keep() else EPOLLIN)

    def secured(self) -> None:
        if not isModern(self.session.connection):
            # The server's last word is a part of the handshake.
            kindOf(self.session, Transfer).give()
        super().secured()

    def ending(self) -> None:
        kindOf(self.session, Transfer).give()


class Upload(DataEnds, Relaying):
    """
    How the client is read in memory.
    """

    __slots__ = ()

    def clientEvent(self, events: int) -> None:
        try:
            self.clientReady(events)
        except (SSL.Error, OSError) as error:
            self.clientFailed(error)

    def readClient(self) -> None:
        self.step("reads from the client")
        session, data = self.session, kindOf(self.session, Transfer)
        came = data.take(PIECE)
        length = code = 0
        try:
            while (code := session.host.records.read(session.connection, length)) > 0:
                length += code
        finally:
            if length:
                self.sendApplication(length)
        if data.keep() > RECORD:
            data.give()
            if data.keep() > BUFFER:
                session.end(Outcome.PROTOCOL, "more new keys asked for than read")
                return
        if code == CLOSED:
            self.clientEnd()
        elif came is None:
            self.clientCut()

    def readLast(self) -> None:
        self.readClient()

    def sendClient(self, length: int) -> None:
        self.session.end(Outcome.APPLICATION_RESET, "data on an upload")

    def clientFailed(self, error: Exception) -> None:
        Joined.clientFailed(self, error)

    def endClientStream(self) -> None:
        kindOf(self.session, Transfer).give()
        super().endClientStream()

    def ending(self) -> None:
        if self.session.clientShut:
            kindOf(self.session, Transfer).give()


class UploadDialling(Upload, DataDialling):
    """
    Waits for the application's side, and until it is ready.
    """

    __slots__ = ()

    def dialled(self) -> None:
        super().dialled()
        # The library may have it already.
        self.clientEvent(EPOLLIN)


class UploadRelaying(Upload, DataRelaying):
    """
    Relays.
    """

    __slots__ = ()


class UploadDraining(SecuredDraining):
    """
    Drops what still comes.
    """

    __slots__ = ()

    def bid(self, words: bytes) -> int:
        session = self.session
        session.clientShut = True
        session.host.records.shutdown(session.connection)
        kindOf(session, Transfer).give()
        endStream(session)
        return EPOLLIN

    def read(self) -> int:
        return Draining.read(self)

    def ending(self) -> None:
        kindOf(self.session, Transfer).give()
