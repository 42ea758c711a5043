# -*- test-case-name: tests.sessions.test_relaying -*-
"""
Tests for L{sslpool.sessions.relaying}: one session, with real sockets on both sides.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.server.relay import ROUNDS
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Phase
from sslpool.sessions.relaying import BUFFER
from sslpool.tls.records import WANT_READ, WANT_WRITE
from tests.server.ends import ApplicationPeer, Client, somePayload
from tests.server.scene import TLS12, Scene, clientContext

SIZES = (0, 1, 16383, 16384, 16385, 32768, 65536, 65537, 1 << 20)
MUCH = 20 << 20


class RelayingTests(SynchronousTestCase):
    """
    Data goes through, whole and in order.
    """

    def begun(self, maximum: object = None) -> tuple[Scene, Client, ApplicationPeer]:
        """
        Return a new session whose application is reached.
        """
        scene = Scene(self)
        application = scene.application()
        client = scene.client(context=clientContext(TLS12 if maximum is TLS12 else None))
        return scene, client, scene.established(application, client)

    def test_handshake(self) -> None:
        """
        The client gets the label's certificate, in both protocol versions, and reaches the application.
        """
        for maximum, version in ((None, "TLSv1.3"), (TLS12, "TLSv1.2")):
            _, client, peer = self.begun(maximum)
            self.assertEqual(client.tls.version(), version)
            self.assertFalse(peer.over)

    def test_fromClient(self) -> None:
        """
        The application gets octet for octet what the client sends, and then its end.
        """
        for size in SIZES:
            self.checkFromClient(size)
        self.checkFromClient(MUCH)

    def checkFromClient(self, size: int) -> None:
        """
        See L{test_fromClient}.
        """
        scene, client, peer = self.begun()
        payload = somePayload(size)
        client.send(payload)
        client.end()
        scene.until(lambda: peer.ended)
        self.assertTrue(peer.received == payload, f"{size} octets")
        peer.end()
        scene.ended(Outcome.FINISHED)
        self.assertEqual((scene.relay.received, scene.relay.sent), (size, 0))

    def test_fromApplication(self) -> None:
        """
        The client gets octet for octet what the application sends, and then close_notify.
        """
        for size in SIZES:
            self.checkFromApplication(size)
        self.checkFromApplication(MUCH)

    def checkFromApplication(self, size: int) -> None:
        """
        See L{test_fromApplication}.
        """
        scene, client, peer = self.begun()
        payload = somePayload(size)
        peer.send(payload)
        scene.until(lambda: peer.sent)
        peer.end()
        scene.until(lambda: client.ended)
        self.assertTrue(client.received == payload, f"{size} octets")
        client.end()
        scene.ended(Outcome.FINISHED)
        self.assertEqual((scene.relay.received, scene.relay.sent), (0, size))

    def test_bothWays(self) -> None:
        """
        Both directions may be busy at once, each held up by the other end's pace.
        """
        for maximum in (None, TLS12):
            self.checkBothWays(maximum)

    def checkBothWays(self, maximum: object) -> None:
        """
        See L{test_bothWays}.
        """
        scene, client, peer = self.begun(maximum)
        up, down = somePayload(8 << 20), somePayload(8 << 20)
        client.send(up)
        peer.send(down)
        scene.until(lambda: len(peer.received) == len(up) and len(client.received) == len(down))
        self.assertTrue(peer.received == up and client.received == down)

    def test_clientEndsFirst(self) -> None:
        """
        After the client's close_notify the application may go on sending.
        """
        scene, client, peer = self.begun()
        client.end()
        scene.until(lambda: peer.ended)
        self.assertIs(scene.session.phase, Phase.CLOSING)
        peer.send(b"the rest")
        scene.until(lambda: client.received == b"the rest")
        peer.end()
        scene.ended(Outcome.FINISHED)
        scene.until(lambda: client.over)
        self.assertTrue(client.ended)

    def test_applicationEndsFirst(self) -> None:
        """
        After the application's end the client may go on sending.
        """
        scene, client, peer = self.begun()
        peer.end()
        scene.until(lambda: client.ended)
        client.send(b"the rest")
        scene.until(lambda: peer.received == b"the rest")
        self.assertFalse(peer.over)
        client.end()
        scene.ended(Outcome.FINISHED)
        scene.until(lambda: peer.ended)

    def test_bothEndAtOnce(self) -> None:
        """
        Both ends may end at the same time; nothing is lost.
        """
        scene, client, peer = self.begun()
        client.send(b"up")
        client.end()
        peer.send(b"down")
        peer.turn()
        client.turn()
        peer.end()
        scene.ended(Outcome.FINISHED)
        scene.until(lambda: client.over and peer.over)
        self.assertEqual((bytes(peer.received), bytes(client.received)), (b"up", b"down"))
        self.assertTrue(client.ended)

    def test_unixApplication(self) -> None:
        """
        An application may be on a UNIX socket.
        """
        scene = Scene(self)
        application = scene.application(self.mktemp())
        client = scene.client()
        peer = scene.established(application, client)
        client.send(b"up")
        peer.send(b"down")
        scene.until(lambda: peer.received == b"up" and client.received == b"down")

    def test_applicationSpeaksFirst(self) -> None:
        """
        The application may send before the client has said anything.
        """
        scene, client, peer = self.begun()
        peer.send(b"220 ready")
        scene.until(lambda: client.received == b"220 ready")
        self.assertIs(scene.session.phase, Phase.RELAYING)


class PressureTests(SynchronousTestCase):
    """
    Who does not read is not read for.
    """

    def setUp(self) -> None:
        """
        Have a session; the client's receive buffer is small.
        """
        self.scene = Scene(self)
        application = self.scene.application()
        self.client = self.scene.client(receiveBuffer=4096)
        self.peer = self.scene.established(application, self.client)

    def test_slowClient(self) -> None:
        """
        Where the client does not read, reading from the application stops with
        at most one buffer kept, and nobody wakes up; then all of it arrives.
        """
        payload = somePayload(MUCH)
        self.client.reading = False
        self.peer.send(payload)
        self.assertEqual(self.scene.calm(), 0)
        session = self.scene.session
        self.assertTrue(0 < len(session.toClient) <= BUFFER)
        self.assertLess(session.sent, MUCH)
        self.client.reading = True
        self.scene.until(lambda: len(self.client.received) == MUCH)
        self.assertTrue(self.client.received == payload)

    def test_slowApplication(self) -> None:
        """
        The same where the application does not read.
        """
        payload = somePayload(MUCH)
        self.peer.reading = False
        self.client.send(payload)
        self.assertEqual(self.scene.calm(), 0)
        session = self.scene.session
        self.assertTrue(0 < len(session.toApplication) <= BUFFER)
        self.assertLess(session.received, MUCH)
        self.peer.reading = True
        self.scene.until(lambda: len(self.peer.received) == MUCH)
        self.assertTrue(self.peer.received == payload)

    def test_bothSlow(self) -> None:
        """
        Where nobody reads, both directions stop, each with at most one buffer.
        """
        self.peer.reading = self.client.reading = False
        self.client.send(somePayload(MUCH))
        self.peer.send(somePayload(MUCH))
        self.assertEqual(self.scene.calm(), 0)
        session = self.scene.session
        self.assertTrue(0 < len(session.toApplication) <= BUFFER)
        self.assertTrue(0 < len(session.toClient) <= BUFFER)

    def test_slowClientOtherDirection(self) -> None:
        """
        A client that does not read may still send.
        """
        self.client.reading = False
        self.peer.send(somePayload(MUCH))
        self.scene.calm()
        self.client.send(b"still here")
        self.scene.until(lambda: self.peer.received == b"still here")

    def test_boundedWork(self) -> None:
        """
        One wake-up moves a bounded amount for a session, however much there is.
        """
        self.client.send(somePayload(MUCH))
        most = 0
        while not self.client.sent or self.scene.session.received < MUCH:
            self.client.turn()
            self.peer.turn()
            before = self.scene.session.received
            self.scene.relay.doRead()
            most = max(most, self.scene.session.received - before)
        self.assertTrue(0 < most <= ROUNDS * BUFFER, most)

    def test_applicationEndsWhileClientIsSlow(self) -> None:
        """
        What the application has sent before its end arrives, however late it is read.
        """
        payload = somePayload(MUCH)
        self.client.reading = False
        self.peer.send(payload)
        self.scene.calm()
        self.client.reading = True
        self.scene.until(lambda: self.peer.sent)
        self.client.reading = False
        self.peer.end()
        self.assertEqual(self.scene.calm(), 0)
        self.client.reading = True
        self.scene.until(lambda: self.client.ended)
        self.assertTrue(self.client.received == payload)

    def test_clientEndsWhileApplicationIsSlow(self) -> None:
        """
        What the client has sent before its close_notify arrives, however late it is read.
        """
        payload = somePayload(MUCH)
        self.peer.reading = False
        self.client.send(payload)
        self.client.end()
        self.assertEqual(self.scene.calm(), 0)
        self.peer.reading = True
        self.scene.until(lambda: self.peer.ended)
        self.assertTrue(self.peer.received == payload)


class WaitingTests(SynchronousTestCase):
    """
    The TLS library may have to write in order to read, and the other way round (KeyUpdate, RFC 8446 section 4.6.3).
    """

    def setUp(self) -> None:
        """
        Have a session.
        """
        self.scene = Scene(self)
        application = self.scene.application()
        self.client = self.scene.client()
        self.peer = self.scene.established(application, self.client)
        self.scene.calm()

    def test_readWaitsToWrite(self) -> None:
        """
        A read that waits until something can be written is tried again then, without anything new from the client.
        """
        relay = self.scene.relay
        real, kept = relay.records.read, bytearray()

        def read(connection: SSL.Connection, offset: int) -> int:
            if kept:
                relay.view[offset : offset + len(kept)] = kept
                return len(kept)
            length = real(connection, offset)
            kept.extend(relay.view[offset : offset + length])
            relay.records = evolve(relay.records, read=again)
            return WANT_WRITE

        def again(connection: SSL.Connection, offset: int) -> int:
            relay.records = evolve(relay.records, read=real)
            return read(connection, offset)

        relay.records = evolve(relay.records, read=read)
        self.client.send(b"data")
        self.scene.until(lambda: self.peer.received == b"data")
        self.assertEqual(self.scene.calm(), 0)

    def test_writeWaitsToRead(self) -> None:
        """
        A write that waits until something has been read is tried again then,
        and the application is not read from meanwhile.
        """
        relay = self.scene.relay
        real = relay.records.write
        relay.records = evolve(relay.records, write=lambda connection, offset, length: WANT_READ)
        self.peer.send(b"down")
        self.assertEqual(self.scene.calm(), 0)
        self.assertEqual(self.scene.session.toClient, b"down")
        relay.records = evolve(relay.records, write=real)
        self.client.send(b"up")
        self.scene.until(lambda: self.client.received == b"down" and self.peer.received == b"up")
        self.peer.send(b" and on")
        self.scene.until(lambda: self.client.received == b"down and on")


class SpuriousEventTests(SynchronousTestCase):
    """
    An event may turn out to mean nothing.
    """

    def test_anyPhase(self) -> None:
        """
        Events that mean nothing change nothing, in whatever phase.
        """
        scene = Scene(self)
        application = scene.application()
        client = scene.client()
        self.bother(scene, lambda: bool(scene.relay.sessions))
        peer = scene.established(application, client)
        self.bother(scene, lambda: True)
        peer.send(b"down")
        client.send(b"up")
        self.bother(scene, lambda: client.received == b"down" and peer.received == b"up")
        peer.end()
        self.bother(scene, lambda: client.ended)
        session = scene.session
        client.end()
        scene.ended(Outcome.FINISHED)
        for events in range(32):
            session.stage.clientEvent(events)
        self.assertEqual(scene.region.finished, 1)

    def bother(self, scene: Scene, condition: Callable[[], object]) -> None:
        """
        Have every kind of event on both sockets, then C{condition}.
        """
        for events in range(32):
            for session in list(scene.relay.sessions.values()):
                session.stage.clientEvent(events)
                if session.applicationSocket is not None:
                    session.stage.applicationEvent(events)
        scene.until(condition)
