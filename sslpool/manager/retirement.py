# -*- test-case-name: tests.manager.test_retirement -*-
"""
Members that are not needed any more go back to Eligible.  Lives in the stack process.
"""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from sslpool.manager.pool import Pool
from sslpool.messages.announce import announce
from sslpool.pool.states import Event, State
from sslpool.repeating import Repeating

RETIREMENT = 600.0
"""
How long a member may be empty before its process goes, in seconds; never the first one.
"""


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
