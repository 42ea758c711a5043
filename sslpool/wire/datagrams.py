# -*- test-case-name: tests.wire.test_datagrams -*-
"""
Records as datagrams: one JSON object in each datagram of a C{SOCK_SEQPACKET}
pair, with descriptors where they are passed.  Spoken between the stack and the
agent, which has no reactor and hence no AMP.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from sslpool.wire.descriptors import receiveDescriptors
from sslpool.wire.serial import fromJson, toJson

LONGEST = 65536
"""
The longest datagram, in octets.
"""

MOST_DESCRIPTORS = 4
"""
The most descriptors in a datagram.
"""


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
    octets, descriptors = receiveDescriptors(pair, LONGEST, MOST_DESCRIPTORS)
    if not octets:
        return None
    try:
        return fromJson(kind, octets), descriptors
    except ValueError:
        for descriptor in descriptors:
            os.close(descriptor)
        raise
