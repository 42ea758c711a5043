# -*- test-case-name: tests.tls.test_findings -*-
"""
Tests for L{sslpool.tls.policy}.
"""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Position, ServerParameters
from sslpool.tls import binding
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

    def test_idleVersion(self) -> None:
        """
        A version that is switched on and has no suite is named; that it leaves nothing at all is said elsewhere.
        """
        given = ServerParameters(protocols=("TLSV1_1", "TLSV1_2"), place=PLACE)
        (found,) = policyFindings(given)
        self.assertEqual((found.said.id, found.file, found.line), ("SSLP561W", PLACE.file, 7))
        self.assertIn("PROTOCOL TLSV1_1 serves nobody", found.said.text)
        self.assertEqual(self.found(evolve(given, enable=("RSA_AES_128",))), [])
        self.assertEqual(self.found(evolve(given, mode="FIPS-140-2")), [])
        self.assertEqual(self.found(evolve(given, protocols=("TLSV1_1",))), [])

    def test_suitesInVain(self) -> None:
        """
        So is a suite that is enabled and that another operand takes away.
        """
        for given, reason in (
            (ServerParameters(enable=("RSA_AES_128",), exempt=("RSA_AES_128",)), "EXEMPT excludes it"),
            (ServerParameters(enable=("RSA_AES_128",), exemptStrength="MEDIUM"), "EXEMPT excludes it"),
            (ServerParameters(enable=("RSA_AES_128",), protocols=("TLSV1_3",)), "no protocol version in use has it"),
        ):
            (found,) = policyFindings(given)
            self.assertEqual(str(found.said), f"SSLP562W ENABLE RSA_AES_128 has no effect: {reason}")

    def test_binding(self) -> None:
        """
        Where groups cannot be restricted, MODE says so.
        """
        self.assertEqual(self.found(ServerParameters(mode="FIPS-140-2", place=PLACE)), [])
        self.patch(binding, "lib", None)
        self.assertEqual(self.found(ServerParameters(mode="FIPS-140-2", place=PLACE)), [("SSLP600W", PLACE.file, 7)])
        self.assertEqual(self.found(ServerParameters()), [])
