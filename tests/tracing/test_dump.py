# -*- test-case-name: tests.tracing.test_dump -*-
"""
Tests for L{sslpool.tracing.dump}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.tracing.dump import dumpLines


class DumpTests(SynchronousTestCase):
    """
    Octets as people read them.
    """

    def test_lines(self) -> None:
        """
        Sixteen octets in a line, hexadecimal in fours, and what is printable beside it.
        """
        self.assertEqual(
            list(dumpLines(b"GET / HTTP/1.1\r\nHost")),
            [
                "  0000  47455420 2F204854 54502F31 2E310D0A  *GET / HTTP/1.1..*",
                "  0010  486F7374                             *Host*",
            ],
        )
        self.assertEqual(list(dumpLines(b"")), [])

    def test_unprintable(self) -> None:
        """
        Nothing that a terminal would obey gets through.
        """
        lines = "".join(dumpLines(bytes(range(256))))
        self.assertTrue(lines.isprintable() and lines.isascii())
