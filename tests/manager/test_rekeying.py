"""
Tests for L{sslpool.manager.rekeying}.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs

from sslpool.config.configuration import ServerParameters
from sslpool.config.limits import Limits
from sslpool.manager.rekeying import ATTEMPTS, ENDLESS, LOOK, PAUSE, Rekeying
from sslpool.manager.sessioncache import SessionCache
from sslpool.messages import OperatorError, Said, operatorError
from sslpool.pool.states import Event
from sslpool.wire.cachestatus import SegmentStatus
from sslpool.wire.segment import KeyFacts
from tests.config.support import current
from tests.doubles.servers import STEP, FakeServer
from tests.logs import ids
from tests.manager.pools import PoolCase
from tests.neighbours import FakeAgent

DAY = 86_400.0
KEYS = 4
NEW = "SSLP170I"


class RekeyingTests(PoolCase):
    """
    A pool of three, of which two are Active.
    """

    limits = Limits(maxSessions=6, maxPerServer=2, quiesce=1)

    def setUp(self) -> None:
        """
        Start two servers.
        """
        super().setUp()
        self.agent = FakeAgent(KeyFacts(77, 0, int(DAY), KEYS, 0))
        self.cache = SessionCache(
            self.segment,
            self.agent,
            lambda: SegmentStatus("TCPIP", 1, "10000", "100FF", 4096, ()),
            current(parameters=ServerParameters(cacheLife=int(DAY))).configuration,
            self.members,
            self.seats,
            self.clock.seconds,
        )
        self.rekeying = Rekeying(self.clock, self.pool, self.starter, self.cache, "SSLDCSSM")
        self.start()
        self.pool.happen(self.members[1], Event.START, "started")
        self.spend(5 * STEP)

    def renew(self) -> Deferred[list[Said]]:
        """
        Begin.
        """
        return Deferred.fromCoroutine(self.rekeying.renew("REFRESH KEYS NOW"))

    def ids(self, renewed: Deferred[list[Said]]) -> list[str]:
        """
        Return the ids of the messages.
        """
        return [message.id for message in self.successResultOf(renewed)]

    def servers(self) -> list[FakeServer]:
        """
        Return the servers that take connections.
        """
        return [self.serverOf(index) for index in (0, 1)]

    def test_renewed(self) -> None:
        """
        First another agent, then one server after another; those that do not run are left alone.
        """
        before = self.servers()
        renewed = self.renew()
        self.assertEqual(len(self.starter.servers), 2)
        self.spend(3 * STEP)
        self.assertEqual((self.starter.renewals, len(self.starter.servers)), (1, 3))
        self.assertNoResult(renewed)
        self.spend(10 * STEP)
        self.assertEqual(self.ids(renewed), [NEW])
        self.assertEqual([server in before for server in self.servers()], [False, False])
        self.assertTrue(all(self.starter.isCurrent(server.number) for server in self.servers()))
        self.assertEqual(self.states(), ["Active", "Active", "Eligible"])
        self.assertEqual([server.ended for server in before], [True, True])

    def test_sessions(self) -> None:
        """
        No session is lost: the processes before go on as long as they have some, whatever QUIESCE says.
        """
        self.fill(0, 2)
        before = self.serverOf(0)
        renewed = self.renew()
        self.spend(20 * STEP)
        self.assertEqual(self.ids(renewed), [NEW])
        self.assertIn(("quiesce", ENDLESS), before.link.calls)
        for _ in range(20):
            self.spend(DAY)
        self.assertFalse(before.ended)
        self.finishOf(before)
        self.spend(3 * STEP)
        self.assertTrue(before.ended)

    def test_stop(self) -> None:
        """
        STOP ends them as it ends all others.
        """
        self.fill(0, 1)
        before = self.serverOf(0)
        self.renew()
        self.spend(20 * STEP)
        self.pool.happen(self.members[0], Event.STOP, "stopped")
        self.spend(2)
        self.assertTrue(before.ended)

    def test_noAgent(self) -> None:
        """
        Where there is no other agent, that is the answer, and all go on.
        """
        before = self.servers()
        self.starter.refusal = operatorError("SSLP190E", agent="SSLDCSSM", reason="killed by signal 9 (SIGKILL)")
        renewed = self.renew()
        self.spend(20 * STEP)
        self.failureResultOf(renewed, OperatorError)
        self.assertEqual(self.servers(), before)
        # The next time it may be there.
        self.starter.refusal = None
        renewed = self.renew()
        self.spend(20 * STEP)
        self.assertEqual(self.ids(renewed), [NEW])

    def test_starting(self) -> None:
        """
        A server that is being started with the keys before is replaced when it is Active.
        """
        self.pool.happen(self.members[2], Event.START, "started")
        renewed = self.renew()
        self.spend(30 * STEP)
        self.assertEqual(self.ids(renewed), [NEW])
        self.assertEqual(self.states(), ["Active"] * 3)
        self.assertTrue(all(self.starter.isCurrent(self.serverOf(index).number) for index in range(3)))

    def test_restarting(self) -> None:
        """
        One that is being restarted has a successor with the keys before: it is replaced in turn.
        """
        self.pool.happen(self.members[0], Event.RESTART, "restarted by an operator")
        renewed = self.renew()
        self.spend(30 * STEP)
        self.assertEqual(self.ids(renewed), [NEW])
        self.assertTrue(self.starter.isCurrent(self.serverOf(0).number))

    def test_fails(self) -> None:
        """
        A server whose successor comes to nothing is tried again, then named; it goes on, and the others are replaced.
        """
        before = self.serverOf(0)

        def prepare(server: FakeServer) -> None:
            if self.members[0].successor is not None:
                server.refusal = operatorError("SSLP105E", server="SSL00001", reason="no")

        self.prepare = prepare
        renewed = self.renew()
        for _ in range(ATTEMPTS):
            self.spend(10)
        self.assertEqual(self.ids(renewed), ["SSLP192E"])
        self.assertIs(self.serverOf(0), before)
        self.assertTrue(self.starter.isCurrent(self.serverOf(1).number))

    def test_noRoom(self) -> None:
        """
        Where former processes have all seats, a server keeps its process, and is named; no session is lost.
        """
        while self.seats.take(2) is not None:
            pass
        before = self.servers()
        self.fill(0, 1)
        renewed = self.renew()
        self.spend(20 * STEP)
        self.assertEqual(self.ids(renewed), ["SSLP192E"] * 2)
        self.assertEqual(self.servers(), before)
        self.assertEqual(self.states(), ["Active", "Active", "Eligible"])
        self.assertEqual(self.router.sessions, 1)

    def test_turns(self) -> None:
        """
        One renewal after another.
        """
        first, second = self.renew(), self.renew()
        self.spend(60 * STEP)
        self.assertEqual((self.ids(first), self.ids(second), self.starter.renewals), ([NEW], [NEW], 2))

    def test_usedUp(self) -> None:
        """
        When the last key is in use, that is done by itself, once.
        """
        self.rekeying.startService()
        self.addCleanup(self.rekeying.stopService)
        self.clock.advance((KEYS - 1) * DAY - 2 * LOOK)
        self.clock.advance(LOOK)
        self.assertEqual(self.starter.renewals, 0)
        with capturedLogs() as events:
            self.clock.advance(2 * LOOK)
            self.agent.words.keys = KeyFacts(78, int(self.clock.seconds() * 1000), int(DAY), KEYS, 0)
            self.spend(40 * STEP)
        self.assertEqual(self.starter.renewals, 1)
        self.assertEqual([each for each in ids(events) if each in ("SSLP193I", NEW)], ["SSLP193I", NEW])
        self.clock.advance(PAUSE + LOOK)
        self.clock.advance(LOOK)
        self.assertEqual(self.starter.renewals, 1)

    def test_usedUpAgain(self) -> None:
        """
        Keys that operators have used up soon after that are replaced within a minute as well.
        """
        self.rekeying.startService()
        self.addCleanup(self.rekeying.stopService)
        self.clock.advance((KEYS - 1) * DAY + LOOK)
        self.agent.words.keys = KeyFacts(78, int(self.clock.seconds() * 1000), int(DAY), KEYS, 0)
        self.spend(40 * STEP)
        self.assertEqual(self.starter.renewals, 1)
        for _ in range(KEYS - 1):
            self.cache.rotate(forget=False)
        self.clock.advance(LOOK)
        self.spend(40 * STEP)
        self.assertEqual(self.starter.renewals, 2)

    def test_usedUpFails(self) -> None:
        """
        Where it cannot be done, that is said, and it is tried again later.
        """
        self.rekeying.startService()
        self.addCleanup(self.rekeying.stopService)
        self.starter.refusal = operatorError("SSLP190E", agent="SSLDCSSM", reason="no memory")
        with capturedLogs() as events:
            self.clock.advance((KEYS - 1) * DAY + LOOK)
            self.spend(2 * STEP)
            for _ in range(int(PAUSE // LOOK) - 1):
                self.clock.advance(LOOK)
        self.assertEqual([each for each in ids(events) if each.endswith("E")], ["SSLP190E"])
        self.starter.refusal = None
        self.clock.advance(2 * LOOK)
        self.spend(20 * STEP)
        self.assertEqual(self.starter.renewals, 1)
