"""
The ends of a session, with real sockets: TLS clients and cleartext applications.
Tests only.  Nothing here waits: each end has its turns, see L{tests.server.scene}.
"""

from __future__ import annotations

import os
import socket
import ssl
from contextlib import suppress

from sslpool.wire.assignment import Address


def tcpPair(receiveBuffer: int = 0, host: str = "127.0.0.1") -> tuple[socket.socket, socket.socket]:
    """
    Return both ends of a new TCP connection, not blocking: the connecting one first.

    @param receiveBuffer: the connecting end's, in octets; 0 is the system's choice.
    @param host: the address of both.
    """
    with listeningAt(host) as listening:
        connecting = socket.socket(listening.family)
        if receiveBuffer:
            connecting.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receiveBuffer)
        connecting.connect(listening.getsockname())
        accepted, _ = listening.accept()
    for each in (connecting, accepted):
        each.setblocking(False)
        # As the stack has it, and clients that care for time.
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connecting, accepted


def listeningAt(host: str) -> socket.socket:
    """
    Return a socket that listens on a free port of this machine's C{host}.
    """
    return socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


def reset(connection: socket.socket) -> None:
    """
    Close C{connection} so that the other end gets a reset.
    """
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


class Peer:
    """
    One end of a byte stream: what it sends and what it has received.

    @ivar socket: its socket.
    @ivar received: what it has received.
    @ivar ended: the other end has ended its output in good order.
    @ivar failure: how the other end ended otherwise.
    @ivar reading: it reads what comes.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self.socket = connection
        self.received = bytearray()
        self.ended = False
        self.failure: Exception | None = None
        self.reading = True
        self._unsent = memoryview(b"")

    @property
    def sent(self) -> bool:
        """
        All that it was told to send is under way.
        """
        return not self._unsent

    @property
    def over(self) -> bool:
        """
        Nothing more comes from the other end.
        """
        return self.ended or self.failure is not None

    def send(self, data: bytes) -> None:
        """
        Send C{data}, as fast as it is taken.
        """
        self._unsent = memoryview(bytes(self._unsent) + data)

    def turn(self) -> None:
        """
        Send and receive what is possible now.
        """
        if self.socket.fileno() < 0:
            return
        try:
            self._flush()
            self._receive()
        except BlockingIOError:
            pass
        except OSError as error:
            self.failure = error

    def close(self) -> None:
        """
        Close the socket.
        """
        self.socket.close()

    def _flush(self) -> None:
        while self._unsent:
            try:
                sent = self.socket.send(self._unsent)
            except BlockingIOError:
                return
            self._unsent = self._unsent[sent:]

    def _receive(self) -> None:
        while self.reading and not self.ended:
            data = self.socket.recv(1 << 20)
            self.received += data
            self.ended = not data


class ApplicationPeer(Peer):
    """
    The application's end of a session.
    """

    def end(self) -> None:
        """
        End the output: what was sent must be under way already.
        """
        self.socket.shutdown(socket.SHUT_WR)


class Client(Peer):
    """
    A TLS client.  C{ended} is close_notify; the end of the stream without it is a C{failure}.

    @ivar tls: Python's own TLS.
    @ivar secure: the handshake is complete.
    @ivar hungUp: the server has ended the TCP stream, too.
    """

    def __init__(
        self,
        connection: socket.socket,
        context: ssl.SSLContext,
        session: ssl.SSLSession | None,
        name: str = "localhost",
    ) -> None:
        super().__init__(connection)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name, session=session)
        self.secure = self.hungUp = False
        self._goodbye = False
        self._ciphertext = b""

    @property
    def sent(self) -> bool:
        """
        See L{Peer.sent}.
        """
        return super().sent and not self._ciphertext and not self._outgoing.pending

    def end(self) -> None:
        """
        Send close_notify, after all that is to be sent.
        """
        self._goodbye = True

    def turn(self) -> None:
        """
        See L{Peer.turn}.
        """
        if self.socket.fileno() < 0 or self.failure is not None:
            return
        try:
            self._take()
            self._think()
            self._give()
        except ssl.SSLWantReadError:
            self._give()
        except ssl.SSLZeroReturnError:
            # What Python says of close_notify where we have sent ours.
            self.ended = True
            self._give()
        except OSError as error:
            self.failure = error
            self._give()

    def _take(self) -> None:
        if not self.reading:
            return
        with suppress(BlockingIOError):
            while not self.hungUp and self._incoming.pending < 1 << 18:
                data = self.socket.recv(1 << 18)
                self._incoming.write(data)
                if not data:
                    self.hungUp = True
                    self._incoming.write_eof()

    def _think(self) -> None:
        if not self.secure:
            self.tls.do_handshake()
            self.secure = True
        while self._unsent and len(self._ciphertext) + self._outgoing.pending < 1 << 18:
            taken = self.tls.write(self._unsent[: 1 << 16])
            self._unsent = self._unsent[taken:]
        if self._goodbye and not self._unsent:
            self._goodbye = False
            with suppress(ssl.SSLWantReadError):
                self.tls.unwrap()
        while self.reading and not self.over:
            data = self.tls.read(1 << 16)
            self.received += data
            self.ended = not data

    def _give(self) -> None:
        self._ciphertext += self._outgoing.read()
        with suppress(BlockingIOError, ConnectionError):
            while self._ciphertext:
                self._ciphertext = self._ciphertext[self.socket.send(self._ciphertext) :]


class Application:
    """
    A cleartext application that accepts connections.

    @ivar peers: its ends of the connections that it has accepted.
    @ivar listening: its listening socket.
    """

    def __init__(self, listening: socket.socket) -> None:
        listening.setblocking(False)
        self.listening = listening
        self.peers: list[ApplicationPeer] = []

    @classmethod
    def tcp(cls, host: str = "127.0.0.1") -> Application:
        """
        Return one that listens on a free port.
        """
        return cls(listeningAt(host))

    @classmethod
    def unix(cls, path: str, backlog: int = 16) -> Application:
        """
        Return one that listens on C{path}.
        """
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(path)
        listening.listen(backlog)
        return cls(listening)

    @property
    def address(self) -> Address:
        """
        Where it listens.
        """
        name = self.listening.getsockname()
        if self.listening.family == socket.AF_UNIX:
            return Address(socket.AF_UNIX, name, 0)
        return Address(self.listening.family, name[0], name[1])

    def turn(self) -> None:
        """
        Accept what is there, and let each connection have its turn.
        """
        if self.listening.fileno() >= 0:
            with suppress(BlockingIOError):
                while True:
                    self.peers.append(ApplicationPeer(self.listening.accept()[0]))
        for peer in self.peers:
            peer.turn()

    def close(self) -> None:
        """
        Close everything.
        """
        self.listening.close()
        for peer in self.peers:
            peer.close()


def somePayload(size: int) -> bytes:
    """
    Return C{size} octets in which a shift or a repetition would show.
    """
    period = os.urandom(min(size, 65521))
    return (period * (size // 65521 + 1))[:size]
