# -*- test-case-name: tests.sessions.test_programs -*-
"""
Sessions on connections that programs hand over.  Lives in a server process.

With the connection comes the program's conversation.  When the handshake is complete the program gets one end of a
socket pair on it, which carries the cleartext, and may ask about the session until that ends.  A program that goes away
in the middle ends what it had begun: nothing is left of it.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from select import EPOLLHUP, EPOLLIN
from typing import Any

from sslpool.messages import said
from sslpool.reasons import reasonOf
from sslpool.sessions.draining import LINGER
from sslpool.sessions.handshake import Handshake
from sslpool.sessions.hello import beginTls
from sslpool.sessions.outcome import Outcome, reasonText
from sslpool.sessions.phases import Event
from sslpool.sessions.relaying import Relaying
from sslpool.sessions.session import Kind, Session, Stage, kindOf
from sslpool.tls.detail import detailOf
from sslpool.wire.requests import LONGEST, Asked, BadRequest, Code, Reply, packReply, unpackRequest

_CODES = {
    Outcome.LABEL_MISSING: (Code.LABEL, "SSLP740E"),
    Outcome.STOPPED: (Code.NO_SERVER, "SSLP741E"),
    Outcome.REMOTE_UNVERIFIED: (Code.NOT_VERIFIED, "SSLP747E"),
}


def reply(code: Code, messageId: str = "", more: dict[str, Any] | None = None, **fields: object) -> bytes:
    """
    Return a reply with a message of the catalogue.
    """
    text = said(messageId, **fields).text if messageId else ""
    return packReply(Reply(code, messageId, text, more or {}))


class ServerConversation:
    """
    The server's end of a program's conversation.

    @ivar socket: its socket.
    """

    def __init__(self, conversation: socket.socket) -> None:
        conversation.setblocking(False)
        self.socket = conversation

    def say(self, message: bytes, descriptors: Sequence[int] = ()) -> bool:
        """
        Send a reply; C{False} where the program has gone, or does not read.
        """
        try:
            socket.send_fds(self.socket, [message], descriptors)
        except OSError:
            return False
        return True

    def hear(self) -> bytes | None:
        """
        Return a message, C{None} where there is none yet, or nothing where the program has gone.
        """
        try:
            # Descriptors that come with it are not asked for: the kernel closes them.
            return self.socket.recv(LONGEST + 1)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def close(self) -> None:
        """
        End it.  The stack may still hold a duplicate, so closing alone would not.
        """
        with suppress(OSError):  # the program was faster
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class Program(Kind):
    """
    Sessions that a program asked for: the TLS server's side.

    @ivar isSecured: the program has its end of the session.
    @ivar isClearing: it wants its connection back.
    @ivar hasGone: it has closed its end.
    @param conversation: what it says and is told.
    @param wasBlocking: the connection is to be so again when the program gets it back.
    """

    shown = "Dynamic"
    isSecured = isClearing = hasGone = False

    def __init__(self, conversation: ServerConversation, wasBlocking: bool) -> None:
        self._conversation: ServerConversation | None = conversation
        self._wasBlocking = wasBlocking

    def begin(self, session: Session) -> None:
        """
        See L{Kind.begin}.  There is no name to choose by: the label is the program's.
        """
        beginTls(session, byName=False)
        self.listen(session)

    def listen(self, session: Session) -> None:
        """
        Hear what the program says.
        """
        assert self._conversation is not None
        self.session = session
        session.host.watch(self._conversation.socket.fileno(), 0, EPOLLIN, self.conversationEvent)

    def fail(self) -> None:
        """
        There was a fault of ours.
        """
        self.session.end(Outcome.FAULT)

    def handshake(self, session: Session) -> Stage:
        return Handshake(session)

    # The program gets its end

    def secured(self, session: Session) -> None:
        """
        See L{Kind.secured}.  There is nobody to connect to, but to give to.
        """
        stage = ProgramRelaying(session)
        try:
            ours, theirs = socket.socketpair()
        except OSError as error:
            stage.leave(Outcome.DESCRIPTORS, reasonOf(error))
            return
        with theirs:
            more = {"number": session.number, "detail": detailOf(session.connection)}
            self.isSecured = self._say(reply(Code.OK, more=more), theirs.fileno())
        if not self.isSecured:
            ours.close()
            stage.leave(Outcome.PROGRAM_LEFT)
            return
        ours.setblocking(False)
        session.applicationSocket = ours
        session.come(Event.RELAY, stage)
        session.active = session.host.now
        session.host.applicationReached(session.port)
        session.watchClient(EPOLLIN)
        session.watchApplication(EPOLLIN)

    # The conversation

    def conversationEvent(self, events: int) -> None:
        """
        The program says something, or has left the conversation.
        """
        if self._conversation is None:
            return
        message = self._conversation.hear()
        if message is None:
            return
        if message:
            self._asked(message)
        elif self.isSecured:
            self._endConversation()
        else:
            self.session.end(Outcome.PROGRAM_LEFT)

    def _asked(self, message: bytes) -> None:
        try:
            if len(message) > LONGEST:
                raise BadRequest(f"it is longer than {LONGEST} octets")
            asked = unpackRequest(message).asked
        except BadRequest as error:
            self._answer(reply(Code.BAD_REQUEST, "SSLP743E", reason=error))
            return
        if asked is Asked.SECURE_DETAIL and self.isSecured:
            more = {"number": self.session.number, "detail": detailOf(self.session.connection)}
            self._answer(reply(Code.OK, more=more))
        elif asked is Asked.CLEAR_SECURE and self.isSecured:
            self._clear()
        else:
            why = "the connection is secured already" if self.isSecured else "the handshake is not complete"
            self._answer(reply(Code.BAD_REQUEST, "SSLP743E", reason=f"{asked.value}: {why}"))

    def _answer(self, message: bytes) -> None:
        if not self._say(message):
            self._endConversation()

    def _say(self, message: bytes, *descriptors: int) -> bool:
        return self._conversation is not None and self._conversation.say(message, descriptors)

    def _endConversation(self) -> None:
        conversation, self._conversation = self._conversation, None
        if conversation is not None:
            self.session.host.watch(conversation.socket.fileno(), EPOLLIN, 0, self.conversationEvent)
            conversation.close()

    # Clear again

    def _clear(self) -> None:
        """
        Say close_notify behind what the program has written, wait for the other
        side's, and give the connection back (ClearSecure).
        """
        session = self.session
        if self.isClearing or session.applicationEnded or session.applicationSocket is None:
            self._answer(reply(Code.NOT_CLEARED, "SSLP748E", reason="the session is ending already"))
            return
        self.isClearing = True
        session.deadline = session.host.now + session.host.limits.handshake
        # What is under way is read first, and after that the end.
        with suppress(OSError):
            session.applicationSocket.shutdown(socket.SHUT_RD)

    def sweep(self, session: Session, now: float) -> None:
        """
        See L{Kind.sweep}.  What is to be clear again has its time, also while the other side does not read.
        """
        if self.isClearing and now > session.deadline:
            session.stage.leave(Outcome.NOT_CLEARED)

    def _giveBack(self, session: Session) -> bool:
        """
        Give the connection back, if the program is there.
        """
        session.watchClient(0)
        session.clientSocket.setblocking(self._wasBlocking)
        given = self._say(reply(Code.OK), session.clientSocket.fileno())
        if given:
            # It is the program's now: closed, but not shut down.
            session.clientSocket.close()
        return given

    # The end

    def leaving(self, session: Session, outcome: Outcome, detail: str) -> None:
        """
        See L{Kind.leaving}.  The program need not wait for its client to have read why.
        """
        if not self.isSecured:
            self._say(self.refusal(outcome, detail))
            self._endConversation()

    def ending(self, session: Session, outcome: Outcome, detail: str) -> Outcome:
        """
        See L{Kind.ending}.  A program that still waits for an answer gets it.
        """
        if not self.isSecured:
            self.leaving(session, outcome, detail)
        elif self.isClearing:
            if outcome is Outcome.FINISHED and self._giveBack(session):
                outcome = Outcome.CLEARED
            else:
                self._say(reply(Code.NOT_CLEARED, "SSLP748E", reason=reasonText(outcome, detail)))
        self._endConversation()
        return outcome

    def refusal(self, outcome: Outcome, detail: str) -> bytes:
        """
        Return what a program is told whose connection is not secured.
        """
        code, messageId = _CODES.get(outcome, (Code.HANDSHAKE, "SSLP746E"))
        return reply(code, messageId, reason=reasonText(outcome, detail))


class ProgramRelaying(Relaying):
    """
    Relays between a remote side and a program.
    """

    __slots__ = ()

    @property
    def hasAll(self) -> bool:
        """
        See L{Relaying.hasAll}.  What is to be clear again has to end in order.
        """
        return super().hasAll and not kindOf(self.session, Program).isClearing

    def readOn(self, code: int) -> int:
        """
        A record at a time: what comes behind close_notify is cleartext, and the
        program's when it gets the connection back.
        """
        if code > 0:
            self.sendApplication(code)
        return code

    def readBulk(self) -> int:
        session = self.session
        return self.readOn(session.host.records.read(session.connection, 0))

    def applicationEvent(self, events: int) -> None:
        """
        See L{Relaying.applicationEvent}.  A hang-up is the end of both directions,
        which an application on a socket of its own cannot show.
        """
        if events & EPOLLHUP:
            kindOf(self.session, Program).hasGone = True
        super().applicationEvent(events)

    def sweepClosing(self, now: float) -> None:
        session = self.session
        if kindOf(self.session, Program).hasGone and now - session.active > LINGER and not session.toClient:
            # The program has said all it had to say, and nobody is there to hear the other side.
            self.leave(Outcome.FINISHED)
        else:
            super().sweepClosing(now)

    def endClientStream(self) -> None:
        if not kindOf(self.session, Program).isClearing:
            super().endClientStream()
