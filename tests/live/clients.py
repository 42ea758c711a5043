"""
Clients that share no code with the product: Python's own C{ssl}.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator

from twisted.trial.unittest import SynchronousTestCase

from tests.live.programs import LIMIT

TLS12 = ssl.TLSVersion.TLSv1_2
TLS13 = ssl.TLSVersion.TLSv1_3


def trusting(certificates: str, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """
    Return a context that verifies server and name.

    @param certificates: the file with the authority's certificate.
    @param version: the only protocol version; otherwise all.
    """
    context = ssl.create_default_context(cafile=certificates)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    return context


class Client:
    """
    Opens connections to one secure port, and closes them with the test.

    @param certificates: the file with the authority's certificate.
    """

    def __init__(
        self, case: SynchronousTestCase, port: int, certificates: str, version: ssl.TLSVersion | None = None
    ) -> None:
        self._case = case
        self.port = port
        self.context = trusting(certificates, version)

    def dial(self, host: str = "127.0.0.1") -> socket.socket:
        """
        Return a TCP connection on which nothing has been said.
        """
        connection = socket.create_connection((host, self.port), LIMIT)
        self._case.addCleanup(connection.close)
        return connection

    def secure(self, connection: socket.socket, name: str = "localhost") -> ssl.SSLSocket:
        """
        Do the handshake.  The end without close_notify is an error to the result.
        """
        secured = self.context.wrap_socket(connection, server_hostname=name, suppress_ragged_eofs=False)
        self._case.addCleanup(secured.close)
        return secured

    def connect(self, host: str = "127.0.0.1") -> ssl.SSLSocket:
        """
        Return a secure connection.
        """
        return self.secure(self.dial(host))

    def hold(self, count: int) -> list[ssl.SSLSocket]:
        """
        Return so many secure connections, on each of which the application has answered.
        """
        held = [self.connect() for _ in range(count)]
        for each in held:
            exchange(each)
        return held


def exchange(connection: ssl.SSLSocket, octets: bytes = b"ping") -> None:
    """
    Send something to an application that echoes, and see that it comes back.

    @raise AssertionError: something else came back.
    """
    connection.sendall(octets)
    came = receive(connection, len(octets))
    if came != octets:
        raise AssertionError(f"{octets[:100]!r} came back as {came[:100]!r}")


def receive(connection: ssl.SSLSocket, length: int) -> bytes:
    """
    Return the next C{length} octets, or fewer where the other side ends in good order.
    """
    parts: list[bytes] = []
    # After our own close_notify the other side's is an exception of this name.
    with contextlib.suppress(ssl.SSLZeroReturnError):
        while length and (octets := connection.recv(min(length, 65536))):
            parts.append(octets)
            length -= len(octets)
    return b"".join(parts)


def rest(connection: socket.socket) -> Iterator[bytes]:
    """
    Return what comes until the other side ends.
    """
    while octets := connection.recv(65536):
        yield octets


def finish(connection: ssl.SSLSocket) -> None:
    """
    Close in good order: our close_notify, then the other side's.
    """
    connection.unwrap().close()


def stopSending(connection: ssl.SSLSocket) -> None:
    """
    Send close_notify and go on reading, which C{unwrap} alone does not allow.
    """
    timeout = connection.gettimeout()
    connection.setblocking(False)
    try:
        connection.unwrap()
    except ssl.SSLWantReadError:
        connection.settimeout(timeout)
    else:
        raise AssertionError("the other side had ended before")
