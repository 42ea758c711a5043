# -*- test-case-name: tests.starttls.test_ftp,tests.starttls.test_properties -*-
"""
FTP (RFC 959): AUTH TLS, PBSZ and PROT (RFC 4217), and the data connections, which are negotiated in
cleartext and over TLS alike.  Pure; used in the servers.

The application sees none of the commands about security, and one command at a time: what comes while it owes a reply
waits, but for ABOR and its like during a transfer.  So every reply has its request.  The places of data connections are
ours on both sides, and only the reply to PASV or EPSV opens one.
"""

from __future__ import annotations

import re

from sslpool.starttls import ftpcommands
from sslpool.starttls.contract import Listen, Refusal, Security, StartTls
from sslpool.starttls.dialogue import UNANSWERED
from sslpool.starttls.ftpaddresses import portOfReply
from sslpool.starttls.ftpdata import NO_DATA, FtpData

_REPLY = re.compile(rb"([1-5][0-9]{2})([ -].*)?\r?\n", re.DOTALL)
#: Telnet's commands (RFC 854), with which some clients begin ABOR.
_TELNET = bytes(range(0xF0, 0x100))

MOST_COLLECTED = 65536
"""
The most octets of a reply that is understood as a whole.
"""

_NOT_IMPLEMENTED = b"502 Command not implemented\r\n"
_START = StartTls(b"234 Proceed with TLS negotiation\r\n", b"421 Temporarily unable to process security\r\n")


class Ftp(FtpData):
    """
    An FTP dialogue.

    @param security: what is demanded of the control connection, SECURECONTROL.
    @param data: what is demanded of data connections, SECUREDATA.
    @param implicit: the control connection is secure from the beginning.
    """

    WORDS = ftpcommands.WORDS
    CLOSING = b"421 Closing control connection\r\n"

    def __init__(self, security: Security, data: Security = Security.PREFERRED, implicit: bool = False) -> None:
        super().__init__(security)
        self.secure = self._sized = implicit
        self.held = True
        self._data = data
        self._strict = data is Security.REQUIRED
        self._private = implicit and data in (Security.PREFERRED, Security.REQUIRED)
        self._privateAfter = False
        self._named = False
        self._during = 0
        self._code = b""
        self._reply = b""

    @property
    def protected(self) -> bool:
        """
        Data connections are secured.
        """
        return self.secure and self._private

    # From the client

    def _advance(self) -> None:
        if self._next is not None and not self.held:
            line, self._next = self._next, None
            self._request(line)
        super()._advance()

    def _overlong(self) -> None:
        self.refuse(Refusal.MALFORMED)

    def _kept(self) -> bytes:
        """
        Return nothing: a command that is not complete is none.
        """
        self._client.takeAll()
        self._next = None
        return b""

    def _request(self, line: bytes) -> None:
        command = line.lstrip(_TELNET).rstrip(b"\r\n")
        verb, _, argument = command.partition(b" ")
        verb, argument = verb.upper(), argument.strip()
        if self._transferring:
            self._requestDuring(verb, command, line)
        elif ftpcommands.isTwo(command, self._strict):
            self.deny(b"501 A line end within a line\r\n")
        elif verb in _SECURITY:
            _SECURITY[verb](self, argument)
        elif self.demanded and verb not in ftpcommands.BEFORE_TLS:
            self._demand(verb)
        elif verb in _DATA:
            self._openProtected(verb, argument)
        elif verb in ftpcommands.ELSEWHERE or (verb == b"REIN" and self.secure):
            self.answer(_NOT_IMPLEMENTED)
        elif self._strict and verb not in ftpcommands.KNOWN:
            self.deny(_NOT_IMPLEMENTED)
        else:
            self._named |= verb == b"USER"
            self._pass(verb, command)

    def _requestDuring(self, verb: bytes, command: bytes, line: bytes) -> None:
        """
        The client says something during a transfer.
        """
        may = verb in ftpcommands.DURING and not ftpcommands.isTwo(command, self._strict)
        if may and verb == b"ABOR" and self._abort():
            self._pass(verb, command)
        elif may and not self.withheld and self._during < UNANSWERED:
            self._during += 1
            self.toApplication(command + b"\r\n")
        else:
            self._next, self.held = line, True

    def _demand(self, verb: bytes) -> None:
        if verb == b"NOOP":
            self.answer(b"200 OK\r\n")
        else:
            self.deny(b"530 Must issue AUTH TLS first\r\n")

    # Commands about security

    def _auth(self, argument: bytes) -> None:
        mechanism = argument.upper()
        if not mechanism:
            self.answer(b"501 Which mechanism?\r\n")
        elif mechanism not in (b"TLS", b"TLS-C", b"TLS-P", b"SSL"):
            self.deny(b"504 Mechanism not known, use AUTH TLS\r\n")
        elif self.secure:
            self.deny(b"534 TLS is active already\r\n")
        elif self._named:
            self.deny(b"534 AUTH is permitted before USER\r\n")
        else:
            self._privateAfter = mechanism in (b"TLS-P", b"SSL")
            self.upgrade(_START)

    def _pbsz(self, argument: bytes) -> None:
        if not self.secure:
            self.answer(b"503 AUTH TLS comes before PBSZ\r\n")
        elif not re.fullmatch(rb"[0-9]{1,10}", argument):
            self.answer(b"501 Which size?\r\n")
        else:
            self._sized = True
            self.answer(b"200 PBSZ=0\r\n")

    def _prot(self, argument: bytes) -> None:
        level = argument.upper()
        if not self._sized:
            self.answer(b"503 AUTH TLS and PBSZ come before PROT\r\n")
        elif level in (b"S", b"E"):
            self.answer(b"536 TLS has levels C and P\r\n")
        elif level not in (b"C", b"P"):
            self.answer(b"504 Level not known, use PROT P\r\n")
        elif self._data is (Security.REQUIRED if level == b"C" else Security.NEVER):
            self.deny(b"534 Level denied for policy reasons\r\n")
        else:
            self._private = level == b"P"
            self.answer(b"200 Protection level set to %s\r\n" % level)

    def _clear(self, argument: bytes) -> None:
        self.deny(b"533 Command protection level denied for policy reasons\r\n")

    def _nowSecure(self) -> None:
        super()._nowSecure()
        self._sized = False
        self._private = self._privateAfter and self._data is not Security.NEVER

    def _stillClear(self) -> None:
        """
        The reply has said that the connection will be closed.
        """
        self.refuse(Refusal.UNAVAILABLE)

    def _openProtected(self, verb: bytes, argument: bytes) -> None:
        if self._strict and not self.protected:
            self.deny(b"521 Data connection cannot be opened with this PROT setting, use PROT P\r\n")
        else:
            self._openData(verb, argument)

    # From the application

    def _replyLine(self) -> bytes | None:
        if self._application.tooLong:
            self.refuse(Refusal.APPLICATION)
            return None
        return super()._replyLine()

    def _outOfTurn(self, octets: bytes) -> None:
        # A place for data that nobody has asked for is nobody's.
        if self.secure and ftpcommands.looksAddressed(octets):
            self.denied()
        else:
            super()._outOfTurn(octets)

    def _applicationLeft(self) -> None:
        # Half a line is no reply.
        self._application.takeAll()
        super()._applicationLeft()

    def _takeReply(self) -> bool:
        if self._expected is not None or self._last:
            return False
        line = self._replyLine()
        if line is None:
            return False
        match = _REPLY.fullmatch(line)
        if self._code:
            ended = match is not None and match[1] == self._code and not (match[2] or b"").startswith(b"-")
        elif match is None or not self._isAwaited(match[1]):
            self._outOfTurn(line)
            return True
        else:
            self._code, ended = match[1], not (match[2] or b"").startswith(b"-")
        self._replyLineTaken(line, ended)
        return True

    def _isAwaited(self, code: bytes) -> bool:
        """
        Whether the application may reply, and be it with a farewell.
        """
        unasked = b"421", *(ftpcommands.ADDRESSED if self.secure else ())
        return bool(self.open) or self._during > 0 or code in unasked

    def _replyLineTaken(self, line: bytes, ended: bool) -> None:
        code = int(self._code)
        if self._isCollected(code):
            self._reply += line
        elif not ftpcommands.looksAddressed(line):
            self.toClient(line)
        if len(self._reply) > MOST_COLLECTED:
            self.refuse(Refusal.APPLICATION)
        elif ended:
            reply, self._code, self._reply = self._reply, b"", b""
            self._replyComplete(code, reply)

    def _isCollected(self, code: int) -> bool:
        if self._code in ftpcommands.ADDRESSED or self._isSwallowed(code):
            return True
        if not self.open or code < 200:
            return False
        request = self.open[0]
        return request.hidden or request.kind == "FEAT" or (self._isTransfer() and not self._isDuring(code))

    def _isDuring(self, code: int) -> bool:
        """
        Whether a reply is one to what the client has said during a transfer, or just before its end.
        """
        return self._during > 0 and (not self.open or (self._transferring and code in ftpcommands.CODES_DURING))

    def _replyComplete(self, code: int, reply: bytes) -> None:
        """
        A reply is complete.

        @param reply: all of it, where it has been collected; otherwise it has been passed on.
        """
        kind = self.open[0].kind if self.open else ""
        if code < 200:
            if self.open and kind != "GREETING" and not self.demanded:
                self._begun(code)
        elif reply[:3] in ftpcommands.ADDRESSED:
            self._addressed(code, reply)
        elif self._isDuring(code):
            self._during -= 1
        elif self._isTransfer():
            self._ended(reply)
        else:
            if kind == "FEAT":
                self.toClient(ftpcommands.features(code, reply))
            self._finish(code)

    def _addressed(self, code: int, reply: bytes) -> None:
        """
        The application has named a place for data.  It opens one only where it was asked for it.
        """
        kind = self.open[0].kind if self.open and not self._transferring else ""
        asked = ftpcommands.OPENING.get(kind)
        port = portOfReply(code, reply) if reply[:3] == asked else None
        if port is not None:
            self._listen(Listen(port, True, self.protected))
            return
        if asked is None:
            self.denied()
        if not self.open and not self._during:
            return
        self.toClient(NO_DATA if asked else _NOT_IMPLEMENTED)
        if self._during and not kind:
            self._during -= 1
        else:
            self._finish()

    def _finish(self, code: int = 0) -> None:
        self._transferring = False
        if self.open:
            request = self.replied()
            self._replied(request, code)
            if request.kind == "USER" and code >= 400:
                self._named = False
        self.held = bool(self.open)


_SECURITY = {b"AUTH": Ftp._auth, b"PBSZ": Ftp._pbsz, b"PROT": Ftp._prot, b"CCC": Ftp._clear}
_DATA = (b"PASV", b"EPSV", b"PORT", b"EPRT")
