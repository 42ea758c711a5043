"""
A client that decides on every record and every segment: the handshake is Python's C{ssl} in memory, what it sends
after that is sealed here.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import struct
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from tests.live.clients import TLS12, TLS13, trusting
from tests.live.programs import LIMIT
from tests.sealing import CLOSE_NOTIFY, LARGEST, WARNING, Sealer, Sealer12, Sealer13

RESET = struct.pack("ii", 1, 0)
"""
SO_LINGER by which C{close} resets a connection.
"""

OPEN = "open"
"""
How a connection has ended that has not, when the time was up.
"""

Cut = Callable[[bytes], Iterable[bytes]]
"""
Divides a ClientHello into segments.
"""

_RANDOM = slice(11, 43)
"""
Where the random is in the record of a ClientHello or ServerHello (RFC 8446 section 4.1.2).
"""


class Keys:
    """
    A context for clients of one version that writes down its secrets.

    @param certificates: the file with the authority's certificate.
    """

    def __init__(self, certificates: str, version: ssl.TLSVersion) -> None:
        self.version = version
        self.context = trusting(certificates, version)
        # What the sealers can do.
        self.context.set_ciphers("ECDHE+AESGCM")
        descriptor, self._path = tempfile.mkstemp(prefix="keys")
        os.close(descriptor)
        self.context.keylog_filename = self._path

    def close(self) -> None:
        """
        Remove the file of secrets.
        """
        os.remove(self._path)

    def sealer(self, ours: bytes, theirs: bytes, bits: int) -> Sealer:
        """
        Return what seals the records after the handshake.

        @param ours: the client's random.
        @param theirs: the server's.
        """
        kind = "CLIENT_RANDOM" if self.version is TLS12 else "CLIENT_TRAFFIC_SECRET_0"
        with open(self._path, encoding="ascii") as lines:
            found = re.search(f"{kind} {ours.hex()} (.*)", lines.read())
        assert found is not None
        secret = bytes.fromhex(found[1])
        return Sealer13(secret) if self.version is TLS13 else Sealer12(secret, theirs + ours, bits)


class RawClient:
    """
    A client after its handshake.

    @ivar socket: its connection; whoever makes the client closes it.
    @ivar tls: the library's view of it, which has the handshake and decrypts.
    @ivar seal: makes its next records.
    @param name: the server name that it asks for.
    @param cut: how the ClientHello is sent; otherwise at once.
    @param session: what it offers to resume.
    @param limit: how long to wait for what must come, in seconds.
    @raise ssl.SSLError: the handshake failed.
    """

    seal: Sealer
    _deadline = 0.0

    def __init__(
        self,
        port: int,
        keys: Keys,
        name: str = "localhost",
        cut: Cut | None = None,
        session: ssl.SSLSession | None = None,
        limit: float = LIMIT,
    ) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = keys.context.wrap_bio(self._incoming, self._outgoing, server_hostname=name, session=session)
        self._keys, self._cut = keys, cut
        self.socket = socket.create_connection(("127.0.0.1", port), limit)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._handshake()
        except BaseException:
            self.socket.close()
            raise

    def _handshake(self) -> None:
        with suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
        hello = self._outgoing.read()
        for segment in (hello,) if self._cut is None else self._cut(hello):
            self.socket.sendall(segment)
        came = b""
        while True:
            came += self._take()
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                pass
            finally:
                self.socket.sendall(self._outgoing.read())
        cipher = self.tls.cipher()
        assert cipher is not None
        self.seal = self._keys.sealer(hello[_RANDOM], came[_RANDOM], cipher[2])

    def _take(self) -> bytes:
        """
        Give the library what comes; nothing is the end.
        """
        octets = self.socket.recv(1 << 16)
        if octets:
            self._incoming.write(octets)
        else:
            self._incoming.write_eof()
        return octets

    # Sending

    def send(self, octets: bytes) -> None:
        """
        Send data.
        """
        self.socket.sendall(self.seal.data(octets))

    def closeNotify(self) -> None:
        """
        Send close_notify.
        """
        self.socket.sendall(self.seal.alert(WARNING, CLOSE_NOTIFY))

    def fin(self) -> None:
        """
        End our stream of TCP.
        """
        with suppress(OSError):  # the other side has reset it
            self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """
        Reset the connection.
        """
        resetOf(self.socket)

    # Receiving

    def receive(self, length: int) -> int:
        """
        Receive so many octets, or fewer where the other side ends; return how many.
        """
        got = 0
        while got < length:
            try:
                octets = self.tls.read(min(length - got, 1 << 16))
            except ssl.SSLWantReadError:
                self._take()
                continue
            if not octets:
                break
            got += len(octets)
        return got

    def rest(self, limit: float) -> tuple[int, str]:
        """
        Receive until the other side has ended the stream of TCP; return how many octets of data came, and what was
        seen of the end, such as C{close_notify, FIN}.

        @param limit: how long to wait, in seconds.
        """
        self._deadline = time.monotonic() + limit
        got, end = self._restOfData()
        if end.startswith(("close_notify", "alert")):
            end = f"{end}, {self._restOfStream()}"
        return got, end

    def _restOfData(self) -> tuple[int, str]:
        got = 0
        while True:
            try:
                octets = self.tls.read(1 << 16)
            except ssl.SSLWantReadError:
                came, end = self._recv()
                if not came:
                    return got, end
                self._incoming.write(came)
            except ssl.SSLError as error:
                return got, _alertOf(error)
            else:
                if not octets:
                    return got, "close_notify"
                got += len(octets)

    def _restOfStream(self) -> str:
        octets, end = self._recv()
        while octets:
            octets, end = self._recv()
        return end

    def _recv(self) -> tuple[bytes, str]:
        """
        Return what comes, or how the stream has ended.
        """
        self.socket.settimeout(max(0.001, self._deadline - time.monotonic()))
        try:
            return self.socket.recv(1 << 16), "FIN"
        except TimeoutError:
            return b"", OPEN
        except ConnectionError:
            return b"", "RST"


def resetOf(connection: socket.socket) -> None:
    """
    Reset a connection.
    """
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()


def _alertOf(error: ssl.SSLError) -> str:
    """
    Return the alert that an error is, such as C{alert internal_error}.
    """
    kind, _, name = (error.reason or str(error)).partition("_ALERT_")
    return f"alert {name.lower()}" if name else kind


def singly(pause: float) -> Cut:
    """
    Return what divides a ClientHello into segments of one octet.

    @param pause: what is between them, in seconds.
    """

    def cut(hello: bytes) -> Iterable[bytes]:
        for octet in hello:
            yield bytes((octet,))
            time.sleep(pause)

    return cut


def inRecords(size: int) -> Cut:
    """
    Return what divides a ClientHello into records of at most C{size} octets (RFC 8446 section 5.1).
    """

    def cut(hello: bytes) -> Iterable[bytes]:
        message = messageOf(hello)
        for start in range(0, len(message), size):
            part = message[start : start + size]
            yield hello[:3] + len(part).to_bytes(2, "big") + part

    return cut


def helloOf(context: ssl.SSLContext, name: str = "localhost") -> bytes:
    """
    Return a ClientHello.

    @param name: the server name in it.
    """
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def endlessHello(size: int) -> bytes:
    """
    Return the records of a ClientHello that says nothing in at least C{size} octets.
    """
    records = [b"\1" + size.to_bytes(3, "big") + bytes(LARGEST - 4), *[bytes(LARGEST)] * (size // LARGEST)]
    return b"".join(b"\x16\3\1" + len(each).to_bytes(2, "big") + each for each in records)


def messageOf(records: bytes) -> bytes:
    """
    Return the handshake message that is in records.
    """
    message = b""
    while records:
        end = 5 + int.from_bytes(records[3:5], "big")
        message, records = message + records[5:end], records[end:]
    return message
