"""
The pool, the acceptor and several servers together, on schedules that nobody thought of: no limit is ever exceeded, no
connection is lost that a server had not read from, everybody is served in the end, and nothing leaks.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from random import Random

from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.limits import Limits, Routing
from sslpool.pool.states import Event
from tests.memory.world import FOREVER, SERVED, World
from tests.openfiles import openDescriptors

STEPS: dict[str, Callable[[World, int], None]] = {
    "connect": lambda world, number: world.connect(number % 5 + 1, f"127.0.0.{number % 3 + 1}"),
    "take": lambda world, number: world.take(number),
    "read": lambda world, number: world.read(number),
    "finish": lambda world, number: world.finish(number),
    "die": lambda world, number: world.die(number),
    "stop": lambda world, number: world.happen(Event.STOP, number),
    "start": lambda world, number: world.happen(Event.START, number),
    "restart": lambda world, number: world.happen(Event.RESTART, number),
    "refuse": lambda world, number: world.refuse(number),
    "hang": lambda world, number: world.hang(number),
    "goOn": lambda world, number: world.goOn(number),
    "spendLong": lambda world, number: world.spend(60 * (number + 1)),
    "agentDies": lambda world, number: world.agentDies(number),
    "giveBack": lambda world, number: world.giveBack(number),
    "rekey": lambda world, number: world.rekey(number),
    "obey": lambda world, number: world.obey(FOREVER * (number % 2)),
    "hangUp": lambda world, number: world.hangUp(number),
    "closePort": lambda world, number: world.closePort(),
    "spend": lambda world, number: world.spend(number + 1),
}
OFTEN = ["connect", "take", "finish", "spend"]

COUNTED = ["obey", "giveBack", "die", "hang", "goOn", "rekey", "restart", "hangUp", "closePort", "read", "spendLong"]

SCHEDULES = st.lists(st.tuples(st.sampled_from([*STEPS, *OFTEN, *OFTEN]), st.integers(0, 7)), min_size=5, max_size=40)


def play(world: World, schedule: list[tuple[str, int]]) -> None:
    """
    Play a schedule; a little time passes after each step.
    """
    for name, number in schedule:
        STEPS[name](world, number)
        world.check()
        world.spend(1)


class ScheduleTests(SynchronousTestCase):
    """
    Whatever happens.
    """

    def live(self, size: int, limits: Limits, schedule: list[tuple[str, int]]) -> World:
        """
        Play a schedule, then serve everybody and end.
        """
        world = World(size, limits)
        try:
            play(world, schedule)
            world.settle()
            self.assertEqual(world.pending(), [], "somebody was not served")
        finally:
            world.close()
            world.checkCounted(0)
        return world

    @settings(max_examples=40, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(SCHEDULES, st.sampled_from(Routing))
    def test_schedules(self, schedule: list[tuple[str, int]], routing: Routing) -> None:
        """
        Limits hold at every instant, each connection is counted for its address as long as it is there, no connection
        is read by two servers, what no server had read from is served, and every descriptor is closed.
        """
        gc.collect()
        before = openDescriptors()
        limits = Limits(maxSessions=5, maxPerServer=2, routing=routing, wait=FOREVER, quiesce=2, liveness=1)
        limits = evolve(limits, foreign=FOREVER)
        self.live(3, limits, schedule)
        gc.collect()
        self.assertEqual(openDescriptors(), before)

    def test_counting(self) -> None:
        """
        However connections end, come back and go on, and whenever the limit of addresses is set, none is
        counted when none is left.
        """
        for seed in range(12):
            random = Random(seed)
            steps = random.choices([*COUNTED, *OFTEN], k=60)
            limits = Limits(maxSessions=8, maxPerServer=4, wait=FOREVER, quiesce=2, liveness=1, foreign=seed % 3)
            schedule = [("spend", 5), *((name, random.randrange(8)) for name in steps)]
            self.live(2, limits, schedule)

    def test_countedLater(self) -> None:
        """
        Whoever had come before the limit was set stays counted in a server that takes the place of another,
        and is counted no longer when gone.
        """
        ends: list[Callable[[World], None]] = [lambda world: world.die(0), lambda world: world.giveBack(0)]
        for end in ends:
            world = World(1, Limits(maxSessions=4, maxPerServer=4, wait=FOREVER))
            world.spend(5)
            world.connect(2)
            world.spend(2)
            world.take(0)
            world.obey(2)
            world.checkCounted(2)
            end(world)
            world.spend(20)
            world.checkCounted(2)
            world.connect(1)
            world.spend(2)
            self.assertEqual(world.acceptor.admission.status().refused, {"FOREIGNIPCONLIMIT": 1})
            world.settle()
            world.checkCounted(0)
            world.close()

    def test_life(self) -> None:
        """
        A pool starts, fills, loses a server that had read nothing, and serves everybody.
        """
        world = World(2, Limits(maxSessions=4, maxPerServer=2, wait=FOREVER))
        world.spend(5)
        world.connect(6)
        world.spend(5)
        self.assertTrue(world.acceptor.full)
        self.assertEqual([member.sessions for member in world.pool.members], [2, 2])
        world.take(0)
        world.die(0)
        world.spend(10)
        self.assertEqual([member.sessions for member in world.pool.members], [2, 2])
        world.settle()
        self.assertEqual([client.answer() for client in world.clients], [SERVED] * 6)
        self.assertFalse(world.acceptor.full)
        self.assertEqual(world.pool.router.peak, 4)
        world.close()

    def test_readIsLost(self) -> None:
        """
        A connection that its server had read from ends with it, and goes to nobody else.
        """
        world = World(2, Limits(maxSessions=4, maxPerServer=2, wait=FOREVER))
        world.spend(5)
        world.connect(2)
        world.spend(2)
        world.take(0)
        world.read(0)
        world.die(0)
        world.spend(20)
        world.settle()
        self.assertEqual(sorted(client.answer() or b"" for client in world.clients), [b"", SERVED])
        world.close()

    def test_orphansFirst(self) -> None:
        """
        Connections of a server that died are served before those that wait in the backlog, in their order.
        """
        world = World(1, Limits(maxSessions=2, maxPerServer=2, wait=FOREVER))
        world.spend(5)
        world.connect(4)
        world.spend(3)
        world.die(0)
        world.spend(10)
        found = world.running(0)
        assert found is not None
        self.assertEqual([offer.number for offer in found[1].take()], [1, 2])
        world.settle()
        self.assertEqual([client.answer() for client in world.clients], [SERVED] * 4)
        world.close()

    def test_greedy(self) -> None:
        """
        One address gets as many sessions as FOREIGNIPCONLIMIT says, while others are served; when
        some of its sessions have ended, or the server that had them, it gets others.
        """
        world = World(3, Limits(maxSessions=6, maxPerServer=2, wait=FOREVER, foreign=2))
        world.spend(5)
        world.connect(5, "127.0.0.2")
        world.connect(2, "127.0.0.3")
        world.spend(5)
        world.take(0)
        world.take(1)
        self.assertEqual([client.answer() for client in world.clients], [None, None, b"", b"", b"", None, None])
        world.finish(0)
        world.connect(2, "127.0.0.2")
        world.spend(5)
        self.assertEqual([client.answer() for client in world.clients[7:]], [None, b""])
        self.assertEqual(world.acceptor.admission.status().refused, {"FOREIGNIPCONLIMIT": 4})
        world.take(0)
        for choice in range(6):
            world.read(choice)
        world.die(0)
        world.spend(20)
        world.connect(1, "127.0.0.2")
        world.spend(5)
        self.assertEqual(world.clients[-1].answer(), None)
        world.close()
        world.checkCounted(0)
