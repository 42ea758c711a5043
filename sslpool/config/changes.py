# -*- test-case-name: tests.config.test_changes -*-
"""
What is different between two configurations, as the operator would say it, and whether a
running stack can take it.  Pure; used in the stack process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from attrs import evolve, fields, frozen

from sslpool.config.configuration import Configuration, SecurePort
from sslpool.config.ftprules import dataText

#: Statements and operands by the attribute of the record.
_LIMITS = {
    "maxSessions": "SSLLIMITS MAXSESSIONS",
    "maxPerServer": "SSLLIMITS MAXPERSSLSERVER",
    "routing": "SSLLIMITS ROUTING",
    "quiesce": "SSLLIMITS QUIESCE",
    "handshake": "SSLLIMITS HANDSHAKE",
    "connect": "SSLLIMITS CONNECT",
    "idle": "SSLLIMITS IDLE",
    "wait": "SSLLIMITS WAIT",
    "liveness": "SSLLIMITS LIVENESS",
    "foreign": "FOREIGNIPCONLIMIT",
    "pending": "PENDINGCONNECTIONLIMIT",
    "peerRate": "SSLLIMITS PEERRATE",
    "handshakeRate": "SSLLIMITS HANDSHAKERATE",
}


LATER = {
    "serverId": "SSLSERVERID",
    "timeout": "SSLSERVERID TIMEOUT",
    "agent": "the agent",
    "keyFile": "KEYFILE",
    "watchKeys": "WATCH in :mount.",
    "parameters": "the VMSSL operands",
    "machine": "the servers' directory entry",
    "segment": ":dcss_parms.",
    "segmentPages": ":dcss_parms.",
    "adminPort": ":admin_port.",
    "timeZone": ":timezone.",
    "timeStamp": ":timestamp.",
    "owner": ":owner.",
    "sandbox": ":sandbox.",
}
"""
What a running stack cannot take, by attribute of the configuration: it stays as it was, and is
named at each reading of the files until there is a new start.
"""


@frozen
class Change:
    """
    One difference.

    @ivar what: what changes.
    @ivar before: how it was; empty where it was not there.
    @ivar after: how it will be; empty where it will not be there.
    @ivar running: a running stack takes it; otherwise it needs a new start.
    """

    what: str
    before: str
    after: str
    running: bool = True


def changes(before: Configuration, after: Configuration) -> list[Change]:
    """
    Return how C{after} differs from C{before}.
    """
    return [
        *_limits(before, after),
        *_listed("LIMITEXEMPT", before.exempt, after.exempt),
        *_ports(before.ports, after.ports),
        *_listed("AUTOLOG", before.autolog, after.autolog),
        *_listed("OBEY", sorted(before.obey), sorted(after.obey)),
        *_listed(":Admin_ID_list.", sorted(before.administrators), sorted(after.administrators)),
        *_single("POOL HIGH", before.poolHigh, after.poolHigh),
        *_listed(":clientcertcheck.", _checkTexts(before), _checkTexts(after)),
        *_commands(before, after),
        *_later(before, after),
    ]


def inEffect(before: Configuration, after: Configuration) -> Configuration:
    """
    Return C{after} with what stays as it was, for a stack that runs with C{before}.
    """
    stays: dict[str, Any] = {name: getattr(before, name) for name in LATER}
    return evolve(after, **stays)


def _later(before: Configuration, after: Configuration) -> Iterator[Change]:
    for what in dict.fromkeys(LATER.values()):
        names = [name for name, each in LATER.items() if each == what]
        old, new = ([getattr(each, name) for name in names] for each in (before, after))
        if old != new:
            yield Change(what, " ".join(map(str, old)), " ".join(map(str, new)), running=False)


def _commands(before: Configuration, after: Configuration) -> Iterator[Change]:
    """
    Yield the applications that AUTOLOG starts anew.  What it starts is not shown: there may be a password in it.
    """
    old, new = ({each.userid: each for each in one.applications if each.command} for one in (before, after))
    for userid in before.autolog:
        if userid not in after.autolog:
            continue
        was, becomes = old.get(userid), new.get(userid)
        if (was and was.command) != (becomes and becomes.command):
            yield Change(f":command. of {userid}", "the former one" if was else "", "another" if becomes else "")
        elif was and becomes and was.user != becomes.user:
            yield Change(f":user. of {userid}", was.user, becomes.user)


def _checkTexts(configuration: Configuration) -> list[str]:
    return [f"{label} {level}" for label, level in configuration.checks]


def _limits(before: Configuration, after: Configuration) -> Iterator[Change]:
    for each in fields(type(before.limits)):
        old, new = getattr(before.limits, each.name), getattr(after.limits, each.name)
        yield from _single(_LIMITS[each.name], getattr(old, "value", old), getattr(new, "value", new))


def _ports(before: Iterable[SecurePort], after: Iterable[SecurePort]) -> Iterator[Change]:
    old = {(port.number, port.bind): _portText(port) for port in before}
    new = {(port.number, port.bind): _portText(port) for port in after}
    for key in dict.fromkeys((*old, *new)):
        number, bind = key
        where = f"PORT {number}" + (f" BIND {bind}" if bind else "")
        yield from _single(where, old.get(key, ""), new.get(key, ""))


def _portText(port: SecurePort) -> str:
    if port.remote is not None:
        remote = port.remote
        lists = [",".join(each) for each in (remote.authorities, remote.protocols)]
        words = ["SECURECLIENT", port.address, remote.name, port.label, remote.startTLS, *lists, *_accessWords(port)]
        return " ".join([port.userid, *filter(None, words)])
    words = ["SECURE", port.label]
    if port.dynamic is not None:
        words = [port.dynamic.protocol, port.dynamic.security, port.label]
        if port.dynamic.implicit:
            words.append("IMPLICIT")
        if port.dynamic.data is not None:
            words.append(dataText(port.dynamic.data))
    origin = ["from", port.source] if port.source else []
    rest = (*_policyWords(port), *_accessWords(port))
    return " ".join([port.userid, "at", port.address, *origin, *filter(None, words), *rest])


def _accessWords(port: SecurePort) -> Iterator[str]:
    """
    Yield the operands that say who may come.
    """
    for word, networks in (("ALLOW", port.allow), ("DENY", port.deny)):
        if networks:
            yield f"{word} {','.join(networks)}"


def _policyWords(port: SecurePort) -> Iterator[str]:
    """
    Yield the operands that the port's policy comes from.
    """
    policy = port.policy
    for label in policy.labels:
        if label.name != port.label:
            yield label.name
        if label.check != "NONE":
            yield f"CLIENTCERTCHECK {label.check} DEPTH {policy.depth}"
    if policy.strict:
        yield "STRICT"
    if policy.alpn:
        yield f"ALPN {','.join(policy.alpn)}"
    for rule in policy.rules:
        yield "client " + " ".join(f'{each.kind}="{each.pattern}"' for each in rule)


def _listed(what: str, before: Iterable[str], after: Iterable[str]) -> Iterator[Change]:
    yield from _single(what, " ".join(before), " ".join(after))


def _single(what: str, before: object, after: object) -> Iterator[Change]:
    if before != after:
        yield Change(what, str(before), str(after))
