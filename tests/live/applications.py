"""
Applications that speak cleartext, for the pool to protect: each connection has a
thread of its own in the test's process.
"""

from __future__ import annotations

import hashlib
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from twisted.trial.unittest import SynchronousTestCase

CHUNK = 1 << 20

Conversation = Callable[[socket.socket], None]


class Application:
    """
    Listens on a free port, or on the one that it is given, or on a path.

    @ivar port: the port; 0 where it listens on a path.
    @ivar accepted: how many connections it has had.
    @param conversation: what it does with each connection, which is closed after that.
    """

    def __init__(
        self, case: SynchronousTestCase, conversation: Conversation, port: int = 0, path: str | None = None
    ) -> None:
        self._conversation = conversation
        self._path = path
        if path is None:
            self._listening = socket.create_server(("127.0.0.1", port), backlog=1024)
            self.port: int = self._listening.getsockname()[1]
        else:
            self._listening, self.port = socket.socket(socket.AF_UNIX), 0
            self._listening.bind(path)
            self._listening.listen(1024)
        self.accepted = 0
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()
        case.addCleanup(self.close)

    @property
    def address(self) -> str:
        """
        Where it listens, C{address:port} or a path.
        """
        return f"127.0.0.1:{self.port}" if self._path is None else self._path

    def close(self) -> None:
        """
        Stop listening and close all connections.
        """
        with suppress(OSError):  # it is closed already
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):  # the end of listening
            while True:
                connection, _ = self._listening.accept()
                self.accepted += 1
                self._open.add(connection)
                threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            self._conversation(connection)
        self._open.discard(connection)


def echo(connection: socket.socket) -> None:
    """
    Send back what comes, and end when it ends.
    """
    while octets := connection.recv(65536):
        connection.sendall(octets)


class WebServer:
    """
    A real web server: the one of Python's standard library, with one large file.

    GET /large sends the file, any other GET a page that names its path, and PUT
    is answered with the SHA-256 of what came.

    @ivar address: where it listens, C{address:port}.
    @param large: the path of the file.
    """

    def __init__(self, case: SynchronousTestCase, large: str) -> None:
        class Pages(_Pages):
            path_ = large

        self._server = _Server(("127.0.0.1", 0), Pages)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        case.addCleanup(self._server.server_close)
        case.addCleanup(self._server.shutdown)


class _Server(ThreadingHTTPServer):
    """
    A server that takes it as it comes when a connection breaks.
    """

    def handle_error(self, request: object, client_address: object) -> None:
        """
        Report whatever else goes wrong.
        """
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Pages(BaseHTTPRequestHandler):
    """
    The pages of L{WebServer}.
    """

    protocol_version = "HTTP/1.1"
    path_ = ""

    def do_GET(self) -> None:
        """
        Send a file or a page.
        """
        if self.path != "/large":
            self._answer(f"<p>The page {self.path}</p>\n".encode())
            return
        with open(self.path_, "rb") as file:
            self.send_response(200)
            self.send_header("Content-Length", str(file.seek(0, 2)))
            self.end_headers()
            file.seek(0)
            while octets := file.read(CHUNK):
                self.wfile.write(octets)

    def do_PUT(self) -> None:
        """
        Take a file and answer with its digest.
        """
        left = int(self.headers["Content-Length"])
        digest = hashlib.sha256()
        while left and (octets := self.rfile.read(min(left, CHUNK))):
            digest.update(octets)
            left -= len(octets)
        self._answer(digest.hexdigest().encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """
        Keep the test's output clean.
        """
