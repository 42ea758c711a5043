"""
Tests for L{sslpool.reports.rates}.
"""

from __future__ import annotations

from datetime import UTC

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import said
from sslpool.reports.rates import Rate, Sample, rateSessionsLines, rateSummaryLines, serverSamples, sessionSamples
from sslpool.reports.units import Times
from tests.doubles.administration import STARTED, poolStatus, serverDetails, serverStatus, sessionRecord

TIMES = Times(STARTED + 60, UTC)


class RateTests(SynchronousTestCase):
    """
    What is between two reports.
    """

    def test_between(self) -> None:
        """
        Differences by the time between them.
        """
        before, after = Sample(10.0, 100, 1000, 0), Sample(12.0, 105, 5000, 4096)
        self.assertEqual(Rate.between(before, after), Rate(2.5, 2000.0, 2048.0))

    def test_unknown(self) -> None:
        """
        The first report, no time between them, and another process say nothing.
        """
        sample = Sample(10.0, 100, 1000, 1000)
        self.assertEqual(Rate.between(None, sample), Rate())
        self.assertEqual(Rate.between(sample, sample), Rate())
        self.assertEqual(Rate.between(sample, Sample(11.0, 101, 0, 0)), Rate(1.0, None, None))

    def test_samples(self) -> None:
        """
        Sessions come from the pool, octets from the servers that answer.
        """
        status = poolStatus([serverStatus(1, sessions=7), serverStatus(2)])
        silent = said("DTCSSL2421E", server="SSL00002", reason="no")
        found = serverSamples(status, [serverDetails("SSL00001"), silent], 5.0)
        self.assertEqual(found, {"SSL00001": Sample(5.0, 7, 4096, 1_048_576)})
        self.assertEqual(sessionSamples([sessionRecord(3)], 5.0), {3: Sample(5.0, 0, 2048, 1_048_576)})

    def test_summary(self) -> None:
        """
        A column for each rate, a dash for what is not known, sums below.
        """
        status = poolStatus([serverStatus(1, sessions=7), serverStatus(2, "Eligible")])
        lines = rateSummaryLines(status, {"SSL00001": Rate(2.5, 2048.0, 1_048_576.0)}, TIMES)
        self.assertEqual(
            lines[5:],
            [
                "Server    State     Sessions   Max  Total  New/s     In/s    Out/s",
                "--------  --------  --------  ----  -----  -----  -------  -------",
                "SSL00001  Active           7   600      7    2.5  2.0 KiB  1.0 MiB",
                "SSL00002  Eligible         0   600      0      -        -        -",
                "--------  --------  --------  ----  -----  -----  -------  -------",
                "Total     1 active         7  1200      7    2.5  2.0 KiB  1.0 MiB",
            ],
        )
        one = rateSummaryLines(status, {}, TIMES, "SSL00002")
        self.assertEqual([line for line in one if line.startswith(("SSL", "Total"))], [one[-1]])

    def test_hung(self) -> None:
        """
        A server that hangs is marked, as without rates.
        """
        hung = evolve(serverStatus(1), health="hung", healthReason="no progress for 4 s")
        text = "\n".join(rateSummaryLines(poolStatus([hung]), {}, TIMES))
        self.assertIn("SSL00001  Active, Hung  ", text)
        self.assertIn("Hung: no progress for 4 s; it gets no new sessions", text)

    def test_sessions(self) -> None:
        """
        Rates stand behind the other facts of a session.
        """
        sessions = [sessionRecord(3), evolve(sessionRecord(4), userid="MAIL")]
        text = "\n".join(rateSessionsLines(sessions, {3: Rate(None, 10.0, None)}, TIMES))
        self.assertIn("out 1.0 MiB  in 10 B/s  out -/s\n", text)
        self.assertEqual(text.count("/s"), 2)
