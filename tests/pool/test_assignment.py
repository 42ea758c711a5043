"""
Tests for L{sslpool.pool.assignment}.
"""

from __future__ import annotations

import socket

from twisted.trial.unittest import SynchronousTestCase

from sslpool.pool.assignment import Address


class AddressTests(SynchronousTestCase):
    """
    Addresses of applications.
    """

    def test_text(self) -> None:
        """
        IPv6 addresses stand in brackets, paths for themselves.
        """
        self.assertEqual(Address(socket.AF_INET6, "::1", 80).text, "[::1]:80")
        self.assertEqual(Address(socket.AF_INET, "127.0.0.1", 80).text, "127.0.0.1:80")
        self.assertEqual(Address(socket.AF_UNIX, "/run/x", 0).text, "/run/x")
