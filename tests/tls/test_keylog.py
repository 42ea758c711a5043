# -*- test-case-name: tests.tls.test_keylog -*-
"""
Tests for L{sslpool.tls.keylog}.
"""

from __future__ import annotations

import contextlib
import socket

from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.tls.keylog import KeyLog
from sslpool.tls.labels import buildLabels
from sslpool.tls.policy import Policy
from tests.doubles.certificates import makeAuthority, makeServer


class KeyLogTests(SynchronousTestCase):
    """
    Secrets of chosen connections.
    """

    def setUp(self) -> None:
        """
        Have a label's context that is in use.
        """
        self.context = next(iter(buildLabels([makeServer(makeAuthority())], Policy(), 1).values())).context
        self.lines: list[str] = []
        self.log = KeyLog(self.lines.append)
        self.shake(chosen=False)

    def shake(self, chosen: bool) -> bytes:
        """
        Have a handshake in memory; return the client's random octets.
        """
        server = SSL.Connection(self.context, None)
        server.set_accept_state()
        client = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None)
        client.set_connect_state()
        if chosen:
            self.log.choose(server)
        for _ in range(4):
            for each, other in ((client, server), (server, client)):
                with contextlib.suppress(SSL.WantReadError):
                    each.do_handshake()
                with contextlib.suppress(SSL.WantReadError):
                    other.bio_write(each.bio_read(65536))
        random = server.client_random()
        assert random is not None
        return random

    def test_chosen(self) -> None:
        """
        A chosen connection's secrets are told, in the format of the draft; others' are not.
        """
        random = self.shake(chosen=True).hex()
        self.shake(chosen=False)
        self.assertTrue(self.lines)
        self.assertEqual({line.split()[1] for line in self.lines}, {random})
        kinds = {line.split()[0] for line in self.lines}
        self.assertLessEqual({"CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"}, kinds)

    def test_closed(self) -> None:
        """
        After the end nothing is told, and the context can be used further.
        """
        self.log.choose(SSL.Connection(self.context, None))
        self.log.close()
        self.shake(chosen=False)
        self.assertEqual(self.lines, [])

    def test_socket(self) -> None:
        """
        It does not depend on how the connection moves its octets.
        """
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        self.log.choose(SSL.Connection(self.context, ours))
        self.assertEqual(self.lines, [])
