# -*- test-case-name: tests.tls.test_ciphers -*-
"""
Tests for L{sslpool.tls.ciphers}.
"""

from __future__ import annotations

from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.tls.ciphers import SUITES, suitesInUse


class ProvidedTests(SynchronousTestCase):
    """
    The table of suites against the TLS library.
    """

    def test_provided(self) -> None:
        """
        The library has every suite that it is said to have.
        """
        for suite in SUITES:
            if suite.library:
                context = SSL.Context(SSL.TLS_METHOD)
                if suite.tls13:
                    context.set_tls13_ciphersuites(suite.library.encode("ascii"))
                else:
                    context.set_cipher_list(suite.library.encode("ascii"))
                self.assertIn(suite.library, SSL.Connection(context).get_cipher_list())

    def test_defaults(self) -> None:
        """
        The default suites are forward-secret and authenticated (RFC 9325 section 4.2).
        """
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
        enable = ("NULL_SHA", "RSA_AES_128")
        every = self.names(enable=enable)
        self.assertEqual({strengths[name] for name in every}, {"HIGH", "MEDIUM", "NONE"})
        for strength, left in (("NONE", {"HIGH", "MEDIUM"}), ("LOW", {"HIGH", "MEDIUM"}), ("MEDIUM", {"HIGH"})):
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
