# -*- test-case-name: tests.sessions.test_ftp,tests.sessions.test_ftpends -*-
"""
Data connections of FTP whose client side is secured.  Lives in a server process.

The handshake waits for the client: most begin it when they have been told that the transfer begins.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from select import EPOLLIN, EPOLLOUT

from OpenSSL import SSL

from sslpool.reasons import reasonOf
from sslpool.sessions.data import ClearData, Data, DataEnds, unreached
from sslpool.sessions.dialling import Dialling
from sslpool.sessions.draining import Draining, SecuredDraining, drain
from sslpool.sessions.handshake import Handshake
from sslpool.sessions.hello import beginTls, shake
from sslpool.sessions.outcome import Outcome, ofSession
from sslpool.sessions.phases import Event, Phase
from sslpool.sessions.relaying import Relaying
from sslpool.sessions.session import Host, Session, Stage, kindOf
from sslpool.sessions.silence import HALF_CLOSED
from sslpool.starttls.ftpdata import FtpData
from sslpool.tls.binding import wasResumed
from sslpool.tls.facts import isAnew
from sslpool.wire.assignment import PortAssignment

ANSWER_TIMEOUT = 300.0
"""
How long a client has to begin the handshake, in seconds: it may well wait for the application to begin.
"""


class SecuredData(Data):
    """
    A data connection whose client side is secured.

    The client's side is there before the first octet, and mostly the application's.  An upload is withheld from the
    application until the handshake is complete, and no data goes before it is ready.

    @ivar left: the client has left, and may have got all.
    @ivar waiting: the application is not ready for the data.
    """

    left = waiting = False

    def join(self, application: socket.socket | None) -> None:
        session = self.session
        session.applicationSocket = application
        session.come(Event.LOOK, FirstWord(session))
        session.deadline = session.host.now + ANSWER_TIMEOUT
        session.watchClient(EPOLLOUT if self.connecting else EPOLLIN)

    def meet(self, application: socket.socket) -> None:
        """
        The application's side is there, too.
        """
        self.session.applicationSocket = application
        if self.session.phase is Phase.DIALLING and not self.waiting:
            self._carry()

    @property
    def begun(self) -> bool:
        """
        The client has begun the handshake, be it that nobody has looked yet.
        """
        stage = self.session.stage
        if isinstance(stage, FirstWord) and not self.connecting:
            stage.clientEvent(EPOLLIN)
        return not isinstance(self.session.stage, FirstWord)

    def handshake(self, session: Session) -> Stage:
        return DataHandshake(session)

    def clientBegins(self) -> None:
        """
        The first octet is there.
        """
        session = self.session
        host, port, bound = session.host, session.port, self.owner.bound
        session.deadline = host.now + host.limits.handshake
        if bound is not None:
            shake(session, bound.anchor, bound.context)
            session.watchClient(EPOLLIN)
        elif port.label in host.labels:
            beginTls(session, byName=False)
        else:
            session.end(Outcome.LABEL_MISSING)
            return
        session.stage.clientEvent(EPOLLIN)

    def secured(self, session: Session) -> None:
        if self.owner.bound is not None:
            # Who has got tickets of this scope all the same could resume next time.
            self.owner.exposed |= not wasResumed(session.connection)
            if self.owner.exposed:
                session.end(Outcome.NOT_RESUMED)
                return
        session.come(Event.DIAL, self.dialling(session))
        self.waiting = self.owner.withholding
        session.deadline = session.host.now + HALF_CLOSED
        session.watchClient(0)
        self.follows(FtpData.dataSecured)
        if not self.waiting:
            self._carry()

    def dialling(self, session: Session) -> Dialling:
        """
        Return the stage at which the application's side is waited for.
        """
        return DataDialling(session)

    def reached(self, session: Session) -> None:
        hasEnded = session.clientEnded or session.applicationEnded
        session.come(Event.HALF if hasEnded else Event.RELAY, self.relaying(session))
        session.active = session.host.now
        session.host.applicationReached(session.port)

    def relaying(self, session: Session) -> Relaying:
        """
        Return the stage at which data goes.
        """
        return DataRelaying(session)

    def proceed(self) -> None:
        if self.waiting:
            self.waiting = False
            self._carry()

    def refuse(self) -> None:
        """
        See L{Data.refuse}.  The client is given time to notice.
        """
        if isinstance(self.session.stage, FirstWord):
            super().refuse()
        else:
            drain(self.draining(), Outcome.FINISHED)

    def draining(self) -> SecuredDraining:
        """
        Return the stage after we have closed.
        """
        return SecuredDraining(self.session)

    def _carry(self) -> None:
        """
        Data may go; the connection to the application has been begun before, or is still to come.
        """
        session = self.session
        session.deadline = session.host.now + session.host.limits.connect
        stage = session.stage
        assert isinstance(stage, Dialling)
        stage.dialled()


class FirstWord(Stage):
    """
    Waits for the client to begin.
    """

    __slots__ = ()

    def clientEvent(self, events: int) -> None:
        session, data = self.session, kindOf(self.session, SecuredData)
        try:
            # Why it cannot be reached is said once, and whoever looks for tickets may have heard it.
            _ = session.clientSocket.recv(1, socket.MSG_PEEK) or session.clientSocket.getpeername()
        except BlockingIOError:
            # It is connected, and waits for the application to begin.
            data.connecting = False
            session.watchClient(EPOLLIN)
        except OSError as error:
            if data.connecting:
                data.follows(unreached)
            session.end(Outcome.HANDSHAKE_LEFT, reasonOf(error))
        else:
            data.clientBegins()

    def sweep(self, now: float) -> None:
        if now > self.session.deadline:
            self.session.end(Outcome.HANDSHAKE_TIMEOUT)


class DataHandshake(Handshake):
    """
    Shakes hands.
    """

    __slots__ = ()

    def shake(self) -> None:
        """
        Go on with the handshake.  Where it has to resume, the end of what is said waits until it is known whether it
        does: the client could answer before the library has looked for more.
        """
        if kindOf(self.session, Data).owner.bound is None:
            super().shake()
            return
        self._cork(1)
        super().shake()
        self.resumes()
        if self.session.phase is not Phase.ENDED:
            self._cork(0)

    def _cork(self, value: int) -> None:
        with suppress(OSError):  # the client was faster
            self.session.clientSocket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, value)

    def resumes(self) -> None:
        """
        End where a handshake does not resume what it has to: before the client gets tickets to resume with next time.
        """
        session = self.session
        isBound = kindOf(session, Data).owner.bound is not None
        if isBound and session.phase is Phase.HANDSHAKE and isAnew(session.connection):
            session.end(Outcome.NOT_RESUMED)

    def refuse(self, outcome: Outcome, detail: str, stage: type[Draining] = Draining) -> None:
        self.session.end(outcome, detail)


class DataDialling(DataEnds, Dialling):
    """
    Waits for the application's side, and until it is ready.
    """

    __slots__ = ()

    def sweep(self, now: float) -> None:
        if self.session.applicationSocket is not None and not kindOf(self.session, SecuredData).waiting:
            super().sweep(now)
        elif now > self.session.deadline:
            self.session.end(Outcome.APPLICATION_TIMEOUT, "no answer")

    def failed(self, outcome: Outcome, detail: str) -> None:
        self.session.end(outcome, detail)


class DataRelaying(DataEnds, Relaying):
    """
    Relays.
    """

    __slots__ = ()

    def sendClient(self, length: int) -> None:
        session = self.session
        if kindOf(self.session, SecuredData).left:
            session.end(session.outcome, session.detail)
            return
        try:
            super().sendClient(length)
        except (SSL.Error, OSError):
            session.toClient = bytes(session.host.view[:length])
            raise

    def applicationEnd(self) -> None:
        session = self.session
        if kindOf(self.session, SecuredData).left:
            session.applicationEnded = session.applicationShut = True
            session.end(Outcome.FINISHED)
        else:
            super().applicationEnd()

    def clientFailed(self, error: Exception) -> None:
        """
        See L{Joined.clientFailed}.  A client that fetches a file may know how long it is, and leave as soon as it
        has that, before our close_notify or the application's end: whether it has, the application's next word shows.
        """
        session, data = self.session, kindOf(self.session, SecuredData)
        isFailure = session.toClient or data.owner.uploading or session.received or data.left
        if isFailure or session.stage is not self:
            super().clientFailed(error)
            return
        session.outcome, session.detail = ofSession(error, True)
        data.left = session.clientEnded = session.clientShut = True
        self.half()
        session.watchClient(0)
        if session.applicationEnded:
            self.applicationEnd()
        else:
            session.watchApplication(EPOLLIN)
            self.readApplication()


def openData(
    host: Host,
    data: Data,
    number: int,
    port: PortAssignment,
    client: socket.socket,
    application: socket.socket | None,
    peer: tuple[str, int],
) -> None:
    """
    Begin to carry a data connection.

    @param number: its number.
    @param application: where it is still to come, the client's side is to be secured.
    @param port: the port of its control session, with the data connection's own address.
    @param peer: the client's address.
    @raise KeyError: the label has gone from the key database.
    """
    packed = peer[1].to_bytes(2, "big") + peer[0].encode("ascii")
    if not isinstance(data, ClearData) and port.label not in host.labels:
        raise KeyError(port.label)
    host.sessions[number] = Session(host, data, number, -1, port, client, packed)
    try:
        data.join(application)
    except BaseException:
        del host.sessions[number]
        raise
