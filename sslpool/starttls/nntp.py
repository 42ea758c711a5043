# -*- test-case-name: tests.starttls.test_mail,tests.starttls.test_properties -*-
"""
NNTP: STARTTLS (RFC 4642), announced in the reply to CAPABILITIES.  Pure; used in the servers.

STARTTLS is refused once a newsgroup has been chosen or a name been given, which could not be forgotten.
"""

from __future__ import annotations

import re
from typing import ClassVar

from sslpool.starttls.contract import Refusal, StartTls
from sslpool.starttls.dialogue import Request
from sslpool.starttls.texts import Texts

_REPLY = re.compile(rb"[1-5][0-9]{2}([ \t].*)?\r?\n", re.DOTALL)
#: Replies that a text follows, for all requests (RFC 3977 appendix C, RFC 2980), and for LISTGROUP alone.
_TEXTS = frozenset({100, 101, 215, 220, 221, 222, 224, 225, 230, 231, 282})
_LISTGROUP = 211
#: What may come before STARTTLS and leaves nothing to be forgotten.
_HARMLESS = (b"CAPABILITIES", b"MODE", b"DATE", b"HELP", b"LIST", b"QUIT", b"NEWGROUPS")


class Nntp(Texts):
    """
    An NNTP dialogue.
    """

    WORDS: ClassVar = {
        Refusal.INJECTION: b"400 Nothing may follow STARTTLS, closing connection\r\n",
        Refusal.UNASKED: b"400 TLS begins after STARTTLS, closing connection\r\n",
        Refusal.MALFORMED: b"501 Line too long, closing connection\r\n",
        Refusal.LATE: b"400 Command not complete in time, closing connection\r\n",
        Refusal.APPLICATION: b"400 News system out of step, closing connection\r\n",
        Refusal.GONE: b"400 News system not available, closing connection\r\n",
    }
    CLOSING = b"400 Closing connection\r\n"
    REQUEST = b"STARTTLS"
    LOGIN = "AUTHINFO"
    BEFORE_TLS = (b"CAPABILITIES", b"QUIT")
    FIRST = b"483 Must issue a STARTTLS command first\r\n"
    ARGUMENTS = b"501 STARTTLS has no arguments\r\n"
    ACTIVE = b"502 TLS is active already\r\n"
    BOUND = b"502 STARTTLS is permitted before other commands\r\n"
    START = StartTls(b"382 Continue with TLS negotiation\r\n", b"580 Can not initiate TLS negotiation\r\n")
    HEAD = b"101 Capability list follows\r\n"
    LOGINS = frozenset((b"AUTHINFO", b"SASL"))

    # From the client

    def _pass(self, verb: bytes, words: list[bytes], line: bytes) -> None:
        self._bound |= verb not in _HARMLESS
        self.ask(verb.decode("ascii", "replace"), line, hold=verb in (b"AUTHINFO", b"POST", b"IHAVE", b"COMPRESS"))
        if verb == b"TAKETHIS":
            # The article follows without waiting (RFC 4644 section 2.5).
            self.open.pop()
            self._takeArticle()

    def _takeArticle(self) -> None:
        self._text = True
        self._client.begin()

    def _textEnded(self) -> None:
        self.open.append(Request("ARTICLE"))

    # From the application

    def _reply(self, line: bytes) -> None:
        if _REPLY.fullmatch(line) is None:
            self._outOfTurn(line)
        elif not self.open:
            self._unasked(line)
        else:
            self._status(line)

    def _unasked(self, line: bytes) -> None:
        if line.startswith(b"400"):
            self.toClient(line)
        else:
            self._outOfTurn(line)

    def _status(self, line: bytes) -> None:
        kind, code = self.open[0].kind, int(line[:3])
        if kind == "CAPABILITIES" and code == 101:
            self._capabilities = []
            return
        self.toClient(line)
        if code in _TEXTS or (kind == "LISTGROUP" and code == _LISTGROUP):
            self._textFollows()
            return
        self.replied()
        self._understand(kind, code)

    def _understand(self, kind: str, code: int) -> None:
        if (kind, code) in (("POST", 340), ("IHAVE", 335)):
            self._takeArticle()
        elif (kind, code) == ("AUTHINFO", 383):
            self._sasl = True
        elif (kind, code) == ("COMPRESS", 206):
            # What follows is compressed (RFC 8054).
            self.becomeTransparent()
