# -*- test-case-name: tests.starttls.test_ftpaddresses -*-
"""
Where a data connection of FTP goes, as commands and replies say it: PORT and PASV (RFC 959), EPRT
and EPSV (RFC 2428).  Pure; used in the servers.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from attrs import frozen

_NUMBERS = re.compile(rb"(?<![0-9,])([0-9]{1,3}(?:,[0-9]{1,3}){5})(?![0-9,])")
#: RFC 2428 section 3: any printable character can be the delimiter.
_EXTENDED = re.compile(rb"\(([!-~])\1\1([0-9]{1,5})\1\)")
_PORT = re.compile(rb"[0-9]{1,3}(?:,[0-9]{1,3}){5}")

IPV4, IPV6 = 1, 2
"""
The address families as EPRT and EPSV number them.
"""


@frozen
class Place:
    """
    Where a data connection goes.

    @ivar host: a numeric address.
    @ivar port: the port, 1 to 65535.
    """

    host: str
    port: int


def family(host: str) -> int:
    """
    Return the family of a numeric address as EPRT has it.
    """
    return IPV6 if ":" in host else IPV4


def sameHost(one: str, other: str) -> bool:
    """
    Whether two numeric addresses are the same, however they are written; no address in a dialogue has a zone.
    """
    return ip_address(_bare(one)) == ip_address(_bare(other))


def isOwn(host: str, client: str) -> bool:
    """
    Whether a client means itself: also where it names no address (0.0.0.0 or ::), as lftp does over IPv6.

    @param host: what it says.
    @param client: where it is; empty where that is not known.
    """
    return bool(client) and (sameHost(host, client) or ip_address(host).is_unspecified)


def _bare(host: str) -> str:
    return host.partition("%")[0]


def ofPort(argument: bytes) -> Place | None:
    """
    Return the place in C{h1,h2,h3,h4,p1,p2}, or C{None} where it is none.
    """
    if not _PORT.fullmatch(argument):
        return None
    numbers = [int(number) for number in argument.split(b",")]
    port = numbers[4] * 256 + numbers[5]
    if max(numbers) > 255 or not port:
        return None
    return Place(".".join(map(str, numbers[:4])), port)


def ofEprt(argument: bytes) -> Place | None:
    """
    Return the place in C{|family|address|port|}, or C{None} where it is none.

    @raise LookupError: the family is one that nobody has.
    """
    parts = argument.split(argument[:1]) if argument and b"!" <= argument[:1] <= b"~" else []
    if len(parts) != 5 or parts[0] or parts[4] or not re.fullmatch(rb"[0-9]{1,5}", parts[3]):
        return None
    if parts[1] not in (b"1", b"2"):
        raise LookupError
    try:
        address = ip_address(parts[2].decode("ascii"))
    except ValueError:
        return None
    port = int(parts[3])
    if (address.version == 6) != (parts[1] == b"2") or "%" in str(address) or not 0 < port < 65536:
        return None
    return Place(str(address), port)


def portOfReply(code: int, reply: bytes) -> int | None:
    """
    Return the port in a reply to PASV (227) or EPSV (229), or C{None} where there is none.  The
    address in it is not asked for: the application is where it is.
    """
    if code == 227:
        match = _NUMBERS.search(reply[4:])
        place = None if match is None else ofPort(match[1])
        return None if place is None else place.port
    match = _EXTENDED.search(reply[4:])
    port = 0 if match is None else int(match[2])
    return port if 0 < port < 65536 else None


def passiveReply(code: int, place: Place) -> bytes:
    """
    Return the reply to PASV (227) or EPSV (229) that names C{place}.
    """
    if code == 227:
        return b"227 Entering Passive Mode (%s).\r\n" % _numbers(place)
    return b"229 Entering Extended Passive Mode (|||%d|)\r\n" % place.port


def activeCommand(place: Place) -> bytes:
    """
    Return the command that names C{place}: PORT, or EPRT for IPv6.
    """
    if family(place.host) == IPV4:
        return b"PORT %s\r\n" % _numbers(place)
    return b"EPRT |2|%s|%d|\r\n" % (_bare(place.host).encode("ascii"), place.port)


def _numbers(place: Place) -> bytes:
    numbers = place.host.replace(".", ",")
    return f"{numbers},{place.port >> 8},{place.port & 255}".encode("ascii")
