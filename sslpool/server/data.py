# -*- test-case-name: tests.server.test_ftp,tests.server.test_ftpends -*-
"""
Data connections of FTP: sessions that belong to another session, in cleartext here, and secured in
L{sslpool.server.secureddata}.  Lives in a server process.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from select import EPOLLIN, EPOLLOUT
from typing import TYPE_CHECKING, Protocol

from sslpool.reasons import reasonOf
from sslpool.server.cleartext import Cleartext
from sslpool.server.outcome import Outcome
from sslpool.server.session import Session
from sslpool.server.sides import Phase, Sides
from sslpool.server.silence import HALF_CLOSED, isSilent
from sslpool.starttls.contract import Action, Plain
from sslpool.starttls.ftpdata import FtpData
from sslpool.starttls.ftptransfers import Failure

if TYPE_CHECKING:
    from sslpool.server.binding import Bound

_RESET = struct.pack("ii", 1, 0)

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

    def dataFollows(self, session: Sides, step: Callable[[FtpData], list[Action]]) -> None:
        """
        One has come to a step, which the dialogue is told if it is the one that was expected last.
        """

    def dataEnded(self, session: Sides, outcome: Outcome) -> None:
        """
        One has ended.
        """


class Data(Session):
    """
    What both kinds have in common.  Where one does not end in order, both sides get a reset: the end of the stream,
    or close_notify, would tell them that they have got all there was.
    """

    kind = "Data"
    handed = False

    __slots__ = ()

    _owner: Owner

    def _begin(self) -> None:
        """
        Nothing before C{join}.
        """

    def proceed(self) -> None:
        """
        The application is ready for the data.
        """

    def refuse(self) -> None:
        """
        The application does not want the data: end.
        """
        self.end(Outcome.FINISHED)

    def sweep(self, now: float) -> None:
        """
        See L{Session.sweep}.  What outlives its control session has to get on.
        """
        if self._owner.closed and isSilent(self, now, HALF_CLOSED):
            self.end(Outcome.CONTROL_ENDED)
        else:
            super().sweep(now)

    def end(self, outcome: Outcome, detail: str = "") -> None:
        if self.phase is Phase.ENDED:
            return
        if not self._clientShut:
            self._watchClient(0)
            resetAtEnd(self._client)
            self._client.close()
        super().end(outcome, detail)
        self._owner.dataEnded(self, outcome)

    def _leave(self, outcome: Outcome, detail: str = "") -> None:
        if outcome is Outcome.APPLICATION_RESET and self._isUploaded():
            # It has all that it wanted, and nothing to say.
            self._applicationEnd()
        else:
            self.end(outcome, detail)

    def _applicationDeaf(self, error: OSError) -> None:
        """
        See L{Sides._applicationDeaf}.  One that has ended its output first has not got all the same.
        """
        if self._applicationEnded:
            self.end(Outcome.APPLICATION_RESET, reasonOf(error))
        else:
            super()._applicationDeaf(error)

    def _isUploaded(self) -> bool:
        """
        Tell whether the application has got a whole upload.
        """
        whole = self._applicationShut and self._outcome is Outcome.FINISHED and not self._applicationEnded
        return whole and self._owner.uploading

    def _hangUp(self) -> None:
        if self._application is not None and not self._applicationShut:
            resetAtEnd(self._application)
        super()._hangUp()

    def _connectFailed(self, outcome: Outcome, detail: str) -> None:
        self.end(outcome, detail)

    def _shutApplication(self) -> None:
        if self._outcome is not Outcome.FINISHED:
            # What came before the client's side failed has been delivered.
            self.end(self._outcome, self._detail)
        elif not self._applicationShut:
            super()._shutApplication()
            self._owner.dataFollows(self, FtpData.dataReceived)
        else:
            super()._shutApplication()

    def _shutClient(self) -> None:
        before = self._clientShut
        super()._shutClient()
        if self._clientShut and not before and self._outcome is Outcome.FINISHED:
            self._owner.dataFollows(self, FtpData.dataSent)


class ClearData(Data, Cleartext):
    """
    A data connection in cleartext.
    """

    __slots__ = ("_owner", "_reaching")

    def join(self, owner: Owner, application: socket.socket | None, connecting: bool) -> None:
        """
        Both sides are there.

        @param connecting: it is us who connect to the client.
        """
        assert application is not None
        self._owner = owner
        self._reaching = connecting
        self._application = application
        self.negotiator = Plain()
        self.phase = Phase.CONNECTING
        self.deadline = self._relay.now + self._relay.limits.connect
        self._watchApplication(EPOLLIN | EPOLLOUT)

    def _establish(self) -> None:
        super()._establish()
        self._limitTime(True)

    def _clientFailed(self, error: Exception) -> None:
        if self._reaching and not self.received and not self.sent:
            self._owner.dataFollows(self, unreached)
        super()._clientFailed(error)


def resetAtEnd(connection: socket.socket | socket.SocketType) -> None:
    """
    Have a connection be reset when it is closed.
    """
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
