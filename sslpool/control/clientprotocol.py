# -*- test-case-name: tests.control.test_client -*-
"""
A client's connection to a stack: it asks, answers that it is there, and notices when the stack is not.  Lives in the
processes of SSLADMIN and NETSTAT, and in programs of operators' own.
"""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.internet.task import LoopingCall
from twisted.internet.tcp import Connection
from twisted.protocols import amp
from twisted.python.failure import Failure

from sslpool.wire.vocabulary import NoOp

BEAT = 15.0
"""
Seconds between two questions whether the stack is there.
"""

PULSE = 10.0
"""
Seconds for the answer to that question.
"""


class _Presence(amp.CommandLocator):
    """
    Answers the stack.
    """

    @NoOp.responder
    def noOp(self) -> dict[str, Any]:
        """
        Be there.
        """
        return {}


class ClientProtocol(amp.AMP):
    """
    A connection to the stack.

    @ivar lost: fires when the connection is closed.
    @ivar reason: why it is closed, once it is.
    """

    def __init__(self) -> None:
        super().__init__(locator=_Presence())
        self.lost: Deferred[None] = Deferred()
        self.reason: Failure | None = None
        self._beat = LoopingCall(self._ask)

    def makeConnection(self, transport: Any) -> None:
        """
        Begin, without a word in the log of whoever uses this.
        """
        amp.BinaryBoxProtocol.makeConnection(self, transport)

    def watch(self, clock: IReactorTime) -> None:
        """
        From now on ask the stack now and then whether it is there, and end the connection if it is not.
        """
        self._stopWatching()
        self._beat.clock = clock
        self._beat.start(BEAT, now=False)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        Let those know who wait for answers, and who waits for the end.
        """
        amp.BinaryBoxProtocol.connectionLost(self, reason)
        self.transport = None
        self.reason = reason
        self._stopWatching()
        self.lost.callback(None)

    def hangUp(self) -> None:
        """
        End the connection; there may be none any more.
        """
        self._stopWatching()
        if self.transport is not None:
            self.transport.loseConnection()

    def _ask(self) -> object:
        """
        Ask whether the stack is there.
        """
        return self.callRemote(NoOp).addTimeout(PULSE, self._beat.clock).addErrback(lambda _: self._abort())

    def _abort(self) -> None:
        """
        The stack does not answer: end the connection without waiting for it.
        """
        if self.transport is not None:
            cast(Connection, self.transport).abortConnection()

    def _stopWatching(self) -> None:
        if self._beat.running:
            self._beat.stop()
