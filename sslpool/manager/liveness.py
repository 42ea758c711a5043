# -*- test-case-name: tests.manager.test_liveness -*-
"""
Alive, or replaced: sees whether servers and agent get on.  Lives in the stack process.

Each process reports progress in the shared segment.  One that makes none for LIVENESS seconds, or takes nothing of what
it was handed for so long, hangs: it gets no new sessions, and what it has not received goes to others.  One that still
hangs after as long again is killed and replaced.

Time is counted as the stack has seen it pass: when the whole machine stood still, nobody is to blame.
"""

from __future__ import annotations

from typing import Protocol

from attrs import define
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from sslpool.manager.member import Health, Member, Process
from sslpool.manager.pool import Pool
from sslpool.messages.announce import announce
from sslpool.repeating import Repeating
from sslpool.wire.segment import BEAT, LACKING, AgentWords

BEGINNING = 30.0
"""
How long a process may take to show its first sign of life before that counts as a reason to kill it, in seconds.
"""


class IAgent(Protocol):
    """
    What is asked of the agent's starter.
    """

    @property
    def pid(self) -> int:
        """
        The agent's process id, or 0.
        """

    @property
    def words(self) -> AgentWords:
        """
        The agent's part of the shared segment.
        """

    @property
    def awaited(self) -> bool:
        """
        Whether servers are to be made now.
        """

    @property
    def overdue(self) -> bool:
        """
        Whether the agent has been asked for a server, and has not made it in time.
        """

    def replace(self, reason: str) -> None:
        """
        End an agent that cannot be used any more; another takes its place.
        """


@define
class _Watch:
    """
    What has been seen of one process.

    @ivar seen: its progress when it was last looked.
    @ivar silent: for how long it has not changed, in seconds.
    @ivar begun: it has shown a sign of life.
    @ivar received: how many offers it had received when it was last looked, while others waited.
    @ivar stuck: for how long that has not changed, in seconds.
    @ivar withdrawing: its offers are being withdrawn.
    @ivar killed: it has been killed because it hung.
    """

    seen: int
    silent: float = 0.0
    begun: bool = False
    received: int | None = None
    stuck: float = 0.0
    withdrawing: bool = False
    killed: bool = False

    def look(self, progress: int, received: int | None, passed: float) -> None:
        """
        Note what is to be seen now.

        @param passed: how long ago that was done before, in seconds.
        """
        if progress != self.seen:
            self.seen, self.silent, self.begun = progress, 0.0, True
        else:
            self.silent += passed
        if received is None or received != self.received:
            self.received, self.stuck = received, 0.0
        else:
            self.stuck += passed

    def reason(self, liveness: float) -> str:
        """
        Return in what way it hangs, or an empty text where it does not.
        """
        if self.silent >= liveness:
            return f"no progress for {liveness:.0f} s"
        if self.stuck >= liveness:
            return f"it has taken none of its connections for {liveness:.0f} s"
        return ""

    def isLost(self, liveness: float) -> bool:
        """
        Tell whether it has hung for twice LIVENESS; one that is just beginning is given longer.
        """
        patience = liveness if self.begun else max(liveness, BEGINNING)
        return max(self.silent - patience, self.stuck - liveness) >= liveness


class Liveness(Repeating):
    """
    Looks at all processes.

    @param reactor: the stack's clock.
    @param pool: the pool; SSLLIMITS LIVENESS is among its limits.
    @param agent: the agent's starter.
    """

    log = Logger()

    def __init__(self, reactor: IReactorTime, pool: Pool, agent: IAgent) -> None:
        super().__init__(reactor, BEAT, self.look, "processes were checked")
        self._pool = pool
        self._agent = agent
        self._watches: dict[Process, _Watch] = {}
        self._agents = 0, _Watch(0)
        self._last = reactor.seconds()

    def look(self) -> None:
        """
        Look at everybody.
        """
        now = self._reactor.seconds()
        passed, self._last = min(now - self._last, 2 * BEAT), now
        liveness = float(self._pool.router.limits.liveness)
        found = [(member, process) for member in self._pool.members for process in member.processes if process.pid]
        self._watches = {each: self._watches.get(each) or self._watchOf(each) for _, each in found}
        for member, process in found:
            self._lookAt(member, process, passed, liveness)
        self._lookAtAgent(passed, liveness)

    def _watchOf(self, process: Process) -> _Watch:
        # Its region was cleared before it was made.
        progress = process.seat.region.progress
        return _Watch(progress, begun=progress > 0)

    def _lookAt(self, member: Member, process: Process, passed: float, liveness: float) -> None:
        watch, handoff = self._watches[process], process.seat.handoff
        watch.look(process.seat.region.progress, handoff.stuck, passed)
        reason = watch.reason(liveness)
        shortage = process.seat.region.shortage
        if reason:
            self._hangs(member, process, reason)
            if watch.isLost(liveness) and not watch.killed:
                watch.killed = True
                self._end(member, process, reason)
        elif shortage:
            self._become(member, process, Health.EXHAUSTED, f"no {LACKING[shortage]} left")
        elif process.health is not Health.OK:
            announce(self.log, "SSLP138I", server=member.userid, pid=process.pid)
            self._become(member, process, Health.OK, "")

    def _end(self, member: Member, process: Process, reason: str) -> None:
        processes = self._pool.processes
        if process.asked:
            sessions = process.begun
            announce(self.log, "SSLP146W", server=member.userid, pid=process.pid, reason=reason, sessions=sessions)
            processes.kill(member, process)
        else:
            announce(self.log, "SSLP137W", server=member.userid, pid=process.pid, reason=reason)
            processes.replace(member, process, f"it hung: {reason}")

    def _hangs(self, member: Member, process: Process, reason: str) -> None:
        """
        A process hangs: let others have what it has not received.
        """
        watch, handoff = self._watches[process], process.seat.handoff
        if process.health is not Health.HUNG:
            announce(self.log, "SSLP136W", server=member.userid, pid=process.pid, reason=reason)
            handoff.withdraw()
            watch.withdrawing = True
            self._become(member, process, Health.HUNG, reason)
            if not self._pool.firstActive.called:
                # The ports are still closed, so that nobody comes who would prompt another one.
                self._pool.router.prompt()
        elif watch.withdrawing:
            watch.withdrawing = False
            self._pool.room.orphaned(handoff.withdrawn())
            self._pool.room.roomChanged()

    def _become(self, member: Member, process: Process, health: Health, reason: str) -> None:
        if process.health is not health:
            process.become(health, reason, self._last)
            self._pool.judge(member)
            self._pool.room.roomChanged()

    def _lookAtAgent(self, passed: float, liveness: float) -> None:
        agent = self._agent
        pid, watch = self._agents
        if pid != agent.pid:
            self._agents = pid, watch = agent.pid, _Watch(agent.words.progress)
        if not pid:
            return
        watch.look(agent.words.progress, None, passed)
        reason = watch.reason(liveness)
        if agent.overdue:
            reason = "it did not create a server in time"
        # Where nobody waits for it, it is given as long as a server.
        if reason and (agent.awaited and watch.begun or watch.isLost(liveness)) and not watch.killed:
            watch.killed = True
            agent.replace(reason)
