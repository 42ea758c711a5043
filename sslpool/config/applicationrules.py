# -*- test-case-name: tests.config.test_applicationrules -*-
"""
The tags of an application that say as whom it is met: C{:source.}, from which address servers connect
to it, and C{:user.}, as whom AUTOLOG starts it.  Pure; used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

import ipaddress
import re

from sslpool.config.dtcparms import Entry
from sslpool.config.tokens import Findings
from sslpool.config.values import hostAndPort, ipAddress, isDestination, listeningAddress

SOURCE_EXPECTED = "an IPv4 or IPv6 address of this machine"
USER_EXPECTED = "the name of one of the system's users, or a number"

#: What useradd accepts (shadow's NAME_REGEX without its last character), and numbers.
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}")
_HIGHEST_UID = 2**32 - 2


def sourceOf(entry: Entry, findings: Findings) -> str:
    """
    Return the address of an application's C{:source.}; empty where there is none, or after a finding.
    """
    value = entry.value("SOURCE")
    if value is None:
        return ""
    place, address = entry.place("SOURCE"), entry.value("ADDRESS")
    found = sourceAddress(value)
    if found is None:
        entry.wrong("SOURCE", value, SOURCE_EXPECTED, findings)
        return ""
    if address is None:
        reason = "it has no :address."
        findings.add("SSLP203I", place, what=f":source. of {entry.nick}", reason=reason)
        return ""
    reason = unfitting(found, address)
    if reason:
        findings.add("SSLP277E", place, source=found, address=address, reason=reason)
        return ""
    return found


def sourceAddress(text: str) -> str | None:
    """
    Return an address from which one can connect, in its usual form, or C{None} where C{text} is none.
    """
    if ipAddress(text) is None:
        return None
    try:
        found = listeningAddress(text)
    except ValueError:
        return None
    return None if ipaddress.ip_address(found).is_unspecified else found


def unfitting(source: str, address: str) -> str:
    """
    Return why nobody can connect from an address to an application's; empty where that is not known
    to be so, and where C{address} is none.
    """
    if not isDestination(address):
        return ""
    if address.startswith("/"):
        return "connections to a UNIX socket have no address"
    target = hostAndPort(address)
    host = None if target is None else ipAddress(target[0])
    if host is None:  # a name: what is behind it is found out later
        return ""
    versions = [ipaddress.ip_address(each).version for each in (source, host)]
    return "" if versions[0] == versions[1] else f"one is IPv{versions[0]}, the other IPv{versions[1]}"


def userOf(entry: Entry, findings: Findings) -> str:
    """
    Return an application's C{:user.}; empty where there is none, or after a finding.
    """
    value = entry.value("USER")
    if value is None:
        return ""
    place = entry.place("USER")
    if _USER.fullmatch(value) is None or (value.isdigit() and int(value) > _HIGHEST_UID):
        entry.wrong("USER", value, USER_EXPECTED, findings)
        return ""
    if entry.value("COMMAND") is None:
        reason = "it has no :command."
        findings.add("SSLP203I", place, what=f":user. of {entry.nick}", reason=reason)
        return ""
    return value
