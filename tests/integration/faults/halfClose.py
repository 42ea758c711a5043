"""
Half-close is kept in both directions: what one side still has to say after the other one has ended arrives, and both
ends are ends in good order.  With TLS 1.2 and with TLS 1.3.
"""

from __future__ import annotations

import socket
import ssl
from queue import SimpleQueue

from tests.live.applications import Application
from tests.live.clients import TLS12, TLS13, Client, finish, receive, rest, stopSending
from tests.live.configurations import FilesCase

ANSWER = bytes(range(256)) * 8000
"""
Two megabytes: more than fits into the buffers on the way.
"""


class HalfCloseTests(FilesCase):
    """
    One side ends, the other one goes on.
    """

    def clientOf(self, application: Application, version: ssl.TLSVersion) -> Client:
        """
        Start a pool and return a client for it.
        """
        port = self.adapt(application)
        self.stack = self.serve(*self.options)
        return Client(self, port, self.certificates, version)

    def clientEndsFirst(self, version: ssl.TLSVersion) -> None:
        """
        The application answers when its input has ended: the client, which has
        sent close_notify, gets the whole answer and close_notify.
        """

        def answer(connection: socket.socket) -> None:
            question = b"".join(rest(connection))
            connection.sendall(ANSWER + question)

        connection = self.clientOf(Application(self, answer), version).connect()
        connection.sendall(b"question")
        stopSending(connection)
        came = receive(connection, 2 * len(ANSWER))
        self.assertEqual((len(came), came == ANSWER + b"question"), (len(ANSWER) + 8, True))
        self.stack.waitForSessions(0)

    def applicationEndsFirst(self, version: ssl.TLSVersion) -> None:
        """
        The application has said all and goes on reading: the client gets
        close_notify, and what it sends after that arrives.
        """
        heard: SimpleQueue[bytes] = SimpleQueue()

        def listen(connection: socket.socket) -> None:
            connection.sendall(b"greeting")
            connection.shutdown(socket.SHUT_WR)
            heard.put(b"".join(rest(connection)))

        connection = self.clientOf(Application(self, listen), version).connect()
        self.assertEqual(receive(connection, 100), b"greeting")
        connection.sendall(ANSWER)
        finish(connection)
        came = heard.get(timeout=30)
        self.assertEqual((len(came), came == ANSWER), (len(ANSWER), True))
        self.stack.waitForSessions(0)

    def test_clientEndsFirst12(self) -> None:
        """
        The client ends first; TLS 1.2.
        """
        self.clientEndsFirst(TLS12)

    def test_clientEndsFirst13(self) -> None:
        """
        The client ends first; TLS 1.3.
        """
        self.clientEndsFirst(TLS13)

    def test_applicationEndsFirst12(self) -> None:
        """
        The application ends first; TLS 1.2.
        """
        self.applicationEndsFirst(TLS12)

    def test_applicationEndsFirst13(self) -> None:
        """
        The application ends first; TLS 1.3.
        """
        self.applicationEndsFirst(TLS13)
