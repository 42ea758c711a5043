"""
Tests for L{sslpool.sessions.sockets}, and for clients that leave before they have said anything.
"""

from __future__ import annotations

import socket

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.sessions.outcome import Outcome
from sslpool.sessions.sockets import hasSpoken
from tests.server.ends import reset
from tests.server.scene import Scene, portTo
from tests.tls.reception import portPolicy


class ProbeTests(SynchronousTestCase):
    """
    Balancers and monitors connect, and go again.
    """

    def setUp(self) -> None:
        """
        Have a server with an application.
        """
        self.scene = Scene(self)
        self.application = self.scene.application()

    def leaves(self, octets: bytes, hard: bool, expected: Outcome) -> None:
        """
        A client sends something, or nothing, and leaves.
        """
        client = self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        if octets:
            client.send(octets)
            self.scene.until(lambda: client.sent)
            self.scene.calm()
        if hard:
            reset(client.socket)
        else:
            client.close()
        self.scene.until(lambda: not self.scene.relay.sessions)
        self.assertEqual(self.scene.outcomes(), {expected: 1})
        self.scene.relay.outcomes.clear()
        self.scene.forget(client)

    def test_nothing(self) -> None:
        """
        One that sends nothing is counted as such, whether it ends or resets the connection.
        """
        for hard in (False, True):
            self.leaves(b"", hard, Outcome.UNSPOKEN)

    def test_something(self) -> None:
        """
        One octet is enough to be a client whose handshake has failed.
        """
        for hard in (False, True):
            self.leaves(b"\x16", hard, Outcome.HANDSHAKE_LEFT)

    def test_severalLabels(self) -> None:
        """
        The same on a port that looks at what the client asks for.
        """
        port = portTo(self.application.address)
        self.scene.relay.setPort(evolve(port, policy=portPolicy("TEST", "TEST")))
        for hard in (False, True):
            self.leaves(b"", hard, Outcome.UNSPOKEN)
            self.leaves(b"\x16", hard, Outcome.HANDSHAKE_LEFT)

    def test_noTcp(self) -> None:
        """
        Of other sockets nothing is known.
        """
        one, other = socket.socketpair()
        for each in (one, other):
            self.addCleanup(each.close)
        self.assertTrue(hasSpoken(one, True))
