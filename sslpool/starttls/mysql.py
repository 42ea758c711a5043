# -*- test-case-name: tests.starttls.test_databases,tests.starttls.test_properties -*-
"""
MySQL and MariaDB: the CLIENT_SSL flag of the server's first packet and the client's short answer
to it (MySQL's documentation, "Protocol::SSLRequest").  Pure; used in the servers.

The application does not know of the short answer, which has a number in the sequence of packets:
until the login is over, the numbers of its packets are made to fit.
"""

from __future__ import annotations

from collections.abc import Callable

from sslpool.starttls.contract import Negotiator, Refusal, Security, StartTls

CLIENT_SSL = 0x800
SHORT = 32
"""
The length of the answer that asks for TLS.
"""

LONGEST = 65536
TLS_RECORD = 0x16

_OK, _ERROR, _VERSION = 0x00, 0xFF, 0x0A


def errorPacket(sequence: int, number: int, state: str, text: str) -> bytes:
    """
    Return an ERR packet.
    """
    body = bytes([_ERROR]) + number.to_bytes(2, "little") + f"#{state}{text}".encode("ascii")
    return len(body).to_bytes(3, "little") + bytes([sequence]) + body


_WORDS = {
    Refusal.INJECTION: "Nothing may follow the request for TLS",
    Refusal.UNASKED: "TLS is not available",
    Refusal.MALFORMED: "Malformed communication packet",
    Refusal.LATE: "Got timeout reading communication packets",
    Refusal.APPLICATION: "Database system out of step",
    Refusal.AGAIN: "TLS is active already",
    Refusal.GONE: "Database system not available",
}


class MySql(Negotiator):
    """
    The beginning of a connection, until the login is over.
    """

    def __init__(self, security: Security) -> None:
        super().__init__(security)
        self._client = b""
        self._application = b""
        self._greeted = self._answered = False
        self._expected = 0
        self._clientLeft = self._applicationLeftOver = 0

    def lastWords(self, refusal: Refusal) -> bytes:
        if refusal is Refusal.DECLINED:
            text = "Connections using insecure transport are prohibited while --require_secure_transport=ON."
            return errorPacket(self._expected, 3159, "HY000", text)
        return errorPacket(self._expected, 1043, "08S01", _WORDS.get(refusal, _WORDS[Refusal.GONE]))

    @property
    def waiting(self) -> bool:
        """
        See L{Negotiator.waiting}: the client owes an answer to the greeting.
        """
        return self._greeted and not self.secure and not self.transparent

    # From the application

    def _heardApplication(self, octets: bytes) -> None:
        self._application += octets
        if not self._greeted:
            self._greeting()
        elif self._answered:
            self._fitReplies()
        else:
            self.refuse(Refusal.APPLICATION)

    def _greeting(self) -> None:
        packet = self._application
        if len(packet) < 5:
            return
        length = int.from_bytes(packet[:3], "little")
        if packet[4] == _ERROR and self.demanded:
            self._declined(packet, length + 4)
        elif packet[4] == _ERROR:
            self._becomeTransparent()
        elif packet[4] != _VERSION or packet[3] != 0 or length > LONGEST or len(packet) > length + 4:
            self.refuse(Refusal.APPLICATION)
        elif len(packet) == length + 4:
            self._announce(packet)

    def _declined(self, packet: bytes, length: int) -> None:
        """
        The application lets nobody in: its reason is for the client, and nothing of the client for it.
        """
        if len(packet) >= length:
            self.refuse(Refusal.GONE, packet[:length])
        elif length > LONGEST:
            self.refuse(Refusal.APPLICATION)

    def _announce(self, packet: bytes) -> None:
        # Version, connection, eight octets of a nonce and a filler stand before the flags.
        flags = packet.find(b"\0", 5) + 14
        if flags < 14 + 5 or flags + 2 > len(packet):
            self.refuse(Refusal.APPLICATION)
            return
        found = int.from_bytes(packet[flags : flags + 2], "little") | CLIENT_SSL
        # Even who has said nothing yet will say that first, and then read.
        self._greeted, self._expected = True, 2
        self._application = b""
        self.toClient(packet[:flags] + found.to_bytes(2, "little") + packet[flags + 2 :])

    def _fitReplies(self) -> None:
        while self._application and not self.transparent:
            if self._applicationLeftOver:
                self._applicationLeftOver, self._application = self._through(
                    self._applicationLeftOver, self._application, self.toClient
                )
            elif len(self._application) < 5:
                return
            else:
                head = self._application[:5]
                self.toClient(head[:3] + bytes([(head[3] + 1) % 256]) + head[4:5])
                self._applicationLeftOver = max(int.from_bytes(head[:3], "little") - 1, 0)
                self._application = self._application[5:]
                if head[4] in (_OK, _ERROR):
                    self._becomeTransparent()

    # From the client

    def _heardClient(self, octets: bytes) -> None:
        self._client += octets
        if not self._greeted:
            self.refuse(Refusal.UNASKED if self._client[0] == TLS_RECORD else Refusal.MALFORMED)
        elif not self._answered:
            self._answer()
        else:
            self._fitRequests()

    def _answer(self) -> None:
        packet = self._client
        if len(packet) < 4:
            return
        # Clients believe no packet, not even an error, that does not have the number after their own.
        self._expected = (packet[3] + 1) % 256
        if len(packet) < 8:
            return
        length, flags = int.from_bytes(packet[:3], "little"), int.from_bytes(packet[4:8], "little")
        wanted = 2 if self.secure else 1
        if packet[3] != wanted or not SHORT <= length <= LONGEST:
            self.refuse(Refusal.UNASKED if packet[:2] == b"\x16\x03" and not self.secure else Refusal.MALFORMED)
        elif length == SHORT and flags & CLIENT_SSL and not self.secure:
            self._ask(length + 4)
        elif self.secure:
            self._login(length, flags)
        elif flags & CLIENT_SSL:
            self.refuse(Refusal.MALFORMED)
        elif self.security is Security.REQUIRED:
            self.refuse(Refusal.DECLINED)
        else:
            self._becomeTransparent()

    def _ask(self, length: int) -> None:
        if len(self._client) < length:
            return
        rest = self._client[length:]
        if rest and rest[0] != TLS_RECORD:
            self.refuse(Refusal.INJECTION)
        else:
            # There is no answer to wait for: TLS may follow at once.
            self._client = b""
            self.startTls(StartTls(b"", b"", unread=len(rest)))

    def _login(self, length: int, flags: int) -> None:
        """
        The client's answer over TLS: the first one that the application hears of.
        """
        if length == SHORT:
            self.refuse(Refusal.AGAIN)
            return
        self._answered = True
        head = self._client[:3] + b"\1" + (flags & ~CLIENT_SSL).to_bytes(4, "little")
        self.toApplication(head)
        self._clientLeft, self._client = length - 4, self._client[8:]
        self._fitRequests()

    def _fitRequests(self) -> None:
        while self._client:
            if self._clientLeft:
                self._clientLeft, self._client = self._through(self._clientLeft, self._client, self.toApplication)
            elif len(self._client) < 4:
                return
            else:
                head = self._client[:4]
                self.toApplication(head[:3] + bytes([(head[3] - 1) % 256]))
                self._clientLeft, self._client = int.from_bytes(head[:3], "little"), self._client[4:]

    # Both

    def _through(self, left: int, octets: bytes, say: Callable[[bytes], None]) -> tuple[int, bytes]:
        """
        Pass on what there is of a packet's rest; return what is left of both.
        """
        piece = octets[:left]
        say(piece)
        return left - len(piece), octets[len(piece) :]

    def _becomeTransparent(self) -> None:
        self.transparent = True
        self.toApplication(self._kept())
        application, self._application = self._application, b""
        self.toClient(application)

    def _kept(self) -> bytes:
        kept, self._client = self._client, b""
        return kept

    def _stillClear(self) -> None:
        super()._stillClear()
        self.refuse(Refusal.UNASKED)
