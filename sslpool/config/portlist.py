# -*- test-case-name: tests.config.test_portlist -*-
"""
The PORT statement of PROFILE TCPIP: who owns which port, and which are secure.  Pure; used in
the stack process and by C{sslpool check}.
"""

from __future__ import annotations

from collections.abc import Callable, Container

from attrs import evolve, frozen

from sslpool.config.configuration import Position
from sslpool.config.tokens import TokenReader
from sslpool.config.values import number


@frozen
class PortEntry:
    """
    One entry of a PORT statement.

    @ivar first: the port, or the first of a range.
    @ivar last: the port, or the last of a range.
    @ivar protocol: C{TCP} or C{UDP}.
    @ivar userid: whose port it is: a userid, C{INTCLIEN} or C{*}.
    @ivar position: where it stands.
    @ivar autolog: the server is started again when it stops listening (no NOAUTOLOG).
    @ivar label: the label of SECURE, or C{None} for a port in cleartext.
    @ivar bind: the address of BIND, or C{None}.
    """

    first: int
    last: int
    protocol: str
    userid: str
    position: Position
    autolog: bool = True
    label: str | None = None
    bind: str | None = None


def readPorts(reader: TokenReader, statements: Container[str]) -> list[PortEntry]:
    """
    Return the entries of a PORT statement, whose keyword has been taken.

    @param statements: the keywords at which the statement ends.
    """
    entries: list[PortEntry] = []
    if not _atEntry(reader):
        reader.unexpected("PORT", "a port number")
    while _atEntry(reader):
        entry = _entry(reader, statements)
        if entry is None:
            reader.skipLine()
        else:
            entries.append(entry)
    return entries


def _atEntry(reader: TokenReader) -> bool:
    return reader.peekUpper()[:1].isdigit()


def _entry(reader: TokenReader, statements: Container[str]) -> PortEntry | None:
    ports = _portNumbers(reader)
    position = reader.last
    protocol = ports and reader.choice("PORT", ("TCP", "UDP"))
    userid = protocol and reader.userid("PORT", ("INTCLIEN", "*"))
    if not (ports and protocol and userid):
        return None
    entry: PortEntry | None = PortEntry(*ports, protocol, userid, position)
    while entry is not None and (option := PORT_OPTIONS.get(reader.peekUpper())) is not None:
        reader.take()
        entry = option(reader, entry)
    if entry is not None and not _atEntry(reader):
        reader.endOfStatement("PORT", " or ".join(PORT_OPTIONS), statements)
    return entry and _plausible(reader, entry)


def _portNumbers(reader: TokenReader) -> tuple[int, int] | None:
    """
    C{n}, C{n-m} or C{n m}.
    """
    words = [_taken(reader)]
    if reader.onSameLine() and _atEntry(reader):
        words.append(_taken(reader))
    elif "-" in words[0]:
        words = words[0].split("-", 1)
    numbers = [number(word, 1, 65535) for word in words]
    first, last = numbers[0], numbers[-1]
    if first is None or last is None or first > last:
        reader.findings.add("SSLP209E", reader.last, found=" ".join(words))
        return None
    return first, last


def _taken(reader: TokenReader) -> str:
    token = reader.take()
    return "" if token is None else token.text


def _plausible(reader: TokenReader, entry: PortEntry) -> PortEntry | None:
    """
    Only one TCP port can be secured by one entry.
    """
    if entry.label is not None and entry.protocol == "UDP":
        reader.findings.add("SSLP210E", entry.position, port=entry.first)
        return None
    if entry.label is not None and entry.first != entry.last:
        reader.findings.add("SSLP211E", entry.position, first=entry.first, last=entry.last)
        return None
    return entry


def _noAutolog(reader: TokenReader, entry: PortEntry) -> PortEntry | None:
    return evolve(entry, autolog=False)


def _secure(reader: TokenReader, entry: PortEntry) -> PortEntry | None:
    label = reader.label("PORT SECURE")
    return None if label is None else evolve(entry, label=label)


def _bind(reader: TokenReader, entry: PortEntry) -> PortEntry | None:
    address = reader.ipAddress("PORT BIND")
    return None if address is None else evolve(entry, bind=address)


PORT_OPTIONS: dict[str, Callable[[TokenReader, PortEntry], PortEntry | None]] = {
    "NOAUTOLOG": _noAutolog,
    "SECURE": _secure,
    "BIND": _bind,
}
