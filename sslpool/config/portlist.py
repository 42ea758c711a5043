# -*- test-case-name: tests.config.test_portlist -*-
"""
The PORT statement of PROFILE TCPIP: who owns which port, and which are secure.  Pure; used in
the stack process and by C{sslpool check}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from functools import partial
from typing import Any

from attrs import evolve, frozen

from sslpool.config.configuration import Position
from sslpool.config.networks import NETWORK
from sslpool.config.portpolicy import TRUNCATION, SessionTerms
from sslpool.config.secureclient import RemoteEntry, readSecureClient
from sslpool.config.tokens import TokenReader
from sslpool.config.values import isLabel, listeningAddress, number

CHECK_LEVELS = {"NONE": "NONE", "PREFERRED": "PREFERRED", "REQUIRED": "REQUIRED", "FULL": "REQUIRED"}
"""
What CLIENTCERTCHECK may say, and the level that it means; FULL is REQUIRED by its older name.
"""

CHECKS = tuple(CHECK_LEVELS)

MOST_DEPTH = 20
"""
The most authorities between a client's certificate and a trusted one.
"""

_PROTOCOL = re.compile(r"[!-+\--~]{1,255}")
_LONGEST_ALPN = 4096


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
    @ivar others: further labels of SECURE.
    @ivar strict: clients that ask for no name of any label are refused, STRICT.
    @ivar alpn: the protocols of ALPN, in order of preference.
    @ivar check: CLIENTCERTCHECK, or C{None} where it is left to the labels.
    @ivar depth: DEPTH of CLIENTCERTCHECK, or C{None} where it is not given.
    @ivar remote: SECURECLIENT, or C{None}.
    @ivar allow: the networks of ALLOW.
    @ivar deny: the networks of DENY.
    @ivar terms: what its sessions keep to; what is not given is left to the application's entry.
    """

    first: int
    last: int
    protocol: str
    userid: str
    position: Position
    autolog: bool = True
    label: str | None = None
    bind: str | None = None
    others: tuple[str, ...] = ()
    strict: bool = False
    alpn: tuple[str, ...] = ()
    check: str | None = None
    depth: int | None = None
    remote: RemoteEntry | None = None
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    terms: SessionTerms = SessionTerms()

    @property
    def place(self) -> tuple[int, int, str, str | None]:
        """
        What makes it the entry of these ports: the ports, the protocol and the address.
        """
        return self.first, self.last, self.protocol, self.bind

    def __str__(self) -> str:
        """
        The entry as messages name it.
        """
        return f"{portsText(self.first, self.last)} {self.protocol} {self.userid}" + (
            f" BIND {self.bind}" if self.bind else ""
        )


@frozen
class Deletion:
    """
    The operands of DELETE PORT.

    @ivar first: the port, or the first of a range.
    @ivar last: the port, or the last of a range.
    @ivar bind: the address of BIND; C{None} where it is not given.
    @ivar label: the label; C{None} where it is not given.
    """

    first: int
    last: int
    bind: str | None = None
    label: str | None = None

    def __str__(self) -> str:
        """
        The operands.
        """
        more = [f" {word} {value}" for word, value in (("BIND", self.bind), ("LABEL", self.label)) if value]
        return portsText(self.first, self.last) + "".join(more)

    def concerns(self, entry: PortEntry) -> bool:
        """
        Whether an entry is to go.
        """
        labels = (entry.label, *entry.others, entry.remote.label if entry.remote is not None else None)
        return (
            (entry.first, entry.last) == (self.first, self.last)
            and self.bind in (None, entry.bind)
            and (self.label is None or self.label in labels)
        )


def portsText(first: int, last: int) -> str:
    """
    Return a port, or a range of ports, as it is written.
    """
    return str(first) if first == last else f"{first}-{last}"


def readDeletion(reader: TokenReader) -> Deletion | None:
    """
    Return what DELETE PORT says, whose keywords have been taken; C{None} after a finding.
    """
    if not reader.onSameLine() or not _atEntry(reader):
        reader.unexpected("DELETE PORT", "a port number")
        return None
    ports = _portNumbers(reader)
    deletion = None if ports is None else Deletion(*ports)
    while deletion is not None and reader.onSameLine():
        word = reader.peekUpper()
        if word not in ("BIND", "LABEL"):
            reader.unexpected("DELETE PORT", "BIND or LABEL")
            return None
        reader.take()
        deletion = _narrowed(reader, deletion, word)
    return deletion


def _narrowed(reader: TokenReader, deletion: Deletion, word: str) -> Deletion | None:
    if word == "LABEL":
        label = reader.label("DELETE PORT LABEL")
        return None if label is None else evolve(deletion, label=label)
    address = _address(reader, "DELETE PORT BIND")
    return None if address is None else evolve(deletion, bind=address)


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
    given: set[str] = set()
    while entry is not None:
        word = reader.peekUpper()
        if (option := PORT_OPTIONS.get(word)) is not None:
            reader.take()
            if word not in ADDING:
                reader.once(f"{word} of port {entry.first}", given)
            entry = option(reader, entry)
        elif entry.label is not None and _atLabel(reader, statements):
            entry = _others(reader, entry, entry.label, statements)
        else:
            break
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
    if entry.label is None and (entry.strict or entry.alpn or entry.check):
        reader.findings.add("SSLP602E", entry.position, port=entry.first)
        return None
    if (entry.allow or entry.deny) and (entry.protocol == "UDP" or entry.first != entry.last):
        reader.findings.add("SSLP149E", entry.position, port=entry.first)
        return None
    if entry.label is not None and entry.remote is not None:
        reader.findings.add("SSLP757E", entry.position, port=entry.first)
        return None
    secured = entry.label is not None or entry.remote is not None
    if secured and entry.protocol == "UDP":
        reader.findings.add("SSLP210E", entry.position, port=entry.first)
        return None
    if secured and entry.first != entry.last:
        reader.findings.add("SSLP211E", entry.position, first=entry.first, last=entry.last)
        return None
    return entry


def _secure(reader: TokenReader, entry: PortEntry) -> PortEntry | None:
    label = reader.label("PORT SECURE")
    return None if label is None else evolve(entry, label=label)


def _atLabel(reader: TokenReader, statements: Container[str]) -> bool:
    """
    Whether a further label follows: on the same line, and neither a statement nor the number of another entry.
    """
    token = reader.peek()
    if token is None or not reader.onSameLine() or token.text.isdigit():
        return False
    return isLabel(token.text) and token.text not in statements


def _others(reader: TokenReader, entry: PortEntry, first: str, statements: Container[str]) -> PortEntry:
    """
    Take all further labels that follow here.
    """
    labels = dict.fromkeys((first, *entry.others))
    while _atLabel(reader, statements) and reader.peekUpper() not in PORT_OPTIONS:
        label = _taken(reader)
        if label in labels:
            reader.findings.add("SSLP601W", reader.last, label=label, port=entry.first)
        labels[label] = None
    return evolve(entry, others=tuple(labels)[1:])


def _alpn(reader: TokenReader, entry: PortEntry) -> PortEntry | None:
    token = reader.peek()
    names = [] if token is None or not reader.onSameLine() else token.text.split(",")
    if not names or not all(_PROTOCOL.fullmatch(name) for name in names) or sum(map(len, names)) > _LONGEST_ALPN:
        reader.unexpected("PORT ALPN", "names of protocols separated by commas, such as h2,http/1.1")
        return None
    reader.take()
    return evolve(entry, alpn=tuple(dict.fromkeys(names)))


def _clientCertCheck(reader: TokenReader, entry: PortEntry) -> PortEntry | None:
    level = reader.choice("PORT CLIENTCERTCHECK", CHECKS)
    if level is None:
        return None
    entry = evolve(entry, check=CHECK_LEVELS[level])
    if reader.peekUpper() != "DEPTH":
        return entry
    reader.take()
    depth = reader.number("PORT CLIENTCERTCHECK DEPTH", 0, MOST_DEPTH)
    return None if depth is None else evolve(entry, depth=depth)


def _secureClient(reader: TokenReader, entry: PortEntry) -> PortEntry | None:
    remote = readSecureClient(reader)
    return None if remote is None else evolve(entry, remote=remote)


def _truncation(reader: TokenReader, entry: PortEntry) -> PortEntry | None:
    word = reader.choice("PORT TRUNCATION", TRUNCATION)
    return None if word is None else evolve(entry, terms=evolve(entry.terms, truncation=word))


def _bind(reader: TokenReader, entry: PortEntry) -> PortEntry | None:
    address = _address(reader, "PORT BIND")
    return None if address is None else evolve(entry, bind=address)


def _address(reader: TokenReader, statement: str) -> str | None:
    address = reader.ipAddress(statement)
    if address is None:
        return None
    try:
        return listeningAddress(address)
    except ValueError as error:
        reader.findings.add("SSLP224E", reader.last, address=address, reason=error)
        return None


def _networks(word: str, reader: TokenReader, entry: PortEntry) -> PortEntry | None:
    """
    Networks with commas between them, behind those that C{word} has given before.
    """
    statement = f"PORT {word}"
    if not reader.onSameLine():
        reader.unexpected(statement, NETWORK)
        return None
    text = _taken(reader)
    words = text.split(",")
    if not all(words):
        reason = "a comma stands between two networks"
        reader.findings.add("SSLP148E", reader.last, statement=statement, found=text, reason=reason, expected=NETWORK)
        return None
    joined = dict.fromkeys(getattr(entry, word.lower()))
    found = [reader.network(statement, each) for each in words]
    for each in found:
        if each is None:
            return None
        if each in joined:
            reader.findings.add("SSLP288W", reader.last, network=each, where=f"{word} of port {entry.first}")
        joined[each] = None
    changed: dict[str, Any] = {word.lower(): tuple(joined)}
    return evolve(entry, **changed)


PORT_OPTIONS: dict[str, Callable[[TokenReader, PortEntry], PortEntry | None]] = {
    "NOAUTOLOG": lambda reader, entry: evolve(entry, autolog=False),
    "SECURE": _secure,
    "BIND": _bind,
    "STRICT": lambda reader, entry: evolve(entry, strict=True),
    "ALPN": _alpn,
    "CLIENTCERTCHECK": _clientCertCheck,
    "SECURECLIENT": _secureClient,
    "ALLOW": partial(_networks, "ALLOW"),
    "DENY": partial(_networks, "DENY"),
    "TRUNCATION": _truncation,
}

ADDING = frozenset({"ALLOW", "DENY"})
"""
Those that add to what was given before.
"""
