# -*- test-case-name: tests.manager.test_member -*-
"""
One member of the pool: its state, its processes, its counters.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from twisted.internet.interfaces import IDelayedCall
from zope.interface import implementer

from sslpool.backoff import Backoff
from sslpool.interfaces import IChosen, IHandoff, IServerLink
from sslpool.manager.seats import Seat
from sslpool.pool.routing import Availability
from sslpool.pool.serving import MemberFacts
from sslpool.pool.states import State
from sslpool.wire.records import FormerProcess, ServerStatus
from sslpool.wire.segment import WORD, Region

HEALTHY = 60.0
"""
A server that has run for so long, in seconds, is not in a series of deaths.
"""

DELAYS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
"""
The time between a death and the next start, in seconds: at once after a healthy life, then twice as long
each time; the last one goes on.
"""


_VACANT = Region(memoryview(bytes(WORD * Region.SLOTS)).cast("Q"))


class Health(Enum):
    """
    Whether a process can take connections; the value is what reports show.

    @cvar OK: as far as is known.
    @cvar HUNG: it makes no progress, or does not take what it was handed.
    @cvar EXHAUSTED: it has no descriptors or no memory left.
    """

    OK = "ok"
    HUNG = "hung"
    EXHAUSTED = "exhausted"


class Process:
    """
    A server process of a member, from the decision to make it to its end.

    @ivar seat: its seat.
    @ivar link: the control connection.
    @ivar launch: the number of its launch.
    @ivar began: when it was decided, by the stack's clock, in seconds.
    @ivar pid: its process id, or 0 while it is not known.
    @ivar asked: it has been asked to end.
    @ivar unlinked: its control connection has ended.
    @ivar failure: the message why it cannot serve, or empty.
    @ivar health: whether it can take connections.
    @ivar healthSince: since when, by the stack's clock, in seconds.
    @ivar healthReason: why not, as an operator would say it; empty where it can.
    @ivar deadline: what kills it if it has not ended in time, or C{None}.
    @ivar grace: how long the process that it replaces may go on, in seconds.
    @ivar lost: it was killed and is there all the same, so that nobody else can have its seat.
    """

    def __init__(self, seat: Seat, link: IServerLink, began: float) -> None:
        self.seat = seat
        self.link = link
        self.launch = 0
        self.began = began
        self.pid = 0
        self.asked = False
        self.unlinked = False
        self.failure = ""
        self.health = Health.OK
        self.healthSince = began
        self.healthReason = ""
        self.deadline: IDelayedCall | None = None
        self.grace = 0
        self.lost = False

    @property
    def sessions(self) -> int:
        """
        Sessions that count against the limits.
        """
        return self.seat.region.sessions

    @property
    def begun(self) -> int:
        """
        Sessions that are lost if it ends now: others get the connections that it has not begun to read.
        """
        untaken: int = self.seat.handoff.untaken
        return max(0, self.sessions - untaken)

    def become(self, health: Health, reason: str, now: float) -> None:
        """
        Note that its health has changed at C{now}, by the stack's clock.
        """
        self.health, self.healthReason, self.healthSince = health, reason, now


@implementer(IChosen)
class Member:
    """
    One member.

    @ivar index: its index; 0 is the first.
    @ivar userid: its name.
    @ivar home: its own seat.
    @ivar state: its state.
    @ivar since: when it entered that, by the stack's clock, in seconds.
    @ivar reason: why it is in it.
    @ivar process: its process, or C{None}.
    @ivar successor: a process that is being started to take the place of L{process}, or C{None}.
    @ivar former: processes whose place has been taken, until they have ended.
    @ivar leaving: POOL HIGH is lower than its number; it is forgotten when it has no process.
    @ivar backoff: how often in a row it has died, and what that costs.
    @ivar death: why its process has died, or could not be made, unless it has been Active since; or empty.
    @ivar notBefore: it is not activated before this time, by the stack's clock.
    @ivar emptySince: since when it has had no session, by the stack's clock.
    @ivar peak: the most sessions of a process at once.
    @ivar total: sessions handed to it.
    @ivar totalSeen: L{total} when it was last looked whether it is needed.
    """

    def __init__(self, index: int, userid: str, home: Seat, since: float) -> None:
        self.index = index
        self.userid = userid
        self.home = home
        self.state = State.ELIGIBLE
        self.since = since
        self.reason = "not needed so far"
        self.process: Process | None = None
        self.successor: Process | None = None
        self.former: list[Process] = []
        self.leaving = False
        self.backoff = Backoff(DELAYS)
        self.death = ""
        self.notBefore = 0.0
        self.emptySince = 0.0
        self.peak = 0
        self.total = 0
        self.totalSeen = 0

    @property
    def seat(self) -> Seat:
        """
        Where its process has its counters.
        """
        return self.home if self.process is None else self.process.seat

    @property
    def region(self) -> Region:
        """
        The counters of its process; without one there is nothing to count, though processes before may
        have its own seat.
        """
        return _VACANT if self.process is None else self.process.seat.region

    @property
    def handoff(self) -> IHandoff:
        """
        The way on which its process gets sockets.
        """
        return self.seat.handoff

    @property
    def processes(self) -> Iterator[Process]:
        """
        All its processes.
        """
        yield from self.former
        if self.process is not None:
            yield self.process
        if self.successor is not None:
            yield self.successor

    @property
    def sessions(self) -> int:
        """
        Sessions of all its processes.
        """
        return sum(process.sessions for process in self.processes)

    @property
    def quiescing(self) -> bool:
        """
        Whether its process takes nothing new and will end.
        """
        return self.process is not None and self.process.asked

    @property
    def availability(self) -> Availability:
        """
        What it means to new connections.
        """
        process = self.process
        if process is None:
            return Availability.ELIGIBLE if self.state is State.ELIGIBLE else Availability.CLOSED
        if process.asked:
            # Its place can be taken while it quiesces.
            return Availability.ELIGIBLE if self.state is State.ELIGIBLE else Availability.CLOSED
        if process.health is not Health.OK:
            return Availability.CLOSED
        if self.state is State.ACTIVE:
            return Availability.BUSY if process.seat.handoff.refuses else Availability.OPEN
        return Availability.COMING if self.state is State.STARTING else Availability.CLOSED

    @property
    def facts(self) -> MemberFacts:
        """
        What decides whether new clients are served.
        """
        process = self.process
        healthy = process is None or process.health is Health.OK
        impeded = "" if healthy or process is None else f"{process.health.value}: {process.healthReason}"
        return MemberFacts(self.userid, self.state, impeded, self.death)

    def counted(self, sessions: int) -> None:
        """
        One more session has been handed to its process, which now has so many.
        """
        self.total += 1
        self.peak = max(self.peak, sessions)

    def died(self, now: float, process: Process | None, reason: str) -> float:
        """
        Its process has died at C{now}, or (C{None}) could not be made; return after how many seconds to start the next
        one: at once after a healthy life, else twice as long each time.

        @param reason: why.
        """
        if process is not None and now - process.began > HEALTHY:
            self.backoff.worked()
        delay = self.backoff.failed()
        self.notBefore = now + delay
        self.death = reason
        return delay

    def status(self, maximum: int, epoch: float = 0.0) -> ServerStatus:
        """
        Return what is reported about it.

        @param maximum: MAXPERSSLSERVER.
        @param epoch: where the stack's clock began, in seconds since the epoch.
        """
        process = self.process
        return ServerStatus(
            userid=self.userid,
            state=self.state.value,
            sessions=self.sessions,
            maximum=maximum,
            peak=self.peak,
            total=self.total,
            pid=0 if process is None else process.pid,
            quiescing=self.quiescing,
            since=epoch + self.since,
            reason=self.reason,
            health=(Health.OK if process is None else process.health).value,
            healthSince=epoch + (self.since if process is None else process.healthSince),
            healthReason="" if process is None else process.healthReason,
            former=tuple(FormerProcess(each.pid, each.sessions) for each in self.former),
        )
