# -*- test-case-name: tests.stack.programs.test_applicationsocket -*-
"""
What there is at the application socket: programs that talk, and the connections
that they hand over.  Lives in the stack process.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

from attrs import define

from sslpool.config.portlist import CHECK_LEVELS
from sslpool.config.portpolicy import PLAIN, PortLabel, PortPolicy, stricter
from sslpool.config.securing import Outbound, Plain, Remote
from sslpool.fairqueue import Queued
from sslpool.interfaces import Arrival, Asker
from sslpool.messages import said
from sslpool.readers import Reader
from sslpool.wire.requests import Asked, Code, Reply, Request, packReply

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
    return Reply(code, messageId, said(messageId, **fields).text)


def policyOf(request: Request, asked: str) -> PortPolicy:
    """
    Return what is asked of the client: the stricter of what program and label ask.
    """
    if request.asked is Asked.SECURE_CLIENT:
        return PLAIN
    level = stricter(CHECK_LEVELS[request.clientCertificate], asked)
    return PLAIN if level == "NONE" else PortPolicy((PortLabel(request.label, level),))


def securingOf(request: Request) -> Plain | Outbound:
    """
    Return how the connection becomes secure.
    """
    if request.asked is not Asked.SECURE_CLIENT:
        return Plain()
    return Outbound(Remote(request.name, request.authorities, request.protocols, request.startTLS))


@define(eq=False)
class DynamicArrival(Arrival):
    """
    A connection that a program handed over.
    """

    def refuse(self, lastWords: bytes) -> None:
        """
        See L{Arrival.refuse}: it is the program that is told.
        """
        assert self.conversation is not None
        with suppress(OSError):  # it has gone
            self.conversation.send(packReply(refusal(Code.NO_SERVER)))
        self.close()


class ProgramConversation(Reader):
    """
    A program that has not handed its connection over.

    @ivar socket: its socket.
    @ivar asker: who it is.
    @ivar active: when it last asked something.
    @ivar queued: its place in the queue of strangers, where it waits there.
    """

    def __init__(
        self, conversation: socket.socket, asker: Asker, now: float, ready: Callable[[ProgramConversation], None]
    ) -> None:
        self.watched = self.socket = conversation
        self.asker = asker
        self.active = now
        self.queued: Queued | None = None
        self._ready = ready

    def doRead(self) -> None:
        """
        It asks something, or has gone.
        """
        self._ready(self)
