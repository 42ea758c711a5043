"""
Tests of clients that take no tickets: with TLS 1.2 they resume by session ID, on the server that knows it.
"""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.securing import DataConnections, Implicit
from sslpool.keydb.exchange import exportPem
from sslpool.sessions.outcome import Outcome
from sslpool.tls.anchors import AnchorRing
from sslpool.tls.labels import buildLabels
from sslpool.tls.peers import Trust
from sslpool.tls.policy import Policy
from sslpool.tls.records import RECORD
from sslpool.wire.cachebook import ANY, figures
from tests.doubles.certificates import makeAuthority, makeClient, makeServer
from tests.server.ends import Application, ApplicationPeer, Client
from tests.server.scene import PORT, TLS12, Scene, authority, clientContext, portTo
from tests.tls.reception import portPolicy, showing

RESET = struct.pack("ii", 1, 0)


def ticketless(context: ssl.SSLContext | None = None) -> ssl.SSLContext:
    """
    Return the context of a client with TLS 1.2 that takes no tickets.
    """
    context = context or clientContext(TLS12)
    context.maximum_version = TLS12
    context.options |= ssl.OP_NO_TICKET
    return context


class SessionIdCase(SynchronousTestCase):
    """
    A relay with two labels.
    """

    policy = Policy()

    def setUp(self) -> None:
        """
        Have it.
        """
        self.scene = Scene(self, ring=AnchorRing(self.policy, 1000.0, 5))
        self.application = self.scene.join(Application.tcp())
        self.relay = self.scene.relay
        self.clients = makeAuthority("Clients CA")
        self.relay.trust = Trust((self.clients.certificate,))
        servers = [makeServer(authority(), label=label) for label in ("A", "B")]
        self.relay.labels = buildLabels(servers, self.policy, 1)
        for key, label in ((PORT, "A"), (PORT + 1, "B")):
            self.relay.setPort(portTo(self.application.address, label=label, key=key))
        self.context = ticketless()

    def begin(self, session: ssl.SSLSession | None = None, port: int = PORT) -> tuple[Client, ApplicationPeer]:
        """
        Have a session; return client and application.
        """
        client = self.scene.client(session, self.context, port=port)
        peer = self.scene.established(self.application, client)
        peer.send(b"220 welcome\r\n")
        self.scene.until(lambda: client.received == b"220 welcome\r\n")
        return client, peer

    def visit(self, session: ssl.SSLSession | None = None, port: int = PORT) -> tuple[bool, ssl.SSLSession | None]:
        """
        Have one that ends in good order; return whether it was resumed, and what may be offered next.
        """
        client, peer = self.begin(session, port)
        client.end()
        peer.end()
        self.scene.until(lambda: not self.relay.sessions)
        return bool(client.tls.session_reused), client.tls.session


class SessionIdTests(SessionIdCase):
    """
    What is resumed.
    """

    def test_resumed(self) -> None:
        """
        It resumes as often as it comes, without a ticket, and is counted.
        """
        _, session = self.visit()
        assert session is not None
        self.assertEqual((session.has_ticket, len(session.id)), (False, 32))
        for _ in range(3):
            self.assertTrue(self.visit(session)[0])
        self.assertEqual(self.relay.resumed, 3)
        self.assertEqual(self.scene.book._rows["A"].tolist()[1:4], [1, 3, 1])

    def test_alive(self) -> None:
        """
        It is no entry any more when nobody comes back to its process, and none at all where only its own data
        connections resume it.
        """

        def alive() -> int:
            found = figures(self.scene.book._words, Policy().cacheLife, self.scene.now, lambda ring: ANY)
            return found["A"].alive

        self.visit()
        self.assertEqual(alive(), 1)
        reused = Implicit("FTP", DataConnections(reuse=True))
        self.relay.setPort(evolve(portTo(self.application.address, label="A"), securing=reused))
        self.visit()
        self.assertEqual(alive(), 1)
        self.relay.part()
        self.assertEqual(alive(), 0)

    def test_unclean(self) -> None:
        """
        However the session ended before, it is resumed: the client has gone without close_notify, with a reset,
        the application with a reset, a time limit has passed, or it goes on still.
        """

        def leave(client: Client, peer: ApplicationPeer) -> None:
            client.socket.close()
            peer.end()

        def reset(client: Client, peer: ApplicationPeer) -> None:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.socket.close()

        def applicationReset(client: Client, peer: ApplicationPeer) -> None:
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            peer.socket.close()
            client.socket.close()

        def limit(client: Client, peer: ApplicationPeer) -> None:
            self.scene.session.end(Outcome.IDLE)

        def leaveBehind(client: Client, peer: ApplicationPeer) -> None:
            client.send(bytes(RECORD * 3))
            self.scene.until(lambda: client.sent and len(peer.received) == RECORD * 3)
            # What comes now the relay finds at once: a full record, and the end behind it.
            client.send(bytes(RECORD))
            client.turn()
            client.socket.shutdown(socket.SHUT_WR)

        ways: list[Callable[[Client, ApplicationPeer], None]] = [leave, leaveBehind, reset, limit]
        for way in ways:
            client, peer = self.begin()
            session = client.tls.session
            way(client, peer)
            peer.end()
            self.scene.until(lambda: not self.relay.sessions)
            self.assertTrue(self.visit(session)[0], way.__name__)
        client, _ = self.begin()
        self.begin(client.tls.session)
        self.assertEqual(self.relay.resumed, len(ways) + 1)

    def test_otherLabel(self) -> None:
        """
        Under another label it is not, in either direction.
        """
        _, first = self.visit()
        _, second = self.visit(port=PORT + 1)
        self.assertFalse(self.visit(first, PORT + 1)[0])
        self.assertFalse(self.visit(second)[0])
        self.assertTrue(self.visit(second, PORT + 1)[0])

    def test_otherPolicy(self) -> None:
        """
        Nor where the client's certificate is asked for, if it was not; where both were, it is.
        """
        self.context = ticketless(showing(makeClient(self.clients), self.mktemp()))
        self.context.load_verify_locations(cadata=exportPem([authority().certificate]).decode("ascii"))
        _, unasked = self.visit()
        port = portTo(self.application.address, label="A", key=PORT)
        self.relay.setPort(evolve(port, policy=portPolicy("A=REQUIRED")))
        resumed, asked = self.visit(unasked)
        self.assertFalse(resumed)
        self.assertTrue(self.visit(asked)[0])
        self.relay.setPort(port)
        self.assertFalse(self.visit(asked)[0])

    def test_life(self) -> None:
        """
        It is kept for CACHELIFE, and not longer than the present key is in use.
        """
        self.assertEqual(self.relay.anchor.get_timeout(), self.policy.cacheLife)
        _, session = self.visit()
        self.scene.now += self.policy.cacheLife
        self.assertFalse(self.visit(session)[0])


class NoCacheTests(SessionIdCase):
    """
    CACHELIFE 0.
    """

    policy = Policy(cacheLife=0)

    def test_nothing(self) -> None:
        """
        No session has an ID, and none is resumed.
        """
        _, session = self.visit()
        assert session is not None
        self.assertEqual(session.id, b"")
        self.assertFalse(self.visit(session)[0])
