"""
Tests for L{sslpool.pool.userids}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.pool.userids import listed


class ListedTests(SynchronousTestCase):
    """
    Names of servers.
    """

    def test_listed(self) -> None:
        """
        Three and more in a row are named by the first and the last, each once.
        """
        for numbers, text in (
            ([], ""),
            ([1], "SSL00001"),
            ([2, 1, 1], "SSL00001, SSL00002"),
            ([1, 2, 3, 5], "SSL00001 to SSL00003, SSL00005"),
            ([1, 3, 4, 5, 9, 10, 11], "SSL00001, SSL00003 to SSL00005, SSL00009 to SSL00011"),
        ):
            self.assertEqual(listed(f"SSL{number:05}" for number in numbers), text)

    def test_single(self) -> None:
        """
        A server that is no pool's has a name of its own.
        """
        self.assertEqual(listed(["TLSSERV"]), "TLSSERV")
