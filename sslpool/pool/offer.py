# -*- test-case-name: tests.pool.test_offer -*-
"""
The message that goes with a socket from the stack to a server.

One message carries one socket.  The server answers on the same pair with
L{WAKE}, and only when the shared segment says that the stack waits for room.
"""

from __future__ import annotations

from struct import Struct, error

from attrs import frozen

_HEAD = Struct("!QIIH")

LONGEST = _HEAD.size + 64
"""
The most octets in a message: the head and an address as text.
"""

WAKE = b"\x01"
"""
A server's word that a session has ended while the stack was waiting.
"""


@frozen
class Offer:
    """
    What a server is told about a socket.

    @ivar number: the connection number.
    @ivar slot: where in the shared segment the server writes that number when
        it has begun to read.
    @ivar port: the key of the secure port.
    @ivar peer: the client's address and port, for L{peerText}.
    """

    number: int
    slot: int
    port: int
    peer: bytes


def packOffer(number: int, slot: int, port: int, host: str, peerPort: int) -> bytes:
    """
    Return the message for a socket.
    """
    return _HEAD.pack(number, slot, port, peerPort) + host.encode("ascii")


def unpackOffer(message: bytes) -> Offer:
    """
    Return what the message says; the peer's address stays packed until somebody asks.

    @raise ValueError: it is too short.
    """
    try:
        number, slot, port, _ = _HEAD.unpack_from(message)
    except error as problem:
        raise ValueError("offer too short") from problem
    return Offer(number, slot, port, message[_HEAD.size - 2 :])


def peerText(peer: bytes) -> str:
    """
    Return C{address:port} of a packed peer, IPv6 in brackets (RFC 5952 section 6).
    """
    port = int.from_bytes(peer[:2], "big")
    host = peer[2:].decode("ascii")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
