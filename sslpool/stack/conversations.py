# -*- test-case-name: tests.stack.test_applicationsocket -*-
"""
What there is at the application socket: programs that talk, and the connections
that they hand over.  Lives in the stack process.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

from attrs import define
from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from sslpool.interfaces import Arrival, Asker
from sslpool.messages import render
from sslpool.pool.requests import Code, Reply, packReply

_TEXTS = {
    Code.LABEL: "SSLP740E",
    Code.NO_SERVER: "SSLP741E",
    Code.NOT_AUTHORIZED: "SSLP742E",
    Code.BAD_REQUEST: "SSLP743E",
    Code.BAD_SOCKET: "SSLP744E",
    Code.BUSY: "SSLP745E",
}


def refusal(code: Code, **fields: object) -> Reply:
    """
    Return a reply that says no.
    """
    messageId = _TEXTS[code]
    return Reply(code, messageId, render(messageId, **fields).removeprefix(f"{messageId} "))


@define(eq=False)
class DynamicArrival(Arrival):
    """
    A connection that a program handed over.
    """

    def refuse(self, farewell: bytes) -> None:
        """
        See L{Arrival.refuse}: it is the program that is told.
        """
        assert self.conversation is not None
        with suppress(OSError):  # it has gone
            self.conversation.send(packReply(refusal(Code.NO_SERVER)))
        self.close()


@implementer(IReadDescriptor)
class Conversation:
    """
    A program that has not handed its connection over.

    @ivar socket: its socket.
    @ivar asker: who it is.
    @ivar active: when it last asked something.
    """

    def __init__(
        self, conversation: socket.socket, asker: Asker, now: float, ready: Callable[[Conversation], None]
    ) -> None:
        self.socket = conversation
        self.asker = asker
        self.active = now
        self._ready = ready

    def fileno(self) -> int:
        """
        The descriptor to watch.
        """
        return self.socket.fileno()

    def doRead(self) -> None:
        """
        It asks something, or has gone.
        """
        self._ready(self)

    def connectionLost(self, reason: Failure) -> None:
        """
        The reactor has lost the descriptor.
        """

    def logPrefix(self) -> str:
        """
        How the reactor calls this reader.
        """
        return "conversation"
