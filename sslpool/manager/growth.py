# -*- test-case-name: tests.manager.test_growth,tests.manager.test_retirement -*-
"""
How the pool changes while it runs: other limits, more members or fewer, and those that are not needed any more go back
to Eligible.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from zope.interface import implementer

from sslpool.config.configuration import Configuration
from sslpool.config.limits import Limits
from sslpool.interfaces import IReconfigurable, Preparation
from sslpool.manager.member import Member
from sslpool.manager.pool import Pool
from sslpool.messages.announce import announce
from sslpool.pool.states import Event, State
from sslpool.repeating import Repeating

RETIREMENT = 600.0
"""
How long a member may be empty before its process goes, in seconds; never the first one.
"""


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


class Retirement(Repeating):
    """
    Looks now and then which members have been empty for L{RETIREMENT}.

    @param reactor: its clock.
    @param pool: the pool.
    """

    log = Logger()

    def __init__(self, reactor: IReactorTime, pool: Pool) -> None:
        super().__init__(reactor, RETIREMENT / 10, self._look, "superfluous members were looked for")
        self._pool = pool

    def _look(self) -> None:
        now = self._reactor.seconds()
        for member in self._pool.members[1:]:
            if member.state is not State.ACTIVE:
                continue
            if member.sessions or member.region.data or member.total != member.totalSeen:
                member.totalSeen = member.total
                member.emptySince = now
            elif now - member.emptySince >= RETIREMENT:
                announce(self.log, "SSLP107I", server=member.userid, minutes=f"{RETIREMENT / 60:.0f}")
                self._pool.happen(member, Event.RETIRE, "was not needed any more")
