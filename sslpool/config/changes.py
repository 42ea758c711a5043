# -*- test-case-name: tests.config.test_changes -*-
"""
What is different between two configurations, as the operator would say it, and whether a
running stack can take it.  Pure; used in the stack process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import fields, frozen

from sslpool.config.configuration import Configuration, SecurePort
from sslpool.config.ftprules import dataText

#: Operands of SSLLIMITS by the attribute of the record.
_LIMITS = {
    "maxSessions": "MAXSESSIONS",
    "maxPerServer": "MAXPERSSLSERVER",
    "routing": "ROUTING",
    "quiesce": "QUIESCE",
    "handshake": "HANDSHAKE",
    "connect": "CONNECT",
    "idle": "IDLE",
    "wait": "WAIT",
    "liveness": "LIVENESS",
}


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
        *_ports(before.ports, after.ports),
        *_listed("AUTOLOG", before.autolog, after.autolog),
        *_listed("OBEY", sorted(before.obey), sorted(after.obey)),
        *_listed(":Admin_ID_list.", sorted(before.administrators), sorted(after.administrators)),
        *_single("POOL HIGH", before.poolHigh, after.poolHigh),
        *_listed(":clientcertcheck.", _checkTexts(before), _checkTexts(after)),
        *_single("SSLSERVERID", before.serverId, after.serverId, running=False),
        *_single("SSLSERVERID TIMEOUT", before.timeout, after.timeout, running=False),
        *_single("the agent", before.agent, after.agent, running=False),
        *_single("KEYFILE", before.keyFile, after.keyFile, running=False),
        *_single("WATCH in :mount.", before.watchKeys, after.watchKeys, running=False),
        *_single("the VMSSL operands", before.parameters, after.parameters, running=False),
        *_single("the servers' directory entry", before.machine, after.machine, running=False),
        *_single(":dcss_parms.", _segmentText(before), _segmentText(after), running=False),
        *_single(":admin_port.", before.adminPort, after.adminPort, running=False),
        *_single(":timezone.", before.timeZone, after.timeZone, running=False),
        *_single(":timestamp.", before.timeStamp, after.timeStamp, running=False),
        *_single(":owner.", before.owner, after.owner, running=False),
        *_single(":sandbox.", before.sandbox, after.sandbox, running=False),
    ]


def _checkTexts(configuration: Configuration) -> list[str]:
    return [f"{label} {level}" for label, level in configuration.checks]


def _segmentText(configuration: Configuration) -> str:
    return f"{configuration.segment} {configuration.segmentPages}"


def _limits(before: Configuration, after: Configuration) -> Iterator[Change]:
    for each in fields(type(before.limits)):
        old, new = getattr(before.limits, each.name), getattr(after.limits, each.name)
        yield from _single(f"SSLLIMITS {_LIMITS[each.name]}", getattr(old, "value", old), getattr(new, "value", new))


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
        words = ["SECURECLIENT", port.address, remote.name, port.label, remote.startTLS, *lists]
        return " ".join([port.userid, *filter(None, words)])
    words = ["SECURE", port.label]
    if port.dynamic is not None:
        words = [port.dynamic.protocol, port.dynamic.security, port.label]
        if port.dynamic.data is not None:
            words.append(dataText(port.dynamic.data))
    return " ".join([port.userid, "at", port.address, *filter(None, words), *_policyWords(port)])


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


def _single(what: str, before: object, after: object, running: bool = True) -> Iterator[Change]:
    if before != after:
        yield Change(what, str(before), str(after), running)
