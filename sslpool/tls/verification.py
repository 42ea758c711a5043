# -*- test-case-name: tests.tls.test_peers -*-
"""
How the TLS library is made to ask a client for its certificate, and where it tells what it found.  Servers.

pyOpenSSL's own way calls back with what is wrong, but forgets it when the answer is to go on, so that a resumed session
could not tell a bad certificate from a good one.  L{sslpool.tls.binding} has the library keep its result, which travels
in the session.  Where that cannot be done, the public way is used, sessions whose certificate need not be good are not
resumed, and what was wrong is remembered here.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

from OpenSSL import SSL, crypto

from sslpool.keydb.certificate import Certificate
from sslpool.tls.binding import setVerify, verifyCallback, verifyResult
from sslpool.tls.peercertificates import fromOpenSSL

GOOD = 0
"""
OpenSSL's C{X509_V_OK}.
"""

Judge = Callable[[SSL.Connection, bool, int, int, Callable[[], Certificate]], int]
"""
Called with connection, whether OpenSSL has nothing to object, its error, the depth, and what
returns the certificate; returns the error there is, or L{GOOD}.
"""

_faults: list[BaseException] = []
_firstErrors: WeakKeyDictionary[SSL.Connection, int] = WeakKeyDictionary()
_judges: WeakKeyDictionary[SSL.Connection, tuple[Judge, bool]] = WeakKeyDictionary()


def demand(connection: SSL.Connection, required: bool, judge: Judge) -> None:
    """
    Ask the client for a certificate in the handshake that is about to begin.

    @param required: without one, or with one to which there is an objection, the handshake fails; otherwise it goes on.
    """
    mode = SSL.VERIFY_PEER | SSL.VERIFY_CLIENT_ONCE
    if required:
        mode |= SSL.VERIFY_FAIL_IF_NO_PEER_CERT
    _judges[connection] = (judge, required)
    if setVerify(connection, mode, _callback):
        return
    connection.set_verify(mode, _publicly)
    if not required:
        connection.set_options(SSL.OP_NO_TICKET)


def result(connection: SSL.Connection) -> int:
    """
    Return what was wrong with the client's certificate, OpenSSL's C{X509_V_ERR_*}; L{GOOD} also where there is none.
    """
    found = verifyResult(connection)
    return _firstErrors.get(connection, GOOD) if found is None else found


def takeFaults() -> list[BaseException]:
    """
    Return what has gone wrong in callbacks, which cannot raise: their handshakes failed.
    """
    faults, _faults[:] = list(_faults), []
    return faults


def _judged(
    connection: SSL.Connection, ok: bool, error: int, depth: int, certificate: Callable[[], crypto.X509]
) -> tuple[int, bool]:
    """
    Return the error there is so far, and whether to go on.
    """
    judge, required = _judges[connection]
    found = judge(connection, ok, error, depth, lambda: fromOpenSSL(certificate()))
    if found != GOOD:
        found = _firstErrors.setdefault(connection, found)
        return found, not required
    return _firstErrors.get(connection, GOOD), True


_callback = verifyCallback(_judged, _faults.append)


def _publicly(connection: SSL.Connection, certificate: crypto.X509, error: int, depth: int, ok: int) -> bool:
    try:
        return _judged(connection, bool(ok), GOOD if ok else error, depth, lambda: certificate)[1]
    except Exception as fault:
        _faults.append(fault)
        return False
