"""
Tests for L{sslpool.manager.liveness}.
"""

from __future__ import annotations

import socket

from attrs import evolve
from twisted.logger import capturedLogs

from sslpool.interfaces import Arrival
from sslpool.manager.liveness import BEGINNING, Liveness
from sslpool.manager.processes import OVERTIME
from sslpool.pool.states import Event
from sslpool.wire.segment import BEAT, Shortage
from tests.doubles.room import FakeHandoff
from tests.doubles.servers import STEP, FakeServer
from tests.logs import ids, texts
from tests.manager.pools import LIMITS, PoolCase
from tests.neighbours import FakeAgent

LIVENESS = LIMITS.liveness


class LivenessCase(PoolCase):
    """
    A pool that is looked at.
    """

    def setUp(self) -> None:
        """
        Start it; its first member is Active.
        """
        super().setUp()
        self.agent = FakeAgent()
        self.agentHangs = False
        self.liveness = Liveness(self.clock, self.pool, self.agent)
        self.start()
        self.liveness.startService()
        self.addCleanup(self.liveness.stopService)

    def live(self, seconds: float) -> None:
        """
        Let time pass, in which all processes get on that do not hang.
        """
        for _ in range(round(seconds / BEAT)):
            for server in self.starter.running:
                if not server.hangs:
                    self.segment.region(server.seat).progress += 1
            if not self.agentHangs:
                self.agent.words.progress += 1
            self.spend(BEAT)

    def hang(self, index: int = 0) -> FakeServer:
        """
        Stop a member's server.
        """
        server = self.serverOf(index)
        server.hangs = True
        return server

    def health(self, index: int = 0) -> str:
        """
        Return what is reported of a member.
        """
        return self.members[index].status(2).health


class ServerTests(LivenessCase):
    """
    Servers that hang, or have run out of something.
    """

    def test_ok(self) -> None:
        """
        Of servers that get on nothing is said, however long.
        """
        with capturedLogs() as events:
            self.live(20 * LIVENESS)
        self.assertEqual((ids(events), self.health()), ([], "ok"))

    def test_fault(self) -> None:
        """
        A fault of ours in one look does not end the looking.
        """
        limits, self.pool.router.limits = self.pool.router.limits, None  # type: ignore[assignment]
        self.live(2 * BEAT)
        self.assertEqual(len(self.flushLoggedErrors(AttributeError)), 1)
        self.pool.router.limits = limits
        self.live(2 * BEAT)
        self.hang()
        self.live(LIVENESS + 2 * BEAT)
        self.assertEqual(self.health(), "hung")

    def test_hangs(self) -> None:
        """
        A server without progress gets nothing new and is marked; its state stays.
        Another member is activated as soon as somebody comes.
        """
        self.live(1)
        self.hang()
        with capturedLogs() as events:
            self.live(LIVENESS - BEAT)
            self.assertEqual(self.health(), "ok")
            self.live(3 * BEAT)
        status = self.members[0].status(2)
        self.assertEqual((status.state, status.health), ("Active", "hung"))
        self.assertEqual(status.healthReason, "no progress for 4 s")
        self.assertEqual(
            texts(events),
            [
                "SSLP136W SSL00001 (process 1001) hangs: no progress for 4 s; it gets no new sessions",
                "SSLP468I No server takes connections now; the next connection activates SSL00002",
            ],
        )
        self.assertIsNone(self.router.choose())
        self.router.prompt()
        self.live(1)
        self.assertIs(self.router.choose(), self.members[1])

    def test_untaken(self) -> None:
        """
        What a hung server has not received goes to others.
        """
        self.live(1)
        arrival = Arrival(7, socket.socket(), 1, "192.0.2.1", 4711, 0.0)
        self.addCleanup(arrival.close)
        self.handoffs[0].hand(arrival)
        self.hang()
        self.live(LIVENESS + 3 * BEAT)
        self.assertEqual(self.room.orphans, [arrival])

    def test_replaced(self) -> None:
        """
        A server that still hangs after as long again is killed, and another takes its place.
        """
        self.live(1)
        server = self.hang()
        with capturedLogs() as events:
            self.live(2 * LIVENESS + 4 * BEAT)
        self.assertTrue(server.ended)
        self.assertEqual(ids(events)[:4], ["SSLP136W", "SSLP468I", "SSLP137W", "SSLP104E"])
        self.assertIn("it hung: no progress for 4 s", texts(events)[3])
        self.assertEqual((self.states()[0], self.health()), ("Active", "ok"))
        self.assertIsNot(self.serverOf(0), server)

    def test_goesOn(self) -> None:
        """
        A server that goes on in time gets sessions again.
        """
        self.live(1)
        server = self.hang()
        self.live(LIVENESS + 1)
        server.goOn()
        with capturedLogs() as events:
            self.live(1)
        self.assertEqual(ids(events), ["SSLP138I"])
        self.assertEqual((self.health(), self.router.choose()), ("ok", self.members[0]))
        self.assertFalse(server.ended)

    def test_stuck(self) -> None:
        """
        A server that gets on and takes nothing of what waits for it hangs all the same.
        """
        self.handoffs[0].stuck = 3
        self.live(LIVENESS + 2 * BEAT)
        self.assertEqual(self.members[0].status(2).healthReason, "it has taken none of its connections for 4 s")

    def test_slow(self) -> None:
        """
        A server that takes something now and then is only slow.
        """
        for received in range(10):
            self.handoffs[0].stuck = received
            self.live(LIVENESS / 2)
        self.assertEqual(self.health(), "ok")

    def test_machineStoodStill(self) -> None:
        """
        Time that the stack has not seen pass is nobody's fault.
        """
        self.live(1)
        self.clock.advance(3600)
        self.live(1)
        self.assertEqual(self.health(), "ok")

    def test_starting(self) -> None:
        """
        A server that hangs before it has shown any sign of life does not keep others from being
        activated; before it is killed it is given longer.
        """
        self.prepare = lambda server: setattr(server, "hangs", True)
        self.pool.happen(self.members[1], Event.ACTIVATE, "no Active server had room")
        self.live(LIVENESS - BEAT)
        self.assertEqual((self.states()[1], self.health(1)), ("Starting", "ok"))
        self.live(3 * BEAT)
        self.assertEqual((self.states()[1], self.health(1)), ("Starting", "hung"))
        self.fill(0)
        self.assertEqual(self.states()[2], "Starting")
        server = next(each for each in self.starter.servers if each.member == 1)
        self.live(BEGINNING - 1)
        self.assertFalse(server.ended)
        self.live(2)
        self.assertTrue(server.ended)

    def test_hangsAtOnce(self) -> None:
        """
        One that hangs before it was looked at for the first time, but has shown a sign of life, is
        given no longer than others.
        """
        self.pool.happen(self.members[1], Event.ACTIVATE, "no Active server had room")
        self.spend(3 * STEP)
        server = self.hang(1)
        self.segment.region(server.seat).progress = 1
        self.live(LIVENESS + 2 * BEAT)
        self.assertEqual((self.states()[1], self.health(1)), ("Active", "hung"))
        self.live(LIVENESS + BEAT)
        self.assertTrue(server.ended)

    def handUntaken(self, count: int) -> None:
        """
        Hand connections to the first server, which does not begin to read from them.
        """
        for number in range(count):
            client = socket.socket()
            self.addCleanup(client.close)
            arrival = Arrival(number, client, 1, "192.0.2.1", 1, 0.0)
            handoff = self.members[0].handoff
            assert isinstance(handoff, FakeHandoff)
            handoff.received.append(arrival)
            self.members[0].region.handed += 1

    def test_quiescing(self) -> None:
        """
        A server that was stopped and does not end when its time is over is
        killed, and it is said; connections that it has not begun to read are not lost.
        """
        self.fill(0, 1)
        self.handUntaken(2)
        server = self.hang()
        with capturedLogs() as events:
            self.pool.happen(self.members[0], Event.STOP, "stopped by an operator", 1)
            self.spend(1 + OVERTIME + 3 * STEP)
        self.assertTrue(server.ended)
        self.assertIn(
            "SSLP127W SSL00001 (process 1001) did not end in time and is killed; sessions lost: 1", texts(events)
        )

    def test_hangsWhileQuiescing(self) -> None:
        """
        One that hangs before its time to end is over is not waited for either, and its sessions are counted,
        without the connections that it has not begun to read.
        """
        self.live(1)
        self.fill(0, 1)
        self.handUntaken(2)
        server = self.hang()
        with capturedLogs() as events:
            self.pool.happen(self.members[0], Event.STOP, "stopped by an operator", 60)
            self.live(2 * LIVENESS + BEAT)
        self.assertTrue(server.ended)
        said = "SSLP146W SSL00001 (process 1001) hangs while it ends, and is killed: "
        self.assertIn(f"{said}no progress for 4 s; sessions lost: 1", texts(events))
        self.assertNotIn("SSLP127W", ids(events))

    def test_exhausted(self) -> None:
        """
        A server that has run out of something gets nothing until it has recovered, and is not killed.
        """
        self.live(1)
        self.members[0].region.shortage = Shortage.DESCRIPTORS
        self.live(20 * LIVENESS)
        status = self.members[0].status(2)
        self.assertEqual((status.state, status.health), ("Active", "exhausted"))
        self.assertEqual(status.healthReason, "no descriptors left")
        self.assertIsNone(self.router.choose())
        self.members[0].region.shortage = Shortage.NONE
        self.live(1)
        self.assertEqual((self.health(), self.router.choose()), ("ok", self.members[0]))

    def test_operand(self) -> None:
        """
        SSLLIMITS LIVENESS says how long.
        """
        self.router.limits = evolve(LIMITS, liveness=20)
        self.live(1)
        self.hang()
        self.live(19)
        self.assertEqual(self.health(), "ok")
        self.live(2)
        self.assertEqual(self.health(), "hung")


class BeginningTests(PoolCase):
    """
    A pool that has only just been started.
    """

    def test_firstHangs(self) -> None:
        """
        Where the first server hangs as it starts, the next one is activated, though the ports are
        still closed and nobody comes.
        """
        liveness = Liveness(self.clock, self.pool, FakeAgent())
        self.prepare = lambda server: setattr(server, "hangs", not server.seat)
        self.start()
        liveness.startService()
        self.addCleanup(liveness.stopService)
        self.clock.pump([BEAT] * round(LIVENESS / BEAT + 2))
        self.spend(3 * STEP)
        self.assertEqual(self.states(), ["Starting", "Active", "Eligible"])


class AgentTests(LivenessCase):
    """
    The agent.
    """

    def test_awaited(self) -> None:
        """
        An agent that hangs while servers are to be made is replaced at once.
        """
        self.live(1)
        self.agentHangs = self.agent.awaited = True
        self.live(LIVENESS - BEAT)
        self.assertEqual(self.agent.replaced, [])
        self.live(3 * BEAT)
        self.assertEqual(self.agent.replaced, ["no progress for 4 s"])
        self.live(1)
        self.assertEqual(len(self.agent.replaced), 1)

    def test_patience(self) -> None:
        """
        One that nobody waits for is given twice as long.
        """
        self.live(1)
        self.agentHangs = True
        self.live(2 * LIVENESS - 2 * BEAT)
        self.assertEqual(self.agent.replaced, [])
        self.live(4 * BEAT)
        self.assertEqual(self.agent.replaced, ["no progress for 4 s"])

    def test_next(self) -> None:
        """
        The next agent is looked at afresh.
        """
        self.live(1)
        self.agentHangs = self.agent.awaited = True
        self.live(LIVENESS + 2 * BEAT)
        self.agent.pid = 78
        self.agentHangs = False
        self.live(3 * LIVENESS)
        self.assertEqual(len(self.agent.replaced), 1)

    def test_beginning(self) -> None:
        """
        One that has only just been started is given longer.
        """
        self.agentHangs = self.agent.awaited = True
        self.live(BEGINNING)
        self.assertEqual(self.agent.replaced, [])
        self.live(LIVENESS + BEAT)
        self.assertEqual(self.agent.replaced, ["no progress for 4 s"])

    def test_makesNothing(self) -> None:
        """
        An agent that gets on and makes no server is replaced, too.
        """
        self.live(1)
        self.agent.awaited = self.agent.overdue = True
        self.live(BEAT)
        self.assertEqual(self.agent.replaced, ["it did not create a server in time"])
