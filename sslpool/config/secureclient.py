# -*- test-case-name: tests.config.test_secureclient -*-
"""
SECURECLIENT of the PORT statement: a port in cleartext here, from which TLS goes to a remote host.
Pure; used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from attrs import evolve, frozen

from sslpool.config.securing import Remote
from sslpool.config.tokens import TokenReader
from sslpool.config.values import hostAndPort, ipAddress

EXPECTED = "host:port or [IPv6 address]:port of the remote host"

START_TLS = ("LDAP", "POSTGRESQL", "SMTP", "TELNET")
"""
The protocols in which a remote host can be asked for TLS.  Not FTP: its data connections would stay in cleartext.
"""

_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?")
_MOST = 16


@frozen
class RemoteEntry:
    """
    SECURECLIENT and its operands.

    @ivar address: the remote host, C{host:port} or C{[v6]:port}.
    @ivar label: the label of our own certificate; empty for none.
    @ivar remote: who the remote host must be, and how it is talked to.
    """

    address: str
    label: str
    remote: Remote


def readSecureClient(reader: TokenReader) -> RemoteEntry | None:
    """
    Return what follows SECURECLIENT, whose keyword has been taken; C{None} after a finding.
    """
    token = reader.peek()
    target = None if token is None else hostAndPort(token.text)
    if token is None or target is None:
        reader.unexpected("PORT SECURECLIENT", EXPECTED)
        return None
    reader.take()
    entry: RemoteEntry | None = RemoteEntry(token.text, "", Remote(target[0]))
    given: set[str] = set()
    while entry is not None and (operand := OPERANDS.get(word := reader.peekUpper())) is not None:
        reader.take()
        reader.once(f"{word} of SECURECLIENT", given)
        entry = operand(reader, entry)
    return entry


def _list(reader: TokenReader, operand: str, expected: str, holds: Callable[[str], bool]) -> tuple[str, ...] | None:
    token = reader.peek()
    words = [] if token is None or not reader.onSameLine() else token.text.split(",")
    if not 0 < len(words) <= _MOST or not all(holds(word) for word in words):
        reader.unexpected(f"PORT SECURECLIENT {operand}", expected)
        return None
    reader.take()
    return tuple(words)


def _authorities(reader: TokenReader, entry: RemoteEntry) -> RemoteEntry | None:
    expected = "labels of authorities separated by commas, or *SYSTEM"
    labels = _list(reader, "CA", expected, lambda word: 0 < len(word) <= 127)
    if labels is None:
        return None
    labels = tuple(label.upper() if label.startswith("*") else label for label in labels)
    return evolve(entry, remote=evolve(entry.remote, authorities=labels))


def _label(reader: TokenReader, entry: RemoteEntry) -> RemoteEntry | None:
    label = reader.label("PORT SECURECLIENT LABEL")
    return None if label is None else evolve(entry, label=label)


def _name(reader: TokenReader, entry: RemoteEntry) -> RemoteEntry | None:
    names = _list(reader, "NAME", "a DNS name or an IP address", _isName)
    if names is None:
        return None
    return evolve(entry, remote=evolve(entry.remote, name=ipAddress(names[0]) or names[0]))


def _isName(word: str) -> bool:
    return ipAddress(word) is not None or _NAME.fullmatch(word) is not None


def _protocols(reader: TokenReader, entry: RemoteEntry) -> RemoteEntry | None:
    expected = "names of application protocols separated by commas"
    names = _list(reader, "ALPN", expected, lambda word: word.isascii() and 0 < len(word) <= 255)
    return None if names is None else evolve(entry, remote=evolve(entry.remote, protocols=names))


def _startTLS(reader: TokenReader, entry: RemoteEntry) -> RemoteEntry | None:
    protocol = reader.choice("PORT SECURECLIENT STARTTLS", START_TLS)
    return None if protocol is None else evolve(entry, remote=evolve(entry.remote, startTLS=protocol))


OPERANDS: dict[str, Callable[[TokenReader, RemoteEntry], RemoteEntry | None]] = {
    "CA": _authorities,
    "LABEL": _label,
    "NAME": _name,
    "ALPN": _protocols,
    "STARTTLS": _startTLS,
}
