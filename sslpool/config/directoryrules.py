# -*- test-case-name: tests.config.test_directoryrules -*-
"""
The rules about the CP directory: how many servers there can be, what each is granted, and
whether the directory agrees with the other files.  Pure; used in the stack process and by
C{sslpool check}.
"""

from __future__ import annotations

from sslpool.config.configuration import Limits, Machine
from sslpool.config.directory import Directory, DirectoryEntry, Pool
from sslpool.config.dtcparms import Entry
from sslpool.config.sources import Sources

#: How many servers there can be where the directory does not say.
DEFAULT_HIGH = 5
#: The most servers of a pool.
MOST_SERVERS = 256


def servers(pool: Entry, sources: Sources) -> tuple[int, Machine]:
    """
    Return how many servers there can be, and what each of them is granted.
    """
    userid = pool.nick.removesuffix("*")
    directory = sources.directory
    user = None if directory is None else directory.users.get(userid)
    if not pool.nick.endswith("*"):
        return 1, Machine() if user is None else user.machine(None)
    if directory is None or user is None or user.pool is None:
        where = sources.profile.whole if directory is None else directory.whole
        sources.findings.add("SSLP260I", where, userid=userid, high=DEFAULT_HIGH)
        return DEFAULT_HIGH, Machine() if user is None else user.machine(None)
    _checkBounds(user.pool, sources)
    profile = _profile(user.pool, userid, directory, sources)
    _checkNameSave(user, profile, sources)
    return user.pool.high, user.machine(profile)


def _checkBounds(pool: Pool, sources: Sources) -> None:
    if pool.low != 1:
        sources.findings.add("SSLP261E", pool.position, low=pool.low)
    if not 1 <= pool.high <= MOST_SERVERS:
        sources.findings.add("SSLP262E", pool.position, high=pool.high, most=MOST_SERVERS)


def _profile(pool: Pool, userid: str, directory: Directory, sources: Sources) -> DirectoryEntry | None:
    if pool.profile is None or pool.profile not in directory.profiles:
        sources.findings.add("SSLP264W", pool.position, profile=pool.profile or "none", userid=userid)
        return None
    for other in directory.users.values():
        if other.name != userid and other.pool is not None and other.pool.profile == pool.profile:
            sources.findings.add("SSLP265W", other.pool.position, profile=pool.profile, userid=userid, other=other.name)
    return directory.profiles[pool.profile]


def _checkNameSave(user: DirectoryEntry, profile: DirectoryEntry | None, sources: Sources) -> None:
    """
    NAMESAVE names the shared segment, and so the stack.
    """
    segments = user.nameSave + ([] if profile is None else profile.nameSave)
    if sources.stack in segments:
        return
    place = user.nameSavePosition or (profile and profile.nameSavePosition) or user.position
    found = " ".join(segments) or "none"
    sources.findings.add("SSLP263W", place, userid=user.name, found=found, stack=sources.stack)


def checkAgent(agent: Entry, sources: Sources) -> None:
    """
    Check the agent's own directory entry, where there is a directory.
    """
    if sources.directory is None:
        return
    user = sources.directory.users.get(agent.nick)
    if user is None:
        sources.findings.add("SSLP267W", sources.directory.whole, userid=agent.nick)
        return
    if "E" not in user.classes:
        sources.findings.add("SSLP266W", user.position, userid=agent.nick, found=user.classes or "none")
    included = (sources.directory.profiles.get(name) for name in user.includes)
    profile = next((each for each in included if each is not None and each.nameSave), None)
    _checkNameSave(user, profile, sources)


def checkLimits(limits: Limits, high: int, sources: Sources) -> None:
    """
    Check that the pool can do what SSLLIMITS promises.
    """
    place = sources.profile.limitsPosition
    if limits.maxSessions % limits.maxPerServer:
        sources.findings.add("SSLP213W", place, total=limits.maxSessions, each=limits.maxPerServer)
    reach = limits.maxPerServer * high
    if reach < limits.maxSessions:
        sources.findings.add(
            "SSLP219W", place, total=limits.maxSessions, each=limits.maxPerServer, high=high, reach=reach
        )
