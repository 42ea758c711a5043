"""
Tests for L{sslpool.tls.renegotiation}.
"""

from __future__ import annotations

from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.tls import renegotiation
from tests.server.scene import Scene


def clientOf(version: int) -> SSL.Context:
    """
    Return the context of a client that trusts everybody.
    """
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_max_proto_version(version)
    return context


class RenegotiationTests(SynchronousTestCase):
    """
    A client of the product's own library, which can ask for it.
    """

    def test_refused(self) -> None:
        """
        A client of TLS 1.2 that asks for renegotiation is refused it, its session goes on, and this is told once.
        """
        scene = Scene(self)
        application = scene.application()
        peer = scene.rawClient()
        client = SSL.Connection(clientOf(SSL.TLS1_2_VERSION), peer.socket)
        client.set_connect_state()

        def attempt() -> bool:
            try:
                client.do_handshake()
            except SSL.WantReadError:
                return False
            return True

        scene._turning.remove(peer)
        scene.until(attempt)
        client.send(b"hello")
        scene.until(lambda: application.peers and application.peers[0].received == b"hello")
        self.assertEqual(scene.observer.renegotiations, [])
        client.renegotiate()
        self.assertRaises(SSL.WantReadError, client.do_handshake)
        scene.until(lambda: scene.observer.renegotiations)
        scene.calm()
        self.assertEqual((scene.observer.renegotiations, renegotiation.REFUSED), ([1], set()))
        self.assertEqual(len(scene.relay.sessions), 1)
        peer.close()

    def test_others(self) -> None:
        """
        Nothing is told of connections that ask for nothing.
        """
        scene = Scene(self)
        scene.established(scene.application(), scene.client())
        self.assertFalse(renegotiation.takeRefused(scene.session.connection))
