# -*- test-case-name: tests.tls.test_binding,tests.tls.test_records -*-
"""
The TLS library by names that pyOpenSSL and cryptography do not call public; no other module has any.  Agent and
servers; the hot path.

A release that lacks one of these names is used without all of them: L{isWhole} tells, and each function here says
what there is then.  C{setup.cfg} permits the releases that have been tried; C{make compatibility} tries others.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from OpenSSL import SSL, crypto

from sslpool.tls.records import CLOSED, RECORD, WANT_READ, WANT_WRITE, Abort, Deliver, Fill, Read, Records, public

_CALLS = """
    BIO_new BIO_new_mem_buf BIO_read BIO_s_mem BIO_set_mem_eof_return ERR_clear_error SSL_CTX_set1_curves_list
    SSL_CTX_set1_sigalgs_list SSL_CTX_set_keylog_callback SSL_ERROR_WANT_READ SSL_ERROR_WANT_WRITE
    SSL_ERROR_ZERO_RETURN SSL_do_handshake SSL_get_error SSL_get_ex_data_X509_STORE_CTX_idx SSL_get_session
    SSL_get_shutdown SSL_get_verify_result SSL_read SSL_session_reused SSL_set_bio SSL_set_fd
    SSL_set_info_callback SSL_set_verify SSL_shutdown SSL_version SSL_write X509_STORE_CTX_get_current_cert
    X509_STORE_CTX_get_error X509_STORE_CTX_get_error_depth X509_STORE_CTX_get_ex_data
    X509_STORE_CTX_set_error X509_up_ref X509_verify_cert_error_string i2d_SSL_SESSION
"""

OVERLONG = b"\x17\x03\x03" + b"\xff" * (RECORD + 512)
"""
A record that is longer than records may be; behind the beginning of another one, the rest of that, forged.
"""


def missing() -> tuple[str, ...]:
    """
    Return the names that this release of pyOpenSSL or cryptography lacks.
    """
    try:
        from OpenSSL._util import ffi, lib
    except ImportError:
        return ("OpenSSL._util",)
    context = SSL.Context(SSL.TLS_METHOD)
    owners: tuple[tuple[object, tuple[str, ...]], ...] = (
        (lib, tuple(_CALLS.split())),
        (ffi, ("NULL", "buffer", "callback", "from_buffer", "memmove", "new", "string")),
        (context, ("_context",)),
        (SSL.Connection(context), ("_raise_ssl_error", "_reverse_mapping", "_ssl")),
        (crypto.X509, ("_from_raw_x509_ptr",)),
        (SSL.Context.set_keylog_callback, ("__wrapped__",)),
    )
    return tuple(name for owner, names in owners for name in names if not hasattr(owner, name))


ffi: Any = None
lib: Any = None
if not missing():
    from OpenSSL._util import ffi, lib


def isWhole() -> bool:
    """
    Tell whether this release has all the names.
    """
    return lib is not None


def setGroups(context: SSL.Context, groups: str) -> bool:
    """
    Have C{context}, which is not yet in use, agree on C{groups} only, in OpenSSL's words (SSL_CTX_set1_groups_list(3)).
    pyOpenSSL has C{set_tmp_ecdh}, which takes one elliptic curve of the older kind.

    @return: it does; without the names the library's own order holds.
    """
    return lib is not None and _isSet(lib.SSL_CTX_set1_curves_list, context, groups)


def setSignatures(context: SSL.Context, algorithms: str) -> bool:
    """
    Have C{context}, which is not yet in use, sign and accept signatures with C{algorithms} only, in OpenSSL's words
    (SSL_CTX_set1_sigalgs_list(3)).

    @return: it does; without the names it uses those of the library.
    """
    return lib is not None and _isSet(lib.SSL_CTX_set1_sigalgs_list, context, algorithms)


def _isSet(call: Callable[[object, bytes], int], context: SSL.Context, words: str) -> bool:
    taken = call(context._context, words.encode("ascii"))
    # What went wrong must not stay in the queue, where the next session would find it.
    lib.ERR_clear_error()
    return taken == 1


def tellKeys(context: SSL.Context, told: Callable[[SSL.Connection, bytes], None] | None) -> None:
    """
    Have C{context} tell the secrets of its connections from now on; with C{None}, no more.  The public call refuses a
    context that is in use, which the library itself takes.  Not without the names.
    """
    if told is None:
        lib.SSL_CTX_set_keylog_callback(context._context, ffi.NULL)
    else:
        vars(SSL.Context)["set_keylog_callback"].__wrapped__(context, told)


Judged = Callable[[SSL.Connection, bool, int, int, Callable[[], crypto.X509]], tuple[int, bool]]
"""
Called with connection, whether OpenSSL has nothing to object, its error, the depth, and what returns the certificate;
returns the error there is so far, 0 for none, and whether to go on.
"""


def verifyCallback(judged: Judged, lost: Callable[[BaseException], None]) -> object:
    """
    Return what L{setVerify} takes; C{None} without the names.  Unlike pyOpenSSL's own it has the library keep the
    error though the handshake goes on, and the session carries that.

    @param lost: takes what C{judged} has raised; the handshake fails.
    """
    if lib is None:
        return None
    index, connections = lib.SSL_get_ex_data_X509_STORE_CTX_idx(), SSL.Connection._reverse_mapping

    def certificateIn(store: object) -> crypto.X509:
        pointer = lib.X509_STORE_CTX_get_current_cert(store)
        lib.X509_up_ref(pointer)
        return crypto.X509._from_raw_x509_ptr(pointer)

    def verify(ok: int, store: object) -> int:
        connection = connections[lib.X509_STORE_CTX_get_ex_data(store, index)]
        depth = lib.X509_STORE_CTX_get_error_depth(store)
        error = 0 if ok else lib.X509_STORE_CTX_get_error(store)
        found, goesOn = judged(connection, bool(ok), error, depth, partial(certificateIn, store))
        if not goesOn or (ok and depth == 0):
            # The last word on this chain: what the library keeps, and the session carries.
            lib.X509_STORE_CTX_set_error(store, found)
        return int(goesOn)

    return ffi.callback(
        "int (*)(int, X509_STORE_CTX *)", verify, error=0, onerror=lambda kind, fault, trace: lost(fault)
    )


def setVerify(connection: SSL.Connection, mode: int, callback: object) -> bool:
    """
    Have the library ask a client for its certificate (SSL_set_verify(3)).

    @param callback: of L{verifyCallback}.
    @return: it does; without the names it is for the public call.
    """
    if lib is None:
        return False
    lib.SSL_set_verify(connection._ssl, mode, callback)
    return True


def verifyResult(connection: SSL.Connection) -> int | None:
    """
    Return what was wrong with the other side's certificate (SSL_get_verify_result(3)); C{None} without the names.
    """
    return None if lib is None else int(lib.SSL_get_verify_result(connection._ssl))


def verifyWords(error: int) -> str:
    """
    Return OpenSSL's words for what was wrong with a certificate; without the names, its number.
    """
    if lib is None:
        return f"error {error}"
    text: bytes = ffi.string(lib.X509_verify_cert_error_string(error))
    return text.decode("ascii", "replace")


def wasResumed(connection: SSL.Connection) -> bool:
    """
    Tell whether the handshake resumed an earlier session; C{False} without the names.
    """
    return lib is not None and lib.SSL_session_reused(connection._ssl) == 1


def isModern(connection: SSL.Connection) -> bool:
    """
    Tell whether TLS 1.3 was agreed.
    """
    version = connection.get_protocol_version() if lib is None else lib.SSL_version(connection._ssl)
    return bool(version == SSL.TLS1_3_VERSION)


def givesTicket(connection: SSL.Connection) -> bool:
    """
    Tell whether the session of a full handshake of TLS 1.2 is in a ticket.  The library then gives it no ID (RFC 5077
    section 3.4), which is the fourth field of its encoding (SSL_SESSION_ASN1(3)).  C{True} without the names.
    """
    session = None if lib is None else lib.SSL_get_session(connection._ssl)
    if not session:
        return True
    length = lib.i2d_SSL_SESSION(session, ffi.NULL)
    encoded = ffi.new("unsigned char[]", length)
    lib.i2d_SSL_SESSION(session, ffi.new("unsigned char **", encoded))
    at = 2 + (encoded[1] & 0x7F if encoded[1] & 0x80 else 0)
    for _ in range(3):
        # Two numbers and a suite: none of them is long.
        at += 2 + encoded[at + 1]
    given = encoded[at + 1] == 0
    # The session's keys are in it.
    ffi.memmove(encoded, bytes(length), length)
    return bool(given)


def alertCallback(sent: Callable[[SSL.Connection, int], None]) -> object:
    """
    Return what L{tellAlerts} takes; C{None} without the names.  One for all connections costs least.

    @param sent: called with the number of each alert that a connection sends.
    """
    if lib is None:
        return None
    connections = SSL.Connection._reverse_mapping

    def happened(handle: object, where: int, code: int) -> None:
        if where == SSL.SSL_CB_WRITE_ALERT:
            sent(connections[handle], code & 0xFF)

    return ffi.callback("void (*)(const SSL *, int, int)", happened)


def tellAlerts(connection: SSL.Connection, callback: object) -> None:
    """
    Have a connection tell of the alerts that it sends (SSL_set_info_callback(3)); without the names it tells of none.

    @param callback: of L{alertCallback}.
    """
    if lib is not None:
        lib.SSL_set_info_callback(connection._ssl, callback)


def recordsFor(buffer: bytearray) -> Records:
    """
    Return the fastest way to use C{buffer}.
    """
    return public(buffer) if lib is None else direct(buffer)


def _failing() -> Callable[[SSL.Connection, int], int]:
    """
    Return what says why a call of the library's returned C{result}: one of the codes of L{sslpool.tls.records}, or it
    raises the error.
    """
    getError, clearErrors = lib.SSL_get_error, lib.ERR_clear_error
    wantRead, wantWrite, zeroReturn = lib.SSL_ERROR_WANT_READ, lib.SSL_ERROR_WANT_WRITE, lib.SSL_ERROR_ZERO_RETURN

    def failed(connection: SSL.Connection, result: int) -> int:
        handle = connection._ssl
        error = getError(handle, result)
        if error == wantRead:
            return WANT_READ
        if error == wantWrite:
            return WANT_WRITE
        if error == zeroReturn:
            return CLOSED
        try:
            connection._raise_ssl_error(handle, result)
        finally:
            # pyOpenSSL leaves those of a system call in the thread's queue, which
            # is to be empty before the next session's turn (SSL_get_error(3)).
            clearErrors()
        raise AssertionError(f"the library reports error {error} and gives no reason")

    return failed


def direct(buffer: bytearray) -> Records:
    """
    Return the way over the binding's own functions; not without the names.
    """
    start = ffi.from_buffer("char[]", buffer, require_writable=True)
    size = len(buffer)
    sslRead, sslWrite, sslHandshake = lib.SSL_read, lib.SSL_write, lib.SSL_do_handshake
    sslShutdown, getShutdown = lib.SSL_shutdown, lib.SSL_get_shutdown
    failed = _failing()

    def unfinished(connection: SSL.Connection, result: int) -> int:
        code = failed(connection, result)
        if code == CLOSED:
            raise SSL.ZeroReturnError
        return code

    def read(connection: SSL.Connection, offset: int) -> int:
        result: int = sslRead(connection._ssl, start + offset if offset else start, size - offset)
        if result > 0:
            return result
        try:
            return failed(connection, result)
        except SSL.SysCallError:
            if getShutdown(connection._ssl) & SSL.RECEIVED_SHUTDOWN:
                # So OpenSSL 3.4 and later meet close_notify behind user_canceled, as Java sends them with TLS 1.3.
                return CLOSED
            raise

    def write(connection: SSL.Connection, offset: int, length: int) -> int:
        result: int = sslWrite(connection._ssl, start + offset if offset else start, length)
        return result if result > 0 else unfinished(connection, result)

    def handshake(connection: SSL.Connection) -> int:
        result: int = sslHandshake(connection._ssl)
        return 0 if result > 0 else unfinished(connection, result)

    def shutdown(connection: SSL.Connection) -> int:
        result: int = sslShutdown(connection._ssl)
        return 0 if result >= 0 else unfinished(connection, result)

    return Records(read, write, handshake, shutdown, *_bulkReading(read, buffer))


class _Memory:
    """
    Octets that have been received, for the library to read from memory.

    From a socket a record costs the library two reads, one for its head and one for its body.  Here as many as have
    come are received with one call: a memory BIO takes the place of the socket's for that time.

    @param size: how many there can be.
    """

    def __init__(self, size: int) -> None:
        self.received = bytearray(size)
        self._start = ffi.from_buffer("char[]", self.received, require_writable=True)
        # A request for a new key is no shorter than the answer.
        self._reply = ffi.new("char[]", size)

    def give(self, connection: SSL.Connection, count: int) -> object:
        """
        Have the library read the first C{count} octets; return where it writes meanwhile.
        """
        incoming, replies = lib.BIO_new_mem_buf(self._start, count), lib.BIO_new(lib.BIO_s_mem())
        lib.BIO_set_mem_eof_return(incoming, -1)  # its end is not the stream's
        lib.SSL_set_bio(connection._ssl, incoming, replies)
        return replies

    def end(self, connection: SSL.Connection, client: socket.SocketType, replies: object) -> bytes:
        """
        Have the library use the socket again, and send what it has written: an alert, or a new key where the client
        has asked for one.  Return what was not sent.
        """
        answered = lib.BIO_read(replies, self._reply, len(self._reply))
        lib.SSL_set_fd(connection._ssl, client.fileno())
        octets: bytes = ffi.buffer(self._reply, answered)[:] if answered > 0 else b""
        try:
            return octets and octets[client.send(octets) :]
        except OSError:
            return octets


def _bulkReading(read: Read, buffer: bytearray) -> tuple[Fill, Abort]:
    """
    Return C{fill} and C{abort} of L{sslpool.tls.records.Records}.

    @param read: decrypts one record into C{buffer}.
    """
    # What is received decrypts to less than its length, and with it comes at most the rest of an earlier record.
    memory = _Memory(len(buffer) - RECORD)
    received = memory.received

    def fill(connection: SSL.Connection, client: socket.SocketType, deliver: Deliver) -> int:
        try:
            count = client.recv_into(received)
        except BlockingIOError:
            count = 0
        if not count:
            return WANT_READ  # the end of the stream is met where it is expected
        length, unsent = 0, b""
        replies = memory.give(connection, count)
        try:
            while (code := read(connection, length)) > 0:
                length += code
        finally:
            unsent = memory.end(connection, client, replies)
            if length:
                deliver(length)
        if unsent:
            raise SSL.Error([("", "", "more new keys asked for than read")])
        return code

    def abort(connection: SSL.Connection, client: socket.SocketType) -> bytes:
        received[: len(OVERLONG)] = OVERLONG
        replies = memory.give(connection, len(OVERLONG))
        with suppress(SSL.Error):
            while read(connection, 0) > 0:
                pass
        return memory.end(connection, client, replies)

    return fill, abort
