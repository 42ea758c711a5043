"""
Tests for L{sslpool.manager.census}.
"""

from __future__ import annotations

from attrs import evolve
from twisted.internet.defer import succeed
from twisted.logger import capturedLogs

from sslpool.interfaces import NoAnswer
from sslpool.manager.census import PAGE, Census
from sslpool.pool.peers import Peer, Peers
from tests.doubles.administration import sessionRecord
from tests.doubles.room import FakeHandoff
from tests.doubles.servers import FakeLink
from tests.logs import ids
from tests.manager.pools import PoolCase


class CensusTests(PoolCase):
    """
    Servers are asked for what they have.
    """

    def setUp(self) -> None:
        """
        Start a pool with one server.
        """
        super().setUp()
        self.start()
        process = self.members[0].process
        assert process is not None and isinstance(process.link, FakeLink)
        self.link: FakeLink = process.link
        self.handoff: FakeHandoff = self.handoffs[0]
        self.table = Peers()
        self.members[0].region.handed = 1

    def place(self, host: str) -> Peer | None:
        """
        Return the place of an address; one is not counted.
        """
        return None if host == "192.0.2.9" else self.table.get(host) or self.table.add(host)

    def test_pages(self) -> None:
        """
        All sessions are asked for, a page at a time, and those of clients are counted.
        """
        some = [sessionRecord(number) for number in range(1, 2 * PAGE + 1)]
        clients = ["192.0.2.1:5", "[2001:db8::1]:5", "192.0.2.9:5"]
        some += [evolve(sessionRecord(1000 + at), client=client) for at, client in enumerate(clients)]
        some += [evolve(sessionRecord(2000), kind="Dynamic"), evolve(sessionRecord(2 << 32), kind="Data")]
        self.link.known = some
        self.members[0].region.handed = len(some)
        Census(self.pool).begin(self.place)
        self.assertTrue(self.handoff.watched)
        self.assertEqual([number for number, _ in self.handoff.adopted], [*range(1, 2 * PAGE + 1), 1000, 1001, 1002])
        hosts = [peer and peer.key for _, peer in self.handoff.adopted[-3:]]
        self.assertEqual(hosts, ["192.0.2.1", "2001:db8::1", None])

    def test_silent(self) -> None:
        """
        A server that does not answer or has gone has nothing counted, and nobody is to blame.
        """
        with capturedLogs() as events:
            for failure in (NoAnswer(), ConnectionError()):
                self.link.failure = failure
                Census(self.pool).begin(self.place)
        self.assertEqual((ids(events), self.handoff.adopted), ([], []))

    def test_fault(self) -> None:
        """
        A mistake of ours is told, and what is there is given to the handoff all the same.
        """
        self.link.failure = KeyError("x")
        with capturedLogs() as events:
            Census(self.pool).begin(self.place)
        self.assertEqual(len(events), 1)
        self.flushLoggedErrors(KeyError)

    def test_wild(self) -> None:
        """
        A server that names more sessions than it has, strange ones, or the same for ever has no more of them counted
        than it has, and the questions end.
        """
        self.members[0].region.handed = 3
        strange = [evolve(sessionRecord(at), client=client) for at, client in enumerate(("", "x:5", "[::/0]:1"), 1)]
        for known in (
            [sessionRecord(number) for number in range(1, 5 * PAGE)],
            [sessionRecord(5)] * PAGE,
            [sessionRecord(-number) for number in range(PAGE)],
            strange,
        ):
            self.handoff.adopted.clear()
            self.patch(FakeLink, "sessions", lambda link, after, limit, page=known[:PAGE]: succeed(page))
            with capturedLogs() as events:
                Census(self.pool).begin(self.place)
            self.assertEqual(events, [])
            self.assertLessEqual(len(self.handoff.adopted), 3)
        self.assertEqual(self.handoff.adopted, [])
