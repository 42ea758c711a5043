# -*- test-case-name: tests.config.test_portrules -*-
"""
The rules about secure ports: each has an application with an address, no two are the same, and
AUTOLOG starts only what can be started.  Pure; used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import ip_address
from operator import itemgetter
from typing import Generic, TypeVar

from attrs import define, evolve, field

from sslpool.config.applicationrules import sourceOf, userOf
from sslpool.config.clientrules import clientRules
from sslpool.config.configuration import Application, SecurePort
from sslpool.config.dtcparms import Entry
from sslpool.config.dynamicrules import INTERNAL, applicationProtocols, dynamic, internalClient, isDynamic
from sslpool.config.ftprules import implicit
from sslpool.config.poolrules import isMember
from sslpool.config.portlist import PortEntry
from sslpool.config.portpolicy import DEPTH, PortLabel, PortPolicy, SessionTerms, settled, stricter
from sslpool.config.profilelists import Profile
from sslpool.config.securing import Outbound
from sslpool.config.sources import AGENT_CLASS, SSL_CLASS, STACK_CLASS, Sources
from sslpool.config.staticrules import checkStatic
from sslpool.config.tokens import Findings
from sslpool.config.values import DESTINATION, hostAndPort, isDestination, loopback

Holder = TypeVar("Holder")

MANHOLE = f"/{INTERNAL}"
"""
The address of the manhole, until the stack says in which directory it is.
"""


def applications(sources: Sources) -> dict[str, Application]:
    """
    Return the applications of the stack by userid.
    """
    known = {
        entry.nick: _application(entry, sources)
        for entry in sources.servers.values()
        if not entry.nick.endswith("*")
        and entry.name("CLASS") not in (SSL_CLASS, AGENT_CLASS, STACK_CLASS)
        and entry.name("STACK") in (None, sources.stack)
    }
    port = next((each for each in sources.profile.ports if each.userid == INTERNAL and each.protocol == "TCP"), None)
    there = known.get(INTERNAL)
    if port is not None and (there is None or "ADDRESS" not in sources.servers[INTERNAL].tags):
        known[INTERNAL] = _inside(there, port, sources)
    return known


def _inside(application: Application | None, port: PortEntry, sources: Sources) -> Application:
    """
    Return INTCLIEN as the manhole: nobody sends a password to it in cleartext.
    """
    if application is None:
        application = Application(INTERNAL, MANHOLE, None, port.position, *internalClient(sources))
    onTheWay = application.dynamic
    secure = None if onTheWay is None or onTheWay.security == "NEVER" else evolve(onTheWay, security="REQUIRED")
    return evolve(application, address=MANHOLE, dynamic=secure, proxy=None)


def _application(entry: Entry, sources: Sources) -> Application:
    address = entry.value("ADDRESS")
    if address is not None and not isDestination(address):
        entry.wrong("ADDRESS", address, DESTINATION, sources.findings)
    if entry.value("PROXY") is not None:
        sources.findings.add("SSLP246W", entry.place("PROXY"), tag=":proxy.", nick=entry.nick)
    command = entry.value("COMMAND")
    if command is not None:
        command = " ".join([command, entry.value("PARMS") or ""]).rstrip()
    return Application(
        entry.nick,
        address,
        command,
        entry.position,
        *dynamic(entry, sources),
        entry.name("PROXY"),
        clientRules(entry, sources),
        source=sourceOf(entry, sources.findings),
        user=userOf(entry, sources.findings),
        terms=SessionTerms(truncation=entry.name("TRUNCATION") or ""),
        place=entry.place("ADDRESS"),
        sourcePlace=entry.place("SOURCE"),
    )


def securePorts(
    sources: Sources, known: Mapping[str, Application], checks: Mapping[str, str]
) -> tuple[SecurePort, ...]:
    """
    Return the secure ports, and those of dynamic SSL, in the order of the profile.

    @param checks: what labels ask of clients, of C{:clientcertcheck.}.
    """
    entries = sources.profile.ports
    secure = [
        entry
        for entry in entries
        if entry.label is not None or entry.remote is not None or isDynamic(entry, known, sources.findings)
    ]
    if not secure:
        sources.findings.add("SSLP217W", sources.profile.whole)
    ours = frozenset(secure)
    for entry in entries:
        if (entry.allow or entry.deny) and entry not in ours:
            sources.findings.add("SSLP150W", entry.position, port=entry.first)
        if entry not in ours:
            for operand in entry.terms.words():
                sources.findings.add("SSLP289W", entry.position, port=entry.first, operand=operand)
    _checkConflicts(sources.profile, ours, sources.findings)
    ports = [port for entry in secure if (port := _securePort(entry, known, checks, sources.findings)) is not None]
    _checkLoops(ports, sources.findings)
    checkStatic(ports, known, sources.findings)
    return tuple(ports)


def _securePort(
    entry: PortEntry, known: Mapping[str, Application], checks: Mapping[str, str], findings: Findings
) -> SecurePort | None:
    if entry.remote is not None:
        remote, outbound = entry.remote, Outbound(entry.remote.remote)
        port = SecurePort(entry.first, entry.userid, remote.label, entry.bind, remote.address, entry.position, outbound)
        return evolve(port, allow=entry.allow, deny=entry.deny, terms=entry.terms)
    application = known.get(entry.userid)
    if application is None or application.address is None:
        findings.add("SSLP221E", entry.position, port=entry.first, userid=entry.userid)
        return None
    begun = application.dynamic if entry.label is None else None
    securing, label = begun or implicit(application.dynamic), entry.label or application.label
    policy = portPolicy(entry, (label, *entry.others) if label else (), application, checks)
    if application.clients and not policy.rules:
        findings.add("SSLP603W", application.position, userid=application.userid, port=entry.first)
    address, position = application.address, entry.position
    isManhole = address == MANHOLE and entry.userid == INTERNAL
    port = SecurePort(entry.first, entry.userid, label, entry.bind, address, position, securing, policy)
    port = evolve(port, manhole=isManhole, source=application.source, allow=entry.allow, deny=entry.deny)
    return evolve(port, terms=entry.terms.over(application.terms))


def portPolicy(
    entry: PortEntry, names: Iterable[str], application: Application, checks: Mapping[str, str]
) -> PortPolicy:
    """
    Return what a port asks of its clients: of each label the stricter of what the port and what the label asks.

    @param names: the labels, the port's own first.
    """
    onTheWay = application.dynamic if entry.label is None else None
    asked = entry.check or ("NONE" if onTheWay is None else application.check)
    labels = [PortLabel(name, stricter(asked, checks.get(name, "NONE"))) for name in names]
    depth = DEPTH if entry.depth is None else entry.depth
    alpn = entry.alpn or applicationProtocols(onTheWay)
    return settled(PortPolicy(tuple(labels), entry.strict, alpn, depth, application.clients))


@define
class Taken(Generic[Holder]):
    """
    Who has a port number, by address; what L{overlap} says of two of them, without comparing each with each.
    """

    _first: dict[tuple[str, object], tuple[int, Holder]] = field(factory=dict)
    _count: int = 0

    def add(self, bind: str | None, holder: Holder) -> None:
        """
        Somebody wants it.  Who has wanted it before has it.
        """
        self._count += 1
        keys: list[tuple[str, object]] = [("any", None), ("bind", bind)]
        if bind is not None:
            address = ip_address(bind)
            keys.append(("family", address.version))
            if address.is_unspecified:
                keys.append(("whole", address.version))
        for key in keys:
            self._first.setdefault(key, (self._count, holder))

    def rival(self, bind: str | None) -> Holder | None:
        """
        Return the first who has it already.
        """
        keys: list[tuple[str, object]] = [("any", None)]
        if bind is not None:
            address = ip_address(bind)
            keys = [("bind", None), ("bind", bind), ("whole", address.version)]
            if address.is_unspecified:
                keys.append(("family", address.version))
        found = [self._first[key] for key in keys if key in self._first]
        return min(found, key=itemgetter(0))[1] if found else None


def _checkConflicts(profile: Profile, ours: Iterable[PortEntry], findings: Findings) -> None:
    """
    A secure port belongs to one entry.  Ports in cleartext may be shared: nobody listens on
    them here, unless the same port is secure elsewhere.

    @param ours: the entries for which the stack listens.
    """
    secured = set(ours)
    taken: dict[int, Taken[PortEntry]] = {entry.first: Taken() for entry in secured}
    for entry in profile.ports:
        if entry.protocol == "TCP" and entry.first == entry.last and entry.first in taken:
            earlier = taken[entry.first].rival(entry.bind)
            if earlier is not None and (entry in secured or earlier in secured):
                # Of two entries of one statement there is none to be deleted before.
                obeyed = entry.position.file != profile.file and entry.position != earlier.position
                place = f"{earlier} ({earlier.position.file}:{earlier.position.line})"
                findings.add("SSLP074E" if obeyed else "SSLP218E", entry.position, port=entry.first, other=place)
            taken[entry.first].add(entry.bind, entry)


def _checkLoops(ports: Iterable[SecurePort], findings: Findings) -> None:
    """
    Cleartext must not go to a secure port of the same stack.
    """
    for port in circular(ports):
        findings.add("SSLP223E", port.position, port=port.number, userid=port.userid, address=port.address)


def circular(ports: Iterable[SecurePort], own: Callable[[str], Iterable[str]] = loopback) -> Iterator[SecurePort]:
    """
    Yield the ports whose cleartext goes to one of C{ports} themselves.

    @param own: returns the addresses of a host that are this machine's.
    """
    ports = tuple(ports)
    listening: defaultdict[int, Taken[SecurePort]] = defaultdict(Taken)
    for port in ports:
        listening[port.number].add(port.bind, port)
    for port in ports:
        target = hostAndPort(port.address) if port.remote is None else None
        if target is None or target[1] not in listening:
            continue
        if any(listening[target[1]].rival(host) is not None for host in own(target[0])):
            yield port


def autolog(sources: Sources, known: Mapping[str, Application], pool: Entry | None) -> tuple[str, ...]:
    """
    Return the userids that AUTOLOG starts: each once, without SSL servers and without those for
    which there is nothing to start.
    """
    started: dict[str, int] = {}
    for user in sources.profile.autolog:
        application = known.get(user.userid)
        if _isServer(user.userid, sources, pool):
            sources.findings.add("SSLP215W", user.position, userid=user.userid)
        elif application is None or application.command is None:
            sources.findings.add("SSLP222W", user.position, userid=user.userid)
        elif user.userid in started:
            what = f"{user.userid} in AUTOLOG"
            sources.findings.add("SSLP206W", user.position, what=what, other=started[user.userid])
        else:
            started[user.userid] = user.position.line
    return tuple(started)


def _isServer(userid: str, sources: Sources, pool: Entry | None) -> bool:
    entry = sources.servers.get(userid)
    serverId = sources.profile.serverId
    return (
        (entry is not None and entry.name("CLASS") in (SSL_CLASS, AGENT_CLASS))
        or (serverId is not None and userid == serverId.userid)
        or (pool is not None and pool.nick.endswith("*") and isMember(userid, pool.nick[:-1]))
    )
