# -*- test-case-name: tests.config.test_assembly -*-
"""
From the texts of the configuration files to one L{Configuration}, with every finding on the
way.  Pure; used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Container, Mapping, Sequence

from attrs import frozen

from sslpool.config import clientrules, directoryrules, poolrules, portrules, tagrules
from sslpool.config.adminport import adminPort
from sslpool.config.amendment import Amendment, amendProfile
from sslpool.config.configuration import Assembly, Configuration, Position, ServerParameters
from sslpool.config.definitions import findServers
from sslpool.config.directory import Directory, parseDirectory
from sslpool.config.dtcparms import Entry
from sslpool.config.internalclient import InternalClient
from sslpool.config.listchanges import listsOf
from sslpool.config.profile import parseProfile
from sslpool.config.profilelists import Profile
from sslpool.config.sources import Sources
from sslpool.config.tcpipdata import TcpipData, parseTcpipData
from sslpool.config.tokens import Findings
from sslpool.config.values import upperCase
from sslpool.config.vmlink import workSpaces
from sslpool.messages import Finding

DEFAULT_STACK = "TCPIP"


@frozen
class Texts:
    """
    The configuration files as they were read at one time.

    @ivar files: the text of each file by its name, such as C{PROFILE.TCPIP}.
    @ivar findings: what is to be said about those that could not be read.
    """

    files: Mapping[str, str]
    findings: tuple[Finding, ...] = ()

    def replaced(self, other: Texts, chosen: Callable[[str], bool]) -> Texts:
        """
        Return these files, but those with a C{chosen} name as they are in C{other}.
        """
        files = {name: text for name, text in self.files.items() if not chosen(name)}
        files |= {name: text for name, text in other.files.items() if chosen(name)}
        findings = [each for each in self.findings if not chosen(each.file)]
        return Texts(files, (*findings, *(each for each in other.findings if chosen(each.file))))


Load = Callable[[Texts, Sequence[Amendment]], Assembly]
"""
Returns what comes of the files, with what was obeyed on top of them.
"""


def assemble(
    files: Mapping[str, str], directory: str, stack: str | None, node: str, amendments: Sequence[Amendment] = ()
) -> Assembly:
    """
    Read a set of configuration files.  Never raises for what is in them.

    @param files: the text of each file by its name, such as C{PROFILE.TCPIP}.
    @param directory: the absolute path of the directory they are from; a relative KEYFILE is relative to it.
    @param stack: the stack's userid, or C{None} for the one that TCPIP DATA names.
    @param node: the name of this machine.
    @param amendments: what was obeyed since the profile was read, in order.
    """
    findings = Findings()
    node = upperCase(node)
    data = _tcpipData(files, node, findings)
    userid = upperCase(stack or data.userid or DEFAULT_STACK)
    profile = _profile(files, userid, node, findings)
    for amendment in amendments:
        profile = amendProfile(profile, amendment, findings)
    servers = findServers(files, node, findings)
    _withoutEffect(profile, servers, findings)
    fromData = data.userid == userid
    sources = Sources(userid, fromData, profile, servers, _directory(files, findings), findings)
    configuration = _configuration(sources, directory)
    wanted = None if findings.erroneous else configuration
    return Assembly(wanted, findings.all(), listsOf(profile, wanted))


def _tcpipData(files: Mapping[str, str], node: str, findings: Findings) -> TcpipData:
    name = "TCPIP.DATA"
    if name not in files:
        findings.add("SSLP270I", Position(name, 0), stack=DEFAULT_STACK)
        return TcpipData()
    return parseTcpipData(name, files[name], node, findings)


def _profile(files: Mapping[str, str], stack: str, node: str, findings: Findings) -> Profile:
    """
    The first file found of C{<stack>.TCPIP}, C{<node>.TCPIP} and C{PROFILE.TCPIP}.
    """
    names = [f"{owner}.TCPIP" for owner in dict.fromkeys((stack, node, "PROFILE"))]
    for name in names:
        if name in files:
            profile = parseProfile(name, files[name], findings)
            if profile.serverId is None:
                findings.add("SSLP216E", profile.whole)
            return profile
    findings.add("SSLP220E", Position(names[-1], 0), names=", ".join(names))
    return Profile(names[-1], Position(names[-1], 0))


def _withoutEffect(profile: Profile, servers: Container[str], findings: Findings) -> None:
    """
    Say of statements that are read and checked why nothing follows from them.
    """
    if profile.home:
        reason = "the system sets the addresses of this machine; BIND in PORT selects one"
        findings.add("SSLP203I", profile.home[0].position, what="HOME", reason=reason)
    client = profile.internalClient
    if client is not None and client != InternalClient(client.position):
        if client.secureConnection == "NEVER":
            reason = "with SECURECONNECTION NEVER, nothing listens on cleartext ports of INTCLIEN"
        elif "INTCLIEN" not in servers and all(port.userid != "INTCLIEN" for port in profile.ports):
            reason = "INTCLIEN has neither a PORT statement nor an entry in DTCPARMS"
        else:
            return
        findings.add("SSLP203I", client.position, what="INTERNALCLIENTPARMS", reason=reason)


def _directory(files: Mapping[str, str], findings: Findings) -> Directory | None:
    name = "USER.DIRECT"
    return parseDirectory(name, files[name], findings) if name in files else None


def _configuration(sources: Sources, directory: str) -> Configuration | None:
    """
    Apply the rules between the files; what they return is complete only where no error is found.
    """
    profile = sources.profile
    poolrules.checkStack(sources)
    pool = poolrules.findPool(sources)
    known = portrules.applications(sources)
    checks = clientrules.labelChecks(pool, sources)
    ports = portrules.securePorts(sources, known, checks)
    clientrules.checkLabels(checks, ports, pool, sources)
    autolog = portrules.autolog(sources, known, pool)
    if pool is None:
        return None
    agent = _agent(pool, sources)
    grant = directoryrules.servers(pool, sources)
    limits = directoryrules.limits(pool, grant, sources)
    parameters = poolrules.parameters(pool, sources)
    administrators = poolrules.administrators(pool, sources)
    spaces = workSpaces(pool, sources)
    mounts, timeZone = tagrules.mounts(pool, sources), tagrules.timeZone(pool, sources)
    tagrules.checkOthers(pool, sources)
    if agent is None or profile.serverId is None:
        return None
    segment, pages = tagrules.segment(agent, sources)
    return Configuration(
        stack=sources.stack,
        serverId=profile.serverId.userid,
        timeout=profile.serverId.timeout,
        limits=limits,
        poolPrefix=pool.nick.removesuffix("*"),
        poolHigh=grant.high,
        agent=agent.nick,
        administrators=administrators,
        obey=frozenset(user.userid for user in profile.obey),
        ports=ports,
        applications=tuple(known.values()),
        autolog=autolog,
        parameters=parameters,
        keyFile=_keyFile(parameters, directory),
        machine=grant.machine,
        workSpaces=spaces,
        segment=segment,
        segmentPages=pages,
        mounts=mounts,
        timeZone=timeZone,
        checks=tuple(sorted(checks.items())),
        adminPort=adminPort(pool, ports, sources),
        timeStamp=pool.name("TIMESTAMP") or "ON",
        owner=tagrules.owner(pool, sources),
        exempt=tuple(dict.fromkeys(profile.exempt)),
        sandbox=pool.name("SANDBOX") != "NO",
    )


def _agent(pool: Entry, sources: Sources) -> Entry | None:
    poolrules.checkPoolNames(pool, sources)
    agent = poolrules.findAgent(pool, sources)
    if agent is not None:
        directoryrules.checkAgent(agent, sources)
    return agent


def _keyFile(parameters: ServerParameters, directory: str) -> str:
    return posixpath.normpath(posixpath.join(directory, parameters.keyFile))
