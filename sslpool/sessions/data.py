# -*- test-case-name: tests.sessions.test_ftp,tests.sessions.test_ftpends -*-
"""
Data connections of FTP: sessions that belong to another session, in cleartext here, and secured in
L{sslpool.sessions.secureddata}.  Lives in a server process.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from select import EPOLLIN, EPOLLOUT
from typing import Protocol

from OpenSSL import SSL

from sslpool.reasons import reasonOf
from sslpool.sessions.binding import Bound
from sslpool.sessions.cleartext import Clear, ClearDialling, Cleartext
from sslpool.sessions.dialogue import Conversing
from sslpool.sessions.joined import Joined
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Event
from sslpool.sessions.session import Kind, Session, kindOf
from sslpool.sessions.silence import HALF_CLOSED, isSilent
from sslpool.sessions.sockets import resetAtEnd
from sslpool.starttls.contract import Action, Plain
from sslpool.starttls.ftpdata import FtpData
from sslpool.starttls.ftptransfers import Failure

unreached = partial(FtpData.dataFailed, failure=Failure.UNREACHED)
"""
The step of a data connection whose client, or application, could not be reached.
"""


class Owner(Protocol):
    """
    Whom data connections belong to.

    @ivar closed: it has ended, and does not look after them any more.
    @ivar bound: what they must resume, where they must.
    @ivar exposed: somebody who did not can resume it now: nobody may any more.
    """

    closed: bool
    bound: Bound | None
    exposed: bool

    @property
    def uploading(self) -> bool:
        """
        The client is about to send and not to receive.
        """
        ...

    @property
    def withholding(self) -> bool:
        """
        The application is not to be asked for the transfer before the client's side is secured.
        """
        ...

    def dataFollows(self, data: Data, step: Callable[[FtpData], list[Action]]) -> None:
        """
        One has come to a step, which the dialogue is told if it is the one that was expected last.
        """

    def dataEnded(self, data: Data, outcome: Outcome) -> None:
        """
        One has ended.
        """


class Data(Kind):
    """
    What both kinds of data connections have in common.  Where one does not end in order, both sides get a reset: the
    end of the stream, or close_notify, would tell them that they have got all there was.

    @ivar owner: whom it belongs to.
    @ivar session: its session.
    @param connecting: it is us who connect to the client.
    """

    shown = "Data"
    handed = False
    resets = True

    session: Session

    def __init__(self, owner: Owner, connecting: bool) -> None:
        self.owner = owner
        self.connecting = connecting

    def begin(self, session: Session) -> None:
        """
        Nothing before C{join}.
        """
        self.session = session

    def join(self, application: socket.socket | None) -> None:
        """
        The client's side is there.

        @param application: the application's side, where that is there already.
        """
        raise NotImplementedError

    def follows(self, step: Callable[[FtpData], list[Action]]) -> None:
        """
        Tell the dialogue of a step.
        """
        self.owner.dataFollows(self, step)

    def proceed(self) -> None:
        """
        The application is ready for the data.
        """

    def refuse(self) -> None:
        """
        The application does not want the data: end.
        """
        self.session.end(Outcome.FINISHED)

    def sweep(self, session: Session, now: float) -> None:
        """
        What outlives its control session has to get on.
        """
        if self.owner.closed and isSilent(session, now, HALF_CLOSED):
            session.end(Outcome.CONTROL_ENDED)

    def ending(self, session: Session, outcome: Outcome, detail: str) -> Outcome:
        if not session.clientShut:
            session.watchClient(0)
            resetAtEnd(session.clientSocket)
            session.clientSocket.close()
        return outcome

    def ended(self, session: Session, outcome: Outcome) -> None:
        self.owner.dataEnded(self, outcome)


class DataEnds(Joined):
    """
    How the stages of data connections end.
    """

    __slots__ = ()

    hasMoved = True
    hasAll = False

    def leave(self, outcome: Outcome, detail: str = "") -> None:
        if outcome is Outcome.APPLICATION_RESET and self._isUploaded():
            # It has all that it wanted, and nothing to say.
            self.session.applicationReset = False
            self.applicationEnd()
        else:
            self.session.end(outcome, detail)

    def clientCut(self) -> None:
        if not self.session.port.resetData:
            self.clientOver()
            return
        self.clientFailed(SSL.SysCallError(-1, "Unexpected EOF"))

    def applicationDeaf(self, error: OSError) -> None:
        """
        See L{Joined.applicationDeaf}.  One that has ended its output first has not got all the same.
        """
        if self.session.applicationEnded:
            self.session.end(Outcome.APPLICATION_RESET, reasonOf(error))
        else:
            super().applicationDeaf(error)

    def _isUploaded(self) -> bool:
        """
        Tell whether the application has got a whole upload.
        """
        session = self.session
        isWhole = session.applicationShut and session.outcome is Outcome.FINISHED and not session.applicationEnded
        return isWhole and kindOf(self.session, Data).owner.uploading

    def shutApplication(self) -> None:
        session = self.session
        if session.outcome is not Outcome.FINISHED:
            # What came before the client's side failed has been delivered.
            session.end(session.outcome, session.detail)
        elif not session.applicationShut:
            super().shutApplication()
            kindOf(self.session, Data).follows(FtpData.dataReceived)
        else:
            super().shutApplication()

    def shutClient(self) -> None:
        session = self.session
        before = session.clientShut
        super().shutClient()
        if session.clientShut and not before and session.outcome is Outcome.FINISHED:
            kindOf(self.session, Data).follows(FtpData.dataSent)


class ClearData(Data, Conversing):
    """
    A data connection in cleartext.
    """

    def join(self, application: socket.socket | None) -> None:
        assert application is not None
        session = self.session
        session.applicationSocket = application
        session.negotiator = Plain()
        session.come(Event.DIAL, ClearDataDialling(session))
        session.deadline = session.host.now + session.host.limits.connect
        session.watchApplication(EPOLLIN | EPOLLOUT)

    def reached(self, session: Session) -> None:
        session.host.applicationReached(session.port)
        stage = ClearDataRelaying(session)
        session.come(Event.CONVERSE, stage)
        session.active = session.host.now
        stage.limitTime(True)
        stage.settle()


class ClearDataEnds(DataEnds, Clear):
    """
    How the stages of data connections in cleartext end.
    """

    __slots__ = ()

    def clientFailed(self, error: Exception) -> None:
        session = self.session
        if kindOf(self.session, Data).connecting and not session.received and not session.sent:
            kindOf(self.session, Data).follows(unreached)
        super().clientFailed(error)


class ClearDataDialling(ClearDataEnds, ClearDialling):
    """
    Waits for the application's side.
    """

    __slots__ = ()

    def failed(self, outcome: Outcome, detail: str) -> None:
        self.session.end(outcome, detail)


class ClearDataRelaying(ClearDataEnds, Cleartext):
    """
    Relays.
    """

    __slots__ = ()
