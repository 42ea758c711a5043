# -*- test-case-name: tests.tls.test_peers -*-
"""
How the TLS library is made to ask a client for its certificate, and where it tells what it
found.  Servers.

pyOpenSSL's own way calls back with what is wrong, but forgets it when the answer is to go on,
so that a resumed session could not tell a bad certificate from a good one.  The binding under
it keeps the library's result, which travels in the session, by names that are not public.
Where those are missing, the public way is used, sessions whose certificate need not be good
are not resumed, and what was wrong is remembered here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from weakref import WeakKeyDictionary

from OpenSSL import SSL, crypto

from sslpool.keydb.certificate import Certificate
from sslpool.tls.certificates import fromOpenSSL

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

try:
    from OpenSSL._util import ffi as _ffi
    from OpenSSL._util import lib as _lib

    _setVerify = _lib.SSL_set_verify
    _verifyResult = _lib.SSL_get_verify_result
    _words = _lib.X509_verify_cert_error_string
    _currentError = _lib.X509_STORE_CTX_get_error
    _setError = _lib.X509_STORE_CTX_set_error
    _currentDepth = _lib.X509_STORE_CTX_get_error_depth
    _currentCertificate = _lib.X509_STORE_CTX_get_current_cert
    _exData = _lib.X509_STORE_CTX_get_ex_data
    _exDataIndex = _lib.SSL_get_ex_data_X509_STORE_CTX_idx()
    _reference = _lib.X509_up_ref
    _connections = SSL.Connection._reverse_mapping
    _wrapped = crypto.X509._from_raw_x509_ptr
except (ImportError, AttributeError):  # pragma: no cover - a binding with other names
    _setVerify = None


def demand(connection: SSL.Connection, required: bool, judge: Judge) -> None:
    """
    Ask the client for a certificate in the handshake that is about to begin.

    @param required: without one, or with one to which there is an objection, the handshake
        fails; otherwise it goes on.
    """
    mode = SSL.VERIFY_PEER | SSL.VERIFY_CLIENT_ONCE
    if required:
        mode |= SSL.VERIFY_FAIL_IF_NO_PEER_CERT
    _judges[connection] = (judge, required)
    if _setVerify is not None:
        _setVerify(connection._ssl, mode, _callback)
        return
    connection.set_verify(mode, _publicly)
    if not required:
        connection.set_options(SSL.OP_NO_TICKET)


def result(connection: SSL.Connection) -> int:
    """
    Return what was wrong with the client's certificate, OpenSSL's C{X509_V_ERR_*}; L{GOOD}
    also where there is none.
    """
    if _setVerify is None:
        return _firstErrors.get(connection, GOOD)
    found: int = _verifyResult(connection._ssl)
    return found


def inWords(error: int) -> str:
    """
    Return OpenSSL's words for what was wrong.
    """
    if _setVerify is None:
        return f"error {error}"
    text: bytes = _ffi.string(_words(error))
    return text.decode("ascii", "replace")


def takeFaults() -> list[BaseException]:
    """
    Return what has gone wrong in callbacks, which cannot raise: their handshakes failed.
    """
    faults, _faults[:] = list(_faults), []
    return faults


def _judged(
    connection: SSL.Connection, ok: bool, error: int, depth: int, certificate: Callable[[], Certificate]
) -> tuple[int, bool]:
    """
    Return the error there is so far, and whether to go on.
    """
    judge, required = _judges[connection]
    found = judge(connection, ok, error, depth, certificate)
    if found != GOOD:
        found = _firstErrors.setdefault(connection, found)
        return found, not required
    return _firstErrors.get(connection, GOOD), True


def _publicly(connection: SSL.Connection, certificate: crypto.X509, error: int, depth: int, ok: int) -> bool:
    try:
        return _judged(connection, bool(ok), GOOD if ok else error, depth, partial(fromOpenSSL, certificate))[1]
    except Exception as fault:
        _faults.append(fault)
        return False


if _setVerify is not None:

    def _privately(ok: int, store: object) -> int:
        connection = _connections[_exData(store, _exDataIndex)]
        depth = _currentDepth(store)

        def certificate() -> Certificate:
            pointer = _currentCertificate(store)
            _reference(pointer)
            return fromOpenSSL(_wrapped(pointer))

        found, goesOn = _judged(connection, bool(ok), GOOD if ok else _currentError(store), depth, certificate)
        if not goesOn or (ok and depth == 0):
            # The last word on this chain: what the library keeps, and the session carries.
            _setError(store, found)
        return int(goesOn)

    def _lost(kind: object, fault: BaseException, trace: object) -> None:
        _faults.append(fault)

    _callback = _ffi.callback("int (*)(int, X509_STORE_CTX *)", _privately, error=0, onerror=_lost)
