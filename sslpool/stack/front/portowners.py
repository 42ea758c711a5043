# -*- test-case-name: tests.stack.front.test_portowners -*-
"""
Who has a port that cannot be listened on: another program, maybe another stack of the same name.  Lives in the
stack process.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property

from sslpool.config.values import overlap
from sslpool.messages import OperatorError, Said, operatorError, said
from sslpool.reasons import reasonOf
from sslpool.stack.front.destinations import hostAndNumber

TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
"""
The system's TCP sockets, those that listen first (proc_net_tcp in the kernel's documentation).
"""

UNIX_TABLE = "/proc/net/unix"
"""
The system's UNIX sockets (proc_pid_net(5)).
"""

TAKEN = "SSLP021E"
"""
Why a port is closed where another program listens.
"""

_LISTEN = "0A"
"""
How the tables write that a socket listens.
"""


MOST_STACKS = 4
"""
How many other stacks are named: anybody can make sockets.
"""

_ACCEPTS = 1 << 16
"""
The flag of a UNIX socket that listens (C{__SO_ACCEPTCON}).
"""


class Neighbours:
    """
    The sockets of this machine that listen, as of the first question.
    """

    def listens(self, host: str, port: int) -> bool | None:
        """
        Whether one of them keeps a port from being listened on; C{None} where the system does not say.

        @param host: a numeric address.
        """
        if self._all is None:
            return None
        bare = host.partition("%")[0]
        # A socket for all addresses of IPv6 may have those of IPv4 as well; the table does not say.
        return any(other == "::" or overlap(bare, other) for other in self._all.get(port, ()))

    def refusal(self, local: str, error: OSError | UnicodeError) -> OperatorError:
        """
        Return what is to be said where a port cannot be opened, which may have passed the next time.

        @param local: address and port.
        """
        messageId = "SSLP022E"
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            messageId = "SSLP028E" if self.listens(*hostAndNumber(local)) is False else TAKEN
        return operatorError(messageId, local=local, reason=reasonOf(error))

    @cached_property
    def _all(self) -> dict[int, list[str]] | None:
        """
        Their addresses by port.
        """
        first, second = TABLES
        try:
            rows = list(_listening(first))
            with suppress(FileNotFoundError):  # a machine without IPv6
                rows += _listening(second)
        except OSError:
            return None
        found: dict[int, list[str]] = {}
        for address, port in rows:
            found.setdefault(port, []).append(address)
        return found


def _listening(table: str) -> Iterator[tuple[str, int]]:
    """
    Yield address and port of each socket that listens.

    @raise OSError: the system does not say.
    """
    with open(table, encoding="ascii") as rows:
        next(rows, "")
        for row in rows:
            _, local, _, state, _ = row.split(maxsplit=4)
            if state != _LISTEN:
                return  # the others come behind these, and may be many
            host, _, port = local.partition(":")
            yield _address(host), int(port, 16)


def alike(path: str, notes: Iterable[Said]) -> list[Said]:
    """
    Return what is to be said before C{notes} of ports that are taken: which other stacks of the same name run.

    @param path: this stack's control socket.
    """
    if not any(note.id == TAKEN for note in notes):
        return []
    others = _namesakes(path)[:MOST_STACKS]
    stack = os.path.basename(path).removesuffix(".sock")
    return [said("SSLP187W", stack=stack, paths=" and ".join(others))] if others else []


def _namesakes(path: str) -> list[str]:
    """
    Return the other control sockets of stacks that are called as the one at C{path}.
    """
    name = os.path.basename(path)
    found: set[str] = set()
    try:
        with open(UNIX_TABLE, encoding="utf-8", errors="surrogateescape") as rows:
            next(rows, "")
            for row in rows:
                _, _, _, flags, _, _, _, *other = row.rstrip("\n").split(None, 7)
                found.update(each for each in other if int(flags, 16) & _ACCEPTS and os.path.basename(each) == name)
    except (OSError, ValueError):
        return []  # the system does not say, or otherwise
    return sorted(each for each in found if each.startswith("/") and each.isprintable() and each != path)


def _address(digits: str) -> str:
    """
    Return the address whose words of 32 bits are written as this machine has them in memory.
    """
    words = [int(digits[at : at + 8], 16) for at in range(0, len(digits), 8)]
    octets = b"".join(word.to_bytes(4, sys.byteorder) for word in words)
    address = ipaddress.ip_address(octets)
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
