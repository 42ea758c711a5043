# -*- test-case-name: tests.config.test_values -*-
"""
What a number, a userid, a label, an address or a size looks like.  Pure; in any process.
"""

from __future__ import annotations

import ipaddress
import re

#: What is expected, as messages put it.
USERID = "a user ID (1 to 8 letters, digits or @#$_+:-, not all digits)"
LABEL = "a label (1 to 8 upper-case letters or digits)"
ADDRESS = "an IP address"
DESTINATION = "host:port, [IPv6 address]:port or the absolute path of a socket"
SIZE = "a size such as 256M"

_USERID = re.compile(r"(?![0-9]+$)[A-Za-z0-9@#$_+:-]{1,8}")
_LABEL = re.compile(r"[A-Z0-9]{1,8}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_SIZE = re.compile(r"([0-9]{1,9})([KMGT])", re.IGNORECASE)

#: The kernel's sun_path has room for 108 octets, the last of which is NUL.
_LONGEST_PATH = 107
#: Longer than any address; keeps long words away from the parser.
_LONGEST_ADDRESS = 64
#: No operand of ours is larger, and int() is slow for very long words.
_LONGEST_NUMBER = 9


def number(text: str, low: int, high: int) -> int | None:
    """
    Return the decimal number that C{text} is, or C{None} where it is none from C{low} to C{high}.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        return None
    value = int(text)
    return value if low <= value <= high else None


def isUserid(text: str) -> bool:
    """
    Whether C{text} can be a userid, in any case.
    """
    return _USERID.fullmatch(text) is not None


_CAPITALS = {ord(small): ord(small) - 32 for small in "abcdefghijklmnopqrstuvwxyz"}


def upperCase(text: str) -> str:
    """
    Return a word as userids and keywords are compared: ASCII letters in upper case, and nothing else
    changed.  Letters of other alphabets can become those of ours in Unicode's upper case, or two of them
    (U+0131, U+00DF), and would make another user's name of a login name.
    """
    return text.upper() if text.isascii() else text.translate(_CAPITALS)


def isLabel(text: str) -> bool:
    """
    Whether C{text} can be the label of a certificate (vm.ibm.com tcslcert.html).
    """
    return _LABEL.fullmatch(text) is not None


def ipAddress(text: str) -> str | None:
    """
    Return an IP address in its usual form, with or without brackets around an IPv6
    one, or C{None} where C{text} is none.
    """
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if len(bare) > _LONGEST_ADDRESS or not (bare.isascii() and bare.isprintable()):
        return None
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    return None if bare is not text and address.version != 6 else str(address)


def listeningAddress(text: str) -> str:
    """
    Return an IP address as a socket listens on it: the IPv4 address where it is one that is
    mapped to IPv6 (RFC 4291 section 2.5.5.2), since IPv6 sockets here are for IPv6 only.

    @raise ValueError: it is no IP address, or nobody can connect to it; the text says why.
    """
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return listeningAddress(str(address.ipv4_mapped))
        if address.is_link_local and address.scope_id is None:
            raise ValueError(f"a link-local address needs its interface, such as {text}%eth0")
    if address.is_multicast:
        raise ValueError("it is a multicast address")
    if str(address) == "255.255.255.255":
        raise ValueError("it is the broadcast address")
    return str(address)


def overlap(first: str | None, second: str | None) -> bool:
    """
    Whether two sockets cannot both listen on a port: on the same address, or one of them on all
    addresses, or on all of the other's family (Linux, whatever SO_REUSEADDR says).

    @param first: an address of L{listeningAddress}, or C{None} for all, IPv4 and IPv6.
    @param second: likewise.
    """
    if first is None or second is None or first == second:
        return True
    one, other = ipaddress.ip_address(first), ipaddress.ip_address(second)
    return one.version == other.version and (one.is_unspecified or other.is_unspecified)


def isLocalhost(host: str) -> bool:
    """
    Whether a name is one of the loopback addresses (RFC 6761 section 6.3).
    """
    name = host.lower()
    return name == "localhost" or name.endswith(".localhost")


def loopback(host: str) -> tuple[str, ...]:
    """
    Return the addresses of C{host} where it is this machine by its loopback interface; else nothing.
    """
    if isLocalhost(host):
        return ("127.0.0.1", "::1")
    address = ipAddress(host)
    if address is None:
        return ()
    found = ipaddress.ip_address(address)
    found = (isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped) or found
    # Nobody listens on no address: Linux connects to itself.
    if found.is_unspecified:
        return ("127.0.0.1",) if found.version == 4 else ("::1",)
    return (str(found),) if found.is_loopback else ()


def hostAndPort(text: str) -> tuple[str, int] | None:
    """
    Return host and port of C{host:port} or C{[v6]:port}, or C{None} for anything else.
    """
    host, _, port = text.rpartition(":")
    portNumber = number(port, 1, 65535)
    if portNumber is None:
        return None
    if host.startswith("["):
        address = ipAddress(host)
        return None if address is None else (address, portNumber)
    return (host, portNumber) if _HOST.fullmatch(host) is not None else None


def isDestination(text: str) -> bool:
    """
    Whether C{text} says where cleartext can go: C{host:port}, C{[v6]:port} or an absolute path.
    """
    if text.startswith("/"):
        return text.isprintable() and len(text.encode("utf-8", "replace")) <= _LONGEST_PATH
    return hostAndPort(text) is not None


def size(text: str) -> int | None:
    """
    Return how many octets a CP storage size such as C{256M} is, or C{None} where C{text} is none.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        return None
    return int(match[1]) << {"K": 10, "M": 20, "G": 30, "T": 40}[match[2].upper()]
