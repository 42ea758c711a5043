"""
Tests for L{sslpool.commands.ssladmin.monitor}.
"""

from __future__ import annotations

from attrs import evolve
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.command import Report
from sslpool.commands.options import Options
from sslpool.commands.ssladmin import main as ssladmin
from sslpool.commands.ssladmin.monitor import WatchedSessions, WatchedSummary
from sslpool.messages import OperatorError
from sslpool.reports.units import Times
from tests.control.joined import join
from tests.doubles.administration import STARTED, FakeAdministration, poolStatus, serverStatus, sessionRecord


class MonitorTests(SynchronousTestCase):
    """
    Reports that follow each other.
    """

    def setUp(self) -> None:
        """
        Join a pool.
        """
        self.pool = FakeAdministration(poolStatus([serverStatus(1, sessions=4), serverStatus(2, "Eligible")]))
        self.joined = join(self.pool)

    def watch(self, command: str) -> list[Report]:
        """
        Return two reports, two seconds apart; meanwhile there are six more sessions,
        and the wall clock is set an hour back.
        """
        request = ssladmin.PROGRAM.grammar.parse([command], Options())
        ask = ssladmin.PROGRAM.ask(request)
        assert isinstance(ask, WatchedSummary | WatchedSessions)
        clock = Clock()
        ask.clock = clock.seconds
        reports = []
        for wall in (STARTED, STARTED - 3600):
            answer = self.joined.ask(ask(self.joined.client, request, Times(wall)))
            clock.advance(2)
            reports.append(self.successResultOf(answer))
            first = self.pool.pool.servers[0]
            servers = (evolve(first, total=first.total + 6), *self.pool.pool.servers[1:])
            self.pool.pool = evolve(self.pool.pool, servers=servers)
            self.pool.known = [evolve(sessionRecord(7), received=2048 + 4096)]
        return reports

    def test_summary(self) -> None:
        """
        The second report has rates.
        """
        first, second = ("\n".join(map(str, each.lines)) for each in self.watch("(monitor 2"))
        self.assertIn("SSL00001  Active           4   600      4      -", first)
        self.assertIn("SSL00001  Active           4   600     10    3.0   0 B    0 B", second)

    def test_sessions(self) -> None:
        """
        So has that about sessions.
        """
        _, second = self.watch("query sessions (mon 2")
        self.assertIn("in 2.0 KiB/s", "\n".join(map(str, second.lines)))

    def test_oneServer(self) -> None:
        """
        SSLSERVER counts here as well; a server that is not Active has nothing to tell,
        one that there is not is a message.
        """
        (_, second) = self.watch("q st (mon 2 ssl ssl00002")
        self.assertEqual([line.split()[0] for line in map(str, second.lines) if line.startswith("SSL")], ["SSL00002"])
        self.assertEqual(second.errors, [])
        request = ssladmin.PROGRAM.grammar.parse(["q st (mon 2 ssl ssl00009"], Options())
        answer = self.joined.ask(ssladmin.PROGRAM.ask(request)(self.joined.client, request, Times(STARTED)))
        self.failureResultOf(answer, OperatorError)

    def test_withoutMonitor(self) -> None:
        """
        A single report has no rates.
        """
        request = ssladmin.PROGRAM.grammar.parse(["q st"], Options())
        self.assertIs(ssladmin.PROGRAM.ask(request), ssladmin.summary)
