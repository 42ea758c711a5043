# -*- test-case-name: tests.pool.test_routing -*-
"""
Tests for L{sslpool.pool.routing}: cases, and whatever can happen to a pool.
"""

from __future__ import annotations

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.limits import Limits, Routing
from sslpool.pool.routing import Availability, Room, choose, roomFor, toActivate
from sslpool.pool.states import Action, Event, State, Transition, follow
from sslpool.wire.segment import Region
from tests.doubles.room import newSegment

A, B, E, S, X = Availability.OPEN, Availability.BUSY, Availability.ELIGIBLE, Availability.COMING, Availability.CLOSED
STANDINGS = {State.ACTIVE: A, State.ELIGIBLE: E, State.STARTING: S, State.STOPPED: X}
FILL = Limits(maxSessions=10, maxPerServer=4)
SPREAD = evolve(FILL, routing=Routing.SPREAD)


class ChooseTests(SynchronousTestCase):
    """
    Which member takes a connection.
    """

    def test_fill(self) -> None:
        """
        The first active member with room, however full it is.
        """
        self.assertEqual(choose([A, A, A], [3, 0, 0], 3, FILL), 0)
        self.assertEqual(choose([A, A, A], [4, 3, 0], 7, FILL), 1)
        self.assertEqual(choose([A, A, A], [4, 4, 0], 8, FILL), 2)

    def test_onlyActive(self) -> None:
        """
        Members that are not open take nothing.
        """
        self.assertEqual(choose([E, S, X, A], [0, 0, 0, 1], 1, FILL), 3)
        self.assertIsNone(choose([E, S, X], [0, 0, 0], 0, FILL))
        self.assertIsNone(choose([], [], 0, FILL))

    def test_roomAgain(self) -> None:
        """
        A session that ends makes room where it was.
        """
        self.assertEqual(choose([A, A], [3, 4], 7, FILL), 0)

    def test_spread(self) -> None:
        """
        The active member with the fewest sessions, and the first of several.
        """
        self.assertEqual(choose([A, A, A], [3, 1, 2], 6, SPREAD), 1)
        self.assertEqual(choose([A, A, A], [2, 1, 1], 4, SPREAD), 1)
        self.assertEqual(choose([A, X, A], [2, 0, 1], 3, SPREAD), 2)
        self.assertIsNone(choose([A, A], [4, 4], 8, SPREAD))

    def test_maxSessions(self) -> None:
        """
        MAXSESSIONS counts all members, those that quiesce included.
        """
        self.assertIsNone(choose([A, X, A], [3, 4, 3], 10, FILL))
        self.assertEqual(choose([A, X, A], [3, 3, 3], 9, FILL), 0)

    def test_data(self) -> None:
        """
        Data connections take room in a server, and do not count for MAXSESSIONS.
        """
        self.assertEqual(choose([A, A], [2, 0], 2, FILL, [2, 0].__getitem__), 1)
        self.assertEqual(choose([A, A], [2, 0], 2, FILL, [1, 0].__getitem__), 0)
        self.assertIsNone(choose([A, A], [1, 4], 5, FILL, [8, 0].__getitem__))
        self.assertEqual(choose([A, A], [4, 3], 7, FILL, [9, 0].__getitem__), 1)
        self.assertEqual(choose([A, A], [1, 2], 3, SPREAD, [2, 0].__getitem__), 1)
        self.assertEqual(toActivate([A, E], [2, 0], 2, FILL, [2, 0].__getitem__), 1)
        self.assertIsNone(toActivate([A, E], [2, 0], 2, FILL, [1, 0].__getitem__))

    def test_lowered(self) -> None:
        """
        Limits below what is in use: nothing is taken.
        """
        self.assertIsNone(choose([A, A], [5, 9], 14, FILL))
        self.assertEqual(choose([A, A], [5, 3], 8, FILL), 1)


class ActivateTests(SynchronousTestCase):
    """
    Whether one more member is activated.
    """

    def test_allFull(self) -> None:
        """
        The first Eligible member, when every active one is full.
        """
        self.assertEqual(toActivate([A, E, E], [4, 0, 0], 4, FILL), 1)
        self.assertEqual(toActivate([A, X, E], [4, 0, 0], 4, FILL), 2)
        self.assertEqual(toActivate([E, E], [0, 0], 0, FILL), 0)

    def test_room(self) -> None:
        """
        None while an active one has room.
        """
        self.assertIsNone(toActivate([A, E], [3, 0], 3, FILL))
        self.assertIsNone(toActivate([A, A, E], [4, 3, 0], 7, FILL))

    def test_oneAtATime(self) -> None:
        """
        None while another is starting.
        """
        self.assertIsNone(toActivate([A, S, E], [4, 0, 0], 4, FILL))

    def test_useless(self) -> None:
        """
        None where MAXSESSIONS is reached, or none is Eligible.
        """
        self.assertIsNone(toActivate([A, A, E], [4, 6, 0], 10, FILL))
        self.assertIsNone(toActivate([A, X, A], [4, 0, 4], 8, FILL))

    def test_busy(self) -> None:
        """
        One that can take nothing at this moment is passed over, and is no reason
        to activate another: it has room in a moment.
        """
        self.assertEqual(choose([B, A], [0, 0], 0, FILL), 1)
        self.assertIsNone(choose([B, X], [0, 0], 0, FILL))
        self.assertIsNone(toActivate([B, E], [0, 0], 0, FILL))
        self.assertEqual(toActivate([B, E], [4, 0], 4, FILL), 1)

    def test_former(self) -> None:
        """
        Sessions of processes that have been replaced count against MAXSESSIONS.
        """
        self.assertEqual(choose([A], [1], 9, FILL), 0)
        self.assertIsNone(choose([A], [1], 10, FILL))
        self.assertIsNone(toActivate([X, E], [0, 0], 10, FILL))


class Model:
    """
    A pool in which everything happens that can, one thing after another, with
    the real table, the real counters and the real routing.
    """

    def __init__(self, members: int, limits: Limits) -> None:
        segment = newSegment()
        self.regions = [segment.region(index) for index in range(members)]
        self.states = [State.ELIGIBLE] * members
        self.limits = limits
        self.waiting = 0
        self.event(0, Event.ACTIVATE)

    @property
    def sessions(self) -> list[int]:
        """
        The sessions of each member.
        """
        return [region.sessions for region in self.regions]

    @property
    def availabilities(self) -> list[Availability]:
        """
        What each member means to connections.
        """
        return [STANDINGS[state] for state in self.states]

    def event(self, index: int, event: Event) -> None:
        """
        Let C{event} happen to a member; one that dies loses its sessions.
        """
        entry = follow(self.states[index], event)
        if isinstance(entry, Transition):
            self.states[index] = entry.to
            if event is Event.DIED:
                self.regions[index].clear()
            if entry.action is Action.RELAUNCH:
                self.event(index, Event.ACTIVATE)

    def finish(self, index: int) -> None:
        """
        A session of a member ends.
        """
        if self.regions[index].sessions:
            self.regions[index].words[Region.FINISHED] += 1

    def settle(self) -> None:
        """
        Route what waits; see that no limit is exceeded and the order is kept.
        """
        while self.waiting:
            index = choose(self.availabilities, self.sessions, sum(self.sessions), self.limits)
            if index is None:
                break
            self.checkChoice(index)
            self.regions[index].handed += 1
            self.waiting -= 1
            assert self.sessions[index] <= self.limits.maxPerServer
            assert sum(self.sessions) <= self.limits.maxSessions
        if self.waiting:
            self.activate()

    def checkChoice(self, chosen: int) -> None:
        """
        See that the choice is an active member, and the right one.
        """
        assert self.states[chosen] is State.ACTIVE
        active = [index for index, state in enumerate(self.states) if state is State.ACTIVE]
        if self.limits.routing is Routing.FILL:
            before = [index for index in active if index < chosen]
            assert all(self.sessions[index] >= self.limits.maxPerServer for index in before)
        else:
            assert self.sessions[chosen] == min(self.sessions[index] for index in active)

    def activate(self) -> None:
        """
        Activate a member if that is called for; see that it is not otherwise, and that what waits has to wait.
        """
        full = all(
            self.sessions[index] >= self.limits.maxPerServer
            for index, state in enumerate(self.states)
            if state is State.ACTIVE
        )
        exhausted = sum(self.sessions) >= self.limits.maxSessions
        assert full or exhausted
        index = toActivate(self.availabilities, self.sessions, sum(self.sessions), self.limits)
        if index is None:
            assert exhausted or State.STARTING in self.states or State.ELIGIBLE not in self.states
        else:
            assert full and not exhausted and State.STARTING not in self.states
            assert State.ELIGIBLE not in self.states[:index]
            self.event(index, Event.ACTIVATE)
            assert self.states[index] is State.STARTING


class RoomTests(SynchronousTestCase):
    """
    What the next connection meets when MAXSESSIONS is reached.
    """

    def test_limit(self) -> None:
        """
        MAXSESSIONS is the limit where there would be room without it; else it is what it would be anyway.
        """
        limits = Limits(maxSessions=2, maxPerServer=2)
        for availability, sessions, expected in (
            (Availability.OPEN, 1, Room.LIMIT),
            (Availability.ELIGIBLE, 0, Room.LIMIT),
            (Availability.COMING, 0, Room.LIMIT),
            (Availability.OPEN, 2, Room.FULL),
        ):
            self.assertIs(roomFor([Availability.OPEN, availability], [2, sessions], 2, limits), expected)
        self.assertIs(roomFor([Availability.CLOSED], [0], 2, limits), Room.NOBODY)


MEMBERS = 4
LIMITS = st.builds(
    Limits, maxSessions=st.integers(1, 20), maxPerServer=st.integers(1, 8), routing=st.sampled_from(Routing)
)
STEPS = st.one_of(
    st.tuples(st.just("arrive"), st.integers(1, 6)),
    st.tuples(st.just("finish"), st.integers(0, MEMBERS - 1)),
    st.tuples(st.sampled_from(Event), st.integers(0, MEMBERS - 1)),
    st.tuples(st.just("limits"), LIMITS),
)


class ScheduleTests(SynchronousTestCase):
    """
    Over any schedule of connections, ends, deaths, operators and limits.
    """

    @settings(max_examples=400)
    @given(LIMITS, st.lists(STEPS, max_size=60))
    def test_anySchedule(self, limits: Limits, steps: list[tuple[object, object]]) -> None:
        """
        Neither limit is ever exceeded, the order of filling is kept, a member
        is activated only when all active ones are full, and nothing waits without need.
        """
        pool = Model(MEMBERS, limits)
        for what, operand in steps:
            if isinstance(what, Event):
                assert isinstance(operand, int)
                pool.event(operand, what)
            elif isinstance(operand, Limits):
                before = pool.sessions
                pool.limits = operand
                self.assertEqual(pool.sessions, before)
            elif isinstance(operand, int) and what == "finish":
                pool.finish(operand)
            elif isinstance(operand, int):
                pool.waiting += operand
            pool.settle()

    @given(st.integers(1, 40))
    def test_fillUp(self, connections: int) -> None:
        """
        With all members in order, connections fill them one after another.
        """
        pool = Model(MEMBERS, Limits(maxSessions=30, maxPerServer=8))
        for _ in range(connections):
            pool.waiting += 1
            for index in range(MEMBERS):
                if pool.states[index] is State.STARTING:
                    pool.event(index, Event.READY)
                pool.settle()
        settled = min(connections, 30)
        self.assertEqual(pool.sessions, [max(0, min(8, settled - 8 * index)) for index in range(MEMBERS)])
        started = sum(state is State.ACTIVE for state in pool.states)
        self.assertEqual(started, -(-settled // 8))
