# -*- test-case-name: tests.wire.test_datagrams -*-
"""
Records as datagrams: one JSON object in each datagram of a C{SOCK_SEQPACKET}
pair, behind a line that says which build sent it, with descriptors where they are
passed.  Spoken between the stack and the agent, which has no reactor and hence no AMP.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from sslpool import __version__
from sslpool.wire.descriptors import receiveDescriptors
from sslpool.wire.serial import fromJson, toJson

VERSION = 1
"""
The version of all that stack, agent and servers share: the records of L{sslpool.wire.launching}, the layout of the
segment, offers, assignments and the words of L{sslpool.wire.member}.  Raised with every change of one: a stack whose
package was replaced while it ran starts agents of another build.
"""

LONGEST = 65536
"""
The longest datagram, in octets.
"""

MOST_DESCRIPTORS = 4
"""
The most descriptors in a datagram.
"""


class OtherBuild(ValueError):
    """
    The other end is of a build with another L{VERSION}.  The description is its release.
    """


def sendRecord(pair: socket.socket, record: object, descriptors: tuple[int, ...] = ()) -> None:
    """
    Send a record, and duplicates of the descriptors.

    @raise OSError: the other end has gone, or its buffer is full.
    """
    line = f"{VERSION} {__version__}\n"
    socket.send_fds(pair, [(line + toJson(record)).encode("ascii")], list(descriptors))


def receiveRecord(pair: socket.socket, kind: Any) -> tuple[Any, list[int]] | None:
    """
    Return the next record, which must be a C{kind}, and its descriptors; or C{None} where the other end has gone.

    @raise BlockingIOError: there is none yet.
    @raise OtherBuild: it is of another build.
    @raise ValueError: it is something else.
    """
    octets, descriptors = receiveDescriptors(pair, LONGEST, MOST_DESCRIPTORS)
    if not octets:
        return None
    try:
        return fromJson(kind, _checked(octets)), descriptors
    except ValueError:
        for descriptor in descriptors:
            os.close(descriptor)
        raise


def _checked(octets: bytes) -> bytes:
    """
    Return a datagram without its line.
    """
    line, _, record = octets.partition(b"\n")
    version, _, release = line.decode("ascii").partition(" ")
    if int(version) != VERSION:
        raise OtherBuild(release)
    return record
