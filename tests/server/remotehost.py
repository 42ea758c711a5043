"""
Remote hosts for the secure client: TLS servers with real sockets, that take turns.  Tests only.
"""

from __future__ import annotations

import os
import socket
import ssl
import tempfile
from contextlib import suppress

from sslpool.keydb.records import Credential
from sslpool.wire.assignment import Address
from tests.doubles.certificates import credentialPem
from tests.server.ends import Client


def hostContext(credential: Credential, protocols: tuple[str, ...] = ()) -> ssl.SSLContext:
    """
    Return the context of a remote host that shows C{credential}.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    show(context, credential)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def show(context: ssl.SSLContext, credential: Credential) -> None:
    """
    Have a context show a certificate, which Python takes from files only.
    """
    descriptor, path = tempfile.mkstemp()
    try:
        os.write(descriptor, credentialPem(credential))
        context.load_cert_chain(path)
    finally:
        os.close(descriptor)
        os.unlink(path)


class HostPeer(Client):
    """
    The remote host's end of a connection.

    @ivar named: the name that the client wants.
    """

    def __init__(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        super().__init__(connection, ssl.create_default_context(), None)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.cleartext: list[tuple[bytes, bytes]] = []

    def _take(self) -> None:
        """
        Say what is to be said in cleartext first.
        """
        while self.cleartext:
            expected, answer = self.cleartext[0]
            if expected and not self._hears(expected):
                raise ssl.SSLWantReadError
            self.socket.send(answer)
            self.cleartext.pop(0)
        super()._take()

    def _hears(self, expected: bytes) -> bool:
        try:
            got = self.socket.recv(len(expected), socket.MSG_PEEK)
        except BlockingIOError:
            return False
        if len(got) < len(expected):
            return False
        return self.socket.recv(len(expected)) == expected


class RemoteHost:
    """
    A remote host that accepts connections.

    @ivar peers: its ends of them.
    @ivar named: the names that clients wanted.
    @param cleartext: what is expected and answered before TLS, in order.
    """

    def __init__(self, context: ssl.SSLContext, cleartext: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        self._context = context
        self._cleartext = cleartext
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.setblocking(False)
        self.peers: list[HostPeer] = []
        self.named: list[str | None] = []
        context.sni_callback = lambda _, name, __: self.named.append(name)

    @property
    def address(self) -> Address:
        """
        Where it listens.
        """
        host, port = self.listening.getsockname()
        return Address(socket.AF_INET, host, port)

    def turn(self) -> None:
        """
        Accept what is there, and let each connection have its turn.
        """
        with suppress(BlockingIOError):
            while True:
                peer = HostPeer(self.listening.accept()[0], self._context)
                peer.cleartext = list(self._cleartext)
                self.peers.append(peer)
        for peer in self.peers:
            peer.turn()

    def close(self) -> None:
        """
        Close everything.
        """
        self.listening.close()
        for peer in self.peers:
            peer.close()
