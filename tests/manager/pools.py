"""
A pool on a clock, with servers in memory.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.limits import Limits
from sslpool.interfaces import IKeyFile
from sslpool.manager.keylogging import KeyLogs
from sslpool.manager.member import Member
from sslpool.manager.pool import Pool
from sslpool.manager.seats import Seat, Seats, Woken
from sslpool.manager.traces import Traces
from sslpool.observe.keylog import KeyFile
from sslpool.pool.tally import Tally
from sslpool.wire.assignment import Address, PortAssignment
from sslpool.wire.segment import Region
from tests.doubles.room import FakeHandoff, FakeRoom, newSegment
from tests.doubles.servers import STEP, FakeServer, FakeStarter
from tests.neighbours import FakePorts

KEY_FILE = "/etc/gskadm/Database.kdb"
PORTS = [PortAssignment(0, "0.0.0.0:8443", "HTTPD", "WEBCERT", (Address(2, "127.0.0.1", 8080),))]
LIMITS = Limits(maxSessions=6, maxPerServer=2)


class PoolCase(SynchronousTestCase):
    """
    Tests with a pool of C{size} members.
    """

    size = 3
    limits = LIMITS

    def setUp(self) -> None:
        """
        Make a pool; nothing is started yet.
        """
        self.clock = Clock()
        self.starter = FakeStarter(self.clock, lambda server: self.prepare(server))
        self.prepare: Callable[[FakeServer], None] = lambda server: None
        segment = newSegment()
        self.segment = segment
        self.handoffs: dict[int, FakeHandoff] = {}
        self.seats = Seats(self._makeSeat)
        self.members = [Member(index, f"SSL{index + 1:05}", self.seats.own(index), 0.0) for index in range(self.size)]
        self.pool = Pool(
            self.clock,
            self.members,
            self.starter,
            self.starter.makeLink,
            self.limits,
            KEY_FILE,
            self.seats,
            Traces(),
            KeyLogs(self.clock, self.makeKeyFile()),
        )
        self.router = self.pool.router
        self.members = self.pool.members
        self.starter.wire(self.pool.processes)
        self.room, self.ports = FakeRoom(), FakePorts(PORTS)
        self.pool.wire(self.room, self.ports)
        self.addCleanup(self._closeAll)

    def makeKeyFile(self) -> IKeyFile:
        """
        Return where keys are logged.
        """
        return KeyFile(".")

    def _makeSeat(self, number: int, woken: Woken) -> Seat:
        self.handoffs[number] = FakeHandoff()
        return Seat(number, Tally(self.segment.region(number).words), self.handoffs[number])

    def _closeAll(self) -> None:
        for server in self.starter.running:
            server.end()
        for handoff in self.handoffs.values():
            if handoff.pair is not None:
                handoff.end()

    def start(self) -> None:
        """
        Start the pool and wait until its first member is Active.
        """
        self.pool.startService()
        self.spend(3 * STEP)

    def spend(self, seconds: float) -> None:
        """
        Let time pass, in steps, so that what follows from what happens happens as well.
        """
        steps = max(1, round(seconds / STEP)) if seconds < 1 else 200
        self.clock.pump([seconds / steps] * steps)

    def states(self) -> list[str]:
        """
        Return the members' states.
        """
        return [member.state.value for member in self.members]

    def fill(self, index: int, sessions: int = 2) -> None:
        """
        Hand a member sessions, as the acceptor does.
        """
        server = self.serverOf(index)
        for _ in range(sessions):
            self.router.choose()
            self.members[index].region.handed += 1
            server.sessions += 1
            self.router.handed(index)

    def finish(self, index: int, sessions: int = 1) -> None:
        """
        End sessions of a member.
        """
        self.members[index].region.words[Region.FINISHED] += sessions
        self.serverOf(index).sessions -= sessions

    def finishOf(self, server: FakeServer) -> None:
        """
        End all sessions of a server, whether it is its member's process or one before.
        """
        self.segment.region(server.seat).words[Region.FINISHED] += server.sessions
        server.sessions = 0

    def serverOf(self, index: int) -> FakeServer:
        """
        Return a member's server.
        """
        seat = self.members[index].seat.number
        return next(server for server in reversed(self.starter.running) if server.seat == seat)

    def setLimits(self, maxSessions: int) -> None:
        """
        Change MAXSESSIONS.
        """
        self.router.limits = evolve(self.router.limits, maxSessions=maxSessions)
