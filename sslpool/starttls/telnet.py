# -*- test-case-name: tests.starttls.test_telnet,tests.starttls.test_properties -*-
"""
Telnet and TN3270: the option START_TLS (46, draft-altman-telnet-starttls).  Pure; used in the servers.

PREFERRED and REQUIRED ask the client before the application is heard at all; with ALLOWED a client may offer it at any
time, and the application is then connected anew, since all options are negotiated again after TLS.  What the
application itself says about the option is answered here and does not get to the client.
"""

from __future__ import annotations

from typing import ClassVar

from sslpool.starttls.contract import Action, Negotiator, Refusal, Security, StartTls

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
START_TLS = 46
FOLLOWS = bytes([IAC, SB, START_TLS, 1, IAC, SE])
LONGEST = 4096
"""
The most octets of a client that are kept: those before its answer, and those of a subnegotiation.
"""

TLS_RECORD = 0x16

#: After these what an application says is compressed (MCCP), and not understood.
_COMPRESSING = (bytes([IAC, SB, 85]), bytes([IAC, SB, 86]))

#: How the application's own negotiation of the option is answered.
_ANSWERS = {DO: WONT, WILL: DONT, DONT: 0, WONT: 0, SB: 0}


def _option(verb: int) -> bytes:
    return bytes([IAC, verb, START_TLS])


class Telnet(Negotiator):
    """
    A Telnet dialogue.
    """

    WORDS: ClassVar = {
        Refusal.INJECTION: b"Nothing may be said before TLS.\r\n",
        Refusal.UNASKED: b"TLS begins after START_TLS.\r\n",
        Refusal.MALFORMED: b"Too much was said before TLS.\r\n",
        Refusal.DECLINED: b"TLS is required.\r\n",
        Refusal.LATE: b"TLS was not begun in time.\r\n",
        Refusal.APPLICATION: b"Server out of step.\r\n",
        Refusal.GONE: b"Server not available.\r\n",
    }
    CLOSING = WORDS[Refusal.GONE]

    def __init__(self, security: Security) -> None:
        super().__init__(security)
        self._buffer = b""
        self._kept_ = b""
        self._application = b""
        self._compressed = False
        self._asks = security in (Security.PREFERRED, Security.REQUIRED)
        self._asked = self._agreed = self._typed = self._heardOf = False

    @property
    def waiting(self) -> bool:
        """
        See L{Negotiator.waiting}: the client owes an answer, or the beginning of TLS.
        """
        return self._asked or self._agreed

    @property
    def deaf(self) -> bool:
        return self._asked or self._agreed

    def begin(self) -> list[Action]:
        if self._asks:
            self._asked = True
            self.toClient(_option(DO))
        return self._taken()

    def late(self) -> list[Action]:
        """
        See L{Negotiator.late}: a client that does not answer knows nothing of START_TLS.
        """
        if self._asked and self.security is Security.PREFERRED:
            self._decline()
            return self._taken()
        return super().late()

    # From the client

    def _heardClient(self, octets: bytes) -> None:
        if self._heardOf and not self._buffer and IAC not in octets and not self.waiting:
            self.toApplication(octets)
            return
        self._buffer += octets
        if not self._heardOf and self._isTls():
            return
        while self._buffer and not self.over and self.start is None:
            command, self._buffer = _next(self._buffer)
            if not command:
                if len(self._buffer) > LONGEST:
                    self._tooMuch()
                return
            self._heard(command)

    def _isTls(self) -> bool:
        """
        Whether the first octets are TLS, which nobody has asked for, or may be.
        """
        if self._buffer == bytes([TLS_RECORD]):
            return True
        self._heardOf = True
        if self._buffer.startswith(b"\x16\x03"):
            self.refuse(Refusal.UNASKED)
        return self.over

    def _tooMuch(self) -> None:
        if self.waiting:
            self.refuse(Refusal.MALFORMED)
        else:
            self.toApplication(self._kept())

    def _heard(self, command: bytes) -> None:
        if command == _option(WILL):
            self._will()
        elif command == _option(WONT) and not self.secure:
            self._wont()
        elif command[:3] == bytes([IAC, SB, START_TLS]):
            self._follows(command)
        elif self.waiting:
            self._keep(command)
        else:
            self.toApplication(command)

    def _keep(self, command: bytes) -> None:
        self._kept_ += command
        self._typed |= command[0] != IAC
        if len(self._kept_) > LONGEST:
            self.refuse(Refusal.MALFORMED)

    def _will(self) -> None:
        if self.secure:
            self.denied()
            self.toClient(_option(DONT))
        elif not self._agreed:
            self.toClient(FOLLOWS if self._asked else _option(DO) + FOLLOWS)
            self._agreed = True
            self._asked = False

    def _wont(self) -> None:
        if self._agreed or self.security is Security.REQUIRED:
            self.refuse(Refusal.DECLINED)
        elif self._asked:
            self._decline()

    def _decline(self) -> None:
        self._asked = False
        self.toApplication(self._kept_)
        self._kept_ = b""

    def _follows(self, command: bytes) -> None:
        if self.secure:
            return
        if not self._agreed or command != FOLLOWS:
            self.refuse(Refusal.MALFORMED)
        elif self._typed or (self._buffer and self._buffer[0] != TLS_RECORD):
            self.refuse(Refusal.INJECTION)
        else:
            unread, self._buffer = len(self._buffer), b""
            unavailable = b"SSL Server is not available on local system.\r\n"
            self.startTls(StartTls(b"", unavailable, unread=unread, anew=not self._asks))

    def _nowSecure(self) -> None:
        super()._nowSecure()
        self._agreed = False
        self._kept_ = b""

    def _stillClear(self) -> None:
        super()._stillClear()
        self.refuse(Refusal.GONE)

    def _kept(self) -> bytes:
        kept, self._buffer, self._kept_ = self._kept_ + self._buffer, b"", b""
        return kept

    # From the application

    def _heardApplication(self, octets: bytes) -> None:
        if self.demanded:
            # It has been heard although nobody wanted to.
            self.refuse(Refusal.APPLICATION)
        elif self._compressed or not (self._application or IAC in octets):
            self.toClient(octets)
        else:
            self._application += octets
            self._takeApplication()

    def _takeApplication(self) -> None:
        while self._application:
            self._compressed = self._application[:3] in _COMPRESSING
            command, self._application = _next(self._application)
            if not command and not self._compressed and len(self._application) <= LONGEST:
                return
            if not command or self._compressed:
                command, self._application = command + self._application, b""
            if not self._isAboutTls(command):
                self.toClient(command)

    def _isAboutTls(self, command: bytes) -> bool:
        """
        Whether the application negotiates the option; what it wants is declined.
        """
        if command[:1] != bytes([IAC]) or command[2:3] != bytes([START_TLS]) or command[1] not in _ANSWERS:
            return False
        answer = _ANSWERS[command[1]]
        if answer:
            self.toApplication(_option(answer))
        return True

    def _applicationLeft(self) -> None:
        """
        It may leave whenever it likes.
        """
        self.toClient(self._application)
        if self.waiting:
            self.refuse(Refusal.GONE)


def _next(octets: bytes) -> tuple[bytes, bytes]:
    """
    Return the next command, or the data before it, and the rest; nothing where its end has not come yet.
    """
    length = _lengthOf(octets)
    return octets[:length], octets[length:]


def _lengthOf(octets: bytes) -> int:
    """
    Return the length of the command, or of the data before the next one, with which C{octets}
    begin; 0 where its end has not come yet.
    """
    if octets[0] != IAC:
        end = octets.find(b"\xff")
        return len(octets) if end < 0 else end
    if len(octets) < 2:
        return 0
    if octets[1] == SB:
        return _endOfSubnegotiation(octets)
    if octets[1] in (WILL, WONT, DO, DONT):
        return 3 if len(octets) > 2 else 0
    return 2


def _endOfSubnegotiation(octets: bytes) -> int:
    at = 2
    while (at := octets.find(b"\xff", at)) >= 0 and at + 1 < len(octets):
        if octets[at + 1] == SE:
            return at + 2
        at += 2
    return 0
