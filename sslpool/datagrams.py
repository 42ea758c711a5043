# -*- test-case-name: tests.test_datagrams -*-
"""
Records as datagrams: one JSON object in each datagram of a C{SOCK_SEQPACKET}
pair, with descriptors where they are passed.  Spoken between the stack and the
agent, which has no reactor and hence no AMP.
"""

from __future__ import annotations

import os
import socket
from array import array
from typing import Any

from sslpool.reports.serial import fromJson, toJson

LONGEST = 65536
"""
The longest datagram, in octets.
"""

MOST_DESCRIPTORS = 3
"""
The most descriptors in a datagram.
"""

_DESCRIPTOR = array("i").itemsize


def sendRecord(pair: socket.socket, record: object, descriptors: tuple[int, ...] = ()) -> None:
    """
    Send a record, and duplicates of the descriptors.

    @raise OSError: the other end has gone, or its buffer is full.
    """
    socket.send_fds(pair, [toJson(record).encode("ascii")], list(descriptors))


def receiveRecord(pair: socket.socket, kind: Any) -> tuple[Any, list[int]] | None:
    """
    Return the next record, which must be a C{kind}, and its descriptors; or
    C{None} where the other end has gone.

    @raise BlockingIOError: there is none yet.
    @raise ValueError: it is something else.
    """
    # Not socket.recv_fds: that of Python 3.11 forgets its flags.
    room = socket.CMSG_SPACE(MOST_DESCRIPTORS * _DESCRIPTOR)
    octets, ancillary, _flags, _address = pair.recvmsg(LONGEST, room, socket.MSG_CMSG_CLOEXEC)
    if not octets:
        return None
    descriptors = array("i")
    for level, what, rights in ancillary:
        if (level, what) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(rights[: len(rights) // _DESCRIPTOR * _DESCRIPTOR])
    try:
        return fromJson(kind, octets), descriptors.tolist()
    except ValueError:
        for descriptor in descriptors:
            os.close(descriptor)
        raise
