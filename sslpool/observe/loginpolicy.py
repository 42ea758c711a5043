# -*- test-case-name: tests.observe.test_login -*-
"""
Who may come in to the manhole.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import field, frozen, mutable
from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from sslpool.config.current import Current
from sslpool.messages.announce import announce, announceFault
from sslpool.observe.logindelays import LoginDelays
from sslpool.pool.peers import keyOf
from sslpool.wire.manhole import clientOf

REPORT_INTERVAL = 10.0
"""
The least time between two messages about tries that were not looked at, in seconds.
"""


@frozen
class Visitor:
    """
    Who has connected.

    @ivar address: the client's address and port, for people.
    @ivar host: what stands for him where tries are counted.
    """

    address: str
    host: str

    @classmethod
    def named(cls, name: object) -> Visitor:
        """
        Return who comes by a socket of this name.
        """
        client = clientOf(name)
        host = client.rpartition(":")[0].removeprefix("[").removesuffix("]")
        return cls(client or "an unknown address", keyOf(host))


@mutable
class LoginPolicy:
    """
    Decides who comes in.

    @ivar clock: the reactor's clock.
    @ivar verify: tells, in time, whether a user ID has this password.
    @ivar current: the configuration in effect, with the OBEY list.
    @ivar delays: says when a password is looked at.
    """

    clock: IReactorTime
    verify: Callable[[str, bytes], Deferred[bool]]
    current: Current
    delays: LoginDelays = field(init=False)
    _one: DeferredLock = field(factory=DeferredLock, init=False)
    _quietUntil: float = field(default=0.0, init=False)
    log: Logger = field(factory=Logger)

    @delays.default
    def _makeDelays(self) -> LoginDelays:
        return LoginDelays(self.clock)

    def book(self, userid: str, visitor: Visitor) -> float | None:
        """
        Return in how many seconds a password is looked at; C{None} where it is not.
        """
        pause = self.delays.book(userid, visitor.host)
        now = self.clock.seconds()
        if pause is None and now >= self._quietUntil:
            self._quietUntil = now + REPORT_INTERVAL
            self._refused(userid, visitor, "too many tries; the password was not checked")
        return pause

    async def admits(self, userid: str, password: bytes, visitor: Visitor) -> bool:
        """
        Whether somebody comes in, whose try is due; a refusal is logged.
        """
        try:
            # One at a time: each takes a processor, and some memory, for a moment.
            right: bool = await self._one.run(self.verify, userid, password)
        except Exception:
            # Also a password file that is broken: nobody comes in, and the stack goes on.
            announceFault(self.log, "a password was checked", Failure())
            right = False
        if right and userid in self.current.configuration.obey:
            self.delays.right(userid, visitor.host)
            return True
        self._refused(userid, visitor, "the user ID is not in the OBEY list" if right else "wrong user ID or password")
        return False

    def _refused(self, userid: str, visitor: Visitor, reason: str) -> None:
        who = userid or "an invalid user ID"
        announce(self.log, "SSLP653W", userid=who, address=visitor.address, reason=reason)
