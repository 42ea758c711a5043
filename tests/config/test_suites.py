"""
Tests for L{sslpool.config.suites}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.suites import BY_NAME, STRENGTHS, SUITES
from tests.test_layers import loadedWith


class SuiteTests(SynchronousTestCase):
    """
    The table of cipher suites.
    """

    def test_names(self) -> None:
        """
        Every suite has a name of its own, a strength that there is, and is provided where it is a default.
        """
        self.assertEqual(len(BY_NAME), len(SUITES))
        self.assertEqual({suite.strength for suite in SUITES} - {*STRENGTHS}, set())
        self.assertTrue(all(suite.library for suite in SUITES if suite.default))

    def test_original(self) -> None:
        """
        The 27 suites of the source document are known; no name is that of a strength.
        """
        self.assertEqual(len([suite for suite in SUITES if not suite.default]), 27)
        self.assertEqual(set(BY_NAME) & {*STRENGTHS}, set())

    def test_approved(self) -> None:
        """
        Only AES with authenticated encryption is approved.
        """
        approved = [suite.library for suite in SUITES if suite.approved]
        self.assertEqual(len(approved), 6)
        self.assertTrue(all("AES" in name and "GCM" in name for name in approved), approved)

    def test_pure(self) -> None:
        """
        Reading a configuration loads no TLS library.
        """
        loaded = loadedWith("sslpool.config.assembly")
        self.assertEqual([name for name in sorted(loaded) if name.startswith(("OpenSSL", "sslpool.tls"))], [])
