# -*- test-case-name: tests.starttls.test_asking -*-
"""
How the secure client asks a remote host for TLS: the other side of the dialogues
that L{sslpool.starttls.contract} is about.  Pure; used in the servers.

Nothing that the remote host says in cleartext is trusted or kept, but for the greeting, which clients of some protocols
wait for.  What comes behind its agreement was not protected, and is refused.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

LONGEST = 16384
"""
The most octets that a remote host may say before TLS.
"""

LDAP_START_TLS = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
"""
The extended request of RFC 4511 section 4.14.1, with message id 1.
"""

POSTGRESQL_REQUEST = bytes.fromhex("0000000804d2162f")
"""
SSLRequest (PostgreSQL documentation, "Message Formats").
"""

IAC, SB, SE, WILL, WONT, DO, DONT = 255, 250, 240, 251, 252, 253, 254
START_TLS, FOLLOWS = 46, 1
FOLLOWING = bytes((IAC, SB, START_TLS, FOLLOWS, IAC, SE))


class Declined(Exception):
    """
    The remote host does not agree, or says what nobody says; the text says what.
    """


class Asking(ABC):
    """
    One dialogue.

    @ivar agreed: the remote host waits for our handshake.
    @ivar greeting: what our own client is to be told first, from within the secure session.
    @cvar BEGIN: what is said when the connection stands.
    """

    BEGIN: ClassVar[bytes] = b""

    def __init__(self) -> None:
        self.agreed = False
        self.greeting = b""
        self._unread = b""
        self._heard = 0

    def heard(self, octets: bytes) -> bytes:
        """
        The remote host has said C{octets}, in pieces of any size; return what is said to it.

        @raise Declined: it does not agree.
        """
        self._heard += len(octets)
        if self._heard > LONGEST:
            raise Declined("its answer is too long")
        self._unread += octets
        answer = b""
        while not self.agreed and (said := self._next()) is not None:
            answer += said
        if self.agreed and self._unread:
            raise Declined("cleartext after its agreement")
        return answer

    @abstractmethod
    def _next(self) -> bytes | None:
        """
        Take the next thing that was said and return the answer; C{None} where it is not complete.
        """

    def _take(self, length: int) -> bytes:
        taken, self._unread = self._unread[:length], self._unread[length:]
        return taken


class _Replies(Asking):
    """
    Replies of three digits, of one line or several (RFC 5321 section 4.2, RFC 959 section 4.2).

    @cvar ANSWER: what is said to the greeting.
    """

    ANSWER: ClassVar[bytes]

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[bytes] = []
        self._steps = iter(self.steps())
        self._step = next(self._steps)

    def steps(self) -> list[Callable[[int, list[bytes]], bytes]]:
        """
        Return what is done with each reply, in order.
        """
        return [self._greeted, self._agree]

    def _next(self) -> bytes | None:
        end = self._unread.find(b"\n") + 1
        if not end:
            return None
        line = self._take(end)
        if not self._lines and not (line[:3].isdigit() and line[3:4] in b" -\r\n"):
            raise Declined("its answer is not a reply")
        self._lines.append(line)
        code = self._lines[0][:3]
        if self._lines[0][3:4] == b"-" and not (line[:3] == code and line[3:4] != b"-"):
            return b""
        reply, self._lines = self._lines, []
        if code[:1] == b"1":
            return b""  # another one follows
        said = self._step(int(code), reply)
        self._step = next(self._steps, self._step)
        return said

    def _greeted(self, code: int, reply: list[bytes]) -> bytes:
        self._expect(code == 220, reply)
        self.greeting = b"".join(reply)
        return self.ANSWER

    def _agree(self, code: int, reply: list[bytes]) -> bytes:
        self._expect(code // 100 == 2, reply)
        self.agreed = True
        return b""

    def _expect(self, holds: bool, reply: list[bytes]) -> None:
        if not holds:
            raise Declined(_shown(reply[-1]))


class SMTP(_Replies):
    """
    RFC 3207.
    """

    ANSWER = b"EHLO localhost\r\n"

    def steps(self) -> list[Callable[[int, list[bytes]], bytes]]:
        """
        Greeting, EHLO, STARTTLS.
        """
        return [self._greeted, self._capable, self._agree]

    def _capable(self, code: int, reply: list[bytes]) -> bytes:
        self._expect(code == 250, reply)
        if not any(line[4:].split()[:1] == [b"STARTTLS"] for line in map(bytes.upper, reply)):
            raise Declined("it does not offer STARTTLS")
        return b"STARTTLS\r\n"


class FTP(_Replies):
    """
    RFC 4217: the control connection.
    """

    ANSWER = b"AUTH TLS\r\n"


class LDAP(Asking):
    """
    RFC 4511 section 4.14.
    """

    BEGIN = LDAP_START_TLS

    def _next(self) -> bytes | None:
        message = self._element(self._unread, 0x30)
        if message is None:
            return None
        head, body = message
        self._take(head + len(body))
        identity = self._whole(body, 0x02)
        response = self._whole(body[2 + len(identity) :], 0x78)
        result = self._whole(response, 0x0A)
        if identity != b"\x01" or len(result) != 1:
            raise Declined("its answer is not a response to the request")
        if result[0]:
            raise Declined(f"result code {result[0]}")
        self.agreed = True
        return b""

    def _whole(self, octets: bytes, tag: int) -> bytes:
        element = self._element(octets, tag)
        if element is None:
            raise Declined("its answer is not a response to the request")
        return element[1]

    @staticmethod
    def _element(octets: bytes, tag: int) -> tuple[int, bytes] | None:
        """
        Return the length of the head and the content of the BER element that
        C{octets} begins with; C{None} where it is not complete.
        """
        if octets and octets[0] != tag:
            raise Declined("its answer is not a response to the request")
        if len(octets) < 2:
            return None
        head, length = 2, octets[1]
        if length & 0x80:
            head += length & 0x7F
            if not 2 < head <= 6:
                raise Declined("its answer is not a response to the request")
            length = int.from_bytes(octets[2:head], "big")
        if length > LONGEST:
            raise Declined("its answer is too long")
        return (head, octets[head : head + length]) if len(octets) >= head + length else None


class PostgreSQL(Asking):
    """
    SSLRequest, which is answered with one octet.
    """

    BEGIN = POSTGRESQL_REQUEST

    def _next(self) -> bytes | None:
        if not self._unread:
            return None
        if self._take(1) != b"S":
            raise Declined("it does not have TLS")
        self.agreed = True
        return b""


class Telnet(Asking):
    """
    Option 46, START_TLS (draft-altman-telnet-starttls-02).  Other options are
    declined: they are agreed upon anew in the secure session.
    """

    def __init__(self) -> None:
        super().__init__()
        self._asked = False

    def _next(self) -> bytes | None:
        unread = self._unread
        if not unread or (len(unread) < 3 and unread[0] == IAC):
            return None
        if unread[0] != IAC:
            raise Declined("cleartext before START_TLS")
        verb, option = unread[1], unread[2]
        if self._asked and FOLLOWING.startswith(unread[: len(FOLLOWING)]):
            if len(unread) < len(FOLLOWING):
                return None
            self._take(len(FOLLOWING))
            self.agreed = True
            return b""
        self._take(3)
        if verb == DO and option == START_TLS and not self._asked:
            self._asked = True
            return bytes((IAC, WILL, START_TLS)) + FOLLOWING
        if option == START_TLS or verb not in (WILL, DO, WONT, DONT):
            raise Declined("its answer does not negotiate START_TLS")
        return {WILL: bytes((IAC, DONT, option)), DO: bytes((IAC, WONT, option))}.get(verb, b"")


ASKING: dict[str, type[Asking]] = {"FTP": FTP, "LDAP": LDAP, "POSTGRESQL": PostgreSQL, "SMTP": SMTP, "TELNET": Telnet}
"""
The dialogues by protocol, as L{sslpool.wire.requests.START_TLS} lists them.
"""


def _shown(line: bytes) -> str:
    """
    Return a line for the log: not long, and nothing but printable characters.
    """
    text = line.decode("ascii", "replace").strip()[:100]
    return "".join(each if each.isprintable() else "?" for each in text)
