# -*- test-case-name: tests.config.test_definitions -*-
"""
Which DTCPARMS entry counts: the search over the files, and the defaults that a class gives to
its servers.  Pure; used in the stack process and by C{sslpool check}.

A server is looked for in C{<server>.DTCPARMS}, C{<node>.DTCPARMS}, C{SYSTEM.DTCPARMS} and C{IBM.DTCPARMS}; the first
file that has it counts.  Its class is looked for in the same way, and may be in another file.
"""

from __future__ import annotations

from collections.abc import Mapping

from sslpool.config.dtcparms import Entry, parseDtcparms
from sslpool.config.tokens import Findings

SUFFIX = ".DTCPARMS"


def findServers(files: Mapping[str, str], node: str, findings: Findings) -> dict[str, Entry]:
    """
    Return the entry that counts for each server, with the defaults of its class, by the server's name.

    @param files: names and texts of the configuration files.
    @param node: the name of this machine, in upper case.
    """
    parsed = {
        name.removesuffix(SUFFIX): parseDtcparms(name, text, findings)
        for name, text in sorted(files.items())
        if name.endswith(SUFFIX)
    }
    common = [owner for owner in dict.fromkeys((node, "SYSTEM", "IBM")) if owner in parsed]
    servers: dict[str, Entry] = {}
    for owner in (*(each for each in parsed if each not in common), *common):
        private = None if owner in common else owner
        for entry in parsed[owner]:
            if entry.kind == "SERVER" and _belongs(entry, private, findings):
                servers.setdefault(entry.nick, entry)
    classes = {
        owner: {each.nick: each for each in entries if each.kind == "CLASS"} for owner, entries in parsed.items()
    }
    return {nick: _withClass(entry, classes, common, findings) for nick, entry in servers.items()}


def _belongs(entry: Entry, private: str | None, findings: Findings) -> bool:
    """
    A file with a server's name serves that server only.
    """
    if private is None or entry.nick.removesuffix("*") == private:
        return True
    findings.add("SSLP234W", entry.position, nick=entry.nick, owner=private)
    return False


def _withClass(
    entry: Entry, classes: Mapping[str, Mapping[str, Entry]], common: list[str], findings: Findings
) -> Entry:
    name = entry.name("CLASS")
    if name is None:
        return entry
    for owner in (entry.nick.removesuffix("*"), *common):
        found = classes.get(owner, {}).get(name)
        if found is not None:
            return entry.withDefaults(found)
    findings.add("SSLP235W", entry.place("CLASS"), name=name, nick=entry.nick)
    return entry
