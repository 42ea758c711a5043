"""
Tests for L{sslpool.tls.detail}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.tls.detail import MOST_NAMES, _described
from tests.doubles.certificates import makeAuthority, makeServer


class DescribedTests(SynchronousTestCase):
    """
    What is told of a certificate.
    """

    def test_names(self) -> None:
        """
        Names, subject and issuer; not more names than there is room for.
        """
        names = [f"host{number}.example" for number in range(MOST_NAMES + 5)]
        described = _described(makeServer(makeAuthority("Some CA"), *names).certificate)
        self.assertEqual((described["subject"], described["issuer"]), ("CN=host0.example", "CN=Some CA"))
        self.assertEqual(described["names"], names[:MOST_NAMES])
