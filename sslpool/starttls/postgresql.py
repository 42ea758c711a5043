# -*- test-case-name: tests.starttls.test_databases,tests.starttls.test_properties -*-
"""
PostgreSQL: SSLRequest, and TLS from the beginning with ALPN C{postgresql} (PostgreSQL's
documentation, section "SSL Session Encryption").  Pure; used in the servers.

Only the first packets are understood.  A request to cancel, which is a connection of its own and which clients send in
cleartext, goes through in any case, as it does in PostgreSQL itself; where TLS is required nothing else does.
"""

from __future__ import annotations

from typing import ClassVar

from sslpool.starttls.contract import Negotiator, Refusal, Security, StartTls

SSL_REQUEST, GSS_REQUEST, CANCEL = 80877103, 80877104, 80877102
LONGEST = 10000
"""
The most octets in a start-up packet, as PostgreSQL has it.
"""

KEY = 256
"""
The most octets of the key in a request to cancel; before protocol 3.2 there are four.
"""

TLS_RECORD = 0x16
ALPN = b"postgresql"

_MAJOR = 3


def errorResponse(code: str, text: str) -> bytes:
    """
    Return an ErrorResponse with which a connection ends.
    """
    parts = {"S": "FATAL", "V": "FATAL", "C": code, "M": text}
    body = b"".join(f"{key}{value}".encode("ascii") + b"\0" for key, value in parts.items()) + b"\0"
    return b"E" + (len(body) + 4).to_bytes(4, "big") + body


class PostgreSql(Negotiator):
    """
    The beginning of a connection.
    """

    WORDS: ClassVar = {
        Refusal.INJECTION: errorResponse("08P01", "received unencrypted data after SSL request"),
        Refusal.UNASKED: errorResponse("08P01", "TLS is not available"),
        Refusal.MALFORMED: errorResponse("08P01", "invalid startup packet"),
        Refusal.DECLINED: errorResponse("28000", "SSL connection is required"),
        Refusal.LATE: errorResponse("08006", "startup packet not complete in time"),
        Refusal.APPLICATION: errorResponse("08006", "database system out of step"),
        Refusal.AGAIN: errorResponse("08P01", "SSL is active already"),
        Refusal.GONE: errorResponse("57P03", "the database system is not available"),
    }
    CLOSING = WORDS[Refusal.GONE]

    def __init__(self, security: Security) -> None:
        super().__init__(security)
        self._buffer = b""
        self._asked: set[int] = set()
        self._direct = self._cancelled = False

    @property
    def waiting(self) -> bool:
        """
        See L{Negotiator.waiting}: it is the client who begins.
        """
        return not self.secure and not self.transparent and not self._cancelled

    def _heardClient(self, octets: bytes) -> None:
        if self._cancelled:
            self.refuse(Refusal.MALFORMED)
            return
        self._buffer += octets
        if self._buffer[0] == TLS_RECORD and not self.secure and not self._asked:
            self._direct = True
            self._buffer = b""
            self.startTls(StartTls(b"", b"", unread=len(octets), alpn=ALPN))
        elif len(self._buffer) >= 8:
            length, code = int.from_bytes(self._buffer[:4], "big"), int.from_bytes(self._buffer[4:8], "big")
            self._begin(length, code)

    def _begin(self, length: int, code: int) -> None:
        if code in (SSL_REQUEST, GSS_REQUEST) and length == 8:
            self._encryption(code)
        elif code == CANCEL and 16 <= length <= 12 + KEY:
            self._cancel(length)
        elif code >> 16 != _MAJOR or not 8 < length <= LONGEST:
            self.refuse(Refusal.MALFORMED)
        elif self.security is Security.REQUIRED and not self.secure:
            self.refuse(Refusal.DECLINED)
        else:
            self._goOn(length)

    def _cancel(self, length: int) -> None:
        if not self.demanded:
            self._goOn(length)
        elif len(self._buffer) > length:
            self.refuse(Refusal.MALFORMED)
        elif len(self._buffer) == length:
            self._cancelled = True
            self.toApplication(self._kept())

    def _encryption(self, code: int) -> None:
        if self.secure:
            self.refuse(Refusal.AGAIN)
        elif code in self._asked:
            self.refuse(Refusal.MALFORMED)
        elif len(self._buffer) > 8:
            self.refuse(Refusal.INJECTION)
        else:
            self._asked.add(code)
            self._buffer = b""
            if code == SSL_REQUEST:
                self.startTls(StartTls(b"S", b"N"))
            else:
                self.toClient(b"N")

    def _goOn(self, length: int) -> None:
        if len(self._buffer) >= length:
            self.transparent = True
            self.toApplication(self._kept())

    def _kept(self) -> bytes:
        kept, self._buffer = self._buffer, b""
        return kept

    def _stillClear(self) -> None:
        super()._stillClear()
        if self._direct:
            self.refuse(Refusal.UNASKED)

    def _heardApplication(self, octets: bytes) -> None:
        # The server answers a start-up packet, and there has been none.
        self.refuse(Refusal.APPLICATION)

    def _applicationLeft(self) -> None:
        if not self._cancelled:
            super()._applicationLeft()
