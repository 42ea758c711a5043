# -*- test-case-name: tests.manager.test_growth -*-
"""
Other limits and another number of members while the pool runs.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from zope.interface import implementer

from sslpool.config.configuration import Configuration
from sslpool.config.limits import Limits
from sslpool.interfaces import IReconfigurable, Preparation
from sslpool.manager.member import Member
from sslpool.manager.pool import Pool


@implementer(IReconfigurable)
class PoolGrowth:
    """
    Has the pool follow SSLLIMITS and POOL HIGH.

    Lowered limits cut nothing: nothing new is accepted until the pool is below them.  A member that is no longer wanted
    takes no new sessions, and is gone when its running ones have ended or the quiesce time is over.

    @param makeMember: makes a member from its index and name.
    """

    def __init__(self, pool: Pool, makeMember: Callable[[int, str], Member]) -> None:
        self._pool = pool
        self._makeMember = makeMember

    def prepare(self, configuration: Configuration) -> Preparation:
        return Preparation(partial(self.follow, configuration.limits, configuration.members))

    def follow(self, limits: Limits, userids: Sequence[str]) -> None:
        """
        Take other limits and members.
        """
        pool = self._pool
        pool.setLimits(limits)
        for member in list(pool.members):
            pool.want(member, member.index < len(userids))
        for index in range(len(pool.members), len(userids)):
            pool.add(self._makeMember(index, userids[index]))
        pool.room.roomChanged()
