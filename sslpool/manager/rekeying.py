# -*- test-case-name: tests.manager.test_rekeying -*-
"""
Ticket keys that no process has had: another agent, and servers that are replaced one
after another.  Lives in the stack process.

Whoever has read the memory of a server has the keys that it was forked with, those to come among them.  Only another
agent has keys that nobody has seen.  It is there before the earlier one goes; each server has its successor before it
quiesces, and goes on until its last session has ended.  The same is done when the keys of an agent are used up.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from sslpool.interfaces import IStarter
from sslpool.manager.member import Member
from sslpool.manager.pool import Pool
from sslpool.manager.sessioncache import SessionCache
from sslpool.messages import OperatorError, Said, said
from sslpool.messages.announce import announce, announceFault, announceSaid
from sslpool.pool.states import Event, State
from sslpool.repeating import Repeating

LOOK = 60.0
"""
How often it is looked whether keys are left, in seconds.
"""

PAUSE = 600.0
"""
How long after another agent could not be started that is tried again, in seconds.
"""

ENDLESS = 10 * 366 * 86400
"""
How long a server whose place is taken may go on, in seconds: until its last session has ended.
"""

ATTEMPTS = 3
"""
How often a server is replaced whose successor comes to nothing.
"""


class Rekeying(Repeating):
    """
    Replaces agent and servers.

    @param reactor: its clock.
    @param pool: the pool.
    @param starter: makes servers.
    @param cache: knows whether keys are left.
    @param agent: the agent's userid.
    """

    log = Logger()

    def __init__(self, reactor: IReactorTime, pool: Pool, starter: IStarter, cache: SessionCache, agent: str) -> None:
        super().__init__(reactor, LOOK, self._look, "ticket keys were checked")
        self._pool = pool
        self._starter = starter
        self._cache = cache
        self._agent = agent
        self._lock = DeferredLock()
        self._notBefore = 0.0

    async def renew(self, reason: str) -> list[Said]:
        """
        Have all servers use keys that no process has had.

        @param reason: why, as an operator would say it.
        @return: the messages about it.
        @raise OperatorError: there is no other agent; all go on with the keys that they have.
        """
        await self._lock.acquire()
        try:
            await self._starter.renew()
            behind = [member.userid for member in list(self._pool.members) if not await self._replace(member, reason)]
        finally:
            self._lock.release()
        return [said("SSLP192E", server=userid) for userid in behind] or [said("SSLP170I")]

    async def _replace(self, member: Member, reason: str) -> bool:
        """
        Have a member's process replaced by one of the present agent, unless that has made it; tell whether
        its connections begin with the keys of that now.
        """
        for _ in range(ATTEMPTS):
            if self._isCurrent(member):
                return True
            settled = self._pool.whenSettled(member)
            if member.state is State.ACTIVE and member.successor is None:
                self._pool.happen(member, Event.RESTART, reason, ENDLESS)
            await settled
        return self._isCurrent(member)

    def _isCurrent(self, member: Member) -> bool:
        process = member.process
        return process is None or process.asked or self._starter.isCurrent(process.launch)

    def _look(self) -> None:
        now = self._reactor.seconds()
        if now < self._notBefore or self._lock.locked or not self._cache.usedUp:
            return
        announce(self.log, "SSLP193I", agent=self._agent)
        turn = Deferred.fromCoroutine(self._renewUsedUp())
        turn.addErrback(lambda failure: announceFault(self.log, "ticket keys were renewed", failure))

    async def _renewUsedUp(self) -> None:
        try:
            messages = await self.renew("the ticket keys are used up")
        except OperatorError as error:
            self._notBefore = self._reactor.seconds() + PAUSE
            messages = [error.said]
        for message in messages:
            announceSaid(self.log, message)
