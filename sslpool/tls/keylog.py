# -*- test-case-name: tests.tls.test_keylog -*-
"""
The secrets of chosen connections, in the format that Wireshark reads
(https://datatracker.ietf.org/doc/draft-ietf-tls-keylogfile/).  Servers, while an
operator has asked for it.

OpenSSL tells the secrets of all connections of a context.  A context is armed when
a chosen connection is about to shake hands with it, and disarmed when the key log
ends; what others tell meanwhile is dropped at once.
"""

from __future__ import annotations

from collections.abc import Callable

from OpenSSL import SSL

from sslpool.messages import operatorError

try:
    from OpenSSL._util import ffi as _ffi
    from OpenSSL._util import lib as _lib

    _set, _nothing = _lib.SSL_CTX_set_keylog_callback, _ffi.NULL
except (ImportError, AttributeError):  # pragma: no cover - a binding with other names
    _set = None

_arm = getattr(SSL.Context.set_keylog_callback, "__wrapped__", None)
"""
The public call as it is before pyOpenSSL makes it refuse a context that is in use:
the library itself allows this one at any time.
"""


class KeyLog:
    """
    One key log.

    @param write: takes a line.
    @raise sslpool.messages.OperatorError: this binding cannot.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        if _arm is None or _set is None:  # pragma: no cover - another pyOpenSSL
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
            assert _arm is not None
            _arm(context, self._told)

    def close(self) -> None:
        """
        Log nothing more, and have the library tell nothing more.
        """
        self._chosen.clear()
        for context in self._armed:
            assert _set is not None
            _set(context._context, _nothing)
        self._armed.clear()

    def _told(self, connection: SSL.Connection, line: bytes) -> None:
        if connection in self._chosen:
            self._write(line.decode("ascii"))
