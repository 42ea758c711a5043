# -*- test-case-name: tests.config.test_changes -*-
"""
What is different between two configurations, as the operator would say it, and whether a
running stack can take it.  Pure; used in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any

from attrs import evolve, frozen

from sslpool.config.configuration import Application, Configuration, SecurePort
from sslpool.config.ftprules import dataText
from sslpool.config.securing import Dynamic, Implicit, Outbound, Plain


@frozen
class Change:
    """
    One difference.

    @ivar what: what changes.
    @ivar before: how it was; empty where it was not there.
    @ivar after: how it will be; empty where it will not be there.
    @ivar running: a running stack takes it; otherwise it needs a new start, and there is no more to say of it.
    """

    what: str
    before: str = ""
    after: str = ""
    running: bool = True


How = Callable[[str, Any, Any], Iterable[Change]]


@frozen
class Field:
    """
    A field of the configuration.

    @ivar what: what the operator calls it.
    @ivar running: a running stack takes it; otherwise it stays as it was until there is a new start.
    @ivar how: returns how two values of it differ, as the operator would say it; C{None} where nothing is said.
    @ivar identity: it makes the stack this one: no files that have another are followed.
    @ivar of: returns what is compared, where that is not the field alone.
    """

    what: str
    running: bool
    how: How | None
    identity: bool = False
    of: Callable[[Configuration], Any] | None = None


def changes(before: Configuration, after: Configuration) -> list[Change]:
    """
    Return how C{after} differs from C{before}.
    """
    found: list[Change] = []
    for name, field in FIELDS.items():
        if field.how is not None:
            found += field.how(field.what, *map(field.of or attrgetter(name), (before, after)))
    # Two fields that are one tag are one change.
    return list(dict.fromkeys(found))


def inEffect(before: Configuration, after: Configuration) -> Configuration:
    """
    Return C{after} with what stays as it was, for a stack that runs with C{before}.
    """
    stays: dict[str, Any] = {name: getattr(before, name) for name, field in FIELDS.items() if not field.running}
    return evolve(after, **stays)


def otherIdentity(before: Configuration, after: Configuration) -> str:
    """
    Return what makes C{after} that of another stack than C{before}; empty where it is the same one.
    """
    identity = ((name, field.what) for name, field in FIELDS.items() if field.identity)
    return next((what for name, what in identity if getattr(before, name) != getattr(after, name)), "")


def _later(what: str, before: object, after: object) -> Iterator[Change]:
    if before != after:
        yield Change(what, running=False)


def _single(what: str, before: object, after: object) -> Iterator[Change]:
    if before != after:
        old, new = (str(getattr(each, "value", each)) for each in (before, after))
        yield Change(what, old, new)


def _listed(what: str, before: Iterable[str], after: Iterable[str]) -> Iterator[Change]:
    yield from _single(what, " ".join(before), " ".join(after))


def _set(what: str, before: Iterable[str], after: Iterable[str]) -> Iterator[Change]:
    yield from _listed(what, sorted(before), sorted(after))


def _pairs(what: str, before: Iterable[tuple[str, str]], after: Iterable[tuple[str, str]]) -> Iterator[Change]:
    yield from _listed(what, map(" ".join, before), map(" ".join, after))


def _started(configuration: Configuration) -> dict[str, Application | None]:
    """
    Return the applications that AUTOLOG lists, those that have a command.
    """
    known = {each.userid: each for each in configuration.applications if each.command}
    return {userid: known.get(userid) for userid in configuration.autolog}


def _commands(
    what: str, before: dict[str, Application | None], after: dict[str, Application | None]
) -> Iterator[Change]:
    """
    Yield the applications that AUTOLOG starts anew.  What it starts is not shown: there may be a password in it.
    """
    for userid, was in before.items():
        if userid not in after:
            continue
        becomes = after[userid]
        if (was and was.command) != (becomes and becomes.command):
            yield Change(f"{what} of {userid}", "the former one" if was else "", "another" if becomes else "")
        elif was and becomes and was.user != becomes.user:
            yield Change(f":user. of {userid}", was.user, becomes.user)


def _ports(what: str, before: Iterable[SecurePort], after: Iterable[SecurePort]) -> Iterator[Change]:
    old, new = ({(port.number, port.bind): _portText(port) for port in ports} for ports in (before, after))
    for key in dict.fromkeys((*old, *new)):
        number, bind = key
        where = f"{what} {number}" + (f" BIND {bind}" if bind else "")
        yield from _single(where, old.get(key, ""), new.get(key, ""))


def _portText(port: SecurePort) -> str:
    match port.securing:
        case Outbound(remote):
            lists = [",".join(each) for each in (remote.authorities, remote.protocols)]
            words = ["SECURECLIENT", port.address, remote.name, port.label, remote.startTLS, *lists]
            return " ".join([port.userid, *filter(None, words), *_commonWords(port)])
        case Dynamic(protocol, security, data):
            words = [protocol, security, port.label, dataText(data)]
        case Implicit(protocol, data):
            words = [protocol, "REQUIRED", port.label, "IMPLICIT", dataText(data)]
        case Plain():
            words = ["SECURE", port.label]
    origin = ["from", port.source] if port.source else []
    rest = (*_policyWords(port), *_commonWords(port))
    return " ".join([port.userid, "at", port.address, *origin, *filter(None, words), *rest])


def _commonWords(port: SecurePort) -> Iterator[str]:
    """
    Yield the operands that every kind of port may have.
    """
    for word, networks in (("ALLOW", port.allow), ("DENY", port.deny)):
        if networks:
            yield f"{word} {','.join(networks)}"
    yield from port.terms.words()


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


FIELDS = {
    "limits.maxSessions": Field("SSLLIMITS MAXSESSIONS", True, _single),
    "limits.maxPerServer": Field("SSLLIMITS MAXPERSSLSERVER", True, _single),
    "limits.routing": Field("SSLLIMITS ROUTING", True, _single),
    "limits.quiesce": Field("SSLLIMITS QUIESCE", True, _single),
    "limits.handshake": Field("SSLLIMITS HANDSHAKE", True, _single),
    "limits.connect": Field("SSLLIMITS CONNECT", True, _single),
    "limits.idle": Field("SSLLIMITS IDLE", True, _single),
    "limits.wait": Field("SSLLIMITS WAIT", True, _single),
    "limits.liveness": Field("SSLLIMITS LIVENESS", True, _single),
    "limits.foreign": Field("FOREIGNIPCONLIMIT", True, _single),
    "limits.pending": Field("PENDINGCONNECTIONLIMIT", True, _single),
    "limits.peerRate": Field("SSLLIMITS PEERRATE", True, _single),
    "limits.handshakeRate": Field("SSLLIMITS HANDSHAKERATE", True, _single),
    "exempt": Field("LIMITEXEMPT", True, _listed),
    "ports": Field("PORT", True, _ports),
    "autolog": Field("AUTOLOG", True, _listed),
    "obey": Field("OBEY", True, _set),
    "administrators": Field(":Admin_ID_list.", True, _set),
    "poolHigh": Field("POOL HIGH", True, _single),
    "checks": Field(":clientcertcheck.", True, _pairs),
    "applications": Field(":command.", True, _commands, of=_started),
    # Of use to whoever reads the files, and to nobody afterwards.
    "workSpaces": Field(":vmlink.", True, None),
    "mounts": Field(":mount.", True, None),
    "stack": Field("the stack's user ID", False, None, identity=True),
    "serverId": Field("SSLSERVERID", False, _later, identity=True),
    "poolPrefix": Field("the servers' user IDs", False, None, identity=True),
    "timeout": Field("SSLSERVERID TIMEOUT", False, _later),
    "agent": Field("the agent", False, _later),
    "keyFile": Field("KEYFILE", False, _later),
    "watchKeys": Field("WATCH in :mount.", False, _later),
    "parameters": Field("the VMSSL operands", False, _later),
    "machine": Field("the servers' directory entry", False, _later),
    "segment": Field(":dcss_parms.", False, _later),
    "segmentPages": Field(":dcss_parms.", False, _later),
    "adminPort": Field(":admin_port.", False, _later),
    "timeZone": Field(":timezone.", False, _later),
    "timeStamp": Field(":timestamp.", False, _later),
    "owner": Field(":owner.", False, _later),
    "sandbox": Field(":sandbox.", False, _later),
}
"""
Every field of the configuration, and of its limits, in the order in which changes are said.
"""
