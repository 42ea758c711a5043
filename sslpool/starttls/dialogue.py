# -*- test-case-name: tests.starttls.test_mail,tests.starttls.test_properties -*-
"""
Protocols of lines in which each request gets its reply, in order: mail and news.  Pure; used in the servers.

Requests that are answered here take their place among the others: their reply is said when those
of earlier requests have come.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import deque
from typing import ClassVar

from attrs import define

from sslpool.starttls.contract import Negotiator, Refusal, Security, StartTls
from sslpool.starttls.linebuffer import LONGEST, LineBuffer

TLS_RECORD = 0x16
"""
The first octet of a TLS handshake record (RFC 8446 section 5.1), which begins no line of text.
"""

#: What no request has that may go on before TLS: applications differ in what they take for the end of a line.
_CONTROL = re.compile(rb"[\0-\x1f\x7f]")
#: What some clients have in their names, and some applications may take for more than that.
_FOREIGN = re.compile(rb"[\x80-\xff]")

UNANSWERED = 1000
"""
The most requests that may await their replies: a client that asks for more is not read until some have come.
"""


@define
class Request:
    """
    What awaits a reply.

    @ivar kind: what was asked.
    @ivar answer: our own answer, or C{None} where the application answers.
    @ivar start: TLS is to begin instead of an answer.
    @ivar hidden: we have asked the application, and the client knows nothing of it.
    """

    kind: str
    answer: bytes | None = None
    start: StartTls | None = None
    hidden: bool = False

    @property
    def ours(self) -> bool:
        """
        It is not the application that answers.
        """
        return self.answer is not None or self.start is not None


class Dialogue(Negotiator):
    """
    One dialogue of requests and replies.

    @ivar open: what awaits a reply, in order; the greeting is the first.
    """

    def __init__(self, security: Security, limit: int = LONGEST) -> None:
        super().__init__(security)
        self.open: deque[Request] = deque([Request("GREETING")])
        self._client = LineBuffer(limit)
        self._application = LineBuffer(limit)
        self._text = False
        self._octets = 0
        self._heard = False

    @property
    def waiting(self) -> bool:
        """
        See L{Negotiator.waiting}: half a line before TLS.
        """
        return not self.secure and not self.held and not self._text and len(self._client) > 0

    @property
    def paused(self) -> bool:
        return self.held or len(self.open) > UNANSWERED

    # From the client

    def _heardClient(self, octets: bytes) -> None:
        if not self._heard and octets:
            self._heard = True
            if octets[0] == TLS_RECORD and not self.secure:
                self.refuse(Refusal.UNASKED)
                return
        if self.open and self.open[-1].start is not None:
            self.refuse(Refusal.INJECTION)
            return
        self._client.feed(octets)
        self._advance()

    def _advance(self) -> None:
        """
        Take what can be taken of the client's output.
        """
        while not self.over and not self.held and len(self._client):
            if self._text:
                if not self._takeText():
                    return
            elif self._octets:
                taken = self._client.takeOctets(self._octets)
                self._octets -= len(taken)
                self.toApplication(taken)
            elif self._client.tooLong:
                self._overlong()
            elif (line := self._client.takeLine()) is not None:
                self._request(_printable(line) if self.demanded else line)
            else:
                return

    def _takeText(self) -> bool:
        octets, ended = self._client.takeText()
        self.toApplication(octets)
        if ended:
            self._text = False
            self._textEnded()
        return bool(octets)

    def _overlong(self) -> None:
        """
        A line is too long.  After TLS that is between client and application.
        """
        if self.secure:
            self.toApplication(self._client.takeAll())
        else:
            self.refuse(Refusal.MALFORMED)

    @abstractmethod
    def _request(self, line: bytes) -> None:
        """
        The client has sent a line.
        """

    def _textEnded(self) -> None:
        """
        The client has sent the last line of a text.
        """

    def ask(self, kind: str, line: bytes, hold: bool = False) -> None:
        """
        Pass a request on.

        @param hold: what comes after it depends on the reply.
        """
        self.open.append(Request(kind))
        self.toApplication(line)
        self.held = hold

    def askHidden(self, line: bytes) -> None:
        """
        Ask the application something of our own.
        """
        self.open.append(Request("HIDDEN", hidden=True))
        self.toApplication(line)

    def answer(self, octets: bytes) -> None:
        """
        Answer in place of the application.
        """
        self.open.append(Request("OURS", answer=octets))
        self._answerOurs()

    def deny(self, octets: bytes) -> None:
        """
        Refuse a request in place of the application.
        """
        self.denied()
        self.answer(octets)

    def upgrade(self, start: StartTls) -> None:
        """
        Begin TLS when everything before has been answered.
        """
        if len(self._client):
            self.refuse(Refusal.INJECTION)
            return
        self.open.append(Request("STARTTLS", start=start))
        self.held = True
        self._answerOurs()

    def _answerOurs(self) -> None:
        while self.open and self.open[0].ours:
            request = self.open.popleft()
            if request.start is not None:
                self.startTls(request.start)
            elif request.answer is not None:
                self.toClient(request.answer)

    # From the application

    def _heardApplication(self, octets: bytes) -> None:
        self._application.feed(octets)
        while not self.over and len(self._application):
            if not self._takeReply():
                break
            self._answerOurs()
            self._advance()

    @abstractmethod
    def _takeReply(self) -> bool:
        """
        Take a line of the application's output, or what there is of a longer reply; return whether there was any.
        """

    def _replyLine(self) -> bytes | None:
        """
        Return the next line of the application, or C{None} where it has not come yet.
        """
        if self._application.tooLong:
            self._outOfTurn(self._application.takeAll())
            return None
        return self._application.takeLine()

    def _outOfTurn(self, octets: bytes) -> None:
        """
        The application has said what nobody asked for.  After TLS that is between the two.
        """
        if self.secure:
            self.toClient(octets)
        else:
            self.refuse(Refusal.APPLICATION)

    def replied(self) -> Request:
        """
        The reply to the oldest request is complete.
        """
        request = self.open.popleft()
        self.held = self.held and any(each.start for each in self.open)
        return request

    # The rest

    def becomeTransparent(self) -> None:
        """
        Nothing is understood any more.
        """
        self.transparent = True
        self.toApplication(self._client.takeAll())
        self.toClient(self._application.takeAll())

    def _kept(self) -> bytes:
        return self._client.takeAll()

    def _applicationLeft(self) -> None:
        rest = self._application.takeAll()
        if not self.demanded:
            self.toClient(rest)
        if not self.secure and any(request.kind != "QUIT" for request in self.open):
            self.refuse(Refusal.GONE)


class Commands(Dialogue):
    """
    A dialogue whose requests begin with a verb, and whose logins may go on with lines that have none.

    @cvar REQUEST: the request for TLS.
    @cvar LOGIN: the kind of request that a login is.
    @cvar BEFORE_TLS: the verbs that may go on where TLS is demanded.
    @cvar FIRST: how others are refused there.
    @cvar ARGUMENTS: how a request for TLS with arguments is refused.
    @cvar ACTIVE: how it is refused after TLS has begun.
    @cvar BOUND: how it is refused after what could not be forgotten.
    @cvar START: how it is granted.
    """

    REQUEST: ClassVar[bytes]
    LOGIN: ClassVar[str]
    BEFORE_TLS: ClassVar[tuple[bytes, ...]]
    FIRST: ClassVar[bytes]
    ARGUMENTS: ClassVar[bytes]
    ACTIVE: ClassVar[bytes]
    BOUND: ClassVar[bytes]
    START: ClassVar[StartTls]

    def __init__(self, security: Security) -> None:
        super().__init__(security)
        self._sasl = self._bound = False

    @property
    def offered(self) -> bool:
        """
        Whether TLS is announced: nothing has been said that could not be forgotten.
        """
        return not self.secure and not self._bound

    def _request(self, line: bytes) -> None:
        words = line.split()
        verb = words[0].upper() if words else b""
        if self._sasl:
            self._sasl = False
            self.ask(self.LOGIN, line, hold=True)
        elif verb == self.REQUEST:
            self._startTls(words)
        elif self.demanded and verb not in self.BEFORE_TLS:
            self._demand(verb)
        else:
            self._pass(verb, words, line)

    def _startTls(self, words: list[bytes]) -> None:
        if len(words) > 1:
            self.deny(self.ARGUMENTS)
        elif self.secure:
            self.deny(self.ACTIVE)
        elif self._bound:
            self.deny(self.BOUND)
        else:
            self.upgrade(self.START)

    def _demand(self, verb: bytes) -> None:
        self.deny(self.FIRST)

    @abstractmethod
    def _pass(self, verb: bytes, words: list[bytes], line: bytes) -> None:
        """
        The client has sent a request that may go on.
        """


def _printable(line: bytes) -> bytes:
    """
    Return a line as it may go on before TLS, in printable characters and with the one end that all
    applications know; an empty one, which is no request, where it has control characters.
    """
    text = line.removesuffix(b"\n").removesuffix(b"\r")
    return b"\r\n" if _CONTROL.search(text) else _FOREIGN.sub(b"?", text) + b"\r\n"
