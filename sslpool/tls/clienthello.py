# -*- test-case-name: tests.tls.test_clienthello -*-
"""
The server name and the session ticket in a client's first message, before the TLS library has
read it.  Servers; pure.

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

from collections.abc import Iterator
from contextlib import suppress

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
_SESSION_TICKET = 35
_SUPPORTED_VERSIONS = 43
_TLS13 = b"\3\4"


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
    understood: bool = True


NAMELESS = Hello(understood=False)


@frozen
class Offer:
    """
    What a client offers to resume.

    @ivar ticket: its ticket of TLS 1.2 or earlier (RFC 5077 section 3.2); empty where there is none,
        or the message is not to be understood.
    @ivar modern: it offers TLS 1.3 as well.
    """

    ticket: bytes = b""
    modern: bool = False


def readHello(octets: bytes) -> Hello:
    """
    Return what C{octets}, the first ones of a connection, say (RFC 8446 sections 4.1.2
    and 5.1, RFC 6066 section 3).
    """
    body = _body(octets)
    return body if isinstance(body, Hello) else Hello(0, _nameIn(body))


def readOffer(octets: bytes) -> Offer:
    """
    Return what a first message offers to resume (RFC 8446 section 4.2.1).

    @param octets: as for L{readHello}.
    """
    body = _body(octets)
    ticket, modern = b"", False
    with suppress(IndexError):
        for kind, content in _extensions(b"" if isinstance(body, Hello) else body):
            if kind == _SESSION_TICKET:
                ticket = content
            elif kind == _SUPPORTED_VERSIONS:
                versions = _Reader(content).vector(1)
                modern = any(versions[at : at + 2] == _TLS13 for at in range(0, len(versions), 2))
    return Offer(ticket, modern)


def _body(octets: bytes) -> bytes | Hello:
    """
    Return the body of the first message, or what is known without it.
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
            return bytes(message[4 : 4 + int.from_bytes(message[1:4])])
        if end == at + _RECORD:
            # Empty records bring nobody on.
            return NAMELESS
        at = end


def _extensions(body: bytes) -> Iterator[tuple[int, bytes]]:
    """
    Yield kind and content of each extension.

    @raise IndexError: the message ends before that.
    """
    reader = _Reader(body)
    reader.skip(2 + 32)
    reader.vector(1)
    reader.vector(2)
    reader.vector(1)
    extensions = _Reader(reader.vector(2))
    while extensions.left:
        kind = extensions.number(2)
        yield kind, extensions.vector(2)


def _nameIn(body: bytes) -> str:
    with suppress(IndexError):
        for kind, content in _extensions(body):
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
