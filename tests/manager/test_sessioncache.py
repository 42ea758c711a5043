"""
Tests for L{sslpool.manager.sessioncache}.
"""

from __future__ import annotations

from itertools import product

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import ServerParameters
from sslpool.manager.member import Member, Process
from sslpool.manager.seats import Seat, Seats
from sslpool.manager.sessioncache import SessionCache
from sslpool.messages import OperatorError, said
from sslpool.reports.cache import cacheLines
from sslpool.reports.units import Times
from sslpool.wire.cachebook import HELD, KEPT, KEYED, LASTING, CacheBook
from sslpool.wire.cachestatus import CacheFigures, SegmentStatus
from sslpool.wire.segment import KeyFacts
from tests.config.support import current
from tests.doubles.room import FakeHandoff, newSegment
from tests.doubles.servers import FakeLink
from tests.neighbours import FakeAgent

LIFE = 600
DAY = 86_400.0
RING = 99


class SessionCacheTests(SynchronousTestCase):
    """
    Two members, one of which runs.
    """

    def setUp(self) -> None:
        """
        Have a segment with the keys of an agent.
        """
        self.now = 5000.0
        self.segment = newSegment()
        self.agent = FakeAgent(KeyFacts(RING, 4_000_000, 86_400, 10, 0))
        self.seats = Seats(lambda number, woken: Seat(number, self.segment.region(number), FakeHandoff()))
        self.members = [Member(index, f"SSL0000{index + 1}", self.seats.own(index), 0.0) for index in (0, 1)]
        self.begin(0)
        self.cache = self.make()

    def make(self, life: int = LIFE) -> SessionCache:
        """
        Have a cache with this CACHELIFE.
        """
        return SessionCache(
            self.segment,
            self.agent,
            lambda: SegmentStatus("TCPIP", 1, "10000", "100FF", 4096, ()),
            current(parameters=ServerParameters(cacheLife=life, cacheCleanup=20)).configuration,
            self.members,
            self.seats,
            lambda: self.now,
        )

    def begin(self, index: int) -> None:
        """
        Give a member a process.
        """
        link = FakeLink(None, None, lambda: None)  # type: ignore[arg-type]
        process = Process(self.members[index].home, link, 0.0)
        process.pid = 4711
        self.members[index].process = process

    def book(self, index: int, ring: int = RING) -> CacheBook:
        """
        Be a server.
        """
        return CacheBook(self.segment.cache(index), LIFE, 20, ring, self.now)

    def refused(self, forget: bool = False) -> str:
        """
        Return why there is no other key.
        """
        return str(self.assertRaises(OperatorError, self.cache.rotate, forget))

    def test_figures(self) -> None:
        """
        The sums over all servers, or the books of one, without a question to any.
        """
        one, other = self.book(0), self.book(1)
        one.count("WEBCERT", False, True, self.now)
        one.count("WEBCERT", True, True, self.now)
        other.count("WEBCERT", True, False, self.now)
        other.count("ANOTHER", False, True, self.now)
        status = self.cache.status()
        self.assertEqual(
            status.labels, (CacheFigures("ANOTHER", 1, 0, 1, 0, 1, 0), CacheFigures("WEBCERT", 2, 0, 2, 2, 1, 0))
        )
        self.assertEqual((status.life, status.cleanup, status.stack, status.problems), (LIFE, 20, "TCPIP", ()))
        self.assertEqual(self.cache.status("SSL00002").labels[1], CacheFigures("WEBCERT", 0, 0, 0, 1, 0, 0))
        self.now += LIFE * 1.1
        self.assertEqual(self.cache.status().labels[1], CacheFigures("WEBCERT", 0, 2, 2, 2, 1, 0))

    def test_alive(self) -> None:
        """
        Only what somebody can resume is alive: tickets of TLS 1.3 as long as their key is the present one, also
        in the books of servers that have ended, and what a server keeps itself as long as it takes connections.
        """
        for index in (0, 1):
            book = self.book(index)
            for entry in (LASTING, KEYED, HELD):
                book.count("WEBCERT", False, entry, self.now)

        def alive() -> tuple[int, int]:
            (found,) = self.cache.status().labels
            return found.alive, found.expired

        self.assertEqual(alive(), (5, 1))
        self.cache.rotate(False)
        self.assertEqual(alive(), (2, 4))
        former = self.members[0].process
        self.begin(1)
        self.agent.words.keys = KeyFacts(RING + 1, 5_000_000, 86_400, 10, 1)
        self.assertEqual(alive(), (6, 0), "only its servers know which key of an earlier agent is the present one")
        self.segment.rotate(True)
        self.assertEqual(alive(), (0, 6))
        assert former is not None
        self.members[0].process = self.members[1].process = None
        self.assertEqual(alive(), (0, 6))

    def test_users(self) -> None:
        """
        The pool's size plus one when all run.
        """
        self.assertEqual(self.cache.status().segment.users, ("SSL00001", "SSLDCSSM"))
        self.begin(1)
        self.assertEqual(self.cache.status().segment.users, ("SSL00001", "SSL00002", "SSLDCSSM"))
        self.agent.pid = 0
        self.assertEqual(self.cache.status().segment.users, ("SSL00001", "SSL00002"))

    def keys(self) -> tuple[int, float, float, int]:
        """
        Return how many keys there are, how old the present one is, when it is replaced, and how many are left.
        """
        status = self.cache.status()
        age = status.keyUntil - DAY
        return status.keys, round(status.keySince - age, 1), round(status.keyUntil - age, 1), status.keysLeft

    def test_keys(self) -> None:
        """
        A key is replaced when its time is over; the one before is accepted for CACHELIFE.
        """
        self.assertEqual(self.keys(), (1, 0.0, DAY, 9))
        self.now = 4000.0 + 2 * DAY + LIFE - 1
        self.assertEqual(self.keys(), (2, 0.0, DAY, 7))
        self.now += 2
        self.assertEqual(self.keys(), (1, 0.0, DAY, 7))

    def test_turn(self) -> None:
        """
        An operator may have another one sooner; servers see that in the segment.
        """
        (message,) = self.cache.rotate(False)
        self.assertTrue(message.id == "SSLP169I")
        self.assertEqual((self.segment.rotations, self.segment.forgotten), (1, 0))
        self.assertEqual(self.keys(), (2, 1000.0, DAY, 8))
        self.now += LIFE + 1
        self.assertEqual(self.keys(), (1, 1000.0, DAY, 8))

    def test_forget(self) -> None:
        """
        With NOW none of those before is accepted.
        """
        self.cache.rotate(False)
        self.assertEqual(self.cache.rotate(True), [])
        self.assertEqual((self.segment.rotations, self.segment.forgotten), (2, 1))
        self.assertEqual(self.keys()[0], 1)
        self.now += 1
        self.cache.rotate(False)
        self.assertEqual(self.keys()[0], 2)

    def test_usedUp(self) -> None:
        """
        No more keys are asked for than there are, and no more than a few are kept.
        """
        for _ in range(9):
            self.cache.rotate(False)
        self.assertEqual(self.keys(), (1 + KEPT, 1000.0, DAY, 0))
        self.assertTrue(self.refused().startswith("SSLP167E SSLDCSSM has no more ticket keys"))
        self.assertEqual((self.segment.rotations, self.cache.usedUp), (9, True))
        self.agent.words.keys = KeyFacts(RING + 1, 5_000_000, 86_400, 10, self.segment.rotations)
        self.assertEqual((self.keys(), self.cache.usedUp), ((1, 0.0, DAY, 9), False))
        self.cache.rotate(False)
        # Servers that have outlived them make keys of their own; none is left all the same.
        self.now += 20 * DAY
        self.assertEqual((self.keys()[3], self.cache.usedUp), (0, True))

    def test_forgetUsedUp(self) -> None:
        """
        With NOW they are forgotten also where no other is left: servers are replaced after that.
        """
        for _ in range(9):
            self.cache.rotate(False)
        self.cache.rotate(True)
        self.assertEqual(self.segment.forgotten, 1)

    def test_noResumption(self) -> None:
        """
        With CACHELIFE 0 there is no key.
        """
        self.cache = self.make(0)
        self.assertEqual((self.cache.status().keys, self.cache.status().keySince), (0, 0.0))
        self.assertTrue(self.refused().startswith("SSLP168E"))
        self.assertFalse(self.cache.usedUp)

    def test_noKeysYet(self) -> None:
        """
        Before the first agent is ready there are no keys to be replaced.
        """
        self.agent.words.keys = KeyFacts()
        self.assertEqual((self.cache.status().keys, self.cache.status().keysLeft), (0, 0))
        self.assertTrue(self.refused().startswith("DTCSSL2421E SSLDCSSM: Communication error: it has made no ticket"))
        self.assertFalse(self.cache.usedUp)
        self.assertEqual(self.segment.rotations, 0)

    def test_agentDead(self) -> None:
        """
        Without an agent that is said; the books are there.
        """
        self.book(0).count("WEBCERT", False, True, self.now)
        self.agent.pid = 0
        status = self.cache.status()
        self.assertEqual(status.problems, (said("DTCSSL2421E", server="SSLDCSSM", reason="the agent is not running"),))
        self.assertEqual(status.labels[0].alive, 1)

    def test_otherAgent(self) -> None:
        """
        A server of an earlier agent is named, and its entries are alive as long as it
        runs: with the others nobody resumes.
        """
        self.book(0).count("WEBCERT", False, True, self.now)
        self.agent.words.keys = KeyFacts(RING + 1, 5_000_000, 86_400, 10, 0)
        status = self.cache.status()
        self.assertEqual(status.problems, (said("SSLP166W", server="SSL00001"),))
        self.assertEqual(status.labels[0].alive, 1)
        self.members[0].process = None
        status = self.cache.status()
        self.assertEqual((status.problems, status.labels[0].alive, status.labels[0].expired), ((), 0, 1))

    def test_wildFacts(self) -> None:
        """
        Whatever an agent says of its ticket keys, there is an answer, soon, which can be shown.
        """
        wild = (0, 1, 86_400_000, (1 << 31) - 1, 1 << 62, (1 << 64) - 1)
        times = Times(self.now)
        for began, period, size, base in product(wild, wild, (0, 400, (1 << 64) - 1), (0, 7, (1 << 64) - 1)):
            self.agent.words.keys = KeyFacts(RING, began, period, size, base)
            status = self.cache.status()
            self.assertLessEqual(status.keys, KEPT + 1)
            self.assertTrue(cacheLines(status, times))
            self.assertIn(self.cache.usedUp, (True, False))
