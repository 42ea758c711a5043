"""
Tests for L{sslpool.manager.router}.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from zope.interface.verify import verifyObject

from sslpool.interfaces import IRouter
from sslpool.pool.states import Event
from tests.doubles.servers import STEP
from tests.manager.pools import PoolCase


class RouterTests(PoolCase):
    """
    Who takes the next connection.
    """

    def setUp(self) -> None:
        """
        Have two members Active.
        """
        super().setUp()
        self.start()
        self.pool.happen(self.members[1], Event.START, "started by an operator")
        self.spend(1)

    def test_interface(self) -> None:
        """
        It is what the acceptor expects.
        """
        self.assertTrue(verifyObject(IRouter, self.router))

    def test_passedOver(self) -> None:
        """
        A member that is passed over is not chosen until it may take something again.
        """
        self.handoffs[0].full = True
        self.router.passOver(0)
        self.assertIs(self.router.choose(), self.members[1])
        self.router.lookAgain()
        self.assertIs(self.router.choose(), self.members[1])
        self.handoffs[0].full = False
        self.router.lookAgain()
        self.assertIs(self.router.choose(), self.members[0])

    def test_everyMemberPassedOver(self) -> None:
        """
        That is no reason to activate another one, nor to say that the pool is full.
        """
        for index in (0, 1):
            self.handoffs[index].full = True
            self.router.passOver(index)
        self.assertIsNone(self.router.choose())
        self.router.prompt()
        self.assertEqual(self.states()[2], "Eligible")
        self.assertFalse(self.router.exhausted)

    def test_quiescing(self) -> None:
        """
        A member that quiesces takes nothing, in whichever state it is.
        """
        process = self.members[0].process
        assert process is not None
        process.link.quiesce(30)
        process.asked = True
        self.router.judge(self.members[0])
        self.assertIs(self.router.choose(), self.members[1])

    def test_countedOnce(self) -> None:
        """
        Sessions of a process before, which has the member's own seat, count once also while the member has
        no other process.
        """
        self.fill(0, 1)
        self.pool.happen(self.members[0], Event.RESTART, "restarted by an operator")
        self.spend(1)
        for _ in range(2):
            self.starter.running[-1].end()
            self.spend(2 * STEP)
        self.assertEqual((self.states()[0], self.members[0].process), ("Eligible", None))
        self.assertEqual((self.members[0].sessions, self.router.sessions), (1, 1))

    def test_startingDoesNotBlock(self) -> None:
        """
        A member whose start does not come to an end keeps no other from being activated.
        """
        self.pool.happen(self.members[1], Event.STOP, "stopped by an operator")
        self.fill(0)
        self.assertEqual(self.states()[2], "Starting")
        third = self.members[2].process
        assert third is not None
        self.router.prompt()
        self.assertEqual(self.states(), ["Active", "Stopped", "Starting"])

    def test_handoffs(self) -> None:
        """
        Handoffs of processes that have been replaced are looked at as well.
        """
        self.fill(0, 1)
        self.pool.happen(self.members[0], Event.RESTART, "restarted by an operator")
        settled: Deferred[None] = self.pool.whenSettled(self.members[0])
        self.spend(1)
        self.successResultOf(settled)
        self.assertEqual(len(self.router.handoffs), 3)
