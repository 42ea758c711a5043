# -*- test-case-name: tests.config.test_portrules -*-
"""
The tags about certificates of clients: C{:clientcert.} of an application, which names they may have, and
C{:clientcertcheck.} of the pool, which labels ask for one.  Pure; used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sslpool.config.configuration import SecurePort
from sslpool.config.dtcparms import Entry
from sslpool.config.portlist import CHECK_LEVELS
from sslpool.config.portpolicy import NamePattern
from sslpool.config.sources import Sources
from sslpool.config.values import isLabel

CLIENTCERT_EXPECTED = 'rules separated by commas, each of CN=, OU=, DNS= or URI= with a pattern, such as CN="Jane D*"'
CHECK_EXPECTED = "a label and NONE, PREFERRED or REQUIRED, several separated by commas"
_PATTERN = re.compile(r'(CN|OU|DNS|URI)=(?:"([^"]+)"|([^\s",]+))(?=[\s,]|$)', re.IGNORECASE)


def clientRules(entry: Entry, sources: Sources) -> tuple[tuple[NamePattern, ...], ...]:
    """
    Return the rules of C{:clientcert.}; none after a finding.
    """
    value = entry.value("CLIENTCERT") or ""
    rules: list[list[NamePattern]] = [[]]
    at = 0
    while at < len(value):
        if match := _PATTERN.match(value, at):
            rules[-1].append(NamePattern(match[1].upper(), match[2] or match[3]))
            at = match.end()
        elif value[at] == "," and rules[-1]:
            rules.append([])
            at += 1
        elif value[at].isspace():
            at += 1
        else:
            break
    if value and (at < len(value) or not rules[-1]):
        entry.wrong("CLIENTCERT", value[at:] or ",", CLIENTCERT_EXPECTED, sources.findings)
        return ()
    return tuple(tuple(rule) for rule in rules if rule)


def checkLabels(checks: Mapping[str, str], ports: Iterable[SecurePort], pool: Entry | None, sources: Sources) -> None:
    """
    Say which labels of C{:clientcertcheck.} no port has: one that is misspelled would ask nobody.
    """
    known = {name for port in ports for name in (port.label, *(label.name for label in port.policy.labels))}
    for label in checks:
        if pool is not None and label not in known:
            sources.findings.add("SSLP608W", pool.place("CLIENTCERTCHECK"), label=label)


def labelChecks(pool: Entry | None, sources: Sources) -> dict[str, str]:
    """
    Return the levels of C{:clientcertcheck.} by label.
    """
    tag = None if pool is None else pool.tags.get("CLIENTCERTCHECK")
    if pool is None or tag is None or not tag.text:
        return {}
    checks: dict[str, str] = {}
    for pair in tag.text.split(","):
        words = pair.split()
        if len(words) != 2 or not isLabel(words[0]) or words[1].upper() not in CHECK_LEVELS:
            pool.wrong("CLIENTCERTCHECK", pair.strip() or ",", CHECK_EXPECTED, sources.findings)
        else:
            if words[0] in checks:
                sources.findings.add("SSLP287W", tag.position, what=f"label {words[0]} in :clientcertcheck.")
            checks[words[0]] = CHECK_LEVELS[words[1].upper()]
    return checks
