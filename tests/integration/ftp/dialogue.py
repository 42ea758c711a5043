"""
A client of our own, on Python's C{ssl}: one that can be cut at any moment and in any way.
"""

from __future__ import annotations

import re
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress

from tests.integration.ftp.cells import HOSTS
from tests.live.ftpservers import FtpServer
from tests.live.programs import LIMIT

BLOCK = 16384
JUNK = b"\x17\x03\x03\x00\x20" + bytes(32)
"""
A record that is none of the other side's.
"""

_AT_ONCE = struct.pack("ii", 1, 0)


class Data:
    """
    A data connection.  TLS and TCP are apart, so that either can end without the other.

    @param session: the session to be resumed, if any.
    """

    def __init__(self, connection: socket.socket, context: ssl.SSLContext, session: ssl.SSLSession | None) -> None:
        self.socket = connection
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname="localhost", session=session)

    def _flush(self) -> None:
        self.socket.sendall(self._out.read())

    def _feed(self) -> None:
        octets = self.socket.recv(BLOCK)
        if octets:
            self._in.write(octets)
        else:
            self._in.write_eof()

    def shake(self) -> None:
        """
        Do the handshake.

        @raise ssl.SSLError: it has failed; the other side has been told.
        """
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                self._feed()
            except ssl.SSLError:
                self._flush()
                raise
            else:
                self._flush()
                return

    def hello(self) -> bytes:
        """
        Return a ClientHello, which has not been sent.
        """
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return self._out.read()
        raise AssertionError("a handshake without the other side")

    def send(self, octets: bytes) -> None:
        """
        Send.
        """
        for start in range(0, len(octets), BLOCK):
            self._tls.write(octets[start : start + BLOCK])
            self._flush()

    def receive(self, length: int | None = None) -> bytes:
        """
        Return the next octets, all that come before close_notify unless C{length} says how many.

        @raise ssl.SSLError: they have ended in another way.
        """
        parts: list[bytes] = []
        while length is None or sum(map(len, parts)) < length:
            try:
                parts.append(self._tls.read(BLOCK))
            except ssl.SSLWantReadError:
                self._feed()
            except ssl.SSLZeroReturnError:
                break
            else:
                if not parts[-1]:
                    break
        return b"".join(parts)

    # How it can end

    def notify(self) -> None:
        """
        Send close_notify, and go on.
        """
        with suppress(ssl.SSLWantReadError):
            self._tls.unwrap()
        self._flush()

    def finish(self) -> None:
        """
        End in good order: send close_notify, and wait for the other side's end.
        """
        self.notify()
        self.stopSending()
        with suppress(ConnectionError):
            while self.socket.recv(BLOCK):
                pass
        self.socket.close()

    def hasten(self) -> None:
        """
        Send close_notify and FIN, and leave what has come unread: then the kernel sends RST.
        """
        self.notify()
        self.socket.close()

    def leave(self) -> None:
        """
        Send FIN.
        """
        self.socket.close()

    def stopSending(self) -> None:
        """
        Send FIN, and stay.
        """
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """
        Send RST.
        """
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.socket.close()

    def alert(self) -> None:
        """
        Send a fatal alert, as to somebody who has sent nonsense, and FIN.
        """
        # It may have to complete a record of which the beginning is there.
        self._in.write(JUNK + bytes(2 * BLOCK))
        try:
            while True:
                self._tls.read(BLOCK)
        except ssl.SSLWantReadError:
            raise AssertionError("nonsense was taken for something") from None
        except ssl.SSLError:
            self._flush()
        self.socket.close()

    def nonsense(self) -> None:
        """
        Send a record that the other side cannot read, and stay.
        """
        self.socket.sendall(JUNK)


class Control:
    """
    A control connection, secured and logged in.

    @ivar context: how it was secured.
    @param near: the family of addresses, a key of L{HOSTS}.
    """

    def __init__(self, port: int, server: FtpServer, context: ssl.SSLContext, near: str = "IPv4") -> None:
        self.context = context
        self.host = HOSTS[near]
        self.server = server
        clear = socket.create_connection((self.host, port), LIMIT)
        self._socket: socket.socket = clear
        self._lines = self._read()
        self._await(220)
        self.command("AUTH TLS", 234)
        self._socket = self._secured = context.wrap_socket(clear, server_hostname="localhost")
        self.command(f"USER {server.user}", 331)
        self.command(f"PASS {server.password}", 230)
        self.command("PBSZ 0", 200)
        self.command("PROT P", 200)
        self.command("TYPE I", 200)

    def _read(self) -> Iterator[str]:
        held = b""
        while True:
            line, end, held = held.partition(b"\r\n")
            while not end:
                octets = self._socket.recv(BLOCK)
                if not octets:
                    raise AssertionError("the control connection has ended")
                line, end, held = (line + octets).partition(b"\r\n")
            yield line.decode("ascii")

    def reply(self) -> tuple[int, str]:
        """
        Return the next reply.
        """
        first = line = next(self._lines)
        while line[:4] != f"{first[:3]} ":
            line = next(self._lines)
        return int(first[:3]), first[4:]

    def _await(self, code: int) -> str:
        found, text = self.reply()
        if found != code:
            raise AssertionError(f"{code} was expected, and not {found} {text}")
        return text

    def send(self, command: str) -> None:
        """
        Send a command.
        """
        self._socket.sendall(f"{command}\r\n".encode("ascii"))

    def command(self, command: str, code: int) -> str:
        """
        Send a command and return the text of the reply, which has to have a code.
        """
        self.send(command)
        return self._await(code)

    def path(self, name: str) -> str:
        """
        Return the path of a file for commands.
        """
        return f"{self.server.folder}{name}"

    def begin(self, command: str) -> None:
        """
        Send a command that transfers, and wait until the transfer has begun.
        """
        self.send(command)
        self.begun()

    def begun(self) -> None:
        """
        Wait until a transfer has begun.
        """
        found, text = self.reply()
        if found not in (125, 150):
            raise AssertionError(f"a transfer was expected to begin, and not {found} {text}")

    def final(self) -> int:
        """
        Return the code of the reply that completes a transfer.
        """
        code = 100
        while code < 200:
            code, _ = self.reply()
        return code

    def passive(self, session: bool = True, context: ssl.SSLContext | None = None) -> Data:
        """
        Return a data connection in passive mode, on which nothing has been said.

        @param session: it will resume that of the control connection.
        @param context: another context than the control connection's.
        """
        found = re.search(r"\|(\d+)\|", self.command("EPSV", 229))
        assert found is not None
        connection = socket.create_connection((self.host, int(found[1])), LIMIT)
        return self._data(connection, session, context)

    def active(self, begin: Callable[[], None]) -> Data:
        """
        Return a data connection in active mode.

        @param begin: sends the command that has the other side connect.
        """
        with socket.create_server((self.host, 0), family=self._socket.family) as listening:
            family = 2 if ":" in self.host else 1
            self.command(f"EPRT |{family}|{self.host}|{listening.getsockname()[1]}|", 200)
            begin()
            listening.settimeout(LIMIT)
            connection, _ = listening.accept()
        connection.settimeout(LIMIT)
        return self._data(connection, True, None)

    def _data(self, connection: socket.socket, session: bool, context: ssl.SSLContext | None) -> Data:
        resumed = self._secured.session if session and context is None else None
        return Data(connection, context or self.context, resumed)

    def close(self) -> None:
        """
        End it.
        """
        self._socket.close()
