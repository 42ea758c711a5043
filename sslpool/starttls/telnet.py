# -*- test-case-name: tests.starttls.test_telnet,tests.starttls.test_properties -*-
"""
Telnet and TN3270: the option START_TLS (46, draft-altman-telnet-starttls).  Pure; used in the
servers.

PREFERRED and REQUIRED ask the client before the application is heard at all; with ALLOWED a client
may offer it at any time, and the application is then connected anew, since all options are
negotiated again after TLS.
"""

from __future__ import annotations

from collections.abc import Iterator

from sslpool.starttls.contract import Action, Negotiator, Refusal, Security, StartTls

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
START_TLS = 46
FOLLOWS = bytes([IAC, SB, START_TLS, 1, IAC, SE])
LONGEST = 4096
"""
The most octets of a client that are kept: those before its answer, and those of a subnegotiation.
"""

TLS_RECORD = 0x16

_TEXTS = {
    Refusal.INJECTION: b"Nothing may be said before TLS.",
    Refusal.UNASKED: b"TLS begins after START_TLS.",
    Refusal.MALFORMED: b"Too much was said before TLS.",
    Refusal.DECLINED: b"TLS is required.",
    Refusal.LATE: b"TLS was not begun in time.",
    Refusal.APPLICATION: b"Server out of step.",
    Refusal.GONE: b"Server not available.",
}


def _option(verb: int) -> bytes:
    return bytes([IAC, verb, START_TLS])


class Telnet(Negotiator):
    """
    A Telnet dialogue.
    """

    def __init__(self, security: Security) -> None:
        super().__init__(security)
        self._buffer = b""
        self._kept_ = b""
        self._asks = security in (Security.PREFERRED, Security.REQUIRED)
        self._asked = self._agreed = self._typed = self._heardOf = False

    def lastWords(self, refusal: Refusal) -> bytes:
        """
        See L{Negotiator.lastWords}.
        """
        return _TEXTS.get(refusal, _TEXTS[Refusal.GONE]) + b"\r\n"

    @property
    def waiting(self) -> bool:
        """
        See L{Negotiator.waiting}: the client owes an answer, or the beginning of TLS.
        """
        return self._asked or self._agreed

    @property
    def deaf(self) -> bool:
        """
        See L{Negotiator.deaf}.
        """
        return self._asked or self._agreed

    def begin(self) -> list[Action]:
        """
        See L{Negotiator.begin}.
        """
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
        for command in self._commands():
            self._heard(command)
            if self.over or self.start is not None:
                return

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

    def _commands(self) -> Iterator[bytes]:
        """
        Take commands, and data between them, as far as they have come.
        """
        while self._buffer:
            length = _lengthOf(self._buffer)
            if not length:
                if len(self._buffer) > LONGEST:
                    self._tooMuch()
                return
            taken, self._buffer = self._buffer[:length], self._buffer[length:]
            yield taken

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
        else:
            self.toClient(octets)

    def _applicationLeft(self) -> None:
        """
        It may leave whenever it likes.
        """
        if self.waiting:
            self.refuse(Refusal.GONE)


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
