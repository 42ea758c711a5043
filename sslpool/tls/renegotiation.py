# -*- test-case-name: tests.tls.test_renegotiation -*-
"""
Renegotiation (RFC 5246 section 7.4.1), which the library refuses with a warning and without a word to us.  Servers.

Its information callback tells of alerts (SSL_CTX_set_info_callback(3)); one for all connections costs least, by names
that are not public.  Where these are missing, nothing is told.
"""

from __future__ import annotations

from OpenSSL import SSL

REFUSED: set[SSL.Connection] = set()
"""
The connections whose client has been refused it, until L{takeRefused} is asked.
"""

_NO_RENEGOTIATION = 100

try:
    from OpenSSL._util import ffi as _ffi
    from OpenSSL._util import lib as _lib

    _setCallback = _lib.SSL_set_info_callback
    _connections = SSL.Connection._reverse_mapping
except (ImportError, AttributeError):  # pragma: no cover - a binding with other names
    _setCallback = None


def watch(connection: SSL.Connection) -> None:
    """
    Notice when a client asks for renegotiation, which only those of TLS 1.2 and earlier can.
    """
    if _setCallback is not None:
        _setCallback(connection._ssl, _callback)


def takeRefused(connection: SSL.Connection) -> bool:
    """
    Tell, once, whether a client has been refused renegotiation.
    """
    isRefused = connection in REFUSED
    REFUSED.discard(connection)
    return isRefused


if _setCallback is not None:

    @_ffi.callback("void (*)(const SSL *, int, int)")  # type: ignore[untyped-decorator]
    def _callback(handle: object, where: int, code: int) -> None:
        if where == SSL.SSL_CB_WRITE_ALERT and code & 0xFF == _NO_RENEGOTIATION:
            REFUSED.add(_connections[handle])
