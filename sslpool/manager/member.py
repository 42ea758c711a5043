# -*- test-case-name: tests.manager.test_member -*-
"""
One member of the pool: its state, its process, its counters.  Lives in the
stack process.
"""

from __future__ import annotations

from zope.interface import implementer

from sslpool.interfaces import IChosen, IHandoff, IServerLink
from sslpool.pool.segment import Region
from sslpool.pool.states import State
from sslpool.reports.records import ServerStatus

HEALTHY = 60.0
"""
A server that has run for so long, in seconds, is not in a series of deaths.
"""

LONGEST_DELAY = 60.0
"""
The longest time between a death and the next start, in seconds.
"""


class Process:
    """
    A server process of a member, from the decision to make it to its end.

    @ivar link: the control connection.
    @ivar launch: the number of its launch.
    @ivar began: when it was decided, by the stack's clock, in seconds.
    @ivar pid: its process id, or 0 while it is not known.
    @ivar asked: it has been asked to end.
    @ivar unlinked: its control connection has ended.
    @ivar failure: the message why it cannot serve, or empty.
    """

    def __init__(self, link: IServerLink, began: float) -> None:
        self.link = link
        self.launch = 0
        self.began = began
        self.pid = 0
        self.asked = False
        self.unlinked = False
        self.failure = ""


@implementer(IChosen)
class Member:
    """
    One member.

    @ivar index: its index; 0 is the first.
    @ivar userid: its name.
    @ivar region: its counters in the shared segment.
    @ivar handoff: the way on which it gets sockets.
    @ivar state: its state.
    @ivar since: when it entered that, by the stack's clock, in seconds.
    @ivar reason: why it is in it.
    @ivar process: its process, or C{None}.
    @ivar relaunch: start a process again as soon as the present one has ended.
    @ivar leaving: POOL HIGH is lower than its number; it is forgotten when it has no process.
    @ivar deaths: how often in a row it has died.
    @ivar notBefore: it is not activated before this time, by the stack's clock.
    @ivar emptySince: since when it has had no session, by the stack's clock.
    @ivar peak: the most sessions at once.
    @ivar total: sessions handed to it.
    @ivar totalSeen: L{total} when it was last looked whether it is needed.
    """

    def __init__(self, index: int, userid: str, region: Region, handoff: IHandoff, since: float) -> None:
        self.index = index
        self.userid = userid
        self.region = region
        self.handoff = handoff
        self.state = State.ELIGIBLE
        self.since = since
        self.reason = "not yet needed"
        self.process: Process | None = None
        self.relaunch = False
        self.leaving = False
        self.deaths = 0
        self.notBefore = 0.0
        self.emptySince = 0.0
        self.peak = 0
        self.total = 0
        self.totalSeen = 0

    @property
    def sessions(self) -> int:
        """
        Sessions that count against the limits.
        """
        return self.region.sessions

    @property
    def quiescing(self) -> bool:
        """
        Its process takes nothing new and will end.
        """
        return self.process is not None and self.process.asked

    def counted(self) -> None:
        """
        One more session has been handed to it.
        """
        self.total += 1
        sessions = self.region.sessions
        self.peak = max(self.peak, sessions)

    def died(self, now: float, process: Process | None) -> float:
        """
        Its process has died at C{now}, or (C{None}) could not be made; return
        after how many seconds to start the next one: at once after a healthy
        life, else twice as long each time.
        """
        healthy = process is not None and now - process.began > HEALTHY
        self.deaths = 1 if healthy else self.deaths + 1
        delay = min(LONGEST_DELAY, 2.0 ** (self.deaths - 2)) if self.deaths > 1 else 0.0
        self.notBefore = now + delay
        return delay

    def status(self, maximum: int, epoch: float = 0.0) -> ServerStatus:
        """
        Return what is reported about it.

        @param maximum: MAXPERSSLSERVER.
        @param epoch: where the stack's clock began, in seconds since the epoch.
        """
        return ServerStatus(
            userid=self.userid,
            state=self.state.value,
            sessions=self.sessions,
            maximum=maximum,
            peak=self.peak,
            total=self.total,
            pid=self.process.pid if self.process is not None else 0,
            quiescing=self.quiescing,
            since=epoch + self.since,
            reason=self.reason,
        )
