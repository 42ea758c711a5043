"""
Tests for L{sslpool.config.internalclient}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Position
from sslpool.config.internalclient import InternalClient
from sslpool.config.profile import parseProfile
from sslpool.config.tokens import Findings
from tests.config.support import idsAndLines


class InternalClientTests(SynchronousTestCase):
    """
    INTERNALCLIENTPARMS.
    """

    def read(self, text: str) -> tuple[InternalClient | None, list[tuple[str, int]]]:
        """
        Return what the statement says, and id and line of each finding.
        """
        findings = Findings()
        return parseProfile("F", text, findings).internalClient, idsAndLines(findings)

    def test_security(self) -> None:
        """
        The security operands are recorded; CLIENTCERTCHECK FULL is REQUIRED.
        """
        client, found = self.read(
            "INTERNALCLIENTPARMS\nTLSLABEL TN3270C SECURECONNECTION PREFERRED\n"
            "CLIENTCERTCHECK FULL\nENDINTERNALCLIENTPARMS"
        )
        self.assertEqual(client, InternalClient(Position("F", 1), "TN3270C", "PREFERRED", "REQUIRED"))
        self.assertEqual(found, [])

    def test_unused(self) -> None:
        """
        Operands about terminals are information; PORT here is one of them, not the statement.
        """
        client, found = self.read("INTERNALCLIENTPARMS\nPORT 23\nTIMEMARK 60 TLSLABEL A\nENDINTERNALCLIENTPARMS")
        self.assertEqual(client, InternalClient(Position("F", 1), "A"))
        self.assertEqual(found, [("SSLP200I", 2), ("SSLP200I", 3)])

    def test_unusedList(self) -> None:
        """
        A list of names about terminals may run over several lines; what follows its end is read.
        """
        text = "INTERNALCLIENTPARMS\nLINEMODETERMNAMES\n LINEMODE\n TTY x\nENDLINEMODETERMNAMES\nTLSLABEL A\n"
        client, found = self.read(f"{text}ENDINTERNALCLIENTPARMS")
        self.assertEqual(client, InternalClient(Position("F", 1), "A"))
        self.assertEqual(found, [("SSLP200I", 2)])

    def test_wrong(self) -> None:
        """
        Unknown operands, wrong values and a missing end are findings.
        """
        for text, expected in [
            ("INTERNALCLIENTPARMS\nFOO 1\nENDINTERNALCLIENTPARMS", [("SSLP202E", 2)]),
            ("INTERNALCLIENTPARMS\nSECURECONNECTION MAYBE\nENDINTERNALCLIENTPARMS", [("SSLP202E", 2)]),
            ("INTERNALCLIENTPARMS\nTLSLABEL a\nENDINTERNALCLIENTPARMS", [("SSLP202E", 2)]),
            ("INTERNALCLIENTPARMS\nTLSLABEL A", [("SSLP205E", 1)]),
            ("INTERNALCLIENTPARMS\nTLSLABEL A\nOBEY\nENDOBEY", [("SSLP205E", 1)]),
        ]:
            self.assertEqual(self.read(text)[1], expected, text)
