"""
Tests for L{sslpool.manager.growth}.
"""

from __future__ import annotations

from attrs import evolve
from zope.interface.verify import verifyObject

from sslpool.config.configuration import Configuration, ServerParameters
from sslpool.config.limits import Limits
from sslpool.interfaces import IReconfigurable
from sslpool.manager.growth import PoolGrowth
from sslpool.manager.member import Member
from sslpool.wire.assignment import TimeLimits
from tests.manager.pools import KEY_FILE, LIMITS, PORTS, PoolCase

CONFIGURATION = Configuration(
    stack="TCPIP",
    serverId="*",
    timeout=30,
    limits=LIMITS,
    poolPrefix="SSL",
    poolHigh=3,
    agent="SSLDCSSM",
    administrators=frozenset(),
    obey=frozenset(),
    ports=(),
    applications=(),
    autolog=(),
    parameters=ServerParameters(),
    keyFile=KEY_FILE,
)


class GrowthTests(PoolCase):
    """
    A running pool follows SSLLIMITS and POOL HIGH.
    """

    def setUp(self) -> None:
        """
        Make a pool that can grow.
        """
        super().setUp()

        def makeMember(index: int, userid: str) -> Member:
            return Member(index, userid, self.seats.own(index), 0.0)

        self.growth = PoolGrowth(self.pool, makeMember)
        self.start()

    def follow(self, high: int, limits: Limits = LIMITS) -> None:
        """
        Have the pool follow another configuration.
        """
        self.growth.prepare(evolve(CONFIGURATION, poolHigh=high, limits=limits)).commit()

    def test_interfaces(self) -> None:
        """
        The objects provide what the reconfiguration asks for.
        """
        verifyObject(IReconfigurable, self.growth)

    def test_preparedOnly(self) -> None:
        """
        What is only prepared, or discarded, changes nothing.
        """
        self.growth.prepare(evolve(CONFIGURATION, poolHigh=8, limits=Limits())).discard()
        self.assertEqual((len(self.pool.members), self.router.limits), (3, LIMITS))

    def test_more(self) -> None:
        """
        New members are Eligible, and are activated when they are needed.
        """
        self.follow(5, evolve(LIMITS, maxSessions=10))
        self.assertEqual(self.states(), ["Active"] + ["Eligible"] * 4)
        self.assertEqual([member.userid for member in self.pool.members][3:], ["SSL00004", "SSL00005"])
        for index in range(4):
            self.fill(index)
            self.spend(1)
        self.assertEqual(self.states(), ["Active"] * 5)

    def test_fewer(self) -> None:
        """
        A member that is not wanted any more takes nothing new, is gone when
        its sessions are, and those without a process are gone at once.
        """
        self.fill(0)
        self.spend(1)
        self.fill(1, 1)
        self.follow(1)
        self.assertEqual([member.userid for member in self.pool.members], ["SSL00001", "SSL00002"])
        self.assertIsNone(self.router.choose())
        self.finish(1)
        self.spend(1)
        self.assertEqual([member.userid for member in self.pool.members], ["SSL00001"])

    def test_fewerAndMore(self) -> None:
        """
        A member that is wanted again before it was gone is started again.
        """
        self.fill(0)
        self.spend(1)
        self.fill(1, 1)
        former = self.serverOf(1)
        self.follow(1)
        self.follow(2)
        self.finishOf(former)
        self.spend(1)
        self.assertEqual([member.state.value for member in self.pool.members], ["Active", "Active"])
        self.spend(40)
        self.assertEqual(len(self.pool.members), 2)

    def test_lowerLimits(self) -> None:
        """
        Limits below what is in use cut nothing, and let nothing in.
        """
        self.fill(0)
        self.spend(1)
        self.fill(1, 1)
        self.follow(3, evolve(LIMITS, maxSessions=2))
        self.assertEqual(self.router.sessions, 3)
        self.assertIsNone(self.router.choose())
        self.finish(0, 2)
        self.assertIs(self.router.choose(), self.pool.members[0])

    def test_timeLimits(self) -> None:
        """
        Running servers hear of other time limits, and the acceptor of other room.
        """
        changed = evolve(LIMITS, handshake=3, idle=99)
        before = self.room.changes
        self.follow(3, changed)
        self.assertIn(("setLimits", TimeLimits.of(changed)), self.serverOf(0).link.calls)
        self.assertGreater(self.room.changes, before)

    def test_port(self) -> None:
        """
        Running servers hear of another port.
        """
        self.pool.setPort(PORTS[0])
        self.assertIn(("setPort", PORTS[0]), self.serverOf(0).link.calls)
