# -*- test-case-name: tests.tls.test_keylog -*-
"""
The secrets of chosen connections, in the format that Wireshark reads
(https://datatracker.ietf.org/doc/draft-ietf-tls-keylogfile/).  Servers, while an operator has asked for it.

OpenSSL tells the secrets of all connections of a context.  A context is armed when a chosen connection is about to
shake hands with it, and disarmed when the key log ends; what others tell meanwhile is dropped at once.
"""

from __future__ import annotations

from collections.abc import Callable

from OpenSSL import SSL

from sslpool.messages import operatorError
from sslpool.tls.binding import isWhole, tellKeys


class KeyLog:
    """
    One key log.

    @param write: takes a line.
    @raise sslpool.messages.OperatorError: this binding cannot.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        if not isWhole():
            raise operatorError("SSLP626E", path="a file", reason="this pyOpenSSL does not tell keys")
        self._write = write
        self._chosen: set[SSL.Connection] = set()
        self._armed: set[SSL.Context] = set()

    def choose(self, connection: SSL.Connection) -> None:
        """
        Log the secrets of a connection, with the context that it has now.
        """
        self._chosen.add(connection)
        context = connection.get_context()
        if context not in self._armed:
            self._armed.add(context)
            tellKeys(context, self._told)

    def close(self) -> None:
        """
        Log nothing more, and have the library tell nothing more.
        """
        self._chosen.clear()
        for context in self._armed:
            tellKeys(context, None)
        self._armed.clear()

    def _told(self, connection: SSL.Connection, line: bytes) -> None:
        if connection in self._chosen:
            self._write(line.decode("ascii"))
