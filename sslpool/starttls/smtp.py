# -*- test-case-name: tests.starttls.test_mail,tests.starttls.test_properties -*-
"""
SMTP and LMTP: STARTTLS (RFC 3207), announced in the reply to EHLO or LHLO.  Pure; used in the servers.

After TLS what was said before is forgotten (RFC 3207 section 4.2): a transaction is reset at the application, and
nothing goes on before another EHLO.  STARTTLS is refused after AUTH, which could not be forgotten.
"""

from __future__ import annotations

import re
from typing import ClassVar

from sslpool.starttls.contract import Refusal, Security, StartTls
from sslpool.starttls.dialogue import Commands, Request

_REPLY = re.compile(rb"([2-5][0-9]{2})([ -].*)?\r?\n", re.DOTALL)
_HELLOS = (b"EHLO", b"HELO", b"LHLO")
#: What does not need an EHLO.
_ALWAYS = (*_HELLOS, b"NOOP", b"QUIT", b"RSET", b"HELP", b"VRFY", b"EXPN")


class Smtp(Commands):
    """
    An SMTP dialogue.
    """

    WORDS: ClassVar = {
        Refusal.INJECTION: b"421 4.7.0 STARTTLS must be the last command in a group, closing connection\r\n",
        Refusal.UNASKED: b"421 4.7.0 TLS begins after STARTTLS, closing connection\r\n",
        Refusal.MALFORMED: b"500 5.5.2 Line too long, closing connection\r\n",
        Refusal.LATE: b"421 4.4.2 Command not complete in time, closing connection\r\n",
        Refusal.APPLICATION: b"421 4.3.0 Mail system out of step, closing connection\r\n",
        Refusal.GONE: b"421 4.3.0 Mail system not available, closing connection\r\n",
    }
    CLOSING = b"421 4.7.0 Closing connection\r\n"
    REQUEST = b"STARTTLS"
    LOGIN = "AUTH"
    BEFORE_TLS = (b"EHLO", b"LHLO", b"QUIT")
    FIRST = b"530 5.7.0 Must issue a STARTTLS command first\r\n"
    ARGUMENTS = b"501 5.5.4 Syntax error (no parameters allowed)\r\n"
    ACTIVE = b"503 5.5.1 TLS is active already\r\n"
    BOUND = b"503 5.5.1 STARTTLS not permitted after AUTH\r\n"
    START = StartTls(b"220 2.0.0 Ready to start TLS\r\n", b"454 4.7.0 TLS not available due to temporary reason\r\n")

    def __init__(self, security: Security) -> None:
        super().__init__(security)
        self._reply: list[bytes] = []
        self._mail = False
        self._greeted = True

    # From the client

    def _demand(self, verb: bytes) -> None:
        if verb == b"NOOP":
            self.answer(b"250 2.0.0 OK\r\n")
        else:
            super()._demand(verb)

    def _pass(self, verb: bytes, words: list[bytes], line: bytes) -> None:
        if not self._greeted and verb not in _ALWAYS:
            self.deny(b"503 5.5.1 Send EHLO first\r\n")
            return
        if verb in _HELLOS:
            self._greeted = True
        elif verb in (b"MAIL", b"RCPT"):
            self._mail = True
        elif verb == b"BDAT":
            self._chunk(words, line)
            return
        self.ask(verb.decode("ascii", "replace"), line, hold=verb in (b"AUTH", b"DATA"))

    def _chunk(self, words: list[bytes], line: bytes) -> None:
        """
        A piece of a message, whose octets follow (RFC 3030).
        """
        size = int(words[1]) if len(words) > 1 and re.fullmatch(rb"[0-9]{1,19}", words[1]) else 0
        last = [each.upper() for each in words[2:]] == [b"LAST"]
        self._octets = size
        self.toApplication(line)
        self._expectMessageReplies(last)

    def _textEnded(self) -> None:
        self._expectMessageReplies(True)

    def _expectMessageReplies(self, last: bool) -> None:
        """
        A message, or a piece of it, is complete.
        """
        self.open.append(Request("MESSAGE"))

    # From the application

    def _takeReply(self) -> bool:
        line = self._replyLine()
        if line is None:
            return False
        match = _REPLY.fullmatch(line)
        if match is None or (self._reply and match[1] != self._reply[0][:3]):
            self._outOfTurn(line)
        elif (match[2] or b"").startswith(b"-"):
            self._reply.append(line)
            if sum(map(len, self._reply)) > 65536:
                self._outOfTurn(b"".join(self._reply))
                self._reply.clear()
        else:
            reply, self._reply = [*self._reply, line], []
            self._replyComplete(int(match[1]), reply)
        return True

    def _replyComplete(self, code: int, reply: list[bytes]) -> None:
        if not self.open:
            if code == 421:
                self.toClient(b"".join(reply))
            else:
                self._outOfTurn(b"".join(reply))
            return
        request = self.replied()
        if request.hidden:
            return
        if request.kind in ("EHLO", "LHLO") and code == 250:
            reply = self._announcement(reply)
        self.toClient(b"".join(reply))
        self._understand(request, code)

    def _understand(self, request: Request, code: int) -> None:
        if request.kind == "DATA" and code == 354:
            self._text = True
            self._client.begin()
        elif request.kind == "AUTH":
            self._sasl = code == 334
            self._bound |= code == 235

    def _announcement(self, reply: list[bytes]) -> list[bytes]:
        """
        Return the reply to EHLO with what there is here.
        """
        first, *offered = [line[4:].rstrip(b"\r\n") for line in reply]
        hidden = {b"STARTTLS", b"AUTH"} if self.demanded else {b"STARTTLS"}
        kept = [each for each in offered if re.split(rb"[ =]", each, maxsplit=1)[0].upper() not in hidden]
        if self.offered:
            kept.append(b"STARTTLS")
        lines = [first, *kept]
        return [b"250%c%s\r\n" % (b" " if each is lines[-1] else b"-", each) for each in lines]

    def _nowSecure(self) -> None:
        super()._nowSecure()
        self._greeted = False
        if self._mail:
            self.askHidden(b"RSET\r\n")


class Lmtp(Smtp):
    """
    An LMTP dialogue (RFC 2033): a message gets a reply for each recipient.
    """

    def __init__(self, security: Security) -> None:
        super().__init__(security)
        self._recipients = 0

    def _understand(self, request: Request, code: int) -> None:
        super()._understand(request, code)
        if request.kind == "RCPT":
            self._recipients += code // 100 == 2
        elif request.kind in ("MAIL", "RSET", "LHLO"):
            self._recipients = 0

    def _expectMessageReplies(self, last: bool) -> None:
        if not last:
            super()._expectMessageReplies(last)
            return
        self.open.extend(Request("MESSAGE") for _ in range(self._recipients or 1))
        self._recipients = 0
