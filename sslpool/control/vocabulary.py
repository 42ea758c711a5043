# -*- test-case-name: tests.control.test_vocabulary -*-
"""
What may be said over the control socket: AMP commands, and no behaviour.  Spoken
between the stack and the commands SSLADMIN and NETSTAT.
"""

from __future__ import annotations

from typing import Any, ClassVar

from twisted.protocols import amp

from sslpool.reports import serial
from sslpool.reports.records import (
    CacheStatus,
    ConnectionRecord,
    ListenerRecord,
    PoolStatus,
    ServerDetails,
    SessionRecord,
)

PROTOCOL = 2
"""
The version of this vocabulary.  Both ends must have the same: it is raised
whenever a command, an argument or a record's field is added, removed or changed.
"""

PAGE = 100
"""
The most sessions or connections in one answer.
"""

PART = 60_000
"""
Octets of a L{Document} under one key: an AMP value ends at 65,535.
"""


class Refused(Exception):
    """
    The stack's answer to what the operator can put right.  Its text is the
    message: id, a blank and the filled-in text.
    """


class Document(amp.Argument):
    """
    A value of a known kind, as JSON; spread over as many keys (C{name},
    C{name.1}, C{name.2} ...) as its length needs.

    @ivar kind: what it is, as L{serial.fromPlain} takes it.
    """

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind

    def toBox(self, name: bytes, strings: dict[bytes, bytes], objects: dict[str, Any], proto: Any) -> None:
        """
        Write the value called C{name} into C{strings}.
        """
        octets = serial.toJson(objects[name.decode("ascii")]).encode("ascii")
        for index, start in enumerate(range(0, len(octets), PART)):
            strings[_partName(name, index)] = octets[start : start + PART]

    def fromBox(self, name: bytes, strings: dict[bytes, bytes], objects: dict[str, Any], proto: Any) -> None:
        """
        Read the value called C{name} from C{strings}.

        @raise ValueError: it is missing, or not of this kind.
        """
        parts: list[bytes] = []
        while (part := strings.pop(_partName(name, len(parts)), None)) is not None:
            parts.append(part)
        objects[name.decode("ascii")] = serial.fromJson(self.kind, b"".join(parts))


def _partName(name: bytes, index: int) -> bytes:
    """
    Return the key under which a part of a L{Document} stands.
    """
    return name if index == 0 else b"%s.%d" % (name, index)


class AdministrationCommand(amp.Command):
    """
    What all commands have in common.

    @cvar privileged: only administrators, the OBEY list and the stack's own user
        may use it.
    @cvar title: the command as the operator types it.
    """

    privileged: ClassVar[bool] = True
    title: ClassVar[str] = ""
    errors: ClassVar[dict[type[Exception], bytes]] = {Refused: b"REFUSED"}


def _answer(name: bytes, document: Document) -> list[tuple[bytes, amp.Argument]]:
    """
    Return the response of a command that answers one document.
    """
    return [(name, document)]


_SERVER = (b"server", amp.Unicode(optional=True))
_PAGE = [(b"after", amp.Integer()), (b"limit", amp.Integer())]
_MESSAGES = _answer(b"messages", Document(list[str]))


class ExchangeVersion(AdministrationCommand):
    """
    The first command of each connection: each side says which vocabulary
    (L{PROTOCOL}) and which release it has, the stack also its userid.
    """

    privileged = False
    title = "VERSION"
    arguments = [(b"protocol", amp.Integer()), (b"release", amp.Unicode())]
    response = [(b"protocol", amp.Integer()), (b"release", amp.Unicode()), (b"stack", amp.Unicode())]


class QueryStatus(AdministrationCommand):
    """
    SSLADMIN QUERY STATUS SUMMARY.
    """

    title = "QUERY STATUS"
    response = _answer(b"status", Document(PoolStatus))


class QueryDetails(AdministrationCommand):
    """
    SSLADMIN QUERY STATUS DETAILS of a server, or without C{server} of all.  A
    server that cannot answer is the message that says why.
    """

    title = "QUERY STATUS DETAILS"
    arguments = [_SERVER]
    response = _answer(b"details", Document(list[ServerDetails | str]))


class QuerySessions(AdministrationCommand):
    """
    SSLADMIN QUERY SESSIONS: at most C{limit} sessions (never more than L{PAGE})
    whose number is greater than C{after}.  An empty answer is the end.
    """

    title = "QUERY SESSIONS"
    arguments = [_SERVER, *_PAGE]
    response = _answer(b"sessions", Document(list[SessionRecord]))


class QueryConfiguration(AdministrationCommand):
    """
    NETSTAT CONFIG SSL: as L{QueryStatus}, without process ids and reasons.
    """

    privileged = False
    title = "CONFIG SSL"
    response = _answer(b"status", Document(PoolStatus))


class QueryConnections(AdministrationCommand):
    """
    NETSTAT CONN: as L{QuerySessions}, without what is nobody else's business.
    """

    privileged = False
    title = "CONN"
    arguments = [*_PAGE]
    response = _answer(b"connections", Document(list[ConnectionRecord]))


class QueryListeners(AdministrationCommand):
    """
    NETSTAT CONN: the secure ports.
    """

    privileged = False
    title = "CONN"
    response = _answer(b"listeners", Document(list[ListenerRecord]))


class StartServer(AdministrationCommand):
    """
    SSLADMIN START, NETSTAT SSL START.
    """

    title = "START"
    arguments = [_SERVER]
    response = _MESSAGES


class StopServer(AdministrationCommand):
    """
    SSLADMIN STOP, NETSTAT SSL STOP.  Answered when the servers are Stopped.
    """

    title = "STOP"
    arguments = [_SERVER, (b"now", amp.Boolean())]
    response = _MESSAGES


class RestartServer(AdministrationCommand):
    """
    SSLADMIN RESTART.  Answered when the work has begun.
    """

    title = "RESTART"
    arguments = [_SERVER]
    response = _MESSAGES


class RefreshServer(AdministrationCommand):
    """
    SSLADMIN REFRESH.
    """

    title = "REFRESH"
    arguments = [_SERVER]
    response = _MESSAGES


class QueryCache(AdministrationCommand):
    """
    SSLADMIN QUERY CACHE: the books of a server, or without C{server} of all.
    """

    title = "QUERY CACHE"
    arguments = [_SERVER]
    response = _answer(b"cache", Document(CacheStatus))


class RefreshKeys(AdministrationCommand):
    """
    SSLADMIN REFRESH KEYS: another ticket key in all servers; with C{now}, sessions
    that have begun with those before are not resumed any more.
    """

    title = "REFRESH KEYS"
    arguments = [(b"now", amp.Boolean())]
    response = _MESSAGES


class Obey(AdministrationCommand):
    """
    OBEYFILE, NETSTAT OBEY: statements of PROFILE TCPIP, to be followed as a
    whole or not at all; with C{test}, only to be looked at.
    """

    title = "OBEY"
    arguments = [(b"name", amp.Unicode()), (b"text", Document(str)), (b"test", amp.Boolean())]
    response = _MESSAGES


COMMANDS: tuple[type[AdministrationCommand], ...] = (
    ExchangeVersion,
    QueryStatus,
    QueryDetails,
    QuerySessions,
    QueryConfiguration,
    QueryConnections,
    QueryListeners,
    StartServer,
    StopServer,
    RestartServer,
    RefreshServer,
    QueryCache,
    RefreshKeys,
    Obey,
)
