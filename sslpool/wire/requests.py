# -*- test-case-name: tests.wire.test_requests -*-
"""
What programs and the application socket say to each other: one JSON object in each message
(docs/application-socket.md).  Stack, servers and the programs themselves; pure, and imports nothing of sslpool, so that
a program that secures a socket loads no more than this.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from enum import Enum, IntEnum
from typing import Any

from attrs import field, frozen

VERSION = 1
"""
The version of the format, which every message names.
"""

LONGEST = 2048
"""
The longest message, in octets.
"""

MOST_NAMES = 16
"""
The most authorities or application protocols in a request.
"""

_HOST = re.compile(r"[A-Za-z0-9_:]([A-Za-z0-9_.:-]{0,251}[A-Za-z0-9_.:])?")

SYSTEM = "*SYSTEM"
"""
Instead of an authority's label: those that the operating system trusts.
"""


class Code(IntEnum):
    """
    How a request was answered; the numbers are part of the format.
    """

    OK = 0
    LABEL = 1
    NO_SERVER = 2
    NOT_AUTHORIZED = 3
    BAD_REQUEST = 4
    BAD_SOCKET = 5
    BUSY = 6
    HANDSHAKE = 7
    NOT_VERIFIED = 8
    NOT_CLEARED = 9


class Asked(Enum):
    """
    What can be asked; the values are part of the format.
    """

    QUERY_TLS = "QueryTLS"
    SECURE_SERVER = "SecureServer"
    SECURE_CLIENT = "SecureClient"
    SECURE_DETAIL = "SecureDetail"
    CLEAR_SECURE = "ClearSecure"


CLIENT_CERTIFICATE = ("NONE", "PREFERRED", "REQUIRED", "FULL")
"""
The levels at which a client's certificate is asked for (CLIENTCERTCHECK); FULL is REQUIRED.
"""

START_TLS = ("FTP", "LDAP", "POSTGRESQL", "SMTP", "TELNET")
"""
The protocols in which the secure client can ask a remote host for TLS.
"""


class BadRequest(ValueError):
    """
    A message that is no request; its text says why.
    """


@frozen
class Request:
    """
    A request.

    @ivar asked: what is asked.
    @ivar label: the certificate's label; empty is none, or any.
    @ivar clientCertificate: one of L{CLIENT_CERTIFICATE}.
    @ivar name: the name or address that the remote host's certificate must have.
    @ivar authorities: labels of the authorities that are trusted; none is all of the
        key database, L{SYSTEM} those of the system.
    @ivar protocols: the application protocols to offer (ALPN), best first.
    @ivar startTLS: one of L{START_TLS}, where the remote host is to be asked first, or empty.
    """

    asked: Asked
    label: str = ""
    clientCertificate: str = "NONE"
    name: str = ""
    authorities: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    startTLS: str = ""


@frozen
class Reply:
    """
    An answer.

    @ivar code: how it came out.
    @ivar id: the id of the message for the operator, empty where all is well.
    @ivar text: the message, without its id.
    @ivar more: what else there is to say: the detail of a session.
    """

    code: Code
    id: str = ""
    text: str = ""
    more: Mapping[str, Any] = field(factory=dict)


def packRequest(request: Request) -> bytes:
    """
    Return the message for C{request}: what has its ordinary value is left out.
    """
    plain = Request(request.asked)
    members: dict[str, Any] = {"version": VERSION, "request": request.asked.value}
    for name in _MEMBERS[request.asked]:
        value = getattr(request, name)
        if value != getattr(plain, name):
            members[name] = list(value) if isinstance(value, tuple) else value
    return _dense(members)


def unpackRequest(message: bytes) -> Request:
    """
    Return the request that C{message} is.

    @raise BadRequest: it is none.  A member that is not known makes it none: it might have been about security.
    """
    members = _object(message)
    if members.pop("version", None) != VERSION:
        raise BadRequest(f"version is not {VERSION}")
    word = members.pop("request", None)
    asked = next((each for each in Asked if each.value == word), None)
    if asked is None:
        raise BadRequest("request is not one of " + ", ".join(each.value for each in Asked))
    if unknown := sorted(members.keys() - _MEMBERS[asked]):
        raise BadRequest(f"{asked.value} has no member {unknown[0][:40]!r}")
    request = Request(asked, **{name: _READERS[name](name, value) for name, value in members.items()})
    if asked is Asked.SECURE_SERVER and not request.label:
        raise BadRequest("SecureServer without a label")
    if asked is Asked.SECURE_CLIENT and not request.name:
        raise BadRequest("SecureClient without a name")
    return request


def packReply(reply: Reply) -> bytes:
    """
    Return the message for C{reply}.  C{version} and C{code} are its first members, in this
    order and without blanks, for programs that do not read JSON.
    """
    members: dict[str, Any] = {"version": VERSION, "code": int(reply.code)}
    if reply.id:
        members |= {"id": reply.id, "text": reply.text}
    return _dense(members | dict(reply.more))


def unpackReply(message: bytes) -> Reply:
    """
    Return the reply that C{message} is.

    @raise ValueError: it is none.
    """
    members = _object(message)
    if members.pop("version", None) != VERSION:
        raise ValueError(f"version is not {VERSION}")
    return Reply(Code(members.pop("code", None)), members.pop("id", ""), members.pop("text", ""), members)


def _dense(members: dict[str, Any]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode("ascii")


def _object(message: bytes) -> dict[str, Any]:
    try:
        members = json.loads(message.decode("utf-8"))
    except (ValueError, RecursionError):
        raise BadRequest("it is not JSON") from None
    if not isinstance(members, dict):
        raise BadRequest("it is not a JSON object")
    return members


def _word(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.isprintable() or not 0 <= len(value) <= 255:
        raise BadRequest(f"{name} is not a text of at most 255 characters")
    return value


def _words(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_NAMES:
        raise BadRequest(f"{name} is not a list of 1 to {MOST_NAMES} texts")
    return tuple(_word(name, each) for each in value)


def _protocols(name: str, value: object) -> tuple[str, ...]:
    words = _words(name, value)
    if not all(each and each.isascii() for each in words):
        raise BadRequest(f"{name} has an empty name, or one that is not ASCII")
    return words


def _oneOf(choices: tuple[str, ...]) -> Callable[[str, object], str]:
    def read(name: str, value: object) -> str:
        word = _word(name, value).upper()
        if word not in choices:
            raise BadRequest(f"{name} is not one of " + ", ".join(choices))
        return word

    return read


def _host(name: str, value: object) -> str:
    word = _word(name, value)
    if not _HOST.fullmatch(word):
        raise BadRequest(f"{name} is not a DNS name in ASCII, or an IP address")
    return word


_READERS: dict[str, Callable[[str, object], Any]] = {
    "label": _word,
    "clientCertificate": _oneOf(CLIENT_CERTIFICATE),
    "name": _host,
    "authorities": _words,
    "protocols": _protocols,
    "startTLS": _oneOf(START_TLS),
}

_MEMBERS: dict[Asked, frozenset[str]] = {
    Asked.QUERY_TLS: frozenset({"label"}),
    Asked.SECURE_SERVER: frozenset({"label", "clientCertificate"}),
    Asked.SECURE_CLIENT: frozenset({"label", "name", "authorities", "protocols", "startTLS"}),
    Asked.SECURE_DETAIL: frozenset(),
    Asked.CLEAR_SECURE: frozenset(),
}
