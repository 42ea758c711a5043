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

from sslpool.tls.records import RECORD, WANT_READ, Deliver, Fill, Read

REPLY = 4096
"""
The most that the library answers of its own accord while it reads, in octets.
"""


def bulkFill(read: Read, buffer: bytearray) -> Fill:
    """
    Return the C{fill} of L{sslpool.tls.records.Records}.

    @param read: decrypts one record into C{buffer}.
    @raise AttributeError: this release of pyOpenSSL or cryptography has other names.
    """
    # What is received decrypts to less than its length, and with it comes at most the rest of an earlier record.
    received = bytearray(len(buffer) - RECORD)
    start = ffi.from_buffer("char[]", received, require_writable=True)
    reply = ffi.new("char[]", REPLY)
    fromMemory, setEnd, newBio, memory = lib.BIO_new_mem_buf, lib.BIO_set_mem_eof_return, lib.BIO_new, lib.BIO_s_mem
    setBios, setDescriptor, readBio = lib.SSL_set_bio, lib.SSL_set_fd, lib.BIO_read

    def fill(connection: SSL.Connection, client: socket.SocketType, deliver: Deliver) -> int:
        try:
            count = client.recv_into(received)
        except BlockingIOError:
            return WANT_READ
        if not count:
            return read(connection, 0)  # which says how the stream has ended
        handle = connection._ssl
        incoming, replies = fromMemory(start, count), newBio(memory())
        setEnd(incoming, -1)  # its end is not the stream's
        setBios(handle, incoming, replies)
        length = 0
        try:
            while (code := read(connection, length)) > 0:
                length += code
        finally:
            answered = readBio(replies, reply, REPLY)
            setDescriptor(handle, client.fileno())
            if answered > 0:
                _answer(client, ffi.buffer(reply, answered)[:])
            if length:
                deliver(length)
        return code

    return fill


def _answer(client: socket.SocketType, octets: bytes) -> None:
    """
    Send an alert, or a new key where the client has asked for one.  Nothing else
    waits to be written, so there is room; the client would miss the record, and end.
    """
    with suppress(OSError):
        client.send(octets)
