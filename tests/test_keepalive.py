"""
Tests for L{sslpool.keepalive}.
"""

from __future__ import annotations

import socket

from twisted.trial.unittest import SynchronousTestCase

from sslpool.keepalive import AFTER, INTERVAL, TIMES, isDistant
from sslpool.stack.front.listeningsockets import boundSocket


def settings(connection: socket.SocketType) -> tuple[int, ...]:
    """
    Return how the peer of a connection is looked after: at all, after, interval, times.
    """
    return (
        connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
        connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
        connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
        connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
    )


KEPT = (1, AFTER, INTERVAL, TIMES)


class KeepAliveTests(SynchronousTestCase):
    """
    Peers that vanish.
    """

    def test_minutes(self) -> None:
        """
        One is found in minutes.
        """
        self.assertEqual(AFTER + INTERVAL * TIMES, 300)

    def test_inherited(self) -> None:
        """
        What a secure port accepts has it from the listening socket.
        """
        with boundSocket("127.0.0.1", 0) as listening:
            listening.listen()
            with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
                self.assertEqual(settings(accepted), KEPT)

    def test_distant(self) -> None:
        """
        What is on this machine does not vanish.
        """
        for host, distant in (
            ("127.0.0.1", False),
            ("127.1.2.3", False),
            ("::1", False),
            ("/run/application", False),
            ("192.0.2.1", True),
            ("2001:db8::1", True),
        ):
            self.assertIs(isDistant(host), distant, host)
