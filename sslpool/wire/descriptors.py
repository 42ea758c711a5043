# -*- test-case-name: tests.wire.test_descriptors -*-
"""
Descriptors that come with a message on a Unix socket.  Used in every process.
"""

from __future__ import annotations

import socket
from array import array

_SIZE = array("i").itemsize
_FLAGS = int(socket.MSG_CMSG_CLOEXEC)  # an enumeration costs more with each message


def receiveDescriptors(connection: socket.SocketType, longest: int, most: int) -> tuple[bytes, list[int]]:
    """
    Return the next message and the descriptors that came with it (C{SCM_RIGHTS}, unix(7)), which are the caller's to
    close.  There are fewer than were sent where this process has run out of them or has no room for them: the kernel
    drops the rest.  Other ancillary data is ignored.  An empty message is the end.

    @param longest: the longest message, in octets.
    @param most: how many descriptors there is room for.
    @raise BlockingIOError: there is no message yet.
    @raise OSError: the other end has gone.
    """
    # Not socket.recv_fds: that of Python 3.11 forgets its flags.  CMSG_SPACE may have room for one more.
    message, ancillary, _flags, _address = connection.recvmsg(longest, socket.CMSG_LEN(most * _SIZE), _FLAGS)
    descriptors = array("i")
    for level, kind, rights in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(rights[: len(rights) // _SIZE * _SIZE])
    return message, descriptors.tolist()
