# -*- test-case-name: tests.wire.test_offer -*-
"""
The message that goes with a socket from the stack to a server.

One message carries one socket, or two where a program hands its connection over: then the port's key is L{DYNAMIC}, and
behind the address stand a zero and what is asked for.  The server answers on the same pair with L{WAKE}, and only when
the shared segment says that the stack waits for room.
"""

from __future__ import annotations

from struct import Struct, error

from attrs import frozen

_HEAD = Struct("!QIIH")

LONGEST = 4096
"""
The most octets in a message.
"""

DYNAMIC = 0
"""
The key that no port has: a program has handed the connection over.
"""

_ADDRESS = _HEAD.size - 2

PEER_HOST = 2
"""
Where in a packed peer the address begins: behind the port.
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
    @ivar slot: where in the shared segment the server writes that number when it has begun to read.
    @ivar port: the key of the secure port.
    @ivar peer: the client's address and port, for L{peerText}.
    """

    number: int
    slot: int
    port: int
    peer: bytes


def packOffer(number: int, slot: int, port: int, host: str, peerPort: int, order: bytes = b"") -> bytes:
    """
    Return the message for a socket.

    @param order: what the program asks for, of a connection that it handed over.
    """
    return _HEAD.pack(number, slot, port, peerPort) + host.encode("ascii") + order


def packOrder(order: str) -> bytes:
    """
    Return what goes behind the address.

    @raise ValueError: it is too long.
    """
    packed = b"\0" + order.encode("ascii")
    if len(packed) > LONGEST - _HEAD.size - 64:
        raise ValueError("order too long")
    return packed


def splitOrder(peer: bytes) -> tuple[bytes, bytes]:
    """
    Return the packed peer of a connection that a program handed over, and what it asks for.
    """
    end = peer.index(b"\0", 2)
    return peer[:end], peer[end + 1 :]


def unpackOffer(message: bytes) -> Offer:
    """
    Return what the message says; the peer's address stays packed until somebody asks.

    @raise ValueError: it is too short.
    """
    try:
        number, slot, port, _ = _HEAD.unpack_from(message)
    except error as problem:
        raise ValueError("offer too short") from problem
    return Offer(number, slot, port, message[_ADDRESS:])


def peerText(peer: bytes) -> str:
    """
    Return C{address:port} of a packed peer, IPv6 in brackets (RFC 5952 section 6).
    """
    port = int.from_bytes(peer[:2], "big")
    host = peer[PEER_HOST:].decode("ascii")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
