# -*- test-case-name: tests.tls.test_clienthello -*-
"""
The server name in a client's first message, before the TLS library has read it.  Servers; pure.

The library looks for a session to resume before it would ask which context serves a name,
and compares the session with the context that the connection had at that time.  Whoever
chooses the context in its callback for names therefore either never resumes under any name
but the first, or resumes under the wrong one (CVE-2025-23419).  Choosing before the library
begins does neither.

What is read here decides which certificate and which policy a connection gets, and both are
then the library's business: a client that shows one name here and another one there gains
nothing.
"""

from __future__ import annotations

from attrs import frozen

LONGEST = 16 * 1024
"""
The most octets of a first message that are looked at.
"""

_RECORD = 5
_HANDSHAKE = 22
_CLIENT_HELLO = 1
_SERVER_NAME = 0
_HOST_NAME = 0


@frozen
class Hello:
    """
    What is known of a first message.

    @ivar needed: how many octets must be there before more is known; 0 where all is known.
    @ivar name: the server's name in lower case; empty where there is none, or the message is
        not to be understood, which the library will say.
    """

    needed: int = 0
    name: str = ""


NAMELESS = Hello()


def readHello(octets: bytes) -> Hello:
    """
    Return what C{octets}, the first ones of a connection, say (RFC 8446 sections 4.1.2
    and 5.1, RFC 6066 section 3).
    """
    message, at = bytearray(), 0
    while True:
        if len(octets) < at + _RECORD:
            return Hello(at + _RECORD)
        end = at + _RECORD + int.from_bytes(octets[at + 3 : at + _RECORD])
        if octets[at] != _HANDSHAKE or octets[at + 1] != 3 or end > LONGEST:
            return NAMELESS
        if len(octets) < end:
            return Hello(end)
        message += octets[at + _RECORD : end]
        if message[:1] != bytes([_CLIENT_HELLO]):
            return NAMELESS
        if len(message) >= 4 and len(message) >= 4 + int.from_bytes(message[1:4]):
            return Hello(0, _nameIn(bytes(message[4 : 4 + int.from_bytes(message[1:4])])))
        if end == at + _RECORD:
            # Empty records bring nobody on.
            return NAMELESS
        at = end


def _nameIn(body: bytes) -> str:
    try:
        return _name(_Reader(body))
    except IndexError:
        return ""


def _name(body: _Reader) -> str:
    body.skip(2 + 32)
    body.vector(1)
    body.vector(2)
    body.vector(1)
    extensions = _Reader(body.vector(2))
    while extensions.left:
        kind = extensions.number(2)
        content = extensions.vector(2)
        if kind == _SERVER_NAME:
            names = _Reader(_Reader(content).vector(2))
            isHost = names.number(1) == _HOST_NAME
            return _hostName(names.vector(2)) if isHost else ""
    return ""


def _hostName(octets: bytes) -> str:
    """
    A name is ASCII without a dot at its end; one that is not is none of ours.
    """
    name = octets.decode("ascii", "replace")
    return name.rstrip(".").lower() if name.isascii() and name.isprintable() else "?"


class _Reader:
    """
    Reads numbers and vectors one after another.
    """

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    @property
    def left(self) -> bool:
        """
        There is more to read.
        """
        return self._at < len(self._octets)

    def skip(self, length: int) -> bytes:
        """
        Return the next octets.

        @raise IndexError: there are not so many.
        """
        end = self._at + length
        if end > len(self._octets):
            raise IndexError
        octets, self._at = self._octets[self._at : end], end
        return octets

    def number(self, width: int) -> int:
        """
        Return a number of so many octets.
        """
        return int.from_bytes(self.skip(width))

    def vector(self, width: int) -> bytes:
        """
        Return a vector whose length takes so many octets.
        """
        return self.skip(self.number(width))
