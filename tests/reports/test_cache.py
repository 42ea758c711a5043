"""
Tests for L{sslpool.reports.cache}.
"""

from __future__ import annotations

from datetime import UTC

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.reports.cache import cacheLines, nssMapLines, nssUsersLines
from sslpool.reports.units import Times
from sslpool.wire.cachestatus import CacheFigures
from tests.doubles.administration import STARTED, cacheStatus

TIMES = Times(STARTED, UTC)


class CacheTests(SynchronousTestCase):
    """
    QUERY CACHE.
    """

    def test_whole(self) -> None:
        """
        A line for each label, and the sums.
        """
        status = cacheStatus(CacheFigures("OTHER", 1, 0, 1, 0, 1, 0), CacheFigures("WEBCERT", 5, 2, 9, 30, 6, 2))
        self.assertEqual(cacheLines(status, TIMES), [
            "Cache     all servers of stack TCPIP",
            "Segment   TCPIP, 11.8 MiB, pages 10000-100FF, 2 users",
            "Life      24 H; clean-up every 100 handshakes of a server",
            "Keys      2 accepted; the current one for 01:00:00, until 2023-11-15 21:13:20 at",
            "          the latest; 398 left",
            "",
            "Label    Alive  Expired  Added  Removed  Resumed  Missed   Ratio",
            "-------  -----  -------  -----  -------  -------  ------  ------",
            "OTHER        1        0      1        0        0       1   0.0 %",
            "WEBCERT      5        2      9        2       30       6  83.3 %",
            "-------  -----  -------  -----  -------  -------  ------  ------",
            "Total        6        2     10        2       30       7  81.1 %",
        ])  # fmt: skip

    def test_one(self) -> None:
        """
        The books of one server are said to be that.
        """
        self.assertEqual(
            cacheLines(evolve(cacheStatus(), server="SSL00002"), TIMES)[0], "Cache     SSL00002 of stack TCPIP"
        )

    def test_nothing(self) -> None:
        """
        Without resumption there are no keys, and without a client no figures.
        """
        status = evolve(cacheStatus(), life=0, keys=0, labels=())
        self.assertEqual(
            cacheLines(status, TIMES)[2:],
            ["Life      0: no session is resumed", "Keys      none", "", "No handshakes yet"],
        )

    def test_oneKey(self) -> None:
        """
        A key that has replaced none is the only one.
        """
        self.assertIn("Keys      1; the current one for", "\n".join(cacheLines(evolve(cacheStatus(), keys=1), TIMES)))

    def test_noHandshake(self) -> None:
        """
        A label without handshakes has no ratio.
        """
        lines = cacheLines(cacheStatus(CacheFigures("WEBCERT", 0, 0, 0, 0, 0, 0)), TIMES)
        self.assertTrue(lines[-1].endswith(" -"))


class SegmentTests(SynchronousTestCase):
    """
    The segment as z/VM shows a DCSS.
    """

    def test_map(self) -> None:
        """
        QUERY NSS NAME name MAP: as in the source document.
        """
        segment = evolve(cacheStatus().segment, users=("SSL00001",) * 5 + ("SSLDCSSM",))
        self.assertEqual(nssMapLines(segment), [
            "FILE FILENAME FILETYPE MINSIZE BEGPAG ENDPAG TYPE CL #USERS PARMREGS VMGROUP",
            "9539 TCPIP    DCSS     N/A     10000  100FF   SN  R  00006  N/A      N/A",
        ])  # fmt: skip

    def test_users(self) -> None:
        """
        QUERY NSS USERS name; more users than go on one line continue on the next.
        """
        self.assertEqual(nssUsersLines(cacheStatus().segment), [
            "FILE FILENAME FILETYPE CLASS",
            "9539 TCPIP    DCSS     R",
            " SSL00001 SSLDCSSM",
        ])  # fmt: skip
        many = evolve(cacheStatus().segment, users=tuple(f"SSL{number:05}" for number in range(1, 12)))
        self.assertEqual(len(nssUsersLines(many)), 4)
