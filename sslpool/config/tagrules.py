# -*- test-case-name: tests.config.test_tagrules -*-
"""
The rules about tags of the pool's entry that say how it finds its place on the system: C{:mount.}, C{:timezone.},
C{:owner.}, and the segment's name in C{:dcss_parms.}.  Pure; used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

import re

from sslpool.config.configuration import DEFAULT_PAGES, Mount
from sslpool.config.dtcparms import Entry
from sslpool.config.poolrules import isSegment
from sslpool.config.sources import SSL_CLASS, Sources
from sslpool.config.values import USERID, isUserid

DEFAULT_OWNER = "TCPMAINT"

MOUNT_EXPECTED = "pairs of a source and an absolute target directory, each perhaps with WATCH, separated by commas"
TIMEZONE_EXPECTED = (
    "a time zone as POSIX has it, at most 14 hours from UTC, such as EST5EDT or CET-1CEST,M3.5.0,M10.5.0/3"
)

#: What paths in z/VM's byte file system begin with.
_BYTE_FILE_SYSTEM = "/../VMBFS:"

_FURTHEST = 14
_ZONE_NAME = r"(?:[A-Z]{3,10}|<[A-Z0-9+-]{3,10}>)"
_HOURS = r"[+-]?[0-9]{1,3}(?::[0-5][0-9]){0,2}"
_DAY = rf"(?:M(?:[1-9]|1[0-2])\.[1-5]\.[0-6]|J?[0-9]{{1,3}})(?:/{_HOURS})?"
#: TZ without the colon form, POSIX.1-2024 section 8.3.
_TIME_ZONE = re.compile(
    rf"{_ZONE_NAME}({_HOURS})(?:{_ZONE_NAME}({_HOURS})?(?:,{_DAY},{_DAY})?)?", re.IGNORECASE | re.ASCII
)


def mounts(pool: Entry, sources: Sources) -> tuple[Mount, ...]:
    """
    Return the pairs of the pool's C{:mount.} that are about directories of this system.
    """
    tag = pool.tags.get("MOUNT")
    pairs = [] if tag is None or not tag.text else [pair.split() for pair in tag.text.split(",")]
    found = []
    for pair in pairs:
        place = pool.place("MOUNT")
        watch = len(pair) == 3 and pair[2].upper() == "WATCH"
        if not (len(pair) == 2 or watch) or not pair[1].startswith("/"):
            read = " ".join(pair) or "nothing"
            pool.wrong("MOUNT", read, MOUNT_EXPECTED, sources.findings)
        elif pair[0].upper().startswith(_BYTE_FILE_SYSTEM):
            reason = "it is a z/VM file space; KEYFILE is used as it is written"
            sources.findings.add("SSLP203I", place, what=f":mount. {pair[0]}", reason=reason)
        else:
            found.append(Mount(pair[0], pair[1], place, watch))
    return tuple(found)


def timeZone(pool: Entry, sources: Sources) -> str | None:
    """
    Return the pool's C{:timezone.}, or C{None} for the system's time zone.
    """
    value = pool.value("TIMEZONE")
    if value is None or _isTimeZone(value):
        return value
    pool.wrong("TIMEZONE", value, TIMEZONE_EXPECTED, sources.findings)
    return None


def _isTimeZone(text: str) -> bool:
    """
    Whether C{text} is a time zone that there can be: no place is further from UTC than L{_FURTHEST} hours.
    """
    match = _TIME_ZONE.fullmatch(text)
    return match is not None and all(hours is None or _seconds(hours) <= _FURTHEST * 3600 for hours in match.groups())


def _seconds(hours: str) -> int:
    """
    Return how long C{hh}, C{hh:mm} or C{hh:mm:ss} is, whatever its sign.
    """
    parts = [int(part) for part in hours.lstrip("+-").split(":")]
    return sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))


def owner(pool: Entry, sources: Sources) -> str:
    """
    Return the userid of the pool's C{:owner.}, to which consoles are delivered.
    """
    value = pool.name("OWNER")
    if value is None or isUserid(value):
        return value or DEFAULT_OWNER
    pool.wrong("OWNER", value, USERID, sources.findings)
    return DEFAULT_OWNER


def checkOthers(pool: Entry, sources: Sources) -> None:
    """
    Say that the tags have no effect in entries of other servers.
    """
    for entry in sources.servers.values():
        if entry.nick == pool.nick or entry.name("CLASS") == SSL_CLASS:
            continue
        for name in ("MOUNT", "OWNER", "SANDBOX", "TIMESTAMP", "TIMEZONE"):
            if name in entry.tags:
                what, reason = f":{name.lower()}. of {entry.nick}", "it is for SSL servers"
                sources.findings.add("SSLP203I", entry.place(name), what=what, reason=reason)


def segment(agent: Entry, sources: Sources) -> tuple[str, str]:
    """
    Return name and pages of the shared segment: those in C{:dcss_parms.} of the stack's entry, or
    of the agent's; otherwise the stack's userid, as NAMESAVE has it, and the pages of z/VM.
    """
    stack = sources.servers.get(sources.stack)
    stacks = None if stack is None else _segmentOf(stack, sources)
    agents = _segmentOf(agent, sources)
    if stacks and agents and stacks[0] != agents[0]:
        place = agent.place("DCSS_PARMS")
        fields = {"nick": agent.nick, "found": agents[0], "stack": sources.stack, "expected": stacks[0]}
        sources.findings.add("SSLP292W", place, **fields)
    return stacks or agents or (sources.stack, DEFAULT_PAGES)


def _segmentOf(entry: Entry, sources: Sources) -> tuple[str, str] | None:
    value = entry.name("DCSS_PARMS") or ""
    name, _, pages = value.partition(" ")
    if not pages or not isSegment(value):
        return None
    reason = "the segment has the size that it needs; QUERY NSS shows the first page"
    sources.findings.add("SSLP203I", entry.place("DCSS_PARMS"), what=f"{pages} in :dcss_parms.", reason=reason)
    return name, pages
