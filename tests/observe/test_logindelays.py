"""
Tests for L{sslpool.observe.logindelays}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sslpool.observe.logindelays import (
    FAMILIAR,
    LONGEST_DELAY,
    LONGEST_WAIT,
    MEMORY,
    MOST_FAMILIAR,
    MOST_RECORDS,
    PACE,
    LoginDelays,
)

HERE, THERE = "192.0.2.1", "192.0.2.2"


class PacesTests(SynchronousTestCase):
    """
    When passwords are looked at.
    """

    def setUp(self) -> None:
        """
        Begin with empty books.
        """
        self.clock = Clock()
        self.delays = LoginDelays(self.clock)

    def tried(self, seconds: float, userid: str, *hosts: str) -> int:
        """
        Try as often as possible for so long, from each host in turn; return how often that was looked at.
        """
        looked, end = 0, self.clock.seconds() + seconds
        while self.clock.seconds() < end:
            for host in hosts:
                pause = self.delays.book(userid, host)
                looked += pause is not None and self.clock.seconds() + pause < end
            self.clock.advance(0.05)
        return looked

    def test_first(self) -> None:
        """
        The first try is looked at at once.
        """
        self.assertEqual(self.delays.book("OPER", HERE), 0)

    def test_growing(self) -> None:
        """
        Wrong passwords for an account from an address cost 1, 2, 4 ... seconds, at most half a minute.
        """
        costs = []
        for _ in range(8):
            self.assertEqual(self.delays.book("OPER", HERE), 0)
            costs.append(self.delays.cost("OPER", HERE))
            self.clock.advance(costs[-1])
        self.assertEqual(costs, [1, 2, 4, 8, 16, LONGEST_DELAY, LONGEST_DELAY, LONGEST_DELAY])

    def test_atOnce(self) -> None:
        """
        Tries at the same time are looked at one after another, as if each were wrong: connections gain nothing.
        """
        self.assertEqual([self.delays.book("OPER", HERE) for _ in range(6)], [0, 1, 3, 7, 15, None])

    def test_twentySeconds(self) -> None:
        """
        Whoever tries as often as he can is looked at five times in twenty seconds.
        """
        self.assertEqual(self.tried(20, "OPER", HERE), 5)

    def test_oneAddress(self) -> None:
        """
        From one address one password a second is looked at, for whatever accounts.
        """
        found = [self.delays.book(f"USER{number}", HERE) for number in range(40)]
        self.assertEqual(found, [*map(float, range(31)), *[None] * 9])

    def test_manyAddresses(self) -> None:
        """
        For one account one password a second is looked at, from wherever they come.
        """
        hosts = [f"192.0.2.{number}" for number in range(100)]
        self.assertLessEqual(self.tried(60, "OPER", *hosts), 60 / PACE + 1)

    def test_othersElsewhere(self) -> None:
        """
        While others try for the operator's account from other addresses, he is looked at in bounded time;
        where he has been before, at once.
        """
        hosts = [f"192.0.2.{number}" for number in range(10, 20)]
        self.tried(10, "OPER", *hosts)
        pause = self.delays.book("OPER", HERE)
        assert pause is not None
        self.assertLessEqual(pause, LONGEST_WAIT)
        self.clock.advance(pause)
        self.delays.right("OPER", HERE)
        self.tried(10, "OPER", *hosts)
        self.assertEqual(self.delays.book("OPER", HERE), 0)

    def test_withdrawn(self) -> None:
        """
        Who goes before his try is looked at does not keep others waiting.
        """
        hosts = [f"192.0.2.{number}" for number in range(10, 40)]
        for host in hosts:
            self.delays.book("OPER", host)
        for host in hosts[1:]:
            self.delays.withdraw("OPER", host)
        self.assertEqual(self.delays.book("OPER", HERE), PACE)

    def test_right(self) -> None:
        """
        After a right password the next wrong one costs what the first does.
        """
        for _ in range(4):
            self.delays.book("OPER", HERE)
        self.clock.advance(30)
        self.delays.book("OPER", HERE)
        self.delays.right("OPER", HERE)
        self.assertEqual(self.delays.cost("OPER", HERE), 0)
        self.clock.advance(PACE)
        self.assertEqual((self.delays.book("OPER", HERE), self.delays.cost("OPER", HERE)), (0, 1))

    def test_otherAccount(self) -> None:
        """
        One's own password does not make that of somebody else cheaper.
        """
        for _ in range(4):
            self.delays.book("OPER", HERE)
        self.delays.right("OTHER", HERE)
        self.clock.advance(7)
        self.assertEqual(self.delays.book("OPER", HERE), 8)

    def test_forgotten(self) -> None:
        """
        After some time wrong passwords are forgotten, and an address is not familiar any more.
        """
        self.delays.book("OPER", HERE)
        self.clock.advance(MEMORY + 2)
        self.delays.book("OPER", HERE)
        self.assertEqual(self.delays.cost("OPER", HERE), 1)
        self.delays.right("OPER", HERE)
        self.clock.advance(FAMILIAR)
        self.delays.book("OPER", THERE)
        self.assertEqual(self.delays.book("OPER", HERE), PACE)

    @given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 9999), st.booleans()), max_size=30))
    def test_bounds(self, tries: list[tuple[int, int, bool]]) -> None:
        """
        Whatever is tried, the books stay small, and nobody waits for longer than he may.
        """
        delays = LoginDelays(Clock())
        for number in range(MOST_RECORDS):
            delays.book(f"U{number}", f"host {number}")
        for userid, host, right in tries:
            pause = delays.book(f"V{userid}", f"other {host}")
            self.assertTrue(pause is None or 0 <= pause <= LONGEST_WAIT)
            if right:
                delays.right(f"V{userid}", f"other {host}")
        for table in (delays._records, delays._hosts, delays._accounts):
            self.assertLessEqual(len(table), MOST_RECORDS + 1)
        self.assertLessEqual(len(delays._familiar), MOST_FAMILIAR)
