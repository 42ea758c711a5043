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


class Reception:
    """
    Octets that have been received, for the library to read from memory.

    @param size: how many there can be.
    @raise AttributeError: this release of pyOpenSSL or cryptography has other names.
    """

    def __init__(self, size: int) -> None:
        self.received = bytearray(size)
        self._start = ffi.from_buffer("char[]", self.received, require_writable=True)
        # A request for a new key is no shorter than the answer.
        self._reply = ffi.new("char[]", size)
        self._calls = lib.BIO_new_mem_buf, lib.BIO_new, lib.BIO_s_mem, lib.BIO_set_mem_eof_return, lib.SSL_set_bio
        self._ends = lib.BIO_read, lib.SSL_set_fd

    def give(self, connection: SSL.Connection, count: int) -> object:
        """
        Have the library read the first C{count} octets; return where it writes meanwhile.
        """
        fromMemory, newBio, memory, setEnd, setBios = self._calls
        incoming, replies = fromMemory(self._start, count), newBio(memory())
        setEnd(incoming, -1)  # its end is not the stream's
        setBios(connection._ssl, incoming, replies)
        return replies

    def end(self, connection: SSL.Connection, client: socket.SocketType, replies: object) -> bytes:
        """
        Have the library use the socket again, and send what it has written: an alert, or a new key where the client
        has asked for one.  Return what was not sent.
        """
        readBio, setDescriptor = self._ends
        answered = readBio(replies, self._reply, len(self._reply))
        setDescriptor(connection._ssl, client.fileno())
        octets: bytes = ffi.buffer(self._reply, answered)[:] if answered > 0 else b""
        try:
            return octets and octets[client.send(octets) :]
        except OSError:
            return octets


def bulkReading(read: Read, buffer: bytearray) -> tuple[Fill, Abort]:
    """
    Return C{fill} and C{abort} of L{sslpool.tls.records.Records}.

    @param read: decrypts one record into C{buffer}.
    @raise AttributeError: this release of pyOpenSSL or cryptography has other names.
    """
    # What is received decrypts to less than its length, and with it comes at most the rest of an earlier record.
    reception = Reception(len(buffer) - RECORD)
    received = reception.received

    def fill(connection: SSL.Connection, client: socket.SocketType, deliver: Deliver) -> int:
        try:
            count = client.recv_into(received)
        except BlockingIOError:
            count = 0
        if not count:
            return WANT_READ  # the end of the stream is met where it is expected
        length, unsent = 0, b""
        replies = reception.give(connection, count)
        try:
            while (code := read(connection, length)) > 0:
                length += code
        finally:
            unsent = reception.end(connection, client, replies)
            if length:
                deliver(length)
        if unsent:
            raise SSL.Error([("", "", "more new keys asked for than read")])
        return code

    def abort(connection: SSL.Connection, client: socket.SocketType) -> bytes:
        received[: len(OVERLONG)] = OVERLONG
        replies = reception.give(connection, len(OVERLONG))
        with suppress(SSL.Error):
            while read(connection, 0) > 0:
                pass
        return reception.end(connection, client, replies)

    return fill, abort
