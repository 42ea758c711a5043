# -*- test-case-name: tests.reports.test_selection -*-
"""
SELECT of NETSTAT: which secure ports and sessions are shown.  Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import TypeVar

from attrs import frozen

from sslpool.config.values import upperCase
from sslpool.messages import operatorError
from sslpool.wire.records import ConnectionRecord, ListenerRecord

_USERID = re.compile(r"[A-Z0-9@#$_-]{1,8}", re.ASCII)
_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
_WITH_PORT = re.compile(r"(.*?)(?:\.\.|:)([^.:]*)", re.ASCII)

Shown = TypeVar("Shown", ListenerRecord, ConnectionRecord)


@frozen
class Selector:
    """
    One operand of SELECT: what is not C{None} must fit.

    @ivar userid: an application's or a server's user ID.
    @ivar host: an address, of either end, without brackets.
    @ivar port: a port, of either end.
    """

    userid: str | None = None
    host: str | None = None
    port: int | None = None

    def fits(self, userids: Iterable[str], sockets: Iterable[str]) -> bool:
        """
        Return whether it fits something with these user IDs and sockets (C{host:port}).
        """
        if self.userid is not None:
            return self.userid in userids
        return any(self._fitsSocket(each) for each in sockets)

    def _fitsSocket(self, socket: str) -> bool:
        host, _, port = socket.rpartition(":")
        return self.host in (None, host.strip("[]")) and (self.port is None or str(self.port) == port)


def selectors(words: Sequence[str]) -> tuple[Selector, ...]:
    """
    Return what the operands of SELECT mean: a port is a number from 1 to 65535, an address is one as in C{192.0.2.1} or
    C{2001:db8::1}, with or without C{..port} (or C{:port}) behind it; everything else is a user ID.

    @raise sslpool.messages.OperatorError: a word is none of these.
    """
    return tuple(_selector(word) for word in words)


def select(records: Sequence[Shown], chosen: Sequence[Selector]) -> list[Shown]:
    """
    Return the records that at least one selector fits; all where there is none.
    """
    return [each for each in records if not chosen or any(_fits(selector, each) for selector in chosen)]


def _fits(selector: Selector, record: ListenerRecord | ConnectionRecord) -> bool:
    if isinstance(record, ListenerRecord):
        return selector.fits((record.userid,), (record.local,))
    return selector.fits((record.userid, record.server), (record.local, record.client))


def _selector(word: str) -> Selector:
    if _PORT.fullmatch(word):
        return Selector(port=_port(word, word))
    if (host := _address(word)) is not None:
        return Selector(host=host)
    if found := _WITH_PORT.fullmatch(word):
        host = _address(found[1]) if found[1] else None
        if host is not None or not found[1]:
            return Selector(host=host, port=_port(found[2], word))
    if _USERID.fullmatch(upperCase(word)):
        return Selector(userid=upperCase(word))
    raise _wrong(word)


def _address(word: str) -> str | None:
    """
    Return an address as the records have it, or C{None}.
    """
    try:
        return str(ip_address(word.removeprefix("[").removesuffix("]")))
    except ValueError:
        return None


def _port(text: str, word: str) -> int:
    if not _PORT.fullmatch(text) or not 1 <= int(text) <= 65_535:
        raise _wrong(word)
    return int(text)


def _wrong(word: str) -> Exception:
    expected = "a user ID, a port from 1 to 65535 or an address"
    return operatorError("SSLP424E", option="SELECT", expected=expected, word=word)
