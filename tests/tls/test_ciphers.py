# -*- test-case-name: tests.tls.test_ciphers -*-
"""
Tests for L{sslpool.tls.ciphers}.
"""

from __future__ import annotations

from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.tls.ciphers import SUITES, isProvided, suiteOf, suitesInUse


class ProvidedTests(SynchronousTestCase):
    """
    The table of suites against the TLS library.
    """

    def test_provided(self) -> None:
        """
        What is said to be provided can be asked for by name, and nothing else can.
        """
        for suite in SUITES:
            context = SSL.Context(SSL.TLS_METHOD)
            ask = context.set_tls13_ciphersuites if suite.tls13 else context.set_cipher_list
            try:
                ask((suite.library or "-").encode("ascii") + (b"" if suite.tls13 else b":@SECLEVEL=0"))
                there = suite.library in SSL.Connection(context).get_cipher_list()
            except SSL.Error:
                there = False
            self.assertEqual(isProvided(suite), there, suite.name)

    def test_defaults(self) -> None:
        """
        The default suites are provided, forward-secret and authenticated (RFC 9325 section 4.2).
        """
        self.assertEqual([suite for suite in SUITES if suite.default], [*suitesInUse()])
        for suite in suitesInUse():
            self.assertTrue(suite.tls13 or suite.library.startswith("ECDHE-"))
            self.assertTrue("GCM" in suite.library or "CHACHA20" in suite.library)


class InUseTests(SynchronousTestCase):
    """
    EXEMPT and ENABLE.
    """

    def names(self, *exempt: str, strength: str | None = None, enable: tuple[str, ...] = ()) -> list[str]:
        """
        Return the names of the suites in use.
        """
        return [suite.name for suite in suitesInUse(exempt, strength, enable)]

    def test_exempt(self) -> None:
        """
        A suite that is exempt by name is not used; one that no library has may be exempt.
        """
        rest = [name for name in self.names() if name != "TLS_AES_128_GCM_SHA256"]
        self.assertEqual(self.names("TLS_AES_128_GCM_SHA256", "RC4_128_MD5"), rest)

    def test_strength(self) -> None:
        """
        Exempting a strength exempts all weaker ones.
        """
        strengths = {suite.name: suite.strength for suite in SUITES}
        enable = ("NULL_SHA", "RSA_AES_128", "TLS_AES_128_CCM_8_SHA256")
        every = self.names(enable=enable)
        self.assertEqual({strengths[name] for name in every}, {"HIGH", "MEDIUM", "LOW", "NONE"})
        for strength, left in (("NONE", {"HIGH", "MEDIUM", "LOW"}), ("LOW", {"HIGH", "MEDIUM"}), ("MEDIUM", {"HIGH"})):
            self.assertEqual({strengths[name] for name in self.names(strength=strength, enable=enable)}, left)
        self.assertEqual(self.names(strength="HIGH", enable=enable), [])

    def test_enable(self) -> None:
        """
        Suites beyond the default ones are used where they are enabled and provided.
        """
        self.assertEqual(set(self.names(enable=("RSA_AES_128", "RC4_128_SHA"))) - set(self.names()), {"RSA_AES_128"})

    def test_exemptWins(self) -> None:
        """
        What is both exempt and enabled is not used.
        """
        self.assertEqual(self.names("RSA_AES_128", enable=("RSA_AES_128",)), self.names())

    def test_known(self) -> None:
        """
        A suite that is not provided is known all the same.
        """
        suite = suiteOf("RC4_128_SHA")
        assert suite is not None
        self.assertFalse(isProvided(suite))
