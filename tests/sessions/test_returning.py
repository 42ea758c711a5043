"""
Tests for L{sslpool.sessions.hello}: sessions survive a change of ticket keys.
"""

from __future__ import annotations

import socket
import ssl

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.exchange import exportPem
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Phase
from sslpool.tls.anchors import AnchorRing
from sslpool.tls.labels import buildLabels
from sslpool.tls.peers import Trust
from sslpool.tls.policy import Policy
from tests.doubles.certificates import makeAuthority, makeClient, makeServer
from tests.server.ends import Application, Client
from tests.server.scene import PORT, TLS12, Scene, authority, clientContext, portTo
from tests.tls.meeting import helloOf
from tests.tls.reception import portPolicy, showing

DAY = 86400.0


class ReturningTests(SynchronousTestCase):
    """
    A ring of keys, each for a day.
    """

    def setUp(self) -> None:
        """
        Have a relay with it.
        """
        self.scene = Scene(self, ring=AnchorRing(Policy(), 1000.0, 5))
        self.application: Application = self.scene.application()

    def visit(self, context: ssl.SSLContext, session: ssl.SSLSession | None = None) -> tuple[bool, ssl.SSLSession]:
        """
        Be a client; return whether the session was resumed, and the next one.
        """
        client = self.scene.client(session, context)
        peer = self.scene.established(self.application, client)
        client.send(b"hello")
        self.scene.until(lambda: peer.received == b"hello")
        peer.send(b"welcome")
        self.scene.until(lambda: client.received == b"welcome")
        client.end()
        peer.end()
        self.scene.until(lambda: not self.scene.relay.sessions)
        following = client.tls.session
        assert following is not None
        return bool(client.tls.session_reused), following

    def test_survives(self) -> None:
        """
        A session of TLS 1.2 that was begun just before the change is resumed after it, as long as
        CACHELIFE says, and then never again.
        """
        context = clientContext(TLS12)
        self.scene.now += DAY - 1
        _, session = self.visit(context)
        self.scene.now += 2
        self.assertTrue(self.visit(context, session)[0])
        self.assertFalse(self.visit(context)[0])
        self.scene.now += DAY - 3
        self.assertTrue(self.visit(context, session)[0])
        self.scene.now += 2
        self.assertFalse(self.visit(context, session)[0])

    def test_presentKey(self) -> None:
        """
        Whoever comes with a ticket of the key before goes with none that was made with it: with TLS 1.3
        there is a full handshake once, and a ticket of the present key that lives as long as it says.
        """
        context = clientContext()
        _, old = self.visit(context)
        self.scene.now += DAY
        resumed, new = self.visit(context, old)
        (former,) = self.scene.relay.anchors.former
        self.assertIn(former.name, helloOf(context, old))
        self.assertEqual((resumed, former.name in helloOf(context, new)), (False, False))
        self.scene.now += DAY - 1
        self.assertTrue(self.visit(context, new)[0])

    def test_counted(self) -> None:
        """
        The relay counts it as resumed, and new sessions get tickets of the new key.
        """
        context = clientContext(TLS12)
        _, old = self.visit(context)
        self.scene.now += DAY
        self.assertTrue(self.visit(context, old)[0])
        _, new = self.visit(context)
        self.assertEqual(self.scene.relay.resumed, 1)
        self.scene.now += DAY
        self.assertTrue(self.visit(context, new)[0])
        self.assertFalse(self.visit(context, old)[0])

    def begun(self) -> tuple[bytes, socket.socket]:
        """
        Return the ClientHello of a client whose session was begun before the change, and
        its socket, on which nothing was sent yet.
        """
        context = clientContext(TLS12)
        _, session = self.visit(context)
        self.scene.now += DAY
        peer = self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        return helloOf(context, session), peer.socket

    def test_inParts(self) -> None:
        """
        A ClientHello that comes in two parts is waited for, without a wake-up for nothing, and its ticket is seen.
        """
        for cut in (5, 100, -1):
            self.setUp()
            hello, connection = self.begun()
            connection.send(hello[:cut])
            self.scene.calm()
            self.assertEqual(self.scene.calm(), 0)
            self.assertIs(self.scene.session.phase, Phase.HELLO)
            connection.send(hello[cut:])
            self.scene.until(lambda: self.scene.session.facts.resumed)
            self.scene.session.end(Outcome.STOPPED)

    def test_manyRecords(self) -> None:
        """
        A ticket is seen wherever the records that carry it are cut.
        """
        hello, connection = self.begun()
        body = hello[5:]
        connection.send(b"".join(hello[:3] + b"\0\1" + body[at : at + 1] for at in range(len(body))))
        self.scene.until(lambda: self.scene.session.facts.resumed)
        self.scene.session.end(Outcome.STOPPED)

    def test_leaves(self) -> None:
        """
        A client that leaves in the middle, or never comes, fails as it always does.
        """
        hello, connection = self.begun()
        connection.send(hello[:100])
        self.scene.calm()
        connection.close()
        self.scene.until(lambda: not self.scene.relay.sessions)
        self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        self.scene.sweep(11)
        self.assertEqual(self.scene.relay.sessions, {})
        self.assertEqual(self.scene.outcomes()[Outcome.HANDSHAKE_SILENT], 1)

    def test_garbage(self) -> None:
        """
        What is no ClientHello is what it always was: the handshake says so.
        """
        for words in (b"GET / HTTP/1.1\r\n\r\n", b"\x16", b"\x16\x03\x01\xff\xff" + bytes(100)):
            self.setUp()
            self.scene.now += DAY
            peer = self.scene.rawClient()
            peer.socket.send(words)
            peer.socket.shutdown(socket.SHUT_WR)
            self.scene.until(lambda: self.scene.relay.outcomes)
            self.assertNotIn(Outcome.FAULT, self.scene.outcomes())

    def test_stopped(self) -> None:
        """
        A server that stops ends such a session at once.
        """
        self.scene.now += DAY
        self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        self.scene.relay.stop()
        self.assertEqual(self.scene.relay.sessions, {})

    def test_spurious(self) -> None:
        """
        An event that means nothing decides nothing.
        """
        self.scene.now += DAY
        self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        session = self.scene.session
        session.stage.clientEvent(1)
        self.assertIs(session.phase, Phase.HELLO)
        session.end(Outcome.STOPPED)


class ReceptionTests(SynchronousTestCase):
    """
    Ports with several labels, which ask clients for certificates, after a change of keys.
    """

    def setUp(self) -> None:
        """
        Have a relay with labels A and B, the second of which wants a certificate.
        """
        self.scene = Scene(self, ring=AnchorRing(Policy(), 1000.0, 5))
        self.application = self.scene.join(Application.tcp())
        clients = makeAuthority("Clients CA")
        self.scene.relay.trust = Trust((clients.certificate,))
        servers = [makeServer(authority(), f"{name}.org", label=name.upper()) for name in ("a", "b")]
        self.scene.relay.labels = buildLabels(servers, Policy(), 1)
        port = evolve(portTo(self.application.address, label="A"), policy=portPolicy("A", "B=REQUIRED"))
        self.scene.relay.setPort(port)
        self.context = showing(makeClient(clients), self.mktemp())
        self.context.maximum_version = TLS12
        self.context.load_verify_locations(cadata=exportPem([authority().certificate]).decode("ascii"))

    def visit(self, name: str, session: ssl.SSLSession | None) -> tuple[bool, ssl.SSLSession | None]:
        """
        Be a client that asks for a name.
        """
        client = self.scene.client(session, self.context, name=name)
        peer = self.scene.established(self.application, client)
        peer.send(b"welcome")
        self.scene.until(lambda: client.received == b"welcome")
        (record,) = self.scene.relay.sessionRecords("SSL00001", 0, 9)
        self.assertEqual((record.label, record.peer), (name[0].upper(), "CN=client" if name == "b.org" else ""))
        client.end()
        peer.end()
        self.scene.until(lambda: not self.scene.relay.sessions)
        return bool(client.tls.session_reused), client.tls.session

    def test_resumed(self) -> None:
        """
        Sessions are resumed under their name, whether a certificate is asked for or not,
        and are counted under the label that the client has met.
        """
        sessions = {name: self.visit(name, None)[1] for name in ("a.org", "b.org")}
        self.scene.now += DAY
        for name, session in sessions.items():
            self.assertTrue(self.visit(name, session)[0], name)
        self.assertFalse(self.visit("a.org", sessions["b.org"])[0])
        self.assertEqual({label: row.tolist()[1:4] for label, row in self.scene.book._rows.items()}, {
            "A": [2, 1, 2], "B": [1, 1, 1],
        })  # fmt: skip


class BookTests(SynchronousTestCase):
    """
    The relay keeps the books.
    """

    def test_books(self) -> None:
        """
        Each complete handshake is counted under its port's label.
        """
        scene = Scene(self)
        application = scene.application()
        context = clientContext(TLS12)
        client: Client = scene.client(None, context, port=PORT)
        peer = scene.established(application, client)
        client.end()
        peer.end()
        scene.until(lambda: not scene.relay.sessions)
        again = scene.client(client.tls.session, context)
        scene.established(application, again)
        self.assertTrue(again.tls.session_reused)
        row = scene.book._rows["TEST"]
        self.assertEqual(row.tolist()[1:4], [1, 1, 1])
