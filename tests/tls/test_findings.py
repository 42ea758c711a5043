# -*- test-case-name: tests.tls.test_findings -*-
"""
Tests for L{sslpool.tls.policy}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Position, ServerParameters
from sslpool.tls import parameters
from sslpool.tls.policy import policyFindings

PLACE = Position("SYSTEM.DTCPARMS", 7)


class FindingTests(SynchronousTestCase):
    """
    What the TLS library cannot do.
    """

    def found(self, given: ServerParameters) -> list[tuple[str, str, int]]:
        """
        Return id, file and line of each finding.
        """
        return [(each.said.id, each.file, each.line) for each in policyFindings(given)]

    def test_nothing(self) -> None:
        """
        Nothing is to be said of what is provided, nor of what is not used.
        """
        self.assertEqual(self.found(ServerParameters()), [])
        self.assertEqual(self.found(ServerParameters(enable=("RSA_AES_128",), exempt=("RC4_128_SHA",))), [])

    def test_enable(self) -> None:
        """
        ENABLE of a suite that is not provided is named where the operands stand.
        """
        given = ServerParameters(enable=("RC4_128_SHA", "RSA_AES_128"), place=PLACE)
        self.assertEqual(self.found(given), [("SSLP258W", "SYSTEM.DTCPARMS", 7)])
        self.assertIn("RC4_128_SHA", policyFindings(given)[0].said.text)

    def test_binding(self) -> None:
        """
        Where groups cannot be restricted, MODE says so.
        """
        self.assertEqual(self.found(ServerParameters(mode="FIPS-140-2", place=PLACE)), [])
        self.patch(parameters, "_setGroups", None)
        self.assertEqual(self.found(ServerParameters(mode="FIPS-140-2", place=PLACE)), [("SSLP600W", PLACE.file, 7)])
        self.assertEqual(self.found(ServerParameters()), [])
