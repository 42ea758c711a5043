"""
A client that only writes, as syslog senders do, and the application that collects its lines.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from tests.live.clients import trusting
from tests.live.programs import LIMIT
from tests.live.rawtls import resetOf
from tests.live.running import until

PAUSE = 0.01
"""
The time between lines, in seconds.
"""

SECONDS = 6.0
LINES = int(SECONDS / PAUSE)
ENDING = int(1 / PAUSE)
"""
How many lines there are, and after which one the session is ended.
"""

AGAIN = 0.05
"""
How long the client waits before it connects again, in seconds.
"""


class Collector:
    """
    The application.

    @ivar port: where it listens.
    @ivar end: ends the connection of the line with the number L{ENDING}, once; otherwise that is read on.
    """

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        self.end: Callable[[socket.socket], None] | None = None
        self._received: set[int] = set()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """
        Stop.
        """
        with suppress(OSError):  # it is closed already
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def begin(self, end: Callable[[socket.socket], None] | None) -> None:
        """
        Forget what came.
        """
        self._received.clear()
        self.end = end

    def received(self) -> set[int]:
        """
        Return the numbers of the lines that came, when no connection is left.
        """
        until(lambda: not self._open, "the end of all connections")
        return set(self._received)

    def _accept(self) -> None:
        with suppress(OSError):  # the end of listening
            while True:
                connection, _ = self._listening.accept()
                self._open.add(connection)
                threading.Thread(target=self._collect, args=(connection,), daemon=True).start()

    def _collect(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as lines:
            for line in lines:
                # What is cut is no line.
                if line.endswith(b"\n"):
                    self._received.add(int(line))
                if self.end is not None and int(line) >= ENDING:
                    end, self.end = self.end, None
                    end(connection)
                    break
        self._open.discard(connection)


def closing(connection: socket.socket) -> None:
    """
    Close in good order.
    """
    connection.shutdown(socket.SHUT_RDWR)


ENDS = {"the application closes": closing, "the application resets": resetOf}
"""
How the application can end.
"""


class Writer:
    """
    The client.

    @param port: where it connects to.
    @param certificates: the file with the authority's certificate.
    """

    def __init__(self, port: int, certificates: str) -> None:
        self._port = port
        self._context = trusting(certificates)
        self._connection: ssl.SSLSocket | None = None

    def write(self, ending: Callable[[], object]) -> set[int]:
        """
        Write all lines; return the numbers of those that were written without an error.

        @param ending: called when the session is to end, beside the writing.
        """
        began, written = time.monotonic(), set()
        deadline = began + SECONDS + LIMIT
        ended = threading.Thread(target=ending)
        for number in range(LINES):
            if number == ENDING:
                ended.start()
            while not self._written(b"%d\n" % number):
                if time.monotonic() > deadline:
                    raise AssertionError(f"line {number} could not be written")
                time.sleep(AGAIN)
            written.add(number)
            time.sleep(max(0.0, began + number * PAUSE - time.monotonic()))
        ended.join()
        if self._connection is not None:
            with suppress(OSError), self._connection:
                self._connection.unwrap()
            self._connection = None
        return written

    def _written(self, line: bytes) -> bool:
        try:
            if self._connection is None:
                self._connection = self._connected()
            self._connection.sendall(line)
        except OSError:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            return False
        return True

    def _connected(self) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self._port), LIMIT)
        try:
            return self._context.wrap_socket(plain, server_hostname="localhost")
        except OSError:
            plain.close()
            raise
