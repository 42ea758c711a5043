"""
Tests for L{sslpool.stack.front.handoff}.
"""

from __future__ import annotations

import errno
import os
import random
import socket
from collections.abc import Sequence
from typing import cast

from twisted.internet.interfaces import IReactorFDSet
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.interfaces import Arrival, IHandoff
from sslpool.pool.tally import Tally
from sslpool.stack.front.handoff import Handoff, octetsRead, wasRead
from sslpool.wire.offer import Offer, peerText
from sslpool.wire.segment import RETURNED, Region, Shortage
from tests.doubles.reactor import FakeReactor
from tests.doubles.room import newSegment
from tests.openfiles import openDescriptors
from tests.takers import ServerStub

SLOTS = 4


class Failing:
    """
    A pair to which nothing can be sent.
    """

    def __init__(self, code: int) -> None:
        self.code = code

    def sendmsg(self, *arguments: object) -> int:
        """
        Fail.
        """
        raise OSError(self.code, os.strerror(self.code))


class HandoffTests(SynchronousTestCase):
    """
    Sockets on their way to one server.
    """

    def setUp(self) -> None:
        """
        Make a handoff with a server at its other end.
        """
        self.reactor = FakeReactor()
        self.segment = newSegment(SLOTS)
        self.region = Tally(self.segment.region(0).words)
        self.woken = 0
        self.returned: list[Arrival] = []
        self.handoff = Handoff(cast(IReactorFDSet, self.reactor), self.region, self.wake)
        self.number = 0
        self.clients: list[socket.socket] = []
        self.addCleanup(self._clean)
        self.begin()

    def _clean(self) -> None:
        for orphan in self.handoff.end():
            orphan.client.close()
        self.server.close()
        for client in self.clients:
            client.close()

    def begin(self) -> None:
        """
        Let a process begin.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.region.clear()
        self.handoff.begin(ours)
        self.server = ServerStub(theirs, self.segment, self.region)

    def wake(self, returned: Sequence[Arrival]) -> None:
        """
        Count how often the server has woken the stack, and keep what it has given back.
        """
        self.woken += 1
        self.returned += returned

    def arrival(self, host: str = "192.0.2.1") -> Arrival:
        """
        Return a new connection; its client's end is kept.
        """
        client, accepted = socket.socketpair()
        self.clients.append(client)
        self.number += 1
        return Arrival(self.number, accepted, 3, host, 50_000, 0.0)

    def hand(self, count: int = 1) -> list[Arrival]:
        """
        Hand over connections, which must be possible.
        """
        arrivals = [self.arrival() for _ in range(count)]
        self.assertEqual([self.handoff.hand(each) for each in arrivals], [True] * count)
        return arrivals

    def test_interface(self) -> None:
        """
        It is what pool and acceptor expect.
        """
        self.assertTrue(verifyObject(IHandoff, self.handoff))

    def test_offer(self) -> None:
        """
        The server gets the socket itself, with number, port and peer.
        """
        arrival = self.arrival("2001:db8::1")
        self.assertTrue(self.handoff.hand(arrival))
        [offer] = self.server.take()
        self.assertEqual((offer.number, offer.port, peerText(offer.peer)), (1, 3, "[2001:db8::1]:50000"))
        self.server.sockets[1].send(b"hello")
        self.assertEqual(self.clients[0].recv(16), b"hello")

    def test_counted(self) -> None:
        """
        A connection counts from the moment it is sent until the server has ended it.
        """
        self.hand(2)
        self.assertEqual(self.region.sessions, 2)
        self.server.take()
        self.assertEqual(self.region.sessions, 2)
        self.server.finish(1)
        self.assertEqual(self.region.sessions, 1)

    def test_kept(self) -> None:
        """
        The stack keeps its duplicate until the server has read, and not longer.
        """
        [arrival] = self.hand()
        self.server.take()
        self.handoff.release()
        self.assertTrue(self.handoff.holding)
        self.assertGreaterEqual(arrival.client.fileno(), 0)
        self.server.read(1)
        self.handoff.release()
        self.assertFalse(self.handoff.holding)
        self.assertEqual(arrival.client.fileno(), -1)

    def test_orphans(self) -> None:
        """
        When the process ends, what it had not read from comes back in order, and the rest is closed.
        """
        arrivals = self.hand(4)
        self.server.take()
        self.server.read(2)
        self.assertEqual(self.handoff.end(), [arrivals[0], arrivals[2], arrivals[3]])
        self.assertEqual(arrivals[1].client.fileno(), -1)
        self.assertFalse(self.handoff.holding)
        self.assertEqual(self.reactor.getReaders(), [])
        for each in arrivals:
            each.client.close()

    def test_orderAfterReuse(self) -> None:
        """
        The order is that of the numbers, whichever slots were used.
        """
        self.hand(4)
        self.server.take()
        for number in (1, 3):
            self.server.finish(number)
        self.handoff.release()
        self.hand(2)
        orphans = self.handoff.end()
        self.assertEqual([each.number for each in orphans], [2, 4, 5, 6])
        for each in orphans:
            each.client.close()

    def test_slots(self) -> None:
        """
        A slot is free again when its connection was read from; without any, nothing is handed over.
        """
        self.hand(SLOTS)
        refused = self.arrival()
        self.assertFalse(self.handoff.hand(refused))
        self.assertEqual(self.region.sessions, SLOTS)
        self.server.take()
        self.server.finish(3)
        self.assertTrue(self.handoff.hand(refused))
        [offer] = self.server.take()
        self.assertEqual((offer.number, len({each.slot for each in self.server.offers.values()})), (5, SLOTS))

    def test_slotReused(self) -> None:
        """
        What an earlier connection left in a slot does not release a later one.
        """
        self.hand()
        self.server.take()
        self.server.finish(1)
        self.handoff.release()
        for _ in range(SLOTS):
            self.hand()
        self.handoff.release()
        self.assertEqual(len(self.handoff.end()), SLOTS)

    def test_bufferFull(self) -> None:
        """
        A connection that does not fit into the buffer is not counted, and can be handed over later.
        """
        pair = self.handoff._pair
        assert pair is not None
        filler = 0
        try:
            while True:
                pair.send(b"x" * 100)
                filler += 1
        except BlockingIOError:
            pass
        arrival = self.arrival()
        self.assertFalse(self.handoff.hand(arrival))
        self.assertTrue(self.handoff.refuses)
        self.assertEqual((self.region.sessions, self.handoff.holding), (0, False))
        self.assertGreaterEqual(arrival.client.fileno(), 0)
        self.reactor.turn()
        self.assertEqual(self.woken, 0)
        for _ in range(filler):
            self.server.pair.recv(100)
        self.reactor.turn()
        self.assertEqual((self.woken, self.handoff.refuses), (1, False))
        self.assertTrue(self.handoff.hand(arrival))
        self.assertEqual([each.number for each in self.server.take()], [1])

    def test_shortage(self) -> None:
        """
        Where the system is short of something, it is tried again when the counters are looked at.
        """
        pair = self.handoff._pair
        assert pair is not None
        self.handoff._pair = cast(socket.socket, Failing(errno.ENOBUFS))
        self.assertFalse(self.handoff.hand(self.arrival()))
        self.assertTrue(self.handoff.refuses)
        self.handoff._pair = pair
        self.handoff.release()
        self.assertFalse(self.handoff.refuses)
        self.hand()

    def test_never(self) -> None:
        """
        A connection that can never be sent is an error, and counts for nothing.
        """
        pair = self.handoff._pair
        assert pair is not None
        self.handoff._pair = cast(socket.socket, Failing(errno.EMSGSIZE))
        self.assertRaises(OSError, self.handoff.hand, self.arrival())
        self.handoff._pair = pair
        self.assertEqual((self.region.sessions, self.handoff.holding, self.handoff.refuses), (0, False, False))
        self.hand()

    def test_exhausted(self) -> None:
        """
        To a server that has run out of something nothing is handed over.
        """
        self.region.shortage = Shortage.MEMORY
        self.assertTrue(self.handoff.refuses)
        self.assertFalse(self.handoff.hand(self.arrival()))
        self.region.shortage = Shortage.NONE
        self.hand()

    def test_givenBack(self) -> None:
        """
        What the server gives back counts no more, and another may have it.
        """
        arrivals = self.hand(2)
        self.server.take()
        self.server.giveBack(1)
        self.reactor.turn()
        self.assertEqual((self.woken, self.returned, self.region.sessions), (1, arrivals[:1], 1))
        self.assertGreaterEqual(arrivals[0].client.fileno(), 0)
        arrivals[0].close()

    def test_untaken(self) -> None:
        """
        What the server has neither begun to read nor ended would go to others, what it gives back as
        well; as many come back when it ends, and the rest of what is counted is lost.
        """
        arrivals = self.hand(4)
        self.server.take()
        self.server.read(1)
        self.server.finish(2)
        self.server.giveBack(3)
        self.assertEqual((self.handoff.untaken, self.region.sessions), (2, 3))
        self.assertEqual(self.handoff.end(), arrivals[2:])
        for each in arrivals:
            each.client.close()

    def test_givenBackAtTheEnd(self) -> None:
        """
        Whatever goes to others when the process ends is counted once: what it had given
        back as well as what it had not read from.
        """
        arrivals = self.hand(3)
        self.server.take()
        self.server.giveBack(1)
        self.server.read(2)
        orphans = self.handoff.end()
        self.assertEqual(orphans, [arrivals[0], arrivals[2]])
        self.assertEqual(self.region.sessions - len(orphans), 1)
        for each in orphans:
            each.close()

    def test_stuck(self) -> None:
        """
        Offers that the server has not received are to be seen.
        """
        self.assertIsNone(self.handoff.stuck)
        self.hand(2)
        self.assertEqual(self.handoff.stuck, 0)
        self.server.take()
        self.assertIsNone(self.handoff.stuck)

    def test_withdrawn(self) -> None:
        """
        What a server has not received when it hangs it never takes, should it go on;
        what it has received stays its own.
        """
        mine = self.hand(1)
        self.server.take()
        theirs = self.hand(2)
        self.handoff.withdraw()
        self.assertEqual(self.handoff.withdrawn(), theirs)
        self.assertEqual(self.region.sessions, 1)
        self.assertEqual(self.server.take(), [])
        self.hand(1)
        self.assertEqual([offer.number for offer in self.server.take()], [4])
        self.assertEqual(self.handoff.release(), [])
        self.assertEqual([each.number for each in self.handoff.end()], [mine[0].number, 4])
        for each in theirs:
            each.close()

    def test_goesOnInTime(self) -> None:
        """
        A server that receives offers between withdrawing and looking gives them back.
        """
        arrivals = self.hand(2)
        self.handoff.withdraw()
        self.assertEqual(self.server.take(), [])
        self.assertEqual(self.handoff.withdrawn(), [])
        self.assertEqual(self.handoff.release(), arrivals)
        self.assertEqual(self.region.sessions, 0)
        for each in arrivals:
            each.close()

    def test_processGone(self) -> None:
        """
        To a process that has closed its end nothing is handed over.
        """
        self.server.close()
        arrival = self.arrival()
        self.assertFalse(self.handoff.hand(arrival))
        self.assertEqual(self.region.sessions, 0)
        arrival.client.close()

    def test_noProcess(self) -> None:
        """
        Nor where there is none.
        """
        self.assertEqual(self.handoff.end(), [])
        self.assertEqual(self.handoff.fileno(), -1)
        arrival = self.arrival()
        self.assertFalse(self.handoff.hand(arrival))
        arrival.client.close()

    def test_again(self) -> None:
        """
        The next process has all slots and knows nothing of the one before.
        """
        for each in self.hand(SLOTS):
            each.client.close()
        self.handoff.end()
        self.server.close()
        self.begin()
        self.hand(SLOTS)
        self.assertEqual([type(each) for each in self.server.take()], [Offer] * SLOTS)

    def test_woken(self) -> None:
        """
        The server wakes the stack only when that waits for room.
        """
        self.hand(2)
        self.server.take()
        self.server.finish(1)
        self.reactor.turn()
        self.assertEqual(self.woken, 0)
        self.segment.waiting = True
        self.server.finish(2)
        self.reactor.turn()
        self.assertEqual(self.woken, 1)

    def test_serverEnds(self) -> None:
        """
        The end of the server's end is not read again and again; it counts when the process has ended.
        """
        [arrival] = self.hand()
        self.server.close()
        self.reactor.turn()
        self.assertEqual((self.reactor.getReaders(), self.woken), ([], 0))
        self.assertEqual(self.handoff.end(), [arrival])
        arrival.client.close()

    def test_nothingLeaks(self) -> None:
        """
        After a process with all kinds of connections as many descriptors are open as before.
        """
        before = len(openDescriptors())
        self.hand(3)
        self.server.take()
        self.server.finish(1)
        self.server.read(2)
        self.server.close()
        for orphan in self.handoff.end():
            orphan.client.close()
        self.assertEqual(len(openDescriptors()), before - 2 + 3)
        self.begin()

    def test_wildWords(self) -> None:
        """
        Whatever the server writes to its seat and sends on its pair, no connection gets lost or is
        given out twice, and each that is handed over is counted.
        """
        chance = random.Random(184)
        words = self.region.words
        for _ in range(60):
            arrivals = {each.number: each for each in (self.arrival() for _ in range(4))}
            held = {number for number, each in arrivals.items() if self.handoff.hand(each)}
            for _ in range(20):
                at = chance.randrange(len(words))
                words[at] = chance.choice((0, 1, 1 << 63, (1 << 64) - 1, *held, *(each | RETURNED for each in held)))
            self.server.pair.send(bytes(chance.randrange(1, 9)))
            self.handoff.doRead()
            self.handoff.settle()
            self.assertTrue(0 <= self.region.sessions <= self.region.handed)
            self.assertIn(self.handoff.stuck, (None, words[Region.ARRIVED]))
            self.assertLessEqual(self.handoff.untaken, len(held))
            self.handoff.withdraw()
            back = [*self.returned, *self.handoff.withdrawn(), *self.handoff.end()]
            self.returned.clear()
            numbers = [each.number for each in back]
            self.assertEqual(len(numbers), len(set(numbers)))
            self.assertLessEqual(set(numbers), held)
            for each in back:
                each.client.close()
            for number in {*arrivals} - held:
                arrivals[number].client.close()
            self.server.close()
            self.begin()

    def test_descriptorsSent(self) -> None:
        """
        Descriptors that the server sends stay with it.
        """
        before = openDescriptors()
        socket.send_fds(self.server.pair, [b"x"], [0, 0, 0])
        self.handoff.doRead()
        self.assertEqual((self.woken, openDescriptors()), (1, before))


class WasReadTests(SynchronousTestCase):
    """
    The kernel tells whether somebody has read from a connection.
    """

    def setUp(self) -> None:
        """
        Make a connection over the loopback address.
        """
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.client = socket.create_connection(listening.getsockname())
            self.accepted, _ = listening.accept()
        self.addCleanup(self.client.close)
        self.addCleanup(self.accepted.close)

    def send(self, octets: bytes) -> None:
        """
        Send, and wait until it has arrived.
        """
        self.client.sendall(octets)
        self.assertEqual(self.accepted.recv(len(octets), socket.MSG_PEEK | socket.MSG_WAITALL), octets)

    def test_nothingCame(self) -> None:
        """
        From a client that has said nothing nobody has read.
        """
        self.assertFalse(wasRead(self.accepted))

    def test_unread(self) -> None:
        """
        What is still in the kernel is there for another server, also behind it the client's end.
        """
        self.send(b"client hello")
        self.assertFalse(wasRead(self.accepted))
        self.client.shutdown(socket.SHUT_WR)
        self.accepted.recv(100, socket.MSG_PEEK | socket.MSG_WAITALL)
        self.assertFalse(wasRead(self.accepted))

    def test_read(self) -> None:
        """
        When as much as a record's head has been read, through whatever duplicate, nobody else could go on.
        """
        self.send(b"client hello")
        duplicate = self.accepted.dup()
        duplicate.recv(5)
        duplicate.close()
        self.assertTrue(wasRead(self.accepted))

    def test_readBefore(self) -> None:
        """
        What a program had read before it handed the connection over does not count.
        """
        self.send(b"STARTTLS\r\n")
        self.accepted.recv(100)
        before = octetsRead(self.accepted)
        self.send(b"client hello")
        self.assertFalse(wasRead(self.accepted, before))
        self.accepted.recv(5)
        self.assertTrue(wasRead(self.accepted, before))

    def test_otherKinds(self) -> None:
        """
        Of a socket that is not TCP nothing is known.
        """
        one, other = socket.socketpair()
        self.addCleanup(one.close)
        self.addCleanup(other.close)
        self.assertFalse(wasRead(one))
