"""
Tests for L{sslpool.reports.cp}.
"""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import OperatorError
from sslpool.reports.cp import Host, Subject, Usage, answer
from sslpool.wire.cachestatus import SegmentStatus
from tests.doubles.administration import STARTED, poolStatus, serverStatus

SUBJECT = Subject(
    userid="SSL00001",
    status=poolStatus([serverStatus(1, sessions=2), serverStatus(2, "Eligible")]),
    now=datetime.fromtimestamp(STARTED + 3661, UTC),
    usage=Usage(61.25, 62.5, 50 * 1024 * 1024),
    host=Host("node1", "Linux 6.1 x86_64", ("sslpool 1.0", "Python 3.13"), 2, (0.5, 0.25, 0.125), 8 << 30, 6 << 30),
    segment=SegmentStatus("TCPIP", 9539, "10000", "100FF", 1 << 20, ("SSL00001", "SSLDCSSM")),
)


class AnswerTests(SynchronousTestCase):
    """
    L{answer} answers in the manner of CP.
    """

    def test_queries(self) -> None:
        """
        Each query, in full and abbreviated, with and without CP before it.
        """
        for queries, lines in (
            (
                ("QUERY TIME", "q tim", "cp query time"),
                ["TIME IS 23:14:21 UTC TUESDAY 11/14/23", "CONNECT= 01:01:01 VIRTCPU= 001:01.25 TOTCPU= 001:02.50"],
            ),
            (
                ("query cplevel", "Q CPLEV"),
                ["sslpool 1.0", "Python 3.13", "Linux 6.1 x86_64", "IPL AT 11/14/23 22:13:20 UTC"],
            ),
            (("query names", "q n"), ["TCPIP    - DSC, SSLDCSSM - DSC, SSL00001 - DSC"]),
            (("query sslDCSSM",), ["SSLDCSSM - DSC"]),
            (("query ssl00002",), ["SSLP443I SSL00002 is not logged on"]),
            (
                ("query nss name tcpip map", "CP QUERY NSS NAME TCPIP MAP", "q nss", "q nss all map"),
                [
                    "FILE FILENAME FILETYPE MINSIZE BEGPAG ENDPAG TYPE CL #USERS PARMREGS VMGROUP",
                    "9539 TCPIP    DCSS     N/A     10000  100FF   SN  R  00002  N/A      N/A",
                ],
            ),
            (
                ("query nss users tcpip",),
                ["FILE FILENAME FILETYPE CLASS", "9539 TCPIP    DCSS     R", " SSL00001 SSLDCSSM"],
            ),
            (("query nss name other map",), ["SSLP444I There is no segment OTHER"]),
            (("indicate load", "IND", "indicate"), ["PROCESSORS 02  LOAD 0.50 0.25 0.12", "STORAGE-025% OF 8.0 GiB"]),
            (
                ("indicate user", "ind us"),
                ["USERID=SSL00001 PROCESS=4001 STOR=50.0 MiB SESSIONS=2", "VTIME=001:01.25 TTIME=001:02.50"],
            ),
            (("identify", "IDENT"), ["SSL00001 AT NODE1 VIA TCPIP   23:14:21 UTC TUESDAY 11/14/23"]),
        ):
            for query in queries:
                self.assertEqual(answer(query, SUBJECT), lines, query)

    def test_others(self) -> None:
        """
        What is not in the set is refused, and named with the set.
        """
        for query in (
            "", "cp", "query", "q a b", "query ../x", "logoff", "cmd rm -rf /", "query nss a b c", "q tim x", "ind x",
            "identify x", "qu ti; id", "$(id)",
        ):  # fmt: skip
            error = self.assertRaises(OperatorError, answer, query, SUBJECT)
            self.assertEqual(error.said.id, "SSLP442E")
            self.assertIn("INDicate LOAD", str(error))

    @given(st.text())
    def test_anything(self, query: str) -> None:
        """
        Whatever is asked is answered or refused with a message.
        """
        try:
            lines = answer(query, SUBJECT)
        except OperatorError:
            return
        self.assertTrue(lines)
