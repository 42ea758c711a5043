# -*- test-case-name: tests.wire.test_manhole -*-
"""
How a server says to the stack whose connection it brings to the manhole: by the name of its own
socket, in the abstract namespace of unix(7).  What the operator types is not touched by that, and
only the user who runs the stack can connect to the manhole.  Stack and servers; pure.
"""

from __future__ import annotations

_BEGIN = b"\0sslpool-visitor/"


def visitorName(number: int, client: str) -> bytes:
    """
    Return the name for a connection.

    @param number: its connection number, so that there is no such name yet.
    @param client: the client's address and port.
    """
    return b"%s%d/%s" % (_BEGIN, number, client.encode("ascii"))


def clientOf(name: object) -> str:
    """
    Return the client's address and port; empty where the name of a socket is no such name.
    """
    if not isinstance(name, bytes) or not name.startswith(_BEGIN):
        return ""
    return name.removeprefix(_BEGIN).partition(b"/")[2].decode("ascii", "replace")
