# -*- test-case-name: tests.config.test_dynamicrules -*-
"""
The rules about dynamic SSL: in which protocol connections to an application become secure, with
which label, and how far that is demanded.  Pure; used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

from collections.abc import Mapping

from sslpool.config.configuration import Application
from sslpool.config.dtcparms import Entry
from sslpool.config.ftprules import PROTOCOL as FTP
from sslpool.config.ftprules import checkOthers, dataConnections, securityTag
from sslpool.config.portlist import PortEntry
from sslpool.config.securing import DYNAMIC_PROTOCOLS, SECURITY, Dynamic
from sslpool.config.sources import Sources
from sslpool.config.tokens import Findings
from sslpool.config.values import LABEL, isLabel

DEFAULT_SECURITY = "ALLOWED"
INTERNAL = "INTCLIEN"
"""
The stack itself as an application.
"""

_NOTHING = (None, "", "NONE")


def dynamic(entry: Entry, sources: Sources) -> tuple[Dynamic | None, str, str]:
    """
    Return what an application's entry says about connections that become secure on the way, the label that
    secures them, and what is asked of their clients.
    """
    if entry.nick == INTERNAL and "DYNAMIC" not in entry.tags:
        return internalClient(sources)
    protocol = _choice(entry, "DYNAMIC", DYNAMIC_PROTOCOLS, sources.findings)
    checkOthers(entry, protocol, sources.findings)
    if protocol is None:
        for name in ("TLSLABEL", "SECURECONNECTION"):
            if name in entry.tags and "DYNAMIC" not in entry.tags:
                sources.findings.add("SSLP702W", entry.place(name), tag=f":{name.lower()}.", nick=entry.nick)
        return _NOTHING
    security = _choice(entry, securityTag(entry, protocol), SECURITY, sources.findings) or DEFAULT_SECURITY
    label = entry.value("TLSLABEL")
    if label is not None and not isLabel(label):
        entry.wrong("TLSLABEL", label, LABEL, sources.findings)
    elif label is None and security != "NEVER" and protocol != FTP:
        sources.findings.add("SSLP701E", entry.place("DYNAMIC"), nick=entry.nick)
    data = dataConnections(entry, security, sources.findings) if protocol == FTP else None
    return Dynamic(protocol, security, data), label or "", "NONE"


def internalClient(sources: Sources) -> tuple[Dynamic | None, str, str]:
    """
    Return what INTERNALCLIENTPARMS says about Telnet, as of L{dynamic}; C{None} where nobody is to listen on the
    cleartext ports of INTCLIEN.
    """
    client = sources.profile.internalClient
    if client is None or client.secureConnection == "NEVER":
        return _NOTHING
    if client.label is None:
        sources.findings.add("SSLP704E", client.position, security=client.secureConnection)
    return Dynamic("TELNET", client.secureConnection), client.label or "", client.clientCertCheck


def applicationProtocols(dynamic: Dynamic | None) -> tuple[str, ...]:
    """
    Return the protocols of ALPN in which a client may begin with TLS at once.
    """
    return ("postgresql",) if dynamic is not None and dynamic.protocol == "POSTGRESQL" else ()


def _choice(entry: Entry, name: str, choices: tuple[str, ...], findings: Findings) -> str | None:
    value = entry.name(name)
    if value is None or value in choices:
        return value
    entry.wrong(name, value, " or ".join(choices), findings)
    return None


def isDynamic(entry: PortEntry, known: Mapping[str, Application], findings: Findings) -> bool:
    """
    Whether the stack listens on a cleartext port for an application whose connections become secure.
    """
    application = known.get(entry.userid)
    if application is None or application.dynamic is None or entry.protocol != "TCP" or entry.label is not None:
        return False
    if entry.first != entry.last:
        findings.add("SSLP703W", entry.position, first=entry.first, last=entry.last, userid=entry.userid)
        return False
    dynamic = application.dynamic
    if dynamic.protocol == FTP and not application.label and dynamic.security != "NEVER":
        # It may have only ports that are secure from the beginning; this one is not.
        findings.add("SSLP701E", entry.position, nick=entry.userid)
        return False
    return True
