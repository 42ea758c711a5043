# -*- test-case-name: tests.stack.configuration.test_oneline -*-
"""
The one-line mode: a configuration from command-line options instead of files.  Lives in the stack process.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from attrs import evolve

from sslpool.config.applicationrules import SOURCE_EXPECTED, sourceAddress, unfitting
from sslpool.config.configuration import Application, Configuration, Machine, Position, SecurePort, ServerParameters
from sslpool.config.limits import Limits, Routing
from sslpool.config.portlist import PORT_OPTIONS, readPorts
from sslpool.config.portrules import portPolicy
from sslpool.config.tokens import Findings, Token, TokenReader
from sslpool.config.values import ipAddress, listeningAddress
from sslpool.keydb.sources import readCertificates
from sslpool.messages import operatorError
from sslpool.stack.configuration.accounts import account
from sslpool.stack.front.destinations import resolved
from sslpool.stack.front.listeningports import usable
from sslpool.stack.front.localsystem import isHere

STACK = "TCPIP"
APPLICATION = "CONNECT"

PORT_OPTION = "--port"
"""
The option with operands of a PORT statement.
"""

_OTHERWISE = ("NOAUTOLOG", "SECURE", "BIND", "SECURECLIENT")
"""
Those that it does not take: other options say them, or there is nothing to say.
"""

MOST_SERVERS = 256
MOST_PER_SERVER = 10000
"""
More than SSLLIMITS allows, for those who want one large server.
"""


def oneLineConfiguration(
    listen: str,
    connect: str,
    certificate: str,
    servers: int,
    maxPerServer: int,
    routing: Routing,
    stack: str | None = None,
    operands: str = "",
    source: str = "",
    user: str = "",
    peerLimit: int = 0,
) -> Configuration:
    """
    Return the configuration that the options ask for.  All labels of a key database serve the
    port, its default key first.

    @param listen: C{address:port} to listen on; without an address, or with C{[::]}, all; with a name, all that it has.
    @param connect: C{host:port} or path of the application.
    @param certificate: a key database, PKCS #12 or PEM file.
    @param operands: what a PORT statement would say after its labels.
    @param source: the address from which the application is connected to; empty is whichever the system takes.
    @param user: as whom the servers run, a name or a number; empty is whoever the stack is.
    @param peerLimit: connections of one address at once; 0 is no limit.
    @raise OperatorError: an option's value cannot be used.
    """
    hosts, number = _listening(listen)
    if not connect.startswith("/"):
        splitAddress("--connect", connect, needsHost=True)
    _bounded("--servers", servers, MOST_SERVERS)
    _bounded("--max-per-server", maxPerServer, MOST_PER_SERVER)
    _bounded("--peer-limit", peerLimit, MOST_SERVERS * MOST_PER_SERVER, least=0)
    path = os.path.abspath(certificate)
    records = sorted(usable(readCertificates(path)), key=lambda each: not each.default)
    labels = [record.label for record in records]
    if not labels:
        raise operatorError("SSLP004E", option="--certificate", reason=f"{path} holds no certificate with its key")
    place = Position("--listen", 0)
    secure = SecurePort(number, APPLICATION, labels[0], None, connect, place, source=_source(source, connect))
    secure = _withOperands(secure, operands, labels)
    return Configuration(
        stack=stack or STACK,
        serverId="*",
        timeout=30,
        limits=Limits(servers * maxPerServer, maxPerServer, routing, foreign=peerLimit),
        poolPrefix="SSL",
        poolHigh=servers,
        agent="SSLDCSSM",
        administrators=frozenset(),
        obey=frozenset(),
        ports=tuple(evolve(secure, bind=host) for host in hosts),
        applications=(),
        autolog=(),
        parameters=ServerParameters(keyFile=path, trace=()),
        keyFile=path,
        machine=_machine(user),
    )


def _source(source: str, connect: str) -> str:
    if not source:
        return ""
    found = sourceAddress(source)
    if found is None:
        raise operatorError("SSLP004E", option="--source", reason=f"{source} is not {SOURCE_EXPECTED}")
    if reason := unfitting(found, connect):
        raise operatorError(
            "SSLP004E", option="--source", reason=f"{source} does not fit --connect {connect}: {reason}"
        )
    return found


def _machine(user: str) -> Machine:
    if not user:
        return Machine()
    try:
        found = account(user)
    except ValueError as error:
        raise operatorError(
            "SSLP004E", option="--user", reason=f"{user} cannot be the servers' user: {error}"
        ) from error
    return Machine(uid=found.uid, gid=found.groups[0])


def _listening(listen: str) -> tuple[list[str | None], int]:
    """
    Return the numeric addresses to listen on, or C{None} for all, and the port.
    """
    host, number = splitAddress("--listen", listen)
    if host is None:
        return [None], number
    try:
        if ipAddress(host) is None:
            # There is no other port that would have to wait for the name service.
            found = dict.fromkeys(listeningAddress(each.host) for each in resolved(host, number))
            return [*filter(isHere, found)] or [*found], number
        address = listeningAddress(host)
        # Of both families, as other programs take it.
        return [None if address == "::" else address], number
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise operatorError("SSLP004E", option="--listen", reason=f"{listen} cannot be used: {reason}") from error


def _withOperands(secure: SecurePort, operands: str, labels: Sequence[str]) -> SecurePort:
    """
    Return a port with what it asks of its clients.

    @param operands: C{STRICT}, C{ALPN} and so on, as in a PORT statement.
    @param labels: the port's labels, its own first.
    @raise OperatorError: they are something else.
    """
    position = Position(PORT_OPTION, 0)
    words = [Token(word, position) for word in ("1", "TCP", APPLICATION, "SECURE", labels[0], *operands.split())]
    findings = Findings()
    entries = readPorts(TokenReader(words, findings, position), ())
    if findings.all() or len(entries) != 1 or entries[0] != evolve(entries[0], autolog=True, bind=None, others=()):
        *most, last = [word for word in PORT_OPTIONS if word not in _OTHERWISE]
        fitting = f"it takes {', '.join(most)} and {last}"
        reason = "; ".join(str(each.said) for each in findings.all()) or fitting
        raise operatorError("SSLP004E", option=PORT_OPTION, reason=reason)
    [entry] = entries
    policy = portPolicy(entry, labels, Application(APPLICATION, None, None, position), {})
    return evolve(secure, policy=policy, allow=entry.allow, deny=entry.deny, terms=entry.terms)


def splitAddress(option: str, text: str, needsHost: bool = False) -> tuple[str | None, int]:
    """
    Return host and port of C{host:port}, C{[v6]:port}, or C{:port} for all addresses.

    @raise OperatorError: it is something else.
    """
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not colon or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        reason = f"{text} is not an address and a port, such as 127.0.0.1:8443"
        raise operatorError("SSLP004E", option=option, reason=reason)
    if (":" in bare) != (host.startswith("[") and host.endswith("]")):
        reason = f"{text}: an IPv6 address goes in brackets, such as [::1]:8443"
        raise operatorError("SSLP004E", option=option, reason=reason)
    if needsHost and bare in ("", "*"):
        raise operatorError("SSLP004E", option=option, reason=f"{text} names no host")
    return (None if bare in ("", "*") else bare), int(port)


def _bounded(option: str, value: int, most: int, least: int = 1) -> None:
    if not least <= value <= most:
        raise operatorError("SSLP004E", option=option, reason=f"{value} is not between {least} and {most}")
