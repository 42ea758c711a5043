# -*- test-case-name: tests.config.test_directoryrules -*-
"""
The rules about the CP directory: how many servers there can be, what each is granted, and whether the directory agrees
with the other files.  Pure; used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

from attrs import evolve, frozen

from sslpool.config.configuration import Machine, Position
from sslpool.config.directory import Directory, DirectoryEntry, Pool
from sslpool.config.dtcparms import Entry
from sslpool.config.limits import Limits
from sslpool.config.sources import Sources

#: How many servers there can be where the directory does not say.
DEFAULT_HIGH = 5
#: The most servers of a pool.
MOST_SERVERS = 256

#: What a server needs for itself, in octets: measured 36 MiB of data, without a session.
SERVER_STORAGE = 40 << 20
#: What a session needs at most, in octets: measured 110 KiB where neither side reads.
SESSION_STORAGE = 128 << 10
#: What a label needs, in octets: measured 60 KiB.
LABEL_STORAGE = 64 << 10
#: A server with less storage than this, in octets, has no reserve for certificates and reports.
LEAST_STORAGE = 64 << 20


@frozen
class Grant:
    """
    What the directory grants the servers.

    @ivar high: how many there can be.
    @ivar machine: what the process of each of them is granted.
    @ivar connections: how many connections each of them may have, MAXCONN; C{None} is no bound.
    @ivar position: where that stands.
    """

    high: int
    machine: Machine
    connections: int | None
    position: Position


def _granted(high: int, user: DirectoryEntry | None, profile: DirectoryEntry | None, sources: Sources) -> Grant:
    if user is None:
        return Grant(high, Machine(), None, sources.profile.whole)
    bound = next((each for each in (user, profile) if each is not None and each.connections is not None), user)
    return Grant(high, user.machine(profile), bound.connections, bound.connectionsPosition or user.position)


def servers(pool: Entry, sources: Sources) -> Grant:
    """
    Return how many servers there can be, and what each of them is granted.
    """
    userid = pool.nick.removesuffix("*")
    directory = sources.directory
    user = None if directory is None else directory.users.get(userid)
    if not pool.nick.endswith("*"):
        return _granted(1, user, None, sources)
    if directory is None or user is None or user.pool is None:
        where = sources.profile.whole if directory is None else directory.whole
        sources.findings.add("SSLP260I", where, userid=userid, high=DEFAULT_HIGH)
        return _granted(DEFAULT_HIGH, user, None, sources)
    _checkBounds(user.pool, sources)
    profile = _profile(user.pool, userid, directory, sources)
    _checkNameSave(user, profile, sources)
    # Where HIGH is wrong, that has been said; nothing else is concluded from it.
    return _granted(MOST_SERVERS if user.pool.high is None else user.pool.high, user, profile, sources)


def _checkBounds(pool: Pool, sources: Sources) -> None:
    if pool.low != 1:
        sources.findings.add("SSLP261E", pool.position, low=pool.low)
    if pool.high is not None and not 1 <= pool.high <= MOST_SERVERS:
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


def limits(pool: Entry, grant: Grant, sources: Sources) -> Limits:
    """
    Return the limits in effect: those of SSLLIMITS, as far as the directory grants them.  Where MAXSESSIONS is not
    given, it is what the servers reach together.
    """
    wanted = sources.profile.limits
    if grant.connections is not None and grant.connections < wanted.maxPerServer:
        fields = {"most": grant.connections, "each": wanted.maxPerServer}
        sources.findings.add("SSLP272W", grant.position, **fields)
        wanted = evolve(wanted, maxPerServer=grant.connections)
    if not sources.profile.total:
        wanted = evolve(wanted, maxSessions=wanted.maxPerServer * grant.high)
    _checkLimits(wanted, grant.high, sources)
    _checkStorage(wanted, grant.machine, pool.nick.removesuffix("*"), sources)
    return wanted


def neededStorage(sessions: int, labels: int = 0) -> int:
    """
    Return what a server with so many sessions may need, in octets, with labels that are there
    twice while they are refreshed.
    """
    return max(LEAST_STORAGE, SERVER_STORAGE + sessions * SESSION_STORAGE + 2 * labels * LABEL_STORAGE)


def _checkStorage(limits: Limits, machine: Machine, userid: str, sources: Sources) -> None:
    """
    Check that the storage, which becomes a limit of the process, suffices for the sessions.
    """
    needed = neededStorage(limits.maxPerServer)
    user = None if sources.directory is None else sources.directory.users.get(userid)
    if user is not None and machine.most is not None and machine.most < needed:
        fields = {"found": machine.most >> 20, "each": limits.maxPerServer, "needed": -(-needed >> 20)}
        sources.findings.add("SSLP271W", user.position, userid=userid, **fields)


def _checkLimits(limits: Limits, high: int, sources: Sources) -> None:
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
