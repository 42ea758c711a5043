# -*- test-case-name: tests.tls.test_records -*-
"""
Reading and writing TLS records without copies.  Servers; the hot path.

pyOpenSSL's C{recv_into} and C{send} allocate and copy for each call.  L{sslpool.tls.binding.direct} calls the
library's C{SSL_read} and C{SSL_write} on one shared buffer instead, with names of pyOpenSSL that are not public;
L{public} does the same with public calls.  A test holds both to the same behavior.

Both ways answer with a count of octets, or with one of the negative codes
below, so that the hot path meets an exception only where a session fails.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from attrs import frozen
from OpenSSL import SSL

WANT_READ = -1
WANT_WRITE = -2
CLOSED = -3
"""
The peer has sent close_notify (RFC 8446 section 6.1).
"""

RECORD = 16384
"""
The most plaintext in a TLS record, in octets (RFC 8446 section 5.1).
"""

Read = Callable[[SSL.Connection, int], int]
Write = Callable[[SSL.Connection, int, int], int]
Handshake = Callable[[SSL.Connection], int]
Shutdown = Callable[[SSL.Connection], int]
Deliver = Callable[[int], None]
Fill = Callable[[SSL.Connection, socket.SocketType, Deliver], int]
Abort = Callable[[SSL.Connection, socket.SocketType], bytes]


@frozen
class Records:
    """
    Ways to read and write on one buffer.

    All raise C{OpenSSL.SSL.Error} where the session has failed; a peer that has
    sent close_notify before the handshake was complete has failed.

    @ivar read: C{read(connection, offset)} decrypts at most one record into the buffer at C{offset} and returns its
        length, L{WANT_READ}, L{WANT_WRITE} or L{CLOSED}.
    @ivar write: C{write(connection, offset, length)} encrypts from the buffer
        and returns how many octets were taken, or L{WANT_READ} or L{WANT_WRITE}.
    @ivar shutdown: C{shutdown(connection)} sends close_notify and returns 0, or
        L{WANT_WRITE} where it is to be called again.
    @ivar handshake: C{handshake(connection)} goes on with the handshake and
        returns 0 when it is complete, else L{WANT_READ} or L{WANT_WRITE}.
    @ivar fill: C{fill(connection, client, deliver)} decrypts as many records into the buffer as can be had at once from
        the socket C{client}, and calls C{deliver} with their length, also where it fails after that; it returns as
        C{read} does where that gives nothing.  For a client that sends much, while nothing waits to be written to it;
        the end of its stream it does not meet.
    @ivar abort: C{abort(connection, client)} sends a fatal alert, after which nothing more can be said.  The library
        has none for a fault of the application: it is given a record that cannot be, and objects to that
        (C{record_overflow} or C{bad_record_mac}); where that is not possible, nothing is sent.  Returns what the client
        has not taken.
    """

    read: Read
    write: Write
    handshake: Handshake
    shutdown: Shutdown
    fill: Fill
    abort: Abort


def public(buffer: bytearray) -> Records:
    """
    Return the way over pyOpenSSL's public calls.
    """
    view = memoryview(buffer)

    def attempt(call: Callable[[], int | None]) -> int:
        try:
            return call() or 0
        except SSL.WantReadError:
            return WANT_READ
        except SSL.WantWriteError:
            return WANT_WRITE

    def read(connection: SSL.Connection, offset: int) -> int:
        try:
            return attempt(lambda: connection.recv_into(view[offset:]))
        except SSL.ZeroReturnError:
            return CLOSED
        except SSL.SysCallError:
            if connection.get_shutdown() & SSL.RECEIVED_SHUTDOWN:
                return CLOSED  # see L{sslpool.tls.binding.direct}
            raise

    def write(connection: SSL.Connection, offset: int, length: int) -> int:
        return attempt(lambda: connection.send(view[offset : offset + length]))

    def handshake(connection: SSL.Connection) -> int:
        return attempt(connection.do_handshake)

    def shutdown(connection: SSL.Connection) -> int:
        return attempt(lambda: connection.shutdown() and 0)

    def fill(connection: SSL.Connection, client: socket.SocketType, deliver: Deliver) -> int:
        length = 0
        try:
            if not client.recv(1, socket.MSG_PEEK):
                return WANT_READ  # the end of the stream is met where it is expected
            while (code := read(connection, length)) > 0:
                length += code
                if code < RECORD or length > len(view) - RECORD:
                    return WANT_READ
        except BlockingIOError:
            return WANT_READ
        finally:
            if length:
                deliver(length)
        return code

    return Records(read, write, handshake, shutdown, fill, lambda connection, client: b"")
