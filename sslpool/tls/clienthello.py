# -*- test-case-name: tests.tls.test_clienthello -*-
"""
The client's first message, before the TLS library has read it.  Servers; pure.

The library looks for a session to resume before it would ask which context serves a name, and compares the session with
the context that the connection had at that time.  Whoever chooses the context in its callback for names therefore
either never resumes under any name but the first, or resumes under the wrong one (CVE-2025-23419).  Choosing before the
library begins does neither.

What is read here decides which certificate and which policy a connection gets, and both are then the library's
business: a client that shows one name here and another one there gains nothing.
"""

from __future__ import annotations

import struct
from contextlib import suppress

from attrs import field, frozen

LONGEST = 64 * 1024
"""
The most octets of a ClientHello that are looked at, without the headers of records.  The library takes twice as much.
"""

WIDEST = 96 * 1024
"""
The most with them.  Who looks without taking sees no more than a socket holds, which is 128 KiB with Linux's defaults
(tcp_rmem), and the room that the kernel's own records take is in it.
"""

_RECORD = 5
_LONGEST_RECORD = 1 << 14
_HANDSHAKE = 22
_MESSAGE = 4
_CLIENT_HELLO = 1
_SERVER_NAME = 0
_HOST_NAME = 0
_GROUPS = 10
_SIGNATURES = 13
_SESSION_TICKET = 35
_SUPPORTED_VERSIONS = 43
_TLS13 = 0x0304
_EXTENSION = struct.Struct(">HH")


@frozen
class Hello:
    """
    What is known of a ClientHello.

    @ivar needed: how many octets must be there before more is known; 0 where all is known.
    @ivar understood: it was read to its end; the library has the words for what was not.
    @ivar tooLong: it is longer than L{LONGEST} or L{WIDEST}, and not read.
    @ivar name: the server name in lower case; empty where there is none.
    @ivar ticket: the ticket of TLS 1.2 or earlier (RFC 5077 section 3.2); empty where there is none.
    @ivar modern: the client offers TLS 1.3 as well.
    @ivar groups: its groups (RFC 8446 section 4.2.7); C{None} where it does not name them.
    @ivar signatures: its signature algorithms (RFC 8446 section 4.2.3), likewise.
    @ivar taken: how many octets are taken apart, and what they are without the headers of records.
    """

    needed: int = 0
    understood: bool = False
    tooLong: bool = False
    name: str = ""
    ticket: bytes = b""
    modern: bool = False
    groups: frozenset[int] | None = None
    signatures: frozenset[int] | None = None
    taken: tuple[int, bytes] = field(default=(0, b""), eq=False, repr=False)


NAMELESS = Hello()


def readHello(octets: bytes, before: Hello = NAMELESS) -> Hello:
    """
    Return what C{octets}, the first ones of a connection, say (RFC 8446 sections 4.1.2 and 5.1).

    @param before: what fewer of them said.  What is taken apart is not taken apart again, so that
        a message in many records costs as much as in one.
    """
    at, taken = before.taken
    message = bytearray(taken)
    total = _total(message)
    while len(message) < total:
        if len(octets) < at + _RECORD:
            return _unfinished(at, message, total, 0)
        size = octets[at + 3] << 8 | octets[at + 4]
        # Empty records bring nobody on.
        if octets[at] != _HANDSHAKE or octets[at + 1] != 3 or not 0 < size <= _LONGEST_RECORD:
            return NAMELESS
        end = at + _RECORD + size
        if len(octets) < end:
            return _unfinished(at, message, total, size)
        message += octets[at + _RECORD : end]
        at = end
        total = _total(message)
        if message[0] != _CLIENT_HELLO or total > LONGEST:
            return Hello(tooLong=message[0] == _CLIENT_HELLO)
    return _understood(bytes(message[_MESSAGE:total]))


def isWhole(octets: memoryview) -> bool:
    """
    Tell whether a message is there in one record, as nearly all are.
    """
    if len(octets) < _RECORD + _MESSAGE:
        return False
    size = octets[3] << 8 | octets[4]
    return len(octets) >= _RECORD + size >= _RECORD + _MESSAGE + int.from_bytes(octets[6:9])


def _total(message: bytearray) -> int:
    """
    Return the length of a message with its header; that of the header alone while that is not there.
    """
    return _MESSAGE + (int.from_bytes(message[1:_MESSAGE]) if len(message) >= _MESSAGE else 0)


def _unfinished(at: int, message: bytearray, total: int, size: int) -> Hello:
    """
    Return what is known while the record at C{at} is not there: the rest may come in the largest records.

    @param size: the octets in that record; 0 while its header is not there.
    """
    rest = max(0, total - len(message) - size)
    headers = -(-rest // _LONGEST_RECORD) + (size > 0)
    # Who speaks no TLS may have no more to say than a header is long.
    needed = at + size + rest + _RECORD * headers if at or size else _RECORD
    return Hello(tooLong=True) if needed > WIDEST else Hello(needed, taken=(at, bytes(message)))


def _understood(body: bytes) -> Hello:
    """
    Return what the body of a message says.
    """
    with suppress(IndexError, struct.error):
        extensions = _extensions(body)
        named, versions = extensions.get(_SERVER_NAME), extensions.get(_SUPPORTED_VERSIONS)
        return Hello(
            understood=True,
            name="" if named is None else _hostName(named),
            ticket=extensions.get(_SESSION_TICKET, b""),
            modern=versions is not None and _TLS13 in _numbers(versions, 1),
            groups=_codes(extensions.get(_GROUPS)),
            signatures=_codes(extensions.get(_SIGNATURES)),
        )
    return NAMELESS


def _extensions(body: bytes) -> dict[int, bytes]:
    """
    Return the extensions by their kinds.

    @raise IndexError: the message ends before them.
    @raise struct.error: likewise.
    """
    at = 2 + 32
    for width in (1, 2, 1):
        at = _vector(body, at, width)[1]
    if at == len(body):
        return {}  # they may be missing as a whole (RFC 5246 section 7.4.1.2)
    extensions, _ = _vector(body, at, 2)
    found, at = {}, 0
    while at < len(extensions):
        kind, length = _EXTENSION.unpack_from(extensions, at)
        at += _EXTENSION.size + length
        found[kind] = extensions[at - length : at]
    if at > len(extensions):
        raise IndexError
    return found


def _vector(octets: bytes, at: int, width: int) -> tuple[bytes, int]:
    """
    Return the vector at C{at} whose length takes so many octets, and where it ends.

    @raise IndexError: the octets end before that.
    """
    begin = at + width
    end = begin + int.from_bytes(octets[at:begin])
    if end > len(octets) or begin > len(octets):
        raise IndexError
    return octets[begin:end], end


def _numbers(octets: bytes, width: int) -> tuple[int, ...]:
    """
    Return a vector of numbers of two octets, whose length takes C{width} octets.
    """
    numbers, _ = _vector(octets, 0, width)
    return struct.unpack(f">{len(numbers) // 2}H", numbers)


def _codes(octets: bytes | None) -> frozenset[int] | None:
    return None if octets is None else frozenset(_numbers(octets, 2))


def _hostName(octets: bytes) -> str:
    """
    Return the first name of a server_name extension (RFC 6066 section 3).  It is ASCII without a dot at its
    end; one that is not is none of ours.
    """
    names, _ = _vector(octets, 0, 2)
    if names[0] != _HOST_NAME:
        return ""
    name = _vector(names, 1, 2)[0].decode("ascii", "replace")
    return name.rstrip(".").lower() if name.isascii() and name.isprintable() else "?"
