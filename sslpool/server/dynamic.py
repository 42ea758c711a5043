# -*- test-case-name: tests.server.test_dynamic -*-
"""
Sessions on connections that programs hand over.  Lives in a server process.

With the connection comes the program's conversation.  When the handshake is
complete the program gets one end of a socket pair on it, which carries the
cleartext, and may ask about the session until that ends.  A program that goes
away in the middle ends what it had begun: nothing is left of it.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from select import EPOLLHUP, EPOLLIN
from typing import TYPE_CHECKING, Any

from sslpool.config.portpolicy import PLAIN
from sslpool.messages import said
from sslpool.pool.assignment import PortAssignment
from sslpool.pool.requests import LONGEST, Asked, BadRequest, Code, Reply, packReply, unpackRequest
from sslpool.reasons import reasonOf
from sslpool.server.outcome import Outcome, reasonText
from sslpool.server.reception import admitted, ask
from sslpool.server.session import Session
from sslpool.server.sides import LINGER, Phase
from sslpool.tls.detail import detailOf

if TYPE_CHECKING:
    from sslpool.server.relay import Relay

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


class Conversation:
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


class DynamicSession(Session):
    """
    A session that a program asked for: the TLS server's side.

    It has attributes of its own, being one of few, and is none of the hot path's.

    @param wasBlocking: the connection is to be so again when the program gets it back.
    """

    kind = "Dynamic"

    def __init__(
        self,
        relay: Relay,
        number: int,
        slot: int,
        port: PortAssignment,
        client: socket.socket,
        peer: bytes,
        conversation: Conversation,
        wasBlocking: bool,
    ) -> None:
        self._conversation: Conversation | None = conversation
        self._wasBlocking = wasBlocking
        self._secured = self._clearing = self._programGone = False
        super().__init__(relay, number, slot, port, client, peer)
        relay.watch(conversation.socket.fileno(), 0, EPOLLIN, self.conversationEvent)

    def _readBulk(self) -> int:
        """
        A record at a time: what comes behind close_notify is cleartext, and the
        program's when it gets the connection back.
        """
        return self._readFull(self._relay.records.read(self.connection, 0))

    def _begin(self) -> None:
        """
        See L{Sides._begin}.  There is no name to choose by: the label is the program's.
        """
        super()._begin()
        if self.port.policy != PLAIN:
            ask(self, self._relay)

    # The program gets its end

    def _connect(self) -> None:
        """
        The handshake is complete: there is nobody to connect to, but to give to.
        """
        if not admitted(self, self._relay, self._leave):
            return
        try:
            ours, theirs = socket.socketpair()
        except OSError as error:
            self._leave(Outcome.DESCRIPTORS, reasonOf(error))
            return
        with theirs:
            more = {"number": self.number, "detail": detailOf(self.connection)}
            self._secured = self._say(reply(Code.OK, more=more), theirs.fileno())
        if not self._secured:
            ours.close()
            self._leave(Outcome.PROGRAM_LEFT)
            return
        ours.setblocking(False)
        self._application = ours
        self._establish()
        self._watchClient(EPOLLIN)
        self._watchApplication(EPOLLIN)

    def applicationEvent(self, events: int) -> None:
        """
        See L{Sides.applicationEvent}.  A hang-up is the end of both directions,
        which an application on a socket of its own cannot show.
        """
        self._programGone = self._programGone or bool(events & EPOLLHUP)
        super().applicationEvent(events)

    def sweep(self, now: float) -> None:
        """
        See L{Session.sweep}.  What is to be clear again has its time, also while the other side does not read.
        """
        if self._clearing and not self._lingering() and now > self.deadline:
            self._leave(Outcome.NOT_CLEARED)
        else:
            super().sweep(now)

    def _sweepClosing(self, now: float) -> None:
        if self._programGone and not self._lingering() and now - self.active > LINGER and not self._toClient:
            # The program has said all it had to say, and nobody is there to hear the other side.
            self._leave(Outcome.FINISHED)
        else:
            super()._sweepClosing(now)

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
        elif self._secured:
            self._endConversation()
        else:
            self.end(Outcome.PROGRAM_LEFT)

    def _asked(self, message: bytes) -> None:
        try:
            if len(message) > LONGEST:
                raise BadRequest(f"it is longer than {LONGEST} octets")
            asked = unpackRequest(message).asked
        except BadRequest as error:
            self._answer(reply(Code.BAD_REQUEST, "SSLP743E", reason=error))
            return
        if asked is Asked.SECURE_DETAIL and self._secured:
            self._answer(reply(Code.OK, more={"number": self.number, "detail": detailOf(self.connection)}))
        elif asked is Asked.CLEAR_SECURE and self._secured:
            self._clear()
        else:
            why = "the connection is secured already" if self._secured else "the handshake is not complete"
            self._answer(reply(Code.BAD_REQUEST, "SSLP743E", reason=f"{asked.value}: {why}"))

    def _answer(self, message: bytes) -> None:
        if not self._say(message):
            self._endConversation()

    def _say(self, message: bytes, *descriptors: int) -> bool:
        return self._conversation is not None and self._conversation.say(message, descriptors)

    def _endConversation(self) -> None:
        conversation, self._conversation = self._conversation, None
        if conversation is not None:
            self._relay.watch(conversation.socket.fileno(), EPOLLIN, 0, self.conversationEvent)
            conversation.close()

    # Clear again

    def _clear(self) -> None:
        """
        Say close_notify behind what the program has written, wait for the other
        side's, and give the connection back (ClearSecure).
        """
        if self._clearing or self._applicationEnded or self._application is None:
            self._answer(reply(Code.NOT_CLEARED, "SSLP748E", reason="the session is ending already"))
            return
        self._clearing = True
        self.deadline = self._relay.now + self._relay.limits.handshake
        # What is under way is read first, and after that the end.
        with suppress(OSError):
            self._application.shutdown(socket.SHUT_RD)

    def _endStream(self) -> None:
        if not self._clearing or self._lingering():
            super()._endStream()

    def _giveBack(self) -> bool:
        """
        Give the connection back, if the program is there.
        """
        self._watchClient(0)
        self._client.setblocking(self._wasBlocking)
        given = self._say(reply(Code.OK), self._client.fileno())
        if given:
            # It is the program's now: closed, but not shut down.
            self._client.close()
        return given

    # The end

    def end(self, outcome: Outcome, detail: str = "") -> None:
        """
        See L{Sides.end}.  A program that still waits for an answer gets it.
        """
        if self.phase is Phase.ENDED:
            return
        if not self._secured:
            self._say(self._refusal(outcome, detail))
        elif self._clearing:
            if outcome is Outcome.FINISHED and self._giveBack():
                outcome = Outcome.CLEARED
            else:
                self._say(reply(Code.NOT_CLEARED, "SSLP748E", reason=reasonText(outcome, detail)))
        self._endConversation()
        super().end(outcome, detail)

    def _refusal(self, outcome: Outcome, detail: str) -> bytes:
        code, messageId = _CODES.get(outcome, (Code.HANDSHAKE, "SSLP746E"))
        return reply(code, messageId, reason=reasonText(outcome, detail))
