# -*- test-case-name: tests.control.test_serverlink -*-
"""
What both ends of the control connection to a server stand on: AMP without words
of its own.  Stack and server processes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ITCPTransport, ITransport
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols import amp
from twisted.python.failure import Failure

from sslpool.messages import Said, said
from sslpool.messages.announce import announceFault
from sslpool.wire.errors import ERRORS, Faulted, description

WriteLines = Callable[[str, list[float], list[Said | str]], None]
"""
Takes lines of the console of the server with this userid, and the times at which
they were written, in seconds since the epoch.
"""

LONGEST = 64 << 20
"""
The longest message, in octets.
"""


class PoolProtocol(amp.AMP):
    """
    AMP that logs nothing about connections made and lost: what the operator
    wants to know about them has messages of its own.
    """

    log = Logger()
    _unfinished = 0
    _over = False

    def makeConnection(self, transport: ITransport) -> None:
        """
        The connection stands.
        """
        amp.BinaryBoxProtocol.makeConnection(self, transport)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The connection has ended.
        """
        amp.BinaryBoxProtocol.connectionLost(self, reason)
        self.transport = None

    def dataReceived(self, data: bytes) -> None:
        """
        Take octets, as long as they are what they should be.
        """
        if self._over:
            return
        self._unfinished += len(data)
        try:
            super().dataReceived(data)
        except Exception:
            # Neither a request nor an answer to one: those have their errors caught.
            self.misunderstood("it cannot be decoded")
        if self._unfinished > LONGEST:
            self.misunderstood(f"a message is longer than {LONGEST >> 20} MB")

    def ampBoxReceived(self, box: amp.AmpBox) -> None:
        """
        Take a request or an answer.
        """
        self._unfinished = 0
        super().ampBoxReceived(box)

    def lengthLimitExceeded(self, length: int) -> None:
        """
        A key is longer than AMP allows.
        """
        self.misunderstood("it does not speak AMP")

    def misunderstood(self, reason: str) -> None:
        """
        What has come is nothing that the other end says: do without it.

        @param reason: what it was, as an operator would say it.
        """
        self._over = True
        if self.transport is not None:
            # Whoever says such things need not read either, so nothing is waited for.
            cast(ITCPTransport, self.transport).abortConnection()

    def dispatchCommand(self, box: amp.AmpBox) -> Deferred[Any]:
        """
        Have a command answered.  Where that fails by a mistake of ours, it is logged
        and told; the connection, and with it the server's sessions, go on.
        """
        answer: Deferred[Any] = super().dispatchCommand(box)
        return answer.addErrback(self._toldFault, box[amp.COMMAND].decode("ascii", "replace"))

    def _toldFault(self, failure: Failure, command: str) -> Failure | amp.AmpBox:
        """
        Return an error that does not end the connection.
        """
        if failure.check(amp.RemoteAmpError):
            return failure
        activity = f"{command} was answered"
        announceFault(self.log, activity, failure)
        return Failure(amp.RemoteAmpError(ERRORS[Faulted], description(said("SSLP198E", activity=activity))))
