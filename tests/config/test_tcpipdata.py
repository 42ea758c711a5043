"""
Tests for L{sslpool.config.tcpipdata}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.tcpipdata import TcpipData, parseTcpipData
from sslpool.config.tokens import Findings
from sslpool.config.unused import DATA_STATEMENTS
from tests.config.support import idsAndLines


def read(text: str) -> tuple[TcpipData, list[tuple[str, int]]]:
    """
    Return what a text says to NODE1, and id and line of each finding.
    """
    findings = Findings()
    return parseTcpipData("F", text, "NODE1", findings), idsAndLines(findings)


class DataTests(SynchronousTestCase):
    """
    The statements of TCPIP DATA.
    """

    def test_statements(self) -> None:
        """
        Every statement is read.
        """
        data, found = read(
            "tcpipuserid tcpip2 ; x\nHOSTNAME vm1\nDOMAINORIGIN example.com\nNSINTERADDR 192.0.2.1 ::1\n"
            "SECURETELNETCLIENT YES\nTRACE resolver"
        )
        self.assertEqual((data.userid, data.hostName, data.domain), ("TCPIP2", "vm1", "example.com"))
        self.assertEqual((data.nameServers, data.secureTelnetClient), (["192.0.2.1", "::1"], True))
        self.assertEqual((data.trace, found), (("RESOLVER",), []))

    def test_system(self) -> None:
        """
        A statement for another system is not for us; of several, the last counts.
        """
        self.assertEqual(read("TCPIPUSERID A\nnode1: TCPIPUSERID B\nNODE2: TCPIPUSERID C")[0].userid, "B")

    def test_findings(self) -> None:
        """
        Statements without effect are information, everything else that does not fit an error.
        """
        for name in DATA_STATEMENTS:
            self.assertEqual(read(f"{name} x")[1], [("SSLP200I", 1)], name)
        for text, expected in [
            ("\nFOO", [("SSLP201E", 2)]),
            ("TCPIPUSERID", [("SSLP202E", 1)]),
            ("TCPIPUSERID TOOLONGIDS", [("SSLP202E", 1)]),
            ("TCPIPUSERID A B", [("SSLP202E", 1)]),
            ("HOSTNAME", [("SSLP202E", 1)]),
            ("NSINTERADDR 192.0.2.x 192.0.2.y", [("SSLP202E", 1)] * 2),
            ("NSINTERADDR", [("SSLP202E", 1)]),
            ("SECURETELNETCLIENT PERHAPS", [("SSLP202E", 1)]),
        ]:
            self.assertEqual(read(text)[1], expected, text)
