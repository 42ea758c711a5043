# -*- test-case-name: tests.tls.test_records -*-
"""
Reading many records at once.  Servers; the hot path.

From a socket a record costs the library two reads, one for its head and one for
its body.  Here as many as have come are received with one call, and the library
reads them from memory: a memory BIO takes the place of the socket's for that
time.  With names of pyOpenSSL that are not public, which is why
L{sslpool.tls.records} has a way without this module.
"""

from __future__ import annotations

import socket
from contextlib import suppress

from OpenSSL import SSL
from OpenSSL._util import ffi, lib

from sslpool.tls.records import RECORD, WANT_READ, Abort, Deliver, Fill, Read

OVERLONG = b"\x17\x03\x03" + b"\xff" * (RECORD + 512)
"""
A record that is longer than records may be; behind the beginning of another one, the rest of that, forged.
"""


def bulkReading(read: Read, buffer: bytearray) -> tuple[Fill, Abort]:
    """
    Return C{fill} and C{abort} of L{sslpool.tls.records.Records}.

    @param read: decrypts one record into C{buffer}.
    @raise AttributeError: this release of pyOpenSSL or cryptography has other names.
    """
    # What is received decrypts to less than its length, and with it comes at most the rest of an earlier record.
    received = bytearray(len(buffer) - RECORD)
    start = ffi.from_buffer("char[]", received, require_writable=True)
    # A request for a new key is no shorter than the answer.
    reply = ffi.new("char[]", len(buffer))
    fromMemory, setEnd, newBio, memory = lib.BIO_new_mem_buf, lib.BIO_set_mem_eof_return, lib.BIO_new, lib.BIO_s_mem
    setBios, setDescriptor, readBio = lib.SSL_set_bio, lib.SSL_set_fd, lib.BIO_read

    def fill(connection: SSL.Connection, client: socket.SocketType, deliver: Deliver) -> int:
        try:
            count = client.recv_into(received)
        except BlockingIOError:
            return WANT_READ
        # The end of the stream is met where it is expected.
        return fed(connection, client, deliver, count) if count else WANT_READ

    def fed(connection: SSL.Connection, client: socket.SocketType, deliver: Deliver, count: int) -> int:
        handle = connection._ssl
        incoming, replies = fromMemory(start, count), newBio(memory())
        setEnd(incoming, -1)  # its end is not the stream's
        setBios(handle, incoming, replies)
        length = 0
        try:
            while (code := read(connection, length)) > 0:
                length += code
        finally:
            answered = readBio(replies, reply, len(reply))
            setDescriptor(handle, client.fileno())
            sent = _answer(client, ffi.buffer(reply, answered)[:]) if answered > 0 else 0
            if length:
                deliver(length)
        if sent < answered:
            raise SSL.Error([("", "", "more new keys asked for than read")])
        return code

    def abort(connection: SSL.Connection, client: socket.SocketType) -> None:
        received[: len(OVERLONG)] = OVERLONG
        with suppress(SSL.Error):
            fed(connection, client, lambda length: None, len(OVERLONG))

    return fill, abort


def _answer(client: socket.SocketType, octets: bytes) -> int:
    """
    Send an alert, or a new key where the client has asked for one; return how much was taken.
    """
    try:
        return client.send(octets)
    except OSError:
        return 0
