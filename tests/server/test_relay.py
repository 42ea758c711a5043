# -*- test-case-name: tests.server.test_relay -*-
"""
Tests for L{sslpool.server.relay}: the sessions of a server, its counters, and the handoff.
"""

from __future__ import annotations

import errno
import gc
import socket
from mmap import mmap

from attrs import evolve
from twisted.internet.interfaces import IReadDescriptor
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.server import intake
from sslpool.server.intake import EARLY, OFFERS
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.session import Kind, Session
from sslpool.tls.facts import Facts
from sslpool.wire.offer import WAKE
from sslpool.wire.segment import RETURNED, Region, Shortage
from tests.server.ends import Peer, reset, tcpPair
from tests.server.scene import PORT, SLOTS, TLS12, Scene, clientContext, portTo
from tests.sessions.test_handshake import noDescriptors
from tests.tls.hellos import librarys


class TakingTests(SynchronousTestCase):
    """
    What becomes of a socket that the stack hands over.
    """

    def setUp(self) -> None:
        """
        Have a relay and an application.
        """
        self.scene = Scene(self, clean=False)
        self.application = self.scene.application()

    def test_interface(self) -> None:
        """
        A relay is a reader for the reactor.
        """
        verifyObject(IReadDescriptor, self.scene.relay)
        self.assertEqual(self.scene.relay.logPrefix(), "Relay")

    def test_takenAfterReading(self) -> None:
        """
        The stack may let go of its duplicate when the client's first message has been read, and not before.
        """
        client = self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        self.scene.calm()
        self.assertEqual(self.scene.region.taken(1), 0)
        hello = librarys("localhost")
        client.send(hello[:-1])
        self.scene.until(lambda: client.sent)
        self.scene.calm()
        self.assertEqual(self.scene.region.taken(1), 0)
        client.send(hello[-1:])
        self.scene.until(lambda: self.scene.region.taken(1))
        self.assertEqual(self.scene.region.taken(1), 1)

    def test_takenThroughReset(self) -> None:
        """
        A connection that ends before it has sent anything is taken as well.
        """
        client = self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        reset(client.socket)
        self.scene.until(lambda: not self.scene.relay.sessions)
        self.assertEqual((self.scene.region.taken(1), self.scene.region.finished), (1, 1))

    def test_slotIsUsedAgain(self) -> None:
        """
        A slot belongs to the connection that the stack has last put there: an
        older one of the same slot, which goes on or ends, leaves it alone.
        """
        scene = self.scene
        older = scene.client()
        scene.established(self.application, older)
        slot = 1
        self.assertEqual(scene.region.taken(slot), 1)
        connecting, accepted = tcpPair()
        newer = Peer(connecting)
        self.addCleanup(newer.close)
        scene.hand(accepted, slot=slot)
        scene.until(lambda: len(scene.relay.sessions) == 2)
        newer.send(librarys("localhost"))
        newer.turn()
        scene.until(lambda: scene.region.taken(slot) == 2)
        older.close()
        self.application.peers[0].end()
        scene.until(lambda: len(scene.relay.sessions) == 1)
        self.assertEqual(scene.region.taken(slot), 2)

    def test_newEventsOnly(self) -> None:
        """
        An event that was meant for a closed descriptor does not meet a new
        session that has got the same number in the same round.
        """
        scene = self.scene
        client = scene.client()
        peer = scene.established(self.application, client)
        scene.calm()
        # In this order the relay gets to know it: the session ends, new ones
        # come, and there is an event of the application's descriptor.
        reset(client.socket)
        for _ in range(SLOTS - 2):
            connecting, accepted = tcpPair()
            self.addCleanup(connecting.close)
            scene.hand(accepted)
        peer.send(b"x")
        peer.turn()
        old = scene.session.applicationSocket
        assert old is not None
        number = old.fileno()
        scene.relay.doRead()
        self.assertIn(number, [session.clientSocket.fileno() for session in scene.relay.sessions.values()])
        self.assertEqual([scene.region.taken(number) for number in range(2, SLOTS)], [0] * (SLOTS - 2))

    def test_labelMissing(self) -> None:
        """
        A connection whose label is not there is closed at once, even while the
        stack holds its duplicate, and makes room.
        """
        port = portTo(self.application.address, label="GONE")
        self.scene.relay.setPort(port)
        client = self.scene.rawClient()
        self.scene.until(lambda: client.over)
        self.scene.ended(Outcome.LABEL_MISSING)
        self.assertEqual((self.scene.observer.refusals, self.scene.region.taken(1)), ([port], 1))

    def test_portUnknown(self) -> None:
        """
        A connection for a port that nobody tells us about is our mistake; it is closed and makes room.
        """
        connecting, accepted = tcpPair()
        client = Peer(connecting)
        self.addCleanup(client.close)
        self.scene.hand(accepted, port=7)
        self.scene.relay.doRead()
        self.scene.sweep(EARLY - 1)
        self.assertEqual(self.scene.observer.faults, [])
        self.scene.sweep(1)
        self.scene.ended(Outcome.FAULT)
        client.turn()
        self.assertTrue(client.over)
        (fault,) = self.scene.observer.faults
        self.assertIsInstance(fault, KeyError)

    def test_portLater(self) -> None:
        """
        A connection that comes before the word of its port waits for that, as after OBEY.
        """
        client = self.scene.client(port=7)
        self.scene.relay.doRead()
        self.assertEqual(self.scene.relay.sessions, {})
        self.scene.relay.setPort(evolve(portTo(self.application.address), key=8))
        self.assertEqual(self.scene.relay.sessions, {})
        self.scene.relay.setPort(evolve(portTo(self.application.address), key=7))
        self.scene.established(self.application, client)
        self.assertEqual(self.scene.observer.faults, [])

    def test_noDescriptor(self) -> None:
        """
        Where no descriptor is left for a socket, the connection is given back, and
        the stack is told to hand over nothing; the next one is taken.
        """
        _, accepted = tcpPair()
        self.scene.hand(accepted)
        with noDescriptors():
            self.scene.relay.doRead()
            self.scene.relay.intake.recover()
            self.assertIs(self.scene.region.shortage, Shortage.DESCRIPTORS)
        self.givenBack(1)
        self.assertEqual(self.scene.observer.shortages, [Shortage.DESCRIPTORS])
        self.scene.relay.intake.recover()
        self.assertIs(self.scene.region.shortage, Shortage.NONE)
        self.scene.established(self.application, self.scene.client())

    def givenBack(self, number: int) -> None:
        """
        See that a connection has been given back, open as it was; the stack counts it no more.
        """
        self.assertEqual(self.scene.region.taken(number), number | RETURNED)
        self.assertEqual(self.scene.relay.outcomes.total(), 0)
        self.assertEqual(self.scene.stack.recv(1), WAKE)
        self.scene.region.handed -= 1
        information = self.scene.duplicates[number].getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
        self.assertEqual(information, b"\x01", "the connection is not established any more")

    def test_noMemory(self) -> None:
        """
        The same where there is no memory for a session, and nothing of it is left behind.
        """

        def raises(*arguments: object) -> Kind:
            raise MemoryError

        self.scene.relay.intake._kinds[PORT] = raises
        _, accepted = tcpPair()
        self.scene.hand(accepted)
        self.scene.relay.doRead()
        self.givenBack(1)
        self.assertIs(self.scene.region.shortage, Shortage.MEMORY)
        self.assertEqual(self.scene.observer.faults, [])

    def test_noMemoryLater(self) -> None:
        """
        A session that runs out of memory ends; that is no mistake of ours, and the others go on.
        """
        client = self.scene.client()
        self.scene.established(self.application, client)

        def raises(events: int) -> None:
            raise MemoryError

        self.scene.relay.redirect(self.scene.session.clientSocket.fileno(), raises)
        client.send(b"more")
        self.scene.until(lambda: self.scene.region.shortage)
        self.assertEqual(self.scene.observer.faults, [])

    def test_noMemoryInLibrary(self) -> None:
        """
        Where it is the TLS library that gets no memory, this server takes no more connections, either.
        """
        client = self.scene.client()
        self.scene.established(self.application, client)
        self.scene.session.end(Outcome.HANDSHAKE_FAILED, "malloc failure; CRYPTO lib")
        self.assertIs(self.scene.region.shortage, Shortage.MEMORY)

    def test_littleMemory(self) -> None:
        """
        A server takes no more before the last octet is gone, and some when there is enough again;
        what has been released in this process counts.
        """
        relay = self.scene.relay

        def refused(*arguments: object, **more: object) -> mmap:
            raise OSError(errno.ENOMEM, "no memory")

        self.patch(intake, "mmap", refused)
        relay.intake.recover()
        self.assertIs(self.scene.region.shortage, Shortage.NONE)
        self.patch(intake, "SPARE_MEMORY", 1 << 60)
        relay.intake.recover()
        relay.intake.recover()
        self.assertIs(self.scene.region.shortage, Shortage.MEMORY)
        self.assertEqual(self.scene.observer.shortages, [Shortage.MEMORY])
        self.patch(intake, "SPARE_MEMORY", 1 << 20)
        relay.intake.recover()
        self.assertIs(self.scene.region.shortage, Shortage.NONE)

    def test_withdrawn(self) -> None:
        """
        What the stack has withdrawn is given back; what comes after it is taken.
        """
        clients = [tcpPair() for _ in range(2)]
        for _, accepted in clients:
            self.scene.hand(accepted)
        self.scene.region.words[Region.WITHDRAWN] = 2
        self.scene.relay.doRead()
        self.givenBack(1)
        self.givenBack(2)
        self.assertEqual(self.scene.region.words[Region.ARRIVED], 2)
        self.scene.established(self.application, self.scene.client())

    def test_manyAtOnce(self) -> None:
        """
        More connections than are taken in one go are all taken.
        """
        for _ in range(OFFERS + 5):
            self.scene.rawClient()
        self.scene.until(lambda: len(self.scene.relay.sessions) == OFFERS + 5)
        self.assertEqual(self.scene.calm(), 0)

    def test_brokenOffer(self) -> None:
        """
        A message that cannot be understood is our mistake, and ends nothing.
        """
        peer = self.scene.established(self.application, client := self.scene.client())
        self.scene.stack.send(b"?")
        client.send(b"still there")
        self.scene.until(lambda: peer.received == b"still there")
        self.assertEqual(len(self.scene.observer.faults), 1)

    def test_stackGone(self) -> None:
        """
        When the stack has gone, sessions go on, and nothing spins.
        """
        client = self.scene.client()
        peer = self.scene.established(self.application, client)
        self.scene.stack.close()
        client.send(b"still there")
        self.scene.until(lambda: peer.received == b"still there")
        self.assertEqual(self.scene.calm(), 0)
        self.assertEqual(self.scene.observer.faults, [])

    def test_stackGoneWithoutReading(self) -> None:
        """
        The same where it has not read that it was woken.
        """
        self.scene.segment.waiting = True
        self.scene.rawClient().close()
        self.scene.until(lambda: self.scene.region.finished == 1)
        self.scene.stack.close()
        self.assertEqual(self.scene.calm(), 0)
        self.assertEqual(self.scene.observer.faults, [])


class CountingTests(SynchronousTestCase):
    """
    Counters that others look at.
    """

    def setUp(self) -> None:
        """
        Have a relay and an application.
        """
        self.scene = Scene(self)
        self.application = self.scene.application()

    def endOne(self) -> None:
        """
        Have a session and end it.
        """
        finished = self.scene.region.finished
        client = self.scene.client()
        peer = self.scene.established(self.application, client)
        client.end()
        peer.end()
        self.scene.until(lambda: self.scene.region.finished > finished)

    def test_finished(self) -> None:
        """
        A session counts as long as it is there, and once.
        """
        for count in (1, 2, 3):
            self.endOne()
            self.assertEqual((self.scene.region.finished, self.scene.region.sessions), (count, 0))
        self.assertTrue(self.scene.relay.empty)

    def test_numbers(self) -> None:
        """
        The stack is told which connections have ended, in the order in which they did.
        """
        first, second = (self.scene.rawClient() for _ in range(2))
        self.scene.until(lambda: len(self.scene.relay.sessions) == 2)
        reset(second.socket)
        self.scene.until(lambda: self.scene.region.finished == 1)
        reset(first.socket)
        self.scene.until(lambda: self.scene.region.finished == 2)
        self.assertEqual(self.scene.region.ended(0, 2), [2, 1])

    def test_pending(self) -> None:
        """
        A connection is pending until its handshake is complete, or until it ends without.
        """
        region = self.scene.region
        raw = self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        client = self.scene.client()
        self.scene.established(self.application, client)
        self.assertEqual((region.sessions, region.pending), (2, 1))
        reset(raw.socket)
        self.scene.until(lambda: region.sessions == 1)
        self.assertEqual(region.pending, 0)
        reset(client.socket)
        self.scene.until(lambda: region.sessions == 0)
        self.assertEqual(region.pending, 0)

    def test_notEmpty(self) -> None:
        """
        A session that is on its way from the stack counts as well.
        """
        self.scene.rawClient()
        self.assertEqual(self.scene.relay.sessions, {})
        self.assertFalse(self.scene.relay.empty)
        self.scene.until(lambda: self.scene.relay.sessions)
        self.assertFalse(self.scene.relay.empty)

    def test_wake(self) -> None:
        """
        The stack is woken where it waits for room, and not otherwise.
        """
        self.endOne()
        self.assertRaises(BlockingIOError, self.scene.stack.recv, 16)
        self.scene.segment.waiting = True
        self.endOne()
        self.assertEqual(self.scene.stack.recv(16), WAKE)
        self.scene.segment.waiting = False
        self.endOne()
        self.assertRaises(BlockingIOError, self.scene.stack.recv, 16)

    def test_wokenOftenEnough(self) -> None:
        """
        A stack that does not read its wake-ups holds nobody up.
        """
        self.scene.segment.waiting = True
        with self.assertRaises(BlockingIOError):
            while True:
                self.scene.handoff.send(WAKE)
        self.endOne()
        self.assertEqual(self.scene.region.finished, 1)

    def test_resumed(self) -> None:
        """
        Resumed sessions are counted.
        """
        first = self.scene.client(context=(context := clientContext(TLS12)))
        self.scene.established(self.application, first)
        self.scene.calm()
        self.assertEqual(self.scene.relay.resumed, 0)
        second = self.scene.client(session=first.tls.session, context=context)
        self.scene.established(self.application, second)
        self.assertTrue(second.tls.session_reused)
        self.assertEqual(self.scene.relay.resumed, 1)

    def test_records(self) -> None:
        """
        Sessions are reported in the order of their numbers, a page at a time.
        """
        self.scene.client()
        self.scene.rawClient()
        self.scene.rawClient()
        self.scene.until(lambda: self.application.peers and len(self.scene.relay.sessions) == 3)
        self.scene.now += 5
        first, second = self.scene.relay.sessionRecords("SSL00001", 0, 2)
        (third,) = self.scene.relay.sessionRecords("SSL00001", second.number, 2)
        self.assertEqual((first.number, second.number, third.number), (1, 2, 3))
        self.assertEqual((first.client, first.local, first.userid), ("192.0.2.1:4711", "127.0.0.1:443", "APPL"))
        self.assertEqual((first.label, first.state, first.protocol), ("TEST", "Connecting", "TLSv1.3"))
        self.assertEqual((second.state, second.protocol, second.cipher), ("Handshake", "", ""))

    def test_recordFault(self) -> None:
        """
        A session that cannot be described says so in its own record, and hides no other.
        """
        for _ in range(2):
            self.scene.rawClient()
        self.scene.until(lambda: len(self.scene.relay.sessions) == 2)
        mistake = ZeroDivisionError()

        def factsOf(session: Session) -> Facts:
            if session.number == 1:
                raise mistake
            return Facts("", "", False)

        self.patch(Session, "facts", property(factsOf))
        first, second = self.scene.relay.sessionRecords("SSL00001", 0, 10)
        self.assertEqual((first.number, first.state, first.local), (1, "Unknown", "127.0.0.1:443"))
        self.assertEqual((second.number, second.state), (2, "Handshake"))
        self.assertEqual(self.scene.observer.faults, [mistake])
        self.scene.observer.faults.clear()

    def test_nothingIsLeft(self) -> None:
        """
        Neither sessions nor watched descriptors are left behind.
        """

        def sessions() -> int:
            gc.collect()
            return sum(type(each) is Session for each in gc.get_objects())

        # Those that other tests have kept.
        before = sessions()
        for _ in range(5):
            self.endOne()
        self.assertEqual(len(self.scene.relay._table), 1)
        self.assertEqual(sessions(), before)
