# -*- test-case-name: tests.starttls.test_mail,tests.starttls.test_properties -*-
"""
POP3: STLS (RFC 2595), announced in the reply to CAPA (RFC 2449).  Pure; used in the servers.

STLS is refused once a name has been given: it could not be forgotten.
"""

from __future__ import annotations

from typing import ClassVar

from sslpool.starttls.contract import Refusal, Security, StartTls
from sslpool.starttls.texts import Texts

_ACCEPTING = ("PASS", "APOP", "AUTH")


class Pop3(Texts):
    """
    A POP3 dialogue.
    """

    WORDS: ClassVar = {
        Refusal.INJECTION: b"-ERR [SYS/PERM] Nothing may follow STLS, closing connection\r\n",
        Refusal.UNASKED: b"-ERR [SYS/PERM] TLS begins after STLS, closing connection\r\n",
        Refusal.MALFORMED: b"-ERR [SYS/PERM] Line too long, closing connection\r\n",
        Refusal.LATE: b"-ERR [SYS/TEMP] Command not complete in time, closing connection\r\n",
        Refusal.APPLICATION: b"-ERR [SYS/TEMP] Mail system out of step, closing connection\r\n",
        Refusal.GONE: b"-ERR [SYS/TEMP] Mail system not available, closing connection\r\n",
    }
    CLOSING = b"-ERR Closing connection\r\n"
    REQUEST = b"STLS"
    LOGIN = "AUTH"
    BEFORE_TLS = (b"CAPA", b"QUIT")
    FIRST = b"-ERR Must issue a STLS command first\r\n"
    ARGUMENTS = b"-ERR STLS has no arguments\r\n"
    ACTIVE = b"-ERR Command not permitted when TLS active\r\n"
    BOUND = b"-ERR STLS is permitted before a name is given\r\n"
    START = StartTls(b"+OK Begin TLS negotiation\r\n", b"-ERR [SYS/TEMP] TLS not available due to temporary reason\r\n")
    HEAD = b"+OK Capability list follows\r\n"
    LOGINS = frozenset((b"SASL", b"USER"))

    def __init__(self, security: Security) -> None:
        super().__init__(security)
        self._authenticated = False

    @property
    def offered(self) -> bool:
        """
        See L{sslpool.starttls.dialogue.Commands.offered}: it is announced until a login has succeeded.
        """
        return not self.secure and not self._authenticated

    # From the client

    def _pass(self, verb: bytes, words: list[bytes], line: bytes) -> None:
        self._bound |= verb in (b"USER", b"APOP", b"AUTH")
        kind = verb.decode("ascii", "replace")
        if kind in ("LIST", "UIDL", "AUTH") and len(words) == 1:
            kind = f"{kind}S"
        self.ask(kind, line, hold=kind == "AUTH")

    # From the application

    def _reply(self, line: bytes) -> None:
        if not self.open or line[:1] not in (b"+", b"-"):
            self._outOfTurn(line)
        elif self.open[0].kind == "AUTH" and line[:3].upper() != b"+OK" and line[:1] == b"+":
            self.replied()
            self._sasl = True
            self.toClient(line)
        else:
            self._status(line)

    def _status(self, line: bytes) -> None:
        kind, fine = self.open[0].kind, line[:1] == b"+"
        if kind == "CAPA":
            self._capabilities = []
            if not fine:
                self._capability(b".\r\n")
            return
        self.toClient(line)
        if fine and kind in ("RETR", "TOP", "LISTS", "UIDLS", "AUTHS"):
            self._textFollows()
            return
        self.replied()
        if kind in _ACCEPTING:
            self._authenticated |= fine
            self._bound |= fine
        elif kind == "USER" and not fine:
            self._bound = self._authenticated
