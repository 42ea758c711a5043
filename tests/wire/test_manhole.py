"""
Tests for L{sslpool.wire.manhole}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.wire.manhole import clientOf, visitorName


class VisitorTests(SynchronousTestCase):
    """
    The names of sockets that lead to the manhole.
    """

    def test_client(self) -> None:
        """
        A name says who the client is, and is short enough for a socket's.
        """
        for client in ("192.0.2.7:50000", f"[{'ffff:' * 7}ffff%interface0]:65535"):
            name = visitorName(1 << 48, client)
            self.assertEqual((clientOf(name), name[:1]), (client, b"\0"))
            self.assertLessEqual(len(name), 107)

    def test_others(self) -> None:
        """
        Other names say nothing.
        """
        for name in (None, b"", "", b"/run/x", b"\0sslpool/abc/0"):
            self.assertEqual(clientOf(name), "")
