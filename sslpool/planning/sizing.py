# -*- test-case-name: tests.planning.test_sizing -*-
"""
How large a pool should be: the source document's sizing rule.  Pure; used by C{sslpool}.

Up to 100 sessions at once one server suffices; up to 600, five servers with 120 sessions each keep
the load of a server low; above that the defaults, five servers with 600 each.  The document ends
there: beyond 3000 sessions we add servers, and only then sessions for each (at most 1000).
"""

from __future__ import annotations

from attrs import frozen

from sslpool.config.directoryrules import DEFAULT_HIGH, MOST_SERVERS
from sslpool.config.limits import Limits
from sslpool.config.profile import MOST_PER_SERVER
from sslpool.messages import operatorError

SINGLE = 100
"""
Sessions for which one server suffices.
"""

MODERATE = 600
"""
Sessions up to which five servers are meant to keep the load of each low.
"""

MOST_SESSIONS = MOST_SERVERS * MOST_PER_SERVER
"""
Sessions that the largest pool can have.
"""


@frozen
class PoolSize:
    """
    The size of a pool.

    @ivar servers: how many servers it has (HIGH of the POOL statement).
    @ivar maxSessions: MAXSESSIONS.
    @ivar maxPerServer: MAXPERSSLSERVER.
    """

    servers: int
    maxSessions: int
    maxPerServer: int

    @property
    def sessions(self) -> int:
        """
        How many sessions there can be at once.
        """
        return min(self.maxSessions, self.servers * self.maxPerServer)


def recommended(sessions: int) -> PoolSize:
    """
    Return the size for so many concurrent secure sessions.

    @param sessions: the most there will be at once, 1 or more.
    @raise sslpool.messages.OperatorError: SSLP553E, no pool can be that large.
    """
    if sessions > MOST_SESSIONS:
        raise operatorError("SSLP553E", sessions=sessions, most=MOST_SESSIONS)
    if sessions <= SINGLE:
        return PoolSize(1, SINGLE, SINGLE)
    if sessions <= MODERATE:
        return PoolSize(DEFAULT_HIGH, MODERATE, MODERATE // DEFAULT_HIGH)
    usual = Limits().maxPerServer
    servers = min(max(DEFAULT_HIGH, _share(sessions, usual)), MOST_SERVERS)
    return sized(servers, sessions)


def sized(servers: int, sessions: int | None = None) -> PoolSize:
    """
    Return the size of a pool with so many servers.

    @param sessions: the most sessions there will be at once; C{None} is MAXPERSSLSERVER's default for each server.
    @raise sslpool.messages.OperatorError: SSLP517E, there are too few servers for that.
    """
    usual = Limits().maxPerServer
    each = usual if sessions is None else max(_share(sessions, servers), min(usual, _usualShare(sessions, servers)))
    if each > MOST_PER_SERVER:
        most = servers * MOST_PER_SERVER
        raise operatorError("SSLP517E", servers=servers, sessions=sessions, most=most, least=MOST_PER_SERVER)
    return PoolSize(servers, servers * each, each)


def _usualShare(sessions: int, servers: int) -> int:
    """
    What the rule gives each server where the number of servers is the rule's own.
    """
    if sessions <= SINGLE:
        return _share(SINGLE, servers)
    return _share(MODERATE, servers) if sessions <= MODERATE else Limits().maxPerServer


def _share(sessions: int, servers: int) -> int:
    return -(-sessions // servers)
