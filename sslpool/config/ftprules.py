# -*- test-case-name: tests.config.test_ftprules -*-
"""
The rules about FTP applications: how far control and data connections are secured, and where
clients find them.  Pure; used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address

from attrs import evolve

from sslpool.config.dtcparms import Entry
from sslpool.config.securing import SECURITY, DataConnections, Dynamic, Implicit, Plain
from sslpool.config.tokens import Findings

PROTOCOL = "FTP"
DATA_EXPECTED = "NEVER, ALLOWED, PREFERRED or REQUIRED, and REUSE (or it alone) where the TLS session is to be resumed"
PASSIVE_EXPECTED = "an IPv4 address, a range of ports such as 50000-50999, or both"

_RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")


def dataConnections(entry: Entry, control: str, findings: Findings) -> DataConnections:
    """
    Return what an FTP application's entry says about its data connections.

    @param control: what it says about control connections, one of L{SECURITY}.
    """
    data = DataConnections()
    value = entry.name("SECUREDATA")
    if value is not None:
        words = value.split()
        reuse = words[-1:] == ["REUSE"]
        levels = words[:-1] if reuse else words
        if (len(levels) == 1 and levels[0] in SECURITY) or (reuse and not levels):
            data = evolve(data, security=levels[0] if levels else data.security, reuse=reuse)
        else:
            entry.wrong("SECUREDATA", value, DATA_EXPECTED, findings)
    if (data.security, control) == ("REQUIRED", "NEVER"):
        tag = securityTag(entry, PROTOCOL).lower()
        findings.add("SSLP781W", entry.place("SECUREDATA"), nick=entry.nick, tag=tag)
    value = entry.value("PASSIVE")
    return data if value is None else _passive(entry, value, data, findings)


def _passive(entry: Entry, value: str, data: DataConnections, findings: Findings) -> DataConnections:
    words = value.split()
    if len(words) <= 2:
        ports = _RANGE.fullmatch(words[-1])
        if ports is not None and 1024 <= int(ports[1]) <= int(ports[2]) < 65536:
            data = evolve(data, first=int(ports[1]), last=int(ports[2]))
            words.pop()
        if not words:
            return data
        if len(words) == 1 and _isAddress(words[0]):
            return evolve(data, address=words[0])
    entry.wrong("PASSIVE", value, PASSIVE_EXPECTED, findings)
    return data


def _isAddress(word: str) -> bool:
    try:
        return not IPv4Address(word).is_unspecified
    except AddressValueError:
        return False


def checkOthers(entry: Entry, protocol: str | None, findings: Findings) -> None:
    """
    Say that the tags have no effect in entries of other applications.
    """
    if protocol == PROTOCOL:
        return
    for name in ("SECURECONTROL", "SECUREDATA", "PASSIVE"):
        if name in entry.tags:
            findings.add("SSLP780W", entry.place(name), tag=f":{name.lower()}.", nick=entry.nick)


def securityTag(entry: Entry, protocol: str) -> str:
    """
    Return the name of the tag that says whether connections to an application have to be secured.
    """
    return "SECURECONTROL" if protocol == PROTOCOL and "SECURECONTROL" in entry.tags else "SECURECONNECTION"


def implicit(dynamic: Dynamic | None) -> Implicit | Plain:
    """
    Return what goes for a port with SECURE: FTP is understood there as well, because of its data connections.
    """
    if dynamic is None or dynamic.data is None or dynamic.security == "NEVER":
        return Plain()
    return Implicit(PROTOCOL, dynamic.data)


def dataText(data: DataConnections | None) -> str:
    """
    Return what goes for data connections, for a list of changes; empty where there are none.
    """
    if data is None:
        return ""
    words = ["data", data.security, "REUSE" if data.reuse else "", data.address]
    if data.first:
        words.append(f"{data.first}-{data.last}")
    return " ".join(word for word in words if word)
