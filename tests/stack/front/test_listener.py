# -*- test-case-name: tests.stack.front.test_listener -*-
"""
Tests for L{sslpool.stack.front.listener}.
"""

from __future__ import annotations

import socket
from typing import cast

from twisted.trial.unittest import SynchronousTestCase

from sslpool.stack.front.listener import Listener


class Public:
    """
    A listening socket as another release of Python may have it: with public names alone.
    """

    def __init__(self, listening: socket.socket) -> None:
        self.family = listening.family
        self.setblocking = listening.setblocking
        self.accept = listening.accept


class AcceptTests(SynchronousTestCase):
    """
    L{Listener.accept}, as Python has it here and with public names alone.
    """

    def accepted(self, host: str, public: bool) -> None:
        """
        Have a client connect, and see that its connection is what C{accept} would have given.
        """
        listening = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.addCleanup(listening.close)
        given = cast(socket.socket, Public(listening)) if public else listening
        listener = Listener(0, given, lambda ready: None)
        self.assertRaises(BlockingIOError, listener.accept)
        connecting = socket.create_connection(listening.getsockname()[:2])
        self.addCleanup(connecting.close)
        client, address = listener.accept()
        self.addCleanup(client.close)
        self.assertEqual(address, connecting.getsockname())
        self.assertEqual((client.getpeername(), client.getsockname()), (address, connecting.getpeername()))
        self.assertEqual((client.family, client.type), (listening.family, socket.SOCK_STREAM))
        self.assertIsNone(client.gettimeout())
        connecting.send(b"x")
        self.assertEqual(client.recv(2), b"x")
        self.assertRaises(BlockingIOError, listener.accept)
        # Closed for good: no duplicate is left behind.
        client.close()
        self.assertEqual(connecting.recv(1), b"")

    def test_private(self) -> None:
        """
        The quick way is there, and does the same.
        """
        self.assertTrue(hasattr(socket.socket, "_accept"))
        for host in ("127.0.0.1", "::1"):
            self.accepted(host, public=False)

    def test_public(self) -> None:
        """
        Without it the public one is taken.
        """
        for host in ("127.0.0.1", "::1"):
            self.accepted(host, public=True)
